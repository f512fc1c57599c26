//! Finding the records of a chunk, whatever happened to it.
//!
//! A record is `**\0\0`, its size, its number, its time, binary XML, and its size again. Records
//! follow one another from the chunk's header to its free space. Where one does not follow, the
//! next is looked for by its signature and the copy of its size.

use std::iter;
use std::ops::Range;

use memchr::memmem;

use super::bytes::{slice_at, u32_at, u64_at};
use super::{CHUNK_BYTES, CHUNK_MAGIC};
use crate::Origin;

/// The header of a chunk, with the tables of names and templates.
pub(super) const HEADER_BYTES: usize = 512;
/// Signature, size, number and time.
pub(super) const RECORD_HEADER_BYTES: usize = 24;
/// A copy of the size ends a record.
const SIZE_BYTES: usize = 4;
const MIN_RECORD_BYTES: usize = RECORD_HEADER_BYTES + SIZE_BYTES;
const SIGNATURE: &[u8; 4] = b"**\0\0";

/// Each such look may go over the whole chunk, and a hostile one has thousands of records.
const MAX_DOUBTS: u32 = 64;

/// A record of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Where it stands in the chunk.
    pub(super) start: usize,
    /// Where its binary XML ends at the latest.
    pub(super) end: usize,
    /// How whole its place is.
    pub(super) origin: Origin,
    /// Whether its size is damaged, so that its values may be cut.
    pub(super) is_cut: bool,
}

impl Frame {
    /// Whether the log ends in it.
    pub(super) fn is_cut_off(&self, chunk: &[u8]) -> bool {
        self.is_cut && chunk.len() < CHUNK_BYTES && self.end >= chunk.len()
    }
}

/// What a walk meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Record(Frame),
    /// Bytes in which no record could be found.
    Damage {
        start: usize,
        end: usize,
    },
}

/// What the header of a chunk says of its records.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    last_id: u64,
    free_space: usize,
}

/// Records that follow each other in place and in number from a chunk's header on, which counts none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first_id: u64,
    pub(super) last_id: u64,
    /// Where they end in the chunk.
    pub(super) end: usize,
    /// How whole they are, once it is known that they belong to the log.
    pub(super) origin: Origin,
}

impl Run {
    /// The records of a chunk whose header is that of an empty one.
    pub(super) fn of_uncounted(chunk: &[u8]) -> Option<Self> {
        Bounds::of(chunk).filter(|it| it.free_space == HEADER_BYTES)?;
        let whole = |at| Header::at(chunk, at).filter(|header| header.is_whole(chunk, at));
        let first_id = whole(HEADER_BYTES)?.id;
        let (mut last_id, mut end) = (first_id, HEADER_BYTES);
        while let Some(header) = whole(end)
            && (end == HEADER_BYTES || last_id.checked_add(1) == Some(header.id))
        {
            last_id = header.id;
            end = end.saturating_add(header.size);
        }
        Some(Self { first_id, last_id, end, origin: Origin::Stored })
    }
}

/// Number of the record that stands first in a chunk.
pub(super) fn first_record_id(chunk: &[u8]) -> Option<u64> {
    Header::at(chunk, HEADER_BYTES).map(|header| header.id)
}

/// Walks over the records of one chunk.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    chunk: &'a [u8],
    /// `None` when the header is damaged, so that nothing tells old records from current ones.
    bounds: Option<Bounds>,
    /// How whole its records are where nothing is damaged.
    origin: Origin,
    at: usize,
    phase: Phase,
    /// Number of the record before.
    last_id: Option<u64>,
    with_slack: bool,
    /// How often it may still be looked whether a record ends where its damaged end says.
    doubts: u32,
    /// What is left to search for old records.
    slack: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// One record after the other.
    InOrder,
    /// The same, from a record on that was searched for after damage.
    AfterDamage,
    Done,
}

impl<'a> Walk<'a> {
    /// Begins a walk. The header of a chunk without its signature is not trusted.
    pub(super) fn new(chunk: &'a [u8], with_slack: bool) -> Self {
        let bounds = if chunk.starts_with(CHUNK_MAGIC) { Bounds::of(chunk) } else { None };
        let origin = if bounds.is_some() { Origin::Stored } else { Origin::Salvaged };
        let (at, phase) = (HEADER_BYTES, Phase::InOrder);
        let (last_id, doubts, slack) = (None, MAX_DOUBTS, 0..0);
        Self { chunk, bounds, origin, at, phase, last_id, with_slack, doubts, slack }
    }

    /// The same with records that the header does not count.
    pub(super) fn with_run(self, run: Option<Run>) -> Self {
        let Some(Run { last_id, end, origin, .. }) = run else { return self };
        Self { bounds: Some(Bounds { last_id, free_space: end }), origin, ..self }
    }

