//! Driver images as the loader lays them out, as far as they are kept in the dump: headers,
//! exports, the table of functions with how to unwind them, a version resource, pages of code.

use super::block::{Block, wide};
use super::physical::PAGE;

const MACHINE_X64: u16 = 0x8664;
const HEADER_AT: u64 = 0xE8;
const OPTIONAL_HEADER_SIZE: u16 = 0xF0;
const CODE_AT: u64 = 0x1000;

/// How a function moves the stack pointer before it calls another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prolog {
    /// Saves Rbx and takes 0x20 bytes.
    Plain,
    /// Takes the 0x138 bytes of a `KEXCEPTION_FRAME`.
    ExceptionFrame,
    /// Stands on a machine frame with error code: saves Rbp and takes the rest of a `KTRAP_FRAME`.
    TrapFrame,
}

/// A function, by relative addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) prolog: Prolog,
}

/// What an image says of itself.
#[derive(Clone, Debug)]
pub(super) struct Image<'a> {
    pub(super) name: &'a str,
    pub(super) base: u64,
    pub(super) size: u32,
    pub(super) timestamp: u32,
    pub(super) checksum: u32,
    pub(super) exports: &'a [(String, u32)],
    /// Sorted by start.
    pub(super) functions: Vec<Function>,
    pub(super) version: Option<[u16; 4]>,
}

/// A directory of the optional header: relative address and size.
type Directory = (u32, u32);

