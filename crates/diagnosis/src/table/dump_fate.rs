//! What became of the dump of a stop, as far as logs tell.

use std::ops::Range;

use hvtriage_winfmt::FileTime;

use crate::crash::{Crash, Crashed};
use crate::dictionary::EventDictionary;
use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;

/// Events of `volmgr` that no dump can be written, as a machine starts (KB2756313).
const NOT_SET_UP: [u32; 8] = [44, 45, 46, 47, 48, 49, 156, 164];
/// The event of `volmgr` that one could not be written at the crash.
const NOT_WRITTEN: u32 = 161;
/// A start logs what it tells within this time.
const A_START_SECONDS: u64 = 15 * 60;
/// WER: a full dump was not saved. A small one may have been.
const NO_FULL_DUMP: u32 = 1000;

/// A log that says more in between tells nothing of one stop.
const MAX_LOOKED_AT: usize = 1024;

/// What became of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DumpFate {
    /// Where it was saved.
    pub(super) path: Option<String>,
    /// Why there is none, or none any more.
    pub(super) none: Option<String>,
}

pub(super) fn dump_fate(evidence: &Evidence, crash: &Crash) -> DumpFate {
    let facts = || crash.facts.iter().filter_map(|index| evidence.fact(*index));
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
        (None, None) => not_written(evidence, crash),
    };
    DumpFate { path: path.filter(|_| none.is_none()), none }
}

/// By what `volmgr` says: at the start after the stop that none was written, or at the start before it that
/// none can be.
fn not_written(evidence: &Evidence, crash: &Crash) -> Option<String> {
    let (Crashed::Machine(machine), Some(time)) = (crash.crashed, crash.time) else { return None };
    let back = crash.facts.iter().filter_map(|index| evidence.time(*index)).max().unwrap_or(time);
    let after = Some(time)..Some(back.saturating_add_seconds(A_START_SECONDS));
    said(evidence, machine, &[NOT_WRITTEN], &after).or_else(|| {
        let start = last_start(evidence, machine, time)?;
        // What a start says may stand a little before the fact that tells the version.
        let before = start.saturating_sub_seconds(A_START_SECONDS);
        said(evidence, machine, &NOT_SET_UP, &(Some(before)..Some(time)))
    })
}

/// The last start of a machine before `time` that its log tells.
fn last_start(evidence: &Evidence, machine: usize, time: FileTime) -> Option<FileTime> {
    let before = evidence.between(evidence.of_kind(Kind::OsVersion), &(None..Some(time)));
    let mut last = before.iter().rev().take(MAX_LOOKED_AT);
    let last = last.find(|index| evidence.machine_index(**index) == machine)?;
    evidence.time(*last)
}

/// What the last such event of a machine within `span` means.
fn said(
    evidence: &Evidence,
    machine: usize,
    ids: &[u32],
    span: &Range<Option<FileTime>>,
) -> Option<String> {
    let facts = ids.iter().flat_map(|id| {
        evidence.between(evidence.events(*id), span).iter().rev().take(MAX_LOOKED_AT)
    });
    let last = facts.copied().filter(|index| is_of_volmgr(evidence, *index, machine)).max()?;
    let FactKind::Event(event) = &evidence.fact(last)?.kind else { return None };
    let meaning = EventDictionary::get().meaning(event, evidence.build_at(last));
    meaning.rows().first().map(|row| row.meaning.to_owned())
}

fn is_of_volmgr(evidence: &Evidence, index: usize, machine: usize) -> bool {
    let provider = evidence.fact(index).and_then(|fact| match &fact.kind {
        FactKind::Event(event) => Some(event.short_provider()),
        _ => None,
    });
    evidence.machine_index(index) == machine
        && provider.is_some_and(|name| name.eq_ignore_ascii_case("volmgr"))
}
