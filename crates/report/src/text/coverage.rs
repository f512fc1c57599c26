//! Which logs cover which time, and what would tell more.

use std::io::{self, Write};

use hvtriage_diagnosis::{
    CoveredLog, Diagnosis, LOGS_OF_A_HOST, MissingLog, Role, Source, some_of,
};
use hvtriage_winfmt::FileTime;

use super::layout::{more, wrapped};
use super::page::Page;
use super::table::table;
use crate::words::{MISSING_HEADING, known, printable};

/// More rows of a table than this are counted and not listed.
const ROWS_SHOWN: usize = 20;
/// More logs of one machine that are not as the others are counted and not listed.
const EXCEPTIONS_SHOWN: usize = 4;
/// A log that begins or ends this part of the whole time later or earlier than others is an exception.
const A_PART: u64 = 4;

/// A line a machine: the time that its main logs (`LOGS_OF_A_HOST`) have in common, and those that do not cover it. Machines
/// with such logs go first. Other logs are quiet for weeks, so where they end tells nothing.
pub(super) fn coverage(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let logs = &diagnosis.coverage;
    if logs.is_empty() {
        return Ok(());
    }
    let machines = covered(diagnosis);
    writeln!(out)?;
    out.heading(
        "Time that logs cover, by those of System, Hyper-V-VMMS and Hyper-V-Worker where they are there",
    )?;
    let mut rows = vec![COVERED_COLUMNS.map(str::to_owned)];
    for machine in machines.iter().take(ROWS_SHOWN) {
        rows.push(machine.row(EXCEPTIONS_SHOWN));
    }
    table(&rows, out)?;
    more(out, "  ", machines.len(), ROWS_SHOWN.min(machines.len()))
}

pub(crate) const COVERED_COLUMNS: [&str; 5] = ["machine", "logs", "from", "to", "but"];

/// All machines with logs, those with exceptions first.
pub(crate) fn covered(diagnosis: &Diagnosis) -> Vec<Covered<'_>> {
    let by_machine = diagnosis.coverage.chunk_by(|left, right| left.machine == right.machine);
    let mut machines: Vec<Covered> = by_machine.map(|logs| Covered::of(diagnosis, logs)).collect();
    machines.sort_by_key(|machine| machine.exceptions.is_empty());
    machines
}

/// The logs of one machine.
pub(crate) struct Covered<'a> {
    name: &'a str,
    pub(crate) logs: &'a [CoveredLog],
    /// The logs of a host that are not at hand.
    pub(crate) absent: Vec<&'static str>,
    /// From the last first time to the first last time of the main logs that are no exceptions, or else
    /// from the first to the last time of any.
    common: Option<(FileTime, FileTime)>,
    exceptions: Vec<String>,
}

impl<'a> Covered<'a> {
    fn of(diagnosis: &Diagnosis, logs: &'a [CoveredLog]) -> Self {
        let name = logs.first().map_or("", |log| log.machine.as_str());
        let is_main = |log: &CoveredLog| {
            LOGS_OF_A_HOST.iter().any(|channel| log.channel.eq_ignore_ascii_case(channel))
        };
        let has_main = logs.iter().any(is_main);
        let timed: Vec<(&CoveredLog, FileTime, FileTime)> = logs
            .iter()
            .filter(|log| !has_main || is_main(log))
            .filter_map(|log| Some((log, log.first_time?, log.last_time?)))
            .collect();
        let first = timed.iter().map(|(_, first, _)| *first).min().unwrap_or_default();
        let last = timed.iter().map(|(_, _, last)| *last).max().unwrap_or_default();
        let part = last.0.saturating_sub(first.0) / A_PART;
        let begins_late = |from: &FileTime| from.0.saturating_sub(first.0) > part;
        let ends_early = |to: &FileTime| last.0.saturating_sub(to.0) > part;
        let mut exceptions = Vec::from_iter(damaged(logs));
        let mut common: Option<(FileTime, FileTime)> = None;
        for (log, from, to) in &timed {
            let channel = short(&log.channel);
            let (from, to) = (*from, *to);
            match (begins_late(&from), ends_early(&to)) {
                (false, false) => {
                    let (latest, earliest) = common.unwrap_or((from, to));
                    common = Some((latest.max(from), earliest.min(to)));
                }
                (true, false) => {
                    exceptions.push(format!("{channel} begins {}", from.to_the_second()));
                }
                (false, true) => exceptions.push(format!("{channel} ends {}", to.to_the_second())),
                (true, true) => exceptions.push(format!(
                    "{channel} only {} to {}",
                    from.to_the_second(),
                    to.to_the_second()
                )),
            }
        }
        let absent = absent(diagnosis, name, logs);
        if !absent.is_empty() {
            exceptions.push(format!("no {}", absent.join(", no ")));
        }
        // Where each log has a time of its own, all of them together have from the first to the last.
        let whole = (!timed.is_empty()).then_some((first, last));
        let common = common.filter(|(from, to)| from <= to).or(whole);
        Self { name, logs, absent, common, exceptions }
    }

