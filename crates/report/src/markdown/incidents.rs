//! Each incident: what happened, to whom, why that is believed, and where the evidence says so.

use std::io;

use hvtriage_diagnosis::{Citation, Diagnosis, Finding, Incident};
use hvtriage_winfmt::FileTime;

use super::page::MarkdownPage;
use crate::text;
use crate::text::layout::count;
use crate::words::place;

/// More incidents than this are counted and not told.
const INCIDENTS: usize = 10;
/// More citations than this of one incident are counted and not listed.
const CITATIONS: usize = 3;

pub(super) fn incidents(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    if diagnosis.incidents.is_empty() {
        return Ok(());
    }
    out.heading(2, "Incidents")?;
    let named = out.paths.in_words().map_or_else(String::new, |words| format!(" {words}"));
    let named = out.text(&named);
    out.line(format_args!("All times are UTC. {named}"))?;
    for (number, incident) in (1..).zip(&diagnosis.incidents).take(INCIDENTS) {
        write_incident(diagnosis, number, incident, out)?;
    }
    if diagnosis.incidents.len() > INCIDENTS {
        out.line("")?;
    }
    out.more(diagnosis.incidents.len(), INCIDENTS)
}

fn write_incident(
    diagnosis: &Diagnosis,
    number: usize,
    incident: &Incident,
    out: &mut MarkdownPage<'_>,
) -> io::Result<()> {
    let title = out.text(&text::title(diagnosis, incident));
    out.heading(3, &format!("{number}. {title}"))?;
    let (severity, machine) = (incident.severity.word(), out.text(&incident.machine));
    let time = span(incident).map_or_else(String::new, |time| format!(", {time}"));
    let summary = out.text(&incident.summary);
    out.line(format_args!("{severity}, {machine}{time}\n\n{summary}\n"))?;
    if !incident.vms.is_empty() {
        let guests = out.names(incident.vms.iter().map(String::as_str));
        out.line(format_args!("- Guests: {guests}"))?;
    }
    let lead = incident.findings.first().and_then(|index| diagnosis.findings.get(*index));
    lead.map_or(Ok(()), |lead| why(lead, out))
}

fn span(incident: &Incident) -> Option<String> {
    let start = incident.start?.to_the_second();
    let end = incident.end.map(FileTime::to_the_second).filter(|end| *end != start);
    Some(end.map_or_else(|| start.clone(), |end| format!("{start} to {end}")))
}

/// What its leading rule means, and what it rests on.
fn why(lead: &Finding, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let (rule, explain) = (out.text(&lead.rule), out.text(&lead.explain));
    out.line(format_args!("- Why: {explain} (rule {rule})"))?;
    if !lead.false_positives.is_empty() {
        let may_be = out.text(&text::may_be(lead));
        out.line(format_args!("- But {may_be}"))?;
    }
    for citation in lead.citations.iter().take(CITATIONS) {
        let told = out.text(&cited(citation, out));
        out.line(format_args!("- Evidence: {told}"))?;
    }
    match lead.citations.len().saturating_sub(CITATIONS) {
        0 => Ok(()),
        others => out.line(format_args!("- and {}", count(others as u64, "more citation"))),
    }
}

/// When it was logged, what it says, and where.
fn cited(citation: &Citation, out: &MarkdownPage<'_>) -> String {
    let time = citation.time.map_or_else(String::new, |time| format!("{} ", time.to_the_second()));
    let source = out.paths.path(&citation.locator.source);
    format!("{time}{}: {source} {}", citation.note, place(&citation.locator.place))
}
