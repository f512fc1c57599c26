//! One list of a diagnosis as a table for spreadsheets.
//!
//! A row is made of the object that the JSON report has for it, so that both say the same. A column is a
//! field of it; one of an object in it is called `bugcheck.code`, and of several objects each is told.

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;
use serde_json::Value;

use crate::json::rows;
use crate::spreadsheet::{harmless, head, record, without_controls};

/// A list of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Table {
    /// What was found.
    Findings,
    /// Findings of one failure.
    Incidents,
    /// Guests whose services do not fit their hosts.
    Guests,
    /// A row a dump.
    Crashes,
    /// Crashes and restarts without a shutdown, each once.
    Stops,
    /// Moves of virtual machines.
    Migrations,
    /// Hosts and guests.
    Machines,
    /// Machines that run virtual machines or are nodes of a cluster.
    Hosts,
    /// Times during which hosts did not reach a cluster volume directly.
    Redirections,
    /// Filter drivers by machine.
    Filters,
    /// Files that hold evidence.
    Sources,
    /// The time that each log covers.
    Coverage,
    /// What would tell more.
    Missing,
    /// What could not be read.
    Problems,
}

/// Characters of a cell; Excel holds 32,767, and cuts without a word.
const MAX_CELL: usize = 32_000;

impl Table {
    /// Every table.
    pub const ALL: [Self; 14] = [
        Self::Findings,
        Self::Incidents,
        Self::Guests,
        Self::Crashes,
        Self::Stops,
        Self::Migrations,
        Self::Machines,
        Self::Hosts,
        Self::Redirections,
        Self::Filters,
        Self::Sources,
        Self::Coverage,
        Self::Missing,
        Self::Problems,
    ];

    /// Its word: the name of the list in the JSON report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Incidents => "incidents",
            Self::Guests => "guests",
            Self::Crashes => "crashes",
            Self::Stops => "stops",
            Self::Migrations => "migrations",
            Self::Machines => "machines",
            Self::Hosts => "hosts",
            Self::Redirections => "redirections",
            Self::Filters => "filters",
            Self::Sources => "sources",
            Self::Coverage => "coverage",
            Self::Missing => "missing",
            Self::Problems => "problems",
        }
    }

    fn columns(self) -> &'static str {
        match self {
            Self::Findings => {
                "rule title origin severity confidence machine subject time last_time count message \
                 explain remedy references false_positives citations"
            }
            Self::Incidents => {
                "title machine severity start end summary findings vms machines part_of.title"
            }
            Self::Guests => {
                "vm_name vm_id hosts service state verdict advice negotiated expected \
                 framework_negotiated framework_expected runs os_build integration_version \
                 guest_build guest_update host_build host_update system os_name computer shows \
                 first_seen last_seen count harmless reason citation"
            }
            Self::Crashes => {
                "source dump_type bugcheck.code bugcheck.name bugcheck.parameters exception os_build \
                 machine_type system_time uptime_seconds process role fault.module fault.offset \
                 fault.function fault.basis fault_address blamed.module blamed.offset \
                 blamed.function blamed.basis module_count unloaded_count"
            }
            Self::Stops => {
                "machine is_guest time last_alive back code parameters is_linux blamed told_by alike \
                 alike_machines alike_of_unnamed also_known.id dump_path no_dump \
                 small_dump_at_most citations"
            }
            Self::Migrations => {
                "vm kind source destination hosts start end blackout_seconds outcome reason citations"
            }
            Self::Machines => {
                "name role names vm_ids addresses os_build reasons.words doubts.words cluster.name \
                 cluster.nodes clock.reference clock.ahead_seconds clock.is_applied"
            }
            Self::Hosts => {
                "machine is_host is_node os_build generation hardware other_builds last_boot stops vms"
            }
            Self::Redirections => {
                "machine volume hosts.machine states drivers status start end vms \
                 vms_of_unknown_volume citations"
            }
            Self::Filters => {
                "machine driver version vendor category altitude_group is_of_windows first last \
                 unloaded citation"
            }
            Self::Sources => {
                "name kind size events computer channel collection first_time last_time copies"
            }
            Self::Coverage => "machine channel events first_time last_time sources",
            Self::Missing => "machine what reason is_lost",
            Self::Problems => "source offset message hint",
        }
    }
}

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
