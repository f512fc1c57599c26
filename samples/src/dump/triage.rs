//! Small dumps: chosen pieces of memory, and a table of where each stands in the file.

use super::block::{Block, wide};
use super::context::CONTEXT_SIZE;
use super::header::{HEADER_SIZE, header};
use super::machine::Machine;
use super::physical::PAGE;
use super::{DumpSpec, HeaderPage, ModuleSpec, UnloadedSpec, drivers};

/// The table of places stands behind the header.
pub(super) const TABLE: u64 = HEADER_SIZE;
pub(super) const TABLE_SIZE: u64 = 0x80;
const MEMORY_STATE_SIZE: u64 = 0x50;
const DRIVER_SIZE: u64 = 0x90;
/// Context, exception, processor, process, thread, stack, drivers, broken driver, memory state,
/// debugger data, data blocks; no data page.
const FIELDS_BY_KERNEL: u32 = 0xDFF;
/// The same without the memory state.
const FIELDS_BY_DEBUGGER: u32 = 0xCFF;
const OPTIONS_BY_KERNEL: u32 = 0x41;
const OPTIONS_BY_DEBUGGER: u32 = u32::MAX;
const UNLOADED_LIMIT: usize = 50;

/// Address and size of a piece of memory.
type Piece = (u64, u64);

/// As Windows writes it: base names of drivers, the unloaded ones late, few pieces of memory.
pub(super) fn by_kernel(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let mut file = start(spec, machine, FIELDS_BY_KERNEL, OPTIONS_BY_KERNEL);
    let mut state = Block::zeros(MEMORY_STATE_SIZE);
    state.u32(0, 1);
    state.u32(4, MEMORY_STATE_SIZE as u32);
    put_part(&mut file, 0x14, state.as_slice());
    put_copies(&mut file, machine);
    put_unloaded(&mut file, &spec.unloaded);
    put_drivers(&mut file, &spec.modules, |module| module.name.clone());
    put_data_blocks(&mut file, machine, pieces_of_kernel(machine));
    let size = finish(&mut file);
    file.u64(0xFA0, size);
    file.into_bytes()
}

/// As a debugger writes it: full paths, the unloaded drivers early, and what registers and the stack
/// lead to. It says that it would take more room than it does.
pub(super) fn by_debugger(spec: &DumpSpec, machine: &Machine) -> Vec<u8> {
    let mut file = start(spec, machine, FIELDS_BY_DEBUGGER, OPTIONS_BY_DEBUGGER);
    put_unloaded(&mut file, &spec.unloaded);
    put_copies(&mut file, machine);
    put_drivers(&mut file, &spec.modules, |module| module.path.clone());
    put_data_blocks(&mut file, machine, pieces_of_debugger(machine, &spec.modules));
    let size = finish(&mut file);
    file.u64(0xFA0, size + 0x4_0000);
    file.into_bytes()
}

fn start(spec: &DumpSpec, machine: &Machine, fields: u32, options: u32) -> Block {
    let mut file = header(spec, machine, &[], 0);
    file.u32(0x1038, fields);
    file.put(TABLE, &[0; TABLE_SIZE as usize]);
    file.u32(TABLE, service_pack(spec.build));
    file.u32(TABLE + 0x0C, 0x348);
    file.u32(TABLE + 0x10, 0xF00);
    file.u32(TABLE + 0x44, options);
    file
}

/// Puts the mark of a whole dump at its end, and says how long it is.
pub(super) fn finish(file: &mut Block) -> u64 {
    let mark = file.append(b"TRGD", 4);
    file.u32(TABLE + 0x08, mark as u32);
    file.u32(TABLE + 0x04, mark as u32 + 4);
    file.len()
}

/// Windows 7 and Server 2008 R2 came with a service pack; later releases have none.
fn service_pack(build: u32) -> u32 {
    if build == 7601 { 0x100 } else { 0 }
}

/// Appends `bytes`, with their offset at `field` of the table.
pub(super) fn put_part(file: &mut Block, field: u64, bytes: &[u8]) {
    let at = file.append(bytes, 8);
    file.u32(TABLE + field, at as u32);
}

/// Copies of the structures of what ran, of its stack and of the debugger data.
fn put_copies(file: &mut Block, machine: &Machine) {
    let Machine { memory, release, running, stack, .. } = machine;
    let processor = running.processors.first().copied().unwrap_or(0);
    put_part(file, 0x1C, &memory.read(processor, release.processor.size));
    put_part(file, 0x20, &memory.read(running.process, release.process.size));
    put_part(file, 0x24, &memory.read(running.thread, release.thread.size));
    put_part(file, 0x28, &stack.bytes);
    file.u32(TABLE + 0x2C, stack.bytes.len() as u32);
    file.u64(TABLE + 0x48, stack.top);
    let debugger_data = machine.kernel.debugger_data;
    put_part(file, 0x70, &memory.read(debugger_data, release.debugger_data_size));
    file.u32(TABLE + 0x74, release.debugger_data_size as u32);
}

