//! Migrations, each once, from what source and destination tell of them.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::migration_reasons::Reasons;
use super::{Migration, MigrationOutcome, locators, machine_name};
use crate::evidence::Evidence;
use crate::fact::{FactKind, MigrationPhase};
use crate::kind::Kind;
use crate::migration_steps::{LONGEST_MIGRATION_SECONDS, Step};

/// Both hosts log the end within this time; their clocks may differ.
const AROUND_THE_END_SECONDS: u64 = 5 * 60;

pub(super) fn migrations(evidence: &Evidence) -> Vec<Migration> {
    let mut by_vm: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in evidence.of_kind(Kind::LiveMigration) {
        for vm in evidence.vms_of(*index) {
            by_vm.entry(*vm).or_default().push(*index);
        }
    }
    let reasons = Reasons::of(evidence);
    let mut rows: Vec<Migration> = by_vm
        .into_iter()
        .flat_map(|(vm, indexes)| {
            let name = evidence.vms().get(vm).map(|vm| vm.display()).unwrap_or_default();
            let runs = one_by_one(evidence, &indexes);
            let reasons = &reasons;
            runs.into_iter().map(move |run| {
                let (mut row, ended) = migration(evidence, &name, &run);
                let failed = ended.filter(|_| row.outcome == MigrationOutcome::Failed);
                row.reason = failed.and_then(|failed| reasons.near(vm, failed));
                row
            })
        })
        .collect();
    rows.sort_by(|left, right| {
        (left.start.or(left.end), &left.vm).cmp(&(right.start.or(right.end), &right.vm))
    });
    rows
}

/// What a host tells of a migration. The event counts: the worker process and the management service
/// both tell that a migration ended (18530, 20418).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    host: usize,
    phase: MigrationPhase,
    event_id: Option<u32>,
    step: Option<Step>,
}

/// What is being put together.
#[derive(Default)]
struct Run {
    indexes: Vec<usize>,
    begun: Option<FileTime>,
    ended: Option<FileTime>,
    phases: BTreeSet<Told>,
}

/// Facts of one virtual machine, in order of time, as one list a migration.
fn one_by_one(evidence: &Evidence, indexes: &[usize]) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    let mut run = Run::default();
    for index in indexes {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::LiveMigration { phase, event_id, .. } = fact.kind else { continue };
        let step = evidence.migration_step(*index);
        let told = Told { host: evidence.machine_index(*index), phase, event_id, step };
        let time = evidence.time(*index);
        if !run.indexes.is_empty() && !run.goes_on(told, time) {
            runs.push(std::mem::take(&mut run).indexes);
        }
        run.add(*index, told, time);
    }
    runs.push(run.indexes);
    runs.retain(|run| !run.is_empty());
    runs
}

impl Run {
    fn add(&mut self, index: usize, told: Told, time: Option<FileTime>) {
        self.indexes.push(index);
        self.phases.insert(told);
        self.begun = self.begun.or(time);
        if told.is_end() {
            self.ended = self.ended.or(time);
        }
    }

    /// Whether a further fact is of the same migration. A host tells each phase once; only of steps
    /// it is not always known which is which.
    fn goes_on(&self, told: Told, time: Option<FileTime>) -> bool {
        let phase = told.phase;
        let is_new = match told.step {
            None => phase == MigrationPhase::Step || !self.phases.contains(&told),
            Some(_) => !self.phases.iter().any(|known| known.is_repeated_by(&told)),
        };
        let begins = matches!(phase, MigrationPhase::Started | MigrationPhase::OfflineStarted);
        let was_begun = self.phases.iter().any(|known| known.phase == phase);
        if !is_new || (begins && was_begun) {
            return false;
        }
        let (from, seconds) = match self.ended {
            // The start of the next one follows no sooner than the end of this.
            Some(_) if begins => return false,
            Some(ended) => (Some(ended), AROUND_THE_END_SECONDS),
            None => (self.begun, LONGEST_MIGRATION_SECONDS),
        };
        let span = from.zip(time);
        span.is_none_or(|(from, time)| time <= from.saturating_add_seconds(seconds))
    }
}

impl Told {
    fn is_end(&self) -> bool {
        is_end(self.phase) || self.step == Some(Step::Ended)
    }

    /// Whether a step is of another migration than this one: a host begins and ends it once, and
    /// source and destination log different events.
    fn is_repeated_by(&self, step: &Self) -> bool {
        self.phase == MigrationPhase::Step
            && ((self.host == step.host && self.step == step.step)
                || self.event_id == step.event_id)
    }
}

fn is_end(phase: MigrationPhase) -> bool {
    use MigrationPhase::{Failed, FinishedAtDestination, FinishedAtSource, OfflineFinished};
    matches!(phase, Failed | FinishedAtDestination | FinishedAtSource | OfflineFinished)
}

