//! The diagnosis for people: what broke, who needs attention, how sure it is, where it says so.

use std::io::{self, Write};

use hvtriage_diagnosis::{
    CrashedDump, Diagnosis, Finding, GuestAttention, Harmless, Incident, SourceKind,
};
use hvtriage_winfmt::FileTime;

use crate::words::{self, hex, locator, printable};

/// Lines of text are broken here.
const WIDTH: usize = 100;
/// More citations than this are counted and not listed; JSON lists them all.
const CITATIONS_SHOWN: usize = 4;
/// More findings of one rule than this in an incident are counted and not listed.
const FINDINGS_SHOWN: usize = 12;
/// More moments than this of one incident are counted and not listed.
const MOMENTS_SHOWN: usize = 12;
/// More problems than this of one file are counted and not listed.
const PROBLEMS_SHOWN: usize = 5;

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    summary(diagnosis, out)?;
    for (number, incident) in diagnosis.incidents.iter().enumerate() {
        write_incident(diagnosis, number.saturating_add(1), incident, out)?;
    }
    guests(&diagnosis.guests, out)?;
    crashes(&diagnosis.crashes, out)?;
    machines(diagnosis, out)?;
    problems(diagnosis, out)
}

fn summary(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let is_dump = |kind| matches!(kind, SourceKind::KernelDump | SourceKind::UserDump);
    let dumps = diagnosis.sources.iter().filter(|source| is_dump(source.kind)).count();
    let logs = diagnosis.sources.len().saturating_sub(dumps);
    let events: u64 = diagnosis.sources.iter().filter_map(|source| source.events).sum();
    writeln!(
        out,
        "{}, {} and {} of {} read.",
        count(events, "event"),
        count(logs as u64, "log"),
        count(dumps as u64, "dump"),
        count(diagnosis.machines.len() as u64, "machine"),
    )?;
    let first = diagnosis.sources.iter().filter_map(|source| source.first_time).min();
    let last = diagnosis.sources.iter().filter_map(|source| source.last_time).max();
    if let (Some(first), Some(last)) = (first, last) {
        writeln!(out, "The evidence covers {} to {} (UTC).", second(first), second(last))?;
    }
    match diagnosis.findings.len() {
        0 => writeln!(out, "No finding: no rule of the catalogue holds on this evidence.")?,
        findings => writeln!(
            out,
            "{} in {}.",
            count(findings as u64, "finding"),
            count(diagnosis.incidents.len() as u64, "incident"),
        )?,
    }
    if !diagnosis.problems.is_empty() {
        let problems = count(diagnosis.problems.len() as u64, "problem");
        writeln!(out, "{problems} in reading the evidence: see the end.")?;
    }
    Ok(())
}

fn write_incident(
    diagnosis: &Diagnosis,
    number: usize,
    incident: &Incident,
    out: &mut dyn Write,
) -> io::Result<()> {
    let severity = incident.severity.word().to_uppercase();
    writeln!(out)?;
    wrapped(
        out,
        &format!("{number}. {severity}  "),
        &format!("{} [{}]", incident.title, incident.machine),
    )?;
    if let Some(start) = incident.start {
        let until = incident.end.filter(|end| second(*end) != second(start));
        let until = until.map_or_else(String::new, |end| format!(" to {}", second(end)));
        writeln!(out, "   {}{until}", second(start))?;
    }
    wrapped(out, "   ", &incident.summary)?;
    write_findings(diagnosis, incident, out)?;
    if incident.timeline.len() > 1 {
        writeln!(out, "   In time:")?;
        for (time, text, locator) in incident.timeline.iter().take(MOMENTS_SHOWN) {
            wrapped(out, &format!("     {}  ", second(*time)), text)?;
            writeln!(out, "                           {}", words::locator(locator))?;
        }
        more(out, "     ", incident.timeline.len(), MOMENTS_SHOWN)?;
    }
    Ok(())
}

