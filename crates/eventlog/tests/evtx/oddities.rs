//! What is odd in logs that are whole.

use super::{CHUNK_BYTES, HEADER_BYTES, contents, places, read, sample, u64_at};

/// The headers of records of a log that was copied while in use hold 0, or the time of the record
/// behind them, and in some logs another number than `EventRecordID`: `System` is the truth.
#[test]
fn times_and_numbers_of_record_headers_do_not_count() {
    let whole = sample();
    let expected = read(&whole);
    let places = places(&whole);
    let mut bytes = whole.clone();
    for (index, place) in places.iter().enumerate() {
        let next = places.get(index + 1).map_or(0, |next| u64_at(&whole, next.start + 16));
        let time = if index % 2 == 0 { next } else { 0 };
        bytes[place.start + 16..place.start + 24].copy_from_slice(&time.to_le_bytes());
    }
    let decoded = read(&bytes);
    assert_eq!(decoded.events, expected.events);
    assert_eq!(decoded.coverage, expected.coverage);
    // Numbers that all are others by the same amount, with the chunk headers that belong to them.
    for place in &places {
        bytes[place.start + 8..place.start + 16].copy_from_slice(&(place.id + 7).to_le_bytes());
    }
    for chunk in (HEADER_BYTES..whole.len()).step_by(CHUNK_BYTES) {
        for field in [24, 32] {
            let id = u64_at(&whole, chunk + field) + 7;
            bytes[chunk + field..chunk + field + 8].copy_from_slice(&id.to_le_bytes());
        }
    }
    assert_eq!(read(&bytes).events, expected.events);
}

/// Flag 4 of a chunk: no checksums were written. Flags that nobody knows stand in the file header of
/// some logs (0x1B970400 in a Security log that was put together by a tool).
#[test]
fn a_log_without_checksums_is_no_damaged_one() {
    let whole = sample();
    let expected = contents(&read(&whole));
    let mut bytes = whole.clone();
    for chunk in (HEADER_BYTES..whole.len()).step_by(CHUNK_BYTES) {
        bytes[chunk + 52..chunk + 56].fill(0);
        bytes[chunk + 124..chunk + 128].fill(0);
    }
    assert!(!read(&bytes).problems.is_empty());
    for chunk in (HEADER_BYTES..whole.len()).step_by(CHUNK_BYTES) {
        bytes[chunk + 120] |= 4;
    }
    bytes[120..124].copy_from_slice(&0x1B97_0400_u32.to_le_bytes());
    let decoded = read(&bytes);
    assert_eq!(contents(&decoded), expected);
    assert_eq!(decoded.problems, []);
}

/// Versions 3.1 and 3.2 of the file do not differ in what is read; counts of the header are wrong in
/// a log that is in use.
#[test]
fn versions_and_counts_of_the_file_header_do_not_count() {
    let whole = sample();
    let expected = read(&whole);
    for (minor, count) in [(2_u16, 0_u16), (1, 1), (2, 60_000)] {
        let mut bytes = whole.clone();
        bytes[36..38].copy_from_slice(&minor.to_le_bytes());
        bytes[42..44].copy_from_slice(&count.to_le_bytes());
        let decoded = read(&bytes);
        assert_eq!((decoded.events, decoded.problems), (expected.events.clone(), vec![]));
    }
}

/// A log that was just made or cleared: chunks of zeros, or one with a header and no record.
#[test]
fn an_empty_log_is_no_damaged_one() {
    let header = &sample()[..HEADER_BYTES];
    assert_eq!(read(header).problems, []);
    let zeros = [header, &[0; CHUNK_BYTES]].concat();
    assert_eq!(read(&zeros).problems, []);
    let mut chunk = vec![0; CHUNK_BYTES];
    chunk[..8].copy_from_slice(b"ElfChnk\0");
    for (at, value) in [(8, 1_u64), (16, u64::MAX), (24, u64::MAX), (32, u64::MAX)] {
        chunk[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
    for (at, value) in [(40, 128_u32), (44, 512), (48, 512), (120, 4)] {
        chunk[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    let decoded = read(&[header, &chunk].concat());
    assert_eq!((decoded.events.len(), decoded.problems), (0, vec![]));
}