    /// A row of the table, with so many of the exceptions.
    pub(crate) fn row(&self, shown: usize) -> [String; 5] {
        let time = |time: Option<FileTime>| known(time.map(FileTime::to_the_second));
        let (from, to) = self.common.unzip();
        let logs = self.logs.len().to_string();
        [self.name.to_owned(), logs, time(from), time(to), self.exceptions_in_words(shown)]
    }

    fn exceptions_in_words(&self, limit: usize) -> String {
        let shown: Vec<&str> = self.exceptions.iter().take(limit).map(String::as_str).collect();
        match self.exceptions.len().saturating_sub(limit) {
            0 => known(Some(shown.join(", "))),
            rest => format!("{}, and {rest} more", shown.join(", ")),
        }
    }
}

/// More damaged logs of one machine than this are counted and not named.
const DAMAGED_NAMED: usize = 3;

/// Of any log and not of the main ones alone: what is not there was not judged.
fn damaged(logs: &[CoveredLog]) -> Option<String> {
    let mut damaged =
        logs.iter().filter(|log| log.is_damaged).map(|log| short(&log.channel)).peekable();
    damaged.peek()?;
    Some(format!("damaged, may have holes: {}", some_of(damaged, DAMAGED_NAMED, ", ")))
}

/// The logs that a host has and that are not at hand, unless files are that do not name theirs.
fn absent(diagnosis: &Diagnosis, machine: &str, logs: &[CoveredLog]) -> Vec<&'static str> {
    let is_host =
        diagnosis.machines.iter().any(|one| one.name == machine && one.role == Role::Host);
    let is_unnamed = diagnosis.sources.iter().any(Source::is_of_unknown_channel);
    let is_there =
        |channel: &&str| logs.iter().any(|log| log.channel.eq_ignore_ascii_case(channel));
    let absent = LOGS_OF_A_HOST.iter().filter(|channel| !is_there(channel)).map(|name| short(name));
    absent.filter(|_| is_host && !is_unnamed).collect()
}

/// A channel without what all channels of Windows begin with.
pub(crate) fn short(channel: &str) -> &str {
    channel.strip_prefix("Microsoft-Windows-").unwrap_or(channel)
}

/// What to bring or to mend, each machine once.
pub(super) fn missing(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    if diagnosis.missing.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading(MISSING_HEADING)?;
    let machines = wanted_by_machine(diagnosis);
    for (machine, wanted) in machines.iter().take(ROWS_SHOWN) {
        wrapped(out, &format!("  {}: ", printable(machine)), wanted)?;
    }
    more(out, "  ", machines.len(), ROWS_SHOWN.min(machines.len()))
}

/// What is wanted of each machine, in a line.
pub(crate) fn wanted_by_machine(diagnosis: &Diagnosis) -> Vec<(&str, String)> {
    let of_machines = diagnosis.missing.chunk_by(|left, right| left.machine == right.machine);
    let told = of_machines.filter_map(|of_machine| {
        let machine = of_machine.first()?.machine.as_str();
        Some((machine, of_machine.iter().map(wanted).collect::<Vec<_>>().join("; ")))
    });
    told.collect()
}

pub(crate) fn wanted(one: &MissingLog) -> String {
    let verb = if one.is_lost { "see that there will be" } else { "bring" };
    format!("{verb} {} ({})", one.what, one.reason)
}
