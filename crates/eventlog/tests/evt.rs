//! Logs of Windows NT 4 to 2003: whole, open, wrapped, damaged, and real ones of third parties.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::path::{Path, PathBuf};

use hvtriage_eventlog::{
    Container, Decoded, Event, LogFormat, Origin, identify, read_evt, read_evt_with_slack_each,
};

const HEADER: usize = 0x30;
const CLEAN: u32 = 0;
const DIRTY: u32 = 1;

fn text(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What a record holds behind its names.
#[derive(Default)]
struct Content<'a> {
    sid: &'a [u8],
    strings: &'a [&'a str],
    data: &'a [u8],
}

fn record_with(number: u32, event_type: u16, content: &Content<'_>) -> Vec<u8> {
    let mut tail = [text("Source"), text("HV01")].concat();
    let sid_offset = HEADER + 8 + tail.len();
    tail.extend(content.sid);
    let string_offset = HEADER + 8 + tail.len();
    tail.extend(content.strings.iter().flat_map(|one| text(one)));
    let data_offset = HEADER + 8 + tail.len();
    tail.extend(content.data);
    tail.resize(tail.len().next_multiple_of(4), 0);
    let length = (HEADER + 8 + tail.len() + 4) as u32;
    let time = 1_000_000_000 + number;
    let mut bytes = words(&[length, 0x654c_664c, number, time, time, 0x8000_1770 + number]);
    bytes.extend([event_type, content.strings.len() as u16, 7, 0].map(u16::to_le_bytes).concat());
    bytes.extend(words(&[
        0,
        string_offset as u32,
        content.sid.len() as u32,
        sid_offset as u32,
        content.data.len() as u32,
        data_offset as u32,
    ]));
    bytes.extend(tail);
    bytes.extend(length.to_le_bytes());
    bytes
}

fn record(number: u32) -> Vec<u8> {
    let first = format!("text {number}");
    record_with(number, 4, &Content { strings: &[&first, "", "z"], ..Content::default() })
}

fn end_record(oldest: usize, end: usize, next: u32, first: u32) -> Vec<u8> {
    let fixed = [0x28, 0x1111_1111, 0x2222_2222, 0x3333_3333, 0x4444_4444];
    [words(&fixed), words(&[oldest as u32, end as u32, next, first, 0x28])].concat()
}

fn header(oldest: usize, end: usize, next: u32, size: usize, flags: u32) -> Vec<u8> {
    let first = u32::from(oldest != end);
    words(&[
        0x30,
        0x654c_664c,
        1,
        1,
        oldest as u32,
        end as u32,
        next,
        first,
        size as u32,
        flags,
        0,
        0x30,
    ])
}

/// A log of these records that never wrapped, in a file that is larger than they are.
fn log(records: &[Vec<u8>], flags: u32) -> Vec<u8> {
    let body = records.concat();
    let end = HEADER + body.len();
    let next = records.len() as u32 + 1;
    // An open log has the header that it was made with.
    let known_end = if flags & DIRTY == 0 { end } else { HEADER };
    let mut bytes = header(HEADER, known_end, next, end + 0x100, flags);
    bytes.extend(body);
    bytes.extend(end_record(HEADER, end, next, 1));
    bytes.resize(end + 0x100, 0);
    bytes
}

/// A log whose circle holds `records`, the first of which begins `start` bytes into a circle of
/// `size` bytes; all else are `leftovers`.
fn wrapped(records: &[Vec<u8>], start: usize, leftovers: &[u8], flags: u32) -> Vec<u8> {
    let size = leftovers.len();
    let mut circle = leftovers.to_vec();
    let body = records.concat();
    let end = HEADER + (start + body.len()) % size;
    let first = u32::from_le_bytes(records[0][8..12].try_into().unwrap());
    let next = first + records.len() as u32;
    let end_bytes = end_record(HEADER + start, end, next, first);
    for (at, byte) in body.iter().chain(&end_bytes).enumerate() {
        circle[(start + at) % size] = *byte;
    }
    let mut bytes = header(HEADER + start, end, next, HEADER + size, flags | 2);
    if flags & DIRTY != 0 {
        bytes = header(HEADER, HEADER, 1, HEADER + size, flags);
    }
    bytes.extend(circle);
    bytes
}

fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.record_id).collect()
}

fn of_origin(decoded: &Decoded, origin: Origin) -> Vec<u64> {
    let of = decoded.events.iter().filter(|event| event.origin == origin);
    of.map(|event| event.record_id).collect()
}

fn with_slack(bytes: &[u8]) -> Decoded {
    let mut events = Vec::new();
    let problems = read_evt_with_slack_each(bytes, |event| events.push(event));
    Decoded { events, problems }
}

