//! Guests and how they fit their hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, DriftedHost, GuestAttention, GuestSight, Harmless};

use super::layout::{day, more, table, wrapped};

/// More names than this in one sentence are counted and not listed.
const NAMES_SHOWN: usize = 8;
/// Histories of more guests than this are left to JSON.
const HISTORIES_SHOWN: usize = 12;

/// The rows, then what is to be said of them: each reason, each advice and what is known of each guest
/// once.
pub(super) fn guests(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let guests = &diagnosis.guests;
    if !guests.is_empty() {
        writeln!(out, "\nGuests needing attention")?;
        table(&rows(guests), out)?;
        for guest in guests {
            if let Harmless::Yes(reason) | Harmless::Unknown(reason) = &guest.harmless {
                wrapped(out, "  ", &format!("{}, {}: {reason}", guest.vm_name, guest.service))?;
            }
        }
        about(guests, out)?;
        advice(guests, out)?;
        histories(guests, out)?;
    }
    let unknowable = &diagnosis.tables.unknowable;
    if !unknowable.is_empty() {
        let mut all = unknowable.iter().map(|guest| guest.vm_name.as_str());
        let text = format!(
            "{}: their hosts are of Windows Server 2016 or later, which log nothing of an old guest; \
             bring their key-value pairs, or Get-VM of their hosts while they run",
            names(&mut all)
        );
        writeln!(out, "\nGuests whose integration services are not knowable from this evidence")?;
        wrapped(out, "  ", &text)?;
    }
    Ok(())
}

fn rows(guests: &[GuestAttention]) -> Vec<[String; 12]> {
    let head = [
        "guest",
        "service",
        "agreed",
        "expected",
        "state",
        "verdict",
        "guest build",
        "host build",
        "seen",
        "first",
        "last",
        "hosts",
    ];
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(guests.iter().map(|guest| {
        [
            guest.vm_name.clone(),
            guest.service.clone(),
            known(&guest.negotiated),
            known(&guest.expected),
            guest.state.word().into(),
            guest.verdict.word().replace('_', " "),
            known(&guest.guest_build),
            known(&guest.host_build.map(|build| build.to_string())),
            guest.count.to_string(),
            guest.first_seen.map(day).unwrap_or_default(),
            guest.last_seen.map(day).unwrap_or_default(),
            guest.hosts.join(" "),
        ]
    }));
    rows
}

/// What a guest runs, as far as it is known.
fn about(guests: &[GuestAttention], out: &mut dyn Write) -> io::Result<()> {
    let mut said = BTreeSet::new();
    for guest in guests {
        let mut words = Vec::new();
        words.extend(guest.os_name.as_ref().map(|name| format!("reports {name}")));
        words
            .extend(guest.shows.as_ref().map(|shown| format!("its versions are those of {shown}")));
        if let (Some(build), Some(update)) = (&guest.guest_build, &guest.guest_update) {
            words.push(format!("{build} is that of {update}"));
        }
        if let (Some(expected), Some(update)) = (&guest.expected, &guest.host_update) {
            words.push(format!("{expected} is that of {update}"));
        }
        let text = format!("{}: {}", guest.vm_name, words.join("; "));
        if !words.is_empty() && said.insert(text.clone()) {
            wrapped(out, "  ", &text)?;
        }
    }
    Ok(())
}

fn advice(guests: &[GuestAttention], out: &mut dyn Write) -> io::Result<()> {
    let mut by_advice: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for guest in guests {
        if let Some(advice) = guest.advice {
            by_advice.entry(advice).or_default().insert(&guest.vm_name);
        }
    }
    for (advice, of) in by_advice {
        wrapped(out, "  ", &format!("To do for {}: {advice}", names(&mut of.into_iter())))?;
    }
    Ok(())
}

/// Where a guest was, for those that were on several hosts or in several states.
fn histories(guests: &[GuestAttention], out: &mut dyn Write) -> io::Result<()> {
    let moved: Vec<&GuestAttention> =
        guests.iter().filter(|guest| guest.history.len() > 1).collect();
    for guest in moved.iter().take(HISTORIES_SHOWN) {
        let sights: Vec<String> = guest.history.iter().map(sight).collect();
        let text = format!("{}, {}: {}", guest.vm_name, guest.service, sights.join("; "));
        wrapped(out, "  ", &text)?;
    }
    more(out, "  ", moved.len(), HISTORIES_SHOWN.min(moved.len()))
}

fn sight(sight: &GuestSight) -> String {
    let build = sight.host_build.map(|build| format!(" ({build})")).unwrap_or_default();
    let when = match (sight.first.map(day), sight.last.map(day)) {
        (Some(first), Some(last)) if first != last => format!(" {first} to {last}"),
        (Some(first), _) => format!(" {first}"),
        _ => String::new(),
    };
    let versions = match (&sight.negotiated, &sight.expected) {
        (Some(negotiated), Some(expected)) => format!(", {negotiated} of {expected}"),
        _ => String::new(),
    };
    format!("on {}{build}{when} {}{versions}", sight.host, sight.state.word())
}

/// Hosts that share guests and are not alike.
pub(super) fn drifts(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    if diagnosis.tables.drifts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nHosts that share virtual machines and are not alike")?;
    for drift in &diagnosis.tables.drifts {
        let hosts: Vec<String> = drift.hosts.iter().map(host).collect();
        let shown = drift.vms.len() as u64;
        let rest = match drift.vm_count.checked_sub(shown) {
            Some(rest) if rest > 0 => format!(" and {rest} more"),
            _ => String::new(),
        };
        let text = format!("{}; they share {}{rest}", hosts.join(", "), drift.vms.join(", "));
        wrapped(out, "  ", &text)?;
    }
    Ok(())
}

fn host(host: &DriftedHost) -> String {
    let build = host.os_build.map_or_else(|| "build not known".into(), |it| format!("build {it}"));
    let services = host.services.as_ref().map(|it| format!(", services {it}")).unwrap_or_default();
    format!("{} ({build}{services})", host.name)
}

fn names(all: &mut dyn Iterator<Item = &str>) -> String {
    let shown: Vec<&str> = all.take(NAMES_SHOWN).collect();
    match all.count() {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}
