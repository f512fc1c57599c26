//! One small machine, written as every layout of physical memory by hand, says the same in each.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;

use hvtriage_crashdump::{CrashReport, MachineType, Role, examine};
use hvtriage_winfmt::FileTime;

/// Where the machine's kernel memory starts; the n-th page of it is physical page `FIRST + n`.
const KERNEL: u64 = 0xffff_f800_0000_0000;
const FIRST: u64 = 0x10;
const KERNEL_PAGES: u64 = 0x18;

// Places in kernel memory.
const MODULE_LIST: u64 = 0;
const ENTRIES: u64 = 0x1000;
const NAMES: u64 = 0x2000;
const DEBUGGER_DATA: u64 = 0x3000;
const VARIABLES: u64 = 0x4000;
const UNLOADED: u64 = 0x5000;
const PROCESSOR: u64 = 0x6000;
const THREAD: u64 = 0x7000;
const PROCESS: u64 = 0x8000;
const NT_IMAGE: u64 = 0x1_0000;
const STORVSC_IMAGE: u64 = 0x1_2000;
/// 2012-01-10T00:00:00Z: 1,326,153,600 s after 1970, which is 11,644,473,600 s after 1601.
const UNLOADED_AT: FileTime = FileTime((1_326_153_600 + 11_644_473_600) * 10_000_000);
const STORVSC_STAMP: u32 = 0x4ce7_a9d1;

struct Machine {
    pages: BTreeMap<u64, Vec<u8>>,
}

impl Machine {
    fn new() -> Self {
        let mut machine = Self { pages: BTreeMap::new() };
        machine.page_tables();
        machine.module_list();
        machine.debugger_data();
        machine.image(NT_IMAGE, 0x4ce7_951a, 0x55_0000);
        machine.image(STORVSC_IMAGE, STORVSC_STAMP, 0x1_2345);
        machine.storvsc_tables();
        machine
    }

    fn physical(&mut self, address: u64, bytes: &[u8]) {
        for (at, byte) in (address..).zip(bytes) {
            let page = self.pages.entry(at / 0x1000).or_insert_with(|| vec![0; 0x1000]);
            page[(at % 0x1000) as usize] = *byte;
        }
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) {
        self.physical(FIRST * 0x1000 + offset, bytes);
    }

    fn put_u64(&mut self, offset: u64, value: u64) {
        self.put(offset, &value.to_le_bytes());
    }

    /// CR3 is page 1; tables of the other levels are pages 2 to 4.
    fn page_tables(&mut self) {
        for (table, index) in [(1, 0x1f0), (2, 0), (3, 0)] {
            self.physical(
                table * 0x1000 + index * 8,
                &(((table + 1) * 0x1000) | 0x63).to_le_bytes(),
            );
        }
        for page in 0..KERNEL_PAGES {
            self.physical(0x4000 + page * 8, &(((FIRST + page) * 0x1000) | 0x63).to_le_bytes());
            self.put(page * 0x1000, &[0]);
        }
    }

    fn module_list(&mut self) {
        let modules = [
            ("ntoskrnl.exe", NT_IMAGE, 0x2000_u32),
            ("vmbus.sys", 0x100_0000, 0x8000),
            ("storvsc.sys", STORVSC_IMAGE, 0x3000),
        ];
        let entry = |index: usize| match index {
            1..=3 => KERNEL + ENTRIES + index as u64 * 0x100,
            _ => KERNEL + MODULE_LIST,
        };
        for index in 0..4 {
            let at = entry(index) - KERNEL;
            self.put_u64(at, entry((index + 1) % 4));
            self.put_u64(at + 8, entry((index + 3) % 4));
        }
        for (index, (name, base, size)) in (1_usize..).zip(modules) {
            let at = entry(index) - KERNEL;
            self.put_u64(at + 0x30, KERNEL + base);
            self.put(at + 0x40, &size.to_le_bytes());
            let name_at = NAMES + index as u64 * 0x100;
            let path = format!("\\SystemRoot\\system32\\DRIVERS\\{name}");
            self.unicode(at + 0x48, name_at, &path);
            self.unicode(at + 0x58, name_at + 0x80, name);
        }
    }

    /// A UNICODE_STRING at `field` whose text stands at `text_at`.
    fn unicode(&mut self, field: u64, text_at: u64, text: &str) {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.put(field, &(units.len() as u16).to_le_bytes());
        self.put_u64(field + 8, KERNEL + text_at);
        self.put(text_at, &units);
    }

