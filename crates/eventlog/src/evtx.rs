//! Binary logs, one 64 KiB chunk at a time.
//!
//! A chunk is scanned by plans of its templates ([`plan`], [`scan`]); what the plans do not cover
//! is decoded by the `evtx` package ([`full`]). Both leave an element out when the value it depends
//! on is null, as Windows does; so values keep the positions that an export shows.

mod bytes;
mod chunk;
mod compile;
mod full;
mod instance;
mod payload;
mod plan;
mod plans;
mod record;
mod scan;
mod value;
mod walk;

pub use chunk::Chunk;
pub use payload::NamedValue;
pub use record::Record;
pub use scan::{Scan, Scanner};
pub use value::{Irregular, Utf16, Value};

use std::collections::HashSet;

use memchr::memmem;

use crate::{LogProblem, Origin};
use walk::Run;

const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// The file header takes one page.
const FILE_HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65_536;

/// Whether `bytes` begin like a log, or hold a chunk where a log with a zeroed header has one.
pub(crate) fn is_evtx(bytes: &[u8]) -> bool {
    let mut chunks = bytes.get(FILE_HEADER_BYTES..).unwrap_or_default().chunks(CHUNK_BYTES);
    let is_zeroed = bytes.starts_with(&[0; 8]);
    let probes = if is_zeroed { ZEROED_PROBES } else { 1 };
    bytes.starts_with(FILE_MAGIC)
        || bytes.starts_with(CHUNK_MAGIC)
        || chunks.by_ref().take(probes).any(|chunk| chunk.starts_with(CHUNK_MAGIC))
        || has_chunk_near_its_beginning(bytes)
}

/// Whether a log lost its beginning, or has something before it: the first whole chunk stands within
/// the length of a header and a chunk then. Disk images and archives hold logs, too, further inside
/// or with signatures of their own.
fn has_chunk_near_its_beginning(bytes: &[u8]) -> bool {
    const OTHERS: [&[u8]; 6] = [b"PAGE", b"MDMP", b"PK", b"MSCF", b"7z", b"MZ"];
    let near = bytes.get(..NEAR_BYTES.saturating_add(CHUNK_MAGIC.len())).unwrap_or(bytes);
    !OTHERS.iter().any(|magic| bytes.starts_with(magic))
        && memmem::find(near, CHUNK_MAGIC)
            .and_then(|at| bytes.get(at..))
            .map(|rest| rest.get(..CHUNK_BYTES).unwrap_or(rest))
            .is_some_and(|chunk| walk::has_plain_header(chunk) && walk::has_record(chunk))
}

/// A header, a chunk, and as much again as is put before a log by those who wrap it.
const NEAR_BYTES: usize = 2 * FILE_HEADER_BYTES + CHUNK_BYTES;

/// Where the first chunk stands, or what is left of it.
fn first_chunk(bytes: &[u8]) -> usize {
    let near = bytes.get(..NEAR_BYTES.saturating_add(CHUNK_MAGIC.len())).unwrap_or(bytes);
    let Some(found) = memmem::find(near, CHUNK_MAGIC) else { return FILE_HEADER_BYTES };
    if found <= FILE_HEADER_BYTES {
        return found;
    }
    // The found one is the second, and the first has no signature: it stands where the header says,
    // wherever that is, or where the grid of the others leads to.
    let of_header = memmem::find(near.get(..found).unwrap_or_default(), FILE_MAGIC)
        .and_then(|header| header.checked_add(FILE_HEADER_BYTES));
    let of_grid = found.checked_sub(CHUNK_BYTES);
    match of_header.or(of_grid) {
        Some(at) if at <= found => at,
        // Its beginning is missing, too.
        _ => 0,
    }
}

/// Chunks of a file that begins with zeros in which a signature is looked for: 64 MiB.
const ZEROED_PROBES: usize = 1024;

/// Whether the header says that the log was open when it was copied.
fn is_dirty(bytes: &[u8]) -> bool {
    const FLAGS: usize = 120;
    const DIRTY: u8 = 1;
    bytes.get(FLAGS).is_some_and(|flags| flags & DIRTY != 0)
}

/// A binary log, cut into its chunks.
///
/// The header's dirty flag and chunk count are not trusted: a log that was copied while Windows wrote
/// it holds more than they say. Every chunk that stands in the file is tried.
#[derive(Clone, Debug)]
pub struct EvtxLog<'a> {
    bytes: &'a [u8],
    chunks: Vec<Chunk<'a>>,
    problems: Vec<LogProblem>,
}

