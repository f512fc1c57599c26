//! One JSON object for programs: codes and addresses as hex strings, times as RFC 3339 in UTC.

mod citation;
mod crashes;
mod findings;
mod guests;
mod lines;
mod machines;
mod rows;
mod schema;
mod selected;
mod sources;
mod tables;
mod time;

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;
use schemars::JsonSchema;
use serde::Serialize;

pub use lines::{write_end_lines, write_finding_line};
pub(crate) use rows::rows;
pub use schema::write_schema;

/// Version of the JSON form. The first number grows when a field is removed or changes its
/// meaning, the second when one is added.
pub const SCHEMA_VERSION: &str = "2.10";

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let happened = &diagnosis.tables;
    let report = Report {
        schema_version: SCHEMA_VERSION,
        sources: diagnosis.sources.iter().map(sources::source).collect(),
        machines: diagnosis.machines.iter().map(machines::machine).collect(),
        incidents: diagnosis.incidents.iter().map(findings::incident).collect(),
        findings: diagnosis.findings.iter().map(findings::finding).collect(),
        guests: diagnosis.guests.iter().map(guests::guest).collect(),
        host_drift: happened.drifts.iter().map(guests::drift).collect(),
        guest_troubles: happened.guest_troubles.iter().map(guests::trouble).collect(),
        reported_guests: happened.reported_guests.iter().map(guests::reported).collect(),
        unknowable_guests: happened.unknowable.iter().map(guests::unknowable).collect(),
        crashes: diagnosis.crashes.iter().map(crashes::crash).collect(),
        stops: happened.stops.iter().map(tables::stop).collect(),
        migrations: happened.migrations.iter().map(tables::migration).collect(),
        hosts: happened.hosts.iter().map(tables::host).collect(),
        redirections: happened.redirections.iter().map(tables::redirection).collect(),
        filters: happened.filters.iter().map(tables::filter).collect(),
        coverage: diagnosis.coverage.iter().map(tables::coverage).collect(),
        missing: diagnosis.missing.iter().map(tables::missing).collect(),
        sigma: diagnosis.sigma.as_ref().map(sources::sigma),
        problems: diagnosis.problems.iter().map(sources::problem).collect(),
        ignored: diagnosis.ignored.as_ref().map(selected::ignored),
        span: diagnosis.span.as_ref().map(selected::span),
        left_out: diagnosis.left_out.as_ref().map(selected::left_out),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    out.write_all(b"\n")
}

/// A diagnosis. Fields that are not known here are to be ignored: a later minor version adds some.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Report")]
struct Report<'a> {
    schema_version: &'static str,
    sources: Vec<sources::SourceJson<'a>>,
    machines: Vec<machines::MachineJson<'a>>,
    incidents: Vec<findings::IncidentJson<'a>>,
    findings: Vec<findings::FindingJson<'a>>,
    guests: Vec<guests::GuestJson<'a>>,
    host_drift: Vec<guests::DriftJson<'a>>,
    guest_troubles: Vec<guests::TroubleJson<'a>>,
    reported_guests: Vec<guests::ReportedJson<'a>>,
    unknowable_guests: Vec<guests::UnknowableJson<'a>>,
    crashes: Vec<crashes::CrashJson<'a>>,
    stops: Vec<tables::StopJson<'a>>,
    migrations: Vec<tables::MigrationJson<'a>>,
    hosts: Vec<tables::HostJson<'a>>,
    redirections: Vec<tables::RedirectionJson<'a>>,
    filters: Vec<tables::FilterJson<'a>>,
    coverage: Vec<tables::CoverageJson<'a>>,
    missing: Vec<tables::MissingJson<'a>>,
    sigma: Option<sources::SigmaJson<'a>>,
    problems: Vec<sources::ProblemJson<'a>>,
    ignored: Option<selected::IgnoredJson<'a>>,
    span: Option<selected::SpanJson>,
    left_out: Option<selected::LeftOutJson<'a>>,
}
