//! Which form of log some bytes are, by their content.

use hvtriage_winfmt::decode_text;

use crate::{evt, evtx, listing};

/// A form in which events are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// A binary log (`.evtx`).
    Evtx,
    /// Exported event XML.
    Xml,
    /// A binary log of Windows NT 4 to 2003 (`.evt`).
    Evt,
    /// Events that `wevtutil` printed as text.
    Text,
}

/// Bytes of an export that are looked at: its first event stands near its start, after a comment at
/// most.
const HEAD_BYTES: usize = 65_536;

/// The form of log that `bytes` hold, or `None`.
///
/// A log whose file header was zeroed still has its chunks, and is known by the first of them.
#[must_use]
pub fn identify(bytes: &[u8]) -> Option<LogFormat> {
    if evtx::is_evtx(bytes) {
        return Some(LogFormat::Evtx);
    }
    if evt::is_evt(bytes) {
        return Some(LogFormat::Evt);
    }
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let head = decode_text(head);
    let start = head.text.trim_start_matches(['\u{feff}', '\0']).trim_start();
    let is_of_windows = has_element(start, "System") || start.contains(EVENT_NAMESPACE);
    let is_export = start.starts_with('<') && has_element(start, "Event") && is_of_windows;
    if is_export {
        return Some(LogFormat::Xml);
    }
    listing::is_listing(start).then_some(LogFormat::Text)
}

/// Calendars have events, too; those of a log have a `System` element or this namespace.
const EVENT_NAMESPACE: &str = "schemas.microsoft.com/win/2004/08/events";

/// Whether an element called so begins somewhere, with or without a namespace prefix.
fn has_element(text: &str, element: &str) -> bool {
    text.match_indices(element).any(|(at, name)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at.saturating_add(name.len())..).unwrap_or_default();
        let starts_name = before.ends_with('<') || is_prefix(before);
        starts_name && after.starts_with(|next: char| next.is_whitespace() || next == '>')
    })
}

fn is_prefix(before: &str) -> bool {
    let Some(before) = before.strip_suffix(':') else { return false };
    let name = before.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '-');
    name.len() < before.len() && name.ends_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_known_by_their_content() {
        assert_eq!(identify(b"ElfFile\0"), Some(LogFormat::Evtx));
        let mut zeroed = vec![0; 4096];
        zeroed.extend_from_slice(b"ElfChnk\0");
        assert_eq!(identify(&zeroed), Some(LogFormat::Evtx));
        for xml in [
            "<Event><System>",
            "\u{feff}<?xml version='1.0'?><Events><Event xmlns='x'><System>",
            "<e:Event ><e:System>",
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>",
            "\n<Event><System>",
        ] {
            assert_eq!(identify(xml.as_bytes()), Some(LogFormat::Xml), "{xml}");
            let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(identify(&utf16), Some(LogFormat::Xml), "{xml} as UTF-16");
        }
        for other in [
            "",
            "PAGEDU64",
            "<calendar><Event id='1'>Party</Event></calendar>",
            "<html>Event</html>",
            "<EventData>",
            "Event[0]: the party begins",
            "Event[0]:\n  what: a party\n  where: here\n",
            "LfLe",
            "0\0\0\0 LfLe, said the log",
            "a <Event>",
            "<project/>",
        ] {
            assert_eq!(identify(other.as_bytes()), None, "{other}");
        }
    }
}
