//! One chunk: 64 KiB of a log that can be read on their own.

use std::collections::HashSet;

use hvtriage_winfmt::FileOffset;

use super::bytes::{slice_at, u32_at};
use super::record::Record;
use super::scan::{CUT_OFF, Place, Scan, Scanner};
use super::value::Irregular;
use super::walk::{Frame, HEADER_BYTES, Met, Run, Walk};
use super::{CHUNK_BYTES, full};
use crate::{Decoded, Event, EventFilter, LogProblem, Origin, add_problem};

/// A chunk of a log: 64 KiB that can be decoded on their own, or what is left of them.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: u64,
    /// Whether its checksums must be right.
    pub(super) is_sealed: bool,
    /// Its records, where its header does not count them.
    pub(super) uncounted: Option<Run>,
}

impl<'a> Chunk<'a> {
    /// Where the chunk stands in its file.
    #[must_use]
    pub fn offset(&self) -> FileOffset {
        FileOffset(self.offset)
    }

    /// How many bytes of it there are: 64 KiB, unless the log is cut.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Reads the chunk's records in the order in which they stand and hands over those that
    /// `filter` wants, uncopied. A record that `found` calls irregular, as the methods of
    /// [`Record`] do, is left out here; [`Self::events`] has it decoded in full.
    pub fn records(
        &self,
        scanner: &mut Scanner,
        filter: &EventFilter,
        found: impl FnMut(&mut Record<'_, 'a>) -> Result<(), Irregular>,
    ) -> Scan {
        scanner.scan(self.place(), filter, found)
    }

    /// Hands over the first record that can be read, for what all records of a log share: its channel
    /// and its computer. `false` when there is none among the first few.
    pub fn first_record(
        &self,
        scanner: &mut Scanner,
        found: impl FnMut(&mut Record<'_, 'a>) -> Result<(), Irregular>,
    ) -> bool {
        scanner.first(self.place(), found)
    }

    /// The chunk's events that `filter` wants, in the order in which they stand.
    #[must_use]
    pub fn events(&self, scanner: &mut Scanner, filter: &EventFilter) -> Decoded {
        let mut values = Vec::new();
        let mut events = Vec::new();
        let scan = self.records(scanner, filter, |record| {
            events.push(record.to_event(&mut values)?);
            Ok(())
        });
        self.decoded(scan, events, filter)
    }

    /// The same, but hands each event over as soon as it is read, in memory that the next one takes.
    /// What is returned has no events.
    pub fn each_event(
        &self,
        scanner: &mut Scanner,
        filter: &EventFilter,
        mut found: impl FnMut(&Event),
    ) -> Decoded {
        let (mut event, mut values) = (Event::default(), Vec::new());
        let mut handed_over = 0_usize;
        let scan = self.records(scanner, filter, |record| {
            // From the first on that only the full decode reads, events wait for it; so they do
            // where old ones stand among them.
            if record.is_after_irregular || filter.wants_slack() {
                return Err(Irregular);
            }
            record.copy_into(&mut event, &mut values)?;
            found(&event);
            handed_over = handed_over.saturating_add(1);
            Ok(())
        });
        if scan.irregular.is_empty() && scan.lost.is_empty() {
            return self.decoded(scan, Vec::new(), filter);
        }
        let mut decoded = self.events(scanner, filter);
        for event in decoded.events.drain(..).skip(handed_over) {
            found(&event);
        }
        decoded
    }

