//! The gravest incidents, each with how sure its lead is; with what happened where there is room.

use std::collections::BTreeMap;
use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, Incident, Severity};
use hvtriage_winfmt::FileTime;

use super::super::layout::folded;
use super::super::{page::Page, title};
use super::{INCIDENTS_FIRST, INDENT, cut};
use crate::short_names::ShortNames;

const MOST: usize = 7;
/// A title that needs more lines is cut.
const LINES_OF_A_TITLE: usize = 3;

/// Writes as many as fit into `room` lines.
pub(super) fn write(
    diagnosis: &Diagnosis,
    names: &ShortNames<'_>,
    width: usize,
    room: usize,
    out: &mut Page<'_>,
) -> io::Result<()> {
    if diagnosis.incidents.is_empty() {
        return Ok(());
    }
    let head = format!("{INDENT}{:<8} {:<6} {:<16}  ", "severity", "sure", "since (UTC)");
    let width = width.saturating_sub(head.len());
    let told = told(diagnosis, names, width, room.saturating_sub(1));
    out.heading(&format!("{head}what broke, and where"))?;
    let indent = " ".repeat(head.len());
    for (number, (incident, lines)) in told.iter().enumerate() {
        let mut lines = lines.iter();
        let severity = format!("{:<8}", incident.severity.word().to_uppercase());
        writeln!(
            out,
            "{:>3}. {} {:<6} {:<16}  {}",
            number.saturating_add(1),
            out.severity(incident.severity, &severity),
            incident.confidence.word(),
            incident.start.map(minute).unwrap_or_default(),
            lines.next().map_or("", String::as_str),
        )?;
        lines.try_for_each(|line| writeln!(out, "{indent}{line}"))?;
    }
    let rest = diagnosis.incidents.get(told.len()..).unwrap_or_default();
    if rest.is_empty() { Ok(()) } else { writeln!(out, "{INDENT}{}", more(rest)) }
}

/// The incidents that fit into `room` lines, with their lines: the titles first, then what happened in the
/// gravest of them, as long as all of it has room.
fn told<'a>(
    diagnosis: &'a Diagnosis,
    names: &ShortNames<'_>,
    width: usize,
    room: usize,
) -> Vec<(&'a Incident, Vec<String>)> {
    let titles = |most| titled(diagnosis, names, width, room, most);
    // Titles that are cut are better than fewer incidents.
    let mut told = titles(LINES_OF_A_TITLE);
    if told.len() < diagnosis.incidents.len().min(INCIDENTS_FIRST) {
        told = titles(1);
    }
    let taken = told.iter().map(|(_, lines)| lines.len()).fold(0, usize::saturating_add);
    let rest = usize::from(told.len() < diagnosis.incidents.len());
    let mut room = room.saturating_sub(taken).saturating_sub(rest);
    for (incident, lines) in &mut told {
        let lead = incident.findings.first().and_then(|index| diagnosis.findings.get(*index));
        let happened = lead.map(|lead| folded(&lead.message, width)).unwrap_or_default();
        if happened.len() > room {
            break;
        }
        room = room.saturating_sub(happened.len());
        lines.extend(happened.iter().map(|line| cut(line, width)));
    }
    told
}

/// Those that fit into `room` lines with `most` lines for each title, the gravest always.
fn titled<'a>(
    diagnosis: &'a Diagnosis,
    names: &ShortNames<'_>,
    width: usize,
    room: usize,
    most: usize,
) -> Vec<(&'a Incident, Vec<String>)> {
    let mut told: Vec<(&Incident, Vec<String>)> = Vec::new();
    let mut taken = 0_usize;
    for (number, incident) in diagnosis.incidents.iter().enumerate().take(MOST) {
        let place = names.short_of_several(&incident.machine);
        let lines = title_lines(&title(diagnosis, incident), &place, width, most);
        let is_last = number.saturating_add(1) == diagnosis.incidents.len();
        taken = taken.saturating_add(lines.len());
        if taken.saturating_add(usize::from(!is_last)) > room && number > 0 {
            break;
        }
        told.push((incident, lines));
    }
    told
}

/// The title, and where: behind it, or on a line of its own. Where both need more lines than `most`, the
/// title is cut.
fn title_lines(title: &str, place: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = folded(title, width);
    if let Some(behind) = lines.get(most..).filter(|behind| !behind.is_empty()) {
        let behind = behind.join(" ");
        lines.truncate(most);
        lines.last_mut().into_iter().for_each(|last| *last = format!("{last} {behind}"));
    }
    let place = cut(&format!("[{place}]"), width);
    let room = width.saturating_sub(place.chars().count()).saturating_sub(1);
    let has_line = lines.len() < most;
    match lines.last_mut() {
        Some(last) if last.chars().count() <= room || !has_line => {
            *last = format!("{} {place}", cut(last, room));
        }
        _ => lines.push(place),
    }
    lines
}

/// How many are not told, by severity.
fn more(rest: &[Incident]) -> String {
    let mut by_severity: BTreeMap<Severity, u64> = BTreeMap::new();
    for incident in rest {
        let incidents = by_severity.entry(incident.severity).or_default();
        *incidents = incidents.saturating_add(1);
    }
    let words = by_severity.iter().rev().map(|(severity, of)| format!("{of} {}", severity.word()));
    format!("and {} more: {}", rest.len(), words.collect::<Vec<_>>().join(", "))
}

fn minute(time: FileTime) -> String {
    time.to_the_second().chars().take("2016-11-03 14:18".len()).collect()
}
