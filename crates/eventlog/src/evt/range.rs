//! Which part of the circle is the log: from its oldest record up to its end record.

use super::ring::{END_RECORD_BYTES, HEADER_BYTES, Ring, SIGNATURE, Span};
use crate::{LogProblem, add_problem};

/// `ELF_LOGFILE_HEADER_DIRTY`: the log is open, and its header is of an earlier time.
const DIRTY: u32 = 1;

/// The part that holds the log's records.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) span: Span,
    /// Whether something says that this part is the log, or it is just all there is.
    pub(super) is_named: bool,
    /// Size of the end record behind it; 0 when none was found there.
    end_bytes: usize,
}

/// What the header says.
struct Header {
    oldest: u32,
    end: u32,
    is_dirty: bool,
}

/// What an end record says.
struct EndRecord {
    position: usize,
    oldest: u32,
    next_number: u32,
    /// Whether it stands where it says that it stands.
    is_in_place: bool,
}

impl Live {
    /// Trusts a clean header for where the end record is, then the end record for all the rest; when
    /// there is none, a clean header alone; and when that is none either, takes everything.
    pub(super) fn find(ring: &Ring<'_>, problems: &mut Vec<LogProblem>) -> Self {
        let header = Header::read(ring.file);
        if header.is_none() {
            add_problem(problems, LogProblem::new(0, "the log's header is damaged"));
        }
        let header = header.filter(|header| !header.is_dirty);
        if let Some(end) = EndRecord::find(ring, header.as_ref()) {
            return end.live(ring, problems);
        }
        let at = header.as_ref().map_or(ring.file_offset(ring.len()), |one| u64::from(one.end));
        let at = at.min(ring.file_offset(ring.len()));
        add_problem(problems, LogProblem::new(at, "the log's end record is missing"));
        header.and_then(|header| header.live(ring)).unwrap_or_else(|| Self::all(ring, 0))
    }

    /// The part that is not the log.
    pub(super) fn slack(&self, ring: &Ring<'_>) -> Span {
        let used = self.span.length.saturating_add(self.end_bytes);
        let length = ring.len().saturating_sub(used);
        // At the end of the file it begins anew.
        let start = ring.position(self.span, used.min(ring.len()));
        Span { start, length }
    }

    fn all(ring: &Ring<'_>, start: usize) -> Self {
        Self { span: Span { start, length: ring.len() }, is_named: false, end_bytes: 0 }
    }
}

impl Header {
    fn read(file: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let bytes = file.get(at..at.saturating_add(4))?;
            bytes.try_into().ok().map(u32::from_le_bytes)
        };
        let size = u32::try_from(HEADER_BYTES).ok();
        let is_whole =
            word(0) == size && word(0x2c) == size && file.get(4..8) == Some(&SIGNATURE[..]);
        if !is_whole {
            return None;
        }
        Some(Self { oldest: word(0x10)?, end: word(0x14)?, is_dirty: word(0x24)? & DIRTY != 0 })
    }

    /// The log as the header has it. Its end may lie past the end of a file that was cut.
    fn live(&self, ring: &Ring<'_>) -> Option<Live> {
        let start = ring.of_file_offset(self.oldest)?;
        let to_end_of_file = ring.len().saturating_sub(start);
        let length = match ring.of_file_offset(self.end) {
            Some(end) => ring.distance(start, end),
            None => to_end_of_file,
        };
        let span = Span { start, length };
        ring.record(span, 0).ok()?;
        Some(Live { span, is_named: true, end_bytes: 0 })
    }
}

impl EndRecord {
    /// The log's end record. Copies of others may lie in leftovers and in the data of events; the
    /// one at the header's offset is it, else one that stands in its place, else the newest.
    fn find(ring: &Ring<'_>, header: Option<&Header>) -> Option<Self> {
        let named = header.and_then(|header| ring.of_file_offset(header.end));
        let all = ring.end_records().map(|position| Self::read(ring, position));
        all.max_by_key(|one| (Some(one.position) == named, one.is_in_place, one.next_number))
    }

    fn read(ring: &Ring<'_>, position: usize) -> Self {
        let here = Span { start: position, length: END_RECORD_BYTES };
        let word = |at| ring.u32_at(ring.position(here, at)).unwrap_or_default();
        let is_in_place = u64::from(word(0x18)) == ring.file_offset(position);
        Self { position, oldest: word(0x14), next_number: word(0x1c), is_in_place }
    }

    /// The log that ends here. An end record that points to no record has lost its log: everything
    /// is read, from behind the end record on, where the oldest record is.
    fn live(&self, ring: &Ring<'_>, problems: &mut Vec<LogProblem>) -> Live {
        let end_bytes = END_RECORD_BYTES.min(ring.len());
        if let Some(start) = ring.of_file_offset(self.oldest) {
            let span = Span { start, length: ring.distance(start, self.position) };
            let is_empty = span.length == 0;
            if is_empty || ring.record(span, 0).is_ok() {
                return Live { span, is_named: true, end_bytes };
            }
        }
        let at = ring.file_offset(self.position);
        let message = "the log's end record names no oldest record";
        add_problem(problems, LogProblem::new(at, message));
        let here = Span { start: self.position, length: ring.len() };
        Live::all(ring, ring.position(here, end_bytes))
    }
}
