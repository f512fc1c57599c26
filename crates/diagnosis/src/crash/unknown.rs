//! Crashes of whom nobody knows the machine.
//!
//! A dump bears no name, and a virtual machine may have no log here. What they tell may be the crash that
//! another tells: where just one other tells the same code and parameters of the same minutes.

use std::collections::BTreeMap;

use super::{AROUND_A_RESTART_SECONDS, Crashed, Teller};
use crate::evidence::Evidence;
use crate::fact::Bugcheck;
use crate::groups::Groups;

/// A guest's dump bears the guest's clock, its host's record the host's.
const CLOCK_SLACK_SECONDS: u64 = 2 * 60;
/// More sources than this that tell one STOP code with the same parameters tell no crash apart.
const MAX_ALIKE: usize = 64;

/// Joins what one crash is told by, by the numbers of the facts that tell any.
pub(super) fn join(evidence: &Evidence, facts: &[usize], groups: &mut Groups) {
    let mut alike: BTreeMap<Bugcheck, Vec<usize>> = BTreeMap::new();
    for index in facts {
        let bugcheck = evidence.fact(*index).and_then(|fact| fact.kind.bugcheck());
        if let Some(bugcheck) = bugcheck.filter(|bugcheck| bugcheck.code != 0) {
            alike.entry(*bugcheck).or_default().push(*index);
        }
    }
    alike.retain(|_, indexes| indexes.len() > 1 && indexes.len() <= MAX_ALIKE);
    for indexes in alike.values() {
        let partners: BTreeMap<usize, Vec<usize>> = indexes
            .iter()
            .map(|index| (*index, partners(evidence, *index, indexes, groups)))
            .collect();
        for (index, others) in &partners {
            for other in others {
                let is_only = |of: usize, one: usize| {
                    let teller = Teller::of(evidence, one);
                    let mut alike = partners.get(&of).into_iter().flatten();
                    alike.all(|it| *it == one || Teller::of(evidence, *it) != teller)
                };
                if is_only(*index, *other) && is_only(*other, *index) {
                    groups.join(*index, *other);
                }
            }
        }
    }
}

/// The first fact of each crash of others that the fact at `index` may be of.
fn partners(
    evidence: &Evidence,
    index: usize,
    indexes: &[usize],
    groups: &mut Groups,
) -> Vec<usize> {
    let root = groups.root(index);
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for other in indexes {
        if may_be_one(evidence, index, *other) || may_be_one(evidence, *other, index) {
            found.entry(groups.root(*other)).or_insert(*other);
        }
    }
    found.remove(&root);
    found.into_values().collect()
}

/// Whether `first`, of whose machine no log is at hand, can be told by `second`: a dump by a host or by
/// a log, what a host says of its guest by a log.
fn may_be_one(evidence: &Evidence, first: usize, second: usize) -> bool {
    let (Some(told), Some(other)) = (evidence.fact(first), evidence.fact(second)) else {
        return false;
    };
    let teller = Teller::of(evidence, second);
    let fits = match Teller::of(evidence, first) {
        Teller::Dump => {
            evidence.is_nameless(evidence.machine_index(first)) && teller != Teller::Dump
        }
        Teller::Host => {
            matches!(Crashed::of(evidence, first), Some(Crashed::Vm(_))) && teller == Teller::OwnLog
        }
        Teller::OwnLog => false,
    };
    let (Some(crash), Some(told)) = (told.time, other.time) else { return false };
    // A log tells it at the next start, a host at once.
    let is_log = teller == Teller::OwnLog;
    let after = if is_log { AROUND_A_RESTART_SECONDS } else { CLOCK_SLACK_SECONDS };
    fits && crash <= told.saturating_add_seconds(CLOCK_SLACK_SECONDS)
        && told <= crash.saturating_add_seconds(after)
}
