//! All facts, in order of time.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hvtriage_winfmt::FileTime;

use crate::clock::ClockOffset;
use crate::clusters::{Clusters, domain};
use crate::crash::Crashes;
use crate::drivers::FirstLoads;
use crate::fact::{Fact, FactKind, MachineName};
use crate::hosts::Hosts;
use crate::kind::Kind;
use crate::machine::{Lookup, Machine, Resolved, build_told, resolve};
use crate::migration_steps::{MigrationSteps, Step};
use crate::placement::Placement;
use crate::vm::VirtualMachines;
use crate::volumes::VolumesOfVms;

/// All facts, in order of time, and the machines that they are about.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    facts: Vec<Fact>,
    /// When each happened by the clock of one machine.
    times: Vec<Option<FileTime>>,
    machines: Vec<Machine>,
    machine_of: Vec<usize>,
    vms: VirtualMachines,
    /// The virtual machines that a fact is about: the one that it names, or those that its machine is.
    vms_of: ListOfLists,
    /// Builds that were told of a machine, in order of time.
    builds: BTreeMap<usize, Vec<(Option<FileTime>, u32)>>,
    by_kind: BTreeMap<Kind, Vec<usize>>,
    /// Raw events by their id.
    events: BTreeMap<u32, Vec<usize>>,
    crashes: Crashes,
    /// Machines that some fact calls by a computer name.
    named: BTreeSet<usize>,
    lookup: Lookup,
    placement: Placement,
    volumes: VolumesOfVms,
    first_loads: FirstLoads,
    hosts: Hosts,
    clusters: Clusters,
    migration_steps: MigrationSteps,
}

