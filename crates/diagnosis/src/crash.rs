//! Which facts tell of one crash.

mod signature;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::{Bugcheck, FactKind};
use crate::groups::Groups;
use crate::kind::Kind;
use signature::Patterns;
pub(crate) use signature::{Alike, Signature};

/// A machine logs what became of it within this time after it came up.
const AROUND_A_RESTART_SECONDS: u64 = 15 * 60;
/// A crash and the same STOP code in the log of the next start belong together up to this.
const LONGEST_DOWN_SECONDS: u64 = 7 * 24 * 60 * 60;
/// Every crash of the evidence, each with the facts that tell it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crashes {
    all: Vec<Crash>,
    /// Number of the crash by the number of its fact.
    of_fact: BTreeMap<usize, usize>,
    /// Times at which each stopped, sorted.
    times: BTreeMap<Crashed, Vec<FileTime>>,
    patterns: Patterns,
}

/// One stop of one machine.
#[derive(Clone, Debug)]
pub(crate) struct Crash {
    /// The facts that tell it, in order of time.
    pub(crate) facts: Vec<usize>,
    pub(crate) crashed: Crashed,
    /// When it stopped, or else the first time at which that was noticed.
    pub(crate) time: Option<FileTime>,
    /// The same by the clock of the machine that tells it.
    pub(crate) logged_time: Option<FileTime>,
    pub(crate) bugcheck: Option<Bugcheck>,
    /// What it has in common with crashes of the same cause; `None` without a STOP code.
    pub(crate) signature: Option<Signature>,
}

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
    fn of(evidence: &Evidence, index: usize) -> Option<Self> {
        match evidence.fact(index)?.kind.vm() {
            None => Some(Self::Machine(evidence.machine_index(index))),
            Some(_) => {
                let vm = evidence.vms().named_by(index)?;
                let machine = evidence.vms().get(vm).and_then(|vm| vm.machine);
                Some(machine.map_or(Self::Vm(vm), Self::Machine))
            }
        }
    }
}

impl Crashes {
    /// Puts the facts of `evidence` together, whose crashes are not known yet.
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let facts = facts_of_crashes(evidence);
        let mut groups = of_one_machine(evidence, &facts);
        unknown::join(evidence, &facts, &mut groups);
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in facts {
            members.entry(groups.root(index)).or_default().push(index);
        }
        let all: Vec<Crash> =
            members.into_values().filter_map(|facts| Crash::of(evidence, facts)).collect();
        let numbered = all.iter().enumerate();
        let of_fact = numbered.flat_map(|(number, it)| it.facts.iter().map(move |i| (*i, number)));
        let mut times: BTreeMap<Crashed, Vec<FileTime>> = BTreeMap::new();
        for crash in &all {
            times.entry(crash.crashed).or_default().extend(crash.time);
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        Self { of_fact: of_fact.collect(), times, patterns: Patterns::of(evidence, &all), all }
    }

    pub(crate) fn all(&self) -> &[Crash] {
        &self.all
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Crash> {
        self.all.get(number)
    }

    /// When the same machine stopped the time before.
    pub(crate) fn before(&self, crash: &Crash) -> Option<FileTime> {
        let times = self.times.get(&crash.crashed)?;
        let until = times.partition_point(|time| Some(*time) < crash.time);
        times.get(until.checked_sub(1)?).copied()
    }

    /// Whether the same machine stopped at no other time within `seconds` of this.
    pub(crate) fn is_alone(&self, crash: &Crash, seconds: u64) -> bool {
        let Some((times, time)) = self.times.get(&crash.crashed).zip(crash.time) else {
            return true;
        };
        let first = times.partition_point(|other| other.saturating_add_seconds(seconds) < time);
        let after = times.partition_point(|other| *other <= time.saturating_add_seconds(seconds));
        after.saturating_sub(first) <= 1
    }

    /// How many crashes are like this one, if there are others.
    pub(crate) fn alike(&self, number: usize) -> Option<Alike> {
        self.patterns.alike(self.get(number)?)
    }

    /// Number of the crash that a fact tells.
    pub(crate) fn number_of(&self, fact: usize) -> Option<usize> {
        self.of_fact.get(&fact).copied()
    }
}

impl Crash {
    /// Whether nothing but the machine's own log tells of it, which it wrote at the start after it.
    pub(crate) fn is_told_by_own_log_alone(&self, evidence: &Evidence) -> bool {
        self.facts.iter().all(|index| Teller::of(evidence, *index) == Teller::OwnLog)
    }

