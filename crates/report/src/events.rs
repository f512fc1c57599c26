//! Events for programs: JSON lines, XML and CSV.

mod csv;
mod xml;

use std::collections::HashSet;
use std::io;

use hvtriage_eventlog::{Event, Origin, PayloadValue};
use serde::ser::{Serialize, SerializeMap, Serializer};

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
    /// Its message, where it is known.
    pub message: Option<&'a str>,
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
            Self::JsonLines => json_line(row, out),
            Self::Xml => xml::write(row, out),
            Self::Csv => csv::write(row, out),
        };
        debug_assert!(written.is_ok(), "writing to memory does not fail: {written:?}");
    }
}

fn json_line(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.push(b'\n');
    Ok(())
}

/// `Stored` is what every reader expects and goes without saying.
fn origin_word(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Stored => None,
        Origin::Salvaged => Some("salvaged"),
        Origin::Slack => Some("slack"),
    }
}

impl Serialize for EventRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.event;
        let mut map = serializer.serialize_map(None)?;
        let time = event.time_created.map(|time| time.to_string());
        map.serialize_entry("time", &time)?;
        map.serialize_entry("computer", &event.computer)?;
        map.serialize_entry("channel", &event.channel)?;
        map.serialize_entry("provider", &event.provider.name)?;
        map.serialize_entry("event_id", &event.id)?;
        map.serialize_entry("level", &event.level)?;
        map.serialize_entry("record_id", &event.record_id)?;
        map.serialize_entry("data", &Values(&event.payload.values))?;
        if let Some(message) = self.message {
            map.serialize_entry("message", message)?;
        }
        if let Some(guid) = event.provider.guid {
            map.serialize_entry("provider_guid", &guid.to_string())?;
        }
        if let Some(name) = &event.provider.event_source {
            map.serialize_entry("event_source", name)?;
        }
        if let Some(qualifiers) = event.qualifiers {
            map.serialize_entry("qualifiers", &qualifiers)?;
        }
        map.serialize_entry("version", &event.version)?;
        map.serialize_entry("task", &event.task)?;
        map.serialize_entry("opcode", &event.opcode)?;
        map.serialize_entry("keywords", &format_args!("{:#018x}", event.keywords))?;
        if let Some(process) = event.process_id {
            map.serialize_entry("process_id", &process)?;
        }
        if let Some(thread) = event.thread_id {
            map.serialize_entry("thread_id", &thread)?;
        }
        if let Some(user) = &event.user_id {
            map.serialize_entry("user_id", &format_args!("{user}"))?;
        }
        if let Some(binary) = event.payload.binary.as_ref().filter(|binary| !binary.is_empty()) {
            map.serialize_entry("binary", &Hexadecimal(binary))?;
        }
        if let Some(origin) = origin_word(event.origin) {
            map.serialize_entry("origin", origin)?;
        }
        map.serialize_entry("source", self.source)?;
        map.serialize_entry("offset", &event.offset.0)?;
        map.end()
    }
}

/// Values by name. One without a name, or whose name an earlier one has, is called after its
/// place, as messages do: `%1` is the first.
struct Values<'a>(&'a [PayloadValue]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        let names = unique_names(self.0);
        for (index, value) in self.0.iter().enumerate() {
            match names.get(index).copied().flatten() {
                Some(name) => map.serialize_entry(name, &value.text)?,
                None => {
                    let place = index.saturating_add(1);
                    map.serialize_entry(&format_args!("%{place}"), &value.text)?;
                }
            }
        }
        map.end()
    }
}

/// The names by which values can be told from each other.
fn unique_names(values: &[PayloadValue]) -> Vec<Option<&str>> {
    // Nearly all events have few values; a hostile one has tens of thousands.
    const FEW: usize = 32;
    let mut seen = HashSet::new();
    let mut names: Vec<Option<&str>> = Vec::with_capacity(values.len());
    for value in values {
        let mut name = value.name.as_deref().filter(|name| !name.starts_with('%'));
        if let Some(one) = name {
            let is_new = if values.len() > FEW { seen.insert(one) } else { !names.contains(&name) };
            name = name.filter(|_| is_new);
        }
        names.push(name);
    }
    names
}

struct Hexadecimal<'a>(&'a [u8]);

impl Serialize for Hexadecimal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hexadecimal(self.0))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit =
        |number: u8| char::from_digit(number.into(), 16).unwrap_or('0').to_ascii_uppercase();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