impl Evidence {
    /// Brings facts into order, leaves out repeated ones, and finds out which names mean one machine.
    #[must_use]
    pub fn gather(facts: Vec<Fact>) -> Self {
        let facts = in_order(facts);
        let resolved = resolve(&facts);
        let (facts, resolved, times) = by_one_clock(facts, resolved);
        let Resolved { machines, of_fact: machine_of, lookup, mut vms } = resolved;
        vms.find_systems(&facts);
        let mut vms_of_machine: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, vm) in vms.iter() {
            if let Some(machine) = vm.machine {
                vms_of_machine.entry(machine).or_default().push(index);
            }
        }
        let clusters = Clusters::of(&machines);
        let mut evidence = Self { machines, lookup, times, clusters, ..Self::default() };
        for (index, (fact, machine)) in facts.iter().zip(&machine_of).enumerate() {
            let kind = Kind::of(&fact.kind);
            if matches!(fact.machine, MachineName::Computer(_)) {
                evidence.named.insert(*machine);
            }
            let of_machine = |machine: &usize| vms_of_machine.get(machine).cloned();
            let about: Option<Vec<usize>> = match (vms.named_by(index), fact.kind.vm()) {
                (Some(vm), _) => Some(vec![vm]),
                (None, None) => of_machine(machine),
                // What a guest reports of itself where the report names no virtual machine.
                (None, Some(_)) => fact.kind.reporter().and_then(|computer| {
                    evidence.lookup.find(computer, None).as_ref().and_then(of_machine)
                }),
            };
            let about = about.unwrap_or_default();
            evidence.by_kind.entry(kind).or_default().push(index);
            if let FactKind::Event(event) = &fact.kind {
                evidence.events.entry(event.id).or_default().push(index);
            }
            if let Some(build) = build_told(fact) {
                let builds = evidence.builds.entry(*machine).or_default();
                if builds.last().is_none_or(|(_, last)| *last != build) {
                    builds.push((fact.time, build));
                }
            }
            evidence.vms_of.push(&about);
        }
        for (index, machine) in evidence.machines.iter_mut().enumerate() {
            machine.is_named = evidence.named.contains(&index);
        }
        let hosts = Hosts::of(&facts, &machine_of, &vms);
        let migration_steps = MigrationSteps::of(&facts, &machine_of, &vms);
        let mut evidence = Self { facts, machine_of, vms, hosts, migration_steps, ..evidence };
        evidence.crashes = Crashes::of(&evidence);
        evidence.placement = Placement::of(&evidence);
        evidence.volumes = VolumesOfVms::of_evidence(&evidence);
        evidence.first_loads = FirstLoads::of(&evidence);
        evidence
    }

    /// The facts, by time and locator; those without a time first. Where clocks are known to differ
    /// much, the times by which they are ordered are set right; those of the facts are as logged.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The machines, by display name.
    #[must_use]
    pub fn machines(&self) -> &[Machine] {
        &self.machines
    }

    pub(crate) fn fact(&self, index: usize) -> Option<&Fact> {
        self.facts.get(index)
    }

    /// When a fact was logged by a clock that all machines share, as far as their clocks are known: what
    /// is compared with the times of other facts.
    pub(crate) fn time(&self, index: usize) -> Option<FileTime> {
        self.times.get(index).copied().flatten()
    }

    /// When a fact was logged by the clock of its own machine: what a report shows.
    pub(crate) fn logged_time(&self, index: usize) -> Option<FileTime> {
        self.fact(index)?.time
    }

    /// What the clock of a fact's machine showed at a time of the clock that all machines share.
    pub(crate) fn by_clock_of(&self, fact: usize, shared: FileTime) -> Option<FileTime> {
        let (own, other) = (self.logged_time(fact)?.0, self.time(fact)?.0);
        let (ahead, behind) = (own.saturating_sub(other), other.saturating_sub(own));
        Some(FileTime(shared.0.saturating_add(ahead).saturating_sub(behind)))
    }

    /// What the reference's clock showed when a fact was logged by one that is known to differ.
    pub(crate) fn clock_note(&self, index: usize) -> Option<String> {
        let clock = self.machine_of(index)?.clock.as_ref().filter(|clock| clock.is_applied)?;
        let time = self.time(index)?;
        Some(format!("{} by the clock of {}", time.to_the_second(), clock.reference))
    }

    /// The machine that is called so, or has this address.
    pub(crate) fn machine_called(&self, name: &str) -> Option<usize> {
        self.lookup.find(name, None)
    }

    /// The machine that the machine of the fact at `teller` calls so.
    pub(crate) fn machine_called_by(&self, name: &str, teller: usize) -> Option<usize> {
        self.lookup.find(name, Some(self.machine_index(teller)))
    }

    /// The domain of a machine's name, in lower case; empty where its name has none.
    pub(crate) fn domain(&self, machine: usize) -> String {
        self.machines.get(machine).map_or_else(String::new, domain)
    }

    /// A text that is the same for machines that may be nodes of one cluster: what two clusters call
    /// alike has nothing in common.
    pub(crate) fn cluster_key(&self, machine: usize) -> &str {
        self.clusters.key(machine)
    }

    /// Number of the machine that a fact is of.
    pub(crate) fn machine_index(&self, index: usize) -> usize {
        self.machine_of.get(index).copied().unwrap_or_default()
    }

    /// The machine that a fact is of.
    pub(crate) fn machine_of(&self, index: usize) -> Option<&Machine> {
        self.machines.get(self.machine_index(index))
    }

    /// Whether all that is known of a machine are dumps, which bear no name.
    pub(crate) fn is_nameless(&self, machine: usize) -> bool {
        !self.named.contains(&machine)
    }

    /// The facts that were made of the same record as this one, itself among them.
    pub(crate) fn of_same_record(&self, index: usize) -> Range<usize> {
        /// One record makes only a few facts.
        const MAX_FACTS: usize = 16;
        let is_same = |other: &usize| {
            self.fact(*other).zip(self.fact(index)).is_some_and(|(other, fact)| {
                other.time == fact.time && other.locator == fact.locator
            })
        };
        let first = (index.saturating_sub(MAX_FACTS)..index).rev().take_while(is_same).last();
        let after = index.saturating_add(1)..index.saturating_add(MAX_FACTS);
        let last = after.take_while(is_same).last();
        first.unwrap_or(index)..last.unwrap_or(index).saturating_add(1)
    }

    /// Whether a step of a migration is its beginning or its end, where its event does not say so.
    pub(crate) fn migration_step(&self, index: usize) -> Option<Step> {
        self.migration_steps.get(index)
    }

    /// Where virtual machines were.
    pub(crate) fn placement(&self) -> &Placement {
        &self.placement
    }

    /// On which volumes virtual machines are.
    pub(crate) fn volumes(&self) -> &VolumesOfVms {
        &self.volumes
    }

    pub(crate) fn first_loads(&self) -> &FirstLoads {
        &self.first_loads
    }

    pub(crate) fn crashes(&self) -> &Crashes {
        &self.crashes
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub(crate) fn vms(&self) -> &VirtualMachines {
        &self.vms
    }

    /// The virtual machines that a fact is about.
    pub(crate) fn vms_of(&self, index: usize) -> &[usize] {
        self.vms_of.get(index)
    }

    /// The build of a fact's machine at the time of the fact: the last that was told until then, or
    /// else the first that was told later.
    pub(crate) fn build_at(&self, index: usize) -> Option<u32> {
        let fact = self.fact(index)?;
        if let Some(build) = build_told(fact) {
            return Some(build);
        }
        let builds = self.builds.get(&self.machine_index(index))?;
        let until = builds.partition_point(|(time, _)| *time <= fact.time);
        let (_, build) = builds.get(until.saturating_sub(1))?;
        Some(*build)
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> &[usize] {
        self.by_kind.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Raw events with this id.
    pub(crate) fn events(&self, id: u32) -> &[usize] {
        self.events.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Those of `indexes`, which are in order of time, that lie between two times of the common clock.
    pub(crate) fn between<'a>(
        &self,
        indexes: &'a [usize],
        times: &Range<Option<FileTime>>,
    ) -> &'a [usize] {
        let start = indexes.partition_point(|index| self.time(*index) < times.start);
        let end =
            indexes.partition_point(|index| times.end.is_none() || self.time(*index) <= times.end);
        indexes.get(start..end.max(start)).unwrap_or_default()
    }
}

/// Many short lists, kept in one.
#[derive(Clone, Debug, Default)]
struct ListOfLists {
    items: Vec<usize>,
    /// Where each list ends in `items`.
    ends: Vec<usize>,
}

impl ListOfLists {
    fn push(&mut self, list: &[usize]) {
        self.items.extend(list);
        self.ends.push(self.items.len());
    }

    fn get(&self, index: usize) -> &[usize] {
        let before = index.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.copied().unwrap_or_default();
        let end = self.ends.get(index).copied().unwrap_or_default();
        self.items.get(start..end).unwrap_or_default()
    }
}

/// Puts facts into the order in which they happened by one clock, with what is known of them, and tells
/// that time of each.
fn by_one_clock(
    mut facts: Vec<Fact>,
    resolved: Resolved,
) -> (Vec<Fact>, Resolved, Vec<Option<FileTime>>) {
    let Resolved { machines, of_fact, lookup, mut vms } = resolved;
    let clocks: Vec<Option<&ClockOffset>> = machines
        .iter()
        .map(|machine| machine.clock.as_ref().filter(|clock| clock.is_applied))
        .collect();
    let corrected = |fact: &Fact, machine: usize| match clocks.get(machine).copied().flatten() {
        Some(clock) => fact.time.map(|time| clock.correct(time)),
        None => fact.time,
    };
    let times: Vec<Option<FileTime>> =
        facts.iter().zip(&of_fact).map(|(fact, machine)| corrected(fact, *machine)).collect();
    if times.is_sorted() {
        return (facts, Resolved { machines, of_fact, lookup, vms }, times);
    }
    let mut order: Vec<(Option<FileTime>, usize)> =
        times.into_iter().enumerate().map(|(index, time)| (time, index)).collect();
    order.sort_unstable();
    let machine_of = |index: &usize| of_fact.get(*index).copied().unwrap_or_default();
    let moved_of = order.iter().map(|(_, index)| machine_of(index)).collect();
    vms.reorder(&order.iter().map(|(_, index)| *index).collect::<Vec<_>>());
    let (times, order): (Vec<_>, Vec<_>) = order.into_iter().unzip();
    reorder(&mut facts, order);
    (facts, Resolved { machines, of_fact: moved_of, lookup, vms }, times)
}

/// Brings `items` into an order that names each once by its number, without a second place for all of
/// them: a fact is large and there may be millions.
fn reorder<T>(items: &mut [T], mut order: Vec<usize>) {
    for place in 0..order.len().min(items.len()) {
        // Where the wanted one lay was filled from before, it went to where the one there came from.
        let mut from = order.get(place).copied().unwrap_or(place);
        while from < place {
            from = order.get(from).copied().unwrap_or(place);
        }
        if let Some(slot) = order.get_mut(place) {
            *slot = from;
        }
        if from < items.len() {
            items.swap(place, from);
        }
    }
}

/// Sorts by time and locator and leaves out what is told twice. Facts of one locator that differ
/// are ordered by their text, so that the order of the input does not show.
fn in_order(mut facts: Vec<Fact>) -> Vec<Fact> {
    // A fact is large: times and numbers are moved about, not facts.
    let mut order: Vec<(Option<FileTime>, usize)> =
        facts.iter().enumerate().map(|(index, fact)| (fact.time, index)).collect();
    order.sort_by(|left, right| {
        left.0.cmp(&right.0).then_with(|| match (facts.get(left.1), facts.get(right.1)) {
            (Some(left), Some(right)) => by_place(left, right),
            _ => Ordering::Equal,
        })
    });
    reorder(&mut facts, order.into_iter().map(|(_, index)| index).collect());
    facts.dedup();
    facts
}

fn by_place(left: &Fact, right: &Fact) -> Ordering {
    let by_kind = || Kind::of(&left.kind).cmp(&Kind::of(&right.kind));
    left.locator.cmp(&right.locator).then_with(by_kind).then_with(|| {
        if left == right {
            return Ordering::Equal;
        }
        format!("{left:?}").cmp(&format!("{right:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order of up to six items.
    #[test]
    fn items_come_into_any_order() {
        fn each(order: &mut Vec<usize>, rest: &[usize]) {
            if rest.is_empty() {
                let mut items: Vec<usize> = (0..order.len()).collect();
                reorder(&mut items, order.clone());
                assert_eq!(items, *order);
            }
            for next in rest {
                order.push(*next);
                let rest: Vec<usize> = rest.iter().copied().filter(|one| one != next).collect();
                each(order, &rest);
                order.pop();
            }
        }
        for count in 0..7 {
            each(&mut Vec::new(), &(0..count).collect::<Vec<_>>());
        }
    }
}
