//! The facts that a diagnosis rests on.

use std::io::{self, Write};

use hvtriage_diagnosis::{Evidence, Place, ToldFact};
use serde_json::{Value, json};

use super::file::ParquetFile;
use super::shape::{Field, Leaf, Shape};

/// Writes all facts as Parquet, in the order of time: what rules see, with their words and fields.
///
/// # Errors
/// Only those of `out`.
pub fn write_parquet_facts(evidence: &Evidence, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut file = ParquetFile::new(out, fields())?;
    for fact in evidence.told_facts() {
        file.add(&row(&fact))?;
    }
    file.finish().map(drop)
}

fn fields() -> Vec<Field> {
    let leaf = |name, leaf| Field::new(name, Shape::Leaf(leaf));
    vec![
        leaf("time", Leaf::Time).optional(),
        leaf("machine", Leaf::Text).optional(),
        leaf("role", Leaf::Text).optional(),
        leaf("os_build", Leaf::Number(32)).optional(),
        leaf("kind", Leaf::Text),
        Field::new("fields", Shape::Map),
        leaf("source", Leaf::Text),
        leaf("record_id", Leaf::Number(64)).optional(),
        leaf("line", Leaf::Number(64)).optional(),
        leaf("field", Leaf::Text).optional(),
        leaf("offset", Leaf::Number(64)),
    ]
}

fn row(fact: &ToldFact<'_>) -> Value {
    let (record, line, field, offset) = match &fact.locator.place {
        Place::Record { id, offset } => (Some(*id), None, None, offset),
        Place::Line { number, offset } => (None, Some(*number), None, offset),
        Place::Field { name, offset } => (None, None, Some(*name), offset),
    };
    let fields = fact.fields.iter().map(|(name, text)| (name.clone(), json!(text)));
    json!({
        "time": fact.time.map(|time| time.to_string()),
        "machine": fact.machine.map(|machine| &machine.name),
        "role": fact.machine.map(|machine| machine.role.word()),
        "os_build": fact.os_build,
        "kind": fact.kind,
        "fields": Value::Object(fields.collect()),
        "source": fact.locator.source.as_ref(),
        "record_id": record,
        "line": line,
        "field": field,
        "offset": offset.0,
    })
}
