//! Fields of both headers stand where the format's tables put them.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a missing corpus is told"
)]

use hvtriage_crashdump::{DumpFormat, MachineType, PhysicalRun, examine, identify};
use hvtriage_winfmt::{FileOffset, FileTime, VirtAddr};

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

fn filled(size: usize, mark: &[u8]) -> Vec<u8> {
    let mut file = b"PAGE".repeat(size / 4);
    put(&mut file, 4, mark);
    file
}

#[test]
fn a_header_of_fill_says_nothing() {
    for (size, mark) in [(0x2000, b"DU64"), (0x1000, b"DUMP")] {
        let report = examine(&filled(size, mark)).unwrap();
        let header = report.header.unwrap();
        assert_eq!((report.bugcheck, report.os_build, report.system_time), (None, None, None));
        assert_eq!((header.loaded_module_list, header.directory_table_base), (None, None));
        assert_eq!((header.comment, header.version_user, header.runs), (None, None, vec![]));
        assert_eq!(report.processor_count, None);
        assert!(report.attributes.is_empty());
    }
}

#[test]
fn the_32_bit_header() {
    let mut file = filled(0x1000, b"DUMP");
    for (at, value) in [
        (0x0C, 6002_u32),
        (0x10, 0x0012_2000),
        (0x14, 0x8230_0000),
        (0x18, 0x8213_1c70),
        (0x1C, 0x8213_0f58),
        (0x20, 0x14c),
        (0x24, 2),
        (0x28, 0x1000_008e),
        (0x2C, 0xc000_0005),
        (0x30, 0x8a12_3456),
        (0x34, 0x9abc_def0),
        (0x38, 0),
        (0x60, 0x8211_0c90),
        (0x64, 2),
        (0x68, 0x500),
        (0x6C, 1),
        (0x70, 0x9e),
        (0x74, 0x100),
        (0x78, 0x462),
        (0x320 + 0xB8, 0x8a12_3456),
        (0x320 + 0xC4, 0x9abc_e000),
        (0x7D0, 0x8000_0003),
        (0x7D4, 1),
        (0x7DC, 0x8205_1234),
        (0x7E0, 0),
        (0x8A0, 8),
        (0x8A4, 77),
        (0xF88, 3),
        (0xF94, 3),
    ] {
        put(&mut file, at, &value.to_le_bytes());
    }
    put(&mut file, 0x5C, &[1, 0]);
    put(&mut file, 0xFB8, &1_230_000_000_u64.to_le_bytes());
    put(&mut file, 0xFC0, &129_702_000_000_000_000_u64.to_le_bytes());
    put(&mut file, 0x820, b"made by hand\0");

    let report = examine(&file).unwrap();
    assert_eq!(report.format, DumpFormat::Kernel32);
    assert_eq!((report.dump_type.as_str(), report.os_build), ("header only", Some(6002)));
    assert_eq!((report.machine_type, report.processor_count), (MachineType::X86, Some(2)));
    let bugcheck = report.bugcheck.unwrap();
    assert_eq!((bugcheck.code, bugcheck.base_code()), (0x1000_008e, 0x8e));
    assert_eq!(bugcheck.parameters, [0xc000_0005, 0x8a12_3456, 0x9abc_def0, 0]);
    assert_eq!(report.bugcheck_at, FileOffset(0x28));
    assert_eq!(report.fault.unwrap().address, VirtAddr(0x8a12_3456));
    assert_eq!(report.system_time, Some(FileTime(129_702_000_000_000_000)));
    assert_eq!((report.uptime_ticks, report.product_type), (Some(1_230_000_000), Some(3)));
    assert_eq!(report.attributes, ["small dump written by the kernel"]);

    let header = report.header.unwrap();
    assert_eq!(header.directory_table_base, Some(0x12_2000));
    assert_eq!(header.pfn_database, Some(VirtAddr(0x8230_0000)));
    assert_eq!(header.loaded_module_list, Some(VirtAddr(0x8213_1c70)));
    assert_eq!(header.active_process_head, Some(VirtAddr(0x8213_0f58)));
    assert_eq!((header.has_pae, header.boot_id), (Some(true), Some(77)));
    assert_eq!(header.debugger_data, Some(VirtAddr(0x8211_0c90)));
    let runs = [(1, 0x9e), (0x100, 0x462)]
        .map(|(first_page, page_count)| PhysicalRun { first_page, page_count });
    assert_eq!((header.runs, header.page_count), (runs.to_vec(), Some(0x500)));
    assert_eq!(header.instruction_pointer, Some(VirtAddr(0x8a12_3456)));
    assert_eq!(header.stack_pointer, Some(VirtAddr(0x9abc_e000)));
    let exception = header.exception.unwrap();
    assert_eq!((exception.code, exception.address), (0x8000_0003, VirtAddr(0x8205_1234)));
    assert_eq!(header.comment.as_deref(), Some("made by hand"));
}

#[test]
fn a_cut_header_keeps_what_is_there() {
    let mut file = filled(0x2000, b"DU64");
    put(&mut file, 0x0C, &7601_u32.to_le_bytes());
    put(&mut file, 0x38, &0xd1_u32.to_le_bytes());
    file.truncate(0x3C);
    let report = examine(&file).unwrap();
    assert_eq!((report.os_build, report.bugcheck.unwrap().code), (Some(7601), 0xd1));
    let message = &report.problems[0].message;
    assert_eq!(message, "DUMP_HEADER: needs 8192 bytes, 60 are left");
}

#[test]
fn other_files_are_refused() {
    assert_eq!(identify(b"MDMP\x93\xa7\0\0"), Some(DumpFormat::User));
    assert_eq!(identify(b"MDMP\0\0\0\0"), None);
    let error = examine(b"MZ\x90\0\x03\0\0\0").unwrap_err();
    assert_eq!(error.to_string(), "dump signature: 0x300905a4d is not valid, at offset 0x0");
    assert!(examine(b"").is_err());
}