    fn place(&self) -> Place<'a> {
        Place { bytes: self.bytes, offset: self.offset, uncounted: self.uncounted }
    }

    fn decoded(&self, scan: Scan, events: Vec<Event>, filter: &EventFilter) -> Decoded {
        let Scan { coverage, problems, irregular, mut lost } = scan;
        let mut decoded = Decoded { events, problems, coverage };
        if self.is_sealed && self.uncounted.is_none() && !self.has_right_checksums() {
            let message = "the checksum of a chunk is wrong; values of its records may be, too";
            add_problem(&mut decoded.problems, LogProblem::new(self.offset, message));
        }
        if !irregular.is_empty() {
            lost.extend(self.add_irregular(&irregular, filter, &mut decoded));
        }
        if !lost.is_empty() {
            self.add_inside(&lost, filter, &mut decoded);
        }
        decoded.problems.sort_by_key(|problem| problem.at);
        decoded
    }

    /// The XML of events that were read from this chunk, one for each and in the same order; `None`
    /// for those that were salvaged: the full decode, which makes it, takes the template at the place
    /// that a record names, and there may be another now.
    #[must_use]
    pub fn xml(&self, events: &[Event]) -> Vec<Option<String>> {
        let start_of = |event: &Event| event.offset.0.checked_sub(self.offset);
        let starts: HashSet<u64> = events.iter().filter_map(start_of).collect();
        let frames: Vec<Frame> = Walk::new(self.bytes, false)
            .with_run(self.uncounted)
            .filter_map(|met| match met {
                Met::Record(frame) => Some(frame),
                Met::Damage { .. } => None,
            })
            .filter(|frame| frame.origin == Origin::Stored)
            .filter(|frame| starts.contains(&(frame.start as u64)))
            .collect();
        let mut rendered = full::render_records(self.bytes, &frames);
        let of = |event| usize::try_from(start_of(event)?).ok();
        events.iter().map(|event| rendered.remove(&of(event)?)?.ok()).collect()
    }

    /// Decodes all records with the `evtx` package, by its own walk over the chunk.
    ///
    /// Slower than [`Self::events`] by an order of magnitude, it finds fewer records in a damaged
    /// chunk; it is what that way is held to.
    #[must_use]
    pub fn decode_in_full(&self) -> Decoded {
        full::decode_chunk(self.bytes, self.offset)
    }

    /// Adds what only the full decode can read; gives the records that it cannot read either.
    fn add_irregular(
        &self,
        frames: &[Frame],
        filter: &EventFilter,
        to: &mut Decoded,
    ) -> Vec<Frame> {
        // Where the log ends in a record, nothing may be put in place of what is missing.
        let is_cut_off = |frame: &Frame| frame.is_cut_off(self.bytes);
        let (cut, mut frames): (Vec<Frame>, Vec<Frame>) =
            frames.iter().partition(|it| is_cut_off(it));
        for frame in cut {
            let at = self.offset.saturating_add(frame.start as u64);
            add_problem(&mut to.problems, LogProblem::new(at, CUT_OFF));
        }
        frames.sort_unstable_by_key(|frame| frame.start);
        let mut results = full::decode_records(self.bytes, self.offset, &frames);
        let mut lost = Vec::new();
        for frame in frames {
            match results.remove(&frame.start) {
                Some(Ok(mut event)) => {
                    event.origin = frame.origin;
                    to.coverage.add(event.record_id, event.time_created);
                    if filter.wants(&event) {
                        to.events.push(event);
                    }
                }
                // Old space holds parts of records that look whole.
                Some(Err(_)) if frame.origin == Origin::Slack => {}
                Some(Err(message)) => {
                    let at = self.offset.saturating_add(frame.start as u64);
                    add_problem(&mut to.problems, LogProblem::new(at, message));
                    lost.push(frame);
                }
                None => {}
            }
        }
        to.events.sort_by_key(|event| event.offset);
        lost
    }

    /// A record that nobody can read may have a size that is damaged and leads to the end of a later
    /// one: those that it hides are whole.
    fn add_inside(&self, lost: &[Frame], filter: &EventFilter, to: &mut Decoded) {
        let (mut values, mut events) = (Vec::new(), Vec::new());
        let place = self.place();
        let scan = Scanner::default().scan_inside(place, lost, filter, |record| {
            events.push(record.to_event(&mut values)?);
            Ok(())
        });
        to.coverage.join(scan.coverage);
        to.events.append(&mut events);
        to.events.sort_by_key(|event| event.offset);
    }

    /// A log may be written without checksums, which its chunks then say.
    fn has_right_checksums(&self) -> bool {
        const NO_CHECKSUMS: usize = 4;
        let stored = |at| u32_at(self.bytes, at).and_then(|sum| u32::try_from(sum).ok());
        if u32_at(self.bytes, 120).is_some_and(|flags| flags & NO_CHECKSUMS != 0) {
            return true;
        }
        let mut header = crc32fast::Hasher::new();
        header.update(self.bytes.get(..120).unwrap_or_default());
        header.update(self.bytes.get(128..HEADER_BYTES).unwrap_or_default());
        let free_space = u32_at(self.bytes, 48).unwrap_or_default().min(CHUNK_BYTES);
        let size = free_space.saturating_sub(HEADER_BYTES);
        let records = slice_at(self.bytes, HEADER_BYTES, size).unwrap_or_default();
        stored(124) == Some(header.finalize()) && stored(52) == Some(crc32fast::hash(records))
    }
}
