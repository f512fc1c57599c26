//! Messages of events: from files written here, and from real ones where they are at hand.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod damage;
mod real;
#[path = "../real_evidence/mod.rs"]
mod real_evidence;
mod writer;

use hvtriage_eventlog::{
    Added, Event, LocalizedLog, MessageError, ProviderMessages, RenderedNames, read_xml,
};
use writer::{Defined, Text, Type};

const ENGLISH: u32 = 0x409;
const GERMAN: u32 = 0x407;
const GUID: [u8; 16] = *b"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
const GUID_TEXT: &str = "{00112233-4455-6677-8899-aabbccddeeff}";

/// An event whose `System` and `EventData` hold these.
fn event(system: &str, data: &[&str]) -> Event {
    let data: String = data.iter().map(|value| format!("<Data>{value}</Data>")).collect();
    let xml = format!("<Event><System>{system}</System><EventData>{data}</EventData></Event>");
    read_xml(xml.as_bytes()).events.remove(0)
}

fn system(provider: &str, id: &str) -> String {
    format!(
        "<Provider {provider}/>{id}<Level>2</Level><Task>1</Task><Opcode>1</Opcode><Keywords>0x4</Keywords>"
    )
}

fn by_guid(id: u16, version: u8, data: &[&str]) -> Event {
    let provider = format!("Name='Some-Provider' Guid='{GUID_TEXT}'");
    event(&system(&provider, &format!("<EventID>{id}</EventID><Version>{version}</Version>")), data)
}

fn manifest(map: &[(u32, u32)], is_bits: bool) -> Vec<u8> {
    let events = [
        Defined { id: 10, version: 0, message: 0xB000_000A },
        Defined { id: 10, version: 1, message: 0xB001_000A },
        Defined { id: 11, version: 0, message: u32::MAX },
        Defined { id: 12, version: 0, message: 0x4000_000C },
        Defined { id: 12, version: 0, message: 0xC000_000C },
    ];
    writer::manifest(GUID, 100, &events, map, is_bits)
}

fn english() -> Vec<u8> {
    writer::texts(&[
        (1, "yes\r\n"),
        (2, "no\r\n"),
        (100, "Some-Provider\r\n"),
        (101, "Error\r\n"),
        (102, "Start"),
        (103, "Work"),
        (104, "Noise"),
        (0x4000_000C, "information"),
        (0xB000_000A, "State %1 of %2!5s!%n%%2.\r\n"),
        (0xB001_000A, "New layout: %2, %3"),
        (0xC000_000C, "error"),
    ])
}

/// The binary and its texts, apart.
fn provider(map: &[(u32, u32)], is_bits: bool) -> ProviderMessages {
    let mut messages = ProviderMessages::default();
    let german = writer::texts(&[(0xB000_000A, "Zustand %1"), (7, "nur deutsch")]);
    let mui = writer::pe(&[(Type::Messages, GERMAN, german), (Type::Messages, ENGLISH, english())]);
    let added = messages.add("C:\\Windows\\System32\\en-US\\SOME.dll.mui", &mui).unwrap();
    assert_eq!(added, Added { messages: 13, ..Added::default() });
    let binary = writer::pe(&[(Type::Manifest, ENGLISH, manifest(map, is_bits))]);
    let added = messages.add("system32/some.dll", &binary).unwrap();
    assert_eq!(added, Added { providers: 1, events: 5, ..Added::default() });
    messages
}

#[test]
fn an_event_has_the_message_of_its_id_and_version() {
    let messages = provider(&[], false);
    let message = |id, version| messages.message(&by_guid(id, version, &["3", "disk"]));
    assert_eq!(message(10, 0).unwrap(), "State 3 of  disk\r\nno.");
    assert_eq!(message(10, 1).unwrap(), "New layout: disk, %3");
    assert_eq!((message(10, 2), message(11, 0), message(13, 0)), (None, None, None));
}

#[test]
fn names_are_those_of_the_manifest() {
    let names = provider(&[], false).names(&by_guid(10, 0, &[])).unwrap();
    let some = |text: &str| Some(text.to_owned());
    let wanted = RenderedNames {
        level: some("Error"),
        task: some("Work"),
        opcode: some("Start"),
        keywords: vec!["Noise".into()],
    };
    assert_eq!(names, wanted);
}

#[test]
fn a_provider_without_a_guid_is_found_by_name() {
    let messages = provider(&[], false);
    let named = |name: &str, qualifiers: &str| {
        let id = format!("<EventID {qualifiers}>12</EventID>");
        messages.message(&event(&system(&format!("Name='{name}'"), &id), &[]))
    };
    assert_eq!(named("SOME-PROVIDER", "").unwrap(), "information");
    assert_eq!(named("some-provider", "Qualifiers='49152'").unwrap(), "error");
    assert_eq!(named("Other-Provider", ""), None);
}

