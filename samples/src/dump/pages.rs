//! Dumps that hold pages of memory: by runs, or by a bitmap of either layout.

use super::DumpSpec;
use super::block::{Block, usize_of};
use super::header::{HEADER_SIZE, header};
use super::machine::Machine;
use super::physical::{ALL_RUNS, PAGE, PAGE_COUNT, PhysicalMemory};

const FULL: u32 = 1;
const SUMMARY: u32 = 2;
const BITMAP: u32 = 5;

/// The pages stand in the order of the header's runs.
pub(super) fn full(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = machine.memory.clone().finish();
    let size = HEADER_SIZE + memory.count() * PAGE;
    let start = header(spec, machine, FULL, &memory.runs(), size);
    with_pages(start, &memory)
}

/// The layout up to Windows 7: counts of 32 bits, then a bitmap.
pub(super) fn summary(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = machine.memory.clone().finish();
    let bitmap = memory.bitmap();
    let first_page = (HEADER_SIZE + 0x20 + bitmap.len() as u64).next_multiple_of(PAGE);
    let size = first_page + memory.count() * PAGE;
    let mut start = header(spec, machine, SUMMARY, &ALL_RUNS, size);
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

/// The layout since Windows 8: counts of 64 bits, then a bitmap, and the pages right behind it.
pub(super) fn bitmap(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let memory = machine.memory.clone().finish();
    let bitmap = memory.bitmap();
    let first_page = HEADER_SIZE + 0x38 + bitmap.len() as u64;
    let size = first_page + memory.count() * PAGE;
    let mut start = header(spec, machine, BITMAP, &ALL_RUNS, size);
    let table = HEADER_SIZE;
    start.put(table, b"SDMPDUMP");
    start.put(table + 0x08, &[0; 0x18]);
    start.u64(table + 0x20, first_page);
    start.u64(table + 0x28, memory.count());
    start.u64(table + 0x30, PAGE_COUNT);
    start.put(table + 0x38, &bitmap);
    with_pages(start, &memory)
}

fn with_pages(start: Block, memory: &PhysicalMemory) -> Vec<u8> {
    let mut file = start.into_bytes();
    file.reserve(usize_of(memory.count() * PAGE));
    for (_, page) in memory.pages() {
        file.extend_from_slice(page);
    }
    file
}
