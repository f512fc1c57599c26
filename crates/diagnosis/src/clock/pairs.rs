//! Events that two machines log at one time.

use std::collections::BTreeMap;

use crate::fact::{Bugcheck, Fact, FactKind};
use crate::migration_ends::{FURTHEST_TICKS, Seen, apart};
use crate::vm::VirtualMachines;

/// A cluster has up to 64 nodes; what one death tells of more than this is not compared, each with each.
const MAX_TELLERS: usize = 24;
/// Pairs of two machines that are kept.
const MAX_PAIRS: usize = 4096;

/// What both log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Witness {
    Migration,
    NodeLost,
    Crash,
}

/// For two machines, the lower number first: how far the second is ahead of the first, in ticks.
#[derive(Default)]
pub(super) struct Pairs(BTreeMap<(usize, usize), Vec<(i64, Witness)>>);

impl Pairs {
    pub(super) fn of(
        facts: &[Fact],
        of_fact: &[usize],
        vms: &VirtualMachines,
        migrations: &[(Seen, Seen)],
    ) -> Self {
        let mut pairs = Self::default();
        for (source, destination) in migrations {
            pairs.add(*source, *destination, Witness::Migration);
        }
        let mut losses: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
        let mut dumps: BTreeMap<(usize, Bugcheck), Vec<Seen>> = BTreeMap::new();
        let mut crashes: Vec<(Seen, usize, Bugcheck)> = Vec::new();
        for (index, (fact, machine)) in facts.iter().zip(of_fact).enumerate() {
            let Some(time) = fact.time else { continue };
            let seen = Seen { time, machine: *machine, fact: index };
            match &fact.kind {
                FactKind::NodeLost { node } => {
                    let label = node.split('.').next().unwrap_or_default().to_lowercase();
                    losses.entry(label).or_default().push(seen);
                }
                FactKind::Crash { bugcheck, .. } if bugcheck.identifies_a_crash() => {
                    dumps.entry((*machine, *bugcheck)).or_default().push(seen);
                }
                FactKind::GuestCrash { bugcheck, is_linux: false, .. } => {
                    let vm = vms.named_by(index).and_then(|vm| vms.get(vm));
                    if let Some(guest) = vm.and_then(|vm| vm.machine) {
                        crashes.push((seen, guest, *bugcheck));
                    }
                }
                _ => {}
            }
        }
        losses.values().for_each(|seen| pairs.add_losses(seen));
        for (told, guest, bugcheck) in crashes {
            // One that stops in the same way again and again tells not which time is which.
            if let Some([dumped]) = dumps.get(&(guest, bugcheck)).map(Vec::as_slice) {
                pairs.add(told, *dumped, Witness::Crash);
            }
        }
        pairs
    }

    pub(super) fn by_machines(&self) -> impl Iterator<Item = ((usize, usize), &[(i64, Witness)])> {
        self.0.iter().map(|(machines, pairs)| (*machines, pairs.as_slice()))
    }

    /// Nodes that tell of one death; a node that tells of it a second time tells of another.
    fn add_losses(&mut self, seen: &[Seen]) {
        let mut one: Vec<Seen> = Vec::new();
        for next in seen {
            let first = one.first();
            let is_near = first.is_none_or(|first| apart(first.time, next.time) <= FURTHEST_TICKS);
            let is_again = one.iter().any(|known| known.machine == next.machine);
            if !is_near || is_again || one.len() >= MAX_TELLERS {
                self.add_each_with_each(&one);
                one.clear();
            }
            one.push(*next);
        }
        self.add_each_with_each(&one);
    }

    fn add_each_with_each(&mut self, seen: &[Seen]) {
        for (number, first) in seen.iter().enumerate() {
            for second in seen.iter().skip(number.saturating_add(1)) {
                self.add(*first, *second, Witness::NodeLost);
            }
        }
    }

    fn add(&mut self, first: Seen, second: Seen, witness: Witness) {
        if first.machine == second.machine || apart(first.time, second.time) > FURTHEST_TICKS {
            return;
        }
        let is_in_order = first.machine < second.machine;
        let (lower, higher) = if is_in_order { (first, second) } else { (second, first) };
        let pairs = self.0.entry((lower.machine, higher.machine)).or_default();
        if pairs.len() < MAX_PAIRS {
            pairs.push((higher.time.ticks_since(lower.time), witness));
        }
    }
}

impl Witness {
    pub(super) fn counted(self, count: u64) -> String {
        let (one, many) = match self {
            Self::Migration => ("migration", "migrations"),
            Self::NodeLost => ("loss of a node", "losses of nodes"),
            Self::Crash => ("crash of a guest", "crashes of a guest"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}
