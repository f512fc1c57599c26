//! What happened, over all machines, as tables.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, FilterOfMachine, Host, Migration, MigrationOutcome, Stop};
use hvtriage_winfmt::FileTime;

use super::guests::{HOSTS_SHOWN as MACHINES_SHOWN, some_hosts};
use super::layout::{count, day, more, up, wrapped};
use super::page::Page;
use super::table::table;
use crate::words::known;

/// More rows of a table than this are counted and not listed.
pub(super) const ROWS_SHOWN: usize = 20;
/// A cluster has at most 64 nodes.
const HOSTS_SHOWN: usize = 64;
/// Migrations whose guests stood still for longer than this are listed, in seconds. A network client
/// gives up a connection after some seconds more.
const LONG_BLACKOUT_SECONDS: f64 = 5.0;

pub(super) fn stops(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let stops = &diagnosis.tables.stops;
    if stops.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading(STOPS_HEADING)?;
    let mut rows = vec![STOP_COLUMNS.map(str::to_owned)];
    rows.extend(stops.iter().take(ROWS_SHOWN).map(stop_row));
    table(&rows, out)?;
    more(out, "  ", stops.len(), ROWS_SHOWN.min(stops.len()))?;
    also_known(diagnosis).iter().try_for_each(|text| wrapped(out, "  ", text))
}

pub(crate) const STOPS_HEADING: &str = "Crashes and restarts without a shutdown";
pub(crate) const STOP_COLUMNS: [&str; 7] =
    ["time", "machine", "what", "driver", "same signature", "up again after", "told by"];

pub(crate) fn stop_row(stop: &Stop) -> [String; 7] {
    let what = match stop.bugcheck {
        _ if stop.is_linux => "panic of Linux".into(),
        Some(bugcheck) if bugcheck.code != 0 => format!("STOP {:#X}", bugcheck.code),
        _ => "no STOP code".into(),
    };
    [
        when(stop),
        stop.machine.clone(),
        what,
        known(stop.blamed.as_ref()),
        match (stop.alike, stop.alike_machines, stop.alike_of_unnamed) {
            (1, ..) => "-".into(),
            (crashes, 1, 0) => format!("{crashes} on it"),
            (crashes, machines, 0) => format!("{crashes} on {machines} machines"),
            (crashes, 0, _) => format!("{crashes} of unnamed machines"),
            (crashes, ..) => format!("{crashes} of named and unnamed machines"),
        },
        known(down(stop)),
        known(Some(stop.told_by.join(", "))),
    ]
}

/// When it stopped; a machine of which only the next start tells it stopped some time after it last ran.
fn when(stop: &Stop) -> String {
    match stop.last_alive {
        Some(last_alive) => format!("after {}", last_alive.to_the_second()),
        None => known(stop.time.map(FileTime::to_the_second)),
    }
}

/// How long it was down. The start alone does not tell when that began.
fn down(stop: &Stop) -> Option<String> {
    match stop.last_alive {
        Some(last_alive) => Some(format!("at most {}", span(Some(last_alive), stop.back)?)),
        None => span(stop.time, stop.back.filter(|_| stop.told_by.len() > 1)),
    }
}

/// What else is known for the STOP codes, each list once, however many stops it is for.
pub(crate) fn also_known(diagnosis: &Diagnosis) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut texts = Vec::new();
    for stop in &diagnosis.tables.stops {
        let code = stop.bugcheck.map_or(0, |bugcheck| bugcheck.code);
        let issues: Vec<String> =
            stop.also_known.iter().map(|it| format!("{} ({})", it.id, it.about)).collect();
        if !issues.is_empty() && told.insert((code, issues.clone())) {
            let issues = issues.join("; ");
            texts.push(format!(
                "Also known for STOP {code:#X} on such a machine, to look up: {issues}."
            ));
        }
    }
    texts
}

