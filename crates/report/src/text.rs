//! The diagnosis for people: what broke, who needs attention, how sure it is, where it says so.

pub(crate) mod coverage;
pub(crate) mod guest_lists;
pub(crate) mod guests;
pub(crate) mod happened;
pub(crate) mod head;
pub(crate) mod ignored;
pub(crate) mod layout;
pub(crate) mod machines;
pub(crate) mod page;
pub(crate) mod screen;
pub(crate) mod table;
pub(crate) mod tables;
pub(crate) mod volumes;

use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, Finding, Incident, Moment, RuleOrigin, some_of};

use hvtriage_winfmt::FileTime;

use crate::words::{known, locator, printable};
use head::HeadOf;
use layout::{more, wrapped, wrapped_as};
use page::Page;
use table::table;
use tables::{crashes, problems};

/// More citations than this are counted and not listed; JSON lists them all.
const CITATIONS_SHOWN: usize = 4;
/// More findings of one rule than this in an incident are counted and not listed.
const FINDINGS_SHOWN: usize = 12;
/// More incidents than this are not listed at the top.
const INCIDENTS_LISTED: usize = 40;
/// More virtual machines than this of one incident are counted and not named.
const VMS_SHOWN: usize = 12;
/// More moments than this of one incident are counted and not listed.
const MOMENTS_SHOWN: usize = 12;

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let head = head::sentences(diagnosis, HeadOf::Text);
    head.iter().try_for_each(|sentence| wrapped(out, "", sentence))?;
    overview(diagnosis, out)?;
    for (number, incident) in diagnosis.incidents.iter().enumerate() {
        write_incident(diagnosis, number.saturating_add(1), incident, out)?;
    }
    guests::guests(diagnosis, out)?;
    guests::drifts(diagnosis, out)?;
    happened::hosts(diagnosis, out)?;
    happened::stops(diagnosis, out)?;
    crashes(&diagnosis.crashes, out)?;
    happened::migrations(diagnosis, out)?;
    volumes::redirections(diagnosis, out)?;
    happened::filters(diagnosis, out)?;
    machines::machines(diagnosis, out)?;
    coverage::coverage(diagnosis, out)?;
    coverage::missing(diagnosis, out)?;
    ignored::write(diagnosis, out)?;
    tables::sigma(diagnosis, out)?;
    problems(diagnosis, out)
}

/// What broke, since when and where, a line an incident.
fn overview(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    if diagnosis.incidents.len() < 2 {
        return Ok(());
    }
    writeln!(out)?;
    let head = ["", "severity", "since", "what", "where"];
    let mut rows = vec![head.map(str::to_owned)];
    for (number, incident) in diagnosis.incidents.iter().enumerate().take(INCIDENTS_LISTED) {
        rows.push([
            format!("{}.", number.saturating_add(1)),
            incident.severity.word().to_uppercase(),
            known(incident.start.map(FileTime::to_the_second)),
            title(diagnosis, incident),
            incident.machine.clone(),
        ]);
    }
    table(&rows, out)?;
    more(out, "  ", diagnosis.incidents.len(), INCIDENTS_LISTED.min(diagnosis.incidents.len()))
}

/// The title of an incident. A Sigma rule says that an event looks like its pattern, and not what broke:
/// a reader has to see which of both it is.
pub(crate) fn title(diagnosis: &Diagnosis, incident: &Incident) -> String {
    let lead = incident.findings.first().and_then(|index| diagnosis.findings.get(*index));
    let title = match lead.map(|finding| finding.origin) {
        Some(RuleOrigin::Sigma) => format!("Sigma: {}", incident.title),
        Some(RuleOrigin::Catalogue | RuleOrigin::User) | None => incident.title.clone(),
    };
    match &incident.part_of {
        Some(whole) if whole.title == incident.title => {
            format!("{title} (part of one that is {})", whole.severity.word())
        }
        Some(whole) => format!("{title} (part of: {})", whole.title),
        None => title,
    }
}

