//! The JSON Schema of the report, made from the types that write it.

use std::io::{self, Write};

use schemars::generate::SchemaSettings;

use super::{Report, SCHEMA_VERSION};

/// Writes the JSON Schema (draft 2020-12) of [`Format::Json`](crate::Format::Json).
///
/// # Errors
/// Only those of `out`.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Report<'_>>();
    schema.insert("title".into(), format!("hvtriage report {SCHEMA_VERSION}").into());
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    out.write_all(b"\n")
}