/// The findings of an incident by rule, so that what a rule explains is said once.
fn write_findings(
    diagnosis: &Diagnosis,
    incident: &Incident,
    out: &mut dyn Write,
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
        writeln!(out, "   - {}", printable(rule))?;
        for finding in findings.iter().take(FINDINGS_SHOWN) {
            write_finding(finding, out)?;
        }
        more(out, "     ", findings.len(), FINDINGS_SHOWN)?;
        if let Some(finding) = findings.first() {
            wrapped(out, "     Why:  ", &finding.explain)?;
            wrapped(out, "     Do:   ", &finding.remedy)?;
            for reference in &finding.references {
                writeln!(out, "     See:  {}", printable(reference))?;
            }
        }
    }
    Ok(())
}

fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let confidence = finding.confidence.word();
    let severity = finding.severity.word();
    let times = match (finding.count, finding.time, finding.last_time) {
        (2.., Some(first), Some(last)) => {
            format!("; {} times, {} to {}", finding.count, second(first), second(last))
        }
        _ => String::new(),
    };
    let message = format!("{} ({severity}, confidence {confidence}{times})", finding.message);
    wrapped(out, "     ", &message)?;
    for citation in finding.citations.iter().take(CITATIONS_SHOWN) {
        writeln!(out, "     Cite: {}", locator(&citation.locator))?;
    }
    more(out, "     ", finding.citations.len(), CITATIONS_SHOWN)
}

fn guests(guests: &[GuestAttention], out: &mut dyn Write) -> io::Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nGuests needing attention")?;
    let mut rows = vec![
        [
            "guest",
            "service",
            "agreed",
            "expected",
            "state",
            "harmless",
            "guest build",
            "host build",
            "seen",
            "first",
            "last",
            "hosts",
        ]
        .map(str::to_owned),
    ];
    for guest in guests {
        rows.push([
            guest.vm_name.clone(),
            guest.service.clone(),
            guest.negotiated.clone().unwrap_or_else(|| "-".into()),
            guest.expected.clone().unwrap_or_else(|| "-".into()),
            guest.state.word().into(),
            match guest.harmless {
                Harmless::Yes(_) => "yes",
                Harmless::No => "no",
                Harmless::Unknown(_) => "unknown",
            }
            .into(),
            guest.guest_build.clone().unwrap_or_else(|| "-".into()),
            guest.host_build.map_or_else(|| "-".into(), |build| build.to_string()),
            guest.count.to_string(),
            guest.first_seen.map(day).unwrap_or_default(),
            guest.last_seen.map(day).unwrap_or_default(),
            guest.hosts.join(" "),
        ]);
    }
    table(&rows, out)?;
    for guest in guests {
        if let Harmless::Yes(reason) | Harmless::Unknown(reason) = &guest.harmless {
            wrapped(out, "  ", &format!("{}, {}: {reason}", guest.vm_name, guest.service))?;
        }
    }
    Ok(())
}

