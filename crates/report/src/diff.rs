//! What changed from one JSON report to another.
//!
//! Reports are read as values and not as types: an older one lacks fields, a newer one has more.

mod evidence;
mod foreign;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::json::SCHEMA_VERSION;
use crate::text::layout::wrapped;
use crate::text::page::{Page, TextStyle};
use evidence::Lacking;

/// The lists that are compared: the name, the fields by which an entry is known, and what is told of it.
const LISTS: [List; 3] = [
    List { name: "findings", keys: &["rule", "machine", "subject"], told: "message" },
    List { name: "guests", keys: &["vm_name", "vm_id", "service"], told: "advice" },
    List { name: "problems", keys: &["source", "offset", "message"], told: "hint" },
];

struct List {
    name: &'static str,
    keys: &'static [&'static str],
    told: &'static str,
}

/// What changed of one list.
struct Change<'a> {
    list: &'static List,
    new: Vec<&'a Value>,
    gone: Vec<&'a Value>,
    unchanged: Vec<&'a Value>,
}

/// Two reports, compared.
#[derive(Debug)]
pub struct ReportDiff {
    old: ReadReport,
    new: ReadReport,
}

/// A JSON report that was read.
#[derive(Debug)]
pub struct ReadReport(Value);

/// Why reports cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffError {
    /// It is no JSON report: what it looks like, and in parentheses what is wrong with it as such.
    NoReport(&'static str, String),
    /// It has a version that this program does not know.
    Version(String),
}

impl fmt::Display for DiffError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReport(looks_like, reason) => write!(
                formatter,
                "{looks_like}{reason}; compared are reports that `hvtriage analyze PATH --format json -o \
                 FILE` wrote"
            ),
            Self::Version(version) => {
                write!(formatter, "has schema version {version}, and {SCHEMA_VERSION} is known")
            }
        }
    }
}

impl std::error::Error for DiffError {}

/// A form of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiffFormat {
    /// For people.
    Text,
    /// One JSON object, see `docs/report-schema.md`.
    Json,
}

/// Reads a report and checks that it can be compared.
///
/// # Errors
/// It is no report, or one of another major version.
pub fn read_report(bytes: &[u8]) -> Result<ReadReport, DiffError> {
    let looks_like = foreign::looks_like(bytes);
    let wrong = |reason: String| DiffError::NoReport(looks_like, format!(" ({reason})"));
    let unreadable = |error: serde_json::Error| match looks_like.contains("JSON") {
        true => wrong(error.to_string()),
        // Where a page is no JSON helps nobody.
        false => DiffError::NoReport(looks_like, String::new()),
    };
    let report: Value = serde_json::from_slice(bytes).map_err(unreadable)?;
    let version = report.get("schema_version").and_then(Value::as_str);
    let version = version.ok_or_else(|| wrong("it has no schema_version".into()))?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version) != major(SCHEMA_VERSION) {
        return Err(DiffError::Version(version.to_owned()));
    }
    for list in &LISTS {
        if !report.get(list.name).is_some_and(Value::is_array) {
            return Err(wrong(format!("it has no {}", list.name)));
        }
    }
    Ok(ReadReport(report))
}

impl ReadReport {
    /// What a selection left out of it, in words: findings that are not in it are not gone for that.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        let left_out = self.0.get("left_out").filter(|left_out| left_out.is_object())?;
        let findings = left_out.get("findings").and_then(Value::as_u64).unwrap_or_default();
        Some(match findings {
            1 => "1 finding was left out of it".to_owned(),
            findings => format!("{findings} findings were left out of it"),
        })
    }
}

impl ReadReport {
    /// What span of time alone it judges, in words: what lies outside is neither new nor gone for that.
    #[must_use]
    pub fn span(&self) -> Option<String> {
        let span = self.0.get("span").filter(|span| span.is_object())?;
        let limit = |name: &str| Some(format!("{name} {}", span.get(name)?.as_str()?));
        let limits: Vec<String> = ["since", "until"].into_iter().filter_map(limit).collect();
        Some(format!("judges only what happened {}", limits.join(" and ")))
    }
}