fn texts(event: &Event) -> Vec<&str> {
    event.payload.values.iter().map(|value| value.text.as_str()).collect()
}

#[test]
fn every_field() {
    let sid = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
    let content = Content { sid: &sid, strings: &["a", "", "b"], data: &[1, 2, 3] };
    let bytes = log(&[record_with(1, 0x10, &content)], CLEAN);
    assert_eq!(identify(&bytes), Some(LogFormat::Evt));
    let decoded = read_evt(&bytes);
    assert_eq!(decoded.problems, []);
    let event = &decoded.events[0];
    assert_eq!((event.provider.name.as_str(), event.computer.as_str()), ("Source", "HV01"));
    assert_eq!((event.provider.event_source.as_ref(), event.channel.as_str()), (None, ""));
    assert_eq!((event.id, event.qualifiers), (0x1771, Some(0x8000)));
    assert_eq!((event.level, event.keywords), (0, 0x0090_0000_0000_0000));
    assert_eq!((event.task, event.record_id, event.offset.0), (7, 1, 0x30));
    assert_eq!(event.time_created.unwrap().to_string(), "2001-09-09T01:46:41.0000000Z");
    assert_eq!(event.user_id.as_ref().unwrap().to_string(), "S-1-5-32-544");
    assert_eq!(event.payload.container, Container::EventData);
    assert_eq!(texts(event), ["a", "", "b"]);
    assert_eq!(event.payload.binary.as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!((event.origin, event.message.as_ref()), (Origin::Stored, None));
}

#[test]
fn an_open_log_says_the_same_as_a_closed_one() {
    let records = [record(1), record(2), record(3)];
    let (closed, open) = (read_evt(&log(&records, CLEAN)), read_evt(&log(&records, DIRTY)));
    assert_eq!(numbers(&closed.events), [1, 2, 3]);
    assert_eq!((closed.events, closed.problems), (open.events, open.problems));
    let empty = read_evt(&log(&[], DIRTY));
    assert_eq!((empty.events.len(), empty.problems.len()), (0, 0));
}

#[test]
fn a_record_that_wraps_is_joined() {
    let records: Vec<_> = (300..305).map(record).collect();
    let length = records[0].len();
    // The third record meets the end of the file, at each of the places where it may be split.
    for split in (0x38..length).step_by(4) {
        let size = length * 7;
        let start = size - 2 * length - split;
        for flags in [CLEAN, DIRTY] {
            let bytes = wrapped(&records, start, &vec![0xcc; size], flags);
            let decoded = read_evt(&bytes);
            assert_eq!(numbers(&decoded.events), [300, 301, 302, 303, 304], "{split:#x}");
            assert_eq!(decoded.problems, [], "{split:#x}");
            assert!(decoded.events.iter().all(|event| event.origin == Origin::Stored));
            assert_eq!(texts(&decoded.events[2]), ["text 302", "", "z"]);
            assert_eq!(decoded.events[2].offset.0 as usize, HEADER + start + 2 * length);
        }
    }
}

#[test]
fn unused_last_bytes_and_a_split_end_record_are_no_damage() {
    let (records, length) = ([record(1), record(2), record(3)], record(1).len());
    // The second record did not fit into the last 0x20 bytes.
    let filler = [0x27, 0, 0, 0].repeat(8);
    let mut circle = [records[1].clone(), records[2].clone()].concat();
    let end = HEADER + circle.len();
    circle.extend(end_record(HEADER + 2 * length + 0x40, end, 4, 1));
    circle.resize(2 * length + 0x40, 0);
    circle.extend([records[0].clone(), filler].concat());
    let oldest = HEADER + 2 * length + 0x40;
    let bytes = [header(oldest, end, 4, HEADER + circle.len(), 2), circle].concat();
    let decoded = read_evt(&bytes);
    assert_eq!((numbers(&decoded.events), decoded.problems), (vec![1, 2, 3], vec![]));

    for split in (4..0x28).step_by(4) {
        let size = length * 3 + split + 0x60;
        let start = 0x60;
        let bytes = wrapped(&records, start, &vec![0; size], DIRTY);
        assert_eq!(bytes.len() - HEADER - start - 3 * length, split);
        let decoded = read_evt(&bytes);
        assert_eq!((numbers(&decoded.events), decoded.problems), (vec![1, 2, 3], vec![]));
    }
}

#[test]
fn leftovers_are_kept_apart() {
    let length = record(90).len();
    let old = [record(90), record(91), record(92), record(93), record(94)].concat();
    let records: Vec<_> = (95..97).map(record).collect();
    let bytes = wrapped(&records, 0, &old, CLEAN);
    // The end record stands over part of 92; 93 and 94 are whole.
    let decoded = read_evt(&bytes);
    assert_eq!((numbers(&decoded.events), decoded.problems.len()), (vec![95, 96], 0));
    let decoded = with_slack(&bytes);
    assert_eq!(of_origin(&decoded, Origin::Stored), [95, 96]);
    assert_eq!(of_origin(&decoded, Origin::Slack), [93, 94]);
    assert_eq!(decoded.problems, []);
    assert_eq!(decoded.events[2].offset.0 as usize, HEADER + 3 * length);
    // Not in between, and not what is left of a record under the live ones.
    let bytes = wrapped(&records, 8, &old, CLEAN);
    assert_eq!(numbers(&with_slack(&bytes).events), [95, 96, 93, 94]);
}

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
fn a_record_that_stands_there_twice_is_given_once() {
    let records = [record(1), record(2), record(2), record(1), record(3)];
    let decoded = read_evt(&log(&records, DIRTY));
    assert_eq!((numbers(&decoded.events), decoded.problems.len()), (vec![1, 2, 3], 0));
    // A record of the same number that says something else is another one.
    let other = record_with(2, 1, &Content::default());
    let decoded = read_evt(&log(&[record(1), record(2), other], DIRTY));
    assert_eq!(numbers(&decoded.events), [1, 2, 2]);
    // A leftover that is a copy of a live record says nothing new.
    let bytes = wrapped(&[record(1)], 0, &[record(9), record(9), record(1)].concat(), CLEAN);
    assert_eq!(numbers(&with_slack(&bytes).events), [1]);
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

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("left out: no real evidence at {} (set HVTRIAGE_CORPUS)", folder.display());
    None
}

/// Number, time, level, keywords, task, id and end of the text of each event, as `evtexport` of libevt
/// 20200926 prints them (types 4, 1, 2, 16, 8); the data was read off a dump of the bytes.
#[test]
fn real_logs_say_what_another_reader_says() {
    let Some(corpus) = corpus() else { return };
    let classic = 0x0080_0000_0000_0000;
    let rows = [
        (1, "2021-07-21T02:40:16", 4, 0, 1, 1, "information", None),
        (2, "2021-07-21T02:40:46", 2, 0, 1, 2, "error", None),
        (3, "2021-07-21T02:41:00", 3, 0, 1, 3, "warning", None),
        (4, "2021-07-21T03:11:38", 0, 1 << 52, 99, 65534, "failure audit", Some((0x20, b'T'))),
        (5, "2021-07-21T03:16:51", 0, 1 << 53, 1, 5, "success audit", Some((0x24, b'T'))),
    ];
    for name in ["evtx/legacy/TestLog.evt", "evtx/malformed/TestLog-dirty.evt"] {
        let bytes = std::fs::read(corpus.join(name)).unwrap();
        assert_eq!(identify(&bytes), Some(LogFormat::Evt), "{name}");
        let decoded = with_slack(&bytes);
        assert_eq!(decoded.problems, [], "{name}");
        assert_eq!(decoded.events.len(), rows.len(), "{name}");
        for (event, row) in decoded.events.iter().zip(rows) {
            let (number, time, level, keywords, task, id, end, data) = row;
            assert_eq!((event.record_id, event.id, event.task), (number, id, task), "{name}");
            assert_eq!((event.level, event.keywords), (level, classic | keywords), "{name}");
            let found = event.time_created.unwrap().to_string();
            assert_eq!(found, format!("{time}.0000000Z"), "{name}");
            assert_eq!((event.provider.name.as_str(), event.qualifiers), ("TestApp", Some(0)));
            assert_eq!(
                (event.computer.as_str(), event.user_id.as_ref()),
                ("POPSICKL-79ADD4", None)
            );
            assert_eq!(event.payload.values.len(), 1, "{name}");
            assert!(texts(event)[0].ends_with(&format!(", {end}")), "{name}");
            let binary = event.payload.binary.as_ref().map(|data| (data.len(), data[0]));
            assert_eq!(binary, data, "{name}");
            assert_eq!(event.origin, Origin::Stored);
        }
    }
}

/// Writes the logs of this file's tests where another reader can be run on them.
#[test]
#[ignore = "writes files for comparison with another reader"]
fn logs_for_another_reader() {
    let Some(folder) = std::env::var_os("HVTRIAGE_EVT_OUT").map(PathBuf::from) else { return };
    let records: Vec<_> = (300..305).map(record).collect();
    let size = 0x1_0000 - HEADER;
    let start = size - 2 * records[0].len() - 0x40;
    for (name, bytes) in [
        ("plain.evt", log(&records, CLEAN)),
        ("wrapped.evt", wrapped(&records, start, &vec![0; size], CLEAN)),
        ("wrapped-dirty.evt", wrapped(&records, start, &vec![0; size], DIRTY)),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