impl Image<'_> {
    /// The parts that are in memory, with their relative addresses.
    pub(super) fn parts(&self) -> Vec<(u64, Vec<u8>)> {
        // The constants stand in the last pages but one, the resources in the last page.
        let end = u64::from(self.size).next_multiple_of(PAGE);
        let resources_at = end - PAGE;
        let mut constants = Block::default();
        let (exports, functions) = self.constants(&mut constants, 0);
        let constants_at = resources_at - constants.len().next_multiple_of(PAGE);

        let mut parts = Vec::new();
        let mut directories = [(0, 0); 4];
        if exports.1 != 0 || functions.1 != 0 {
            let mut constants = Block::default();
            let (exports, functions) = self.constants(&mut constants, constants_at);
            directories = [exports, (0, 0), (0, 0), functions];
            parts.push((constants_at, constants.into_bytes()));
        }
        if let Some(version) = self.version {
            let resources = version_resource(self.name, version, resources_at);
            let [_, _, place, _] = &mut directories;
            *place = (resources_at as u32, resources.len() as u32);
            parts.push((resources_at, resources.into_bytes()));
        }
        parts.push((0, self.header(&directories, constants_at, resources_at).into_bytes()));
        parts
    }

    fn header(&self, directories: &[Directory; 4], constants_at: u64, resources_at: u64) -> Block {
        let all = [
            (".text", CODE_AT, constants_at, 0x6800_0020_u32),
            (".rdata", constants_at, resources_at, 0x4800_0040),
            (".rsrc", resources_at, resources_at + PAGE, 0x4200_0040),
        ];
        let sections = all.into_iter().filter(|(_, start, end, _)| start < end);
        let mut header = Block::zeros(0x400);
        header.put(0, b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0\xB8");
        header.u16(0x18, 0x40);
        header.u32(0x3C, HEADER_AT as u32);
        header.put(0x40, b"\x0E\x1F\xBA\x0E\0\xB4\x09\xCD\x21\xB8\x01\x4C\xCD\x21");
        header.put(0x4E, b"This program cannot be run in DOS mode.\r\r\n$");

        header.put(HEADER_AT, b"PE\0\0");
        header.u16(HEADER_AT + 0x04, MACHINE_X64);
        header.u16(HEADER_AT + 0x06, sections.clone().count() as u16);
        header.u32(HEADER_AT + 0x08, self.timestamp);
        header.u16(HEADER_AT + 0x14, OPTIONAL_HEADER_SIZE);
        header.u16(HEADER_AT + 0x16, 0x0022);

        let optional = HEADER_AT + 0x18;
        header.u16(optional, 0x020B);
        header.u16(optional + 0x02, 9);
        header.u32(optional + 0x04, (constants_at.saturating_sub(CODE_AT)) as u32);
        header.u32(optional + 0x10, CODE_AT as u32);
        header.u32(optional + 0x14, CODE_AT as u32);
        header.u64(optional + 0x18, self.base);
        header.u32(optional + 0x20, PAGE as u32);
        header.u32(optional + 0x24, 0x200);
        header.put(optional + 0x28, &[6, 0, 1, 0, 6, 0, 1, 0, 6, 0, 1, 0]);
        header.u32(optional + 0x38, self.size);
        header.u32(optional + 0x3C, 0x400);
        header.u32(optional + 0x40, self.checksum);
        header.u16(optional + 0x44, 1);
        header.u64(optional + 0x48, 0x4_0000);
        header.u64(optional + 0x50, 0x1000);
        header.u64(optional + 0x58, 0x10_0000);
        header.u64(optional + 0x60, 0x1000);
        header.u32(optional + 0x6C, 16);
        for ((address, size), at) in directories.iter().zip((optional + 0x70..).step_by(8)) {
            header.u32(at, *address);
            header.u32(at + 4, *size);
        }
        let table = optional + u64::from(OPTIONAL_HEADER_SIZE);
        for ((name, start, end, flags), at) in sections.zip((table..).step_by(0x28)) {
            let size = (end - start) as u32;
            header.put(at, name.as_bytes());
            header.u32(at + 0x08, size);
            header.u32(at + 0x0C, start as u32);
            header.u32(at + 0x10, size);
            header.u32(at + 0x14, start.saturating_sub(0xC00) as u32);
            header.u32(at + 0x24, flags);
        }
        header
    }

    /// Exports, functions and how they are unwound, for a section at `at`.
    fn constants(&self, block: &mut Block, at: u64) -> (Directory, Directory) {
        let functions = self.function_table(block, at);
        let exports = self.export_directory(block, at);
        (exports, functions)
    }

    fn function_table(&self, block: &mut Block, at: u64) -> Directory {
        if self.functions.is_empty() {
            return (0, 0);
        }
        // Version 1, no handler: bytes of the prolog, slots, frame register; then the slots,
        // last instruction first.
        let plain = block.append(&[1, 6, 2, 0, 6, 0x32, 2, 0x30], 4);
        let exception = block.append(&[1, 7, 2, 0, 7, 0x01, 0x27, 0], 4);
        let trap = block.append(&[1, 8, 4, 0, 8, 0x01, 0x2B, 0, 1, 0x50, 0, 0x1A], 4);
        let table = block.len().next_multiple_of(4);
        for (function, entry) in self.functions.iter().zip((table..).step_by(12)) {
            let unwind = match function.prolog {
                Prolog::Plain => plain,
                Prolog::ExceptionFrame => exception,
                Prolog::TrapFrame => trap,
            };
            block.u32(entry, function.start);
            block.u32(entry + 4, function.end);
            block.u32(entry + 8, (at + unwind) as u32);
        }
        ((at + table) as u32, (self.functions.len() * 12) as u32)
    }

    fn export_directory(&self, block: &mut Block, at: u64) -> Directory {
        if self.exports.is_empty() {
            return (0, 0);
        }
        // Names are sorted, for the loader searches them by halves.
        let mut exports: Vec<_> = self.exports.iter().collect();
        exports.sort();
        let count = exports.len() as u64;
        let start = block.append(&[0; 0x28], 4);
        let addresses = start + 0x28;
        let names = addresses + count * 4;
        let ordinals = names + count * 4;
        block.put(ordinals, &vec![0; exports.len() * 2]);
        for ((name, address), index) in exports.iter().zip(0..) {
            block.u32(addresses + index * 4, *address);
            block.u16(ordinals + index * 2, index as u16);
            let text = block.append(format!("{name}\0").as_bytes(), 1);
            block.u32(names + index * 4, (at + text) as u32);
        }
        let own_name = block.append(format!("{}\0", self.name).as_bytes(), 1);
        block.u32(start + 0x04, self.timestamp);
        block.u32(start + 0x0C, (at + own_name) as u32);
        block.u32(start + 0x10, 1);
        block.u32(start + 0x14, count as u32);
        block.u32(start + 0x18, count as u32);
        block.u32(start + 0x1C, (at + addresses) as u32);
        block.u32(start + 0x20, (at + names) as u32);
        block.u32(start + 0x24, (at + ordinals) as u32);
        ((at + start) as u32, (block.len() - start) as u32)
    }
}

