//! Which facts tell of one crash.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::fact::{Bugcheck, FactKind};
use crate::groups::Groups;
use crate::kind::Kind;

/// A machine logs what became of it within this time after it came up.
const AROUND_A_RESTART_SECONDS: u64 = 15 * 60;
/// A crash and the same STOP code in the log of the next start belong together up to this.
const LONGEST_DOWN_SECONDS: u64 = 7 * 24 * 60 * 60;

/// What crashed: a machine of its own, or else a virtual machine that only its host speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Crashed {
    /// Number of the machine.
    Machine(usize),
    /// Number of the virtual machine.
    Vm(usize),
}

impl Crashed {
    /// What the fact at `index` is about; `None` when it names no virtual machine that is known.
    pub(crate) fn of(evidence: &Evidence, index: usize) -> Option<Self> {
        match evidence.fact(index)?.kind.vm() {
            None => Some(Self::Machine(evidence.machine_index(index))),
            Some(vm) => {
                let vm = evidence.vms().find(vm)?;
                let machine = evidence.vms().get(vm).and_then(|vm| vm.machine);
                Some(machine.map_or(Self::Vm(vm), Self::Machine))
            }
        }
    }
}

/// Every fact that tells of a crash, in order.
pub(crate) fn facts_of_crashes(evidence: &Evidence) -> Vec<usize> {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_of_crash());
    let mut facts: Vec<usize> = kinds.flat_map(|kind| evidence.of_kind(kind)).copied().collect();
    facts.sort_unstable();
    facts
}

/// Facts of one crash of one machine: near in time, or with the same STOP code and parameters.
pub(crate) fn crashes(evidence: &Evidence) -> Groups {
    let mut by_crashed: BTreeMap<Crashed, Vec<usize>> = BTreeMap::new();
    for index in facts_of_crashes(evidence) {
        let Some(crashed) = Crashed::of(evidence, index) else { continue };
        by_crashed.entry(crashed).or_default().push(index);
    }
    let mut groups = Groups::new(evidence.facts().len());
    for indexes in by_crashed.values() {
        let mut last: Option<usize> = None;
        let mut last_with: BTreeMap<Bugcheck, usize> = BTreeMap::new();
        for index in indexes {
            let fact = evidence.fact(*index);
            let is_of_dump =
                fact.is_some_and(|fact| matches!(fact.kind, FactKind::DumpNotSaved { .. }));
            // A dump is deleted for want of space hours after its crash.
            let seconds = if is_of_dump { LONGEST_DOWN_SECONDS } else { AROUND_A_RESTART_SECONDS };
            let is_same = |last: &usize| {
                near(evidence, *last, *index, seconds) && !differ(evidence, *last, *index)
            };
            if let Some(last) = last.filter(is_same) {
                groups.join(last, *index);
            }
            last = Some(*index);
            let bugcheck = fact.and_then(|fact| fact.kind.bugcheck());
            if let Some(bugcheck) = bugcheck.filter(|bugcheck| bugcheck.identifies_a_crash())
                && let Some(other) = last_with.insert(*bugcheck, *index)
                && (near(evidence, other, *index, LONGEST_DOWN_SECONDS)
                    || evidence.time(other).is_none())
            {
                groups.join(other, *index);
            }
        }
    }
    groups
}

/// Whether two facts, of which the first is not later, lie within `seconds`.
fn near(evidence: &Evidence, first: usize, second: usize, seconds: u64) -> bool {
    let times = evidence.time(first).zip(evidence.time(second));
    times.is_some_and(|(first, second)| second <= first.saturating_add_seconds(seconds))
}

/// Whether two facts name two crashes: a machine that stops as soon as it is up again does so within
/// minutes.
fn differ(evidence: &Evidence, first: usize, second: usize) -> bool {
    let named = |index| {
        let bugcheck = evidence.fact(index)?.kind.bugcheck()?;
        Some(bugcheck).filter(|bugcheck| bugcheck.identifies_a_crash())
    };
    named(first).zip(named(second)).is_some_and(|(first, second)| first != second)
}