pub(super) fn migrations(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let all = &diagnosis.tables.migrations;
    if all.is_empty() {
        return Ok(());
    }
    let with = |outcome| all.iter().filter(|it| it.outcome == outcome).count() as u64;
    let unknown = with(MigrationOutcome::Unknown);
    let open =
        if unknown == 0 { String::new() } else { format!(", {unknown} whose end is not told") };
    let failed = with(MigrationOutcome::Failed);
    let all_of_them = count(all.len() as u64, "migration");
    writeln!(out)?;
    out.heading(&format!("Migrations: {all_of_them}, {failed} failed{open}"))?;
    let is_slow = |it: &Migration| it.blackout_seconds.is_some_and(|it| it > LONG_BLACKOUT_SECONDS);
    // Of hundreds that went well nobody reads one.
    let is_few = all.len() <= ROWS_SHOWN;
    let wanted = |it: &&Migration| is_few || it.outcome == MigrationOutcome::Failed || is_slow(it);
    let listed: Vec<&Migration> = all.iter().filter(wanted).collect();
    if listed.is_empty() {
        return extremes(all, out);
    }
    let mut rows = vec![MIGRATION_COLUMNS.map(str::to_owned)];
    rows.extend(listed.iter().take(ROWS_SHOWN).map(|one| migration_row(one)));
    table(&rows, out)?;
    more(out, "  ", listed.len(), ROWS_SHOWN.min(listed.len()))?;
    if is_few { Ok(()) } else { extremes(all, out) }
}

pub(crate) const MIGRATION_COLUMNS: [&str; 8] =
    ["start", "guest", "kind", "from", "to", "took", "stood still", "outcome"];

pub(crate) fn migration_row(one: &Migration) -> [String; 8] {
    let hosts = match one.hosts.as_slice() {
        several @ [_, _, ..] if one.source.is_none() && one.destination.is_none() => {
            several.join(" or ")
        }
        // Which side the only host is on is not told.
        [only] if one.source.is_none() && one.destination.is_none() => {
            format!("{only} or another")
        }
        _ => known(None::<&str>),
    };
    [
        known(one.start.or(one.end).map(FileTime::to_the_second)),
        one.vm.clone(),
        if one.is_live { "live" } else { "quick" }.into(),
        one.source.clone().unwrap_or_else(|| hosts.clone()),
        one.destination.clone().unwrap_or(hosts),
        known(span(one.start, one.end)),
        known(one.blackout_seconds.map(|seconds| format!("{seconds} s"))),
        outcome(one),
    ]
}

/// Which migration took longest, and whose guest stood still longest: in place of those that are not
/// listed.
fn extremes(all: &[Migration], out: &mut Page<'_>) -> io::Result<()> {
    let ticks = |it: &Migration| it.end?.0.checked_sub(it.start?.0);
    let longest = all.iter().filter_map(|it| Some((ticks(it)?, it)));
    // Of equal ones the first.
    let longest = longest.rev().max_by_key(|(ticks, _)| *ticks);
    let stillest = all.iter().filter_map(|it| Some((it.blackout_seconds?, it)));
    let stillest = stillest.rev().max_by(|(left, _), (right, _)| left.total_cmp(right));
    let mut told = Vec::new();
    if let Some((_, it)) = longest {
        let took = span(it.start, it.end).unwrap_or_default();
        told.push(format!("the longest took {took} ({})", of_guest(it)));
    }
    if let Some((seconds, it)) = stillest {
        told.push(format!("a guest stood still for {seconds} s at most ({})", of_guest(it)));
    }
    match told.as_slice() {
        [] => writeln!(out, "  All are in --format json."),
        _ => wrapped(out, "  ", &format!("Of all, {} (all in --format json).", told.join("; "))),
    }
}

/// Which one it is.
fn of_guest(migration: &Migration) -> String {
    let time = migration.start.or(migration.end).map(FileTime::to_the_second);
    format!("{}, {}", migration.vm, time.unwrap_or_default())
}

/// How a migration ended, and why.
fn outcome(migration: &Migration) -> String {
    match &migration.reason {
        Some(reason) => format!("{}: {reason}", migration.outcome.word()),
        None => migration.outcome.word().into(),
    }
}

/// Hosts and nodes, those first whose build is not that of the others.
pub(super) fn hosts(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let all = &diagnosis.tables.hosts;
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Hosts and cluster nodes")?;
    let mut rows = vec![HOST_COLUMNS.map(str::to_owned)];
    rows.extend(odd_hosts_first(all).iter().take(HOSTS_SHOWN).map(|host| host_row(host)));
    table(&rows, out)?;
    more(out, "  ", all.len(), HOSTS_SHOWN.min(all.len()))?;
    hardware(all, out)
}

