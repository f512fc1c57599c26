//! When hosts did not reach cluster shared volumes directly, the gravest first.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};

use hvtriage_diagnosis::{CsvStateKind, Diagnosis, Redirection, some_of, with_named_code};
use hvtriage_winfmt::FileTime;

use super::happened::{ROWS_SHOWN, span};
use super::layout::{count, more, wrapped};
use super::page::Page;
use super::table::table;
use crate::words::known;

/// More names than this in one cell are counted and not listed.
const NAMES_SHOWN: usize = 4;

pub(super) fn redirections(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let all = &diagnosis.tables.redirections;
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Cluster volumes not reached directly")?;
    let (asked, listed): (Vec<&Redirection>, Vec<&Redirection>) =
        gravest_first(all).into_iter().partition(|one| is_on_request(one));
    if !listed.is_empty() {
        let mut rows = vec![REDIRECTION_COLUMNS.map(str::to_owned)];
        rows.extend(listed.iter().take(ROWS_SHOWN).map(|one| redirection_row(one, NAMES_SHOWN)));
        table(&rows, out)?;
        more(out, "  ", listed.len(), ROWS_SHOWN.min(listed.len()))?;
    }
    on_request(&asked, out)
}

/// Redirections in the order of what they do to the virtual machines on the volume, then of time.
pub(crate) fn gravest_first(all: &[Redirection]) -> Vec<&Redirection> {
    let mut sorted: Vec<&Redirection> = all.iter().collect();
    sorted.sort_by_key(|one| (Reverse(one.states.iter().copied().map(gravity).max()), one.start));
    sorted
}

pub(crate) const REDIRECTION_COLUMNS: [&str; 6] =
    ["start", "volume", "hosts", "why", "for", "virtual machines on it"];

/// `shown` names of hosts and of virtual machines, and how many more there are.
pub(crate) fn redirection_row(one: &Redirection, shown: usize) -> [String; 6] {
    [
        known(one.start.map(FileTime::to_the_second)),
        one.volume.clone(),
        some_of(one.hosts.iter().map(|host| host.machine.as_str()), shown, " "),
        why(one),
        span(one.start, one.end).unwrap_or_else(|| "no end is logged".into()),
        affected(one, shown),
    ]
}

/// Redirections that somebody asked for, in a sentence: backups do so every night, and a row for each
/// would hide the others.
fn on_request(asked: &[&Redirection], out: &mut Page<'_>) -> io::Result<()> {
    if asked.is_empty() {
        return Ok(());
    }
    let volumes: BTreeSet<&str> = asked.iter().map(|one| one.volume.as_str()).collect();
    let hosts = asked.iter().flat_map(|one| &one.hosts).map(|host| host.machine.as_str());
    let hosts: BTreeSet<&str> = hosts.collect();
    let lengths =
        asked.iter().filter_map(|one| Some((one.end?.0.checked_sub(one.start?.0)?, *one)));
    let longest = lengths.max_by_key(|(ticks, one)| (*ticks, Reverse(one.start)));
    let longest = longest.and_then(|(_, one)| span(one.start, one.end));
    let longest = longest.map(|length| format!(", the longest for {length}")).unwrap_or_default();
    let open = asked.iter().filter(|one| one.end.is_none()).count();
    let open = match open {
        0 => String::new(),
        open => format!("; of {open} no end is logged"),
    };
    let text = format!(
        "On request, as backups and administrators do: {} of {} on {}{longest}{open} (all in --format json).",
        count(asked.len() as u64, "redirection"),
        named(volumes),
        named(hosts),
    );
    wrapped(out, "  ", &text)
}

fn is_on_request(one: &Redirection) -> bool {
    one.states.iter().all(|state| *state == CsvStateKind::RedirectedByRequest)
}

/// How much a state harms the virtual machines on the volume.
fn gravity(state: CsvStateKind) -> u8 {
    match state {
        CsvStateKind::Unreachable => 4,
        CsvStateKind::Paused => 3,
        CsvStateKind::Redirected
        | CsvStateKind::RedirectedByFilters
        | CsvStateKind::RedirectedByVolumeDrivers => 2,
        CsvStateKind::RedirectedByRequest => 1,
        CsvStateKind::Normal => 0,
    }
}

/// By whom or by what a volume was redirected.
pub(crate) fn why(one: &Redirection) -> String {
    let drivers = one.drivers.join(" ");
    let is_by_drivers = one.states.iter().any(|state| {
        matches!(state, CsvStateKind::RedirectedByFilters | CsvStateKind::RedirectedByVolumeDrivers)
    });
    let with_status = |word: &str| match &one.status {
        Some(status) => format!("{word}: {}", with_named_code(status)),
        None => word.to_owned(),
    };
    let mut is_status_told = false;
    let words = one.states.iter().filter_map(|state| {
        Some(match state {
            CsvStateKind::Paused | CsvStateKind::Unreachable => {
                let word = match state {
                    CsvStateKind::Paused => "paused",
                    _ => "out of reach",
                };
                let is_first = !std::mem::replace(&mut is_status_told, true);
                if is_first { with_status(word) } else { word.to_owned() }
            }
            // The drivers are why.
            CsvStateKind::Redirected if is_by_drivers => return None,
            CsvStateKind::Redirected => "path lost".to_owned(),
            CsvStateKind::RedirectedByFilters => format!("filter drivers {drivers}"),
            CsvStateKind::RedirectedByVolumeDrivers => format!("volume drivers {drivers}"),
            CsvStateKind::RedirectedByRequest => "on request".to_owned(),
            CsvStateKind::Normal => return None,
        })
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The virtual machines on a volume, as far as that is known.
fn affected(one: &Redirection, shown: usize) -> String {
    let unknown = match one.vms_of_unknown_volume {
        None => "unknown".to_owned(),
        Some(0) => String::new(),
        Some(more) => format!("{more} of its hosts may be"),
    };
    let told = [some_of(one.vms.iter().map(String::as_str), shown, " "), unknown];
    let told: Vec<String> = told.into_iter().filter(|words| !words.is_empty()).collect();
    known(Some(told.join("; ")))
}

/// The first of several names, and how many more.
fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    some_of(names, NAMES_SHOWN, " ")
}
