//! On which host a virtual machine was at a time, by what hosts tell of it.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::{FactKind, MigrationPhase, VmStateKind};

/// Where all virtual machines were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placement {
    /// By the number of the virtual machine, in order of time.
    of_vm: BTreeMap<usize, Vec<Place>>,
    /// When it was switched on and off, in order of time.
    switched: BTreeMap<usize, Vec<(FileTime, bool)>>,
    /// Virtual machines that were ever on a machine.
    on_host: BTreeMap<usize, BTreeSet<usize>>,
}

/// The migrations that began last: by the virtual machine the host that began it, and the one that it named,
/// where that is known here. The end does not name it.
type Begun = BTreeMap<usize, (usize, Option<usize>)>;

/// A virtual machine is at `host` from `since` on, until the next place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    since: FileTime,
    /// `None` where it left for a host that has no log here.
    host: Option<usize>,
    /// Whether it was elsewhere before.
    has_come: bool,
}

/// What a fact tells of where its virtual machine is.
enum Told {
    Here,
    ComeHere,
    /// It left, for that host where it is known.
    LeftFor(Option<usize>),
}

impl Placement {
    /// Reads it from the facts of `evidence`.
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let mut placement = Self::default();
        let mut begun = Begun::new();
        for (index, fact) in evidence.facts().iter().enumerate() {
            let (Some(vm), Some(since)) = (evidence.vms_of(index).first(), evidence.time(index))
            else {
                continue;
            };
            let machine = evidence.machine_index(index);
            if let FactKind::LiveMigration { phase: MigrationPhase::Started, other_host, .. } =
                &fact.kind
            {
                let other =
                    other_host.as_deref().and_then(|name| evidence.machine_called_by(name, index));
                begun.insert(*vm, (machine, other));
            }
            let destination = || destination(&mut begun, *vm, machine);
            let Some(told) = told(&fact.kind, destination) else { continue };
            placement.add(*vm, since, machine, &told);
            if let FactKind::VmState { state, .. } = &fact.kind {
                placement.switch(*vm, since, is_on_after(*state));
            }
        }
        placement
    }

    fn add(&mut self, vm: usize, since: FileTime, machine: usize, told: &Told) {
        let places = self.of_vm.entry(vm).or_default();
        let last = places.last().map(|place| place.host);
        let host = match told {
            Told::Here | Told::ComeHere => Some(machine),
            // The other host may have told already that it has come.
            Told::LeftFor(_) if last.is_some_and(|last| last != Some(machine)) => return,
            Told::LeftFor(other) => *other,
        };
        self.on_host.entry(machine).or_default().insert(vm);
        if last != Some(host) {
            places.push(Place { since, host, has_come: !matches!(told, Told::Here) });
        }
    }

    fn switch(&mut self, vm: usize, time: FileTime, is_on: bool) {
        let switched = self.switched.entry(vm).or_default();
        if switched.last().is_none_or(|(_, last)| *last != is_on) {
            switched.push((time, is_on));
        }
    }

    /// Whether a virtual machine ran at a time, as far as logs tell: one of which nothing was told did.
    pub(crate) fn is_on_at(&self, vm: usize, time: FileTime) -> bool {
        let switched = self.switched.get(&vm).map_or(&[][..], Vec::as_slice);
        let until = switched.partition_point(|(since, _)| *since <= time);
        until.checked_sub(1).and_then(|last| switched.get(last)).is_none_or(|(_, is_on)| *is_on)
    }

    /// The host of a virtual machine at a time, where a log tells it.
    pub(crate) fn host_at(&self, vm: usize, time: FileTime) -> Option<usize> {
        let places = self.of_vm.get(&vm)?;
        let until = places.partition_point(|place| place.since <= time);
        match until.checked_sub(1) {
            Some(last) => places.get(last)?.host,
            // Before it was first heard of it was there, unless it came from elsewhere then.
            None => places.first().filter(|first| !first.has_come)?.host,
        }
    }

    /// Whether a virtual machine was ever on a machine, as its log tells.
    pub(crate) fn was_on(&self, vm: usize, machine: usize) -> bool {
        self.on_host.get(&machine).is_some_and(|vms| vms.contains(&vm))
    }

    /// The virtual machines that were ever on a machine, as its log tells.
    pub(crate) fn on(&self, machine: usize) -> impl Iterator<Item = usize> {
        self.on_host.get(&machine).into_iter().flatten().copied()
    }
}

fn is_on_after(state: VmStateKind) -> bool {
    match state {
        VmStateKind::TurnedOff | VmStateKind::ShutDown => false,
        VmStateKind::Started
        | VmStateKind::Restored
        | VmStateKind::ResetByHost
        | VmStateKind::ResetByGuest => true,
    }
}

/// Where a virtual machine has gone that has left `machine` now.
fn destination(begun: &mut Begun, vm: usize, machine: usize) -> Option<usize> {
    begun.remove(&vm).filter(|(source, _)| *source == machine)?.1
}

fn told(kind: &FactKind, destination: impl FnOnce() -> Option<usize>) -> Option<Told> {
    match kind {
        FactKind::LiveMigration { phase, .. } => match phase {
            MigrationPhase::Started | MigrationPhase::OfflineStarted => Some(Told::Here),
            MigrationPhase::FinishedAtDestination => Some(Told::ComeHere),
            MigrationPhase::FinishedAtSource => Some(Told::LeftFor(destination())),
            // Either side logs them.
            MigrationPhase::Failed | MigrationPhase::Step | MigrationPhase::OfflineFinished => None,
        },
        FactKind::GuestCrash { .. }
        | FactKind::GuestTripleFault { .. }
        | FactKind::VmState { .. }
        | FactKind::Integration { .. } => Some(Told::Here),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> FileTime {
        FileTime::default().saturating_add_seconds(seconds)
    }

    const VM: usize = 0;
    const HV1: usize = 1;
    const HV2: usize = 2;

    fn placement(told: Vec<(u64, usize, Told)>) -> Placement {
        let mut placement = Placement::default();
        for (time, machine, told) in told {
            placement.add(VM, at(time), machine, &told);
        }
        placement
    }

    #[test]
    fn a_virtual_machine_is_where_it_was_last_told_of() {
        let told = placement(vec![
            (100, HV1, Told::Here),
            // The destination's clock is a little behind.
            (200, HV2, Told::ComeHere),
            (201, HV1, Told::LeftFor(None)),
        ]);
        assert_eq!(told.host_at(VM, at(50)), Some(HV1));
        assert_eq!(told.host_at(VM, at(150)), Some(HV1));
        assert_eq!(told.host_at(VM, at(500)), Some(HV2));
        assert_eq!(told.on(HV2).collect::<Vec<_>>(), [VM]);
    }

    #[test]
    fn where_it_went_is_unknown_until_that_host_tells() {
        let left = placement(vec![(100, HV1, Told::Here), (201, HV1, Told::LeftFor(None))]);
        assert_eq!(left.host_at(VM, at(300)), None);
        let named = placement(vec![(201, HV1, Told::LeftFor(Some(HV2)))]);
        assert_eq!(named.host_at(VM, at(300)), Some(HV2));
        let came = placement(vec![(100, HV2, Told::ComeHere)]);
        assert_eq!((came.host_at(VM, at(50)), came.host_at(VM, at(100))), (None, Some(HV2)));
        assert_eq!(came.host_at(7, at(100)), None);
    }
}