    fn debugger_data(&mut self) {
        self.put(DEBUGGER_DATA + 0x10, b"KDBG");
        for (at, variable) in
            [(0x88, 0), (0x208, 0x100), (0x218, 0x300), (0x220, 0x200), (0x228, 0x208)]
        {
            self.put_u64(DEBUGGER_DATA + at, KERNEL + VARIABLES + variable);
        }
        self.put_u64(DEBUGGER_DATA + 0x48, KERNEL + MODULE_LIST);
        for (at, offset) in [(0x29E, 0x28_u16), (0x2A0, 0x70), (0x2B4, 8)] {
            self.put(DEBUGGER_DATA + at, &offset.to_le_bytes());
        }
        for (index, value) in (0..).zip([0xd1, 0x28, 2, 0, KERNEL + STORVSC_IMAGE + 0x10b8]) {
            self.put_u64(VARIABLES + index * 8, value);
        }
        self.put(VARIABLES + 0x100, b"7601.17514.amd64fre.win7sp1_rtm.101119-1850\0");
        self.put_u64(VARIABLES + 0x200, KERNEL + UNLOADED);
        self.put(VARIABLES + 0x208, &2_u32.to_le_bytes());
        for (slot, name) in (0..).zip(["crashdmp.sys", "dump_storvsc.sys"]) {
            let at = UNLOADED + slot * 0x28;
            self.unicode(at, NAMES + 0x800 + slot * 0x80, name);
            self.put_u64(at + 0x10, KERNEL + 0x200_0000 + slot * 0x1_0000);
            self.put_u64(at + 0x18, KERNEL + 0x200_8000 + slot * 0x1_0000);
            self.put_u64(at + 0x20, slot * UNLOADED_AT.0);
        }
        self.put_u64(VARIABLES + 0x300, KERNEL + PROCESSOR);
        self.put_u64(PROCESSOR + 8, KERNEL + THREAD);
        self.put_u64(THREAD + 0x70, KERNEL + PROCESS);
        self.put(PROCESS + 0x2E0, b"vmicsvc.exe\0");
    }

    /// A PE32+ header without sections.
    fn image(&mut self, at: u64, stamp: u32, checksum: u32) {
        self.put(at, b"MZ");
        self.put(at + 0x3C, &0x80_u32.to_le_bytes());
        self.put(at + 0x80, b"PE\0\0\x64\x86");
        self.put(at + 0x88, &stamp.to_le_bytes());
        self.put(at + 0x94, &0xF0_u16.to_le_bytes());
        self.put(at + 0x96, &0x22_u16.to_le_bytes());
        self.put(at + 0x98, &0x20b_u16.to_le_bytes());
        self.put(at + 0xD8, &checksum.to_le_bytes());
        self.put(at + 0x104, &16_u32.to_le_bytes());
    }

