//! Forms of a timeline: what a hostile event can do in none of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use hvtriage_eventlog::{Event, PayloadValue};
use hvtriage_report::{EventRow, TimelineFormat};
use serde_json::Value;

fn hostile() -> Event {
    let mut event = Event {
        id: 7,
        level: 4,
        computer: "=cmd|' /C calc'!A0".into(),
        channel: "+System".into(),
        record_id: 9,
        time_created: "2012-01-08T21:14:00Z".parse().ok(),
        ..Event::default()
    };
    event.provider.name = "@Provider\u{1b}[2J".into();
    event.payload.values = vec![PayloadValue {
        name: Some("a\",\"b".into()),
        text: "line\r\n2012-01-08 00:00:00  fake".into(),
    }];
    event
}

fn written(format: TimelineFormat, event: &Event) -> String {
    let mut out = Vec::new();
    let row = EventRow { source: "-x.evtx", event, xml: None, meaning: None, message: None };
    format.write(&row, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn text_is_one_line_that_controls_no_terminal() {
    let text = written(TimelineFormat::Text, &hostile());
    assert_eq!(text.lines().count(), 1);
    assert!(text.starts_with("2012-01-08 21:14:00  "), "{text}");
    assert!(!text.trim_end().contains(|letter: char| letter.is_control()), "{text}");
}

/// The columns by number, as the header has them.
#[test]
fn a_table_has_no_formula_and_as_many_cells_as_columns() {
    let head = String::from_utf8(TimelineFormat::Csv.head()).unwrap();
    let columns: Vec<&str> = head.trim_start_matches('\u{feff}').trim_end().split(',').collect();
    let text = written(TimelineFormat::Csv, &hostile());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(row.len(), columns.len());
    let cell = |name: &str| &row[columns.iter().position(|it| *it == name).unwrap()];
    assert_eq!(cell("Computer"), "'=cmd|' /C calc'!A0");
    assert_eq!(cell("Channel"), "'+System");
    // Nothing of it is heeded by the terminal on which it may be shown.
    assert_eq!(cell("Provider"), "'@Provider\u{fffd}[2J");
    assert_eq!(cell("SourceFile"), "'-x.evtx");
    assert_eq!(cell("TimeCreated"), "2012-01-08 21:14:00.0000000");
    assert_eq!(cell("Level"), "Info");
    assert_eq!(cell("HiddenRecord"), "False");
}

#[test]
fn json_lines_are_one_object_each() {
    for format in [TimelineFormat::Timesketch, TimelineFormat::Ecs] {
        let text = written(format, &hostile());
        assert_eq!(text.lines().count(), 1);
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
    }
    let sketch: Value =
        serde_json::from_str(&written(TimelineFormat::Timesketch, &hostile())).unwrap();
    // What Timesketch demands.
    for field in ["message", "datetime", "timestamp_desc"] {
        assert!(sketch[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    let ecs: Value = serde_json::from_str(&written(TimelineFormat::Ecs, &hostile())).unwrap();
    assert_eq!(ecs["event"]["code"], "7");
    assert_eq!(ecs["winlog"]["event_data"]["a\",\"b"], "line\r\n2012-01-08 00:00:00  fake");
    assert_eq!(ecs["log"]["file"]["path"], "-x.evtx");
}

/// A time of an unknown zone is not told as if it were UTC; what has none has no place in JSON lines.
#[test]
fn times_that_are_not_sure_are_marked() {
    let local = Event { time_is_local: true, ..hostile() };
    assert!(written(TimelineFormat::Text, &local).starts_with("2012-01-08 21:14:00 (local)  "));
    assert!(written(TimelineFormat::Timesketch, &local).contains("local time of an unknown zone"));
    assert!(written(TimelineFormat::Ecs, &local).contains("local_time_of_unknown_zone"));
    let none = Event { time_created: None, ..hostile() };
    assert!(TimelineFormat::Csv.takes(&none) && TimelineFormat::Text.takes(&none));
    assert!(!TimelineFormat::Timesketch.takes(&none) && !TimelineFormat::Ecs.takes(&none));
    assert!(written(TimelineFormat::Text, &none).starts_with("no time  "));
}