    /// Walks over the whole records that stand in `range`, of which nothing else is known.
    pub(super) fn inside(chunk: &'a [u8], range: Range<usize>) -> impl Iterator<Item = Frame> {
        let mut walk = Self::new(chunk, false);
        walk.slack = range;
        iter::from_fn(move || walk.in_slack()).filter_map(|met| match met {
            Met::Record(frame) => Some(Frame { origin: Origin::Salvaged, ..frame }),
            Met::Damage { .. } => None,
        })
    }

    /// Whether the chunk has its signature, and a header that cannot be right.
    pub(super) fn has_damaged_header(&self) -> bool {
        self.bounds.is_none() && self.chunk.starts_with(CHUNK_MAGIC)
    }

    /// Where current records end by the header, or the end of the chunk.
    fn live_end(&self) -> usize {
        self.bounds.map_or(self.chunk.len(), |bounds| bounds.free_space.min(self.chunk.len()))
    }

    /// Whether the header counts no further record.
    fn is_complete(&self) -> bool {
        self.at >= self.live_end()
            || self.bounds.is_some_and(|bounds| self.last_id == Some(bounds.last_id))
    }

    /// The record that should begin where the one before ended.
    #[inline]
    fn in_order(&mut self) -> Option<Met> {
        let (start, chunk) = (self.at, self.chunk);
        let header = Header::at(chunk, start);
        if self.is_complete() {
            // A log that was copied while Windows wrote it has records that the header does not
            // count yet: they follow the last one, in place and in number.
            let follows = |header: &Header| {
                self.last_id.is_some_and(|last| last.checked_add(1) == Some(header.id))
                    && header.is_whole(chunk, start)
            };
            if !header.as_ref().is_some_and(follows) {
                self.finish(start);
                return None;
            }
        }
        let Some(header) = header else { return self.damage(start) };
        self.last_id = Some(header.id);
        let end = start.saturating_add(header.size);
        let fits = header.size >= MIN_RECORD_BYTES && end <= chunk.len();
        let is_whole = header.is_whole(chunk, start) && !is_torn(chunk, end);
        if fits && (is_whole || self.may_be_from_to(start, end)) {
            self.at = end;
            let is_found = self.phase == Phase::AfterDamage;
            let origin = if is_found { Origin::Salvaged } else { self.origin };
            let end = end.saturating_sub(SIZE_BYTES);
            return Some(Met::Record(Frame { start, end, origin, is_cut: false }));
        }
        // Its size is damaged, its content need not be: it reaches to the next record at most.
        let next = self.find_likely(start.saturating_add(SIGNATURE.len())..self.live_end());
        self.at = next.unwrap_or(self.live_end()).max(start.saturating_add(1));
        self.phase = Phase::AfterDamage;
        let (end, origin) = (self.at, Origin::Salvaged);
        Some(Met::Record(Frame { start, end, origin, is_cut: true }))
    }

    /// Whether a record that lacks the copy of its size ends there all the same: another begins
    /// there, and none before it. (Records of one kind are of one size, so that a damaged size may
    /// well lead to the beginning of some record.)
    fn may_be_from_to(&mut self, start: usize, end: usize) -> bool {
        if self.doubts == 0 {
            return false;
        }
        self.doubts = self.doubts.saturating_sub(1);
        let is_next = slice_at(self.chunk, end, SIGNATURE.len()) == Some(SIGNATURE);
        let inside = start.saturating_add(SIGNATURE.len())..end;
        (is_next || end == self.live_end()) && self.find_whole(inside).is_none()
    }

    /// No record begins where one should.
    fn damage(&mut self, start: usize) -> Option<Met> {
        let live_end = self.live_end();
        let Some(next) = self.find_likely(start..live_end) else {
            let rest = self.chunk.get(start..live_end).unwrap_or_default();
            self.finish(start);
            // Zeros are free space that the header takes for records.
            let is_blank = rest.iter().all(|byte| *byte == 0);
            return (!is_blank).then_some(Met::Damage { start, end: live_end });
        };
        self.at = next;
        self.phase = Phase::AfterDamage;
        if self.with_slack {
            self.slack = start..next;
        }
        Some(Met::Damage { start, end: next })
    }

    /// Nothing current follows `from`.
    fn finish(&mut self, from: usize) {
        self.phase = Phase::Done;
        if self.with_slack {
            self.slack = from..self.chunk.len();
        }
    }

    /// The first whole record from `range.start` on that ends in the range.
    ///
    /// Its number need not be one that the chunk's header names: a log whose chunk was copied while
    /// Windows wrote it anew has records of two rounds there (an `RdpCoreTS` log of a shadow copy:
    /// 6,334,916 to 6,335,010, then 6,952,124 to 6,952,156), and both are events of that log.
    fn find_whole(&self, range: Range<usize>) -> Option<usize> {
        self.find_where(range.clone(), |at, header| self.ends_by(at, header, range.end))
    }

