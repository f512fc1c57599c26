//! A diagnosis as JSON lines: each finding as it arises, then what could not be read, then a summary.

use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, Finding, Severity};
use serde::Serialize;

use super::SCHEMA_VERSION;
use super::findings::{FindingJson, finding};
use super::selected::{LeftOutJson, SpanJson, ignored_finding, left_out, span};
use super::sources::{ProblemJson, problem};

#[derive(Serialize)]
struct Line<T> {
    r#type: &'static str,
    schema_version: &'static str,
    #[serde(flatten)]
    content: T,
}

#[derive(Serialize)]
struct Summary<'a> {
    sources: usize,
    events: u64,
    machines: usize,
    incidents: usize,
    findings: usize,
    by_severity: BySeverity,
    guests: usize,
    problems: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<SpanJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOutJson<'a>>,
}

#[derive(Default, Serialize)]
struct BySeverity {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    info: u64,
}

/// Writes a finding as one line: its object in the JSON report, with a `type` and the version.
///
/// # Errors
/// Only those of `out`.
pub fn write_finding_line(found: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let content: FindingJson<'_> = finding(found);
    line("finding", content, out)
}

/// Writes the lines behind the last finding: what could not be read, and a summary.
///
/// # Errors
/// Only those of `out`.
pub fn write_end_lines(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    for one in &diagnosis.problems {
        let content: ProblemJson<'_> = problem(one);
        line("problem", content, out)?;
    }
    for one in diagnosis.ignored.iter().flat_map(|ignored| &ignored.findings) {
        line("ignored", ignored_finding(one), out)?;
    }
    let summary = Summary {
        sources: diagnosis.sources.len(),
        events: diagnosis.event_count(),
        machines: diagnosis.machines.len(),
        incidents: diagnosis.incidents.len(),
        findings: diagnosis.findings.len(),
        by_severity: by_severity(&diagnosis.findings),
        guests: diagnosis.guests.len(),
        problems: diagnosis.problems.len(),
        ignored: diagnosis.ignored.as_ref().map(|ignored| ignored.findings.len()),
        span: diagnosis.span.as_ref().map(span),
        left_out: diagnosis.left_out.as_ref().map(left_out),
    };
    line("summary", summary, out)
}

fn by_severity(findings: &[Finding]) -> BySeverity {
    let mut numbers = BySeverity::default();
    for finding in findings {
        let number = match finding.severity {
            Severity::Critical => &mut numbers.critical,
            Severity::High => &mut numbers.high,
            Severity::Medium => &mut numbers.medium,
            Severity::Low => &mut numbers.low,
            Severity::Info => &mut numbers.info,
        };
        *number = number.saturating_add(1);
    }
    numbers
}

fn line(r#type: &'static str, content: impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let line = Line { r#type, schema_version: SCHEMA_VERSION, content };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}
