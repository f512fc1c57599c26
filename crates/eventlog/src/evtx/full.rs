//! The full decode: records as the `evtx` package renders them, read as event XML.
//!
//! Plans cover the shapes that Windows writes every day. The rest (text in several pieces, values
//! beyond ASCII in a code page, sizes that do not fit) is decoded here, and the whole of a chunk
//! can be, which is what the scan is held to.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunk, EvtxChunkHeader, EvtxRecord, ParserSettings};

use super::walk::{Frame, HEADER_BYTES, RECORD_HEADER_BYTES};
use super::{CHUNK_BYTES, CHUNK_MAGIC};
use crate::{Decoded, Event, LogProblem, add_problem, xml};

/// Decodes the whole of a chunk by the package's own walk over its records.
pub(super) fn decode_chunk(chunk: &[u8], chunk_offset: u64) -> Decoded {
    let mut decoded = Decoded::default();
    let mut bytes = chunk.to_vec();
    bytes.resize(CHUNK_BYTES, 0);
    // Errors that name no place are put behind the record before them.
    let mut last = chunk_offset;
    let result = each_record(&bytes, |record| match record {
        Ok(record) => {
            let offset = chunk_offset.saturating_add(start_of(&record));
            last = offset;
            match render(record).and_then(|xml| xml::read_record(&xml, offset)) {
                Ok(event) => decoded.events.push(event),
                Err(message) => {
                    add_problem(&mut decoded.problems, LogProblem::new(offset, message));
                }
            }
        }
        Err(error) => {
            let at = match &error {
                EvtxError::FailedToReadRecordAt { offset, .. } => {
                    chunk_offset.saturating_add(*offset)
                }
                _ => last,
            };
            let message = one_line(&format!("record: {error}"));
            add_problem(&mut decoded.problems, LogProblem::new(at, message));
        }
    });
    if let Err(message) = result {
        add_problem(&mut decoded.problems, LogProblem::new(chunk_offset, message));
    }
    decoded
}

/// Decodes single records of a chunk, in ascending order, whatever the state of the rest of it.
pub(super) fn decode_records(
    chunk: &[u8],
    chunk_offset: u64,
    frames: &[Frame],
) -> BTreeMap<usize, Result<Event, String>> {
    let mut rendered = render_records(chunk, frames);
    // The package limits what a chunk may cost, and one record may have cost the others theirs.
    let is_lost = |frame: &&Frame| rendered.get(&frame.start).is_none_or(Result::is_err);
    let lost: Vec<Frame> = frames.iter().filter(is_lost).take(MAX_ALONE).copied().collect();
    if frames.len() > 1 {
        for frame in lost {
            rendered.extend(render_records(chunk, &[frame]));
        }
    }
    let read = |(start, xml): (usize, Result<String, String>)| {
        let offset = chunk_offset.saturating_add(start as u64);
        (start, xml.and_then(|xml| xml::read_record(&xml, offset)))
    };
    rendered.into_iter().map(read).collect()
}

/// Records of a chunk that are decoded alone at most: each takes a copy of the chunk.
const MAX_ALONE: usize = 64;

/// The XML of single records of a chunk, in ascending order.
pub(super) fn render_records(
    chunk: &[u8],
    frames: &[Frame],
) -> BTreeMap<usize, Result<String, String>> {
    let bytes = with_only(chunk, frames);
    let mut rendered = BTreeMap::new();
    let wanted = |start: u64| {
        let start = usize::try_from(start).ok()?;
        frames.binary_search_by_key(&start, |frame| frame.start).ok().map(|_| start)
    };
    let result = each_record(&bytes, |record| match record {
        Ok(record) => {
            if let Some(start) = wanted(start_of(&record)) {
                rendered.insert(start, render(record));
            }
        }
        // The number of a record is its place, see `with_only`.
        Err(EvtxError::FailedToParseRecord { record_id, source }) => {
            if let Some(start) = wanted(record_id) {
                rendered.insert(start, Err(one_line(&format!("record: {source}"))));
            }
        }
        Err(_) => {}
    });
    let missing = result.err().unwrap_or_else(|| "record: it cannot be decoded".to_owned());
    for frame in frames {
        rendered.entry(frame.start).or_insert_with(|| Err(missing.clone()));
    }
    rendered
}

