//! The first screen: what broke, who needs attention, how sure that is, and what to do next, in as many
//! lines as a terminal shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, Severity, Verdict, some_of};
use hvtriage_winfmt::FileTime;

use super::layout::count;
use super::page::Page;
use super::{ignored, summary, title};
use crate::words::printable;

/// Lines of each part. With the head, their headings and the last line they make 25 at most.
const INCIDENTS: usize = 7;
/// Lines that incidents leave to what is not shown or ignored.
const INCIDENTS_SPARED: usize = 4;
const KINDS_OF_ATTENTION: usize = 3;
const NEXT: usize = 3;
/// As wide as a wide terminal, where nothing tells how wide it is.
const WIDE: usize = 120;
/// More names than this in one line are counted and not listed.
const NAMES: usize = 5;

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    summary(diagnosis, "see --details", out)?;
    let out = &mut Screen { width: out.width().unwrap_or(WIDE), out };
    what_broke(diagnosis, out)?;
    who_needs_attention(diagnosis, out)?;
    what_next(diagnosis, out)?;
    out.line("The whole report with its evidence: --details. For programs: --format json.", "")
}

/// The gravest incidents, each with how sure its lead is.
fn what_broke(diagnosis: &Diagnosis, out: &mut Screen<'_, '_>) -> io::Result<()> {
    if diagnosis.incidents.is_empty() {
        return Ok(());
    }
    out.out.heading("What broke, since when, where, and how sure that is")?;
    // What is not shown takes a line of the head.
    let told = usize::from(diagnosis.left_out.is_some());
    let told = told.saturating_add(ignored::sentences(diagnosis).len()).min(INCIDENTS_SPARED);
    let most = INCIDENTS.saturating_sub(told);
    for (number, incident) in diagnosis.incidents.iter().enumerate().take(most) {
        let number = number.saturating_add(1);
        let severity = incident.severity.word().to_uppercase();
        let since = incident.start.map(minute).unwrap_or_default();
        let head = format!("{number:>3}. ");
        let line = format!("{severity:<8} {since:<16}  {}", title(diagnosis, incident));
        let sure = incident.confidence.word();
        let end = format!(" [{}] ({sure})", short(&incident.machine));
        let line = out.fitting(&format!("{head}{line}"), &end);
        let behind = line.get(head.len().saturating_add(severity.len())..).unwrap_or_default();
        let severity = out.out.severity(incident.severity, &severity);
        writeln!(out.out, "{head}{severity}{behind}")?;
    }
    let rest = diagnosis.incidents.get(most..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(());
    }
    let mut by_severity: BTreeMap<Severity, u64> = BTreeMap::new();
    for incident in rest {
        let incidents = by_severity.entry(incident.severity).or_default();
        *incidents = incidents.saturating_add(1);
    }
    let words = by_severity.iter().rev().map(|(severity, of)| format!("{of} {}", severity.word()));
    let words = words.collect::<Vec<_>>().join(", ");
    out.line(&format!("     and {} more: {words}", rest.len()), "")
}

/// Guests by what happened to them, then by what is wrong with their services.
fn who_needs_attention(diagnosis: &Diagnosis, out: &mut Screen<'_, '_>) -> io::Result<()> {
    let troubles = diagnosis.tables.guest_troubles.iter();
    let troubles = troubles.map(|trouble| (trouble.what.as_str(), trouble.guest.as_str()));
    let services = diagnosis.guests.iter().filter_map(|guest| {
        let kind = match guest.verdict {
            Verdict::Incompatible => "integration services do not work with the host's",
            Verdict::Outdated => "integration services out of date",
            Verdict::HostBehind => "host behind its guest",
            Verdict::Compatible | Verdict::Harmless | Verdict::Unknown => return None,
        };
        Some((kind, guest.vm_name.as_str()))
    });
    let mut kinds: Vec<(&str, BTreeSet<&str>)> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (kind, guest) in troubles.chain(services) {
        let number = *numbers.entry(kind).or_insert_with(|| {
            kinds.push((kind, BTreeSet::new()));
            kinds.len().saturating_sub(1)
        });
        if let Some((_, guests)) = kinds.get_mut(number) {
            guests.insert(guest);
        }
    }
    if kinds.is_empty() {
        return Ok(());
    }
    out.out.heading("Which guests need attention")?;
    for (kind, guests) in kinds.iter().take(KINDS_OF_ATTENTION) {
        let names = some_of(guests.iter().copied(), NAMES, ", ");
        out.line(&format!("     {kind}: {names}"), "")?;
    }
    match kinds.len().checked_sub(KINDS_OF_ATTENTION) {
        Some(rest) if rest > 0 => {
            let words = format!("     and {} of trouble", count(rest as u64, "other kind"));
            out.line(&words, "")
        }
        _ => Ok(()),
    }
}

/// The remedies of the gravest incidents, each once, and the first thing that would tell more.
fn what_next(diagnosis: &Diagnosis, out: &mut Screen<'_, '_>) -> io::Result<()> {
    let mut remedies: Vec<(usize, &str)> = Vec::new();
    for (number, incident) in diagnosis.incidents.iter().enumerate() {
        let lead = incident.findings.first().and_then(|index| diagnosis.findings.get(*index));
        let Some(lead) = lead.filter(|lead| lead.severity > Severity::Info) else { continue };
        if remedies.iter().all(|(_, remedy)| *remedy != lead.remedy) {
            remedies.push((number.saturating_add(1), &lead.remedy));
        }
    }
    let wanted = diagnosis.missing.iter().find(|one| !one.is_lost);
    if remedies.is_empty() && wanted.is_none() {
        return Ok(());
    }
    out.out.heading("What to do next")?;
    for (number, remedy) in remedies.iter().take(NEXT) {
        out.line(&format!("{number:>3}. {}", one_line(remedy)), "")?;
    }
    if let Some(wanted) = wanted {
        let others = diagnosis.missing.len().saturating_sub(1);
        let rest = if others > 0 { format!(", and {others} more") } else { String::new() };
        let words = format!("     Bring {} of {}", wanted.what, short(&wanted.machine));
        out.line(&words, &rest)?;
    }
    Ok(())
}

fn minute(time: FileTime) -> String {
    time.to_the_second().chars().take("2016-11-03 14:18".len()).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A machine without its domain; a file that stands for one is left as it is.
fn short(machine: &str) -> String {
    let (name, rest) = machine.split_once(' ').unwrap_or((machine, ""));
    let is_name = !name.contains(['/', '\\', ':']) && !name.ends_with(".dmp");
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    let label = name.split('.').next().filter(|_| is_name && !is_address).unwrap_or(name);
    if rest.is_empty() { label.to_owned() } else { format!("{label} {rest}") }
}

/// What is written to, and how wide it is.
struct Screen<'a, 'p> {
    width: usize,
    out: &'a mut Page<'p>,
}

impl Screen<'_, '_> {
    /// One line of `text` and `end`; the text is cut where both are wider.
    fn line(&mut self, text: &str, end: &str) -> io::Result<()> {
        let line = self.fitting(text, end);
        writeln!(self.out, "{line}")
    }

    fn fitting(&self, text: &str, end: &str) -> String {
        let (text, end) = (printable(text), printable(end));
        let room = self.width.saturating_sub(end.chars().count());
        if text.chars().count() <= room {
            return format!("{text}{end}");
        }
        let kept: String = text.chars().take(room.saturating_sub(1)).collect();
        format!("{}…{end}", kept.trim_end())
    }
}
