//! Guests: what happened to them, how they fit their hosts, and what they report.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_diagnosis::{Diagnosis, GuestAttention, GuestTrouble, Harmless, ReportedGuest};

use super::model::{Detail, Kind, Row, Section, Table, flowing};
use super::sources::Names;
use crate::text::guest_lists::{
    REPORTED_COLUMNS, TROUBLE_COLUMNS, TROUBLES_HEADING, not_knowable, reported_row, trouble_row,
    troubles_by_guest,
};
use crate::text::guests::{
    SERVICE_COLUMNS, SERVICES_HEADING, has_changed, is_wanting, service_rows, sight, versions,
};

/// More hosts of a guest than this are named where it is unfolded.
const HOSTS_SHOWN: usize = 2;
/// More versions of one guest are counted and not told.
const SIGHTS_SHOWN: usize = 12;

pub(super) fn guests(diagnosis: &Diagnosis, names: &Names) -> Option<Section> {
    let (wanting, rest): (Vec<&GuestAttention>, Vec<&GuestAttention>) =
        diagnosis.guests.iter().partition(|guest| is_wanting(guest));
    let tables = &diagnosis.tables;
    let troubles = troubles_by_guest(&tables.guest_troubles);
    Section::new("guests", "Guests")
        .table(
            Table::new("guest-troubles", TROUBLES_HEADING, &TROUBLE_COLUMNS)
                .kinds(Kind::Time, &["first", "last"])
                .rows(troubles.iter().map(|guest| trouble(guest, names))),
        )
        .table(services("guest-services", SERVICES_HEADING, &wanting, names))
        .table(services(
            "guest-services-fine",
            "Guests with other versions for which nothing is to be done",
            &rest,
            names,
        ))
        .table(
            Table::new("guest-reports", "Guests as reported", &REPORTED_COLUMNS)
                .kinds(Kind::Choice, &["system", "build"])
                .rows(tables.reported_guests.iter().map(|guest| reported(guest, names))),
        )
        .notes(not_knowable(&tables.unknowable).into_iter().map(|text| {
            format!(
                "Guests whose integration services are not knowable from this evidence: {text}."
            )
        }))
        .unless_empty()
}

fn trouble(of_guest: &[GuestTrouble], names: &Names) -> Row {
    let id = of_guest.iter().find_map(|it| it.vm_id).map(|id| id.to_string());
    let cites = of_guest.iter().flat_map(|it| names.all(&it.citations));
    let hosts: BTreeSet<&str> =
        of_guest.iter().flat_map(|it| &it.hosts).map(String::as_str).collect();
    let row = Row::new(trouble_row(of_guest, HOSTS_SHOWN)).known("Id", id);
    with_hosts(row, hosts).cites(cites)
}

fn services(
    id: &'static str,
    title: &'static str,
    guests: &[&GuestAttention],
    names: &Names,
) -> Table {
    let [guest, service, verdict, agreed, expects, runs, _build, seen, _first, last, hosts] =
        SERVICE_COLUMNS;
    let columns = [guest, service, verdict, agreed, expects, runs, seen, last, hosts];
    let rows = service_rows(guests, HOSTS_SHOWN).into_iter();
    Table::new(id, title, &columns)
        .kinds(Kind::Number, &["seen"])
        .kinds(Kind::Time, &["last"])
        .kinds(Kind::Choice, &["verdict", "guest runs"])
        .rows(rows.map(|(cells, of)| service_row(cells, &of, names)))
}

/// What takes no column stands below.
fn service_row(cells: [String; 11], of: &[&GuestAttention], names: &Names) -> Row {
    let [guest, service, verdict, agreed, expects, runs, build, seen, first, last, hosts] = cells;
    let row = Row::new([guest, service, verdict, agreed, expects, runs, seen, last, hosts]);
    let mut row = row.detail("Host build", build).detail("Seen first", first);
    // What is said of several services is said once.
    let mut told = BTreeMap::new();
    for guest in of {
        let mut tell = |label: &'static str, text: Option<String>| {
            if let Some(text) = text.filter(|text| told.insert((label, text.clone()), ()).is_none())
            {
                row.details.push(Detail { label, text: flowing(&text) });
            }
        };
        tell("To do", guest.advice.map(str::to_owned));
        if let Harmless::Yes(reason) | Harmless::Unknown(reason) = &guest.harmless {
            tell("Why", Some(reason.clone()));
        }
        for version in versions(guest) {
            tell("Version", Some(version));
        }
        tell("Reports itself as", guest.os_name.clone());
        tell("Computer", guest.computer.clone());
        tell("Id", guest.vm_id.map(|id| id.to_string()));
        if has_changed(guest) {
            let sights: Vec<String> = guest.history.iter().take(SIGHTS_SHOWN).map(sight).collect();
            let rest = guest.history.len().saturating_sub(SIGHTS_SHOWN);
            let more = if rest == 0 { String::new() } else { format!("; and {rest} more") };
            tell("Was", Some(format!("{}, {}{more}", guest.service, sights.join("; "))));
        }
    }
    let hosts = of.iter().flat_map(|guest| &guest.hosts).map(String::as_str).collect();
    with_hosts(row, hosts).cites(of.iter().map(|guest| names.cite(&guest.citation)))
}

/// With all hosts, where the row does not name them.
fn with_hosts(row: Row, hosts: BTreeSet<&str>) -> Row {
    let is_more = hosts.len() > HOSTS_SHOWN;
    row.known("Hosts", is_more.then(|| hosts.into_iter().collect::<Vec<_>>().join(", ")))
}

fn reported(guest: &ReportedGuest, names: &Names) -> Row {
    let row = Row::new(reported_row(guest, HOSTS_SHOWN));
    let row = row.known("Id", guest.vm_id.map(|id| id.to_string()));
    with_hosts(row, guest.hosts.iter().map(String::as_str).collect())
        .cites(names.all(&guest.citations))
}
