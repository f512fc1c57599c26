//! Headers and tables of kernel dumps that promise more than any file can hold: what is there is
//! read, the rest is said, at once.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::time::Instant;

use hvtriage_crashdump::{CrashReport, examine};

const PAGES: u64 = 4;

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// An x64 header of type `dump_type` with a STOP code, and room for `behind` bytes.
fn header(dump_type: u32, behind: usize) -> Vec<u8> {
    let mut file = b"PAGE".repeat(0x800);
    put(&mut file, 4, b"DU64");
    put(&mut file, 0x0C, &9600_u32.to_le_bytes());
    put(&mut file, 0x10, &0x1000_u64.to_le_bytes());
    put(&mut file, 0x20, &0xffff_f800_0000_0000_u64.to_le_bytes());
    put(&mut file, 0x30, &0x8664_u32.to_le_bytes());
    put(&mut file, 0x38, &0xEF_u32.to_le_bytes());
    put(&mut file, 0xF98, &dump_type.to_le_bytes());
    put(&mut file, 0x1050, &[0; 4]);
    file.resize(0x2000 + behind, 0);
    file
}

fn with_runs(runs: &[(u64, u64)], count: u32) -> Vec<u8> {
    let mut file = header(1, PAGES as usize * 0x1000);
    put(&mut file, 0x88, &count.to_le_bytes());
    for (index, (first_page, page_count)) in runs.iter().enumerate() {
        put(&mut file, 0x98 + index * 16, &first_page.to_le_bytes());
        put(&mut file, 0xA0 + index * 16, &page_count.to_le_bytes());
    }
    file
}

/// The report, and that it took less than a second.
fn at_once(file: &[u8]) -> CrashReport {
    let begin = Instant::now();
    let report = examine(file).unwrap();
    assert!(begin.elapsed().as_secs() < 1, "{:?}", begin.elapsed());
    assert_eq!(report.bugcheck.unwrap().code, 0xEF, "the header is read in any case");
    report
}

fn says(report: &CrashReport, words: &str) {
    let found = report.problems.iter().any(|problem| problem.message.contains(words));
    assert!(found, "no '{words}' in {:?}", report.problems);
}

#[test]
fn runs_longer_than_any_memory() {
    let report = at_once(&with_runs(&[(1, 2), (0x100, 1 << 40), (0x80, 1)], 3));
    let memory = report.memory.unwrap();
    assert_eq!((memory.pages_present, memory.pages_promised), (4, (1 << 40) + 3));
    says(&report, "4 of 1099511627779 pages are in the file");
    let report = at_once(&with_runs(&[(u64::MAX, u64::MAX), (1, u64::MAX)], 2));
    assert_eq!(report.memory.unwrap().pages_promised, u64::MAX);
}

/// The header has room for 42 runs; behind them stands the processor's context.
#[test]
fn more_runs_than_the_header_holds() {
    let runs: Vec<(u64, u64)> = (0..42).map(|index| (index * 2, 1)).collect();
    for count in [43, u32::MAX] {
        let report = at_once(&with_runs(&runs, count));
        assert_eq!(report.header.as_ref().unwrap().runs.len(), 42);
        says(&report, &format!("42 of {count} runs of memory fit the header"));
        assert_eq!(report.memory.unwrap().pages_present, PAGES);
    }
}

#[test]
fn runs_that_claim_the_same_pages() {
    let report = at_once(&with_runs(&[(1, 4), (1, 4), (2, 1)], 3));
    assert_eq!(report.memory.unwrap().pages_promised, 9);
}

/// A bitmap of 2^35 pages would take 4 GiB; the file holds 32 KiB of it and no page.
#[test]
fn a_bitmap_longer_than_the_file() {
    let mut file = header(5, 0x8038);
    put(&mut file, 0x2000, b"FDMPDUMP");
    put(&mut file, 0x2020, &(1_u64 << 40).to_le_bytes());
    put(&mut file, 0x2028, &9_u64.to_le_bytes());
    put(&mut file, 0x2030, &(1_u64 << 35).to_le_bytes());
    file[0x2038..0xA038].fill(0xFF);
    let report = at_once(&file);
    assert_eq!(report.dump_type, "bitmap full");
    says(&report, "the page bitmap is cut after 32768 of 4294967296 bytes");
    let memory = report.memory.unwrap();
    assert_eq!((memory.pages_present, memory.pages_promised), (0, 0x4_0000));
    put(&mut file, 0x2030, &u64::MAX.to_le_bytes());
    says(&at_once(&file), "FirstPage");
}