impl<'a> EvtxLog<'a> {
    /// Cuts `bytes` into chunks and looks at nothing else. Never fails: what is no log has no chunk.
    #[must_use]
    pub fn open(bytes: &'a [u8]) -> Self {
        let mut log = Self { bytes, chunks: Vec::new(), problems: Vec::new() };
        // The first chunk stands behind the header, or before where bytes of the header are missing.
        let mut at = first_chunk(bytes);
        if at == 0 {
            log.problem(0, "the file header is missing; its chunks are read all the same");
        } else if !bytes.starts_with(FILE_MAGIC) || at != FILE_HEADER_BYTES {
            log.problem(0, "the file header is damaged; its chunks are read all the same");
        }
        if bytes.len() < at {
            let have = bytes.len();
            log.problem(
                0,
                &format!("the log ends in its header: {have} of {FILE_HEADER_BYTES} bytes"),
            );
        }
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            at = at.saturating_add(log.add(rest, at as u64));
        }
        log.find_uncounted();
        // Windows seals the chunk that it writes to when it closes the log.
        if is_dirty(bytes)
            && let Some(last) = log.chunks.last_mut()
        {
            last.is_sealed = false;
        }
        log
    }

    /// The chunks, in the order in which they stand.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk<'a>] {
        &self.chunks
    }

    /// What is wrong with the log as a whole.
    #[must_use]
    pub fn problems(&self) -> &[LogProblem] {
        &self.problems
    }

    /// Finds chunks whose header counts none of their records.
    ///
    /// A log that is in use has such a chunk: Windows writes its header when it is full. A `System`
    /// log of a collection has the records 131,359 to 131,426 there, and its header says that the next
    /// one is 131,427. But the first chunk of a cleared log has such a header, too, before records of
    /// the time before: a `TaskScheduler` log has 416 to 419 there, and the next is 6,739. So they
    /// belong to the log when its next record, or that of another chunk, follows them.
    fn find_uncounted(&mut self) {
        let runs: Vec<Option<Run>> =
            self.chunks.iter().map(|chunk| Run::of_uncounted(chunk.bytes)).collect();
        if runs.iter().all(Option::is_none) {
            return;
        }
        let next_id = self.bytes.starts_with(FILE_MAGIC).then(|| bytes::u64_at(self.bytes, 24));
        let first_ids: HashSet<u64> =
            self.chunks.iter().filter_map(|chunk| walk::first_record_id(chunk.bytes)).collect();
        let mut damaged = Vec::new();
        for (chunk, run) in self.chunks.iter_mut().zip(runs) {
            let Some(run) = run else { continue };
            let follower = run.last_id.checked_add(1);
            let origin = match next_id.flatten() {
                Some(next) if follower == Some(next) => Origin::Stored,
                Some(_) if !follower.is_some_and(|id| first_ids.contains(&id)) => continue,
                _ => Origin::Salvaged,
            };
            if origin == Origin::Salvaged {
                damaged.push(chunk.offset);
            }
            chunk.uncounted = Some(Run { origin, ..run });
        }
        for offset in damaged {
            self.problem(
                offset,
                "the header of a chunk counts none of its records; they are read all the same",
            );
        }
    }

    /// Adds the chunk that begins here, if one does; gives how many bytes it takes.
    fn add(&mut self, rest: &'a [u8], offset: u64) -> usize {
        let mut slice = rest.get(..CHUNK_BYTES).unwrap_or(rest);
        if !slice.starts_with(CHUNK_MAGIC) {
            // Windows extends a log ahead of use: zeroed chunks are no damage.
            if slice.iter().all(|byte| *byte == 0) {
                return slice.len();
            }
            // Chunks stand a multiple of their size apart unless bytes were lost or put in.
            if !self.is_chunk_at(offset, slice.len())
                && let Some(next) = memmem::find(
                    rest.get(..CHUNK_BYTES.saturating_add(CHUNK_MAGIC.len())).unwrap_or(rest),
                    CHUNK_MAGIC,
                )
            {
                slice = rest.get(..next).unwrap_or(slice);
            }
            if !walk::has_record(slice) {
                let size = slice.len();
                let message = format!("{size} bytes are no chunk and hold no record");
                self.problem(offset, &message);
                return size;
            }
            self.problem(offset, "a chunk has no signature; its records are salvaged");
        } else if let Some(cut) = self.next_inside(rest, offset) {
            slice = rest.get(..cut).unwrap_or(slice);
            self.problem(offset, "bytes of a chunk are missing; the next begins too early");
        } else if slice.len() < CHUNK_BYTES {
            let have = slice.len();
            self.problem(
                offset,
                &format!("the log ends in a chunk: {have} of {CHUNK_BYTES} bytes"),
            );
        }
        let is_sealed = slice.len() == CHUNK_BYTES && slice.starts_with(CHUNK_MAGIC);
        self.chunks.push(Chunk { bytes: slice, offset, is_sealed, uncounted: None });
        slice.len()
    }

    /// Where the next chunk begins within the 64 KiB of this one, if bytes of it are missing.
    fn next_inside(&self, rest: &[u8], offset: u64) -> Option<usize> {
        if self.is_chunk_at(offset, CHUNK_BYTES) {
            return None;
        }
        let own = CHUNK_MAGIC.len();
        let inside = rest.get(own..CHUNK_BYTES.saturating_add(own).min(rest.len()))?;
        memmem::find(inside, CHUNK_MAGIC).map(|at| at.saturating_add(own))
    }

    /// Whether a chunk begins `after` bytes behind `offset`, or the log ends there.
    fn is_chunk_at(&self, offset: u64, after: usize) -> bool {
        let at = usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(after);
        self.bytes.get(at..).is_none_or(|rest| rest.is_empty() || rest.starts_with(CHUNK_MAGIC))
    }

    fn problem(&mut self, offset: u64, message: &str) {
        crate::add_problem(&mut self.problems, LogProblem::new(offset, message));
    }
}
