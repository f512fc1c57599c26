//! Walks XML, and goes on behind damage.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::collect::Collector;

/// PowerShell nests a few elements for each level, of which two are usual and a hundred are the most.
const MAX_DEPTH: usize = 512;

/// What makes objects of elements.
pub(crate) trait Handler {
    /// How an object begins, from which on reading goes on behind damage.
    const OBJECT: &'static str;

    /// An element begins at a place of the text.
    fn open(&mut self, element: &BytesStart<'_>, at: usize);
    fn text(&mut self, piece: &str);
    /// The innermost open element ends.
    fn close(&mut self, collector: &mut Collector);
}

/// Hands the elements of `text` to `handler`. Elements that damage leaves open are closed, so that
/// what was read of them counts.
pub(crate) fn read<H: Handler>(text: &str, handler: &mut H, collector: &mut Collector) {
    let mut start = 0_usize;
    while let Some(rest) = text.get(start..) {
        let Some(Damage { at, message }) = read_from(rest, start, handler, collector) else {
            return;
        };
        collector.problem(at, message);
        if collector.has_too_many_problems() {
            return;
        }
        let behind = at.saturating_add(1);
        let next = (behind..text.len().min(behind.saturating_add(4)))
            .find(|place| text.is_char_boundary(*place))
            .and_then(|place| Some((place, text.get(place..)?.find(H::OBJECT)?)));
        let Some((place, found)) = next else { return };
        start = place.saturating_add(found);
    }
}

/// Where the XML is wrong, and how.
struct Damage {
    at: usize,
    message: String,
}

fn read_from<H: Handler>(
    text: &str,
    start: usize,
    handler: &mut H,
    collector: &mut Collector,
) -> Option<Damage> {
    let mut reader = Reader::from_str(text);
    // Behind damage come the ends of what began before it.
    reader.config_mut().allow_unmatched_ends = true;
    let place = |reader: &Reader<&[u8]>| {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        start.saturating_add(at.min(text.len()))
    };
    let (mut depth, mut handed) = (0_usize, 0_usize);
    let mut too_deep = None;
    let damage = loop {
        let at = place(&reader);
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                depth = depth.saturating_add(1);
                if depth <= MAX_DEPTH {
                    handler.open(&element, at);
                    handed = depth;
                } else {
                    too_deep = too_deep.or(Some(at));
                }
            }
            Ok(Event::Empty(element)) if depth < MAX_DEPTH => {
                handler.open(&element, at);
                handler.close(collector);
            }
            Ok(Event::End(_)) => {
                if depth <= MAX_DEPTH && handed > 0 {
                    handler.close(collector);
                    handed = handed.saturating_sub(1);
                }
                depth = depth.saturating_sub(1);
            }
            Ok(Event::Text(piece)) if depth <= MAX_DEPTH => handler.text(&piece),
            Ok(Event::CData(piece)) if depth <= MAX_DEPTH => handler.text(&piece),
            Ok(Event::GeneralRef(name)) if depth <= MAX_DEPTH => reference(&name, handler),
            Ok(Event::Eof) => {
                break (handed > 0)
                    .then(|| Damage { at, message: "is cut: its end is missing".into() });
            }
            Ok(_) => {}
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(text.len());
                let at = start.saturating_add(at.min(text.len()));
                break Some(Damage { at, message: format!("XML: {error}") });
            }
        }
        if collector.is_full() {
            break None;
        }
    };
    for _ in 0..handed {
        handler.close(collector);
    }
    if let Some(at) = too_deep {
        let message = format!("elements nested deeper than {MAX_DEPTH} are left out");
        collector.problem(at, message);
    }
    damage
}

/// `&lt;`, `&#10;` and the like; what nothing defines is kept as it stands.
fn reference(name: &str, handler: &mut impl Handler) {
    let written = format!("&{name};");
    handler.text(&unescape(&written).unwrap_or(Cow::Borrowed(&written)));
}

/// The value of an attribute.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    let found = attributes
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let raw = found.value.into_owned();
    Some(unescape(&raw).map(|text| text.into_owned()).unwrap_or(raw))
}
