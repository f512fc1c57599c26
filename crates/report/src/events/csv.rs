//! Events as a table that spreadsheets open.

use std::io;

use super::{EventRow, json_of_values, origin_word, time_text};
use crate::spreadsheet::{self, harmless, number, record};

const COLUMNS: [&str; 14] = [
    "Time",
    "Computer",
    "Channel",
    "Provider",
    "EventId",
    "Level",
    "RecordId",
    "UserId",
    "ProcessId",
    "Data",
    "Message",
    "Origin",
    "Source",
    "Offset",
];

pub(super) fn head() -> Vec<u8> {
    spreadsheet::head(&COLUMNS)
}

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    let data = harmless(&json_of_values(&event.payload.values)?);
    let fields: [String; 14] = [
        time_text(event),
        harmless(&event.computer),
        harmless(&event.channel),
        harmless(&event.provider.name),
        event.id.to_string(),
        event.level.to_string(),
        event.record_id.to_string(),
        event.user_id.as_ref().map_or_else(String::new, ToString::to_string),
        number(event.process_id),
        data,
        harmless(row.message().unwrap_or_default()),
        origin_word(event.origin).unwrap_or_default().to_owned(),
        harmless(row.source),
        event.offset.0.to_string(),
    ];
    record(fields, out)
}