/// Hosts whose build is not that of the others go first.
pub(crate) fn odd_hosts_first(all: &[Host]) -> Vec<&Host> {
    let mut sorted: Vec<&Host> = all.iter().collect();
    sorted.sort_by_key(|host| host.other_builds.is_empty());
    sorted
}

/// What the machines are, those that are alike on one line.
fn hardware(all: &[Host], out: &mut Page<'_>) -> io::Result<()> {
    let mut alike: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for host in all {
        if let Some(hardware) = &host.hardware {
            alike.entry(hardware).or_default().push(&host.machine);
        }
    }
    alike.iter().take(HOSTS_SHOWN).try_for_each(|(hardware, machines)| {
        let names = some_hosts(machines.iter().copied(), MACHINES_SHOWN);
        wrapped(out, "  ", &format!("{names}: {hardware}"))
    })
}

pub(crate) const HOST_COLUMNS: [&str; 7] =
    ["machine", "role", "build", "Windows Server", "last boot", "stops", "guests seen"];

pub(crate) fn host_row(host: &Host) -> [String; 7] {
    let role = match (host.is_host, host.is_node) {
        (true, true) => "host, node",
        (true, false) => "host",
        _ => "node",
    };
    let drift: Vec<String> = host.other_builds.iter().map(u32::to_string).collect();
    let build = known(host.os_build);
    [
        host.machine.clone(),
        role.into(),
        match drift.as_slice() {
            [] => build,
            others => format!("{build} (others of its cluster: {})", others.join(" ")),
        },
        known(host.generation),
        known(host.last_boot.map(FileTime::to_the_second)),
        host.stops.to_string(),
        host.vms.to_string(),
    ]
}

/// Filters that do not come with Windows, by driver: the same on each host of a cluster.
pub(super) fn filters(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let by_driver = filters_by_driver(diagnosis);
    if by_driver.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Filter drivers that do not come with Windows, or are not known")?;
    let mut rows = vec![FILTER_COLUMNS.map(str::to_owned)];
    rows.extend(by_driver.iter().take(ROWS_SHOWN).map(|(driver, of)| filter_row(driver, of)));
    table(&rows, out)?;
    more(out, "  ", by_driver.len(), ROWS_SHOWN.min(by_driver.len()))
}

/// The filters that are not Windows' own.
pub(crate) fn filters_by_driver(diagnosis: &Diagnosis) -> BTreeMap<&str, Vec<&FilterOfMachine>> {
    let mut by_driver: BTreeMap<&str, Vec<&FilterOfMachine>> = BTreeMap::new();
    for filter in &diagnosis.tables.filters {
        if filter.is_of_windows != Some(true) {
            by_driver.entry(&filter.driver).or_default().push(filter);
        }
    }
    by_driver
}

pub(crate) const FILTER_COLUMNS: [&str; 4] = ["driver", "what", "version", "machines"];

pub(crate) fn filter_row(driver: &str, of: &[&FilterOfMachine]) -> [String; 4] {
    let versions: BTreeSet<&str> = of.iter().filter_map(|it| it.version.as_deref()).collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    let what = of.first().map(|it| [it.category, it.vendor]).into_iter().flatten().flatten();
    let what: Vec<String> = what.map(|word| word.replace('_', " ")).collect();
    let machine = |it: &&FilterOfMachine| match it.unloaded {
        Some(time) => format!("{} (unloaded {})", it.machine, day(time)),
        None => it.machine.clone(),
    };
    [
        driver.to_owned(),
        known(Some(what.join(", "))),
        known(Some(versions.join(" "))),
        of.iter().map(machine).collect::<Vec<_>>().join(" "),
    ]
}

/// How long it took from one time to the other, in words.
pub(super) fn span(from: Option<FileTime>, to: Option<FileTime>) -> Option<String> {
    const TICKS_PER_SECOND: u64 = 10_000_000;
    let ticks = to?.0.checked_sub(from?.0)?;
    Some(up(ticks / TICKS_PER_SECOND))
}
