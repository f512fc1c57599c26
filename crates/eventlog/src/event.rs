//! An event, whatever form it was stored in.

use hvtriage_winfmt::{FileOffset, FileTime, Guid, Sid};

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Who wrote it.
    pub provider: Provider,
    /// EventID.
    pub id: u32,
    /// Qualifiers of a classic event.
    pub qualifiers: Option<u16>,
    /// Version of the event's layout; 0 where it is left out.
    pub version: u8,
    /// 0 log always, 1 critical, 2 error, 3 warning, 4 information, 5 verbose. A text that names the
    /// level in another language than English leaves it 0 (see [`crate::read_listing`]).
    pub level: u8,
    /// Task, a number of the provider's own; 0 is none.
    pub task: u16,
    /// Opcode; 0 is none (info).
    pub opcode: u8,
    /// Keywords, as the bits that they are.
    pub keywords: u64,
    /// The process that wrote it.
    pub process_id: Option<u32>,
    /// The thread that wrote it.
    pub thread_id: Option<u32>,
    /// The log it was written to.
    pub channel: String,
    /// The computer that wrote it.
    pub computer: String,
    /// EventRecordID.
    pub record_id: u64,
    /// TimeCreated; `None` when it is missing or no time.
    pub time_created: Option<FileTime>,
    /// Whether that time is not UTC but the local time of the machine that printed the event, whose
    /// zone is not known: so it is in the text of `wevtutil`.
    pub time_is_local: bool,
    /// The account it was written under.
    pub user_id: Option<Sid>,
    /// What it says.
    pub payload: Payload,
    /// The text that came with it: the message with its inserts filled in, in the language of the
    /// machine that wrote or exported it. Lines end in a line feed alone. Logs do not hold it.
    pub message: Option<String>,
    /// How whole the place is that it was read from.
    pub origin: Origin,
    /// Offset of its record in a binary log, or of its `Event` element in an export.
    pub offset: FileOffset,
}

/// How whole the place is that an event was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The log keeps it as one of its records.
    #[default]
    Stored,
    /// It was found behind damage, or in a part of the log that does not name it.
    Salvaged,
    /// It stands in space that the log has given up: a record from before the log wrapped or was
    /// cleared.
    Slack,
}

/// The component that wrote an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// Name, as written: case differs between Windows versions.
    pub name: String,
    /// GUID.
    pub guid: Option<Guid>,
    /// Name of the classic source (`BugCheck`).
    pub event_source: Option<String>,
}

/// The values of an event, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// What held them.
    pub container: Container,
    /// The values. An empty one keeps its place.
    pub values: Vec<PayloadValue>,
    /// The `Binary` element of a classic event.
    pub binary: Option<Vec<u8>>,
}

/// The element that holds a payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Container {
    /// There is none.
    #[default]
    None,
    /// `EventData`.
    EventData,
    /// `UserData`, with the name of its child (`VmlEventLog`).
    UserData(String),
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayloadValue {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its text, as Windows shows it; may be empty.
    pub text: String,
}

impl Payload {
    /// Text of the value at `index`, which starts at 0: insert `%1` of a message is value 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        self.values.get(index).map(|value| value.text.as_str())
    }

    /// Text of the first value called `name`, without regard to case.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        let is_named = |value: &&PayloadValue| {
            value.name.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(name))
        };
        self.values.iter().find(is_named).map(|value| value.text.as_str())
    }
}

impl PayloadValue {
    /// The value as a number, in decimal or, after `0x`, in hexadecimal.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        let text = self.text.trim();
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
    }
}