    /// Two functions, at 0x1000 and 0x1200; only the first is exported.
    fn storvsc_tables(&mut self) {
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|it| it.to_le_bytes()).collect();
        let put = |machine: &mut Self, at: u64, bytes: Vec<u8>| {
            machine.put(STORVSC_IMAGE + at, &bytes);
        };
        put(self, 0x108, numbers(&[0x2000, 0x80, 0, 0, 0, 0, 0x2100, 24]));
        put(self, 0x2000, numbers(&[0, 0, 0, 0x2060, 1, 1, 1, 0x2028, 0x202C, 0x2030]));
        put(self, 0x2028, numbers(&[0x1000, 0x2040, 0]));
        put(self, 0x2040, b"StorChannelVmbusCallback\0".to_vec());
        put(self, 0x2060, b"storvsc.sys\0".to_vec());
        put(self, 0x2100, numbers(&[0x1000, 0x1200, 0x2200, 0x1200, 0x1300, 0x2200]));
    }

    fn pages(&self, numbers: impl Iterator<Item = u64>) -> Vec<u8> {
        numbers.flat_map(|number| self.pages[&number].clone()).collect()
    }

    /// The machine as a dump of `dump_type` with the layout that goes with it.
    fn dump(&self, dump_type: u32) -> Vec<u8> {
        let mut file = header(dump_type);
        let bits = FIRST + KERNEL_PAGES;
        let bitmap = || {
            let mut bitmap = vec![0_u8; bits.div_ceil(8) as usize];
            for page in self.pages.keys() {
                bitmap[(page / 8) as usize] |= 1 << (page % 8);
            }
            bitmap
        };
        let count = self.pages.len() as u64;
        match dump_type {
            // The kernel's pages come first in the file, the tables' after them.
            1 => file.extend(self.pages((FIRST..bits).chain(1..5))),
            2 => {
                file.extend_from_slice(b"SDMPDUMP");
                for number in [0, 0x3000, bits as u32, count as u32, bits as u32 / 8, 0] {
                    file.extend_from_slice(&number.to_le_bytes());
                }
                file.extend(bitmap());
                file.resize(0x3000, 0);
                file.extend(self.pages(self.pages.keys().copied()));
            }
            8..=10 => {
                // Ranges in any order; a list of kernel memory ends at page 0, one of all memory
                // by its count of pages, and garbage may follow it.
                let first_page = 0x2070_u64;
                file.extend_from_slice(b"\x40\0\0\0RDMPDUMP\0\0\0\0");
                let pages = if dump_type == 10 { count } else { 0x1234 };
                let after = if dump_type == 10 { 77 } else { 0 };
                let ranges = [FIRST, KERNEL_PAGES, 1, 4, after, 3];
                let numbers = [first_page - 0x2020, first_page, 2, pages];
                for number in numbers.into_iter().chain(ranges) {
                    file.extend_from_slice(&number.to_le_bytes());
                }
                file.resize(first_page as usize, 0);
                file.extend(self.pages((FIRST..bits).chain(1..5)));
            }
            _ => {
                file.extend_from_slice(if dump_type == 5 { b"FDMPDUMP" } else { b"SDMPDUMP" });
                file.extend(b"PAGE".repeat(6));
                for number in [0x2043, count, bits] {
                    file.extend_from_slice(&number.to_le_bytes());
                }
                file.extend(bitmap());
                file.resize(0x2043, 0);
                file.extend(self.pages(self.pages.keys().copied()));
            }
        }
        file
    }
}

fn header(dump_type: u32) -> Vec<u8> {
    let mut file = b"PAGE".repeat(0x800);
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(4, b"DU64");
    put(0x08, &15_u32.to_le_bytes());
    put(0x0C, &7601_u32.to_le_bytes());
    put(0x10, &0x1000_u64.to_le_bytes());
    put(0x20, &(KERNEL + MODULE_LIST).to_le_bytes());
    put(0x30, &0x8664_u32.to_le_bytes());
    put(0x34, &1_u32.to_le_bytes());
    put(0x80, &(KERNEL + DEBUGGER_DATA).to_le_bytes());
    put(0x88, &2_u64.to_le_bytes());
    put(0x90, &(KERNEL_PAGES + 4).to_le_bytes());
    for (index, number) in [FIRST, KERNEL_PAGES, 1, 4].into_iter().enumerate() {
        put(0x98 + index * 8, &number.to_le_bytes());
    }
    put(0xF98, &dump_type.to_le_bytes());
    put(0xFA8, &129_702_000_000_000_000_u64.to_le_bytes());
    put(0x1030, &36_000_000_000_u64.to_le_bytes());
    put(0x1040, &3_u32.to_le_bytes());
    put(0x1050, &0_u32.to_le_bytes());
    file
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

fn check(report: &CrashReport, what: &str) {
    assert_eq!(report.problems, [], "{what}");
    let names: Vec<&str> = report.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["ntoskrnl.exe", "vmbus.sys", "storvsc.sys"], "{what}");
    let storvsc = &report.modules[2];
    assert_eq!(storvsc.timestamp, Some(STORVSC_STAMP), "the stamp of the image's own header");
    assert_eq!(storvsc.checksum, Some(0x1_2345));
    let path = "\\SystemRoot\\system32\\DRIVERS\\storvsc.sys";
    assert_eq!(storvsc.path.as_deref(), Some(path));
    assert_eq!(report.modules[1].timestamp, None, "vmbus.sys has no page in the dump");
    let unloaded: Vec<&str> = report.unloaded.iter().map(|driver| driver.name.as_str()).collect();
    assert_eq!(unloaded, ["dump_storvsc.sys", "crashdmp.sys"], "newest first");
    let times: Vec<_> = report.unloaded.iter().map(|driver| driver.unloaded_at).collect();
    assert_eq!(times, [Some(UNLOADED_AT), None], "a zero is no time");
    assert_eq!(report.process_name.as_deref(), Some("vmicsvc.exe"), "{what}");
    assert_eq!(report.machine_type, MachineType::Amd64);
    assert_eq!(report.role, Role::Guest);
    let lab = "7601.17514.amd64fre.win7sp1_rtm.101119-1850";
    assert_eq!(report.os_version.as_deref(), Some(lab));
    let memory = report.memory.unwrap();
    assert_eq!((memory.pages_present, memory.pages_promised), (28, 28), "{what}");
    let bugcheck = report.bugcheck.unwrap();
    assert_eq!((bugcheck.code, bugcheck.parameters[0]), (0xd1, 0x28), "the kernel's own copy");
    let blame = report.blame.as_ref().unwrap();
    assert_eq!((blame.module.as_str(), blame.offset), ("storvsc.sys", Some(0x10b8)), "{what}");
    assert_eq!(
        blame.function.as_ref().map(|it| it.name.as_str()),
        Some("StorChannelVmbusCallback"),
        "{what}"
    );
}

