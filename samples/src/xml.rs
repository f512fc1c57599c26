//! Event XML as Event Viewer and `wevtutil` export it.

use crate::event::{EventSpec, Payload, Value};
use crate::instant::parts;
use std::fmt::Write as _;

/// How a text export is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a byte order mark, as Event Viewer saves.
    Utf8,
    /// UTF-16, little-endian with a byte order mark, as a redirected `wevtutil` in PowerShell.
    Utf16,
}

/// An `Events` document with the events in the given order, numbered from `first_record`.
#[must_use]
pub fn write_events(events: &[EventSpec], first_record: u64, encoding: Encoding) -> Vec<u8> {
    let name = if encoding == Encoding::Utf8 { "utf-8" } else { "utf-16" };
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"{name}\" standalone=\"yes\"?>\r\n<Events>\r\n");
    for (record, event) in (first_record..).zip(events) {
        push_event(&mut text, event, record);
        text.push_str("\r\n");
    }
    text.push_str("</Events>\r\n");
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16 => {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        }
    }
}

fn push_event(text: &mut String, event: &EventSpec, record: u64) {
    text.push_str("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>");
    let _ = write!(text, "<Provider Name='{}'", event.provider);
    if let Some(guid) = event.guid {
        let _ = write!(text, " Guid='{guid}'");
    }
    if let Some(source) = event.event_source {
        let _ = write!(text, " EventSourceName='{source}'");
    }
    text.push_str("/>");
    match event.qualifiers {
        Some(qualifiers) => {
            let _ = write!(text, "<EventID Qualifiers='{qualifiers}'>{}</EventID>", event.id);
        }
        None => {
            let _ = write!(text, "<EventID>{}</EventID>", event.id);
        }
    }
    let _ = write!(
        text,
        "<Version>{}</Version><Level>{}</Level><Task>{}</Task><Opcode>0</Opcode>\
         <Keywords>{:#x}</Keywords><TimeCreated SystemTime='{}'/>\
         <EventRecordID>{record}</EventRecordID><Correlation/>\
         <Execution ProcessID='{}' ThreadID='{}'/><Channel>{}</Channel>\
         <Computer>{}</Computer>",
        event.version,
        event.level,
        event.task,
        event.keywords,
        time_text(event.time),
        event.process,
        event.thread,
        event.channel,
        event.computer
    );
    match &event.user {
        Some(user) => {
            let _ = write!(text, "<Security UserID='{user}'/>");
        }
        None => text.push_str("<Security/>"),
    }
    text.push_str("</System>");
    push_payload(text, &event.payload);
    text.push_str("</Event>");
}

fn push_payload(text: &mut String, payload: &Payload) {
    match payload {
        Payload::None => {}
        Payload::Classic { strings, binary } => {
            text.push_str("<EventData>");
            for string in strings {
                let _ = write!(text, "<Data>{}</Data>", escaped(string));
            }
            if !binary.is_empty() {
                let _ = write!(text, "<Binary>{}</Binary>", hex(binary));
            }
            text.push_str("</EventData>");
        }
        Payload::EventData(values) => {
            text.push_str("<EventData>");
            for (name, value) in values {
                let _ = write!(text, "<Data Name='{name}'>{}</Data>", value_text(value));
            }
            text.push_str("</EventData>");
        }
        Payload::UserData { element, namespace, auto_namespace, values } => {
            let _ = write!(text, "<UserData><{element}");
            if *auto_namespace {
                text.push_str(" xmlns:auto-ns2='http://schemas.microsoft.com/win/2004/08/events'");
            }
            let _ = write!(text, " xmlns='{namespace}'>");
            for (name, value) in values {
                let _ = write!(text, "<{name}>{}</{name}>", value_text(value));
            }
            let _ = write!(text, "</{element}></UserData>");
        }
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Text(text) => escaped(text),
        Value::U8(number) => number.to_string(),
        Value::U16(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::Hex32(number) => format!("{number:#x}"),
        Value::Hex64(number) => format!("{number:#x}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Time(time) => time_text(*time),
        Value::Guid(guid) => (*guid).to_owned(),
        Value::Sid(sid) => sid.clone(),
        Value::Binary(bytes) => hex(bytes),
    }
}

/// Time with nine digits of fraction, of which Windows knows seven.
fn time_text(time: u64) -> String {
    let [year, month, day, hour, minute, second, ticks] = parts(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ticks:07}00Z")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
