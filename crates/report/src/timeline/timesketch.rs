//! JSON lines as Timesketch imports them: `message`, `datetime` and `timestamp_desc` are what it demands.

use std::io;

use serde::Serialize;

use super::{iso, level_word, words};
use crate::events::EventRow;

#[derive(Serialize)]
struct Line<'a> {
    message: String,
    datetime: String,
    timestamp_desc: &'static str,
    computer_name: &'a str,
    source_name: &'a str,
    event_identifier: u32,
    event_level: &'static str,
    channel: &'a str,
    record_number: u64,
    strings: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<&'a str>,
    source_file: &'a str,
}

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    let line = Line {
        message: words(row),
        datetime: iso(event).unwrap_or_default(),
        timestamp_desc: if event.time_is_local {
            "Event logged (local time of an unknown zone)"
        } else {
            "Event logged"
        },
        computer_name: &event.computer,
        source_name: &event.provider.name,
        event_identifier: event.id,
        event_level: level_word(event.level),
        channel: &event.channel,
        record_number: event.record_id,
        strings: event.payload.values.iter().map(|value| value.text.as_str()).collect(),
        meaning: row.meaning,
        source_file: row.source,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.push(b'\n');
    Ok(())
}
