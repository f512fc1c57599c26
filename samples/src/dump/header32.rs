//! The header of a 32-bit kernel dump, and the small dump behind it.

use super::block::Block;
use super::machine32::{Machine32, loader_entry};
use super::triage::counted_name;
use super::{Architecture, DumpSpec, UnloadedSpec};

const HEADER_SIZE: u64 = 0x1000;
const FILL: [u8; 4] = *b"PAGE";
const X86: u32 = 0x14C;
const BREAKPOINT: u32 = 0x8000_0003;
const PAGE_BYTES: u64 = 0x1000;
/// Context, exception, stack, drivers, broken driver, debugger data, data blocks.
const FIELDS: u32 = 0xCE3;
const TABLE: u64 = HEADER_SIZE;
const TABLE_SIZE: u64 = 0x68;
/// The offset of the name, then the kernel's entry up to its time stamp.
const DRIVER_SIZE: u64 = 0x4C;

/// Addresses that the header names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) module_list: u64,
    pub(super) process_list: u64,
    pub(super) debugger_data: u64,
    pub(super) instruction: u64,
    pub(super) stack_pointer: u64,
    pub(super) frame: u64,
}

/// The header of a full dump with one run of `count` pages from page `first` on.
pub(super) fn full(spec: &DumpSpec, place: &Place, first: u64, count: u64) -> Block {
    let mut header = header(spec, place, HEADER_SIZE + count * PAGE_BYTES);
    header.u32(0x10, (first * PAGE_BYTES) as u32);
    header.u32(0x64, 1);
    header.u32(0x68, count as u32);
    header.u32(0x6C, first as u32);
    header.u32(0x70, count as u32);
    header
}

/// The whole small dump.
pub(super) fn triage(spec: &DumpSpec, machine: &Machine32) -> Vec<u8> {
    let mut file = header(spec, &machine.place(), 0);
    file.u32(0xF8C, FIELDS);
    file.put(TABLE, &[0; TABLE_SIZE as usize]);
    file.u32(TABLE, 0x100);
    file.u32(TABLE + 0x0C, 0x320);
    file.u32(TABLE + 0x10, 0x7D0);
    file.u32(TABLE + 0x44, 0x41);
    file.u32(TABLE + 0x48, machine.place().stack_pointer as u32);
    let stack = machine.stack();
    put_part(&mut file, 0x28, &stack);
    file.u32(TABLE + 0x2C, stack.len() as u32);
    let debugger_data = machine.debugger_data();
    put_part(&mut file, 0x58, &debugger_data);
    file.u32(TABLE + 0x5C, debugger_data.len() as u32);
    put_part(&mut file, 0x18, unloaded_list(&spec.unloaded).as_slice());
    put_drivers(&mut file, spec);
    put_blocks(&mut file, &machine.pieces());
    let mark = file.append(b"TRGD", 4);
    file.u32(TABLE + 0x08, mark as u32);
    file.u32(TABLE + 0x04, mark as u32 + 4);
    let size = file.len();
    file.u64(0xFA0, size);
    file.into_bytes()
}

fn header(spec: &DumpSpec, place: &Place, size: u64) -> Block {
    let mut header = Block::filled(HEADER_SIZE, FILL);
    header.put(0x00, b"PAGEDUMP");
    for (at, value) in [
        (0x08, 0xF),
        (0x0C, u64::from(spec.build)),
        (0x10, 0x18_5000),
        (0x18, place.module_list),
        (0x1C, place.process_list),
        (0x20, u64::from(X86)),
        (0x24, u64::from(spec.processors)),
        (0x28, u64::from(spec.bugcheck)),
        (0x60, place.debugger_data),
        (0xF88, u64::from(spec.kind.code())),
        (0xF94, u64::from(spec.product_type)),
        (0xF98, 0x110),
        (0xF9C, 0),
    ] {
        header.u32(at, value as u32);
    }
    for (parameter, at) in spec.parameters.into_iter().zip((0x2C..).step_by(4)) {
        header.u32(at, parameter as u32);
    }
    header.u8(0x5C, u8::from(spec.architecture == Architecture::X86Pae));
    header.put(0x320, context(place).as_slice());
    header.u32(0x7D0, BREAKPOINT);
    header.u32(0x7D4, 1);
    header.u32(0x7D8, 0);
    header.u32(0x7DC, place.instruction as u32);
    header.u32(0x7E0, 0);
    header.u64(0xFA0, size);
    header.u64(0xFB8, spec.uptime_ticks);
    header.u64(0xFC0, spec.system_time_filetime);
    header
}

