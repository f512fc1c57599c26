//! Values of every type, in a log written by hand after MS-EVEN6 2.2.12 and the documents of libevtx.

use hvtriage_eventlog::{Container, Event, EventFilter, EvtxLog, Scanner};

use super::{CHUNK_BYTES, CHUNK_HEADER_BYTES, HEADER_BYTES};

/// A chunk in the making.
struct Writer(Vec<u8>);

impl Writer {
    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.raw(&utf16(text));
    }

    /// A name, which stands right behind the reference to it.
    fn name(&mut self, name: &str) {
        let at = self.0.len() as u32 + 4;
        self.raw(&at.to_le_bytes());
        self.raw(&[0; 6]);
        self.raw(&(name.len() as u16).to_le_bytes());
        self.text(name);
        self.raw(&[0; 2]);
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)], dependency: Option<u16>) {
        self.raw(&[if attributes.is_empty() { 0x01 } else { 0x41 }]);
        self.raw(&dependency.unwrap_or(0xFFFF).to_le_bytes());
        self.raw(&[0; 4]);
        self.name(name);
        if !attributes.is_empty() {
            self.raw(&[0; 4]);
        }
        for (name, value) in attributes {
            self.raw(&[0x06]);
            self.name(name);
            self.literal(value);
        }
        self.raw(&[0x02]);
    }

    fn literal(&mut self, text: &str) {
        self.raw(&[0x05, 0x01]);
        self.raw(&(text.encode_utf16().count() as u16).to_le_bytes());
        self.text(text);
    }

    fn close(&mut self) {
        self.raw(&[0x04]);
    }

    fn element(&mut self, name: &str, text: &str) {
        self.open(name, &[], None);
        self.literal(text);
        self.close();
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A log with one event, whose template puts each value into a `Data` element of its own that depends
/// on it, as Windows' own templates do.
fn log_with(values: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let slots: Vec<u16> = (0..values.len() as u16).collect();
    log_of(values, &slots)
}

/// The same, with an element for each of `slots`.
fn log_of(values: &[(u8, Vec<u8>)], slots: &[u16]) -> Vec<u8> {
    let mut chunk = Writer(vec![0; CHUNK_HEADER_BYTES]);
    chunk.raw(b"**\0\0");
    chunk.raw(&[0; 20]);
    chunk.raw(&[0x0F, 1, 1, 0, 0x0C, 1, 1, 2, 3, 4]);
    let definition = chunk.0.len() as u32 + 4;
    chunk.raw(&definition.to_le_bytes());
    chunk.raw(&[0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let size_at = chunk.0.len();
    chunk.raw(&[0; 4]);
    chunk.raw(&[0x0F, 1, 1, 0]);
    chunk.open(
        "Event",
        &[("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")],
        None,
    );
    chunk.open("System", &[], None);
    chunk.open("Provider", &[("Name", "Test")], None);
    chunk.close();
    chunk.element("EventID", "7");
    chunk.element("EventRecordID", "1");
    chunk.element("Computer", "HV01");
    chunk.close();
    chunk.open("EventData", &[], None);
    for slot in slots.iter().copied() {
        chunk.open("Data", &[("Name", &format!("v{slot}"))], Some(slot));
        chunk.raw(&[0x0E]);
        chunk.raw(&slot.to_le_bytes());
        chunk.raw(&[values[usize::from(slot)].0]);
        chunk.close();
    }
    chunk.close();
    chunk.close();
    chunk.raw(&[0x00]);
    let size = (chunk.0.len() - size_at - 4) as u32;
    chunk.0[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
    chunk.raw(&(values.len() as u32).to_le_bytes());
    for (kind, bytes) in values {
        chunk.raw(&(bytes.len() as u16).to_le_bytes());
        chunk.raw(&[*kind, 0]);
    }
    for (_, bytes) in values {
        chunk.raw(bytes);
    }
    chunk.raw(&[0x00]);
    let size = (chunk.0.len() + 4 - CHUNK_HEADER_BYTES) as u32;
    chunk.raw(&size.to_le_bytes());
    chunk.0[CHUNK_HEADER_BYTES + 4..CHUNK_HEADER_BYTES + 8].copy_from_slice(&size.to_le_bytes());
    chunk.0[CHUNK_HEADER_BYTES + 8] = 1;
    let free_space = chunk.0.len() as u32;
    let mut chunk = chunk.0;
    chunk[..8].copy_from_slice(b"ElfChnk\0");
    for at in [8, 16, 24, 32] {
        chunk[at] = 1;
    }
    for (at, value) in [(40, 128), (44, 512), (48, free_space), (120, 4)] {
        chunk[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    chunk.resize(CHUNK_BYTES, 0);
    let mut header = b"ElfFile\0".to_vec();
    header.resize(HEADER_BYTES, 0);
    [header, chunk].concat()
}

/// The event by both ways, and whether the scan could read it by itself.
fn read(values: &[(u8, Vec<u8>)]) -> (Event, bool) {
    let bytes = log_with(values);
    let log = EvtxLog::open(&bytes);
    let chunk = &log.chunks()[0];
    let (mut scanner, filter) = (Scanner::default(), EventFilter::default());
    let mut is_scanned = false;
    chunk.records(&mut scanner, &filter, |record| {
        record.values_into(&mut Vec::new())?;
        is_scanned = true;
        Ok(())
    });
    let decoded = chunk.events(&mut scanner, &filter);
    assert_eq!(decoded.problems, []);
    assert_eq!(decoded.events, chunk.decode_in_full().events);
    (decoded.events[0].clone(), is_scanned)
}

fn texts(event: &Event) -> Vec<&str> {
    event.payload.values.iter().map(|value| value.text.as_str()).collect()
}

#[test]
fn values_of_every_type() {
    let sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
    let guid = [
        0x67, 0xF8, 0x66, 0x60, 0xA1, 0x7C, 0x18, 0x44, 0x85, 0xFD, 0x36, 0xE3, 0xF9, 0xC0, 0x60,
        0x0C,
    ];
    let system_time: Vec<u8> =
        [2012_u16, 1, 0, 8, 21, 5, 9, 250].iter().flat_map(|field| field.to_le_bytes()).collect();
    let rows: Vec<(u8, Vec<u8>, &str)> = vec![
        (0x01, utf16("SQL01 & <co>"), "SQL01 & <co>"),
        // What follows a NUL is not shown.
        (0x01, utf16("ended\0behind"), "ended"),
        (0x01, utf16("%%2147942432"), "%%2147942432"),
        // Characters that XML cannot hold.
        (0x01, utf16("a\u{1}b\u{FFFE}ü\u{1F600}"), "a_b_ü\u{1F600}"),
        (0x02, b"classic\0".to_vec(), "classic"),
        (0x03, vec![0xFB], "-5"),
        (0x04, vec![200], "200"),
        (0x05, (-300_i16).to_le_bytes().to_vec(), "-300"),
        (0x06, 60_000_u16.to_le_bytes().to_vec(), "60000"),
        (0x07, i32::MIN.to_le_bytes().to_vec(), "-2147483648"),
        (0x08, u32::MAX.to_le_bytes().to_vec(), "4294967295"),
        (0x09, i64::MIN.to_le_bytes().to_vec(), "-9223372036854775808"),
        (0x0A, u64::MAX.to_le_bytes().to_vec(), "18446744073709551615"),
        (0x0B, 1.5_f32.to_le_bytes().to_vec(), "1.5"),
        (0x0C, (-0.25_f64).to_le_bytes().to_vec(), "-0.25"),
        (0x0D, 1_u32.to_le_bytes().to_vec(), "true"),
        (0x0D, 0_u32.to_le_bytes().to_vec(), "false"),
        // Drivers write masks into Booleans; the number must not be lost.
        (0x0D, 0x104_u32.to_le_bytes().to_vec(), "260"),
        (0x0E, vec![0x0A, 0xFF, 0x00], "0AFF00"),
        (0x0F, guid.to_vec(), "{6066f867-7ca1-4418-85fd-36e3f9c0600c}"),
        // size_t, as wide as the program's pointers.
        (0x10, 0xD1_u32.to_le_bytes().to_vec(), "0xd1"),
        (0x10, 0xFFFF_F880_u64.to_le_bytes().to_vec(), "0xfffff880"),
        (0x11, 133_782_174_832_356_205_u64.to_le_bytes().to_vec(), "2024-12-09T11:31:23.2356205Z"),
        (0x11, 0_u64.to_le_bytes().to_vec(), "1601-01-01T00:00:00.0000000Z"),
        (0x12, system_time, "2012-01-08T21:05:09.2500000Z"),
        (0x13, sid.to_vec(), "S-1-5-18"),
        (0x14, 0xC000_021A_u32.to_le_bytes().to_vec(), "0xc000021a"),
        (0x15, 0_u64.to_le_bytes().to_vec(), "0x0"),
        (0x01, vec![], ""),
        (0x01, utf16(" \r\n "), ""),
    ];
    let values: Vec<(u8, Vec<u8>)> = rows.iter().map(|row| (row.0, row.1.clone())).collect();
    let (event, is_scanned) = read(&values);
    assert!(is_scanned);
    assert_eq!((event.id, event.record_id, event.computer.as_str()), (7, 1, "HV01"));
    assert_eq!(event.payload.container, Container::EventData);
    let expected: Vec<&str> = rows.iter().map(|row| row.2).collect();
    assert_eq!(texts(&event), expected);
    assert_eq!(event.payload.named("V5"), Some("-5"));
}

/// An element is left out when the value it depends on is null; one with an empty text is not.
#[test]
fn null_is_left_out() {
    let (event, _) = read(&[(0x00, vec![]), (0x01, vec![]), (0x08, vec![9, 0, 0, 0])]);
    let names: Vec<_> = event.payload.values.iter().filter_map(|it| it.name.as_deref()).collect();
    assert_eq!(names, ["v1", "v2"]);
    assert_eq!(texts(&event), ["", "9"]);
    // Null may have bytes, which are passed over.
    let (event, _) = read(&[(0x00, vec![1, 2, 3]), (0x04, vec![8])]);
    assert_eq!(texts(&event), ["8"]);
}

/// An array repeats the element that holds it (MS-EVEN6 3.1.4.7.5).
#[test]
fn arrays_are_values_one_after_the_other() {
    let numbers: Vec<u8> = [7_u32, 8, 9].iter().flat_map(|it| it.to_le_bytes()).collect();
    let (event, is_scanned) = read(&[
        (0x81, utf16("SQL01\0\0SQL03\0")),
        (0x88, numbers),
        (0x95, vec![0x10, 0, 0, 0, 0, 0, 0, 0]),
        (0x81, vec![]),
    ]);
    assert!(is_scanned);
    assert_eq!(texts(&event), ["SQL01", "", "SQL03", "7", "8", "9", "0x10", ""]);
    assert_eq!(event.payload.values[2].name.as_deref(), Some("v0"));
}

/// What only the full decode can say: text of a code page, Booleans in an array.
#[test]
fn odd_values_are_decoded_in_full() {
    let (event, is_scanned) = read(&[(0x02, b"caf\xE9".to_vec())]);
    assert!(!is_scanned);
    assert_eq!(texts(&event), ["caf\u{e9}"]);
    let booleans: Vec<u8> = [1_u32, 0].iter().flat_map(|it| it.to_le_bytes()).collect();
    let (event, is_scanned) = read(&[(0x8D, booleans)]);
    assert!(!is_scanned);
    assert_eq!(texts(&event), ["true", "false"]);
}

/// Binary XML within a value: its elements stand in the place of the value.
#[test]
fn a_fragment_within_a_value() {
    let mut log = Writer(log_with(&[(0x21, vec![0; 120]), (0x04, vec![5])]));
    // A fragment names its elements by their places in the chunk, so it is written into the log.
    let zeros = log.0.windows(120).rposition(|window| window.starts_with(&[0; 119]));
    let end_of_record = HEADER_BYTES + super::u32_at(&log.0, HEADER_BYTES + 48);
    let at = end_of_record - 4 - 1 - 1 - 120;
    assert!(zeros.is_some() && log.0[at..at + 120].iter().all(|byte| *byte == 0));
    let mut fragment = Writer(vec![0; at - HEADER_BYTES]);
    fragment.raw(&[0x0F, 1, 1, 0]);
    for (name, text) in [("First", "one"), ("Second", "2")] {
        fragment.raw(&[0x01, 0, 0, 0, 0]);
        fragment.name(name);
        fragment.raw(&[0x02]);
        fragment.literal(text);
        fragment.close();
    }
    fragment.raw(&[0x00]);
    let fragment = &fragment.0[at - HEADER_BYTES..];
    assert!(fragment.len() <= 120, "{}", fragment.len());
    log.0[at..at + fragment.len()].copy_from_slice(fragment);
    let evtx = EvtxLog::open(&log.0);
    let chunk = &evtx.chunks()[0];
    let decoded = chunk.events(&mut Scanner::default(), &EventFilter::default());
    assert_eq!(decoded.problems, []);
    assert_eq!(decoded.events, chunk.decode_in_full().events);
    let event = &decoded.events[0];
    assert_eq!(texts(event), ["one", "2", "5"]);
    assert_eq!(event.payload.named("second"), Some("2"));
}

/// A value of 20 KiB that is used three hundred times would be 6 MiB of one record.
#[test]
fn values_out_of_proportion_are_told_and_not_read() {
    let text = utf16(&"x".repeat(10_000));
    let bytes = log_of(&[(0x01, text.clone())], &[0; 300]);
    let log = EvtxLog::open(&bytes);
    let decoded = log.chunks()[0].events(&mut Scanner::default(), &EventFilter::default());
    assert!(decoded.events.is_empty());
    assert_eq!(decoded.problems.len(), 1);
    assert!(decoded.problems[0].message.contains("out of proportion"), "{:?}", decoded.problems);
    let bytes = log_of(&[(0x01, text)], &[0; 3]);
    let log = EvtxLog::open(&bytes);
    let decoded = log.chunks()[0].events(&mut Scanner::default(), &EventFilter::default());
    assert_eq!(decoded.events[0].payload.values.len(), 3);
}
