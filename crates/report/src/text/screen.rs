//! The first screen: what broke, who needs attention, how sure that is, and what to do next, in as many
//! lines as a terminal shows.

mod guests;
mod incidents;
mod next;

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;

use super::head::{HeadOf, sentences};
use super::layout::folded;
use super::page::Page;
use crate::short_names::ShortNames;
use crate::words::printable;
use next::Next;

/// Lines of the whole.
const LINES: usize = 25;
/// So many incidents are shown before a remedy more is.
const INCIDENTS_FIRST: usize = 5;
/// Remedies that are shown at most, and before an incident more is.
const REMEDIES: usize = 3;
const REMEDIES_FIRST: usize = 2;
/// As wide as a wide terminal, where nothing tells how wide it is.
const WIDE: usize = 120;
/// Before what has no number.
const INDENT: &str = "     ";

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let width = out.width().unwrap_or(WIDE);
    // As wide as all of it: each line that the head takes is one incident or one step less.
    for sentence in sentences(diagnosis, HeadOf::Screen) {
        folded(&sentence, width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    let names = ShortNames::of(diagnosis);
    let guests = guests::lines(diagnosis, &names, width);
    let next = Next::of(diagnosis, &names, width);

    // The head is as long as it is, and so are the guests; the last line stands always.
    let taken = out.lines().saturating_add(with_heading(guests.len())).saturating_add(1);
    let room = LINES.saturating_sub(taken);
    let mut remedies = REMEDIES;
    let for_incidents = |remedies| room.saturating_sub(with_heading(next.lines(remedies).len()));
    let wanted = with_heading(diagnosis.incidents.len().min(INCIDENTS_FIRST).saturating_add(1));
    while remedies > REMEDIES_FIRST && for_incidents(remedies) < wanted {
        remedies = remedies.saturating_sub(1);
    }

    incidents::write(diagnosis, &names, width, for_incidents(remedies), out)?;
    block("Which guests need attention", &guests, out)?;
    block("What to do next", &next.lines(remedies), out)?;
    writeln!(out, "The whole report with its evidence: --details. For programs: --format json.")
}

fn block(heading: &str, lines: &[String], out: &mut Page<'_>) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    out.heading(heading)?;
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn with_heading(lines: usize) -> usize {
    if lines == 0 { 0 } else { lines.saturating_add(1) }
}

/// `text` on one line; what is longer is cut.
fn cut(text: &str, width: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= width {
        return text;
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