fn write_incident(
    diagnosis: &Diagnosis,
    number: usize,
    incident: &Incident,
    out: &mut Page<'_>,
) -> io::Result<()> {
    let severity = incident.severity.word().to_uppercase();
    writeln!(out)?;
    let shown = out.severity(incident.severity, &severity);
    wrapped_as(
        out,
        &format!("{number}. {severity}  "),
        &format!("{number}. {shown}  "),
        &format!("{} [{}]", title(diagnosis, incident), incident.machine),
    )?;
    if let Some(start) = incident.start {
        let until = incident.end.filter(|end| end.to_the_second() != start.to_the_second());
        let until = until.map_or_else(String::new, |end| format!(" to {}", end.to_the_second()));
        writeln!(out, "   {}{until}", start.to_the_second())?;
    }
    wrapped(out, "   ", &incident.summary)?;
    if !incident.vms.is_empty() {
        let vms = some_of(incident.vms.iter().map(String::as_str), VMS_SHOWN, ", ");
        wrapped(out, "   Guests: ", &vms)?;
    }
    if incident.timeline.len() > 1 {
        writeln!(out, "   In time:")?;
        for moment in incident.timeline.iter().take(MOMENTS_SHOWN) {
            let head = format!("     {}  ", moment.time.to_the_second());
            wrapped(out, &head, &format!("{}{}", moment.text, repeated(moment)))?;
            writeln!(out, "                           {}", locator(&moment.citation))?;
        }
        more(out, "     ", incident.timeline.len(), MOMENTS_SHOWN)?;
    }
    write_findings(diagnosis, incident, out)
}

/// How often it was told, and until when.
fn repeated(moment: &Moment) -> String {
    match moment.count {
        0 | 1 => String::new(),
        count => format!(" (x {count}, until {})", moment.last_time.to_the_second()),
    }
}

/// The findings of an incident by rule, so that what a rule explains is said once.
fn write_findings(
    diagnosis: &Diagnosis,
    incident: &Incident,
    out: &mut Page<'_>,
) -> io::Result<()> {
    let findings = incident.findings.iter().filter_map(|index| diagnosis.findings.get(*index));
    let mut by_rule: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        match by_rule.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, findings)) => findings.push(finding),
            None => by_rule.push((&finding.rule, vec![finding])),
        }
    }
    for (rule, findings) in &by_rule {
        match findings.as_slice() {
            [only] => {
                wrapped(out, "   - ", &format!("{rule} ({})", judged(only)))?;
                // The lead's message is the beginning of the summary already.
                if !incident.summary.starts_with(&only.message) {
                    wrapped(out, "     ", &only.message)?;
                }
                citations(only, out)?;
            }
            several => {
                writeln!(out, "   - {}", printable(rule))?;
                for finding in several.iter().take(FINDINGS_SHOWN) {
                    wrapped(out, "     ", &format!("{} ({})", finding.message, judged(finding)))?;
                    citations(finding, out)?;
                }
            }
        }
        more(out, "     ", findings.len(), FINDINGS_SHOWN)?;
        if let Some(finding) = findings.first() {
            wrapped(out, "     Why:  ", &finding.explain)?;
            wrapped(out, "     Do:   ", &finding.remedy)?;
            if !finding.false_positives.is_empty() {
                wrapped(out, "     But:  ", &may_be(finding))?;
            }
            for reference in &finding.references {
                writeln!(out, "     See:  {}", printable(reference))?;
            }
        }
    }
    Ok(())
}

/// What else may look the same.
pub(crate) fn may_be(finding: &Finding) -> String {
    format!("the same may come of: {}", finding.false_positives.join("; "))
}

/// Severity, confidence, and how often.
fn judged(finding: &Finding) -> String {
    let confidence = finding.confidence.word();
    let severity = finding.severity.word();
    let times = match (finding.count, finding.time, finding.last_time) {
        (2.., Some(first), Some(last)) => {
            format!(
                "; {} times, {} to {}",
                finding.count,
                first.to_the_second(),
                last.to_the_second()
            )
        }
        _ => String::new(),
    };
    format!("{severity}, confidence {confidence}{times}")
}

fn citations(finding: &Finding, out: &mut Page<'_>) -> io::Result<()> {
    for citation in finding.citations.iter().take(CITATIONS_SHOWN) {
        writeln!(out, "     Cite: {}", locator(&citation.locator))?;
    }
    more(out, "     ", finding.citations.len(), CITATIONS_SHOWN)
}