#[test]
fn page_ranges_longer_than_the_file() {
    let mut file = header(8, 0x1000);
    put(&mut file, 0x2000, b"\x40\0\0\0RDMPDUMP");
    let first_page = 0x2000_u64 + (1 << 45);
    put(&mut file, 0x2010, &(first_page - 0x2020).to_le_bytes());
    put(&mut file, 0x2018, &first_page.to_le_bytes());
    for at in (0x2030..0x3000).step_by(16) {
        put(&mut file, at, &1_u64.to_le_bytes());
        put(&mut file, at + 8, &u64::MAX.to_le_bytes());
    }
    let report = at_once(&file);
    says(&report, "the list of page ranges is cut after 253 of");
    assert_eq!(report.memory.unwrap().pages_present, 0);
}

/// Every offset of a small dump lies past the file, every count is as large as can be.
#[test]
fn a_small_dump_whose_parts_are_elsewhere() {
    let mut file = header(4, 0x1000);
    file[0x2000..0x2080].fill(0xFF);
    put(&mut file, 0x2008, &0x2FFC_u32.to_le_bytes());
    put(&mut file, 0x2FFC, b"TRGD");
    let report = at_once(&file);
    assert_eq!((report.modules.len(), report.unloaded.len()), (0, 0));
    says(&report, "12288 of 4294967295 bytes are in the file");
    says(&report, "0 of 4294967295 driver entries are in the file");
    says(&report, "0 of 4294967295 data blocks are in the file");
    // Without its type it is still known by the mark at its end.
    put(&mut file, 0xF98, b"PAGE");
    assert_eq!(at_once(&file).dump_type, "triage");
}

/// 40,000 data blocks that all claim the whole address space, with the whole file in it.
#[test]
fn data_blocks_that_overlap() {
    const COUNT: usize = 40_000;
    let mut file = header(4, 0x1000 + COUNT * 16);
    put(&mut file, 0x2008, &0x2FFC_u32.to_le_bytes());
    put(&mut file, 0x2FFC, b"TRGD");
    put(&mut file, 0x2078, &0x3000_u32.to_le_bytes());
    put(&mut file, 0x207C, &(COUNT as u32).to_le_bytes());
    for index in 0..COUNT {
        let at = 0x3000 + index * 16;
        put(&mut file, at, &(index as u64 * 7919 % 65_536).to_le_bytes());
        put(&mut file, at + 12, &u32::MAX.to_le_bytes());
    }
    assert_eq!(at_once(&file).dump_type, "triage");
}

/// The file holds `PAGE` where its page tables would be, as where the writer did not come to them.
#[test]
fn pages_of_fill_lead_nowhere() {
    let mut file = with_runs(&[(1, 4)], 1);
    let fill = b"PAGE".repeat(0x1000);
    put(&mut file, 0x2000, &fill);
    let report = at_once(&file);
    assert!(report.modules.is_empty());
    assert!(!report.problems.is_empty());
}

#[test]
fn an_encrypted_dump_says_so_and_a_decrypted_one_is_read() {
    let mut file = with_runs(&[(1, 4)], 1);
    put(&mut file, 0x1050, &0x100_u32.to_le_bytes());
    let report = at_once(&file);
    assert_eq!(report.attributes, ["encrypted"]);
    assert_eq!(report.memory, None);
    says(&report, "the dump is encrypted");
    put(&mut file, 0x1050, &0x300_u32.to_le_bytes());
    assert_eq!(at_once(&file).memory.unwrap().pages_present, PAGES);
}

#[test]
fn attributes_are_said_in_words() {
    let mut file = with_runs(&[(1, 4)], 1);
    put(&mut file, 0x38, &0x161_u32.to_le_bytes());
    put(&mut file, 0x1050, &0x70_u32.to_le_bytes());
    let report = examine(&file).unwrap();
    assert_eq!(report.attributes, ["live dump", "made from another dump", "filtered"]);
    assert_eq!(report.bugcheck.unwrap().code, 0x161);
}
