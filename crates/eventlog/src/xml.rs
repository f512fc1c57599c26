//! Event XML: exports, and binary records once they are rendered.

mod builder;
mod glance;

use std::ops::Range;

use hvtriage_winfmt::{FileOffset, Text, decode_text};
use memchr::memchr;
use quick_xml::Reader;
use quick_xml::events::Event as Token;

use crate::{Coverage, Decoded, Event, EventFilter, LogProblem, add_problem};
use builder::Builder;
pub(crate) use builder::{hexadecimal, keywords};
use glance::Glance;

/// Elements nested deeper than this are no event that Windows writes.
const MAX_DEPTH: usize = 64;
/// An event whose payload holds elements called `Event` is read up to this many of them further.
const MAX_NESTED_EVENTS: usize = 8;

/// Reads exported event XML: one `Event`, many one after the other, or many in a wrapper; with or
/// without namespaces; UTF-8 or UTF-16.
///
/// Each `Event` element is read on its own, so that damage costs one event. The input is untrusted:
/// time and memory are a small multiple of its size, entities other than the five of XML and
/// character references are kept as they are written, and nothing outside is looked at.
#[must_use]
pub fn read_xml(bytes: &[u8]) -> Decoded {
    Decoded::gather(|found| read_xml_each(bytes, |event, _| found(event)))
}

/// The same, but hands each event over with its XML as soon as it is read, so that an export of any
/// size needs no more memory than its text. Returns what could not be read.
pub fn read_xml_each(bytes: &[u8], found: impl FnMut(Event, &str)) -> Vec<LogProblem> {
    let export = XmlExport::open(bytes);
    let everything = EventFilter::default();
    export.read(0..export.len(), &everything, found).problems
}

/// An export, cut into its events, so that many threads can read it.
#[derive(Debug)]
pub struct XmlExport<'a> {
    text: Text<'a>,
    /// Where the elements called `Event` begin, in the text and in the file.
    starts: Vec<(usize, u64)>,
}

/// What a part of an export told beside its events.
#[derive(Clone, Debug, Default)]
pub struct XmlPart {
    /// How many events there are, wanted or not, and what time they span.
    pub coverage: Coverage,
    /// What could not be read.
    pub problems: Vec<LogProblem>,
    /// The element at which the part behind this one begins: past the end of its own range when its
    /// last event holds elements called `Event`.
    pub next: usize,
}

impl<'a> XmlExport<'a> {
    /// Finds where events begin, and reads nothing else.
    #[must_use]
    pub fn open(bytes: &'a [u8]) -> Self {
        let text = decode_text(bytes);
        let mut offsets = text.offsets();
        let starts = event_starts(&text.text).into_iter();
        let starts = starts.map(|start| (start, offsets.of(start))).collect();
        Self { text, starts }
    }

    /// How many elements called `Event` there are; nearly always the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Reads the events that begin in `range` and hands over those that `filter` wants, with their
    /// XML.
    pub fn read(
        &self,
        range: Range<usize>,
        filter: &EventFilter,
        mut found: impl FnMut(Event, &str),
    ) -> XmlPart {
        let text = &self.text.text;
        let mut part = XmlPart { next: range.start, ..XmlPart::default() };
        while part.next < range.end
            && let Some((start, offset)) = self.starts.get(part.next).copied()
        {
            let following = self.starts.get(part.next.saturating_add(1)).map(|next| next.0);
            let event = text.get(start..following.unwrap_or(text.len())).unwrap_or_default();
            if let Some(glance) = Glance::of(event).filter(|glance| !filter.wants_id(glance.id)) {
                part.coverage.add(glance.record_id(), glance.time());
                part.next = part.next.saturating_add(1);
                continue;
            }
            match self.read_from(part.next, offset) {
                Ok((event, end)) => {
                    part.coverage.add(event.record_id, event.time_created);
                    if filter.wants(&event) {
                        found(event, text.get(start..end).unwrap_or_default());
                    }
                    part.next = self.starts.partition_point(|start| start.0 < end);
                }
                Err(message) => {
                    add_problem(&mut part.problems, LogProblem::new(offset, message));
                    part.next = part.next.saturating_add(1);
                }
            }
        }
        part
    }

