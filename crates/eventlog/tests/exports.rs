//! Exported XML in the shapes that Windows and other tools write, and in pieces.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_eventlog::{Container, Decoded, read_xml};

fn event(id: u32, data: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='P' Guid='{{6066F867-7CA1-4418-85FD-36E3F9C0600C}}'/>\
         <EventID>{id}</EventID><EventRecordID>{id}</EventRecordID></System>{data}</Event>"
    )
}

fn ids(decoded: &Decoded) -> Vec<u32> {
    decoded.events.iter().map(|event| event.id).collect()
}

#[test]
fn one_many_wrapped_and_commented() {
    let (first, second) = (event(1, ""), event(2, ""));
    for text in [
        format!("{first}{second}"),
        format!("<?xml version='1.0' encoding='utf-8'?>\n<Events>{first}\n{second}</Events>"),
        format!("<!-- exported by hand -->\n{first}\n{second}\n"),
    ] {
        let decoded = read_xml(text.as_bytes());
        assert_eq!(ids(&decoded), [1, 2], "{text}");
        assert_eq!(decoded.problems, []);
    }
}

#[test]
fn prefixes_do_not_matter() {
    let text = event(3, "<EventData><Data>x</Data></EventData>")
        .replace("</", "</e:")
        .replace('<', "<e:")
        .replace("<e:/e:", "</e:");
    let decoded = read_xml(text.as_bytes());
    assert_eq!(ids(&decoded), [3], "{text}");
    assert_eq!(decoded.events[0].payload.get(0), Some("x"));
}

#[test]
fn utf16_in_both_orders_says_the_same_and_knows_its_offsets() {
    let text = format!(
        "<Events>{}{}</Events>",
        event(1, "<EventData><Data>Gr\u{f6}\u{1f600}</Data></EventData>"),
        event(2, "")
    );
    let utf8 = read_xml(text.as_bytes());
    let second = text.rfind("<Event ").unwrap();
    assert_eq!(utf8.events[1].offset.0, second as u64);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (mark, bytes) in [(&b""[..], &little), (b"\xff\xfe", &little), (b"\xfe\xff", &big)] {
        let bytes = [mark, bytes].concat();
        let decoded = read_xml(&bytes);
        assert_eq!(decoded.events[0].payload, utf8.events[0].payload);
        let units = text[..second].encode_utf16().count();
        assert_eq!(decoded.events[1].offset.0, (mark.len() + units * 2) as u64);
    }
}

#[test]
fn values_keep_their_order_and_their_places() {
    let data = "<EventData><Data>a</Data><Data>\n  </Data><Data/><Data Name='N'> b </Data>\
                <Binary>0Aff</Binary></EventData>";
    let decoded = read_xml(event(1, data).as_bytes());
    let payload = &decoded.events[0].payload;
    assert_eq!(payload.container, Container::EventData);
    let texts: Vec<_> = payload.values.iter().map(|value| value.text.as_str()).collect();
    assert_eq!(texts, ["a", "", "", " b "]);
    assert_eq!(payload.values[3].name.as_deref(), Some("N"));
    assert_eq!(payload.binary.as_deref(), Some(&[0x0a, 0xff][..]));
}

#[test]
fn user_data_with_the_prefix_of_2012_r2() {
    let data = "<UserData><VmlEventLog xmlns:auto-ns2='http://schemas.microsoft.com/win/2004/08/events' \
                xmlns='http://www.microsoft.com/Windows/Virtualization/Events'>\
                <Parameter0>A &amp; B</Parameter0><Parameter1/></VmlEventLog></UserData>";
    let decoded = read_xml(event(1, data).as_bytes());
    let payload = &decoded.events[0].payload;
    assert_eq!(payload.container, Container::UserData("VmlEventLog".into()));
    assert_eq!((payload.named("parameter0"), payload.get(1)), (Some("A & B"), Some("")));
}

#[test]
fn references_that_mean_nothing_are_kept() {
    let data = "<EventData><Data>&#x41;&#66;&lt;&#0;&nbsp;&#xffffffff;</Data>\
                <Data><![CDATA[<x>]]></Data></EventData>";
    let decoded = read_xml(event(1, data).as_bytes());
    let payload = &decoded.events[0].payload;
    assert_eq!(payload.get(0), Some("AB<&#0;&nbsp;&#xffffffff;"));
    assert_eq!(payload.get(1), Some("<x>"));
}

