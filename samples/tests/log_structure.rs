//! The outer structure of a log, by the numbers of the format.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic in a test is how a test fails"
)]

use hvtriage_samples::event::{EventSpec, Payload, Value};
use hvtriage_samples::evtx::{CHUNK_SIZE, FILE_HEADER_SIZE, crc32, write_log};
use hvtriage_samples::instant::{SECOND, utc};

fn event(number: u64) -> EventSpec {
    EventSpec {
        provider: "Microsoft-Windows-Test",
        guid: Some("{11111111-2222-3333-4444-555555555555}"),
        event_source: None,
        id: 7,
        qualifiers: None,
        version: 0,
        level: 4,
        task: 0,
        keywords: 0,
        process: 4,
        thread: 8,
        channel: "System",
        computer: "HOST",
        time: utc(2012, 1, 8, 21, 14, 0) + number * SECOND,
        user: None,
        payload: Payload::EventData(vec![("Number", Value::U64(number))]),
    }
}

fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    bytes[at..at + len].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[test]
fn one_event_makes_one_chunk() {
    let log = write_log(&[event(0)], 41);
    assert_eq!(log.len(), 69_632);
    assert_eq!(&log[..8], b"ElfFile\0");
    assert_eq!(number(&log, 24, 8), 42, "next record id");
    assert_eq!(number(&log, 42, 2), 1, "chunks");
    assert_eq!(number(&log, 124, 4), u64::from(crc32(&[&log[..120]])));
    let chunk = &log[FILE_HEADER_SIZE..];
    assert_eq!(&chunk[..8], b"ElfChnk\0");
    assert_eq!((number(chunk, 8, 8), number(chunk, 16, 8)), (1, 1), "record numbers");
    assert_eq!((number(chunk, 24, 8), number(chunk, 32, 8)), (41, 41), "record ids");
    assert_eq!(number(chunk, 44, 4), 512, "last record");
    let free = usize::try_from(number(chunk, 48, 4)).unwrap();
    assert_eq!(number(chunk, 52, 4), u64::from(crc32(&[&chunk[512..free]])));
    assert_eq!(number(chunk, 124, 4), u64::from(crc32(&[&chunk[..120], &chunk[128..512]])));
}

#[test]
fn templates_stand_once_in_a_chunk() {
    let one = used(&write_log(&[event(0)], 1), 0);
    let two = used(&write_log(&[event(0), event(1)], 1), 0);
    let three = used(&write_log(&[event(0), event(1), event(2)], 1), 0);
    assert!(two - one < one / 3, "the second record repeats no template");
    assert_eq!(three - two, two - one);
}

#[test]
fn records_go_on_in_the_next_chunk() {
    let events: Vec<EventSpec> = (0..1_000).map(event).collect();
    let log = write_log(&events, 500);
    let chunks = (log.len() - FILE_HEADER_SIZE) / CHUNK_SIZE;
    assert!(chunks > 1);
    assert_eq!(number(&log, 42, 2), chunks as u64);
    assert_eq!(number(&log, 16, 8), chunks as u64 - 1, "last chunk");
    let mut next = 500;
    for index in 0..chunks {
        let chunk = &log[FILE_HEADER_SIZE + index * CHUNK_SIZE..][..CHUNK_SIZE];
        assert_eq!(number(chunk, 24, 8), next, "first record id of chunk {index}");
        let mut at = 512;
        while at < used(&log, index) {
            assert_eq!(&chunk[at..at + 4], b"**\0\0");
            assert_eq!(number(chunk, at + 8, 8), next);
            let size = usize::try_from(number(chunk, at + 4, 4)).unwrap();
            assert_eq!(number(chunk, at + size - 4, 4), size as u64, "copy of the size");
            at += size;
            next += 1;
        }
        assert_eq!(number(chunk, 32, 8), next - 1, "last record id of chunk {index}");
    }
    assert_eq!(next, 1_500);
}

/// Where the free space of a chunk begins.
fn used(log: &[u8], chunk: usize) -> usize {
    let chunk = &log[FILE_HEADER_SIZE + chunk * CHUNK_SIZE..];
    usize::try_from(number(chunk, 48, 4)).unwrap()
}