    /// When the machine last ran by what its own log says at the start after the crash, by the common
    /// clock.
    pub(crate) fn last_alive(&self, evidence: &Evidence) -> Option<FileTime> {
        let told = self.facts.iter().filter_map(|index| {
            let FactKind::UnexpectedShutdown { last_alive: Some(alive) } =
                &evidence.fact(*index)?.kind
            else {
                return None;
            };
            let (common, logged) = (evidence.time(*index)?, evidence.logged_time(*index)?);
            let behind = i128::from(common.0).checked_sub(i128::from(logged.0))?;
            let corrected = alive.0.saturating_add_signed(i64::try_from(behind).ok()?);
            Some(FileTime(corrected)).filter(|alive| *alive <= common)
        });
        told.max()
    }

    fn of(evidence: &Evidence, facts: Vec<usize>) -> Option<Self> {
        let when = |wanted: Teller| {
            let told = facts.iter().filter(|index| Teller::of(evidence, **index) == wanted);
            told.filter_map(|index| Some((evidence.time(*index)?, *index))).min()
        };
        let first =
            when(Teller::Dump).or_else(|| when(Teller::Host)).or_else(|| when(Teller::OwnLog));
        // A computer of whom more than this crash is known says most.
        let rank = |crashed: &Crashed| match crashed {
            Crashed::Machine(machine) if !evidence.is_nameless(*machine) => 0,
            Crashed::Vm(_) => 1,
            Crashed::Machine(_) => 2,
        };
        let crashed = facts.iter().filter_map(|index| Crashed::of(evidence, *index));
        Some(Self {
            crashed: crashed.min_by_key(rank)?,
            time: first.map(|(time, _)| time),
            logged_time: first.and_then(|(_, index)| evidence.logged_time(index)),
            bugcheck: facts
                .iter()
                .find_map(|index| evidence.fact(*index)?.kind.bugcheck().copied()),
            signature: Signature::of(evidence, &facts),
            facts,
        })
    }
}

impl Crash {
    /// The virtual machines that stopped: one, but for what is not known to be only one.
    pub(crate) fn vms<'a>(&self, evidence: &'a Evidence) -> &'a [usize] {
        let known = self.facts.iter().map(|index| evidence.vms_of(*index));
        known.into_iter().find(|vms| !vms.is_empty()).unwrap_or_default()
    }

    /// Whether all that is told is what became of a dump, which is no stop of its own.
    pub(crate) fn is_only_of_its_dump(&self, evidence: &Evidence) -> bool {
        let mut facts = self.facts.iter().filter_map(|index| evidence.fact(*index));
        facts.all(|fact| matches!(fact.kind, FactKind::DumpNotSaved { .. }))
    }

    /// The machine itself, without the host that tells of it.
    pub(crate) fn machines(&self, evidence: &Evidence) -> BTreeSet<usize> {
        let own = self.facts.iter().filter(|it| Teller::of(evidence, **it) != Teller::Host);
        own.map(|index| evidence.machine_index(*index)).collect()
    }
}

/// Who tells of a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Teller {
    Dump,
    /// A host of its guest.
    Host,
    /// The machine's own log, at the start after it.
    OwnLog,
}

impl Teller {
    pub(crate) fn of(evidence: &Evidence, index: usize) -> Self {
        match evidence.fact(index).map(|fact| &fact.kind) {
            Some(FactKind::Crash { .. }) => Self::Dump,
            Some(FactKind::GuestCrash { .. } | FactKind::GuestTripleFault { .. }) => Self::Host,
            _ => Self::OwnLog,
        }
    }
}

/// Every fact that tells of a crash, in order; a live dump tells of none.
fn facts_of_crashes(evidence: &Evidence) -> Vec<usize> {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_of_crash());
    let is_stop = |index: &usize| match evidence.fact(*index).map(|fact| &fact.kind) {
        Some(FactKind::Crash { bugcheck, .. }) => !bugcheck.is_of_live_dump(),
        _ => true,
    };
    let facts = kinds.flat_map(|kind| evidence.of_kind(kind)).copied().filter(is_stop);
    let mut facts: Vec<usize> = facts.collect();
    facts.sort_unstable();
    facts
}

/// Facts of one crash of one machine: near in time, or with the same STOP code and parameters.
fn of_one_machine(evidence: &Evidence, facts: &[usize]) -> Groups {
    let mut by_crashed: BTreeMap<Crashed, Vec<usize>> = BTreeMap::new();
    for index in facts.iter().copied() {
        let Some(crashed) = Crashed::of(evidence, index) else { continue };
        by_crashed.entry(crashed).or_default().push(index);
    }
    let mut groups = Groups::new(evidence.facts().len());
    for indexes in by_crashed.values() {
        let mut last: Option<usize> = None;
        // Each start after a stop tells it once: another such record is of another stop.
        let mut started = false;
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
            let is_start =
                fact.is_some_and(|fact| matches!(fact.kind, FactKind::UncleanRestart { .. }));
            match last.filter(is_same).filter(|_| !(is_start && started)) {
                Some(last) => {
                    groups.join(last, *index);
                    started |= is_start;
                }
                None => started = is_start,
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