    /// The same, but a record whose end is damaged counts, too, when it begins like one behind its
    /// header: its content may be whole.
    fn find_likely(&self, range: Range<usize>) -> Option<usize> {
        const FRAGMENT: [u8; 4] = [0x0F, 1, 1, 0];
        self.find_where(range.clone(), |at, header| {
            let content = at.saturating_add(RECORD_HEADER_BYTES);
            self.ends_by(at, header, range.end)
                || slice_at(self.chunk, content, FRAGMENT.len()) == Some(&FRAGMENT)
        })
    }

    fn ends_by(&self, at: usize, header: &Header, end: usize) -> bool {
        header.is_whole(self.chunk, at) && at.saturating_add(header.size) <= end
    }

    fn find_where(
        &self,
        range: Range<usize>,
        is_it: impl Fn(usize, &Header) -> bool,
    ) -> Option<usize> {
        let mut from = range.start;
        while let Some(rest) = self.chunk.get(from..range.end) {
            let at = from.saturating_add(memmem::find(rest, SIGNATURE)?);
            if Header::at(self.chunk, at).is_some_and(|header| is_it(at, &header)) {
                return Some(at);
            }
            from = at.saturating_add(1);
        }
        None
    }

    fn in_slack(&mut self) -> Option<Met> {
        let Some(start) = self.find_whole(self.slack.clone()) else {
            self.slack = 0..0;
            return None;
        };
        let size = Header::at(self.chunk, start).map_or(MIN_RECORD_BYTES, |header| header.size);
        self.slack.start = start.saturating_add(size);
        let (end, origin) = (self.slack.start.saturating_sub(SIZE_BYTES), Origin::Slack);
        Some(Met::Record(Frame { start, end, origin, is_cut: false }))
    }
}

impl Iterator for Walk<'_> {
    type Item = Met;

    #[inline]
    fn next(&mut self) -> Option<Met> {
        loop {
            if !self.slack.is_empty()
                && let Some(met) = self.in_slack()
            {
                return Some(met);
            }
            if self.phase == Phase::Done {
                return None;
            }
            if let Some(met) = self.in_order() {
                return Some(met);
            }
        }
    }
}

impl Bounds {
    fn of(chunk: &[u8]) -> Option<Self> {
        let first_id = u64_at(chunk, 24)?;
        let last_id = u64_at(chunk, 32)?;
        let free_space = u32_at(chunk, 48)?;
        let is_possible = (HEADER_BYTES..=CHUNK_BYTES).contains(&free_space) && first_id <= last_id;
        is_possible.then_some(Self { last_id, free_space })
    }
}

/// What stands before a record's binary XML. Its time is not read: it may be 0 or the next
/// record's (see [`crate::Event::time_created`]).
struct Header {
    size: usize,
    id: u64,
}

impl Header {
    #[inline]
    fn at(chunk: &[u8], start: usize) -> Option<Self> {
        let header = slice_at(chunk, start, RECORD_HEADER_BYTES)?;
        if !header.starts_with(SIGNATURE) {
            return None;
        }
        Some(Self { size: u32_at(header, 4)?, id: u64_at(header, 8)? })
    }

    /// Whether the record ends in the chunk with a copy of its size.
    #[inline]
    fn is_whole(&self, chunk: &[u8], start: usize) -> bool {
        let copy = start.checked_add(self.size).and_then(|end| end.checked_sub(SIZE_BYTES));
        self.size >= MIN_RECORD_BYTES
            && copy.is_some_and(|copy| u32_at(chunk, copy) == Some(self.size))
    }
}

/// Whether the copy of a record's size at its end is the size of the next one instead: where records
/// are of one size and the end of one is missing, the next begins eight bytes early.
fn is_torn(chunk: &[u8], end: usize) -> bool {
    const SIGNATURE_AND_SIZE_BYTES: usize = 8;
    let next = end.saturating_sub(SIGNATURE_AND_SIZE_BYTES);
    Header::at(chunk, next).is_some_and(|header| header.is_whole(chunk, next))
}

/// Whether a chunk's header has the size and a free space that every chunk's header has.
pub(super) fn has_plain_header(chunk: &[u8]) -> bool {
    const SIZE_AT: usize = 40;
    const SIZE: usize = 128;
    u32_at(chunk, SIZE_AT) == Some(SIZE) && Bounds::of(chunk).is_some()
}

/// Whether some record stands in `bytes`, which are those of a chunk without a signature.
pub(super) fn has_record(bytes: &[u8]) -> bool {
    Walk::new(bytes, false).any(|met| matches!(met, Met::Record(_)))
}
