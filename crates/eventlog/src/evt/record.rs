//! From one record (`EVENTLOGRECORD`) to its event.

use hvtriage_winfmt::{Bytes, FileOffset, FileTime, Sid, decode_utf16le};

use super::ring::{LENGTH_BYTES, RECORD_FIELD_BYTES};
use crate::{Container, Event, Origin, Payload, PayloadValue, Provider};

/// `EventLogClassic`: written through the functions that wrote these logs.
const CLASSIC: u64 = 0x0080_0000_0000_0000;
/// `AuditSuccess`.
const AUDIT_SUCCESS: u64 = 0x0020_0000_0000_0000;
/// `AuditFailure`.
const AUDIT_FAILURE: u64 = 0x0010_0000_0000_0000;

/// The event of a whole record, and the first thing that it lacks although it says that it has it.
///
/// An offset without a size points nowhere in real logs and means nothing (libevt).
pub(super) fn event(record: &[u8], origin: Origin, offset: u64) -> (Event, Option<&'static str>) {
    let body = record.get(..record.len().saturating_sub(LENGTH_BYTES)).unwrap_or_default();
    let fields = Bytes::new(body);
    // A whole record has all of its fields.
    let long = |at| fields.u32_at(at, "record field").unwrap_or_default();
    let short = |at| fields.u16_at(at, "record field").unwrap_or_default();
    let (level, keywords) = severity(short(24));
    let names = body.get(RECORD_FIELD_BYTES..).unwrap_or_default();
    let (source, names) = terminated(names);
    let (computer, names) = terminated(names.unwrap_or_default());
    let data = Part { offset: long(52), size: long(48) };
    let binary = data.of(body);
    let user = Part { offset: long(44), size: long(40) };
    let user_id = user.of(body).and_then(|bytes| Sid::read(Bytes::new(bytes)).ok());
    let (values, are_all) = strings(body, long(36), short(26), &data);
    let seconds = long(12);
    let event = Event {
        provider: Provider { name: source, guid: None, event_source: None },
        id: long(20) & 0xFFFF,
        qualifiers: u16::try_from(long(20) >> 16).ok(),
        level,
        task: short(28),
        keywords,
        computer,
        record_id: u64::from(long(8)),
        time_created: (seconds != 0)
            .then(|| FileTime::UNIX_EPOCH.saturating_add_seconds(u64::from(seconds))),
        user_id,
        payload: Payload {
            container: Container::EventData,
            values,
            binary: binary.map(<[u8]>::to_vec),
        },
        origin,
        offset: FileOffset(offset),
        ..Event::default()
    };
    let lacks = match () {
        () if names.is_none() => Some("the names of its source and computer are cut"),
        () if !are_all => Some("its strings are cut"),
        () if data.size > 0 && event.payload.binary.is_none() => Some("its data is missing"),
        () if user.size > 0 && event.user_id.is_none() => Some("its account is no SID"),
        () => None,
    };
    (event, lacks)
}

/// Level and keywords of an EventType. A type that nothing documents has no level.
fn severity(event_type: u16) -> (u8, u64) {
    match event_type {
        1 => (2, CLASSIC),
        2 => (3, CLASSIC),
        0 | 4 => (4, CLASSIC),
        8 => (0, CLASSIC | AUDIT_SUCCESS),
        0x10 => (0, CLASSIC | AUDIT_FAILURE),
        _ => (0, CLASSIC),
    }
}

/// A part of a record that its fields describe.
struct Part {
    offset: u32,
    size: u32,
}

impl Part {
    /// Its bytes; `None` when it is empty or not within the record.
    fn of<'a>(&self, body: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let end = start.checked_add(usize::try_from(self.size).ok()?)?;
        body.get(start..end).filter(|bytes| !bytes.is_empty())
    }
}

/// `count` strings, one behind the other, up to the data when that follows; and whether they are all
/// there. An empty one keeps its place.
fn strings(body: &[u8], offset: u32, count: u16, data: &Part) -> (Vec<PayloadValue>, bool) {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let data_start = usize::try_from(data.offset).unwrap_or(usize::MAX);
    let ends_at_data = data.size > 0 && (start..=body.len()).contains(&data_start);
    let end = if ends_at_data { data_start } else { body.len() };
    let mut rest = body.get(start..end).filter(|_| start >= RECORD_FIELD_BYTES);
    let mut values = Vec::new();
    for _ in 0..count {
        let Some(bytes) = rest.filter(|bytes| !bytes.is_empty()) else {
            return (values, false);
        };
        let (text, after) = terminated(bytes);
        values.push(PayloadValue { name: None, text });
        rest = after;
        if rest.is_none() {
            return (values, false);
        }
    }
    (values, true)
}

/// The text up to the zero that ends it, and what is behind; `None` when no zero does.
fn terminated(bytes: &[u8]) -> (String, Option<&[u8]>) {
    let units = bytes.as_chunks::<2>().0;
    match units.iter().position(|unit| *unit == [0, 0]) {
        Some(units) => {
            let end = units.saturating_mul(2);
            let text = bytes.get(..end).unwrap_or_default();
            (decode_utf16le(text), bytes.get(end.saturating_add(2)..))
        }
        None => (decode_utf16le(bytes), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_events() {
        assert_eq!([0, 1, 2, 4, 8, 0x10, 3].map(|one| severity(one).0), [4, 2, 3, 4, 0, 0, 0]);
        assert_eq!(severity(8).1, 0x00a0_0000_0000_0000);
        assert_eq!(severity(0x10).1, 0x0090_0000_0000_0000);
        assert_eq!(severity(1).1, 0x0080_0000_0000_0000);
    }

    #[test]
    fn text_ends_at_its_zero_or_is_cut() {
        assert_eq!(terminated(b"a\0\0\0b\0"), ("a".into(), Some(&b"b\0"[..])));
        assert_eq!(terminated(b"\0\0"), (String::new(), Some(&b""[..])));
        assert_eq!(terminated(b"a\0b"), ("a".into(), None));
        // A zero byte across two units ends nothing.
        assert_eq!(terminated(b"\x01\0\0\x01\0\0").0, "\u{1}\u{100}");
        assert_eq!(terminated(b""), (String::new(), None));
    }
}