#[test]
fn damage_costs_one_event() {
    let (first, third) = (event(1, ""), event(3, ""));
    let broken = event(2, "<EventData><Data>x").replace("</Event>", "");
    let decoded = read_xml(format!("<Events>{first}{broken}{third}").as_bytes());
    assert_eq!(ids(&decoded), [1, 3]);
    assert_eq!(decoded.problems.len(), 1, "{:?}", decoded.problems);
    assert_eq!(decoded.problems[0].at.0, ("<Events>".len() + first.len()) as u64);

    let cut = format!("{first}{}", &third[..third.len() - 10]);
    let decoded = read_xml(cut.as_bytes());
    assert_eq!((ids(&decoded), decoded.problems.len()), (vec![1], 1));
}

#[test]
fn an_event_inside_a_payload_is_no_event() {
    let data = "<UserData><Outer><Event>inner</Event></Outer></UserData>";
    let decoded = read_xml(format!("{}{}", event(1, data), event(2, "")).as_bytes());
    assert_eq!(ids(&decoded), [1, 2]);
    assert_eq!(decoded.events[0].payload.named("Event"), Some("inner"));
}

/// Time must stay a small multiple of the size, whatever is left open how often.
#[test]
fn hostile_repetition_ends_soon() {
    for piece in ["<Event>", "<Event><![CDATA[", "<Event><!--", "<Event><a", "<Event x='"] {
        let decoded = read_xml(piece.repeat(20_000).as_bytes());
        assert!(decoded.events.is_empty(), "{piece}");
        assert!(!decoded.problems.is_empty(), "{piece}");
    }
    let deep = format!("<Event>{}", "<a>".repeat(100_000));
    assert_eq!(read_xml(deep.as_bytes()).problems.len(), 1);
}

/// One byte of the first end tag is gone; the wrapper's end must not pass for it.
#[test]
fn a_damaged_end_tag_costs_one_event() {
    let events: String = (1..=6).map(|id| event(id, "")).collect();
    let text = format!("<Events>{events}</Events>").replacen("</Event>", "?/Event>", 1);
    let decoded = read_xml(text.as_bytes());
    assert_eq!(ids(&decoded), [2, 3, 4, 5, 6]);
    assert_eq!(decoded.problems.len(), 1);
    assert_eq!(decoded.problems[0].at.0, 8);
    // The same of the last event, behind which only the wrapper ends.
    let at = text.rfind("</Event>").unwrap();
    let text = format!("{}?{}", &text[..at], &text[at + 1..]);
    let decoded = read_xml(text.as_bytes());
    assert_eq!((ids(&decoded), decoded.problems.len()), (vec![2, 3, 4, 5], 2));
}

#[test]
fn what_is_commented_out_is_no_event() {
    let text = format!("<Events><!-- {} -->{}</Events>", event(1, ""), event(2, ""));
    assert_eq!(ids(&read_xml(text.as_bytes())), [2]);
    // A comment without an end hides nothing.
    let text = format!("<Events>{}<!-- {}</Events>", event(1, ""), event(2, ""));
    assert_eq!(ids(&read_xml(text.as_bytes())), [1, 2]);
}

/// Ten megabytes of empty events were a million problems.
#[test]
fn problems_and_values_are_bounded() {
    let decoded = read_xml("<Event/>".repeat(1000).as_bytes());
    assert_eq!(decoded.problems.len(), 65);
    assert!(decoded.problems[64].message.contains("left out"));
    let many = event(1, &format!("<EventData>{}</EventData>", "<a/>".repeat(65_537)));
    let decoded = read_xml(many.as_bytes());
    assert!(decoded.events.is_empty());
    assert!(decoded.problems[0].message.contains("more than 65536 values"));
}

/// Comments that never end are looked for once.
#[test]
fn comments_without_an_end_take_no_time() {
    let start = std::time::Instant::now();
    let decoded = read_xml("<Event><!-- ".repeat(200_000).as_bytes());
    assert!(decoded.events.is_empty());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
