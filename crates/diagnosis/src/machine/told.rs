//! STOP codes that name their crash, and names that are one because both tell one crash.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use super::names::Names;
use super::reason::{ReasonKind, Strength};
use crate::fact::{Bugcheck, Fact, FactKind, MachineName};

/// Clocks of a host and its guest may differ, and a dump bears the time of the guest.
const CLOCK_SLACK_SECONDS: u64 = 10 * 60;
/// A machine may stay down for long before it logs why it went down.
const LONGEST_DOWN_SECONDS: u64 = 7 * 24 * 60 * 60;
/// A STOP code with parameters that is told more often than this names no crash.
const MAX_TELLERS: usize = 1000;

/// STOP codes that name their crash, and the facts that tell them.
pub(super) struct Told {
    /// In dumps.
    pub(super) dumps: BTreeMap<Bugcheck, Vec<usize>>,
    /// In the machine's own log.
    pub(super) reports: BTreeMap<Bugcheck, Vec<usize>>,
}

impl Told {
    pub(super) fn of(facts: &[Fact]) -> Self {
        let mut told = Self { dumps: BTreeMap::new(), reports: BTreeMap::new() };
        for (index, fact) in facts.iter().enumerate() {
            let by_bugcheck = match (&fact.kind, &fact.machine) {
                (FactKind::Crash { .. }, _) => &mut told.dumps,
                (
                    FactKind::BugcheckReported { .. } | FactKind::UncleanRestart { .. },
                    MachineName::Computer(_),
                ) => &mut told.reports,
                _ => continue,
            };
            if let Some(bugcheck) = fact.kind.bugcheck().filter(|b| b.identifies_a_crash()) {
                by_bugcheck.entry(*bugcheck).or_default().push(index);
            }
        }
        told.dumps.retain(|_, facts| facts.len() <= MAX_TELLERS);
        told.reports.retain(|_, facts| facts.len() <= MAX_TELLERS);
        told
    }
}

/// Whether a log written at `report` can speak of a crash at `crash`. Times that are not known
/// do not speak against it.
pub(super) fn can_report(crash: Option<FileTime>, report: Option<FileTime>) -> bool {
    let (Some(crash), Some(report)) = (crash, report) else { return true };
    crash <= report.saturating_add_seconds(CLOCK_SLACK_SECONDS)
        && report <= crash.saturating_add_seconds(LONGEST_DOWN_SECONDS)
}

/// A dump belongs to the only computer whose log tells the same STOP code and parameters.
pub(super) fn join_by_crash(names: &mut Names<'_>, told: &Told) {
    let facts = names.facts();
    let time = |fact: usize| facts.get(fact).and_then(|fact| fact.time);
    for (bugcheck, dumps) in &told.dumps {
        let Some(reports) = told.reports.get(bugcheck) else { continue };
        for dump in dumps {
            let of = |report: &&usize| can_report(time(*dump), time(**report));
            let reports: Vec<usize> = reports.iter().filter(of).copied().collect();
            let computers: Vec<usize> = reports.iter().map(|it| names.of_fact(*it)).collect();
            let (Some(computer), Some(report)) = (names.only_group(&computers), reports.first())
            else {
                continue;
            };
            let own = names.of_fact(*dump);
            if let Some((one, other)) = names.contradiction(own, computer) {
                let words = format!(
                    "{} is not held to be of {}, which tells the same STOP {bugcheck}: Windows \
                     would have become older",
                    names.shown(own),
                    names.shown(computer)
                );
                names.doubt(own, words, &[one, other]);
                continue;
            }
            let words = format!(
                "{} and the log of {} tell the same STOP {bugcheck}",
                names.shown(own),
                names.shown(computer),
            );
            let reason =
                names.reason(Strength::Strong, ReasonKind::Crash, words, &[*dump, *report]);
            names.join(own, computer, reason);
        }
    }
}
