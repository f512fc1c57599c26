//! Lists of drivers as the kernel keeps them, and their images.

use super::address_space::AddressSpace;
use super::block::{Block, wide};
use super::image::{Function, Image, Prolog, code_page};
use super::kernel::Kernel;
use super::physical::PAGE;
use super::pool::Pool;
use super::{HeaderPage, ModuleSpec, UnloadedSpec, built};

/// Slots of the kernel's memory of unloaded drivers.
const UNLOADED_SLOTS: u64 = 50;
const UNLOADED_SLOT_SIZE: u64 = 0x28;
const LIST_ENTRY_SIZE: u64 = 0xA0;
/// A function of which only one address is known is taken to be so long, and so aligned.
const FUNCTION_SIZE: u32 = 0x800;
/// An export is taken to be no longer.
const EXPORT_SIZE: u32 = 0x400;

/// Writes the list of `modules` around the head at `head`.
pub(super) fn put_module_list(
    memory: &mut AddressSpace,
    pool: &mut Pool,
    modules: &[ModuleSpec],
    head: u64,
    has_stamp: bool,
) {
    let places: Vec<u64> = modules
        .iter()
        .map(|module| pool.allocate(LIST_ENTRY_SIZE + wide(&module.name).len() as u64))
        .collect();
    let next = places.iter().skip(1).chain([&head]);
    let previous = [head].into_iter().chain(places.iter().copied());
    for (((module, at), next), previous) in modules.iter().zip(&places).zip(next).zip(previous) {
        let path = wide(&module.path);
        let path_at = pool.allocate(path.len() as u64);
        memory.write(path_at, &path);

        let mut entry = Block::zeros(LIST_ENTRY_SIZE);
        entry.u64(0x00, *next);
        entry.u64(0x08, previous);
        entry.put(0x30, loader_fields(module).as_slice());
        entry.unicode_string(0x48, &module.path, path_at);
        entry.unicode_string(0x58, &module.name, at + LIST_ENTRY_SIZE);
        if has_stamp {
            entry.u32(0x9C, module.timestamp);
        }
        entry.put(LIST_ENTRY_SIZE, &wide(&module.name));
        memory.write(*at, entry.as_slice());
    }
    let first = places.first().copied().unwrap_or(head);
    let last = places.last().copied().unwrap_or(head);
    memory.write(head, &first.to_le_bytes());
    memory.write(head + 8, &last.to_le_bytes());
}

/// The fields from `DllBase` at 0x30 to `CheckSum` at 0x78 of a loader entry, names left out.
pub(super) fn loader_fields(module: &ModuleSpec) -> Block {
    let mut fields = Block::zeros(0x50);
    fields.u64(0x00, module.base);
    fields.u64(0x08, module.base + u64::from(module.size) / 2);
    fields.u32(0x10, module.size);
    fields.u32(0x38, 0x0910_4000);
    fields.u16(0x3C, 1);
    fields.u32(0x48, module.checksum);
    fields
}

/// Writes the unloaded drivers and the variables that lead to them.
pub(super) fn put_unloaded(
    memory: &mut AddressSpace,
    pool: &mut Pool,
    unloaded: &[UnloadedSpec],
    kernel: &Kernel,
) {
    if unloaded.is_empty() {
        return;
    }
    let array = pool.allocate(UNLOADED_SLOTS * UNLOADED_SLOT_SIZE);
    let mut slots = Block::zeros(UNLOADED_SLOTS * UNLOADED_SLOT_SIZE);
    for (driver, index) in unloaded.iter().zip(0..) {
        // The oldest ones are overwritten.
        let at = index % UNLOADED_SLOTS * UNLOADED_SLOT_SIZE;
        let name = wide(&driver.name);
        let name_at = pool.allocate(name.len() as u64);
        memory.write(name_at, &name);
        slots.unicode_string(at, &driver.name, name_at);
        slots.u64(at + 0x10, driver.start);
        slots.u64(at + 0x18, driver.end);
    }
    memory.write(array, slots.as_slice());
    memory.write(kernel.mm_unloaded_drivers, &array.to_le_bytes());
    let next = unloaded.len() as u64 % UNLOADED_SLOTS;
    memory.write(kernel.mm_last_unloaded_driver, &(next as u32).to_le_bytes());
}

/// Writes the image of `module`, with code where one of `returns` and `instructions` points.
pub(super) fn put_image(
    memory: &mut AddressSpace,
    module: &ModuleSpec,
    kernel: &Kernel,
    returns: &[u64],
    instruction: Option<u64>,
) {
    match module.header {
        HeaderPage::Present => {}
        HeaderPage::Transition => memory.map_transition(module.base),
        HeaderPage::InPageFile => {
            memory.map_page_file(module.base);
            return;
        }
    }
    if let Some(file) = module.file {
        for (address, bytes) in built::parts(file, module.base) {
            memory.write(module.base + address, &bytes);
        }
        return;
    }
    let inside = |address: &u64| module.contains(*address);
    let returns: Vec<u64> = returns.iter().copied().filter(inside).collect();
    let all: Vec<u64> = returns.iter().copied().chain(instruction.filter(inside)).collect();

    let image = Image {
        name: &module.name,
        base: module.base,
        size: module.size,
        timestamp: module.timestamp,
        checksum: module.checksum,
        exports: &module.exports,
        functions: functions(module, kernel, &all),
        version: module.version,
    };
    for (address, bytes) in image.parts() {
        memory.write(module.base + address, &bytes);
    }
    for page in all.iter().map(|address| address / PAGE * PAGE) {
        let behind = returns.iter().filter(|address| **address / PAGE * PAGE == page);
        let offsets: Vec<u64> = behind.map(|address| address - page).collect();
        if page != module.base {
            memory.write(page, &code_page(&offsets));
        }
    }
}

/// The functions of `module` that are known: its exports, those that hold one of `addresses`,
/// and the kernel's own.
fn functions(module: &ModuleSpec, kernel: &Kernel, addresses: &[u64]) -> Vec<Function> {
    let plain = |start: u32, end: u32| Function { start, end, prolog: Prolog::Plain };
    let mut functions = Vec::new();
    if module.is_kernel() {
        functions.extend(kernel.functions);
    }
    let is_known = |functions: &[Function], start: u32| {
        functions.iter().any(|known| (known.start..known.end).contains(&start))
    };
    for (_, start) in &module.exports {
        if !is_known(&functions, *start) {
            functions.push(plain(*start, start + EXPORT_SIZE));
        }
    }
    for address in addresses {
        let address = (address - module.base) as u32;
        if !is_known(&functions, address) {
            let start = address / FUNCTION_SIZE * FUNCTION_SIZE;
            functions.push(plain(start, start + FUNCTION_SIZE));
        }
    }
    functions.sort_by_key(|function| function.start);
    let next: Vec<u32> = functions.iter().skip(1).map(|function| function.start).collect();
    for (function, next) in functions.iter_mut().zip(next) {
        function.end = function.end.min(next);
    }
    functions
}
