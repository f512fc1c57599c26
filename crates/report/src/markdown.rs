//! The diagnosis as Markdown, short enough for a ticket. What evidence says cannot become markup.

mod escape;

use std::io::{self, Write};

use hvtriage_diagnosis::{
    Diagnosis, Finding, GuestAttention, Harmless, Incident, Severity, some_of,
};
use hvtriage_winfmt::FileTime;

use crate::text;
use crate::text::layout::count;
use crate::words::{self, PROBLEMS};
use escape::escaped;

/// A file that was given, and the digest by which others know that they have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDigest {
    /// The file, as the report names it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, or why it could not be read.
    pub sha256: Result<[u8; 32], String>,
}

/// More than this of a list is counted and not listed.
const LISTED: usize = 50;
/// More citations than this of one finding are counted and not listed.
const CITATIONS_SHOWN: usize = 3;

/// Writes `diagnosis` as a page of Markdown (CommonMark with tables), with the digests of its inputs.
///
/// # Errors
/// Only those of `out`.
pub fn write_markdown(
    diagnosis: &Diagnosis,
    inputs: &[InputDigest],
    out: &mut dyn Write,
) -> io::Result<()> {
    summary(diagnosis, out)?;
    incidents(diagnosis, out)?;
    findings(diagnosis, out)?;
    guests(diagnosis, out)?;
    ignored(diagnosis, out)?;
    problems(diagnosis, out)?;
    digests(inputs, out)
}

fn summary(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Hyper-V diagnosis\n")?;
    writeln!(
        out,
        "{} and {} from {}.",
        count(diagnosis.findings.len() as u64, "finding"),
        count(diagnosis.incidents.len() as u64, "incident"),
        count(diagnosis.sources.len() as u64, "file"),
    )?;
    let first = diagnosis.sources.iter().filter_map(|source| source.first_time).min();
    let last = diagnosis.sources.iter().filter_map(|source| source.last_time).max();
    if let (Some(first), Some(last)) = (first, last) {
        writeln!(out, "The evidence covers {} to {} (UTC).", short(first), short(last))?;
    }
    for sentence in text::ignored::sentences(diagnosis) {
        writeln!(out, "{}", escaped(&sentence))?;
    }
    match &diagnosis.left_out {
        Some(left_out) => writeln!(out, "{}", escaped(&left_out.to_string()))?,
        None if diagnosis.findings.is_empty() && !text::has_ignored(diagnosis) => {
            writeln!(out, "No rule of the catalogue holds on this evidence.")?;
        }
        None => {}
    }
    Ok(())
}

fn incidents(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    if diagnosis.incidents.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Incidents\n")?;
    for (number, incident) in diagnosis.incidents.iter().enumerate().take(LISTED) {
        write_incident(number.saturating_add(1), incident, out)?;
    }
    more(diagnosis.incidents.len(), out)
}

fn write_incident(number: usize, incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let since = incident.start.map_or_else(String::new, |start| format!(", {}", short(start)));
    writeln!(
        out,
        "{number}. **{}** ({}, {}{since})",
        escaped(&incident.title),
        incident.severity.word(),
        escaped(&incident.machine),
    )?;
    writeln!(out, "   {}", escaped(&incident.summary))?;
    if !incident.vms.is_empty() {
        let vms = some_of(incident.vms.iter().map(String::as_str), LISTED, ", ");
        writeln!(out, "   Guests: {}", escaped(&vms))?;
    }
    Ok(())
}

fn findings(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    if diagnosis.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Findings")?;
    for severity in
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
    {
        let of_it: Vec<&Finding> =
            diagnosis.findings.iter().filter(|finding| finding.severity == severity).collect();
        if of_it.is_empty() {
            continue;
        }
        writeln!(out, "\n### {} ({})\n", capitalized(severity.word()), of_it.len())?;
        for finding in of_it.iter().take(LISTED) {
            write_finding(finding, out)?;
        }
        more(of_it.len(), out)?;
    }
    Ok(())
}

fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "- **{}** on {} (confidence {}): {}",
        escaped(&finding.rule),
        escaped(&finding.machine),
        finding.confidence.word(),
        escaped(&finding.message),
    )?;
    writeln!(out, "  - Do: {}", escaped(&finding.remedy))?;
    for citation in finding.citations.iter().take(CITATIONS_SHOWN) {
        writeln!(out, "  - Evidence: {}", escaped(&words::locator(&citation.locator)))?;
    }
    let others = finding.citations.len().saturating_sub(CITATIONS_SHOWN);
    if others > 0 {
        writeln!(out, "  - and {}", count(others as u64, "more citation"))?;
    }
    Ok(())
}

/// Guests whose services do not fit their hosts. Those where that is known to be harmless need nobody.
fn guests(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let needs = |guest: &&GuestAttention| !matches!(guest.harmless, Harmless::Yes(_));
    let guests: Vec<&GuestAttention> = diagnosis.guests.iter().filter(needs).collect();
    if guests.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Guests that need attention\n")?;
    writeln!(out, "| guest | hosts | service | guest has | host has | what to do |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for guest in guests.iter().take(LISTED) {
        let version = |text: &Option<String>| text.as_deref().map_or_else(String::new, escaped);
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            escaped(&guest.vm_name),
            escaped(&some_of(guest.hosts.iter().map(String::as_str), LISTED, ", ")),
            escaped(&guest.service),
            version(&guest.negotiated),
            version(&guest.expected),
            what_to_do(guest),
        )?;
    }
    if guests.len() > LISTED {
        writeln!(out)?;
    }
    more(guests.len(), out)
}

fn what_to_do(guest: &GuestAttention) -> String {
    match (guest.advice, &guest.harmless) {
        (Some(advice), _) => escaped(advice),
        (None, Harmless::Unknown(reason)) => escaped(reason),
        (None, Harmless::Yes(_) | Harmless::No) => String::new(),
    }
}

fn ignored(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let all = diagnosis.ignored.iter().flat_map(|ignored| &ignored.findings);
    let count = all.clone().count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\n## Known and ignored\n")?;
    for one in all.take(LISTED) {
        writeln!(out, "- {}", escaped(&text::ignored::named(one)))?;
        writeln!(out, "  - Ignored: {}", escaped(&text::ignored::reason(one)))?;
    }
    more(count, out)
}

fn problems(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    if diagnosis.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {PROBLEMS}\n")?;
    for problem in diagnosis.problems.iter().take(LISTED) {
        let place = problem.at.map_or_else(String::new, |at| format!(" at {at}"));
        let hint = problem.hint.as_deref().map_or_else(String::new, |it| format!(" ({it})"));
        let told = format!("{}{place}: {}{hint}", problem.source, problem.message);
        writeln!(out, "- {}", escaped(&told))?;
    }
    more(diagnosis.problems.len(), out)
}

/// All of them: a digest that is left out is of no use.
fn digests(inputs: &[InputDigest], out: &mut dyn Write) -> io::Result<()> {
    if inputs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Inputs\n\n| file | bytes | SHA-256 |\n|---|---|---|")?;
    for input in inputs {
        let digest = match &input.sha256 {
            Ok(digest) => {
                let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("`{digits}`")
            }
            Err(reason) => format!("not read: {}", escaped(reason)),
        };
        writeln!(out, "| {} | {} | {digest} |", escaped(&input.name), input.size)?;
    }
    Ok(())
}

fn more(all: usize, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(LISTED) {
        0 => Ok(()),
        others => writeln!(out, "\n{others} more are in the JSON report."),
    }
}

fn short(time: FileTime) -> String {
    time.to_the_second()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
