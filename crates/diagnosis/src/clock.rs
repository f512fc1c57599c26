//! How far the clocks of machines lie apart, by events that both of two machines log.
//!
//! Source and destination log the end of a migration, all nodes the death of one, a host and the dump of
//! its guest one crash. What is learned is about as good as these are logged at one time; an offset is
//! only claimed where several agree.

mod pairs;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use hvtriage_winfmt::FileTime;

use crate::fact::Fact;
use crate::machine::Machine;
use crate::migration_ends::Seen;
use crate::vm::VirtualMachines;
use pairs::{Pairs, Witness};

/// How far the clock of a machine is ahead of another's, about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// The machine whose clock it is measured against, by its display name.
    pub reference: String,
    /// How far it is ahead, in ticks of 100 ns; behind where it is negative.
    pub ahead_ticks: i64,
    /// The estimate is good to about this, in ticks of 100 ns.
    pub within_ticks: u64,
    /// Events that both of two machines logged and that agree on it: of several machines in a row, the
    /// fewest.
    pub pairs: u64,
    /// What these are, in words: `12 migrations`.
    pub basis: String,
    /// Whether the times of this machine are set right by it where they are compared with others'.
    pub is_applied: bool,
}

/// Fewer pairs that agree prove nothing: one may be of two events, and two may be by chance.
const FEWEST_PAIRS: usize = 3;
/// Pairs agree that lie no further than this from the one in the middle.
const SPREAD_TICKS: u64 = 30 * FileTime::TICKS_PER_SECOND;
/// What is one event to us is logged by one side up to this much later.
const LATENCY_TICKS: u64 = FileTime::TICKS_PER_SECOND;
/// Clocks that agree this well need no setting right. A side that logs its end of everything some seconds
/// later than the other looks just as a clock that is behind by them.
const LEAST_APPLIED_TICKS: u64 = 30 * FileTime::TICKS_PER_SECOND;

/// Finds out how far the clock of each machine is ahead, where that can be told.
pub(crate) fn find(
    machines: &mut [Machine],
    facts: &[Fact],
    of_fact: &[usize],
    vms: &VirtualMachines,
    migrations: &[(Seen, Seen)],
) {
    let pairs = Pairs::of(facts, of_fact, vms, migrations);
    let estimates: BTreeMap<(usize, usize), Estimate> =
        pairs.by_machines().filter_map(|(key, pairs)| Some((key, Estimate::of(pairs)?))).collect();
    let mut neighbours: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut weight: BTreeMap<usize, usize> = BTreeMap::new();
    for ((one, other), estimate) in &estimates {
        neighbours.entry(*one).or_default().push(*other);
        neighbours.entry(*other).or_default().push(*one);
        for machine in [one, other] {
            let weight = weight.entry(*machine).or_default();
            *weight = weight.saturating_add(estimate.agreeing);
        }
    }
    // The one that most is known of is what the others of its group are measured against.
    let mut order: Vec<(Reverse<usize>, usize)> =
        weight.iter().map(|(machine, weight)| (Reverse(*weight), *machine)).collect();
    order.sort_unstable();
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    for (_, reference) in order {
        if reached.contains(&reference) {
            continue;
        }
        spread(reference, &estimates, &neighbours, &mut reached, machines);
    }
}

/// Measures all machines that can be reached from `reference`, along what most pairs agree on.
fn spread(
    reference: usize,
    estimates: &BTreeMap<(usize, usize), Estimate>,
    neighbours: &BTreeMap<usize, Vec<usize>>,
    reached: &mut BTreeSet<usize>,
    machines: &mut [Machine],
) {
    let name = machines.get(reference).map_or_else(String::new, |it| it.name.clone());
    let start = Step {
        agreeing: usize::MAX,
        within: Reverse(0),
        to: Reverse(reference),
        ahead: 0,
        basis: String::new(),
        pairs: u64::MAX,
    };
    let mut open = BinaryHeap::from([start]);
    while let Some(step) = open.pop() {
        let machine = step.to.0;
        if !reached.insert(machine) {
            continue;
        }
        for next in neighbours.get(&machine).into_iter().flatten() {
            if reached.contains(next) {
                continue;
            }
            let Some((estimate, ahead)) = between(estimates, machine, *next) else { continue };
            open.push(Step {
                agreeing: estimate.agreeing,
                within: Reverse(step.within.0.saturating_add(estimate.within)),
                to: Reverse(*next),
                ahead: step.ahead.saturating_add(ahead),
                pairs: step.pairs.min(estimate.agreeing as u64),
                basis: estimate.basis.clone(),
            });
        }
        if machine == reference {
            continue;
        }
        if let Some(machine) = machines.get_mut(machine) {
            let (within, ahead) = (step.within.0, step.ahead);
            machine.clock = Some(ClockOffset {
                reference: name.clone(),
                ahead_ticks: ahead,
                within_ticks: within,
                pairs: step.pairs,
                basis: step.basis,
                is_applied: ahead.unsigned_abs() > within.max(LEAST_APPLIED_TICKS),
            });
        }
    }
}

