//! Guests and how they fit their hosts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use hvtriage_diagnosis::{
    Diagnosis, DriftedHost, GuestAttention, GuestSight, Harmless, HostDrift, Verdict, some_of,
};
use hvtriage_winfmt::Guid;

use super::guest_lists::{reported, troubles, unknowable};
use super::layout::{count, day, more, wrapped};
use super::page::Page;
use super::table::table;
use crate::words::known;

/// More rows of a table than this are counted and not listed.
const ROWS_SHOWN: usize = 20;
/// More reasons why nothing is to be done are counted and not listed.
const REASONS_SHOWN: usize = 8;

/// More names than this in one sentence are counted and not listed.
const NAMES_SHOWN: usize = 8;
/// More hosts of a guest than this are counted and not named.
pub(super) const HOSTS_SHOWN: usize = 2;
/// Histories of more guests than this are left to JSON.
const HISTORIES_SHOWN: usize = 12;

/// What happened to guests, then those whose services want something, then what they report.
pub(super) fn guests(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    troubles(&diagnosis.tables.guest_troubles, out)?;
    services(&diagnosis.guests, out)?;
    reported(&diagnosis.tables.reported_guests, out)?;
    unknowable(&diagnosis.tables.unknowable, out)
}

/// Services that want something, the gravest first. What is harmless or fits is counted by its reason.
fn services(guests: &[GuestAttention], out: &mut Page<'_>) -> io::Result<()> {
    let (wanting, rest): (Vec<&GuestAttention>, Vec<&GuestAttention>) =
        guests.iter().partition(|guest| is_wanting(guest));
    if !wanting.is_empty() {
        writeln!(out)?;
        out.heading(SERVICES_HEADING)?;
        let shown = wanting.get(..ROWS_SHOWN.min(wanting.len())).unwrap_or_default();
        let mut rows = vec![SERVICE_COLUMNS.map(str::to_owned)];
        rows.extend(service_rows(shown, HOSTS_SHOWN).into_iter().map(|(row, _)| row));
        table(&rows, out)?;
        more(out, "  ", wanting.len(), shown.len())?;
        let told = reasons(shown).into_iter().chain(about(shown)).chain(advice(&wanting));
        told.into_iter().try_for_each(|text| wrapped(out, "  ", &text))?;
        histories(shown, out)?;
    }
    folded(&rest, &wanting, out)
}

/// Whether something is to be done, or to be found out.
pub(crate) fn is_wanting(guest: &GuestAttention) -> bool {
    !matches!(guest.verdict, Verdict::Compatible | Verdict::Harmless)
}

/// How many guests need nothing, by the reason.
fn folded(
    rest: &[&GuestAttention],
    wanting: &[&GuestAttention],
    out: &mut Page<'_>,
) -> io::Result<()> {
    if rest.is_empty() {
        return Ok(());
    }
    let listed: BTreeSet<_> = wanting.iter().map(|guest| named(guest)).collect();
    // Of several services of a guest the one that is less sure speaks for it.
    let mut of_guest: BTreeMap<_, &GuestAttention> = BTreeMap::new();
    for guest in rest.iter().filter(|guest| !listed.contains(&named(guest))) {
        let known = of_guest.entry(named(guest)).or_insert(guest);
        if guest.verdict == Verdict::Compatible {
            *known = guest;
        }
    }
    let mut by_reason: BTreeMap<&str, u64> = BTreeMap::new();
    for guest in of_guest.values() {
        let reason = match &guest.harmless {
            Harmless::Yes(reason) | Harmless::Unknown(reason) => reason.as_str(),
            Harmless::No => "guest and host work together",
        };
        let guests = by_reason.entry(reason).or_default();
        *guests = guests.saturating_add(1);
    }
    if by_reason.is_empty() {
        return Ok(());
    }
    let all = count(of_guest.len() as u64, "guest");
    writeln!(out)?;
    out.heading(&format!(
        "Nothing is to be done for {all} with other versions (all in --format json)"
    ))?;
    let mut reasons: Vec<(&str, u64)> = by_reason.into_iter().collect();
    reasons.sort_by_key(|(_, guests)| Reverse(*guests));
    for (reason, guests) in reasons.iter().take(REASONS_SHOWN) {
        wrapped(out, &format!("  {}: ", count(*guests, "guest")), reason)?;
    }
    more(out, "  ", reasons.len(), REASONS_SHOWN.min(reasons.len()))
}

