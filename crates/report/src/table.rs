//! One list of a diagnosis as a table for spreadsheets.
//!
//! A row is made of the object that the JSON report has for it, so that both say the same. A column is a
//! field of it; one of an object in it is called `bugcheck.code`, and of several objects each is told.

mod list;

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;
use serde_json::Value;

use crate::json::rows;
use crate::spreadsheet::{harmless, head, record, without_controls};
pub use list::Table;

/// Characters of a cell; Excel holds 32,767, and cuts without a word.
const MAX_CELL: usize = 32_000;

/// Writes a table as CSV by RFC 4180, in UTF-8 with a mark that says so. A cell that a spreadsheet would
/// take for a formula begins with an apostrophe.
///
/// # Errors
/// Only those of `out`.
pub fn write_table(diagnosis: &Diagnosis, table: Table, out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<&str> = table.columns().split_whitespace().collect();
    out.write_all(&head(&columns))?;
    for row in rows(diagnosis, table) {
        let row = row?;
        record(columns.iter().map(|column| cell(&row, column)), out)?;
    }
    Ok(())
}

fn cell(row: &Value, column: &str) -> String {
    let mut parts = Vec::new();
    tell(row, column, &mut parts);
    let text = parts.join("; ");
    match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Adds what stands at `path` below `value`; an empty path is the value itself.
fn tell(value: &Value, path: &str, parts: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(values) => values.iter().for_each(|one| tell(one, path, parts)),
        Value::Object(fields) if path.is_empty() => parts.push(place(fields)),
        Value::Object(fields) => {
            let (field, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(value) = fields.get(field) {
                tell(value, rest, parts);
            }
        }
        Value::String(text) => parts.push(plain(text, parts.is_empty())),
        Value::Bool(_) | Value::Number(_) => parts.push(value.to_string()),
    }
}

/// Where something stands: the only object that is a cell as a whole.
fn place(citation: &serde_json::Map<String, Value>) -> String {
    let text = |name| citation.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name| citation.get(name).and_then(Value::as_u64);
    let source = plain(text("source"), true);
    match (number("record_id"), number("line")) {
        (Some(record), _) => format!("{source} record {record}"),
        (None, Some(line)) => format!("{source} line {line}"),
        (None, None) => format!("{source} {} (offset {})", text("field"), text("offset")),
    }
}

/// Text of a cell, of which the first must not begin a formula.
fn plain(text: &str, is_first: bool) -> String {
    if is_first { harmless(text) } else { without_controls(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Every column is a field of the schema, so that none is empty because it is misspelt.
    #[test]
    fn columns_are_fields_of_the_report() {
        let mut schema = Vec::new();
        crate::write_schema(&mut schema).unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        for table in Table::ALL {
            for column in table.columns().split_whitespace() {
                let mut at = &schema["properties"][table.word()];
                for field in column.split('.') {
                    at = &object(&schema, at)["properties"][field];
                    assert!(!at.is_null(), "{} {column}", table.word());
                }
            }
        }
    }

    /// The object that a part of the schema stands for, through lists, references and `null`.
    fn object<'a>(schema: &'a Value, at: &'a Value) -> &'a Value {
        if at["items"].is_object() {
            return object(schema, &at["items"]);
        }
        if let Some(either) = at["anyOf"].as_array() {
            return object(schema, &either[0]);
        }
        match at["$ref"].as_str() {
            Some(name) => schema.pointer(name.trim_start_matches('#')).unwrap(),
            None => at,
        }
    }

    #[test]
    fn a_cell_is_no_formula() {
        let table = [
            (json!("=1+2"), "'=1+2"),
            (json!("+1"), "'+1"),
            (json!("-1"), "'-1"),
            (json!("@SUM(A1)"), "'@SUM(A1)"),
            (json!("\t=1"), "'\t=1"),
            (json!("\r=1"), "'\r=1"),
            (json!("\n=1"), "'\n=1"),
            (json!(" \u{feff}=1"), "' \u{feff}=1"),
            (json!("\u{ff1d}1"), "'\u{ff1d}1"),
            (json!("a=1"), "a=1"),
            (json!(""), ""),
            (json!(["=1", "=2"]), "'=1; =2"),
            (json!([null, "=1"]), "'=1"),
            (json!({"source": "=1.evtx", "record_id": 7, "offset": "0x200"}), "'=1.evtx record 7"),
            // A number is none.
            (json!(-1.5), "-1.5"),
            (json!("a\u{1b}[2Jb\u{0}"), "a\u{fffd}[2Jb\u{fffd}"),
            (json!(null), ""),
            (json!(false), "false"),
        ];
        for (value, wanted) in table {
            assert_eq!(cell(&json!({ "field": value }), "field"), wanted);
        }
    }

    #[test]
    fn lines_are_those_of_rfc_4180() {
        let mut out = Vec::new();
        record(["a", "b\"c", "d,e", "f\r\ng", ""], &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,\"b\"\"c\",\"d,e\",\"f\r\ng\",\r\n");
    }

    #[test]
    fn a_cell_is_cut_where_a_spreadsheet_would_cut_it_without_a_word() {
        let long = cell(&json!({ "field": "x".repeat(40_000) }), "field");
        assert!(long.len() == 32_003 && long.ends_with("x..."));
    }
}