    /// Reads the event that begins at `offset` of the file; `None` where none does that can be read.
    #[must_use]
    pub fn read_at(&self, offset: FileOffset) -> Option<Event> {
        let index = self.starts.binary_search_by_key(&offset.0, |(_, at)| *at).ok()?;
        self.read_from(index, offset.0).ok().map(|(event, _)| event)
    }

    /// Reads the event that begins at `starts[index]`; also gives where it ends. It reaches to the
    /// next element called `Event`, or a few further when such elements are part of its payload.
    fn read_from(&self, index: usize, offset: u64) -> Result<(Event, usize), String> {
        let text = &self.text.text;
        let start = self.starts.get(index).map_or(text.len(), |start| start.0);
        for nested in 1..=MAX_NESTED_EVENTS {
            let end = self.starts.get(index.saturating_add(nested)).map(|end| end.0);
            let slice = text.get(start..end.unwrap_or(text.len())).unwrap_or_default();
            if let Some((event, length)) = read_event(slice, offset)? {
                return Ok((event, start.saturating_add(length)));
            }
            if end.is_none() {
                break;
            }
        }
        Err("an event is cut: its end is missing".into())
    }
}

/// Reads the XML of one binary record that stands at `offset`.
pub(crate) fn read_record(xml: &str, offset: u64) -> Result<Event, String> {
    match read_event(xml, offset)? {
        Some((event, _)) => Ok(event),
        None => Err("the event's XML ends too early".into()),
    }
}

/// Where the elements called `Event` begin, with or without a namespace prefix. What is commented out
/// is no event.
fn event_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0_usize;
    let mut may_be_comment = true;
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| memchr(b'<', rest)) {
        let start = at.saturating_add(found);
        let rest = text.get(start..).unwrap_or_default();
        at = start.saturating_add(1);
        if may_be_comment && rest.starts_with("<!--") {
            // A comment without an end is damage and hides nothing; behind it none has an end.
            let end = rest.find("-->").map(|length| start.saturating_add(length));
            may_be_comment = end.is_some();
            at = end.unwrap_or(at);
        } else if is_event(rest) {
            starts.push(start);
        }
    }
    starts
}

/// Whether an element called `Event` begins here.
fn is_event(rest: &str) -> bool {
    let Some(rest) = rest.get(1..) else { return false };
    // The name alone, or behind a prefix. Nearly every element is called otherwise.
    let is_in_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || b":-_.".contains(byte) || *byte > 127;
    let end = rest.bytes().position(|byte| !is_in_name(&byte));
    let name = end.and_then(|end| rest.get(..end)).unwrap_or_default();
    name.strip_suffix("Event").is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(':'))
}

/// Reads one event and how long it is; `None` when `xml` ends before it does.
fn read_event(xml: &str, offset: u64) -> Result<Option<(Event, usize)>, String> {
    let mut reader = Reader::from_str(xml);
    // A wrong end tag is as harmless as a missing one: the depth alone counts.
    reader.config_mut().check_end_names = false;
    let mut builder = Builder::new(offset);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Token::Start(element)) => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    return Err(format!("elements are nested deeper than {MAX_DEPTH}"));
                }
                if depth == 2 && element.local_name().as_ref() == "Event" {
                    return Err("an event is cut: another begins before its end".into());
                }
                builder.open(&element);
            }
            Ok(Token::Empty(element)) => {
                if depth == 0 {
                    return Err("the event is empty".into());
                }
                builder.open(&element);
                builder.close();
            }
            Ok(Token::End(element)) => {
                depth = depth.saturating_sub(1);
                builder.close();
                if depth == 0 {
                    // The end of what is around it: its own was damaged.
                    if element.local_name().as_ref() != "Event" {
                        return Err("an event is cut: its end is missing".into());
                    }
                    let length = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
                    return builder.finish().map(|event| Some((event, length)));
                }
            }
            Ok(Token::Text(piece)) => builder.text(&piece),
            Ok(Token::CData(piece)) => builder.text(&piece),
            Ok(Token::GeneralRef(name)) => builder.reference(&name),
            Ok(Token::Eof) => return Ok(None),
            Ok(_) => {}
            // What is not closed may be closed further on.
            Err(quick_xml::Error::Syntax(_)) => return Ok(None),
            Err(error) => return Err(format!("XML: {error}")),
        }
    }
}