#[test]
fn every_layout_of_memory_says_the_same() {
    let machine = Machine::new();
    for (dump_type, words) in [
        (1, "full memory"),
        (2, "kernel memory"),
        (5, "bitmap full"),
        (6, "bitmap kernel"),
        (7, "bitmap automatic"),
        (8, "ranges of kernel memory"),
        (9, "ranges of kernel and active memory"),
        (10, "ranges of full memory"),
    ] {
        let report = examine(&machine.dump(dump_type)).unwrap();
        assert_eq!(report.dump_type, words);
        check(&report, words);
    }
}

/// What stands behind the header decides; its type is a hint only.
#[test]
fn a_wrong_type_does_not_hide_the_memory() {
    let machine = Machine::new();
    for (layout, stated) in [(2, 1), (2, 7), (6, 2), (5, 0x45), (9, 1), (8, 4), (9, 3)] {
        let mut file = machine.dump(layout);
        put(&mut file, 0xF98, &u32::to_le_bytes(stated));
        let report = examine(&file).unwrap();
        assert_eq!(report.modules.len(), 3, "layout {layout} stated as {stated}");
        assert_eq!(report.memory.unwrap().pages_present, 28, "layout {layout} stated as {stated}");
    }
}

/// An ARM64 machine with the same pages: descriptors of tables have bits 0 and 1 set, as 0x63 has.
#[test]
fn page_tables_of_arm64_are_walked() {
    let mut file = Machine::new().dump(1);
    put(&mut file, 0x30, &0xAA64_u32.to_le_bytes());
    let report = examine(&file).unwrap();
    assert_eq!((report.machine_type, report.modules.len()), (MachineType::Arm64, 3));
}

#[test]
fn data_behind_the_last_page_is_listed() {
    for dump_type in [1, 2, 6, 8] {
        let mut file = Machine::new().dump(dump_type);
        let end = file.len() as u64;
        file.extend_from_slice(b"DumpBlob\x10\0\0\0\0\0\0\0\x20\0\0\0");
        // SMBIOS tables, bc5c008f-1e3a-44d7-988d-86f6884c6758: 4 bytes behind 2 of padding.
        file.extend_from_slice(&0x44d7_1e3a_bc5c_008f_u64.to_le_bytes());
        file.extend_from_slice(&[0x98, 0x8d, 0x86, 0xf6, 0x88, 0x4c, 0x67, 0x58]);
        file.extend_from_slice(&[4, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 9, 1, 2, 3, 4]);
        let report = examine(&file).unwrap();
        let [piece] = report.secondary[..] else { panic!("type {dump_type}") };
        assert_eq!(piece.guid.to_string(), "bc5c008f-1e3a-44d7-988d-86f6884c6758");
        assert_eq!((piece.at.0, piece.size_bytes), (end + 0x10 + 0x20 + 2, 4));
        assert_eq!(piece.name, Some("SMBIOS tables"));
    }
}

#[test]
fn a_function_that_is_not_exported_has_no_name() {
    let mut file = Machine::new().dump(1);
    put(&mut file, 0x38, &0xd1_u32.to_le_bytes());
    put(&mut file, 0x58, &(KERNEL + STORVSC_IMAGE + 0x1208).to_le_bytes());
    let report = examine(&file).unwrap();
    let blame = report.blame.unwrap();
    assert_eq!(
        (blame.module.as_str(), blame.offset, blame.function),
        ("storvsc.sys", Some(0x1208), None)
    );
}