fn crashes(crashes: &[CrashedDump], out: &mut dyn Write) -> io::Result<()> {
    if crashes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nCrash dumps")?;
    for crash in crashes {
        writeln!(out, "  {}", printable(&crash.source))?;
        let dump = if crash.dump_type.contains("dump") { "" } else { " dump" };
        let mut about = vec![format!("{}{dump}", crash.dump_type), crash.machine_type.clone()];
        about.extend(crash.os_build.map(|build| format!("build {build}")));
        about.extend(crash.system_time.map(|time| format!("at {}", second(time))));
        about.extend(crash.uptime_seconds.map(|uptime| format!("up {uptime} s")));
        about.extend(crash.process.as_ref().map(|process| format!("in {process}")));
        about.push(format!("{} modules", crash.module_count));
        wrapped(out, "    ", &about.join(", "))?;
        if let Some(bugcheck) = &crash.bugcheck {
            let code = hex(crash.stored_code.unwrap_or(bugcheck.code));
            let name = crash.bugcheck_name.as_deref().unwrap_or("unknown code");
            writeln!(out, "    STOP {code} {name}")?;
            for (index, parameter) in bugcheck.parameters.iter().enumerate() {
                let meaning = crash.parameter_meanings.get(index).map_or("", String::as_str);
                let number = index.saturating_add(1);
                wrapped(out, &format!("      P{number} {:<18}  ", hex(*parameter)), meaning)?;
            }
        }
        if let Some(exception) = &crash.exception {
            wrapped(out, "    ", exception)?;
        }
        match (&crash.blamed, &crash.fault) {
            (Some(blame), _) => {
                let function = blame.function.as_ref().map(|name| format!(" ({name})"));
                let offset = hex(blame.offset);
                let text = format!(
                    "probably caused by {}+{offset}{}: {}",
                    blame.module,
                    function.unwrap_or_default(),
                    blame.basis
                );
                wrapped(out, "    ", &text)?;
            }
            (None, Some(fault)) => {
                let offset = hex(fault.offset);
                let text = format!("fault at {}+{offset}: {}", fault.module, fault.basis);
                wrapped(out, "    ", &text)?;
            }
            (None, None) => {}
        }
    }
    Ok(())
}

fn machines(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    if diagnosis.machines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nMachines")?;
    for machine in &diagnosis.machines {
        let build = machine.os_build.map_or_else(String::new, |build| format!(", build {build}"));
        let role = machine.role.word();
        let name = printable(&machine.name);
        let role = if role == "unknown" { String::new() } else { format!(", {role}") };
        writeln!(out, "  {name}{role}{build}")?;
        for reason in &machine.reasons {
            wrapped(out, "    ", reason)?;
        }
    }
    Ok(())
}

fn problems(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    if diagnosis.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat could not be read")?;
    for group in diagnosis.problems.chunk_by(|left, right| left.source == right.source) {
        let source = group.first().map(|problem| printable(&problem.source)).unwrap_or_default();
        writeln!(out, "  {source}")?;
        for problem in group.iter().take(PROBLEMS_SHOWN) {
            let at = problem.at.map_or_else(String::new, |at| format!("{at}: "));
            let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
            wrapped(out, "    ", &format!("{at}{}{hint}", problem.message))?;
        }
        more(out, "    ", group.len(), PROBLEMS_SHOWN)?;
    }
    Ok(())
}

fn more(out: &mut dyn Write, indent: &str, all: usize, shown: usize) -> io::Result<()> {
    match all.checked_sub(shown) {
        Some(rest) if rest > 0 => writeln!(out, "{indent}and {rest} more (all in --format json)"),
        _ => Ok(()),
    }
}

/// A table whose columns are as wide as their widest value.
fn table<const N: usize>(rows: &[[String; N]], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| row.clone().map(|cell| printable(&cell))).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "  {}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// `text` after `head`, broken at blanks, the following lines indented as far as the head.
fn wrapped(out: &mut dyn Write, head: &str, text: &str) -> io::Result<()> {
    let indent = " ".repeat(head.chars().count());
    let mut line = head.to_owned();
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        let word = printable(word);
        let length = line.chars().count().saturating_add(word.chars().count());
        if !is_fresh && length >= WIDTH {
            writeln!(out, "{}", line.trim_end())?;
            line.clone_from(&indent);
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(&word);
        is_fresh = false;
    }
    if line.trim().is_empty() { Ok(()) } else { writeln!(out, "{}", line.trim_end()) }
}

fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The day of a time.
fn day(time: FileTime) -> String {
    let text = time.to_string();
    text.split_once('T').map_or(text.clone(), |(day, _)| day.to_owned())
}

/// A time to the second; people read no ticks.
fn second(time: FileTime) -> String {
    let text = time.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => seconds.replace('T', " "),
        None => text,
    }
}
