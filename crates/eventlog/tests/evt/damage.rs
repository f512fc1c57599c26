//! Damaged logs: breaks, lost ends, wrong counts, every cut and every flipped byte.

use hvtriage_eventlog::{Decoded, LogFormat, Origin, identify, read_evt};

use crate::log::{
    CLEAN, Content, DIRTY, HEADER, end_record, header, log, record, record_with, words, wrapped,
};
use crate::{numbers, of_origin, with_slack};

#[test]
fn behind_a_break_records_are_salvaged() {
    let records: Vec<_> = (1..=5).map(record).collect();
    let length = records[0].len();
    let at = HEADER + length;
    // Its signature, its length, and the copy of its length.
    for damaged in [at + 4, at, at + 2, at + length - 4] {
        let mut bytes = log(&records, CLEAN);
        bytes[damaged] ^= 0xff;
        let decoded = read_evt(&bytes);
        assert_eq!(of_origin(&decoded, Origin::Stored), [1], "{damaged:#x}");
        assert_eq!(of_origin(&decoded, Origin::Salvaged), [3, 4, 5], "{damaged:#x}");
        assert_eq!(decoded.problems.len(), 1);
        assert_eq!(decoded.problems[0].at.0 as usize, at);
    }
}

#[test]
fn without_an_end_record_the_header_counts_and_then_everything() {
    let records = [record(1), record(2), record(3)];
    let end = HEADER + 3 * record(1).len();
    let mut bytes = log(&records, CLEAN);
    bytes[end + 4] = 0;
    let decoded = read_evt(&bytes);
    assert_eq!(of_origin(&decoded, Origin::Stored), [1, 2, 3]);
    assert_eq!((decoded.problems.len(), decoded.problems[0].at.0), (1, end as u64));

    let mut bytes = log(&records, DIRTY);
    bytes[end + 4] = 0;
    let decoded = read_evt(&bytes);
    assert_eq!(of_origin(&decoded, Origin::Salvaged), [1, 2, 3]);
    assert!(decoded.problems[0].message.contains("end record is missing"));

    // An end record that points to no record.
    let mut bytes = log(&records, DIRTY);
    bytes[end + 0x14] = 0x34;
    let decoded = read_evt(&bytes);
    assert_eq!(of_origin(&decoded, Origin::Salvaged), [1, 2, 3]);
    assert!(decoded.problems[0].message.contains("names no oldest record"));
}

/// An event may carry an end record in its data; it does not end the log.
#[test]
fn an_end_record_in_data_is_none() {
    let fake = end_record(HEADER, 0x999, 1000, 1);
    let content = Content { data: &fake, ..Content::default() };
    for flags in [CLEAN, DIRTY] {
        let decoded = read_evt(&log(&[record_with(1, 4, &content), record(2)], flags));
        assert_eq!((numbers(&decoded.events), decoded.problems), (vec![1, 2], vec![]));
    }
}

#[test]
fn a_zeroed_header_costs_nothing_else() {
    let mut bytes = log(&[record(1), record(2)], CLEAN);
    bytes[..HEADER].fill(0);
    assert_eq!(identify(&bytes), Some(LogFormat::Evt));
    let decoded = read_evt(&bytes);
    assert_eq!((of_origin(&decoded, Origin::Stored), decoded.problems.len()), (vec![1, 2], 1));
}

/// Counts and offsets that the record does not bear out.
#[test]
fn counts_are_held_against_the_record() {
    let content = Content { sid: &[1, 1, 0, 0], strings: &["a", "b"], data: &[9; 8] };
    let whole = record_with(1, 4, &content);
    // Field, its value, and what is said to be missing.
    for (at, value, lacks) in [
        (26, 0xffff_u32, "strings"),
        (36, 0xffff_fff0, "strings"),
        (36, 0, "strings"),
        (48, u32::MAX, "data"),
        (52, u32::MAX, "data"),
        (52, whole.len() as u32, "data"),
        (40, u32::MAX, "account"),
        (44, 0xffff_fffe, "account"),
    ] {
        let mut bytes = whole.clone();
        let width = if at == 26 { 2 } else { 4 };
        bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        let decoded = read_evt(&log(&[bytes, record(2)], CLEAN));
        assert_eq!(numbers(&decoded.events), [1, 2], "{at}");
        assert_eq!(decoded.problems[0].at.0, 0x30, "{at}");
        assert!(decoded.problems[0].message.contains(lacks), "{at}: {:?}", decoded.problems);
    }
    // An offset without a size points nowhere in real logs.
    let mut bytes = record(1);
    bytes[52..56].fill(0xff);
    bytes[44..48].fill(0xff);
    assert_eq!(read_evt(&log(&[bytes], CLEAN)).problems, []);
}

fn check(bytes: &[u8], most: usize) -> Decoded {
    let decoded = with_slack(bytes);
    assert!(decoded.events.len() <= most);
    for event in &decoded.events {
        assert!((event.offset.0 as usize) < bytes.len());
    }
    assert!(decoded.problems.iter().all(|problem| problem.at.0 <= bytes.len() as u64));
    decoded
}

#[test]
fn every_truncation() {
    let records: Vec<_> = (1..=4).map(record).collect();
    let length = records[0].len();
    let whole = log(&records, CLEAN);
    let bytes = wrapped(&records, 2 * length + 8, &vec![0; 5 * length], DIRTY);
    for cut in 0..whole.len() {
        let decoded = check(&whole[..cut], 4);
        let complete = cut.saturating_sub(HEADER) / length;
        assert_eq!(decoded.events.len(), complete.min(4), "cut at {cut:#x}");
        let is_log = cut >= HEADER + 4 * length + 0x28;
        assert_eq!(decoded.problems.is_empty(), is_log, "cut at {cut:#x}");
        check(&bytes[..cut.min(bytes.len())], 4);
    }
}

#[test]
fn every_byte_flip() {
    let records: Vec<_> = (1..=4).map(record).collect();
    let length = records[0].len();
    for bytes in [
        log(&records, CLEAN),
        log(&records, DIRTY),
        wrapped(&records, 2 * length + 8, &vec![0; 5 * length], DIRTY),
    ] {
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let decoded = check(&damaged, 4);
                assert!(decoded.events.len() >= 3, "{at:#x} ^ {flip:#x}: {decoded:#?}");
            }
        }
    }
}

/// Time must stay a small multiple of the size.
#[test]
fn hostile_repetition_ends_soon() {
    let start = header(HEADER, HEADER, 1, 0, DIRTY);
    let size = 400_000_u32;
    for unit in [
        words(&[0x654c_664c]),
        words(&[size - 0x40, 0x654c_664c]),
        words(&[0x40, 0x654c_664c, 1, 1]),
        end_record(HEADER, HEADER, 1, 1),
        record(1),
    ] {
        let mut bytes = start.clone();
        bytes.extend(unit.iter().cycle().take(size as usize));
        let decoded = with_slack(&bytes);
        assert!(decoded.events.len() <= 1);
    }
    let decoded = read_evt(&[start, vec![0x5a; 1000]].concat());
    assert!(decoded.events.is_empty() && !decoded.problems.is_empty());
}