/// The drivers under the names that `name_of` gives.
pub(super) fn put_drivers(
    file: &mut Block,
    modules: &[ModuleSpec],
    name_of: fn(&ModuleSpec) -> String,
) {
    let (drivers, at) = (modules.len() as u64, file.len().next_multiple_of(8));
    let names_at = at + drivers * DRIVER_SIZE;
    let mut list = Block::zeros(drivers * DRIVER_SIZE);
    let mut names = Block::default();
    for (module, at) in modules.iter().zip((0..).step_by(DRIVER_SIZE as usize)) {
        let text = counted_name(&name_of(module));
        let name = names.append(text.as_slice(), 8);
        let is_readable = module.header != HeaderPage::InPageFile;
        list.u32(at, (names_at + name) as u32);
        let mut entry = drivers::loader_fields(module);
        if !is_readable {
            entry.u32(0x48, 0);
        }
        list.put(at + 8 + 0x30, entry.as_slice());
        list.u32(at + 8 + 0x80, if is_readable { module.timestamp } else { 0 });
    }
    put_part(file, 0x30, list.as_slice());
    file.u32(TABLE + 0x34, drivers as u32);
    put_part(file, 0x38, names.as_slice());
    file.u32(TABLE + 0x3C, names.len() as u32);
}

/// Count of letters, the letters, the end mark.
pub(super) fn counted_name(text: &str) -> Block {
    let mut name = Block::default();
    name.u32(0, text.encode_utf16().count() as u32);
    name.append(&wide(text), 2);
    name
}

pub(super) fn put_unloaded(file: &mut Block, unloaded: &[UnloadedSpec]) {
    if !unloaded.is_empty() {
        put_part(file, 0x18, unloaded_list(unloaded).as_slice());
    }
}

/// The unloaded drivers, newest last, names cut to 12 letters.
fn unloaded_list(unloaded: &[UnloadedSpec]) -> Block {
    const ENTRY_SIZE: usize = 0x38;
    const NAME_LIMIT: usize = 12;
    let kept = unloaded.len().saturating_sub(UNLOADED_LIMIT);
    let drivers = unloaded.get(kept..).unwrap_or(unloaded);
    let mut list = Block::zeros(8 + (drivers.len() * ENTRY_SIZE) as u64);
    list.u32(0, drivers.len() as u32);
    for (driver, at) in drivers.iter().zip((8..).step_by(ENTRY_SIZE)) {
        let letters: Vec<u16> = driver.name.encode_utf16().take(NAME_LIMIT).collect();
        let size = (letters.len() * 2) as u16;
        list.u16(at, size);
        list.u16(at + 2, size);
        let bytes: Vec<u8> = letters.into_iter().flat_map(u16::to_le_bytes).collect();
        list.put(at + 0x10, &bytes);
        list.u64(at + 0x28, driver.start);
        list.u64(at + 0x30, driver.end);
    }
    list
}

/// Some variables of the kernel.
fn variables(machine: &Machine) -> Vec<Piece> {
    vec![
        (machine.kernel.ki_bug_check_data, 0x28),
        (machine.kernel.nt_build_lab, 0x80),
        (machine.kernel.ki_processor_block, 8 * machine.running.processors.len() as u64),
    ]
}

/// The pages of the instruction, the stack pointer and the thread.
fn pieces_of_kernel(machine: &Machine) -> Vec<Piece> {
    let mut pieces = variables(machine);
    let failed = machine.instructions.get(1).copied();
    let addresses = failed.into_iter().chain([
        machine.registers.rip,
        machine.stack.top,
        machine.running.thread,
    ]);
    pieces.extend(addresses.map(|address| (address / PAGE * PAGE, PAGE)));
    pieces
}

/// What registers and the stack lead to: code, and the beginnings of the images on the stack.
fn pieces_of_debugger(machine: &Machine, modules: &[ModuleSpec]) -> Vec<Piece> {
    const WINDOW: u64 = 0x100;
    let mut pieces = variables(machine);
    pieces.push((machine.stack.top, 0x80));
    for processor in &machine.running.processors {
        pieces.push((*processor, 0x80));
        pieces.push((processor + machine.release.processor.context, CONTEXT_SIZE));
    }
    pieces.push((machine.running.thread, machine.release.thread.size));
    for address in &machine.instructions {
        pieces.push((address - WINDOW / 2, WINDOW));
        let image = modules.iter().find(|module| module.contains(*address));
        pieces.extend(image.map(|module| (module.base, WINDOW)));
    }
    pieces
}

/// Pieces of memory with their addresses, in no order; some overlap.
fn put_data_blocks(file: &mut Block, machine: &Machine, mut pieces: Vec<Piece>) {
    pieces.retain(|(address, size)| {
        machine.memory.is_kept(*address) && machine.memory.is_kept(address + size - 1)
    });
    pieces.dedup();
    let bytes: Vec<_> = pieces
        .into_iter()
        .map(|(address, size)| (address, machine.memory.read(address, size)))
        .collect();
    put_blocks(file, &bytes);
}

/// Addresses and bytes of pieces, behind a table of them.
pub(super) fn put_blocks(file: &mut Block, pieces: &[(u64, Vec<u8>)]) {
    let table = file.append(&vec![0; pieces.len() * 16], 8);
    file.u32(TABLE + 0x78, table as u32);
    file.u32(TABLE + 0x7C, pieces.len() as u32);
    for ((address, bytes), entry) in pieces.iter().zip((table..).step_by(16)) {
        let at = file.append(bytes, 1);
        file.u64(entry, *address);
        file.u32(entry + 8, at as u32);
        file.u32(entry + 12, bytes.len() as u32);
    }
}
