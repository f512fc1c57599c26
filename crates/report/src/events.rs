//! Events for programs: JSON lines, XML and CSV.

mod csv;
mod json;
mod xml;

use std::collections::HashSet;
use std::io;

use hvtriage_eventlog::{Event, Origin, PayloadValue};

/// A form in which events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventFormat {
    /// One JSON object a line, see `docs/report-schema.md`.
    JsonLines,
    /// `Event` elements as Windows writes them, in an `Events` element.
    Xml,
    /// A table for spreadsheets, with a header.
    Csv,
}

/// An event as it is written out.
#[derive(Clone, Copy, Debug)]
pub struct EventRow<'a> {
    /// The file that it is from.
    pub source: &'a str,
    /// The event.
    pub event: &'a Event,
    /// Its XML, where it is at hand.
    pub xml: Option<&'a str>,
    /// What it means, where that is known and wanted.
    pub meaning: Option<&'a str>,
    /// Its message, where something tells it that the event does not.
    pub message: Option<&'a str>,
}

impl EventRow<'_> {
    pub(crate) fn message(&self) -> Option<&str> {
        self.message.or(self.event.message.as_deref())
    }
}

impl EventFormat {
    /// What stands before the first event.
    #[must_use]
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::JsonLines => Vec::new(),
            Self::Xml => b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n".to_vec(),
            Self::Csv => csv::head(),
        }
    }

    /// What stands after the last event.
    #[must_use]
    pub fn tail(self) -> &'static [u8] {
        match self {
            Self::Xml => b"</Events>\n",
            Self::JsonLines | Self::Csv => b"",
        }
    }

    /// Appends an event to `out`.
    pub fn write(self, row: &EventRow<'_>, out: &mut Vec<u8>) {
        let written = match self {
            Self::JsonLines => json::write(row, out),
            Self::Xml => xml::write(row, out),
            Self::Csv => csv::write(row, out),
        };
        debug_assert!(written.is_ok(), "writing to memory does not fail: {written:?}");
    }
}

/// The time, with the `Z` of UTC only where it is known to be UTC.
fn time_text(event: &Event) -> String {
    let mut text = event.time_created.map_or_else(String::new, |time| time.to_string());
    if event.time_is_local && text.ends_with('Z') {
        text.pop();
    }
    text
}

/// `Stored` is what every reader expects and goes without saying.
fn origin_word(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Stored => None,
        Origin::Salvaged => Some("salvaged"),
        Origin::Slack => Some("slack"),
    }
}

/// The names by which values can be told from each other: that of the first value that has it.
pub(crate) fn unique_names(values: &[PayloadValue]) -> impl Iterator<Item = Option<&str>> {
    // Nearly all events have few values; a hostile one has tens of thousands.
    const FEW: usize = 32;
    let mut seen = HashSet::new();
    values.iter().enumerate().map(move |(index, value)| {
        let name = value.name.as_deref().filter(|name| !name.starts_with('%'))?;
        let is_new = if values.len() > FEW {
            seen.insert(name)
        } else {
            values.iter().take(index).all(|before| before.name.as_deref() != Some(name))
        };
        Some(name).filter(|_| is_new)
    })
}

/// The values by name, as one JSON object.
pub(crate) fn json_of_values(values: &[PayloadValue]) -> io::Result<String> {
    let mut data = Vec::new();
    json::values(&mut data, values)?;
    Ok(String::from_utf8_lossy(&data).into_owned())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit =
        |number: u8| char::from_digit(number.into(), 16).unwrap_or('0').to_ascii_uppercase();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
