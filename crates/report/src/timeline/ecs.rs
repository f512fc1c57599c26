//! JSON lines with the names of the Elastic Common Schema, and of Winlogbeat for what it does not name.

use std::io;

use serde_json::{Map, Value, json};

use super::{iso, level_word, words};
use crate::events::{EventRow, unique_names};

/// The version of the Elastic Common Schema whose names these are.
const ECS_VERSION: &str = "8.11.0";

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    let mut winlog = Map::new();
    let mut add = |name: &str, value: Value| winlog.insert(name.to_owned(), value);
    add("channel", json!(event.channel));
    add("computer_name", json!(event.computer));
    add("provider_name", json!(event.provider.name));
    if let Some(guid) = event.provider.guid {
        add("provider_guid", json!(format!("{{{guid}}}")));
    }
    add("event_id", json!(event.id.to_string()));
    add("record_id", json!(event.record_id.to_string()));
    add("event_data", values(row));
    if let Some(process) = event.process_id {
        let thread = event.thread_id.unwrap_or_default();
        add("process", json!({ "pid": process, "thread": { "id": thread } }));
    }
    if let Some(user) = &event.user_id {
        add("user", json!({ "identifier": user.to_string() }));
    }
    let mut tags = Vec::new();
    if event.time_is_local {
        tags.push("local_time_of_unknown_zone");
    }
    let line = json!({
        "@timestamp": iso(event),
        "ecs": { "version": ECS_VERSION },
        "message": words(row),
        "event": {
            "kind": "event",
            "code": event.id.to_string(),
            "provider": event.provider.name,
            "reason": row.meaning,
        },
        "log": {
            "level": level_word(event.level).to_ascii_lowercase(),
            "file": { "path": row.source },
        },
        "host": { "name": event.computer },
        "tags": tags,
        "winlog": winlog,
    });
    serde_json::to_writer(&mut *out, &line)?;
    out.push(b'\n');
    Ok(())
}

/// Values by name; one without is `param1` by its place, as Winlogbeat calls it.
fn values(row: &EventRow<'_>) -> Value {
    let values = &row.event.payload.values;
    let named = values.iter().zip(unique_names(values)).zip(1_u64..);
    let named = named.map(|((value, name), place)| {
        let name = name.map_or_else(|| format!("param{place}"), str::to_owned);
        (name, Value::String(value.text.clone()))
    });
    Value::Object(named.collect())
}
