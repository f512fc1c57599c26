//! What of a diagnosis is ignored, and what is not shown, for programs.

use hvtriage_diagnosis::{
    Expired, Ignore, Ignored, IgnoredFindings, JudgedSpan, LeftOut, UnusedEntry,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::findings::{FindingJson, finding};
use super::time::{Time, time};

/// Findings that are known and accepted: they are in no other list of this report.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Ignored")]
pub(super) struct IgnoredJson<'a> {
    today: Option<String>,
    findings: Vec<IgnoredFindingJson<'a>>,
    expired: Vec<ExpiredJson<'a>>,
    unused: Vec<UnusedJson<'a>>,
}

/// A finding, and why it is ignored.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "IgnoredFinding")]
pub(super) struct IgnoredFindingJson<'a> {
    reason: &'a str,
    until: Option<String>,
    #[serde(flatten)]
    finding: FindingJson<'a>,
}

/// An entry whose last day is over, and how many findings it no longer takes.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Expired")]
struct ExpiredJson<'a> {
    #[serde(flatten)]
    entry: EntryJson<'a>,
    findings: u64,
}

/// An entry that met no finding, and what of it is not in the evidence.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Unused")]
struct UnusedJson<'a> {
    #[serde(flatten)]
    entry: EntryJson<'a>,
    why: Option<&'a str>,
}

/// An entry of the list of what is ignored.
#[derive(JsonSchema, Serialize)]
struct EntryJson<'a> {
    rule: &'a str,
    machine: Option<&'a str>,
    guest: Option<&'a str>,
    file: Option<&'a str>,
    reason: &'a str,
    until: Option<String>,
}

pub(super) fn ignored(ignored: &IgnoredFindings) -> IgnoredJson<'_> {
    IgnoredJson {
        today: ignored.today.map(|day| day.to_string()),
        findings: ignored.findings.iter().map(ignored_finding).collect(),
        expired: ignored.expired.iter().map(expired).collect(),
        unused: ignored.unused.iter().map(unused).collect(),
    }
}

pub(super) fn ignored_finding(ignored: &Ignored) -> IgnoredFindingJson<'_> {
    IgnoredFindingJson {
        reason: &ignored.reason,
        until: ignored.until.map(|day| day.to_string()),
        finding: finding(&ignored.finding),
    }
}

fn expired(one: &Expired) -> ExpiredJson<'_> {
    ExpiredJson { entry: entry(&one.entry), findings: one.findings }
}

fn unused(one: &UnusedEntry) -> UnusedJson<'_> {
    UnusedJson { entry: entry(&one.entry), why: one.why.as_deref() }
}

fn entry(entry: &Ignore) -> EntryJson<'_> {
    EntryJson {
        rule: &entry.rule,
        machine: entry.machine.as_deref(),
        guest: entry.guest.as_deref(),
        file: entry.file.as_deref(),
        reason: &entry.reason,
        until: entry.until.map(|day| day.to_string()),
    }
}

/// What was asked for, and how much else there is: the lists of this report are without it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LeftOut")]
pub(super) struct LeftOutJson<'a> {
    machines: &'a [String],
    severity: Option<&'static str>,
    rules: &'a [String],
    findings: u64,
    incidents: u64,
    guests: u64,
    crashes: u64,
    rows: u64,
    unmet_rules: Vec<&'a str>,
}

pub(super) fn left_out(left: &LeftOut) -> LeftOutJson<'_> {
    LeftOutJson {
        machines: left.selection.machines(),
        severity: left.selection.least_severity().map(|least| least.word()),
        rules: left.selection.rules(),
        findings: left.findings,
        incidents: left.incidents,
        guests: left.guests,
        crashes: left.crashes,
        rows: left.rows,
        unmet_rules: left.unmet_rules.iter().map(|unmet| unmet.rule.as_str()).collect(),
    }
}

/// The time that was asked for, and how much of the evidence lies outside and was not judged.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Span")]
pub(super) struct SpanJson {
    since: Option<Time>,
    until: Option<Time>,
    events_outside: u64,
    dumps_outside: u64,
}

pub(super) fn span(span: &JudgedSpan) -> SpanJson {
    SpanJson {
        since: time(span.since),
        until: time(span.until),
        events_outside: span.events_outside,
        dumps_outside: span.dumps_outside,
    }
}
