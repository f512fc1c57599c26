//! Plans: where a template puts the values that it is given.
//!
//! A definition is walked once for each chunk that uses it. What comes out is, for each field of
//! `System`, a slot or a literal, and for everything else a list of steps that leads to the values
//! of the payload in the order of the XML.

use super::bytes::slice_at;
use super::value::Utf16;

/// UTF-16 text at a place in the chunk, without a NUL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TextAt {
    pub(super) start: u16,
    pub(super) bytes: u16,
}

impl TextAt {
    /// The text from `start` to `end`, or to the NUL that ends it before.
    pub(super) fn of(chunk: &[u8], start: usize, end: usize) -> Option<Self> {
        let text = Utf16::until_nul(chunk.get(start..end)?);
        let end = start.checked_add(text.0.len())?;
        let bytes = u16::try_from(end.checked_sub(start)?).ok()?;
        Some(Self { start: u16::try_from(start).ok()?, bytes })
    }

    #[inline]
    pub(super) fn text(self, chunk: &[u8]) -> Utf16<'_> {
        Utf16(slice_at(chunk, self.start.into(), self.bytes.into()).unwrap_or_default())
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// There is none.
    #[default]
    Absent,
    /// The record's value of that number.
    Slot(u16),
    /// Text of the template itself.
    Literal(TextAt),
}

/// No element that an element depends on.
pub(super) const NO_DEPENDENCY: u16 = 0xFFFF;

/// Where a field of `System` comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldSource {
    pub(super) source: Source,
    /// The slot that leaves the element out when it is null.
    pub(super) dependency: u16,
}

impl Default for FieldSource {
    fn default() -> Self {
        Self { source: Source::Absent, dependency: NO_DEPENDENCY }
    }
}

/// The fields of `System` that an event takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    ProviderName,
    ProviderGuid,
    EventSourceName,
    EventId,
    Qualifiers,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    SystemTime,
    EventRecordId,
    ProcessId,
    ThreadId,
    Channel,
    Computer,
    UserId,
}

/// How many fields there are.
pub(super) const FIELDS: usize = Field::UserId as usize + 1;

impl Field {
    /// The field that the text of a child of `System` is.
    pub(super) fn of_element(element: Utf16<'_>) -> Option<Self> {
        const ELEMENTS: [(&str, Field); 9] = [
            ("EventID", Field::EventId),
            ("Version", Field::Version),
            ("Level", Field::Level),
            ("Task", Field::Task),
            ("Opcode", Field::Opcode),
            ("Keywords", Field::Keywords),
            ("EventRecordID", Field::EventRecordId),
            ("Channel", Field::Channel),
            ("Computer", Field::Computer),
        ];
        ELEMENTS.iter().find(|(name, _)| element.is(name)).map(|(_, field)| *field)
    }

    /// The field that an attribute of a child of `System` is.
    pub(super) fn of_attribute(element: Utf16<'_>, attribute: Utf16<'_>) -> Option<Self> {
        const ATTRIBUTES: [(&str, &str, Field); 8] = [
            ("Provider", "Name", Field::ProviderName),
            ("Provider", "Guid", Field::ProviderGuid),
            ("Provider", "EventSourceName", Field::EventSourceName),
            ("EventID", "Qualifiers", Field::Qualifiers),
            ("TimeCreated", "SystemTime", Field::SystemTime),
            ("Execution", "ProcessID", Field::ProcessId),
            ("Execution", "ThreadID", Field::ThreadId),
            ("Security", "UserID", Field::UserId),
        ];
        let is_it = |row: &&(&str, &str, Field)| element.is(row.0) && attribute.is(row.1);
        ATTRIBUTES.iter().find(is_it).map(|row| row.2)
    }
}

/// What the name of an element means, where it stands in the right place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Event,
    System,
    EventData,
    /// Values one after the other, as in `EventData`.
    OtherData,
    UserData,
    RenderingInfo,
    Data,
    Binary,
    Other,
}

impl Class {
    pub(super) fn of(name: Utf16<'_>) -> Self {
        const CLASSES: [(&str, Class); 9] = [
            ("Data", Class::Data),
            ("EventData", Class::EventData),
            ("UserData", Class::UserData),
            ("System", Class::System),
            ("RenderingInfo", Class::RenderingInfo),
            ("Event", Class::Event),
            ("Binary", Class::Binary),
            ("ProcessingErrorData", Class::OtherData),
            ("DebugData", Class::OtherData),
        ];
        CLASSES.iter().find(|(one, _)| name.is(one)).map_or(Self::Other, |(_, class)| *class)
    }
}

/// An element outside of `System`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) name: TextAt,
    pub(super) class: Class,
    /// The `Name` attribute, which is a literal wherever it occurs; empty where there is none.
    pub(super) value_name: TextAt,
    pub(super) dependency: u16,
}

/// One step through the elements outside of `System`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// An element that holds others; its own steps end before `end`.
    Enter { element: Element, end: u32 },
    /// An element that holds one value or none.
    Leaf { element: Element, source: Source },
    /// A fragment of binary XML, or text among elements.
    Splice(u16),
    /// A template instance that stands in the record itself.
    Instance { at: u16 },
    /// Text among elements, which counts only where the elements are all left out.
    Text,
    /// An attribute that holds a record's value, which must be single.
    Attribute(u16),
}

/// The plan of a definition, or of a record without one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) fields: [FieldSource; FIELDS],
    /// Whether there is a `System` element.
    pub(super) has_system: bool,
    /// The steps: those of the children of `Event`, or of a fragment's elements.
    pub(super) steps: (u32, u32),
}
