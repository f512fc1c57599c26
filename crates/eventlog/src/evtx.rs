//! Binary logs, one 64 KiB chunk at a time.
//!
//! The `evtx` package decodes a chunk's records and renders each as XML, which the reader of exports
//! then reads. Windows leaves an element out of its own rendering when the value it depends on is
//! null, and so does the package; so values keep the positions that an export shows.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunk, EvtxChunkData, EvtxChunkHeader, ParserSettings};
use hvtriage_winfmt::FileOffset;

use crate::{Decoded, LogProblem, add_problem, xml};

const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// The file header takes one page.
const FILE_HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65_536;
/// Magic, size, id and time before a record's binary XML.
const RECORD_HEADER_BYTES: u64 = 24;

/// Whether `bytes` begin like a log, or hold a chunk where a log with a zeroed header has one.
pub(crate) fn is_evtx(bytes: &[u8]) -> bool {
    let mut chunks = bytes.get(FILE_HEADER_BYTES..).unwrap_or_default().chunks(CHUNK_BYTES);
    let is_zeroed = bytes.starts_with(&[0; 8]);
    let probes = if is_zeroed { ZEROED_PROBES } else { 1 };
    bytes.starts_with(FILE_MAGIC)
        || chunks.by_ref().take(probes).any(|chunk| chunk.starts_with(CHUNK_MAGIC))
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
    chunks: Vec<Chunk<'a>>,
    problems: Vec<LogProblem>,
}

/// A chunk of a log: 64 KiB that can be decoded on their own.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    bytes: Cow<'a, [u8]>,
    offset: u64,
    /// Whether its checksums must be right.
    is_sealed: bool,
}

impl<'a> EvtxLog<'a> {
    /// Cuts `bytes` into chunks and looks at nothing else. Never fails: what is no log has no chunk.
    #[must_use]
    pub fn open(bytes: &'a [u8]) -> Self {
        let mut log = Self { chunks: Vec::new(), problems: Vec::new() };
        if !bytes.starts_with(FILE_MAGIC) {
            log.problem(0, "the file header is damaged; its chunks are read all the same");
        }
        if bytes.len() < FILE_HEADER_BYTES {
            let have = bytes.len();
            log.problem(
                0,
                &format!("the log ends in its header: {have} of {FILE_HEADER_BYTES} bytes"),
            );
            return log;
        }
        let body = bytes.get(FILE_HEADER_BYTES..).unwrap_or_default();
        let mut offset = FILE_HEADER_BYTES as u64;
        for slice in body.chunks(CHUNK_BYTES) {
            log.add(slice, offset);
            offset = offset.saturating_add(slice.len() as u64);
        }
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

    fn add(&mut self, slice: &'a [u8], offset: u64) {
        // Windows extends a log ahead of use: zeroed chunks are no damage.
        if slice.iter().all(|byte| *byte == 0) {
            return;
        }
        if !slice.starts_with(CHUNK_MAGIC) {
            self.problem(offset, "a chunk has no signature; its records are not read");
            return;
        }
        let is_sealed = slice.len() == CHUNK_BYTES;
        let bytes = if is_sealed {
            Cow::Borrowed(slice)
        } else {
            let have = slice.len();
            self.problem(
                offset,
                &format!("the log ends in a chunk: {have} of {CHUNK_BYTES} bytes"),
            );
            let mut padded = slice.to_vec();
            padded.resize(CHUNK_BYTES, 0);
            Cow::Owned(padded)
        };
        self.chunks.push(Chunk { bytes, offset, is_sealed });
    }

    fn problem(&mut self, offset: u64, message: &str) {
        self.problems.push(LogProblem::new(offset, message));
    }
}

impl Chunk<'_> {
    /// Where the chunk stands in its file.
    #[must_use]
    pub fn offset(&self) -> FileOffset {
        FileOffset(self.offset)
    }

    /// Decodes the chunk's records.
    #[must_use]
    pub fn decode(&self) -> Decoded {
        let mut decoded = Decoded::default();
        if self.is_sealed && !self.has_right_checksums() {
            let message = "the checksum of a chunk is wrong; values of its records may be, too";
            decoded.problems.push(LogProblem::new(self.offset, message));
        }
        // The package forbids unsafe code and is fuzzed; should a record still make it panic, that
        // record's chunk is a problem and not the end of the run.
        let result = catch_unwind(AssertUnwindSafe(|| self.decode_into(&mut decoded)));
        if result.is_err() {
            let message = "the decoder failed on this chunk; the records before are kept";
            decoded.problems.push(LogProblem::new(self.offset, message));
        }
        decoded
    }

    fn decode_into(&self, decoded: &mut Decoded) {
        let fail = |decoded: &mut Decoded, error: &dyn std::fmt::Display| {
            decoded.problems.push(LogProblem::new(self.offset, format!("chunk: {error}")));
        };
        let header = match EvtxChunkHeader::from_bytes(&self.bytes) {
            Ok(header) => header,
            Err(error) => return fail(decoded, &error),
        };
        let settings = Arc::new(ParserSettings::new().num_threads(1).indent(false));
        let mut chunk = match EvtxChunk::new(&self.bytes, &header, settings) {
            Ok(chunk) => chunk,
            Err(error) => return fail(decoded, &error),
        };
        // Errors that name no place are put behind the record before them.
        let mut last = self.offset;
        for record in chunk.iter() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    add_problem(&mut decoded.problems, self.record_problem(&error, last));
                    continue;
                }
            };
            let start = record.binxml_offset.saturating_sub(RECORD_HEADER_BYTES);
            let offset = self.offset.saturating_add(start);
            last = offset;
            match record.into_xml() {
                Ok(record) => match xml::read_record(&record.data, offset) {
                    Ok(event) => decoded.events.push(event),
                    Err(message) => {
                        add_problem(&mut decoded.problems, LogProblem::new(offset, message));
                    }
                },
                Err(error) => {
                    add_problem(&mut decoded.problems, self.record_problem(&error, offset));
                }
            }
        }
    }

    /// A log may be written without checksums, which its chunks then say.
    fn has_right_checksums(&self) -> bool {
        EvtxChunkData::new(self.bytes.to_vec(), false).is_ok_and(|chunk| chunk.validate_checksum())
    }

    fn record_problem(&self, error: &EvtxError, last: u64) -> LogProblem {
        let at = match error {
            EvtxError::FailedToReadRecordAt { offset, .. } => self.offset.saturating_add(*offset),
            _ => last,
        };
        LogProblem::new(at, one_line(&format!("record: {error}")))
    }
}

/// The package writes some errors over several lines.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
