//! Hosts, migrations, volumes and filters, over all machines.

use hvtriage_diagnosis::{Diagnosis, FilterOfMachine, Migration, MigrationOutcome, Redirection};
use hvtriage_winfmt::FileTime;

use super::model::{Kind, MAX_ROWS, Row, Section, Table};
use super::sources::Names;
use crate::text::guests::drift;
use crate::text::happened::{
    FILTER_COLUMNS, HOST_COLUMNS, MIGRATION_COLUMNS, filter_row, filters_by_driver, host_row,
    migration_row, odd_hosts_first,
};
use crate::text::volumes::{REDIRECTION_COLUMNS, gravest_first, redirection_row};

/// More hosts and virtual machines of a volume than this are named where it is unfolded.
const NAMES_SHOWN: usize = 4;

pub(super) fn hosts(diagnosis: &Diagnosis, names: &Names) -> Option<Section> {
    let hosts = odd_hosts_first(&diagnosis.tables.hosts);
    let table =
        Table::new("host-builds", "Hosts and cluster nodes, and their builds", &HOST_COLUMNS)
            .kinds(Kind::Number, &["stops", "guests seen"])
            .kinds(Kind::Time, &["last boot"])
            .kinds(Kind::Choice, &["role", "build", "Windows Server"])
            .rows(hosts.into_iter().map(|host| {
                Row::new(host_row(host)).known("Maker, model and BIOS", host.hardware.as_ref())
            }));
    let drifts = diagnosis.tables.drifts.iter().map(|one| {
        let cites = one.hosts.iter().map(|host| names.cite(&host.citation));
        Row::new([drift(one)]).cites(cites)
    });
    let drifts = Table::new(
        "host-drift",
        "Hosts that share virtual machines and are not alike",
        &["hosts and what they share"],
    )
    .rows(drifts);
    Section::new("hosts", "Hosts").table(table).table(drifts).unless_empty()
}

pub(super) fn migrations(diagnosis: &Diagnosis, names: &Names) -> Option<Section> {
    let row = |one: &Migration| Row::new(migration_row(one)).cites(names.all(&one.facts));
    let mut all: Vec<&Migration> = diagnosis.tables.migrations.iter().collect();
    if all.len() > MAX_ROWS {
        all.sort_by_key(|one| one.outcome == MigrationOutcome::Finished);
    }
    let table = Table::new("migration-list", "Migrations of virtual machines", &MIGRATION_COLUMNS)
        .kinds(Kind::Time, &["start"])
        .kinds(Kind::Duration, &["took", "stood still"])
        .kinds(Kind::Choice, &["kind", "from", "to"])
        .rows(all.into_iter().map(row));
    Section::new("migrations", "Migrations").table(table).unless_empty()
}

pub(super) fn volumes(diagnosis: &Diagnosis, names: &Names) -> Option<Section> {
    let redirections = gravest_first(&diagnosis.tables.redirections);
    let redirections =
        Table::new("redirections", "Cluster volumes not reached directly", &REDIRECTION_COLUMNS)
            .kinds(Kind::Time, &["start"])
            .kinds(Kind::Duration, &["for"])
            .kinds(Kind::Choice, &["volume", "why"])
            .rows(redirections.into_iter().map(|one| redirection(one, names)));
    let filters = Table::new(
        "filters",
        "Filter drivers that do not come with Windows, or are not known",
        &FILTER_COLUMNS,
    )
    .kinds(Kind::Choice, &["what"])
    .rows(filters_by_driver(diagnosis).iter().map(|(driver, of)| filter(driver, of, names)));
    Section::new("volumes", "Volumes and filters").table(redirections).table(filters).unless_empty()
}

fn redirection(one: &Redirection, names: &Names) -> Row {
    let mut row = Row::new(redirection_row(one, NAMES_SHOWN)).known("Status", one.status.as_ref());
    if !one.drivers.is_empty() {
        row = row.detail("Drivers", one.drivers.join(" "));
    }
    for host in &one.hosts {
        let from = host.start.map(FileTime::to_the_second).unwrap_or_default();
        let to = host.end.map_or_else(|| "no end is logged".into(), FileTime::to_the_second);
        row = row.detail("On a host", format!("{}: {from} to {to}", host.machine));
    }
    let is_more = one.vms.len() > NAMES_SHOWN;
    row.known("Virtual machines on it", is_more.then(|| one.vms.join(", ")))
        .cites(names.all(&one.facts))
}

fn filter(driver: &str, of: &[&FilterOfMachine], names: &Names) -> Row {
    let groups = of.iter().find_map(|it| it.altitude_group);
    Row::new(filter_row(driver, of))
        .known("Group of its altitude", groups)
        .cites(of.iter().map(|it| names.cite(&it.citation)))
}