/// A copy of a chunk whose header is in order and whose records are the given ones; what lies
/// between them is made to look like records too, so that the templates stay where they are.
fn with_only(chunk: &[u8], frames: &[Frame]) -> Vec<u8> {
    const SIZE_BYTES: usize = 4;
    const LEAST_GAP: usize = RECORD_HEADER_BYTES + SIZE_BYTES;
    let mut bytes = chunk.to_vec();
    bytes.resize(CHUNK_BYTES, 0);
    let mut at = HEADER_BYTES;
    for (index, frame) in frames.iter().enumerate() {
        if frame.start > at {
            put_record(&mut bytes, at, frame.start.saturating_sub(at), u64::MAX >> 1);
        }
        let mut end = frame.end.saturating_add(SIZE_BYTES).min(CHUNK_BYTES);
        if let Some(next) = frames.get(index.saturating_add(1))
            && next.start < end.saturating_add(LEAST_GAP)
        {
            end = next.start;
        }
        put_record(&mut bytes, frame.start, end.saturating_sub(frame.start), frame.start as u64);
        at = end;
    }
    put(&mut bytes, 0, CHUNK_MAGIC);
    put(&mut bytes, 24, &0_u64.to_le_bytes());
    put(&mut bytes, 32, &u64::MAX.to_le_bytes());
    put(&mut bytes, 44, &narrow(at));
    put(&mut bytes, 48, &narrow(at));
    // Names are found without the table, which may be damaged.
    if let Some(tables) = bytes.get_mut(128..HEADER_BYTES) {
        tables.fill(0);
    }
    bytes
}

fn put_record(bytes: &mut [u8], at: usize, size: usize, id: u64) {
    put(bytes, at, b"**\0\0");
    put(bytes, at.saturating_add(4), &narrow(size));
    put(bytes, at.saturating_add(8), &id.to_le_bytes());
    put(bytes, at.saturating_add(16), &0_u64.to_le_bytes());
}

fn narrow(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(target) = at.checked_add(value.len()).and_then(|end| bytes.get_mut(at..end)) {
        target.copy_from_slice(value);
    }
}

/// Walks over a chunk with the package. It forbids unsafe code and is fuzzed; should a record still
/// make it panic, that chunk is a problem and not the end of the run.
fn each_record(
    bytes: &[u8],
    mut found: impl FnMut(Result<EvtxRecord<'_>, EvtxError>),
) -> Result<(), String> {
    let walk = AssertUnwindSafe(|| {
        let header = EvtxChunkHeader::from_bytes(bytes).map_err(|error| error.to_string())?;
        let settings = Arc::new(ParserSettings::new().num_threads(1).indent(false));
        let mut chunk =
            EvtxChunk::new(bytes, &header, settings).map_err(|error| error.to_string())?;
        chunk.iter().for_each(&mut found);
        Ok(())
    });
    match catch_unwind(walk) {
        Ok(result) => result.map_err(|error: String| format!("chunk: {}", one_line(&error))),
        Err(_) => Err("the decoder failed on this chunk; the records before are kept".into()),
    }
}

fn start_of(record: &EvtxRecord<'_>) -> u64 {
    record.binxml_offset.saturating_sub(RECORD_HEADER_BYTES as u64)
}

fn render(record: EvtxRecord<'_>) -> Result<String, String> {
    let record = record.into_xml().map_err(|error| one_line(&format!("record: {error}")))?;
    Ok(record.data)
}

/// The package writes some errors over several lines.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
