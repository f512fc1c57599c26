//! Text as `wevtutil` prints it, in the shapes of several Windows versions, and in pieces.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use hvtriage_eventlog::{Container, Decoded, LogFormat, Origin, identify, read_listing, read_xml};

/// One event as Windows up to 10 and Server 2019 prints it.
fn older(number: u32, id: u32, message: &str) -> String {
    format!(
        "Event[{number}]:\r\n  Log Name: System\r\n  Source: EventLog\r\n  \
         Date: 2019-03-04T05:06:07.123\r\n  Event ID: {id}\r\n  Task: N/A\r\n  Level: Error\r\n  \
         Opcode: N/A\r\n  Keyword: Classic\r\n  User: N/A\r\n  User Name: N/A\r\n  \
         Computer: HV01\r\n  Description: \r\n{message}\r\n\r\n"
    )
}

/// The same of Windows 11 and Server 2022.
fn newer(number: u32, id: u32, message: &str) -> String {
    format!(
        "Event[{number}]\r\n  Log Name: Microsoft-Windows-Hyper-V-VMMS-Admin\r\n  \
         Source: Microsoft-Windows-Hyper-V-VMMS\r\n  Date: 2022-05-06T07:08:09.0120000Z\r\n  \
         Event ID: {id}\r\n  Task: N/A\r\n  Level: Warning \0\r\n  Opcode: Info\0\0\r\n  \
         Keyword: N/A\r\n  User: S-1-5-18\r\n  User Name: NT AUTHORITY\\SYSTEM\r\n  \
         Computer: HV02.lab.local\r\n  Description: \r\n{message}\r\n \r\n"
    )
}

/// No Windows version is known that prints German labels; made by hand for one that may.
fn german(number: u32, id: u32, message: &str) -> String {
    format!(
        "Event[{number}]:\n  Protokollname: System\n  Quelle: EventLog\n  \
         Datum: 2019-03-04T05:06:07.123\n  Ereignis-ID: {id}\n  Aufgabe: N/A\n  Ebene: Fehler\n  \
         Opcode: N/A\n  Schl\u{fc}sselwort: Klassisch\n  Benutzer: N/A\n  Benutzername: N/A\n  \
         Computer: HV01\n  Beschreibung: \n{message}\n\n"
    )
}

fn ids(decoded: &Decoded) -> Vec<u32> {
    decoded.events.iter().map(|event| event.id).collect()
}