fn named(guest: &GuestAttention) -> (&str, Option<Guid>) {
    (&guest.vm_name, guest.vm_id)
}

pub(crate) const SERVICES_HEADING: &str = "Guests whose integration services need attention";
pub(crate) const SERVICE_COLUMNS: [&str; 11] = [
    "guest",
    "service",
    "verdict",
    "agreed or installed",
    "host expects",
    "guest runs",
    "host build",
    "seen",
    "first",
    "last",
    "hosts",
];

/// A row for all services of a guest of which the same is told, and what it is made of. `shown` hosts
/// are named.
pub(crate) fn service_rows<'a>(
    guests: &[&'a GuestAttention],
    shown: usize,
) -> Vec<([String; 11], Vec<&'a GuestAttention>)> {
    let mut rows: Vec<([String; 11], Vec<&GuestAttention>)> = Vec::new();
    for guest in guests {
        let row = [
            guest.vm_name.clone(),
            guest.service.clone(),
            verdict(guest.verdict).into(),
            known(agreed(guest.negotiated.as_deref())),
            known(guest.expected.as_ref()),
            known(guest.runs.as_ref()),
            known(guest.host_build),
            guest.count.to_string(),
            known(guest.first_seen.map(day)),
            known(guest.last_seen.map(day)),
            some_hosts(guest.hosts.iter().map(String::as_str), shown),
        ];
        match rows.last_mut().filter(|(last, _)| is_alike(last, &row)) {
            Some(([_, services, ..], of)) => {
                services.push_str(&format!(", {}", guest.service));
                of.push(guest);
            }
            None => rows.push((row, vec![guest])),
        }
    }
    rows
}

/// Whether two rows differ in the service alone.
fn is_alike(left: &[String; 11], right: &[String; 11]) -> bool {
    let [left_guest, _, left @ ..] = left;
    let [right_guest, _, right @ ..] = right;
    left_guest == right_guest && left == right
}

/// The version that was agreed on; where none was, it is logged as `0.0`.
fn agreed(version: Option<&str>) -> Option<&str> {
    version.map(|version| if version == "0.0" { "none" } else { version })
}

pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Compatible => "compatible",
        Verdict::Outdated => "outdated",
        Verdict::Incompatible => "incompatible",
        Verdict::Harmless => "harmless",
        Verdict::HostBehind => "host is behind",
        Verdict::Unknown => "not known",
    }
}

/// Each reason once, with the guests that it is of.
pub(crate) fn reasons(guests: &[&GuestAttention]) -> Vec<String> {
    let mut by_reason: Vec<(&str, Vec<String>)> = Vec::new();
    for guest in guests {
        let (Harmless::Yes(reason) | Harmless::Unknown(reason)) = &guest.harmless else { continue };
        let of = format!("{} ({})", guest.vm_name, guest.service);
        match by_reason.iter_mut().find(|(known, _)| known == reason) {
            Some((_, all)) => all.push(of),
            None => by_reason.push((reason, vec![of])),
        }
    }
    let told = by_reason.into_iter();
    told.map(|(reason, of)| format!("{}: {reason}", names(of.iter().map(String::as_str)))).collect()
}

/// What the versions of a guest tell, each once.
fn about(guests: &[&GuestAttention]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for guest in guests {
        for text in versions(guest) {
            if !words.contains(&text) {
                words.push(text);
            }
        }
    }
    words
}