#[test]
fn values_have_the_names_of_their_map() {
    let message = |map: &[(u32, u32)], is_bits, value| {
        provider(map, is_bits).message(&by_guid(10, 0, &[value, "x"])).unwrap()
    };
    let shown = |text: &str| format!("State {text} of     x\r\nno.");
    assert_eq!(message(&[(3, 1), (4, 2)], false, "4"), shown("no"));
    assert_eq!(message(&[(3, 1), (4, 2)], false, "0x3"), shown("yes"));
    assert_eq!(message(&[(3, 1), (4, 99)], false, "4"), shown("4"), "a name that is missing");
    assert_eq!(message(&[(1, 1), (4, 2)], true, "5"), shown("yes no"));
    assert_eq!(message(&[(1, 1), (4, 2)], true, "7"), shown("7"), "a bit without a name");
    // Another number of values is another layout than the template's.
    let messages = provider(&[(3, 1)], false);
    assert_eq!(messages.message(&by_guid(10, 0, &["3"])).unwrap(), "State 3 of %2!5s!\r\nno.");
}

#[test]
fn a_classic_event_has_its_message_in_the_binary_of_its_name() {
    let table = writer::message_table(&[
        (0xC004_0007, Text::Ansi(b"Device %1 failed, %%5.\r\n")),
        (5, Text::Ansi(b"caf\xe9")),
    ]);
    let mut messages = ProviderMessages::default();
    let neutral = writer::pe(&[(Type::Messages, 0, table)]);
    assert_eq!(messages.add("VolMgr.SYS", &neutral).unwrap().messages, 2);
    let message = |provider: &str, qualifiers: &str| {
        let id = format!("<EventID {qualifiers}>7</EventID>");
        messages.message(&event(&system(provider, &id), &["\\Device\\0"]))
    };
    let shown = Some("Device \\Device\\0 failed, café.".to_owned());
    assert_eq!(message("Name='volmgr'", "Qualifiers='49156'"), shown);
    assert_eq!(message("Name='Long-Name' EventSourceName='volmgr'", "Qualifiers='49156'"), shown);
    assert_eq!(message("Name='volmgr'", "Qualifiers='32772'"), None);
    assert_eq!(message("Name='disk'", "Qualifiers='49156'"), None);
}

#[test]
fn english_is_preferred_whatever_comes_first() {
    let table = |text| writer::texts(&[(0x0001_0007, text)]);
    let file = |language, text| writer::pe(&[(Type::Messages, language, table(text))]);
    let event = event(&system("Name='one'", "<EventID Qualifiers='1'>7</EventID>"), &[]);
    let mut messages = ProviderMessages::default();
    for (language, text, shown) in [
        (GERMAN, "deutsch", "deutsch"),
        (0x40c, "français", "deutsch"),
        (0, "neutral", "neutral"),
        (ENGLISH, "english", "english"),
        (ENGLISH, "later", "english"),
    ] {
        messages.add("one.dll.mui", &file(language, text)).unwrap();
        assert_eq!(messages.message(&event).unwrap(), shown);
    }
}

#[test]
fn what_is_no_binary_is_refused() {
    let mut messages = ProviderMessages::default();
    for bytes in [&b""[..], b"MZ", b"ElfFile\0", &[0; 4096]] {
        assert_eq!(messages.add("a.dll", bytes), Err(MessageError::NotPe));
    }
    assert_eq!(messages.add("a.dll", &writer::pe(&[])), Ok(Added::default()));
}

/// Two events have one `EventRecordID`, as in a log that was merged from two channels.
fn localized() -> Vec<u8> {
    let texts = ["first\r\n", "second", "Error", "Work", "Start", "Noise", "Info"];
    let texts: Vec<_> = texts.iter().map(|text| writer::mta_text(text)).collect();
    let events = [writer::mta_event(50, 0), writer::mta_event(50, 1)];
    let providers = [
        writer::mta_provider("One", [&[(2, 2)], &[(1, 3)], &[(0x1_0001, 4)], &[(2, 5)]]),
        writer::mta_provider("DEFAULT_PUBLISHER", [&[(4, 6)], &[], &[], &[]]),
    ];
    writer::mta([("EVT", &events), ("MSG", &texts), ("PUB", &providers)])
}

#[test]
fn a_localized_log_tells_messages_and_names() {
    let log = LocalizedLog::open(&localized()).unwrap();
    assert_eq!(log.event_count(), 2);
    let record = "<EventID>1</EventID><EventRecordID>50</EventRecordID>";
    let event = event(&system("Name='ONE'", record), &[]);
    assert_eq!(log.message(&event, None).unwrap(), "first");
    assert_eq!(log.message(&event, Some(1)).unwrap(), "second");
    assert_eq!(log.message(&event, Some(u64::MAX)).unwrap(), "first");
    let names = log.names(&event).unwrap();
    assert_eq!(names.level.as_deref(), Some("Error"));
    assert_eq!(names.task.as_deref(), Some("Work"));
    assert_eq!(names.opcode.as_deref(), Some("Start"));
    assert_eq!(names.keywords, ["Noise"]);
    let other = Event { record_id: 51, ..event.clone() };
    assert_eq!(log.message(&other, Some(0)), None);
    let mut stranger = event;
    stranger.provider.name = "Two".into();
    assert_eq!((log.message(&stranger, None), log.names(&stranger)), (None, None));
}
