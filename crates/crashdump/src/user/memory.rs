//! The memory of a process, as far as its dump has any.

use hvtriage_winfmt::{Bytes, FileOffset, VirtAddr};
use minidump::Minidump;

use super::streams::bytes_of;
use crate::memory::{Block, BlockMemory};
use crate::report::{DumpProblem, UserMemory};

/// `MemoryListStream`: ranges that stand anywhere in the file.
const MEMORY_LIST: u32 = 5;
/// `Memory64ListStream`: ranges that stand one after the other.
const MEMORY64_LIST: u32 = 9;
const ENTRY_BYTES: u64 = 16;
/// More ranges than a process of 64 GiB has when every fourth page is its own.
const RANGE_LIMIT: u64 = 1 << 22;

/// The memory of the process, and how much of it there is; a file that ends before all of it, as
/// full dumps that were cut in transfer do, is a problem.
pub(super) fn read<'a>(
    dump: &Minidump<'a, &'a [u8]>,
    file: Bytes<'a>,
    problems: &mut Vec<DumpProblem>,
) -> (BlockMemory<'a>, Option<UserMemory>) {
    let loose = bytes_of(dump, file, MEMORY_LIST);
    let in_a_row = bytes_of(dump, file, MEMORY64_LIST);
    let at = loose.or(in_a_row).map_or(FileOffset(0), |list| list.file_offset(0));
    let mut blocks = Vec::new();
    let mut promised = 0_u64;
    if let Some(list) = loose {
        promised = promised.saturating_add(loose_ranges(list, &mut blocks));
    }
    if let Some(list) = in_a_row {
        promised = promised.saturating_add(ranges_in_a_row(list, &mut blocks));
    }
    if promised > blocks.len() as u64 {
        let message = format!("{} of {promised} ranges of memory are read", blocks.len());
        problems.push(DumpProblem { at, message });
    }
    let in_file = |block: &Block| file.len().saturating_sub(block.at.0).min(block.size);
    let memory = UserMemory {
        ranges: promised,
        bytes_promised: total(blocks.iter().map(|block| block.size)),
        bytes_present: total(blocks.iter().map(in_file)),
    };
    let UserMemory { bytes_promised, bytes_present, .. } = memory;
    if bytes_present < bytes_promised {
        let message =
            format!("{bytes_present} of {bytes_promised} bytes of memory are in the file");
        problems.push(DumpProblem { at, message });
    }
    let is_there = loose.is_some() || in_a_row.is_some();
    (BlockMemory::new(file.as_slice(), blocks), is_there.then_some(memory))
}

fn total(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}

/// Appends the ranges of `list` to `blocks`, and says how many there should be.
fn loose_ranges(list: Bytes<'_>, blocks: &mut Vec<Block>) -> u64 {
    let count = list.u32_at(0, "memory list").map_or(0, u64::from);
    // Some writers put four bytes behind the count, so that the entries are aligned.
    let is_padded = list.len().checked_sub(count.saturating_mul(ENTRY_BYTES)) == Some(8);
    let entries = list.tail(if is_padded { 8 } else { 4 });
    for index in 0..count.min(room(entries)) {
        let at = index.saturating_mul(ENTRY_BYTES);
        let entry = || {
            Some(Block {
                address: VirtAddr(entries.u64_at(at, "memory list").ok()?),
                size: entries.u32_at(at.checked_add(8)?, "memory list").ok()?.into(),
                at: FileOffset(entries.u32_at(at.checked_add(12)?, "memory list").ok()?.into()),
            })
        };
        blocks.extend(entry());
    }
    count
}

/// The same where the list holds sizes only, and the place of the first range.
fn ranges_in_a_row(list: Bytes<'_>, blocks: &mut Vec<Block>) -> u64 {
    let count = list.u64_at(0, "memory list").unwrap_or(0);
    let mut place = list.u64_at(8, "memory list").unwrap_or(u64::MAX);
    let entries = list.tail(16);
    for index in 0..count.min(room(entries)) {
        let at = index.saturating_mul(ENTRY_BYTES);
        let number = |at| entries.u64_at(at, "memory list");
        let (Ok(address), Ok(size)) = (number(at), number(at.saturating_add(8))) else { break };
        blocks.push(Block { address: VirtAddr(address), at: FileOffset(place), size });
        place = place.saturating_add(size);
    }
    count
}

fn room(entries: Bytes<'_>) -> u64 {
    entries.len().checked_div(ENTRY_BYTES).unwrap_or(0).min(RANGE_LIMIT)
}