/// A `CONTEXT` of x86.
fn context(place: &Place) -> Block {
    /// Control, integer, segment and floating-point registers.
    const FLAGS: u32 = 0x0001_000F;
    let mut context = Block::zeros(0x2CC);
    context.u32(0x00, FLAGS);
    for (at, value) in [
        (0x90, 0x30),
        (0x94, 0x23),
        (0x98, 0x23),
        (0xB4, place.frame),
        (0xB8, place.instruction),
        (0xBC, 0x08),
        (0xC0, 0x0001_0246),
        (0xC4, place.stack_pointer),
        (0xC8, 0x10),
    ] {
        context.u32(at, value as u32);
    }
    context
}

fn put_part(file: &mut Block, field: u64, bytes: &[u8]) {
    let at = file.append(bytes, 8);
    file.u32(TABLE + field, at as u32);
}

fn put_drivers(file: &mut Block, spec: &DumpSpec) {
    let count = spec.modules.len() as u64;
    let names_at = file.len().next_multiple_of(8) + (count * DRIVER_SIZE).next_multiple_of(8);
    let mut list = Block::zeros(count * DRIVER_SIZE);
    let mut names = Block::default();
    for (module, at) in spec.modules.iter().zip((0..).step_by(DRIVER_SIZE as usize)) {
        let name = names.append(counted_name(&module.name).as_slice(), 8);
        list.u32(at, (names_at + name) as u32);
        let mut entry = loader_entry(module, 0).into_bytes();
        entry.truncate(DRIVER_SIZE as usize - 4);
        list.put(at + 4, &entry);
    }
    put_part(file, 0x30, list.as_slice());
    file.u32(TABLE + 0x34, count as u32);
    put_part(file, 0x38, names.as_slice());
    file.u32(TABLE + 0x3C, names.len() as u32);
}

/// A count of 4 bytes, then for each driver its name, cut to 12 letters, and its place.
fn unloaded_list(unloaded: &[UnloadedSpec]) -> Block {
    let mut list = Block::default();
    list.u32(0, unloaded.len() as u32);
    for (driver, at) in unloaded.iter().zip((4..).step_by(0x28)) {
        let letters: Vec<u16> = driver.name.encode_utf16().take(12).collect();
        let size = letters.len() as u16 * 2;
        list.u16(at, size);
        list.u16(at + 2, size);
        let bytes: Vec<u8> = letters.into_iter().flat_map(u16::to_le_bytes).collect();
        list.put(at + 0x08, &bytes);
        list.u32(at + 0x20, driver.start as u32);
        list.u32(at + 0x24, driver.end as u32);
    }
    list
}

/// Pieces of memory behind a table of them.
fn put_blocks(file: &mut Block, pieces: &[(u64, Vec<u8>)]) {
    let table = file.append(&vec![0; pieces.len() * 16], 8);
    file.u32(TABLE + 0x60, table as u32);
    file.u32(TABLE + 0x64, pieces.len() as u32);
    for ((address, bytes), entry) in pieces.iter().zip((table..).step_by(16)) {
        let at = file.append(bytes, 1);
        // Addresses are sign-extended.
        file.u64(entry, *address | 0xFFFF_FFFF_0000_0000);
        file.u32(entry + 8, at as u32);
        file.u32(entry + 12, bytes.len() as u32);
    }
}
