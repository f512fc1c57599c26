//! Guests one a line: what happened to them, and what they report.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};

use hvtriage_diagnosis::{GuestTrouble, Lack, ReportedGuest, UnknowableGuest, some_of};
use hvtriage_winfmt::FileTime;

use super::guests::{HOSTS_SHOWN, names, some_hosts};
use super::layout::{more, wrapped};
use super::page::Page;
use super::table::table;
use crate::words::known;

/// More rows of a table than this are counted and not listed.
const ROWS_SHOWN: usize = 20;

/// A line a guest, with all that happened to it; those that crashed most often first.
pub(super) fn troubles(troubles: &[GuestTrouble], out: &mut Page<'_>) -> io::Result<()> {
    if troubles.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading(TROUBLES_HEADING)?;
    let guests = troubles_by_guest(troubles);
    let mut rows = vec![TROUBLE_COLUMNS.map(str::to_owned)];
    rows.extend(guests.iter().take(ROWS_SHOWN).map(|guest| trouble_row(guest, HOSTS_SHOWN)));
    table(&rows, out)?;
    more(out, "  ", guests.len(), ROWS_SHOWN.min(guests.len()))?;
    if troubles.iter().any(|it| !it.stops.is_empty()) {
        writeln!(out, "  Each crash stands in the table of crashes and restarts below.")?;
    }
    Ok(())
}

/// All that happened to a guest together.
pub(crate) fn troubles_by_guest(troubles: &[GuestTrouble]) -> Vec<&[GuestTrouble]> {
    let is_same = |left: &GuestTrouble, right: &GuestTrouble| {
        (&left.guest, left.vm_id) == (&right.guest, right.vm_id)
    };
    let mut guests: Vec<&[GuestTrouble]> = troubles.chunk_by(is_same).collect();
    guests.sort_by_key(|of_guest| {
        Reverse(of_guest.iter().map(|it| it.stops.len()).fold(0, usize::saturating_add))
    });
    guests
}

pub(crate) const TROUBLES_HEADING: &str =
    "Guests that stopped or were paused, or whose files, start or move failed";
pub(crate) const TROUBLE_COLUMNS: [&str; 5] = ["guest", "what happened", "first", "last", "host"];

/// The row of one guest; `shown` hosts are named.
pub(crate) fn trouble_row(of_guest: &[GuestTrouble], shown: usize) -> [String; 5] {
    let what: Vec<String> = of_guest.iter().map(happened).collect();
    let first = of_guest.iter().filter_map(|it| it.first).min();
    let last = of_guest.iter().filter_map(|it| it.last).max();
    let hosts: BTreeSet<&str> =
        of_guest.iter().flat_map(|it| &it.hosts).map(String::as_str).collect();
    [
        of_guest.first().map(|it| it.guest.clone()).unwrap_or_default(),
        what.join("; "),
        known(first.map(FileTime::to_the_second)),
        known(last.map(FileTime::to_the_second)),
        some_hosts(hosts, shown),
    ]
}

/// What happened to a guest, and how often.
fn happened(trouble: &GuestTrouble) -> String {
    match trouble.count {
        0 | 1 => trouble.what.clone(),
        count => format!("{} ({count} times)", trouble.what),
    }
}

/// Guests as they or their hosts report them, also those with nothing wrong.
pub(super) fn reported(guests: &[ReportedGuest], out: &mut Page<'_>) -> io::Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Guests as reported")?;
    let mut rows = vec![REPORTED_COLUMNS.map(str::to_owned)];
    rows.extend(guests.iter().take(ROWS_SHOWN).map(|guest| reported_row(guest, HOSTS_SHOWN)));
    table(&rows, out)?;
    more(out, "  ", guests.len(), ROWS_SHOWN.min(guests.len()))
}

pub(crate) const REPORTED_COLUMNS: [&str; 7] =
    ["guest", "system", "build", "integration services", "computer", "host", "source"];

/// The row of one guest; `shown` hosts are named.
pub(crate) fn reported_row(guest: &ReportedGuest, shown: usize) -> [String; 7] {
    [
        guest.name.clone(),
        known(guest.os_name.as_ref()),
        known(guest.os_build),
        services_of(guest),
        known(guest.computer.as_ref()),
        some_hosts(guest.hosts.iter().map(String::as_str), shown),
        source_of(guest),
    ]
}

/// Guests of whose services nothing can be said, by what is not at hand.
pub(super) fn unknowable(guests: &[UnknowableGuest], out: &mut Page<'_>) -> io::Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Guests whose integration services are not knowable from this evidence")?;
    not_knowable(guests).iter().try_for_each(|text| wrapped(out, "  ", text))
}

/// The same in sentences, one for each lack.
pub(crate) fn not_knowable(guests: &[UnknowableGuest]) -> Vec<String> {
    let mut texts = Vec::new();
    for lack in [Lack::Report, Lack::HostBuild] {
        let of_lack = guests.iter().filter(|guest| guest.lacks == lack);
        let all: Vec<&str> = of_lack.map(|guest| guest.vm_name.as_str()).collect();
        let why = match (lack, all.len()) {
            (_, 0) => continue,
            (Lack::Report, 1) => {
                "its hosts are of Windows Server 2016 or later, which log nothing of an old guest; bring \
                 its key-value pairs, or Get-VM of its host while it runs"
            }
            (Lack::Report, _) => {
                "their hosts are of Windows Server 2016 or later, which log nothing of an old guest; \
                 bring their key-value pairs, or Get-VM of their hosts while they run"
            }
            (Lack::HostBuild, 1) => {
                "the version of its services is known, but not what its host gives; bring the host's \
                 build: its System log, or a registry export of its Windows NT\\CurrentVersion"
            }
            (Lack::HostBuild, _) => {
                "the versions of their services are known, but not what their hosts give; bring the \
                 hosts' builds: their System logs, or registry exports of their Windows \
                 NT\\CurrentVersion"
            }
        };
        texts.push(format!("{}: {why}", names(all)));
    }
    texts
}

/// Version and state; a state in words that are not understood is shown as it stands.
fn services_of(guest: &ReportedGuest) -> String {
    let state = match (guest.integration_state_meaning, &guest.integration_state) {
        (Some(meaning), _) => Some(meaning.replace('_', " ")),
        (None, Some(text)) if !text.trim().is_empty() => {
            Some(format!("\"{}\" (not understood)", text.trim()))
        }
        _ => None,
    };
    match (&guest.integration_version, state) {
        (Some(version), Some(state)) => format!("{version}, {state}"),
        (Some(version), None) => version.clone(),
        (None, Some(state)) => state,
        (None, None) => known(None::<&str>),
    }
}

/// The first of the files that tell it.
fn source_of(guest: &ReportedGuest) -> String {
    let files: BTreeSet<&str> = guest.citations.iter().map(|place| place.source.as_ref()).collect();
    some_of(files, 1, ", ")
}
