//! The columns of a list of the report, from the JSON Schema of its objects: so files have the fields that
//! the JSON report has, with their types.

use std::io;

use serde_json::Value;

use super::shape::{Field, Leaf, Shape};
use crate::write_schema;

/// The fields of the objects in the list called `word`.
pub(super) fn fields_of(word: &str) -> io::Result<Vec<Field>> {
    let mut text = Vec::new();
    write_schema(&mut text)?;
    let schema: Value = serde_json::from_slice(&text)?;
    let items = at(&schema, &["properties", word, "items"]);
    match items.map(|items| shape(&schema, items)) {
        Some((_, Shape::Object(fields))) => Ok(fields),
        _ => Err(io::Error::other(format!("the schema has no list {word}"))),
    }
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// What a part of the schema allows: whether `null`, and what else.
fn shape(schema: &Value, part: &Value) -> (bool, Shape) {
    if let Some(either) = part.get("anyOf").and_then(Value::as_array) {
        let is_null = |one: &&Value| one.get("type").is_some_and(|word| word == "null");
        let other = either.iter().find(|one| !is_null(one)).unwrap_or(&Value::Null);
        return (either.iter().any(|one| is_null(&one)), shape(schema, other).1);
    }
    if let Some(name) = part.get("$ref").and_then(Value::as_str) {
        let referred = schema.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
        return shape(schema, referred);
    }
    let types = part.get("type").cloned().unwrap_or_default();
    let is = |word: &str| match &types {
        Value::Array(words) => words.iter().any(|one| one == word),
        one => one == word,
    };
    let shape = if is("object") {
        Shape::Object(fields(schema, part))
    } else if is("array") {
        let items = part.get("items").unwrap_or(&Value::Null);
        Shape::List(Box::new(shape(schema, items).1))
    } else {
        Shape::Leaf(leaf(part, is))
    };
    (is("null"), shape)
}

fn fields(schema: &Value, object: &Value) -> Vec<Field> {
    let required = object.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let Some(properties) = object.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    let field = |(name, part): (&String, &Value)| {
        let (may_be_null, shape) = shape(schema, part);
        // Damage makes times that no file can hold.
        let is_time = shape == Shape::Leaf(Leaf::Time);
        let is_optional = may_be_null || is_time || !is_required(name);
        Field { name: name.clone(), is_optional, shape }
    };
    properties.iter().map(field).collect()
}

fn leaf(part: &Value, is: impl Fn(&str) -> bool) -> Leaf {
    let format = part.get("format").and_then(Value::as_str).unwrap_or_default();
    match format {
        "date-time" => Leaf::Time,
        "uint8" => Leaf::Number(8),
        "uint16" => Leaf::Number(16),
        "uint32" => Leaf::Number(32),
        _ if is("integer") => Leaf::Number(64),
        _ if is("number") => Leaf::Real,
        _ if is("boolean") => Leaf::Flag,
        _ => Leaf::Text,
    }
}
