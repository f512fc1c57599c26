//! The two ends of one migration, of which source and destination each log one.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::fact::{Fact, FactKind, MigrationPhase};
use crate::vm::VirtualMachines;

/// Machines whose clocks lie further apart than Kerberos allows (5 minutes) do not migrate to each
/// other, nor form a cluster.
pub(crate) const FURTHEST_TICKS: u64 = 6 * 60 * FileTime::TICKS_PER_SECOND;
/// No virtual machine ends more migrations within minutes.
const MAX_LOOKED_AT: usize = 64;

/// What a host logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) time: FileTime,
    pub(crate) machine: usize,
    pub(crate) fact: usize,
}

/// Source and destination of each migration that both logged to its end: each end is the nearest to
/// the other.
pub(crate) fn migration_ends(
    facts: &[Fact],
    of_fact: &[usize],
    vms: &VirtualMachines,
) -> Vec<(Seen, Seen)> {
    let mut ends: BTreeMap<usize, [Vec<Seen>; 2]> = BTreeMap::new();
    for (index, (fact, machine)) in facts.iter().zip(of_fact).enumerate() {
        let FactKind::LiveMigration { phase, .. } = &fact.kind else { continue };
        let (Some(time), Some(vm)) = (fact.time, vms.named_by(index)) else { continue };
        let seen = Seen { time, machine: *machine, fact: index };
        let [sources, destinations] = ends.entry(vm).or_default();
        match phase {
            MigrationPhase::FinishedAtSource => sources.push(seen),
            MigrationPhase::FinishedAtDestination => destinations.push(seen),
            _ => {}
        }
    }
    let mut pairs = Vec::new();
    for [sources, destinations] in ends.values() {
        for source in sources {
            let Some(destination) = nearest(*source, destinations) else { continue };
            if nearest(destination, sources) == Some(*source) {
                pairs.push((*source, destination));
            }
        }
    }
    pairs
}

/// The one of another machine that is nearest in time, of those that are near at all. `seen` is in
/// order of time.
fn nearest(to: Seen, seen: &[Seen]) -> Option<Seen> {
    let middle = seen.partition_point(|one| one.time < to.time);
    let (before, after) = seen.split_at_checked(middle)?;
    let is_near = |one: &&Seen| apart(one.time, to.time) <= FURTHEST_TICKS;
    let is_other = |one: &&Seen| one.machine != to.machine;
    let before = before.iter().rev().take(MAX_LOOKED_AT).take_while(is_near).find(is_other);
    let after = after.iter().take(MAX_LOOKED_AT).take_while(is_near).find(is_other);
    before.into_iter().chain(after).min_by_key(|one| (apart(one.time, to.time), **one)).copied()
}

pub(crate) fn apart(one: FileTime, other: FileTime) -> u64 {
    one.0.abs_diff(other.0)
}
