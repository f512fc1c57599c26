//! From the lines of one printed event to the event.

use hvtriage_winfmt::{FileOffset, FileTime};

use super::clean;
use crate::{Event, Provider, text};

/// The labels in the order in which they are printed; the message follows the last.
pub(super) const LABELS: [&str; 12] = [
    "Log Name",
    "Source",
    "Date",
    "Event ID",
    "Task",
    "Level",
    "Opcode",
    "Keyword",
    "User",
    "User Name",
    "Computer",
    "Description",
];

/// The values of one event.
#[derive(Default)]
pub(super) struct Fields<'a> {
    /// In the order of [`LABELS`].
    values: [&'a str; LABELS.len()],
    /// What stands behind the last label, over all lines.
    message: &'a str,
    /// Whether the labels were known by their order alone.
    is_by_order: bool,
}

impl<'a> Fields<'a> {
    /// Reads the lines up to the message. Labels are known by their English name, or by their order
    /// when the first of them is another. An event without the last label is cut: the value before
    /// the cut may be half of what it was.
    pub(super) fn read(block: &'a str) -> Result<Self, &'static str> {
        let mut fields = Self::default();
        let mut order = 0_usize;
        let mut passed = 0_usize;
        for line in block.split_inclusive('\n') {
            passed = passed.saturating_add(line.len());
            let (label, value) = match line.split_once([':', '\u{ff1a}']) {
                Some((label, value)) => (clean(label), value),
                None if clean(line).is_empty() => continue,
                None => ("", ""),
            };
            if order == 0 {
                fields.is_by_order = LABELS.first() != Some(&label);
            }
            let known = LABELS.iter().position(|known| *known == label);
            let index = match known {
                _ if fields.is_by_order && label.is_empty() => break,
                _ if fields.is_by_order => Some(order),
                // A line that means nothing is left out.
                known => known,
            };
            order = order.saturating_add(1);
            let Some(index) = index else { continue };
            if index.saturating_add(1) == LABELS.len() {
                let start = passed.saturating_sub(value.len());
                fields.message = block.get(start..).unwrap_or_default();
                return Ok(fields);
            }
            fields.set(index, value);
        }
        Err("an event is cut, or its labels are not known")
    }

    /// Keeps a value. Where line breaks were lost, the next fields stand in it.
    fn set(&mut self, index: usize, value: &'a str) {
        let later = LABELS.iter().enumerate().take(LABELS.len().saturating_sub(1));
        let mut later = later.skip(index.saturating_add(1));
        let find = |(at, label): (usize, &&str)| {
            let (before, after) = value.split_once(&format!("  {label}: "))?;
            Some((at, before, after))
        };
        let next = if value.contains(": ") { later.find_map(find) } else { None };
        let (value, rest) = match next {
            Some((at, before, after)) => (before, Some((at, after))),
            None => (value, None),
        };
        if let Some(field) = self.values.get_mut(index) {
            *field = clean(value);
        }
        if let Some((at, after)) = rest {
            self.set(at, after);
        }
    }

    /// The event, or what it lacks to be one.
    pub(super) fn event(&self, offset: u64) -> Result<Event, &'static str> {
        let [channel, source, date, id, _, level, _, keyword, user, _, computer, _] = self.values;
        let text_of = |value: &str| if is_absent(value) { String::new() } else { value.to_owned() };
        let Ok(id) = id.parse::<u32>() else {
            return Err("an event has no number for its id");
        };
        let time_created = FileTime::parse_export(date).ok();
        if self.is_by_order && time_created.is_none() {
            return Err("an event has no time where its date should be");
        }
        Ok(Event {
            provider: Provider { name: text_of(source), guid: None, event_source: None },
            id,
            level: level_of(level),
            keywords: keywords_of(keyword),
            channel: text_of(channel),
            computer: text_of(computer),
            time_created,
            time_is_local: true,
            user_id: user.parse().ok(),
            message: text::message(self.message).filter(|message| !is_absent(message)),
            offset: FileOffset(offset),
            ..Event::default()
        })
    }
}

/// `wevtutil` prints this, in every language, for what an event has not or it could not find.
fn is_absent(value: &str) -> bool {
    value.is_empty() || value == "N/A"
}

/// The level of an English name. A question mark stands for a zero character in copies from a console.
fn level_of(name: &str) -> u8 {
    match name.trim_end_matches([' ', '?']) {
        "Critical" => 1,
        "Error" => 2,
        "Warning" => 3,
        "Information" => 4,
        "Verbose" => 5,
        _ => 0,
    }
}

/// The bits of the English names of standard keywords (`StandardEventKeywords` of .NET).
fn keywords_of(names: &str) -> u64 {
    names.split(',').map(|name| name.trim_matches([' ', '?', '\0'])).fold(0, |bits, name| {
        bits | match name {
            "Classic" => 0x0080_0000_0000_0000,
            "Audit Success" => 0x0020_0000_0000_0000,
            "Audit Failure" => 0x0010_0000_0000_0000,
            _ => 0,
        }
    })
}
