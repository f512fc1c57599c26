//! The top of a ticket: as much as is read by who reads no more.

use std::collections::HashSet;
use std::io;

use hvtriage_diagnosis::{Diagnosis, some_of};
use hvtriage_winfmt::FileTime;

use super::page::MarkdownPage;
use crate::summary::{Step, attention, first_to_bring, steps, sureness};
use crate::text;
use crate::text::head::HeadOf;

/// More incidents than this are counted and not named.
const INCIDENTS: usize = 10;
/// More kinds of trouble than this are counted and not named.
const KINDS_OF_ATTENTION: usize = 10;
/// More incidents than this that ask for the same are counted and not named.
const INCIDENTS_OF_STEP: usize = 5;
/// More remedies than this are counted and not named.
const STEPS: usize = 6;

pub(super) fn summary(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    out.line("# Hyper-V diagnosis\n")?;
    for sentence in text::head::sentences(diagnosis, HeadOf::Page) {
        let sentence = out.text(&sentence);
        out.line(sentence)?;
    }
    what_broke(diagnosis, out)?;
    who_needs_attention(diagnosis, out)?;
    how_sure(diagnosis, out)?;
    what_next(diagnosis, out)
}

fn what_broke(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    if diagnosis.incidents.is_empty() {
        return Ok(());
    }
    out.heading(2, "What broke")?;
    for (number, incident) in (1..).zip(&diagnosis.incidents).take(INCIDENTS) {
        let title = out.text(&text::title(diagnosis, incident));
        let machine = out.text(&incident.machine);
        let since = incident.start.map(FileTime::to_the_second);
        let since = since.map_or_else(String::new, |start| format!(", since {start}"));
        let severity = incident.severity.word();
        out.line(format_args!("{number}. **{title}** ({severity}{since}): {machine}"))?;
    }
    match diagnosis.incidents.len().saturating_sub(INCIDENTS) {
        0 => Ok(()),
        others => out.line(format_args!("\nand {others} more, none of them graver.")),
    }
}

fn who_needs_attention(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let attention = attention(diagnosis);
    if attention.is_empty() {
        return Ok(());
    }
    out.heading(2, "Which guests need attention")?;
    for one in attention.iter().take(KINDS_OF_ATTENTION) {
        let guests = out.names(one.guests.iter().copied());
        let what = out.text(&one.what);
        let incident = one.incident.map_or_else(String::new, |it| format!(" (incident {it})"));
        out.line(format_args!("- **{guests}**: {what}{incident}"))?;
    }
    let rest = attention.iter().skip(KINDS_OF_ATTENTION);
    let rest: HashSet<&str> = rest.flat_map(|one| &one.guests).copied().collect();
    match rest.len() {
        0 => Ok(()),
        others => out.line(format_args!("- and {others} more, see the guests below")),
    }
}

fn how_sure(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    if diagnosis.incidents.is_empty() {
        return Ok(());
    }
    out.heading(2, "How sure that is")?;
    sureness(&diagnosis.incidents).iter().try_for_each(|text| out.line(format_args!("- {text}")))
}

fn what_next(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let (steps, wanted) = (steps(diagnosis), first_to_bring(diagnosis));
    if steps.is_empty() && wanted.is_none() {
        return Ok(());
    }
    out.heading(2, "What to do next")?;
    for (number, step) in (1..).zip(steps.iter().take(STEPS)) {
        let remedy = out.text(step.remedy);
        out.line(format_args!("{number}. {remedy} ({})", of_incidents(step)))?;
    }
    match steps.len().saturating_sub(STEPS) {
        0 => {}
        others => {
            out.line(format_args!("\nand {others} more, which the HTML and JSON reports have."))?;
        }
    }
    if let Some((wanted, others)) = wanted {
        let what = out.text(&format!("To know more: of {} bring {}", wanted.machine, wanted.what));
        let rest = match others {
            0 => String::new(),
            others => format!("; {others} more below"),
        };
        out.line(format_args!("\n{what}{rest}."))?;
    }
    Ok(())
}

fn of_incidents(step: &Step<'_>) -> String {
    let noun = if step.incidents.len() == 1 { "incident" } else { "incidents" };
    let numbers: Vec<String> = step.incidents.iter().map(usize::to_string).collect();
    format!("{noun} {}", some_of(numbers.iter().map(String::as_str), INCIDENTS_OF_STEP, ", "))
}
