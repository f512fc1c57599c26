//! The objects of one list of the report, one by one.

use hvtriage_diagnosis::Diagnosis;
use serde::Serialize;
use serde_json::Value;

use super::{crashes, findings, guests, machines, sources, tables};
use crate::table::Table;

type Rows<'a> = Box<dyn Iterator<Item = serde_json::Result<Value>> + 'a>;

pub(crate) fn rows(diagnosis: &Diagnosis, table: Table) -> Rows<'_> {
    let happened = &diagnosis.tables;
    match table {
        Table::Findings => each(&diagnosis.findings, findings::finding),
        Table::Incidents => each(&diagnosis.incidents, findings::incident),
        Table::Guests => each(&diagnosis.guests, guests::guest),
        Table::GuestTroubles => each(&happened.guest_troubles, guests::trouble),
        Table::Crashes => each(&diagnosis.crashes, crashes::crash),
        Table::Stops => each(&happened.stops, tables::stop),
        Table::Migrations => each(&happened.migrations, tables::migration),
        Table::Machines => each(&diagnosis.machines, machines::machine),
        Table::Hosts => each(&happened.hosts, tables::host),
        Table::Redirections => each(&happened.redirections, tables::redirection),
        Table::Filters => each(&happened.filters, tables::filter),
        Table::Sources => each(&diagnosis.sources, sources::source),
        Table::Coverage => each(&diagnosis.coverage, tables::coverage),
        Table::Missing => each(&diagnosis.missing, tables::missing),
        Table::Problems => each(&diagnosis.problems, sources::problem),
    }
}

fn each<'a, T, Row: Serialize>(list: &'a [T], row: impl Fn(&'a T) -> Row + 'a) -> Rows<'a> {
    Box::new(list.iter().map(move |one| serde_json::to_value(row(one))))
}
