//! The file: its header and its chunks.

use super::bytes::Bytes;
use super::chunk::Chunk;
use super::crc32::crc32;
use crate::event::EventSpec;

/// Bytes before the first chunk.
pub const FILE_HEADER_SIZE: usize = 4_096;
/// Bytes of every chunk.
pub const CHUNK_SIZE: usize = 65_536;

/// A whole log with the events in the given order, numbered from `first_record`.
///
/// An event that does not fit into an empty chunk is left out, which none of ours is.
#[must_use]
pub fn write_log(events: &[EventSpec], first_record: u64) -> Vec<u8> {
    let mut finished = Vec::new();
    let mut chunk_count: u16 = 0;
    let mut written: u64 = 0;
    let mut chunk = Chunk::new(first_record);
    for event in events {
        if chunk.add(event) {
            continue;
        }
        let records = chunk.records();
        finished.extend(chunk.finish(written + 1));
        chunk_count += 1;
        written += records;
        chunk = Chunk::new(first_record + written);
        chunk.add(event);
    }
    let records = chunk.records();
    finished.extend(chunk.finish(written + 1));
    chunk_count += 1;
    written += records;

    let mut file = Bytes::default();
    file.raw(b"ElfFile\0");
    file.u64(0);
    file.u64(u64::from(chunk_count) - 1);
    file.u64(first_record + written);
    file.u32(128);
    file.u16(1);
    file.u16(3);
    file.u16(FILE_HEADER_SIZE as u16);
    file.u16(chunk_count);
    file.pad_to(120);
    let sum = crc32(&[file.get(0..120)]);
    file.u32(0);
    file.u32(sum);
    file.pad_to(FILE_HEADER_SIZE);
    file.raw(&finished);
    file.into_vec()
}
