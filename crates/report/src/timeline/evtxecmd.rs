//! The columns of EvtxECmd's CSV, in its order, for what reads them: Timeline Explorer and scripts.
//!
//! `PayloadData1` to `6` are the first values with their names, where its maps choose some; `Payload` is all
//! of them as JSON, as there. What it takes from its maps alone (`UserName`, `RemoteHost`,
//! `ExecutableInfo`) stays empty, and so does `ChunkNumber`, which exports do not have.

use std::io;

use super::{iso, level_word};
use crate::events::{EventRow, json_of_values};
use crate::spreadsheet::{self, harmless, number, record};

/// As EvtxECmd 1.5 writes them.
const COLUMNS: [&str; 27] = [
    "RecordNumber",
    "EventRecordId",
    "TimeCreated",
    "EventId",
    "Level",
    "Provider",
    "Channel",
    "ProcessId",
    "ThreadId",
    "Computer",
    "ChunkNumber",
    "UserId",
    "MapDescription",
    "UserName",
    "RemoteHost",
    "PayloadData1",
    "PayloadData2",
    "PayloadData3",
    "PayloadData4",
    "PayloadData5",
    "PayloadData6",
    "ExecutableInfo",
    "HiddenRecord",
    "SourceFile",
    "Keywords",
    "ExtraDataOffset",
    "Payload",
];

const PAYLOAD_COLUMNS: usize = 6;

pub(super) fn head() -> Vec<u8> {
    spreadsheet::head(&COLUMNS)
}

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    let record_id = event.record_id.to_string();
    let described = row.meaning.or_else(|| row.message()).unwrap_or_default();
    let mut cells = vec![
        record_id.clone(),
        record_id,
        time(row),
        event.id.to_string(),
        level(event.level).to_owned(),
        harmless(&event.provider.name),
        harmless(&event.channel),
        number(event.process_id),
        number(event.thread_id),
        harmless(&event.computer),
        String::new(),
        event.user_id.as_ref().map_or_else(String::new, ToString::to_string),
        harmless(described),
        String::new(),
        String::new(),
    ];
    let values = event.payload.values.iter().take(PAYLOAD_COLUMNS);
    cells.extend(values.map(|value| match value.name.as_deref() {
        Some(name) if !name.is_empty() => harmless(&format!("{name}: {}", value.text)),
        _ => harmless(&value.text),
    }));
    let filled = COLUMNS.iter().position(|column| *column == "ExecutableInfo").unwrap_or(0);
    cells.resize(filled, String::new());
    let is_hidden = if event.origin == hvtriage_eventlog::Origin::Slack { "True" } else { "False" };
    cells.extend([
        String::new(),
        is_hidden.to_owned(),
        harmless(row.source),
        format!("{:#x}", event.keywords),
        "0".to_owned(),
        harmless(&json_of_values(&event.payload.values)?),
    ]);
    record(cells, out)
}

/// The word that EvtxECmd has for a level.
fn level(level: u8) -> &'static str {
    match level {
        0 => "LogAlways",
        4 => "Info",
        other => level_word(other),
    }
}

/// `2012-01-08 21:14:00.0000000`, UTC as there.
fn time(row: &EventRow<'_>) -> String {
    let text = iso(row.event).unwrap_or_default();
    text.trim_end_matches('Z').replacen('T', " ", 1)
}
