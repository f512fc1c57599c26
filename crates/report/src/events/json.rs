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
        Some(time) => write!(out, "{{\"time\":\"{time}\"")?,
        None => out.extend_from_slice(b"{\"time\":null"),
    }
    text(out, "computer", &event.computer)?;
    text(out, "channel", &event.channel)?;
    text(out, "provider", &event.provider.name)?;
    number(out, "event_id", event.id.into())?;
    number(out, "level", event.level.into())?;
    number(out, "record_id", event.record_id)?;
    key(out, "data");
    values(out, &event.payload.values)?;
    if let Some(message) = row.message() {
        text(out, "message", message)?;
    }
    if let Some(guid) = event.provider.guid {
        write!(out, ",\"provider_guid\":\"{guid}\"")?;
    }
    if let Some(name) = &event.provider.event_source {
        text(out, "event_source", name)?;
    }
    if let Some(qualifiers) = event.qualifiers {
        number(out, "qualifiers", qualifiers.into())?;
    }
    number(out, "version", event.version.into())?;
    number(out, "task", event.task.into())?;
    number(out, "opcode", event.opcode.into())?;
    keywords(out, event.keywords);
    if let Some(process) = event.process_id {
        number(out, "process_id", process.into())?;
    }
    if let Some(thread) = event.thread_id {
        number(out, "thread_id", thread.into())?;
    }
    if let Some(user) = &event.user_id {
        write!(out, ",\"user_id\":\"{user}\"")?;
    }
    if let Some(binary) = event.payload.binary.as_ref().filter(|binary| !binary.is_empty()) {
        text(out, "binary", &hexadecimal(binary))?;
    }
    if let Some(origin) = origin_word(event.origin) {
        text(out, "origin", origin)?;
    }
    text(out, "source", row.source)?;
    number(out, "offset", event.offset.0)?;
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

fn key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn text(out: &mut Vec<u8>, name: &str, value: &str) -> io::Result<()> {
    key(out, name);
    string(out, value)
}

fn number(out: &mut Vec<u8>, name: &str, value: u64) -> io::Result<()> {
    key(out, name);
    Ok(serde_json::to_writer(out, &value)?)
}

fn keywords(out: &mut Vec<u8>, bits: u64) {
    key(out, "keywords");
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
    out.push(b'"');
    out.extend_from_slice(value.as_bytes());
    out.push(b'"');
    Ok(())
}
