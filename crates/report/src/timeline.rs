//! Events of all machines in order of time, in the forms that timelines are read in.

mod ecs;
mod evtxecmd;
mod text;
mod timesketch;

use hvtriage_eventlog::Event;

use crate::events::EventRow;

/// A form of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimelineFormat {
    /// A line an event, for people.
    Text,
    /// The columns of EvtxECmd, for the tools that read its tables.
    Csv,
    /// One JSON object a line, as Timesketch imports them.
    Timesketch,
    /// One JSON object a line with the names of the Elastic Common Schema.
    Ecs,
}

/// What an event says in words: its message, else what it means, else who wrote it and its values.
fn words(row: &EventRow<'_>) -> String {
    if let Some(told) = row.message().or(row.meaning) {
        return told.to_owned();
    }
    let event = row.event;
    let values = event.payload.values.iter().map(|value| value.text.as_str());
    let values = values.filter(|text| !text.trim().is_empty()).take(VALUES_TOLD);
    let values = values.collect::<Vec<_>>().join(", ");
    let name = format!("{} event {}", event.provider.name, event.id);
    if values.is_empty() { name } else { format!("{name}: {values}") }
}

/// More values than this say nothing in one line.
const VALUES_TOLD: usize = 8;

impl TimelineFormat {
    /// What stands before the first event.
    #[must_use]
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => evtxecmd::head(),
            Self::Text | Self::Timesketch | Self::Ecs => Vec::new(),
        }
    }

    /// Whether an event has a place in this form: what reads JSON lines refuses those without a time.
    #[must_use]
    pub fn takes(self, event: &Event) -> bool {
        match self {
            Self::Text | Self::Csv => true,
            Self::Timesketch | Self::Ecs => iso(event).is_some(),
        }
    }

    /// Appends an event to `out`.
    pub fn write(self, row: &EventRow<'_>, out: &mut Vec<u8>) {
        let written = match self {
            Self::Text => text::write(row, out),
            Self::Csv => evtxecmd::write(row, out),
            Self::Timesketch => timesketch::write(row, out),
            Self::Ecs => ecs::write(row, out),
        };
        debug_assert!(written.is_ok(), "writing to memory does not fail: {written:?}");
    }
}

/// The time as programs read it; `None` without one, or with one that no calendar holds.
fn iso(event: &Event) -> Option<String> {
    event.time_created.filter(|time| time.ascii().is_some()).map(|time| time.to_string())
}

/// The word that Windows has for a level.
fn level_word(level: u8) -> &'static str {
    match level {
        1 => "Critical",
        2 => "Error",
        3 => "Warning",
        0 | 4 => "Information",
        5 => "Verbose",
        _ => "",
    }
}
