//! Events as JSON lines.
//!
//! Written by hand: through a general serializer, a full decode spends more time on this than on
//! the log. Strings that need more than quotes around them go to `serde_json`.

use std::io::{self, Write};

use hvtriage_eventlog::PayloadValue;

use super::{EventRow, hexadecimal, origin_word, time_text, unique_names};

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    match event.time_created {
        Some(_) if event.time_is_local => {
            write!(out, "{{\"time\":\"{}\",\"time_is_local\":true", time_text(event))?;
        }
        Some(time) => {
            out.extend_from_slice(b"{\"time\":\"");
            match time.ascii() {
                Some(text) => out.extend_from_slice(&text),
                None => write!(out, "{time}")?,
            }
            out.push(b'"');
        }
        None => out.extend_from_slice(b"{\"time\":null"),
    }
    text(out, b",\"computer\":", &event.computer)?;
    text(out, b",\"channel\":", &event.channel)?;
    text(out, b",\"provider\":", &event.provider.name)?;
    number(out, b",\"event_id\":", event.id.into())?;
    number(out, b",\"level\":", event.level.into())?;
    number(out, b",\"record_id\":", event.record_id)?;
    out.extend_from_slice(b",\"data\":");
    values(out, &event.payload.values)?;
    if let Some(message) = row.message() {
        text(out, b",\"message\":", message)?;
    }
    if let Some(meaning) = row.meaning {
        text(out, b",\"meaning\":", meaning)?;
    }
    if let Some(guid) = event.provider.guid {
        out.extend_from_slice(b",\"provider_guid\":");
        out.push(b'"');
        out.extend_from_slice(&guid.ascii());
        out.push(b'"');
    }
    if let Some(name) = &event.provider.event_source {
        text(out, b",\"event_source\":", name)?;
    }
    if let Some(qualifiers) = event.qualifiers {
        number(out, b",\"qualifiers\":", qualifiers.into())?;
    }
    number(out, b",\"version\":", event.version.into())?;
    number(out, b",\"task\":", event.task.into())?;
    number(out, b",\"opcode\":", event.opcode.into())?;
    keywords(out, event.keywords);
    if let Some(process) = event.process_id {
        number(out, b",\"process_id\":", process.into())?;
    }
    if let Some(thread) = event.thread_id {
        number(out, b",\"thread_id\":", thread.into())?;
    }
    if let Some(user) = &event.user_id {
        write!(out, ",\"user_id\":\"{user}\"")?;
    }
    if let Some(binary) = event.payload.binary.as_ref().filter(|binary| !binary.is_empty()) {
        text(out, b",\"binary\":", &hexadecimal(binary))?;
    }
    if let Some(origin) = origin_word(event.origin) {
        text(out, b",\"origin\":", origin)?;
    }
    text(out, b",\"source\":", row.source)?;
    number(out, b",\"offset\":", event.offset.0)?;
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// Values by name. One without a name, or whose name an earlier one has, is called after its
/// place, as messages do: `%1` is the first.
pub(super) fn values(out: &mut Vec<u8>, values: &[PayloadValue]) -> io::Result<()> {
    out.push(b'{');
    for (index, (value, name)) in values.iter().zip(unique_names(values)).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match name {
            Some(name) => string(out, name)?,
            None => write!(out, "\"%{}\"", index.saturating_add(1))?,
        }
        out.push(b':');
        string(out, &value.text)?;
    }
    out.push(b'}');
    Ok(())
}

/// `key` is what stands before the value: a comma, the name in quotes, a colon.
fn text(out: &mut Vec<u8>, key: &[u8], value: &str) -> io::Result<()> {
    out.extend_from_slice(key);
    string(out, value)
}

fn number(out: &mut Vec<u8>, key: &[u8], value: u64) -> io::Result<()> {
    out.extend_from_slice(key);
    Ok(serde_json::to_writer(out, &value)?)
}

fn keywords(out: &mut Vec<u8>, bits: u64) {
    out.extend_from_slice(b",\"keywords\":");
    out.extend_from_slice(b"\"0x");
    out.extend(bits.to_be_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    out.push(b'"');
}

fn digit(number: u8) -> u8 {
    if number < 10 { b'0'.saturating_add(number) } else { b'W'.saturating_add(number) }
}

fn string(out: &mut Vec<u8>, value: &str) -> io::Result<()> {
    // One pass without a branch: the compiler looks at many bytes at once.
    let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    if value.as_bytes().iter().fold(false, |any, byte| any | is_special(byte)) {
        return Ok(serde_json::to_writer(out, value)?);
    }
    out.reserve(value.len().saturating_add(2));
    out.push(b'"');
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
    Ok(())
}