impl ReportDiff {
    /// Compares what [`read_report`] read.
    #[must_use]
    pub fn new(old: ReadReport, new: ReadReport) -> Self {
        Self { old, new }
    }

    /// Writes what is new, what is gone and what is as it was.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn write(
        &self,
        format: DiffFormat,
        style: TextStyle,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let changes: Vec<Change<'_>> = LISTS.iter().map(|list| self.change(list)).collect();
        let (old, new) = (&self.old.0, &self.new.0);
        let (lost, won) = (Lacking::of(old, new), Lacking::of(new, old));
        match format {
            DiffFormat::Text => {
                let out = &mut Page::new(style, out);
                let lost = lost.words().filter(|_| changes.iter().any(|it| !it.gone.is_empty()));
                if let Some(lost) = lost {
                    let text =
                        format!("The new evidence has {lost}: what is gone may only be missing.");
                    wrapped(out, "", &text)?;
                }
                let won = won.words().filter(|_| changes.iter().any(|it| !it.new.is_empty()));
                if let Some(won) = won {
                    let text =
                        format!("The old evidence has {won}: what is new may only be seen now.");
                    wrapped(out, "", &text)?;
                }
                changes.into_iter().try_for_each(|change| change.text(out))
            }
            DiffFormat::Json => {
                let mut object = Map::new();
                object.insert("schema_version".into(), json!(SCHEMA_VERSION));
                object.insert("lacking_in_new".into(), lost.json());
                object.insert("lacking_in_old".into(), won.json());
                let of_lists = changes.iter().map(|it| (it.list.name.to_owned(), it.json()));
                object.extend(of_lists);
                serde_json::to_writer_pretty(&mut *out, &object)?;
                out.write_all(b"\n")
            }
        }
    }

    /// Entries that have the same key are paired in their order, so that a second one is new.
    fn change(&self, list: &'static List) -> Change<'_> {
        let mut old: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for entry in entries_of(&self.old, list).iter().rev() {
            old.entry(list.key(entry)).or_default().push(entry);
        }
        let mut change = Change { list, new: Vec::new(), gone: Vec::new(), unchanged: Vec::new() };
        for entry in entries_of(&self.new, list) {
            match old.get_mut(&list.key(entry)).and_then(Vec::pop) {
                Some(_) => change.unchanged.push(entry),
                None => change.new.push(entry),
            }
        }
        change.gone = old.into_values().flat_map(|left| left.into_iter().rev()).collect();
        change
    }
}

