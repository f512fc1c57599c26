//! What became of the dump of a stop, as far as logs tell.

use std::collections::BTreeMap;
use std::ops::Range;

use hvtriage_winfmt::FileTime;

use super::boots::{A_START_SECONDS, Boots};
use crate::crash::{Crash, Crashed, Teller};
use crate::dictionary::EventDictionary;
use crate::evidence::Evidence;
use crate::fact::FactKind;

/// Events of `volmgr` that no dump can be written, as a machine starts (KB2756313).
const NOT_SET_UP: [u32; 8] = [44, 45, 46, 47, 48, 49, 156, 164];
/// The event of `volmgr`, as a machine starts, that one could not be written at the crash before.
const NOT_WRITTEN: [u32; 1] = [161];
/// WER: a full dump was not saved. A small one may have been.
const NO_FULL_DUMP: u32 = 1000;

/// What became of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DumpFate {
    /// Where it was saved.
    pub(super) path: Option<String>,
    /// Why there is none, or none any more.
    pub(super) none: Option<String>,
    /// Whether only a small one can be there.
    pub(super) is_small_at_most: bool,
}

/// What logs tell of dumps, by machine, so that each stop finds its own at once.
pub(super) struct DumpFates<'a> {
    evidence: &'a Evidence,
    boots: Boots,
    not_set_up: Said,
    not_written: Said,
}

/// Times and numbers of events by machine, in order.
type Said = BTreeMap<usize, Vec<(FileTime, usize)>>;

impl<'a> DumpFates<'a> {
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        Self {
            evidence,
            boots: Boots::of(evidence),
            not_set_up: said_by_volmgr(evidence, &NOT_SET_UP),
            not_written: said_by_volmgr(evidence, &NOT_WRITTEN),
        }
    }

    pub(super) fn of_crash(&self, crash: &Crash) -> DumpFate {
        let facts = || crash.facts.iter().filter_map(|index| self.evidence.fact(*index));
        let lost = facts().find_map(|fact| match &fact.kind {
            FactKind::DumpNotSaved { event_id, reason, .. } if *event_id != NO_FULL_DUMP => {
                Some(reason.clone())
            }
            _ => None,
        });
        let path = facts().find_map(|fact| match &fact.kind {
            FactKind::BugcheckReported { dump_path: Some(path), .. } if !path.trim().is_empty() => {
                Some(path.clone())
            }
            _ => None,
        });
        let none = match (&lost, &path) {
            (Some(_), _) => lost,
            (None, Some(_)) => None,
            (None, None) => self.told_by_volmgr(crash),
        };
        let is_small_at_most = path.is_none()
            && facts().any(|fact| {
                matches!(fact.kind, FactKind::DumpNotSaved { event_id: NO_FULL_DUMP, .. })
            });
        DumpFate { path: path.filter(|_| none.is_none()), none, is_small_at_most }
    }

    /// By what `volmgr` says: at the start after the stop that none was written, or at the start before it
    /// that none can be. What the start after the stop says of its own dumps tells nothing of this one.
    fn told_by_volmgr(&self, crash: &Crash) -> Option<String> {
        let Crashed::Machine(machine) = crash.crashed else { return None };
        let time = crash.time?;
        // Of a machine that stops at once when it is up again the records may be of either stop.
        if !self.evidence.crashes().is_alone(crash, A_START_SECONDS) {
            return None;
        }
        let of_own_log = |index: &&usize| Teller::of(self.evidence, **index) == Teller::OwnLog;
        let own = crash.facts.iter().filter(of_own_log);
        let noticed = own.filter_map(|index| self.evidence.time(*index)).min();
        // Where only the own log tells of the stop, its time is that of the start after it.
        let stopped = match noticed {
            Some(noticed) if noticed <= time => self.boots.begin_about(machine, noticed),
            _ => time,
        };
        let until = noticed.unwrap_or(time).saturating_add_seconds(A_START_SECONDS);
        self.meaning(last(&self.not_written, machine, stopped..until)).or_else(|| {
            let from = self.boots.begin_before(machine, stopped)?;
            self.meaning(last(&self.not_set_up, machine, from..stopped))
        })
    }

    fn meaning(&self, event: Option<usize>) -> Option<String> {
        let index = event?;
        let FactKind::Event(event) = &self.evidence.fact(index)?.kind else { return None };
        let meaning = EventDictionary::get().meaning(event, self.evidence.build_at(index));
        meaning.rows().first().map(|row| row.meaning.to_owned())
    }
}

/// The last of a machine's events within `span`.
fn last(said: &Said, machine: usize, span: Range<FileTime>) -> Option<usize> {
    let events = said.get(&machine)?;
    let until = events.partition_point(|(time, _)| *time < span.end);
    let (time, index) = events.get(until.checked_sub(1)?)?;
    (*time >= span.start).then_some(*index)
}

fn said_by_volmgr(evidence: &Evidence, ids: &[u32]) -> Said {
    let mut said = Said::new();
    for index in ids.iter().flat_map(|id| evidence.events(*id)).copied() {
        let is_of_volmgr = evidence.fact(index).is_some_and(|fact| match &fact.kind {
            FactKind::Event(event) => event.short_provider().eq_ignore_ascii_case("volmgr"),
            _ => false,
        });
        if let Some(time) = evidence.time(index).filter(|_| is_of_volmgr) {
            said.entry(evidence.machine_index(index)).or_default().push((time, index));
        }
    }
    said.values_mut().for_each(|events| events.sort_unstable());
    said
}
