//! Logs of Windows NT 4 to 2003: whole, open, wrapped, damaged, and real ones of third parties.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod damage;
mod log;
mod real;
#[path = "../real_evidence/mod.rs"]
mod real_evidence;

use hvtriage_eventlog::{
    Container, Decoded, Event, LogFormat, Origin, identify, read_evt, read_evt_with_slack_each,
};

use log::{CLEAN, Content, DIRTY, HEADER, end_record, header, log, record, record_with, wrapped};

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
    Decoded { events, problems, ..Decoded::default() }
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