fn messages(decoded: &Decoded) -> Vec<Option<&str>> {
    decoded.events.iter().map(|event| event.message.as_deref()).collect()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn both_forms() {
    let text = older(0, 6008, "It went down.") + &newer(1, 14_100, "one\r\n\r\n\ttwo: 2");
    assert_eq!(identify(text.as_bytes()), Some(LogFormat::Text));
    let decoded = read_listing(text.as_bytes());
    assert_eq!(decoded.problems, []);
    let [first, second] = &decoded.events[..] else { panic!("{decoded:#?}") };
    assert_eq!((first.id, first.level, first.keywords), (6008, 2, 0x0080_0000_0000_0000));
    assert_eq!((first.channel.as_str(), first.computer.as_str()), ("System", "HV01"));
    assert_eq!((first.provider.name.as_str(), first.record_id), ("EventLog", 0));
    assert_eq!(first.time_created.unwrap().to_string(), "2019-03-04T05:06:07.1230000Z");
    assert_eq!((first.user_id.as_ref(), first.offset.0), (None, 0));
    assert_eq!(first.message.as_deref(), Some("It went down."));
    assert_eq!(first.payload.container, Container::None);
    assert!(first.payload.values.is_empty());
    assert_eq!((second.id, second.level, second.keywords), (14_100, 3, 0));
    assert_eq!(second.time_created.unwrap().to_string(), "2022-05-06T07:08:09.0120000Z");
    assert_eq!(second.user_id.as_ref().unwrap().to_string(), "S-1-5-18");
    assert_eq!(second.message.as_deref(), Some("one\n\n\ttwo: 2"));
    assert_eq!(second.origin, Origin::Stored);
    assert_eq!(second.offset.0 as usize, text.find("Event[1]").unwrap());
}

#[test]
fn every_encoding_says_the_same_and_knows_its_offsets() {
    let text = older(0, 1, "Gr\u{f6}\u{1f600}") + &newer(1, 2, "\u{4fe1}\u{606f}");
    let expected = read_listing(text.as_bytes());
    let (little, big) = (utf16(&text, u16::to_le_bytes), utf16(&text, u16::to_be_bytes));
    let second = text.get(..text.find("Event[1]").unwrap()).unwrap();
    let units = second.encode_utf16().count() as u64;
    for (mark, bytes, offset) in [
        (&b"\xef\xbb\xbf"[..], text.as_bytes(), second.len() as u64),
        (b"", &little, units * 2),
        (b"", &big, units * 2),
        (b"\xff\xfe", &little, units * 2),
        (b"\xfe\xff", &big, units * 2),
    ] {
        let bytes = [mark, bytes].concat();
        assert_eq!(identify(&bytes), Some(LogFormat::Text));
        let decoded = read_listing(&bytes);
        assert_eq!(decoded.problems, []);
        assert_eq!(messages(&decoded), messages(&expected));
        assert_eq!(decoded.events[1].offset.0, mark.len() as u64 + offset);
    }
    // Code page 850: the umlaut is lost, the event and the place of the next are not.
    let oem = [older(0, 1, "Gr?n").replace('?', "\u{81}"), older(1, 2, "x")].concat();
    let oem: Vec<u8> = oem.chars().map(|letter| letter as u8).collect();
    assert_eq!(identify(&oem), Some(LogFormat::Text));
    let decoded = read_listing(&oem);
    assert_eq!(messages(&decoded), [Some("Gr\u{fffd}n"), Some("x")]);
    let second = oem.windows(8).position(|window| window == b"Event[1]").unwrap();
    assert_eq!(decoded.events[1].offset.0, second as u64);
}

/// The labels stay English on machines of other languages; levels and keywords do not.
#[test]
fn levels_in_other_languages_are_not_guessed() {
    for (name, level) in [
        ("Critical", 1),
        ("Verbose", 5),
        ("Information ?", 4),
        ("N/A", 0),
        ("\u{4fe1}\u{606f}", 0),
        ("Fehler", 0),
    ] {
        let text = older(0, 1, "x").replace("Level: Error", &format!("Level: {name}"));
        let decoded = read_listing(text.as_bytes());
        assert_eq!(decoded.events[0].level, level, "{name}");
    }
    let text = older(0, 1, "x").replace("Classic", "Audit Failure,Classic, ");
    assert_eq!(read_listing(text.as_bytes()).events[0].keywords, 0x0090_0000_0000_0000);
}

#[test]
fn labels_in_another_language_are_known_by_their_order() {
    let text = german(0, 6008, "a: b") + &german(1, 41, "N/A");
    assert_eq!(identify(text.as_bytes()), Some(LogFormat::Text));
    let decoded = read_listing(text.as_bytes());
    assert_eq!((ids(&decoded), decoded.problems.len()), (vec![6008, 41], 0));
    assert_eq!(messages(&decoded), [Some("a: b"), None]);
    let event = &decoded.events[0];
    assert_eq!((event.computer.as_str(), event.channel.as_str()), ("HV01", "System"));
    assert_eq!((event.level, event.keywords), (0, 0));
    // Without a time where the date is, the order is not what it seems.
    let other = german(0, 1, "x").replace("Datum: 2019", "Datum: im Jahr 2019");
    let decoded = read_listing(other.as_bytes());
    assert_eq!((decoded.events.len(), decoded.problems.len()), (0, 1));
    assert_eq!(identify(other.as_bytes()), None);
}

/// Copies from a console of Server 2022 lost the line ends at the zero characters.
#[test]
fn fields_on_one_line_are_told_apart() {
    let text = newer(0, 4625, "x")
        .replace("Task: N/A\r\n", "Task: Logon ?")
        .replace("Warning \0\r\n", "Warning ?")
        .replace("Info\0\0\r\n", "Info  ?");
    let decoded = read_listing(text.as_bytes());
    assert_eq!(decoded.problems, []);
    assert_eq!((decoded.events[0].level, decoded.events[0].id), (3, 4625));
    assert_eq!(decoded.events[0].computer, "HV02.lab.local");
}

#[test]
fn a_message_may_look_like_the_start_of_an_event() {
    let message = "Event[7]:\r\nis what it said\r\nEvent[x]\r\n  Log Name: no\r\nan Event[1]:";
    let decoded = read_listing((older(0, 1, message) + &older(1, 2, "y")).as_bytes());
    assert_eq!((ids(&decoded), decoded.problems.len()), (vec![1, 2], 0));
    assert_eq!(decoded.events[0].message.as_deref(), Some(&*message.replace("\r\n", "\n")));
}

#[test]
fn what_stands_around_the_events_does_not_matter() {
    let events = older(3, 1, "x") + "\0\r\n " + &older(4, 2, "y");
    let text = format!("C:\\> wevtutil qe System /f:text\r\n\r\n{events}");
    assert_eq!(identify(text.as_bytes()), Some(LogFormat::Text));
    let decoded = read_listing(text.as_bytes());
    assert_eq!((ids(&decoded), decoded.problems.len()), (vec![1, 2], 0));
    assert_eq!(messages(&decoded), [Some("x"), Some("y")]);
    // A text that shows such an event somewhere is none.
    let prose = format!("{}\n{events}", "a line\n".repeat(20));
    assert_eq!(identify(prose.as_bytes()), None);
}

#[test]
fn damage_costs_one_event() {
    let (first, third) = (older(0, 1, "x"), older(2, 3, "z"));
    for broken in [
        older(1, 2, "y").replace("Event ID: 2", "Event ID: ?"),
        older(1, 2, "y").replace("Description", "Descri"),
        "Event[1]:\r\n".to_owned(),
        "Event[1]:\r\n  Log Name: System\r\n".to_owned(),
    ] {
        let decoded = read_listing(format!("{first}{broken}{third}").as_bytes());
        assert_eq!((ids(&decoded), decoded.problems.len()), (vec![1, 3], 1), "{broken}");
        assert_eq!(decoded.problems[0].at.0, first.len() as u64);
    }
    let decoded = read_listing(b"nothing of the kind");
    assert_eq!((decoded.events.len(), decoded.problems.len()), (0, 1));
}

#[test]
fn every_truncation_and_byte_flip() {
    let text = older(0, 1, "x") + &newer(1, 2, "y") + &german(2, 3, "z");
    let second = text.find("Event[1]").unwrap();
    for bytes in [text.clone().into_bytes(), utf16(&text, u16::to_le_bytes)] {
        for at in 0..bytes.len() {
            let cut = read_listing(&bytes[..at]);
            assert!(cut.events.iter().all(|event| (event.offset.0 as usize) < at));
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let decoded = read_listing(&damaged);
                // UTF-16 without a mark is known by its first letter.
                let least = usize::from(at >= 2);
                let count = decoded.events.len();
                assert!((least..=3).contains(&count), "{at} ^ {flip:#x}");
            }
        }
    }
    // An id that is cut would be another event.
    for at in 0..text.len().min(second) {
        let decoded = read_listing(&text.as_bytes()[..at]);
        assert!(decoded.events.iter().all(|event| event.computer == "HV01"), "{at}");
    }
}

