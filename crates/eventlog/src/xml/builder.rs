//! From the elements of one `Event` to the event.

use std::borrow::Cow;

use hvtriage_winfmt::{FileOffset, FileTime};
use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

use crate::{Container, Event, PayloadValue, Provider, text};

/// An event in the making.
pub(super) struct Builder {
    event: Event,
    has_system: bool,
    has_too_many: bool,
    section: Section,
    open: Vec<Element>,
}

/// A child of `Event`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    System,
    /// Values follow one another.
    Values,
    /// Values stand in an element of their own.
    UserData,
    /// What the machine made of the event: of it the message alone is wanted.
    Rendering,
    /// Nothing that is wanted.
    Other,
}

/// An element that is not closed yet.
struct Element {
    local_name: String,
    /// The `Name` attribute of a `Data` element.
    value_name: Option<String>,
    text: String,
    has_children: bool,
}

/// A record of a log has 64 KiB at most, and a value takes more than one byte of it.
const MAX_VALUES: usize = 65_536;

impl Builder {
    pub(super) fn new(offset: u64) -> Self {
        let event = Event { offset: FileOffset(offset), ..Event::default() };
        Self {
            event,
            has_system: false,
            has_too_many: false,
            section: Section::Other,
            open: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, element: &BytesStart<'_>) {
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        let local_name = element.local_name().as_ref().to_owned();
        match (self.open.len(), self.section) {
            (1, _) => self.enter(&local_name),
            (2, Section::System) => self.system_attributes(&local_name, element),
            (2, Section::UserData) => {
                self.event.payload.container = Container::UserData(local_name.clone());
            }
            _ => {}
        }
        let value_name = match self.section {
            Section::Values | Section::UserData => attribute(element, "Name"),
            Section::System | Section::Rendering | Section::Other => None,
        };
        let text = String::new();
        self.open.push(Element { local_name, value_name, text, has_children: false });
    }

    pub(super) fn text(&mut self, piece: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(piece);
        }
    }

    /// `&lt;`, `&#10;` and the like. Windows writes characters that XML forbids as references too
    /// (`&#0;`); they, and names that nothing defines, are kept as they stand.
    pub(super) fn reference(&mut self, name: &str) {
        let written = format!("&{name};");
        self.text(&unescape(&written).unwrap_or(Cow::Borrowed(&written)));
    }

    pub(super) fn close(&mut self) {
        let depth = self.open.len();
        let Some(element) = self.open.pop() else { return };
        match self.section {
            Section::System if depth == 3 => self.system_text(&element),
            Section::Values | Section::UserData if depth >= 3 && !element.has_children => {
                self.value(element);
            }
            Section::Rendering if depth == 3 && element.local_name == "Message" => {
                self.event.message = text::message(&element.text);
            }
            _ => {}
        }
    }

    /// The event, or what it lacks to be one.
    pub(super) fn finish(self) -> Result<Event, String> {
        if !self.has_system {
            return Err("an event has no System element".into());
        }
        if self.has_too_many {
            return Err(format!("an event has more than {MAX_VALUES} values"));
        }
        Ok(self.event)
    }

    /// A child of `Event` begins.
    fn enter(&mut self, name: &str) {
        self.section = match name {
            "System" => Section::System,
            "EventData" | "ProcessingErrorData" | "DebugData" => Section::Values,
            "UserData" => Section::UserData,
            "RenderingInfo" => Section::Rendering,
            _ => Section::Other,
        };
        match name {
            "System" => self.has_system = true,
            "EventData" => self.event.payload.container = Container::EventData,
            _ => {}
        }
    }

    fn system_attributes(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "Provider" => {
                self.event.provider = Provider {
                    name: attribute(element, "Name").unwrap_or_default(),
                    guid: attribute(element, "Guid").and_then(|text| text.parse().ok()),
                    event_source: attribute(element, "EventSourceName"),
                };
            }
            "EventID" => {
                self.event.qualifiers =
                    attribute(element, "Qualifiers").and_then(|text| text.parse().ok());
            }
            "TimeCreated" => {
                self.event.time_created = attribute(element, "SystemTime")
                    .and_then(|text| FileTime::parse_export(&text).ok());
            }
            "Execution" => {
                let number = |name| attribute(element, name).and_then(|text| text.parse().ok());
                self.event.process_id = number("ProcessID");
                self.event.thread_id = number("ThreadID");
            }
            "Security" => {
                self.event.user_id =
                    attribute(element, "UserID").and_then(|text| text.parse().ok());
            }
            _ => {}
        }
    }

    fn system_text(&mut self, element: &Element) {
        let text = element.text.trim();
        match element.local_name.as_str() {
            "EventID" => self.event.id = text.parse().unwrap_or_default(),
            "Version" => self.event.version = text.parse().unwrap_or_default(),
            "Level" => self.event.level = text.parse().unwrap_or_default(),
            "Task" => self.event.task = text.parse().unwrap_or_default(),
            "Opcode" => self.event.opcode = text.parse().unwrap_or_default(),
            "Keywords" => self.event.keywords = keywords(text),
            "EventRecordID" => self.event.record_id = text.parse().unwrap_or_default(),
            "Channel" => self.event.channel = text.to_owned(),
            "Computer" => self.event.computer = text.to_owned(),
            _ => {}
        }
    }

    fn value(&mut self, element: Element) {
        // Exports break lines inside an empty element; that is no value.
        let is_blank = element.text.trim().is_empty();
        let text = if is_blank { String::new() } else { element.text };
        match element.local_name.as_str() {
            "Binary" => self.event.payload.binary = hexadecimal(text.trim()),
            _ if self.event.payload.values.len() >= MAX_VALUES => self.has_too_many = true,
            "Data" => {
                self.event.payload.values.push(PayloadValue { name: element.value_name, text });
            }
            _ => {
                let name = element.value_name.unwrap_or(element.local_name);
                self.event.payload.values.push(PayloadValue { name: Some(name), text });
            }
        }
    }
}

/// Windows writes keywords in hexadecimal after `0x`.
pub(crate) fn keywords(text: &str) -> u64 {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// Text of an attribute, by its local name.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    let found = attributes
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let raw = found.value.into_owned();
    Some(unescape(&raw).map(|text| text.into_owned()).unwrap_or(raw))
}

/// Bytes that are written as two digits each.
pub(crate) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|one| u8::try_from(one).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some((digit(high)? << 4) | digit(low)?)).collect()
}