fn entries_of<'a>(report: &'a ReadReport, list: &List) -> &'a [Value] {
    report.0.get(list.name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl List {
    /// What an entry is known by, as one text in which no part can pass for two.
    fn key(&self, entry: &Value) -> String {
        let parts: Vec<&Value> =
            self.keys.iter().map(|key| entry.get(key).unwrap_or(&Value::Null)).collect();
        json!(parts).to_string()
    }
}

impl Change<'_> {
    fn json(&self) -> Value {
        json!({ "new": self.new, "gone": self.gone, "unchanged": self.unchanged })
    }

    fn text(&self, out: &mut Page<'_>) -> io::Result<()> {
        out.heading(&format!(
            "{}: {} new, {} gone, {} as before",
            self.list.name,
            self.new.len(),
            self.gone.len(),
            self.unchanged.len()
        ))?;
        for (mark, entries) in [("  + ", &self.new), ("  - ", &self.gone)] {
            for entry in entries {
                wrapped(out, mark, &self.words(entry))?;
            }
        }
        Ok(())
    }

    fn words(&self, entry: &Value) -> String {
        let text = |field: &str| entry.get(field).and_then(Value::as_str);
        let known: Vec<&str> = self.list.keys.iter().filter_map(|key| text(key)).collect();
        let severity = text("severity").map_or_else(String::new, |it| it.to_uppercase() + " ");
        let known = format!("{severity}{}", known.join(", "));
        match text(self.list.told) {
            Some(told) => format!("{known}: {told}"),
            None => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: Value, problems: Value) -> ReadReport {
        let report = json!({
            "schema_version": "2.0", "findings": findings, "guests": [], "problems": problems,
        });
        read_report(report.to_string().as_bytes()).unwrap()
    }

    fn finding(rule: &str, machine: &str, message: &str) -> Value {
        json!({ "rule": rule, "machine": machine, "subject": null, "message": message })
    }

    /// A crash that only its dump told is not mended where the dump was not sent again.
    #[test]
    fn what_is_gone_with_its_evidence_is_told_so() {
        let of = |severity: &str, sources: Value, findings: usize| {
            let mut finding = finding("A", "HV1", "a");
            finding["severity"] = json!(severity);
            let report = json!({
                "schema_version": "2.0", "findings": vec![finding; findings], "guests": [],
                "problems": [], "sources": sources,
            });
            read_report(report.to_string().as_bytes()).unwrap()
        };
        let dump = || json!([{ "name": "a.dmp", "kind": "kernel_dump" }]);
        let of_lists = "guests: 0 new, 0 gone, 0 as before\nproblems: 0 new, 0 gone, 0 as before\n";
        assert_eq!(
            compared(of("critical", dump(), 1), of("", json!([]), 0), DiffFormat::Text),
            format!(
                "The new evidence has no dump: what is gone may only be missing.\n\
                 findings: 0 new, 1 gone, 0 as before\n  - CRITICAL A, HV1: a\n{of_lists}"
            )
        );
        assert_eq!(
            compared(of("", json!([]), 0), of("high", dump(), 1), DiffFormat::Text),
            format!(
                "The old evidence has no dump: what is new may only be seen now.\n\
                 findings: 1 new, 0 gone, 0 as before\n  + HIGH A, HV1: a\n{of_lists}"
            )
        );
        // Nothing is gone: what is lacking tells nothing.
        let same = compared(of("high", dump(), 1), of("high", json!([]), 1), DiffFormat::Text);
        assert!(same.starts_with("findings: 0 new, 0 gone, 1 as before"), "{same}");
    }

    fn compared(old: ReadReport, new: ReadReport, format: DiffFormat) -> String {
        let mut out = Vec::new();
        ReportDiff::new(old, new).write(format, TextStyle::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_new_gone_and_as_before() {
        let old =
            json!([finding("A", "HV1", "a"), finding("B", "HV1", "b"), finding("C", "HV1", "c")]);
        // The same of another time is no change; a second one is; another machine is another finding.
        let new = json!([
            finding("A", "HV1", "later"),
            finding("C", "HV1", "c"),
            finding("C", "HV1", "again"),
            finding("B", "HV2", "b\u{1b}[2J")
        ]);
        let problem =
            json!([{ "source": "x.evtx", "offset": "0x10", "message": "m", "hint": null }]);
        let text = compared(report(old, problem), report(new, json!([])), DiffFormat::Text);
        assert_eq!(
            text,
            "findings: 2 new, 1 gone, 2 as before\n\
             \x20 + C, HV1: again\n\
             \x20 + B, HV2: b\u{fffd}[2J\n\
             \x20 - B, HV1: b\n\
             guests: 0 new, 0 gone, 0 as before\n\
             problems: 0 new, 1 gone, 0 as before\n\
             \x20 - x.evtx, 0x10, m\n"
        );
    }

    #[test]
    fn for_programs_the_entries_are_whole() {
        let old = report(json!([finding("A", "HV1", "a")]), json!([]));
        let new = report(json!([finding("B", "HV1", "b")]), json!([]));
        let text = compared(old, new, DiffFormat::Json);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["findings"]["new"], json!([finding("B", "HV1", "b")]));
        assert_eq!(value["findings"]["gone"], json!([finding("A", "HV1", "a")]));
        assert_eq!(value["guests"], json!({ "new": [], "gone": [], "unchanged": [] }));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for (text, wanted) in [
            ("", "is empty"),
            ("[]", "no schema_version"),
            (r#"{"schema_version":"2.0"}"#, "no findings"),
            (r#"{"schema_version":"1.9","findings":[]}"#, "schema version 1.9"),
            (r#"{"schema_version":"2.0","findings":{},"guests":[],"problems":[]}"#, "no findings"),
        ] {
            let error = read_report(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
