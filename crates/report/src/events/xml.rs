//! Events as XML: as it stands in the evidence, or made of the event where that has none.

use std::fmt::Write as _;
use std::io;

use hvtriage_eventlog::{Container, Event, Payload};

use super::{EventRow, hexadecimal};

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    match row.xml.map(without_declaration).filter(|xml| stands_alone(xml)) {
        Some(xml) => out.extend_from_slice(xml.as_bytes()),
        None => out.extend_from_slice(of_event(row.event).as_bytes()),
    }
    out.push(b'\n');
    Ok(())
}

fn without_declaration(xml: &str) -> &str {
    let rest = xml.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    rest.map_or(xml, |(_, event)| event).trim()
}

/// Whether `xml` is well-formed by itself, whatever stands around it. An export may be hostile, and a
/// binary log may name an element `a><b`.
fn stands_alone(xml: &str) -> bool {
    roxmltree::Document::parse(xml).is_ok()
}

/// The XML of an event of a log that has none, such as a text export.
fn of_event(event: &Event) -> String {
    let mut xml = String::from(
        "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>",
    );
    let provider = &event.provider;
    xml += "<Provider Name=\"";
    xml += &escaped(&provider.name);
    if let Some(guid) = provider.guid {
        push(&mut xml, format_args!("\" Guid=\"{{{guid}}}"));
    }
    if let Some(name) = &provider.event_source {
        push(&mut xml, format_args!("\" EventSourceName=\"{}", escaped(name)));
    }
    xml += "\"/><EventID";
    if let Some(qualifiers) = event.qualifiers {
        push(&mut xml, format_args!(" Qualifiers=\"{qualifiers}\""));
    }
    push(&mut xml, format_args!(">{}</EventID><Version>{}</Version>", event.id, event.version));
    push(&mut xml, format_args!("<Level>{}</Level><Task>{}</Task>", event.level, event.task));
    push(&mut xml, format_args!("<Opcode>{}</Opcode>", event.opcode));
    push(&mut xml, format_args!("<Keywords>{:#x}</Keywords>", event.keywords));
    if let Some(time) = event.time_created {
        push(&mut xml, format_args!("<TimeCreated SystemTime=\"{time}\"/>"));
    }
    push(&mut xml, format_args!("<EventRecordID>{}</EventRecordID>", event.record_id));
    push(&mut xml, format_args!("<Channel>{}</Channel>", escaped(&event.channel)));
    push(&mut xml, format_args!("<Computer>{}</Computer>", escaped(&event.computer)));
    if let Some(user) = &event.user_id {
        push(&mut xml, format_args!("<Security UserID=\"{user}\"/>"));
    }
    xml += "</System>";
    push_payload(&mut xml, &event.payload);
    xml += "</Event>";
    xml
}

fn push_payload(xml: &mut String, payload: &Payload) {
    if payload.container == Container::None && payload.values.is_empty() {
        return;
    }
    *xml += "<EventData>";
    for value in &payload.values {
        match &value.name {
            Some(name) => push(xml, format_args!("<Data Name=\"{}\">", escaped(name))),
            None => *xml += "<Data>",
        }
        push(xml, format_args!("{}</Data>", escaped(&value.text)));
    }
    if let Some(binary) = &payload.binary {
        push(xml, format_args!("<Binary>{}</Binary>", hexadecimal(binary)));
    }
    *xml += "</EventData>";
}

fn push(xml: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = xml.write_fmt(arguments);
}

/// Text for XML; characters that it cannot hold become `_`, as Windows writes them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\t' | '\n' | '\r' => out.push(letter),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push('_'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(xml: Option<&str>) -> String {
        let mut event = Event { id: 7, ..Event::default() };
        event.payload.container = Container::EventData;
        event.payload.values.push(hvtriage_eventlog::PayloadValue {
            name: Some("a\"b".into()),
            text: "1 < 2 & \u{1}".into(),
        });
        let row = EventRow { source: "a.xml", event: &event, xml, meaning: None, message: None };
        let mut out = Vec::new();
        write(&row, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_stands_alone_is_written_as_it_is() {
        let xml = "<Event xmlns='http://x'><System a='1'/>&amp;&#65;</Event>";
        assert_eq!(written(Some(&format!("<?xml version=\"1.0\"?> {xml}"))), format!("{xml}\n"));
    }

    /// Each would break the document around it, or hide what follows it.
    #[test]
    fn what_does_not_is_made_of_the_event() {
        let deep = "<Event>".to_owned() + &"<a>".repeat(200_000) + "</Event>";
        for xml in [
            "<Event>&other;</Event>",
            "<Event><a><b</a></Event>",
            "<Event></Event></Events><Events>",
            "<Event>\u{1}</Event>",
            "<Event><![CDATA[ </Event>",
            "<Event a='1' a='2'/>",
            "<!DOCTYPE a [<!ENTITY b '<']><Event>&b;</Event>",
            "<e:Event/>",
            "<Event><!-- -- --></Event>",
            "<Event/> text",
            &deep,
        ] {
            let text = written(Some(xml));
            assert_eq!(text, written(None), "{}", xml.get(..40).unwrap_or(xml));
        }
        let made = written(None);
        let document = roxmltree::Document::parse(&made).unwrap();
        let value = document
            .descendants()
            .find(|node| {
                node.has_tag_name(("http://schemas.microsoft.com/win/2004/08/events/event", "Data"))
            })
            .unwrap();
        assert_eq!((value.attribute("Name"), value.text()), (Some("a\"b"), Some("1 < 2 & _")));
    }
}
