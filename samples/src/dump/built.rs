//! Drivers that were built (`samples/drivers`), mapped as the loader maps a file: sections at their
//! places, addresses relocated.

use super::ModuleSpec;
use super::block::Block;

/// Base name of a module and the file that was built for it.
const FILES: [(&str, &[u8]); 4] = [
    ("ntoskrnl.exe", include_bytes!("../../drivers/built/ntoskrnl.exe")),
    ("vmbus.sys", include_bytes!("../../drivers/built/vmbus.sys")),
    ("storvsc.sys", include_bytes!("../../drivers/built/storvsc.sys")),
    ("cavflt.sys", include_bytes!("../../drivers/built/cavflt.sys")),
];
/// Image, relative address and name of everything that the linker's maps name.
const SYMBOLS: &str = include_str!("../../drivers/built/symbols.tsv");

/// Numbers of data directories.
const FUNCTIONS: u32 = 3;
const RELOCATIONS: u32 = 5;

/// The file that was built in place of the one that `module` describes; `module` as it is when none was.
pub(super) fn in_place_of(module: ModuleSpec) -> ModuleSpec {
    let Some(file) = file_of(&module.name) else { return module };
    let header = u32_at(file, 0x3C);
    ModuleSpec {
        size: u32_at(file, header + 0x50),
        timestamp: u32_at(file, header + 0x08),
        checksum: u32_at(file, header + 0x58),
        exports: Vec::new(),
        version: None,
        file: Some(file),
        ..module
    }
}

/// The file that was built as the image `name`.
pub(super) fn file_of(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, file)| *file)
}

/// Relative address of what `image` calls `name`.
#[allow(
    clippy::panic,
    reason = "a name that is not in the linker's map ends the writing of samples"
)]
pub(super) fn symbol(image: &str, name: &str) -> u32 {
    symbols(image)
        .find(|(_, known)| *known == name)
        .map_or_else(|| panic!("{image} has no {name}"), |(address, _)| address)
}

/// Relative addresses and names of everything in `image`, lowest address first.
fn symbols(image: &str) -> impl Iterator<Item = (u32, &'static str)> {
    SYMBOLS.lines().filter_map(move |line| {
        let mut columns = line.split('\t');
        let is_wanted = columns.next()? == image;
        let address = u32::from_str_radix(columns.next()?.strip_prefix("0x")?, 16).ok()?;
        is_wanted.then_some((address, columns.next()?))
    })
}

/// The parts of a file with their relative addresses, at `base`.
pub(super) fn parts(file: &[u8], base: u64) -> Vec<(u64, Vec<u8>)> {
    const SECTION_BYTES: u32 = 40;
    let optional = optional_header(file);
    let linked = u64_at(file, optional + 0x18);
    let mut headers = Block::default();
    headers.put(0, part(file, 0, u32_at(file, optional + 0x3C)));
    // The loader notes where it put the image.
    headers.u64(u64::from(optional) + 0x18, base);
    let mut parts = vec![(0, headers.into_bytes())];
    for [mapped, address, size, offset] in sections(file) {
        let mut bytes = part(file, offset, size.min(mapped)).to_vec();
        bytes.resize(mapped as usize, 0);
        parts.push((u64::from(address), bytes));
    }
    for place in relocations(file, &parts) {
        relocate(&mut parts, place, base.wrapping_sub(linked));
    }
    return parts;

    /// Virtual size, relative address, size and offset in the file of every section.
    fn sections(file: &[u8]) -> impl Iterator<Item = [u32; 4]> {
        let header = u32_at(file, 0x3C);
        let count = u32_at(file, header + 6) & 0xFFFF;
        let table = optional_header(file) + (u32_at(file, header + 0x14) & 0xFFFF);
        let section = move |index: u32| {
            [8, 12, 16, 20].map(|field| u32_at(file, table + index * SECTION_BYTES + field))
        };
        (0..count).map(section)
    }
}

/// Relative addresses of all words of 8 bytes that hold an address.
fn relocations(file: &[u8], parts: &[(u64, Vec<u8>)]) -> Vec<u64> {
    /// The one kind of relocation that x64 images have, beside filling.
    const ADDRESS: u16 = 10;
    let (start, size) = directory(file, RELOCATIONS);
    let mut places = Vec::new();
    let mut at = start;
    while at < start + size {
        let [page, block] = [0, 4].map(|field| mapped_u32(parts, at + field));
        for entry in (at + 8..at + block).step_by(2) {
            let entry = mapped_u32(parts, entry) as u16;
            if entry >> 12 == ADDRESS {
                places.push(u64::from(page) + u64::from(entry & 0xFFF));
            }
        }
        at += block;
    }
    places
}