/// A machine that is reached from another whose offset is known; the surest goes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    agreeing: usize,
    within: Reverse<u64>,
    to: Reverse<usize>,
    ahead: i64,
    pairs: u64,
    basis: String,
}

/// What is known between two machines, and how far the second is ahead of the first.
fn between(
    estimates: &BTreeMap<(usize, usize), Estimate>,
    first: usize,
    second: usize,
) -> Option<(&Estimate, i64)> {
    let estimate = estimates.get(&(first.min(second), first.max(second)))?;
    let ahead = if first < second { estimate.ahead } else { estimate.ahead.saturating_neg() };
    Some((estimate, ahead))
}

/// How far one clock is ahead of another.
struct Estimate {
    ahead: i64,
    within: u64,
    agreeing: usize,
    basis: String,
}

impl Estimate {
    /// The middle one of several, if most of the others lie about there.
    fn of(pairs: &[(i64, Witness)]) -> Option<Self> {
        let mut ahead: Vec<i64> = pairs.iter().map(|(ahead, _)| *ahead).collect();
        ahead.sort_unstable();
        let middle = *ahead.get(ahead.len() / 2)?;
        let off = |ahead: &i64| ahead.abs_diff(middle);
        let agreeing = ahead.iter().filter(|it| off(it) <= SPREAD_TICKS).count();
        if agreeing < FEWEST_PAIRS || agreeing.saturating_mul(4) < ahead.len().saturating_mul(3) {
            return None;
        }
        let widest = ahead.iter().map(off).filter(|off| *off <= SPREAD_TICKS).max()?;
        let mut kinds: BTreeMap<Witness, u64> = BTreeMap::new();
        for (_, witness) in pairs.iter().filter(|(ahead, _)| off(ahead) <= SPREAD_TICKS) {
            let count = kinds.entry(*witness).or_default();
            *count = count.saturating_add(1);
        }
        let basis: Vec<String> =
            kinds.into_iter().map(|(witness, count)| witness.counted(count)).collect();
        Some(Self {
            ahead: middle,
            within: widest.max(LATENCY_TICKS),
            agreeing,
            basis: basis.join(" and "),
        })
    }
}

impl ClockOffset {
    /// The time that the clock of the reference showed when this one showed `time`.
    pub(crate) fn correct(&self, time: FileTime) -> FileTime {
        let shift = self.ahead_ticks.unsigned_abs();
        FileTime(match self.ahead_ticks {
            0.. => time.0.saturating_sub(shift),
            _ => time.0.saturating_add(shift),
        })
    }

    /// How far, in words: `about 4 min 10 s behind HV03`, or `within 2 s of HV03`.
    #[must_use]
    pub fn words(&self) -> String {
        let seconds =
            self.ahead_ticks.unsigned_abs().saturating_add(FileTime::TICKS_PER_SECOND / 2)
                / FileTime::TICKS_PER_SECOND;
        if self.ahead_ticks.unsigned_abs() <= self.within_ticks {
            return format!("within {} of {}", self.within_words(), self.reference);
        }
        let side = if self.ahead_ticks < 0 { "behind" } else { "ahead of" };
        format!("about {} {side} {}", duration(seconds), self.reference)
    }

    /// How good the estimate is, in words: `2 s`.
    #[must_use]
    pub fn within_words(&self) -> String {
        duration(self.within_ticks.div_ceil(FileTime::TICKS_PER_SECOND))
    }
}

/// `4 min 10 s`.
fn duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
