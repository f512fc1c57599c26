//! Which of the steps that a cluster's resource logs begins a migration, and which ends it.
//!
//! High-Availability 22501 to 22504 are "initiated" and "succeeded" at source and target; no source tells
//! which id is which. But a host is on one side of a migration, and nothing succeeds before it was
//! initiated: of two different ones of the same host the first is the beginning and the second the end.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::fact::{Fact, FactKind, MigrationPhase};
use crate::vm::VirtualMachines;

/// A migration may copy memory and disks for as long as this.
pub(crate) const LONGEST_MIGRATION_SECONDS: u64 = 12 * 60 * 60;

/// What a step of a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Begun,
    Ended,
}

impl Step {
    /// The word that reports use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Begun => "started",
            Self::Ended => "ended",
        }
    }
}

/// What steps are, by the numbers of their facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct MigrationSteps {
    known: BTreeMap<usize, Step>,
}

/// A step whose end was not told yet.
#[derive(Clone, Copy)]
struct Open {
    fact: usize,
    time: FileTime,
    event_id: u32,
}

impl MigrationSteps {
    /// Looks at facts in order of time.
    pub(crate) fn of(facts: &[Fact], machine_of: &[usize], vms: &VirtualMachines) -> Self {
        let mut steps = Self::default();
        let mut open: BTreeMap<(usize, usize), Open> = BTreeMap::new();
        for (index, (fact, machine)) in facts.iter().zip(machine_of).enumerate() {
            let FactKind::LiveMigration { phase, event_id, .. } = fact.kind else { continue };
            let Some(vm) = vms.named_by(index) else { continue };
            let key = (vm, *machine);
            match (phase, event_id, fact.time) {
                (MigrationPhase::Step, Some(event_id), Some(time)) => {
                    let step = Open { fact: index, time, event_id };
                    match open.remove(&key).filter(|before| is_ended_by(before, &step)) {
                        Some(before) => {
                            steps.known.insert(before.fact, Step::Begun);
                            steps.known.insert(index, Step::Ended);
                        }
                        None => {
                            open.insert(key, step);
                        }
                    }
                }
                // What fails was begun, and does not succeed.
                (MigrationPhase::Failed, ..) => {
                    if let Some(before) = open.remove(&key) {
                        steps.known.insert(before.fact, Step::Begun);
                    }
                }
                _ => {}
            }
        }
        steps
    }

    /// What the step at `index` is; `None` where that is not known.
    pub(crate) fn get(&self, index: usize) -> Option<Step> {
        self.known.get(&index).copied()
    }
}

fn is_ended_by(before: &Open, step: &Open) -> bool {
    let longest = before.time.saturating_add_seconds(LONGEST_MIGRATION_SECONDS);
    before.event_id != step.event_id && step.time <= longest
}