/// Which updates the versions of a guest and of its host are of.
pub(crate) fn versions(guest: &GuestAttention) -> Vec<String> {
    let installed = guest.integration_version.as_ref().or(guest.guest_build.as_ref());
    let of_guest = installed.zip(guest.guest_update.as_ref());
    let of_host = guest.expected.as_ref().zip(guest.host_update.as_ref());
    let known = of_guest.into_iter().chain(of_host);
    known.map(|(version, update)| format!("{version} is that of {update}")).collect()
}

/// What to do, each advice once, with the guests that it is for.
pub(crate) fn advice(guests: &[&GuestAttention]) -> Vec<String> {
    let mut by_advice: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for guest in guests {
        if let Some(advice) = guest.advice {
            by_advice.entry(advice).or_default().insert(&guest.vm_name);
        }
    }
    let told = by_advice.into_iter();
    told.map(|(advice, of)| format!("To do for {}: {advice}", names(of))).collect()
}

/// Where a guest was, for those whose hosts did not all say the same of it.
fn histories(guests: &[&GuestAttention], out: &mut Page<'_>) -> io::Result<()> {
    let moved: Vec<&GuestAttention> =
        guests.iter().copied().filter(|guest| has_changed(guest)).collect();
    for guest in moved.iter().take(HISTORIES_SHOWN) {
        let sights: Vec<String> = guest.history.iter().map(sight).collect();
        let text = format!("{}, {}: {}", guest.vm_name, guest.service, sights.join("; "));
        wrapped(out, "  ", &text)?;
    }
    more(out, "  ", moved.len(), HISTORIES_SHOWN.min(moved.len()))
}

pub(crate) fn has_changed(guest: &GuestAttention) -> bool {
    let is_same = |left: &GuestSight, right: &GuestSight| {
        (left.state, &left.negotiated, &left.expected)
            == (right.state, &right.negotiated, &right.expected)
    };
    guest.history.windows(2).any(|pair| match pair {
        [left, right] => !is_same(left, right),
        _ => false,
    })
}

pub(crate) fn sight(sight: &GuestSight) -> String {
    let build = sight.host_build.map(|build| format!(" ({build})")).unwrap_or_default();
    let when = match (sight.first.map(day), sight.last.map(day)) {
        (Some(first), Some(last)) if first != last => format!(" {first} to {last}"),
        (Some(first), _) => format!(" {first}"),
        _ => String::new(),
    };
    let versions = match (agreed(sight.negotiated.as_deref()), &sight.expected) {
        (Some(negotiated), Some(expected)) => format!(", {negotiated} of {expected}"),
        _ => String::new(),
    };
    format!("on {}{build}{when} {}{versions}", sight.host, sight.state.word())
}

/// Hosts that share guests and are not alike.
pub(super) fn drifts(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    if diagnosis.tables.drifts.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Hosts that share virtual machines and are not alike")?;
    diagnosis.tables.drifts.iter().try_for_each(|one| wrapped(out, "  ", &drift(one)))
}

pub(crate) fn drift(drift: &HostDrift) -> String {
    let hosts: Vec<String> = drift.hosts.iter().map(host).collect();
    let shown = drift.vms.len() as u64;
    let rest = match drift.vm_count.checked_sub(shown) {
        Some(rest) if rest > 0 => format!(" and {rest} more"),
        _ => String::new(),
    };
    format!("{}; they share {}{rest}", hosts.join(", "), drift.vms.join(", "))
}

fn host(host: &DriftedHost) -> String {
    let build = host.os_build.map_or_else(|| "build not known".into(), |it| format!("build {it}"));
    let services = host.services.as_ref().map(|it| format!(", services {it}")).unwrap_or_default();
    format!("{} ({build}{services})", host.name)
}

pub(super) fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    some_of(all, NAMES_SHOWN, ", ")
}

/// Some hosts, and how many more; `-` where there is none.
pub(super) fn some_hosts<'a>(hosts: impl IntoIterator<Item = &'a str>, shown: usize) -> String {
    known(Some(some_of(hosts, shown, " ")))
}