/// Parameter 1 of 0x9E is the `EPROCESS` that did not answer; nobody is named where nothing is there.
#[test]
fn the_process_that_a_stop_code_points_to_is_named() {
    let of = |code: u32, parameter: u64| {
        let mut file = Machine::new().dump(1);
        put(&mut file, 0x38, &code.to_le_bytes());
        put(&mut file, 0x40, &parameter.to_le_bytes());
        let named = examine(&file).unwrap().system.named_process;
        named.map(|it| (it.value, it.basis))
    };
    let told = ("vmicsvc.exe".to_owned(), "the process that parameter 1 points to".to_owned());
    assert_eq!(of(0x9E, KERNEL + PROCESS), Some(told));
    assert_eq!(of(0x9E, KERNEL + 0x4000_0000), None);
    assert_eq!(of(0x9E, u64::MAX), None);
    assert_eq!(of(0xD1, KERNEL + PROCESS), None);
}

/// A jump into a driver that is gone: the address lies in an unloaded one.
#[test]
fn an_unloaded_driver_is_blamed_as_unloaded() {
    let mut file = Machine::new().dump(2);
    put(&mut file, 0x38, &0xce_u32.to_le_bytes());
    put(&mut file, 0x50, &(KERNEL + 0x201_0042).to_le_bytes());
    let blame = examine(&file).unwrap().blame.unwrap();
    assert_eq!((blame.module.as_str(), blame.offset), ("dump_storvsc.sys", Some(0x42)));
    assert!(blame.is_unloaded);
}

#[test]
fn a_cut_dump_says_how_much_is_left() {
    let file = Machine::new().dump(2);
    let report = examine(&file[..file.len() - 0x2800]).unwrap();
    let memory = report.memory.unwrap();
    assert_eq!((memory.pages_present, memory.pages_promised), (25, 28));
    assert!(report.problems.iter().any(|it| it.message.starts_with("25 of 28 pages")));
    assert_eq!(report.modules.len(), 3);
}

#[test]
fn what_cannot_be_read_is_said() {
    let message = |file: &[u8]| {
        let first = examine(file).unwrap().problems.into_iter().next();
        first.map_or_else(String::new, |problem| problem.message)
    };
    let mut file = Machine::new().dump(1);
    put(&mut file, 0xF98, &8_u32.to_le_bytes());
    assert_eq!(message(&file), "no list of page ranges follows the header");
    put(&mut file, 0xF98, &1_u32.to_le_bytes());
    put(&mut file, 0x1050, &0x100_u32.to_le_bytes());
    assert_eq!(message(&file), "the dump is encrypted and only its header can be read");
    put(&mut file, 0x1050, &4_u32.to_le_bytes());
    assert!(message(&file).starts_with("the page file was too small"));
    put(&mut file, 0x1050, &0_u32.to_le_bytes());
    // Present entries of x64 look like those of ARM64, so the tables must not be there at all.
    put(&mut file, 0x30, &0xAA64_u32.to_le_bytes());
    put(&mut file, 0x10, &0x7FFF_F000_u64.to_le_bytes());
    assert_eq!(message(&file), "the page tables of this ARM64 dump cannot be walked");
    put(&mut file, 0xF98, &3_u32.to_le_bytes());
    assert_eq!(examine(&file).unwrap().dump_type, "header only");
    assert_eq!(examine(&file).unwrap().problems, []);
}

/// Every cut near the tables, and every byte of the header and of some pages turned around.
#[test]
fn damage_is_survived() {
    let machine = Machine::new();
    for dump_type in [1, 2, 6, 9] {
        let whole = machine.dump(dump_type);
        for size in (8..0x2100).step_by(53).chain((0x2100..whole.len()).step_by(0x777)) {
            let _ = examine(&whole[..size]).unwrap();
        }
        let mut bytes = whole.clone();
        let header = (8..0xA0).chain(0xF98..0xF9C).chain(0x2000..0x2048);
        let pages = (0x2048..whole.len()).filter(|at| whole[*at] != 0);
        for at in header.chain(pages.step_by(3)) {
            for new in [!whole[at], 0xff, whole[at] ^ 1] {
                bytes[at] = new;
                let _ = examine(&bytes);
            }
            bytes[at] = whole[at];
        }
    }
}
