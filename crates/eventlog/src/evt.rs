//! Event logs of Windows NT 4, 2000, XP and 2003 (`.evt`).
//!
//! The file is a header and behind it a circle of bytes: records follow one another, a record that
//! meets the end of the file goes on right behind the header, and an end record stands behind the
//! newest one. Windows keeps the header's offsets up to date only when it closes the log, so in one
//! that was copied while it was open ("dirty") the end record alone says where the log begins and
//! ends. What lies outside of that are leftovers of records that were overwritten or cleared.
//!
//! What each field means, and where that is written down:
//! - header, end record and how the circle wraps: Microsoft Learn, "Event Log File Format",
//!   `ELF_LOGFILE_HEADER` (bb309024), `ELF_EOF_RECORD` (bb309022);
//! - the record: Microsoft Learn, `EVENTLOGRECORD` (winnt.h), whose `TimeGenerated` is seconds since
//!   1970 in UTC; types of events: `ReportEvent`, which also says that type 0 (`EVENTLOG_SUCCESS`) is
//!   an information event; parts of the event id: "Event Identifiers", whose upper 16 bits are what
//!   event XML calls `Qualifiers`;
//! - dirty headers, data that no record owns before the end of the file, cut records, and offsets
//!   that point nowhere: libevt, "Windows Event Log (EVT) format", section "Corruption scenarios";
//! - keywords of classic and audit events: Microsoft Learn, `StandardEventKeywords` (.NET). The level
//!   0 of audit events is what Windows itself writes for them in event XML since Vista.
//!
//! The file does not name its log, and a file name is no evidence: the channel stays empty.

mod range;
mod record;
mod ring;

use std::borrow::Cow;
use std::collections::HashSet;

use crate::{Decoded, Event, LogProblem, Origin, add_problem};
use range::Live;
use ring::{Ring, Span};

/// Reads a log of Windows NT 4 to 2003. Leftovers are left out.
#[must_use]
pub fn read_evt(bytes: &[u8]) -> Decoded {
    Decoded::gather(|found| read_evt_each(bytes, found))
}

/// The same, but hands each event over as soon as it is read, in the order of the record numbers.
/// Returns what could not be read.
///
/// An event behind damage, and every event when nothing says which records are the log's, has
/// [`Origin::Salvaged`]. A record that stands there twice is given once. The input is untrusted: a
/// record is one when its length stands at both of its ends, every count and offset in it is held
/// against its length, and beside the event in hand a few words a record are kept.
pub fn read_evt_each(bytes: &[u8], found: impl FnMut(Event)) -> Vec<LogProblem> {
    read(bytes, false, found)
}

/// Like [`read_evt_each`], and then gives the whole records in space that the log has given up, with
/// [`Origin::Slack`]. Their part of the file may be anything, so it has no problems.
pub fn read_evt_with_slack_each(bytes: &[u8], found: impl FnMut(Event)) -> Vec<LogProblem> {
    read(bytes, true, found)
}

/// Whether these bytes begin like such a log: with its header, or with a header that was zeroed and a
/// record behind it.
pub(crate) fn is_evt(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_at_checked(ring::HEADER_BYTES) else { return false };
    let size = (ring::HEADER_BYTES as u32).to_le_bytes();
    // One of the two sizes may be damaged.
    let has_header = header.get(4..8) == Some(&ring::SIGNATURE)
        && (header.starts_with(&size) || header.ends_with(&size));
    let is_zeroed = header.iter().all(|byte| *byte == 0);
    has_header || (is_zeroed && rest.get(4..8) == Some(&ring::SIGNATURE))
}

/// A whole record.
struct Place {
    /// Where it begins in the circle.
    position: usize,
    length: usize,
    number: u32,
    origin: Origin,
}

fn read(bytes: &[u8], with_slack: bool, mut found: impl FnMut(Event)) -> Vec<LogProblem> {
    let mut problems = Vec::new();
    let Some(ring) = Ring::new(bytes) else {
        add_problem(&mut problems, LogProblem::new(bytes.len() as u64, "the log's header is cut"));
        return problems;
    };
    let live = Live::find(&ring, &mut problems);
    let mut places = walk(&ring, &live, &mut problems);
    // A log reader gives records by their number.
    places.sort_by_key(|place| place.number);
    if with_slack {
        let mut slack = leftovers(&ring, live.slack(&ring));
        slack.sort_by_key(|place| place.number);
        places.append(&mut slack);
    }
    let mut seen: HashSet<Cow<'_, [u8]>> = HashSet::new();
    for place in places {
        let Some(record) = ring.bytes(place.position, place.length) else { continue };
        if seen.contains(&record) {
            continue;
        }
        let offset = ring.file_offset(place.position);
        let (event, lacks) = record::event(&record, place.origin, offset);
        seen.insert(record);
        if let Some(lacks) = lacks.filter(|_| place.origin != Origin::Slack) {
            let message = format!("record {}: {lacks}", place.number);
            add_problem(&mut problems, LogProblem::new(offset, message));
        }
        found(event);
    }
    problems
}

/// The records of the live part, one behind the other. Behind a break it goes on at the next record.
fn walk(ring: &Ring<'_>, live: &Live, problems: &mut Vec<LogProblem>) -> Vec<Place> {
    let mut places = Vec::new();
    let mut origin = if live.is_named { Origin::Stored } else { Origin::Salvaged };
    let mut at = 0;
    while at < live.span.length {
        let position = ring.position(live.span, at);
        match ring.record(live.span, at) {
            Ok(length) => {
                let number = ring.record_number(position);
                places.push(Place { position, length, number, origin });
                at = at.saturating_add(length);
            }
            Err(message) => match ring.filler(live.span, at) {
                Some(length) => at = at.saturating_add(length),
                None => {
                    add_problem(problems, LogProblem::new(ring.file_offset(position), message));
                    origin = Origin::Salvaged;
                    let next = ring.next_record(live.span, at.saturating_add(1));
                    at = next.unwrap_or(live.span.length);
                }
            },
        }
    }
    places
}

/// The whole records anywhere in a part that the log has given up.
fn leftovers(ring: &Ring<'_>, span: Span) -> Vec<Place> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = ring.next_record(span, from) {
        let Ok(length) = ring.record(span, at) else { break };
        let position = ring.position(span, at);
        let number = ring.record_number(position);
        places.push(Place { position, length, number, origin: Origin::Slack });
        from = at.saturating_add(length);
    }
    places
}
