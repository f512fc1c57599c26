//! Dumps that hold pages of memory: by runs, or by a bitmap of either layout.

use super::block::{Block, usize_of};
use super::header::{HEADER_SIZE, header};
use super::machine::Machine;
use super::physical::{ALL_RUNS, PAGE, PAGE_COUNT, PhysicalMemory};
use super::{DumpKind, DumpSpec};

/// The pages stand in the order of the header's runs.
pub(super) fn full(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = memory_of(spec, machine);
    let size = HEADER_SIZE + memory.count() * PAGE;
    let start = header(spec, machine, &memory.runs(), size);
    with_pages(start, &memory)
}

/// The layout up to Windows 7: counts of 32 bits, then a bitmap.
pub(super) fn summary(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = memory_of(spec, machine);
    let bitmap = memory.bitmap();
    let first_page = (HEADER_SIZE + 0x20 + bitmap.len() as u64).next_multiple_of(PAGE);
    let size = first_page + memory.count() * PAGE;
    let mut start = header(spec, machine, &ALL_RUNS, size);
    let table = HEADER_SIZE;
    start.put(table, b"SDMPDUMP");
    start.u32(table + 0x08, 0);
    start.u32(table + 0x0C, first_page as u32);
    start.u32(table + 0x10, PAGE_COUNT as u32);
    start.u32(table + 0x14, memory.count() as u32);
    start.u32(table + 0x18, PAGE_COUNT as u32);
    start.u32(table + 0x1C, 0);
    start.put(table + 0x20, &bitmap);
    start.put(first_page, &[]);
    with_pages(start, &memory)
}

/// No page had room: the header says how much there would have been.
pub(super) fn header_only(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = memory_of(spec, machine);
    let size = HEADER_SIZE + memory.count() * PAGE;
    header(spec, machine, &ALL_RUNS, size).into_bytes()
}

/// The layout since Windows 8: counts of 64 bits, then a bitmap, and the pages right behind it.
pub(super) fn bitmap(spec: &DumpSpec, machine: &Machine, signature: [u8; 4]) -> Vec<u8> {
    let memory = memory_of(spec, machine);
    let bitmap = memory.bitmap();
    let first_page = HEADER_SIZE + 0x38 + bitmap.len() as u64;
    let size = first_page + memory.count() * PAGE;
    let mut start = header(spec, machine, &ALL_RUNS, size);
    let table = HEADER_SIZE;
    start.put(table, &signature);
    start.put(table + 4, b"DUMP");
    start.put(table + 0x08, &[0; 0x18]);
    start.u64(table + 0x20, first_page);
    start.u64(table + 0x28, memory.count());
    start.u64(table + 0x30, PAGE_COUNT);
    start.put(table + 0x38, &bitmap);
    with_pages(start, &memory)
}

/// Ranges of pages, as a debugger writes them. The list of all memory ends by its count of pages, the
/// others by page 0.
pub(super) fn ranges(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = memory_of(spec, machine);
    let mut ranges = memory.runs();
    let count = ranges.len() as u32;
    let is_counted = spec.kind == DumpKind::RangesFull;
    if !is_counted {
        ranges.push((0, 0));
    }
    let metadata = 0x10 + ranges.len() as u64 * 0x10;
    let first_page = HEADER_SIZE + 0x20 + metadata;
    let size = first_page + memory.count() * PAGE;
    let mut start = header(spec, machine, &ALL_RUNS, size);
    let table = HEADER_SIZE;
    start.u32(table, 0x40);
    start.put(table + 0x04, b"RDMPDUMP");
    start.u32(table + 0x0C, 0);
    start.u64(table + 0x10, metadata);
    start.u64(table + 0x18, first_page);
    start.put(table + 0x20, &[0; 0x10]);
    if is_counted {
        start.u32(table + 0x20, count);
        start.u64(table + 0x28, memory.count());
    }
    for ((first, count), at) in ranges.iter().zip((table + 0x30..).step_by(0x10)) {
        start.u64(at, *first);
        start.u64(at + 8, *count);
    }
    with_pages(start, &memory)
}

fn memory_of(spec: &DumpSpec, machine: &Machine) -> PhysicalMemory {
    machine.memory.clone().finish(spec.table_levels as usize)
}

fn with_pages(start: Block, memory: &PhysicalMemory) -> Vec<u8> {
    let mut file = start.into_bytes();
    file.reserve(usize_of(memory.count() * PAGE));
    for (_, page) in memory.pages() {
        file.extend_from_slice(page);
    }
    file
}
