//! Where something stands in the evidence.

use hvtriage_diagnosis::{Locator, Place};
use schemars::JsonSchema;
use serde::Serialize;

/// Where something stands in the evidence; `offset` is in bytes, in hexadecimal.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Citation")]
pub(super) struct CitationJson<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    offset: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

pub(super) fn citation<'a>(
    locator: &'a Locator,
    role: Option<&'a str>,
    note: Option<&'a str>,
) -> CitationJson<'a> {
    let (record_id, line, offset, field) = match &locator.place {
        Place::Record { id, offset } => (Some(*id), None, offset, None),
        Place::Line { number, offset } => (None, Some(*number), offset, None),
        Place::Field { name, offset } => (None, None, offset, Some(*name)),
    };
    CitationJson {
        source: &locator.source,
        record_id,
        line,
        offset: offset.to_string(),
        field,
        role,
        note,
    }
}
