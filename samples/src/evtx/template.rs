//! Templates: the fixed part of an event's binary XML, with numbered places for its values.

use super::bytes::Bytes;
use super::names::Names;
use super::value::{kind, kind_of};
use crate::event::{EventSpec, Payload, Value};

/// The namespace of every event.
pub(super) const EVENT_NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// An element of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, Content)>,
    content: Vec<Node>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Element(Element),
    Content(Content),
}

/// Text or a place for a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Literal(String),
    /// A value that is always there: number of the place, type.
    Value(u16, u8),
    /// A value without which the element or attribute is left out: number of the place, type.
    Optional(u16, u8),
}

impl Element {
    fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), content: Vec::new() }
    }

    fn attribute(mut self, name: &'static str, content: Content) -> Self {
        self.attributes.push((name, content));
        self
    }

    fn holding(mut self, content: Content) -> Self {
        self.content.push(Node::Content(content));
        self
    }

    fn child(mut self, child: Self) -> Self {
        self.content.push(Node::Element(child));
        self
    }

    /// Number of the value on which the whole element hangs, or all ones.
    fn dependency(&self) -> u16 {
        match self.content.as_slice() {
            [Node::Content(Content::Optional(place, _))] => *place,
            _ => u16::MAX,
        }
    }

    /// Writes the element; names that the chunk does not hold yet are written in place.
    pub(super) fn write(&self, chunk: &mut Bytes, names: &mut Names) {
        let has_attributes = !self.attributes.is_empty();
        chunk.u8(if has_attributes { 0x41 } else { 0x01 });
        chunk.u16(self.dependency());
        let length = chunk.open_length();
        names.write(chunk, self.name);
        if has_attributes {
            let list_length = chunk.open_length();
            let last = self.attributes.len() - 1;
            for (index, (name, content)) in self.attributes.iter().enumerate() {
                chunk.u8(if index == last { 0x06 } else { 0x46 });
                names.write(chunk, name);
                content.write(chunk);
            }
            chunk.close_length(list_length);
        }
        if self.content.is_empty() {
            // An empty element ends where it starts.
            chunk.u8(0x03);
        } else {
            chunk.u8(0x02);
            for node in &self.content {
                match node {
                    Node::Element(element) => element.write(chunk, names),
                    Node::Content(content) => content.write(chunk),
                }
            }
            chunk.u8(0x04);
        }
        chunk.close_length(length);
    }
}

impl Content {
    fn write(&self, chunk: &mut Bytes) {
        match self {
            Self::Literal(text) => {
                chunk.u8(0x05);
                chunk.u8(kind::TEXT);
                chunk.counted_utf16(text);
            }
            Self::Value(place, kind) | Self::Optional(place, kind) => {
                chunk.u8(if matches!(self, Self::Value(..)) { 0x0D } else { 0x0E });
                chunk.u16(*place);
                chunk.u8(*kind);
            }
        }
    }
}

fn literal(text: &str) -> Content {
    Content::Literal(text.to_owned())
}

/// The template of a whole event. The places are those that Windows uses: 0 level, 1 opcode,
/// 2 task, 3 event id, 4 qualifiers, 5 keywords, 6 time, 7 activity, 8 process, 9 thread,
/// 10 record id, 11 version, 12 user, 13 related activity, 14 provider, 15 provider GUID,
/// 16 channel, 17 payload.
pub(super) fn event(spec: &EventSpec) -> Element {
    let provider = Element::new("Provider");
    let provider = match (spec.guid, spec.event_source) {
        (Some(_), None) => provider
            .attribute("Name", Content::Optional(14, kind::TEXT))
            .attribute("Guid", Content::Optional(15, kind::GUID)),
        (Some(guid), Some(source)) => provider
            .attribute("Name", literal(spec.provider))
            .attribute("Guid", literal(guid))
            .attribute("EventSourceName", literal(source)),
        (None, _) => provider.attribute("Name", literal(spec.provider)),
    };
    let id = Element::new("EventID")
        .attribute("Qualifiers", Content::Optional(4, kind::U16))
        .holding(Content::Optional(3, kind::U16));
    let mut system = Element::new("System").child(provider).child(id);
    let numbers = [
        ("Version", 11, kind::U8),
        ("Level", 0, kind::U8),
        ("Task", 2, kind::U16),
        ("Opcode", 1, kind::U8),
        ("Keywords", 5, kind::HEX64),
    ];
    for (name, place, kind) in numbers {
        system = system.child(Element::new(name).holding(Content::Optional(place, kind)));
    }
    system = system
        .child(
            Element::new("TimeCreated").attribute("SystemTime", Content::Optional(6, kind::TIME)),
        )
        .child(Element::new("EventRecordID").holding(Content::Optional(10, kind::U64)))
        .child(
            Element::new("Correlation")
                .attribute("ActivityID", Content::Optional(7, kind::GUID))
                .attribute("RelatedActivityID", Content::Optional(13, kind::GUID)),
        )
        .child(
            Element::new("Execution")
                .attribute("ProcessID", Content::Optional(8, kind::U32))
                .attribute("ThreadID", Content::Optional(9, kind::U32)),
        )
        .child(Element::new("Channel").holding(Content::Optional(16, kind::TEXT)))
        .child(Element::new("Computer").holding(literal(spec.computer)))
        .child(Element::new("Security").attribute("UserID", Content::Optional(12, kind::SID)));
    Element::new("Event")
        .attribute("xmlns", literal(EVENT_NAMESPACE))
        .child(system)
        .holding(Content::Optional(17, kind::BINARY_XML))
}

/// The template of a payload, which stands as binary XML inside the event; `None` without one.
pub(super) fn payload(payload: &Payload) -> Option<Element> {
    match payload {
        Payload::None => None,
        Payload::Classic { .. } => Some(
            Element::new("EventData")
                .child(Element::new("Data").holding(Content::Optional(0, kind::TEXT_ARRAY)))
                .child(Element::new("Binary").holding(Content::Optional(2, kind::BINARY))),
        ),
        Payload::EventData(values) => {
            let mut data = Element::new("EventData");
            for (place, (name, value)) in (0..).zip(values) {
                data = data.child(
                    Element::new("Data")
                        .attribute("Name", literal(name))
                        .holding(Content::Value(place, kind_of(value))),
                );
            }
            Some(data)
        }
        Payload::UserData { element, namespace, auto_namespace, values } => {
            let mut inner = Element::new(element);
            if *auto_namespace {
                inner = inner.attribute(
                    "xmlns:auto-ns2",
                    literal("http://schemas.microsoft.com/win/2004/08/events"),
                );
            }
            inner = inner.attribute("xmlns", literal(namespace));
            for (place, (name, value)) in (0..).zip(values) {
                inner = inner.child(named_value(name, place, value));
            }
            Some(Element::new("UserData").child(inner))
        }
    }
}

fn named_value(name: &'static str, place: u16, value: &Value) -> Element {
    Element::new(name).holding(Content::Value(place, kind_of(value)))
}
