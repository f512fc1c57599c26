//! Events as a table that spreadsheets open.

use std::io;

use super::{EventRow, json_of_values, origin_word, time_text};
use crate::spreadsheet::{UTF8_MARK, harmless, record};

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

/// A mark that spreadsheets need to take the text for UTF-8, and the names of the columns.
pub(super) fn head() -> Vec<u8> {
    let mut head = UTF8_MARK.to_vec();
    head.extend_from_slice(COLUMNS.join(",").as_bytes());
    head.extend_from_slice(b"\r\n");
    head
}

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    let data = harmless(&json_of_values(&event.payload.values)?);
    let optional = |number: Option<u32>| number.map_or_else(String::new, |it| it.to_string());
    let fields: [String; 14] = [
        time_text(event),
        harmless(&event.computer),
        harmless(&event.channel),
        harmless(&event.provider.name),
        event.id.to_string(),
        event.level.to_string(),
        event.record_id.to_string(),
        event.user_id.as_ref().map_or_else(String::new, ToString::to_string),
        optional(event.process_id),
        data,
        harmless(row.message().unwrap_or_default()),
        origin_word(event.origin).unwrap_or_default().to_owned(),
        harmless(row.source),
        event.offset.0.to_string(),
    ];
    record(fields, out)
}
