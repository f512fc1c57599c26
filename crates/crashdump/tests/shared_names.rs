//! Small files in which thousands of entries share one long name.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_crashdump::examine;

const DIRECTORY: usize = 0x20;
const LIST: usize = 0x2C;

/// A minidump whose module list has `count` entries of 108 bytes, all called by the same `letters`.
fn minidump(count: usize, letters: usize) -> Vec<u8> {
    let list_bytes = 4 + 108 * count;
    let name_at = LIST + list_bytes;
    let mut bytes = b"MDMP\x93\xA7\0\0".to_vec();
    for number in [1, DIRECTORY, 0, 0, 0, 0] {
        bytes.extend_from_slice(&(number as u32).to_le_bytes());
    }
    // The module list is stream 4.
    for number in [4, list_bytes, LIST, count] {
        bytes.extend_from_slice(&(number as u32).to_le_bytes());
    }
    for _ in 0..count {
        let mut entry = [0; 108];
        entry[0..8].copy_from_slice(&0x1000_u64.to_le_bytes());
        entry[8..12].copy_from_slice(&0x1000_u32.to_le_bytes());
        entry[20..24].copy_from_slice(&(name_at as u32).to_le_bytes());
        bytes.extend_from_slice(&entry);
    }
    bytes.extend_from_slice(&(letters as u32 * 2).to_le_bytes());
    bytes.extend((0..letters).flat_map(|_| [b'a', 0]));
    bytes
}

#[test]
fn an_honest_list_is_read() {
    let report = examine(&minidump(1, 8)).unwrap();
    assert_eq!(report.modules.len(), 1);
    assert_eq!(report.modules.first().unwrap().name, "aaaaaaaa");
}

/// Copied for each entry, the name would take two gigabytes.
#[test]
fn a_shared_name_is_not_copied_for_every_module() {
    let bytes = minidump(10_000, 100_000);
    let report = examine(&bytes).unwrap();
    assert!(report.modules.is_empty());
    let told = report.problems.iter().any(|problem| problem.message.contains("10000 entries"));
    assert!(told, "{:?}", report.problems);
}