/// A row, and when it ended by the clock that all machines share.
fn migration(evidence: &Evidence, vm: &str, indexes: &[usize]) -> (Migration, Option<FileTime>) {
    let mut row = Migration {
        vm: vm.to_owned(),
        is_live: true,
        source: None,
        destination: None,
        hosts: Vec::new(),
        start: None,
        end: None,
        blackout_seconds: None,
        outcome: MigrationOutcome::Unknown,
        reason: None,
        facts: locators(evidence, indexes),
    };
    let mut hosts = BTreeSet::new();
    let (mut begin, mut end) = (None, None);
    for index in indexes {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::LiveMigration { phase, blackout_seconds, other_host, event_id, .. } =
            &fact.kind
        else {
            continue;
        };
        let host = machine_name(evidence, *index);
        let time = evidence.time(*index).map(|time| (time, *index));
        match phase {
            MigrationPhase::Started | MigrationPhase::OfflineStarted => {
                begin = begin.or(time);
                row.source = Some(host.clone());
                let called = other_host.as_ref().map(|host| shown(evidence, host));
                row.destination = row.destination.or(called);
            }
            MigrationPhase::FinishedAtSource => row.source = Some(host.clone()),
            MigrationPhase::FinishedAtDestination => {
                row.destination = Some(host.clone());
                // It logs the address that the migration came from.
                let known = other_host.as_ref().and_then(|it| evidence.machine_called(it));
                let known = known.and_then(|known| evidence.machines().get(known));
                row.source = row.source.or_else(|| Some(known?.name.clone()));
            }
            MigrationPhase::Failed => match side_that_failed(*event_id) {
                Some(Side::Source) => row.source = row.source.or_else(|| Some(host.clone())),
                Some(Side::Destination) => {
                    row.destination = row.destination.or_else(|| Some(host.clone()));
                }
                None => {}
            },
            _ => {}
        }
        let is_end = is_end(*phase) || evidence.migration_step(*index) == Some(Step::Ended);
        row.is_live &=
            !matches!(phase, MigrationPhase::OfflineStarted | MigrationPhase::OfflineFinished);
        row.blackout_seconds = row.blackout_seconds.or(*blackout_seconds);
        row.outcome = match (row.outcome, phase) {
            (MigrationOutcome::Failed, _) | (_, MigrationPhase::Failed) => MigrationOutcome::Failed,
            _ if is_end => MigrationOutcome::Finished,
            (outcome, _) => outcome,
        };
        if is_end {
            end = end.max(time);
        }
        hosts.insert(host);
    }
    // The first step of several is its begin, whatever its event says.
    let first = || indexes.iter().find_map(|index| Some((evidence.time(*index)?, *index)));
    let begin = begin.or_else(|| first().filter(|_| !is_only_its_end(evidence, indexes)));
    // The begin as it was logged, and the end by the same clock, or a migration could end before it begins.
    if let Some((_, clock)) = begin.or(end) {
        row.start = begin.and_then(|(_, index)| evidence.logged_time(index));
        row.end = end.and_then(|(time, _)| evidence.by_clock_of(clock, time));
    }
    row.hosts = hosts.into_iter().collect();
    tell_other_side(&mut row);
    (row, end.map(|(time, _)| time))
}

#[derive(Clone, Copy)]
enum Side {
    Source,
    Destination,
}

/// Which host logs that a migration failed: each side has an event of its own. VMMS names the host itself
/// in it, never the other one.
fn side_that_failed(event_id: Option<u32>) -> Option<Side> {
    match event_id? {
        21024 | 22505 => Some(Side::Source),
        21026 | 22506 => Some(Side::Destination),
        _ => None,
    }
}

/// Of two hosts that logged a migration, the one that is not its destination is its source, and the
/// other way round. The events of 2008 R2's cluster (22501 to 22504) do not tell the side themselves.
fn tell_other_side(row: &mut Migration) {
    let [one, other] = row.hosts.as_slice() else { return };
    let other_than = |host: &String| match host {
        host if host == one => Some(other.clone()),
        host if host == other => Some(one.clone()),
        _ => None,
    };
    match (&row.source, &row.destination) {
        (None, Some(destination)) => row.source = other_than(destination),
        (Some(source), None) => row.destination = other_than(source),
        _ => {}
    }
}

/// The display name of the machine that an event calls so, or else what it is called.
fn shown(evidence: &Evidence, host: &str) -> String {
    let known = evidence.machine_called(host).and_then(|known| evidence.machines().get(known));
    known.map_or_else(|| host.to_owned(), |machine| machine.name.clone())
}

/// Whether all that is told of a migration is how it ended.
fn is_only_its_end(evidence: &Evidence, indexes: &[usize]) -> bool {
    indexes
        .iter()
        .filter_map(|index| evidence.fact(*index))
        .all(|fact| matches!(fact.kind, FactKind::LiveMigration { phase, .. } if is_end(phase)))
}