/// Time must stay a small multiple of the size.
#[test]
fn hostile_repetition_ends_soon() {
    for piece in ["Event[0]", "Event[0]:\n", "Event[0]\n\n\n", "Event[0]\nx\n", "Event[0]:\n :\n"] {
        let decoded = read_listing(piece.repeat(50_000).as_bytes());
        assert!(decoded.events.is_empty(), "{piece}");
        assert!((1..=65).contains(&decoded.problems.len()), "{piece}");
    }
    let start = "Event[0]:\n  Log Name: ";
    for piece in ["  Level: ", ": ", "\n a: ", "\n"] {
        let decoded = read_listing(format!("{start}{}", piece.repeat(100_000)).as_bytes());
        assert_eq!((decoded.events.len(), decoded.problems.len()), (0, 1), "{piece}");
    }
}

/// A log that was exported with its messages says the same as the text.
#[test]
fn event_xml_brings_its_message_too() {
    let xml = "<Event><System><Provider Name='EventLog'/><EventID>1</EventID></System>\
        <EventData><Data>v</Data></EventData><RenderingInfo Culture='en-US'>\
        <Message>one\r\n\r\ntwo &amp; three </Message><Level>Error</Level>\
        <Keywords><Keyword>Classic</Keyword></Keywords></RenderingInfo></Event>";
    let decoded = read_xml(xml.as_bytes());
    assert_eq!(decoded.problems, []);
    let listed = read_listing(older(0, 1, "one\r\n\r\ntwo & three").as_bytes());
    assert_eq!(decoded.events[0].message, listed.events[0].message);
    assert_eq!(decoded.events[0].message.as_deref(), Some("one\n\ntwo & three"));
    assert_eq!(decoded.events[0].payload.values.len(), 1);
    let empty = xml.replace("one\r\n\r\ntwo &amp; three ", "");
    assert_eq!(read_xml(empty.as_bytes()).events[0].message, None);
}