/// A resource directory whose only leaf is the version, for a section at `at`.
fn version_resource(name: &str, version: [u16; 4], at: u64) -> Block {
    const VERSION: u32 = 16;
    const US_ENGLISH: u32 = 0x409;
    const IS_DIRECTORY: u32 = 0x8000_0000;
    let mut block = Block::zeros(0x58);
    // Type, name, language, each with one entry; then the leaf.
    for (directory, (id, next)) in [0, 0x18, 0x30].into_iter().zip([
        (VERSION, IS_DIRECTORY | 0x18),
        (1, IS_DIRECTORY | 0x30),
        (US_ENGLISH, 0x48),
    ]) {
        block.u16(directory + 0x0E, 1);
        block.u32(directory + 0x10, id);
        block.u32(directory + 0x14, next);
    }
    let information = version_information(name, version);
    block.u32(0x48, (at + 0x58) as u32);
    block.u32(0x4C, information.len() as u32);
    block.append(information.as_slice(), 4);
    block
}

/// `VS_VERSIONINFO` with the fixed part and two strings.
fn version_information(name: &str, version: [u16; 4]) -> Block {
    let [major, minor, build, revision] = version.map(u32::from);
    let mut fixed = Block::zeros(0x34);
    fixed.u32(0x00, 0xFEEF_04BD);
    fixed.u32(0x04, 0x1_0000);
    for at in [0x08, 0x10] {
        fixed.u32(at, major << 16 | minor);
        fixed.u32(at + 4, build << 16 | revision);
    }
    fixed.u32(0x18, 0x3F);
    fixed.u32(0x20, 0x4_0004);
    fixed.u32(0x24, 3);
    fixed.u32(0x28, 7);

    let text = format!("{major}.{minor}.{build}.{revision}");
    let string = |key: &str, value: &str| {
        let size = value.encode_utf16().count() as u16 + 1;
        node(key, size, true, &wide(value), &[])
    };
    let strings = [string("FileVersion", &text), string("OriginalFilename", name)];
    let table = node("040904B0", 0, true, &[], &strings);
    let info = node("StringFileInfo", 0, true, &[], &[table]);
    node("VS_VERSION_INFO", 0x34, false, fixed.as_slice(), &[info])
}

/// A node of a version resource: lengths, kind, key, value, children, each on 4 bytes.
fn node(key: &str, value_size: u16, is_text: bool, value: &[u8], children: &[Block]) -> Block {
    let mut block = Block::zeros(6);
    block.u16(2, value_size);
    block.u16(4, u16::from(is_text));
    block.append(&wide(key), 2);
    if !value.is_empty() {
        block.append(value, 4);
    }
    for child in children {
        block.append(child.as_slice(), 4);
    }
    block.u16(0, block.len() as u16);
    block
}

/// A page of code in which every return address of `returns`, given as offsets in the page,
/// stands behind a call.
pub(super) fn code_page(returns: &[u64]) -> Vec<u8> {
    let mut page = Block::filled(PAGE, [0x90; 4]);
    for offset in returns.iter().filter(|offset| **offset >= 5) {
        page.put(offset - 5, &[0xE8, 0x10, 0, 0, 0]);
    }
    page.into_bytes()
}
