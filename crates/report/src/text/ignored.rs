//! Findings that somebody knows and accepts, and entries that are over.

use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, Expired, Ignore, Ignored, IgnoredFindings};

use super::layout::{count, more, wrapped};
use super::page::Page;

/// More ignored findings than this are counted and not listed.
const SHOWN: usize = 20;

/// What the head of a report says of them.
pub(crate) fn sentences(diagnosis: &Diagnosis) -> Vec<String> {
    let Some(ignored) = &diagnosis.ignored else { return Vec::new() };
    let mut said = Vec::new();
    if !ignored.findings.is_empty() {
        let findings = count(ignored.findings.len() as u64, "more finding");
        let verb = if ignored.findings.len() == 1 { "is" } else { "are" };
        said.push(format!("{findings} {verb} known and ignored."));
    }
    said.extend(ignored.expired.iter().map(|one| expired(ignored, one)));
    said
}

/// That an entry is over, and what shows again.
pub(crate) fn expired(ignored: &IgnoredFindings, one: &Expired) -> String {
    let Ignore { rule, until, reason, .. } = &one.entry;
    let until = until.map_or_else(String::new, |day| format!(" on {day}"));
    let today = ignored.today.map_or_else(String::new, |day| format!(", and it is {day}"));
    let findings = count(one.findings, "finding");
    let verb = if one.findings == 1 { "is" } else { "are" };
    format!("Ignoring {rule} ended{until}{today}: {findings} {verb} shown again ({reason}).")
}

/// Entries that met no finding are named, up to this many.
const UNUSED_NAMED: usize = 5;

/// The entries that met no finding.
pub(crate) fn unused(diagnosis: &Diagnosis) -> Option<String> {
    let unused = &diagnosis.ignored.as_ref()?.unused;
    let named: Vec<String> = unused.iter().take(UNUSED_NAMED).map(ToString::to_string).collect();
    let more = match unused.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let entries = match unused.len() {
        0 => return None,
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    };
    Some(format!("{entries} of [[ignore]] met no finding here: {}{more}.", named.join("; ")))
}

/// Why a finding is ignored, and how long.
pub(crate) fn reason(ignored: &Ignored) -> String {
    let until = ignored.until.map_or_else(String::new, |day| format!(" (until {day})"));
    format!("{}{until}", ignored.reason)
}

/// What it is, and on which machine.
pub(crate) fn named(ignored: &Ignored) -> String {
    let finding = &ignored.finding;
    let subject = finding.subject.as_ref().map_or_else(String::new, |it| format!(", {it}"));
    format!("{} ({}) on {}{subject}", finding.rule, finding.severity.word(), finding.machine)
}

/// Each with its reason.
pub(super) fn write(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let Some(ignored) = &diagnosis.ignored else { return Ok(()) };
    let unused = unused(diagnosis);
    if ignored.findings.is_empty() && unused.is_none() {
        return Ok(());
    }
    let today = ignored.today.map_or_else(String::new, |day| format!(" on {day}"));
    writeln!(out)?;
    out.heading(&format!("Known and ignored{today}"))?;
    for one in ignored.findings.iter().take(SHOWN) {
        wrapped(out, "  ", &named(one))?;
        wrapped(out, "    ", &one.finding.message)?;
        wrapped(out, "    Ignored: ", &reason(one))?;
    }
    more(out, "  ", ignored.findings.len(), SHOWN)?;
    unused.map_or(Ok(()), |unused| wrapped(out, "  ", &unused))
}
