//! Where something stands in the evidence.

use hvtriage_diagnosis::{Citation, Locator, Place};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<CitedFieldJson<'a>>,
}

/// A field of a cited record.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CitedField")]
pub(super) struct CitedFieldJson<'a> {
    name: &'a str,
    value: &'a str,
}

/// A fact that a finding rests on.
pub(super) fn cited(citation: &Citation) -> CitationJson<'_> {
    let fields = citation.fields.iter();
    CitationJson {
        role: Some(&citation.role),
        note: Some(&citation.note),
        message: citation.message.as_deref(),
        fields: fields.map(|it| CitedFieldJson { name: &it.name, value: &it.value }).collect(),
        ..self::citation(&citation.locator)
    }
}

/// Where a fact stands.
pub(super) fn citation(locator: &Locator) -> CitationJson<'_> {
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
        role: None,
        note: None,
        message: None,
        fields: Vec::new(),
    }
}