/// Adds `distance` to the word at the relative address `place`.
fn relocate(parts: &mut [(u64, Vec<u8>)], place: u64, distance: u64) {
    for (start, bytes) in parts {
        let place = place.checked_sub(*start).map(|place| place as usize);
        let word = place.and_then(|place| bytes.get_mut(place..place + 8));
        if let Some(word) = word {
            let value = word.first_chunk().copied().map_or(0, u64::from_le_bytes);
            word.copy_from_slice(&value.wrapping_add(distance).to_le_bytes());
        }
    }
}

/// One step of a prolog, as the tables for unwinding tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Pushes the register with this number.
    Push(usize),
    /// Takes so many bytes.
    Allocate(u64),
    /// Puts the stack pointer plus `offset` into `register`.
    FramePointer { register: usize, offset: u64 },
    /// Stores `register` so many bytes from the stack pointer.
    Save { register: usize, offset: u64 },
    /// Nothing of its own: the processor has pushed five words, and an error code.
    MachineFrame,
}

/// The steps of the prolog of the function of `image` that starts at `start`, each with the offset of the
/// instruction behind it, in the order in which they are done. None for a function that touches no stack.
#[allow(clippy::panic, reason = "tables of a kind that the build does not make end the writing")]
pub(super) fn prolog(image: &str, start: u32) -> Vec<(u32, Step)> {
    let file = file_of(image).unwrap_or_default();
    let parts = parts(file, 0);
    let (table, size) = directory(file, FUNCTIONS);
    let mut entries = (table..table + size).step_by(12);
    let Some(entry) = entries.find(|entry| mapped_u32(&parts, *entry) == start) else {
        return Vec::new();
    };
    let info = mapped_u32(&parts, entry + 8);
    let [_, _, count, frame] = mapped_u32(&parts, info).to_le_bytes();
    let code = |slot: u32| (mapped_u32(&parts, info + 4 + slot * 2) & 0xFFFF) as u16;
    let mut steps = Vec::new();
    let mut slot = 0;
    while slot < u32::from(count) {
        let [behind, operation] = code(slot).to_le_bytes();
        let (operation, detail) = (operation & 0xF, operation >> 4);
        let next = u64::from(code(slot + 1));
        let register = usize::from(detail);
        let (slots, step) = match operation {
            0 => (1, Some(Step::Push(register))),
            1 if detail == 0 => (2, Some(Step::Allocate(next * 8))),
            2 => (1, Some(Step::Allocate(u64::from(detail) * 8 + 8))),
            3 => {
                let [register, offset] = [frame & 0xF, frame >> 4];
                let (register, offset) = (usize::from(register), u64::from(offset) * 16);
                (1, Some(Step::FramePointer { register, offset }))
            }
            4 => (2, Some(Step::Save { register, offset: next * 8 })),
            // Registers of 16 bytes are not kept in the writer's machine.
            8 => (2, None),
            10 if detail == 1 => (1, Some(Step::MachineFrame)),
            _ => panic!("{image}+{start:#x}: unwind operation {operation}"),
        };
        steps.extend(step.map(|step| (u32::from(behind), step)));
        slot += slots;
    }
    steps.reverse();
    steps
}

/// Relative address and size of the data directory with number `index`.
fn directory(file: &[u8], index: u32) -> (u32, u32) {
    let entry = optional_header(file) + 0x70 + index * 8;
    (u32_at(file, entry), u32_at(file, entry + 4))
}

fn optional_header(file: &[u8]) -> u32 {
    u32_at(file, 0x3C) + 0x18
}

/// The number at a relative address; zero bytes where no part is.
fn mapped_u32(parts: &[(u64, Vec<u8>)], address: u32) -> u32 {
    let address = u64::from(address);
    let byte = |address: u64| {
        let holds = |(start, bytes): &&(u64, Vec<u8>)| {
            (*start..*start + bytes.len() as u64).contains(&address)
        };
        let (start, bytes) = parts.iter().find(holds)?;
        bytes.get((address - start) as usize).copied()
    };
    u32::from_le_bytes([0, 1, 2, 3].map(|at| byte(address + at).unwrap_or(0)))
}

/// Bytes of a file that this repository holds.
#[allow(clippy::indexing_slicing, reason = "a wrong file ends the writing of samples")]
fn part(file: &[u8], at: u32, size: u32) -> &[u8] {
    &file[at as usize..(at + size) as usize]
}

fn u32_at(file: &[u8], at: u32) -> u32 {
    part(file, at, 4).first_chunk().copied().map_or(0, u32::from_le_bytes)
}

fn u64_at(file: &[u8], at: u32) -> u64 {
    part(file, at, 8).first_chunk().copied().map_or(0, u64::from_le_bytes)
}
