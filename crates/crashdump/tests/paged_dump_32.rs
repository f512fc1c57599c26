//! A 32-bit machine with and without PAE: two drivers, an unloaded one, and a STOP 0xA in one.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use hvtriage_crashdump::{DumpFormat, examine};

/// Kernel memory starts here; it is physical page 4 and the ones after it.
const KERNEL: u32 = 0x8040_0000;
const LIST: u32 = 0;
const DEBUGGER_DATA: u32 = 0x1000;
const NAMES: u32 = 0x2000;
const UNLOADED: u32 = 0x2800;
const PAGES: usize = 8;

struct Dump {
    file: Vec<u8>,
}

impl Dump {
    /// Header, then page 0 and the ones after it. Tables are in pages 1 to 3.
    fn new(has_pae: bool) -> Self {
        let mut dump = Self { file: b"PAGE".repeat(0x400) };
        dump.file.resize(0x1000 + PAGES * 0x1000, 0);
        dump.file[4..8].copy_from_slice(b"DUMP");
        for (at, value) in [
            (0x0C, 6002),
            (0x10, 0x1000),
            (0x18, KERNEL + LIST),
            (0x20, 0x14c),
            (0x24, 1),
            (0x28, 0xA),
            (0x2C, 0x10),
            (0x30, 2),
            (0x34, 1),
            (0x38, 0x9000_0123),
            (0x60, KERNEL + DEBUGGER_DATA),
            (0x64, 1),
            (0x68, PAGES as u32),
            (0x6C, 0),
            (0x70, PAGES as u32),
            (0xF88, 1),
        ] {
            dump.at(at, value);
        }
        dump.file[0x5C] = u8::from(has_pae);
        // Address 0x80400000 is directory entry 0x201, or pointer 2 and directory entry 2.
        let (entry, table) = if has_pae { (8, 0x4000) } else { (4, 0x3000) };
        if has_pae {
            dump.at(0x2000 + 2 * 8, 0x2001);
            dump.at(0x3000 + 2 * 8, 0x3063);
        } else {
            dump.at(0x2000 + 0x201 * 4, 0x2063);
        }
        for page in 0..4 {
            dump.at(table + page * entry, (4 + page as u32) * 0x1000 + 0x63);
        }
        dump.machine();
        dump
    }

    fn at(&mut self, at: usize, value: u32) {
        self.file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// A number at `offset` of kernel memory.
    fn put(&mut self, offset: u32, value: u32) {
        self.at(0x5000 + offset as usize, value);
    }

    fn name(&mut self, field: u32, text_at: u32, text: &str) {
        self.put(field, text.len() as u32 * 2);
        self.put(field + 4, KERNEL + text_at);
        for (index, letter) in text.bytes().enumerate() {
            self.file[0x5000 + text_at as usize + index * 2] = letter;
        }
    }

    fn machine(&mut self) {
        let links = [LIST, 0x100, 0x200];
        for index in 0..3 {
            self.put(links[index], KERNEL + links[(index + 1) % 3]);
            self.put(links[index] + 4, KERNEL + links[(index + 2) % 3]);
        }
        for (entry, base, name) in
            [(0x100, 0x8200_0000, "ntoskrnl.exe"), (0x200, 0x9000_0000, "Vid.sys")]
        {
            self.put(entry + 0x18, base);
            self.put(entry + 0x20, 0x1_0000);
            self.name(entry + 0x2C, NAMES + entry, name);
        }
        // Addresses in the block take 8 bytes and are sign-extended.
        self.put(DEBUGGER_DATA + 0x10, u32::from_le_bytes(*b"KDBG"));
        self.put(DEBUGGER_DATA + 0x220, KERNEL + 0x300);
        self.put(DEBUGGER_DATA + 0x224, u32::MAX);
        self.put(DEBUGGER_DATA + 0x228, KERNEL + 0x304);
        self.put(DEBUGGER_DATA + 0x22C, u32::MAX);
        self.put(0x300, KERNEL + UNLOADED);
        self.put(0x304, 1);
        self.name(UNLOADED, NAMES + 0x400, "dump_atapi.sys");
        self.put(UNLOADED + 8, 0x9100_0000);
        self.put(UNLOADED + 12, 0x9100_8000);
        // 2012-01-10T00:00:00Z, the value that tests/paged_dumps.rs works out.
        self.put(UNLOADED + 16, 0xcbb3_4000);
        self.put(UNLOADED + 20, 0x01cc_cf2a);
    }
}

#[test]
fn drivers_are_read_with_and_without_pae() {
    for has_pae in [false, true] {
        let report = examine(&Dump::new(has_pae).file).unwrap();
        assert_eq!(report.format, DumpFormat::Kernel32);
        assert_eq!(report.problems, [], "PAE {has_pae}");
        let names: Vec<&str> = report.modules.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["ntoskrnl.exe", "vid.sys"], "PAE {has_pae}");
        assert_eq!(report.unloaded[0].name, "dump_atapi.sys");
        assert_eq!(report.unloaded[0].end.0, 0x9100_8000);
        let time = report.unloaded[0].unloaded_at.unwrap();
        assert_eq!(time, "2012-01-10T00:00:00Z".parse().unwrap());
        let blame = report.blame.unwrap();
        assert_eq!((blame.module.as_str(), blame.offset), ("vid.sys", Some(0x123)));
    }
}
