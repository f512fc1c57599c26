//! One JSON object for programs: codes and addresses as hex strings, times as RFC 3339 in UTC.

mod guests;
mod lines;
mod machines;
mod rows;
mod schema;
mod selected;
mod tables;

use std::io::{self, Write};

use hvtriage_diagnosis::{
    Blame, Bugcheck, CrashFrame, CrashedDump, Diagnosis, Finding, Incident, Locator, Place,
    Problem, ProblemKind, SigmaUse, Source,
};
use hvtriage_winfmt::FileTime;
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

pub use lines::{write_end_lines, write_finding_line};
pub(crate) use rows::rows;
pub use schema::write_schema;

/// Version of the JSON form. The first number grows when a field is removed or changes its
/// meaning, the second when one is added.
pub const SCHEMA_VERSION: &str = "2.8";

const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];
const CONFIDENCES: [&str; 3] = ["low", "medium", "high"];

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let happened = &diagnosis.tables;
    let report = Report {
        schema_version: SCHEMA_VERSION,
        sources: diagnosis.sources.iter().map(source).collect(),
        machines: diagnosis.machines.iter().map(machines::machine).collect(),
        incidents: diagnosis.incidents.iter().map(incident).collect(),
        findings: diagnosis.findings.iter().map(finding).collect(),
        guests: diagnosis.guests.iter().map(guests::guest).collect(),
        host_drift: happened.drifts.iter().map(guests::drift).collect(),
        guest_troubles: happened.guest_troubles.iter().map(guests::trouble).collect(),
        reported_guests: happened.reported_guests.iter().map(guests::reported).collect(),
        unknowable_guests: happened.unknowable.iter().map(guests::unknowable).collect(),
        crashes: diagnosis.crashes.iter().map(crash).collect(),
        stops: happened.stops.iter().map(tables::stop).collect(),
        migrations: happened.migrations.iter().map(tables::migration).collect(),
        hosts: happened.hosts.iter().map(tables::host).collect(),
        redirections: happened.redirections.iter().map(tables::redirection).collect(),
        filters: happened.filters.iter().map(tables::filter).collect(),
        coverage: diagnosis.coverage.iter().map(tables::coverage).collect(),
        missing: diagnosis.missing.iter().map(tables::missing).collect(),
        sigma: diagnosis.sigma.as_ref().map(sigma),
        problems: diagnosis.problems.iter().map(problem).collect(),
        ignored: diagnosis.ignored.as_ref().map(selected::ignored),
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
    sources: Vec<SourceJson<'a>>,
    machines: Vec<machines::MachineJson<'a>>,
    incidents: Vec<IncidentJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    guests: Vec<guests::GuestJson<'a>>,
    host_drift: Vec<guests::DriftJson<'a>>,
    guest_troubles: Vec<guests::TroubleJson<'a>>,
    reported_guests: Vec<guests::ReportedJson<'a>>,
    unknowable_guests: Vec<guests::UnknowableJson<'a>>,
    crashes: Vec<CrashJson<'a>>,
    stops: Vec<tables::StopJson<'a>>,
    migrations: Vec<tables::MigrationJson<'a>>,
    hosts: Vec<tables::HostJson<'a>>,
    redirections: Vec<tables::RedirectionJson<'a>>,
    filters: Vec<tables::FilterJson<'a>>,
    coverage: Vec<tables::CoverageJson<'a>>,
    missing: Vec<tables::MissingJson<'a>>,
    sigma: Option<SigmaJson<'a>>,
    problems: Vec<ProblemJson<'a>>,
    ignored: Option<selected::IgnoredJson<'a>>,
    left_out: Option<selected::LeftOutJson<'a>>,
}

/// A file that holds evidence.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Source")]
struct SourceJson<'a> {
    name: &'a str,
    copies: &'a [String],
    kind: &'static str,
    size: u64,
    events: Option<u64>,
    computer: Option<&'a str>,
    channel: Option<&'a str>,
    collection: Option<&'a str>,
    first_time: Option<String>,
    last_time: Option<String>,
}

fn source(source: &Source) -> SourceJson<'_> {
    SourceJson {
        name: &source.name,
        copies: &source.copies,
        kind: words::source_kind(source.kind),
        size: source.size,
        events: source.events,
        computer: source.computer.as_deref(),
        channel: source.channel.as_deref(),
        collection: source.collection.as_deref(),
        first_time: time(source.first_time),
        last_time: time(source.last_time),
    }
}

/// Where something stands in the evidence; `offset` is in bytes, in hexadecimal.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Citation")]
struct CitationJson<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    offset: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

fn citation<'a>(
    locator: &'a Locator,
    role: Option<&'a str>,
    note: Option<&'a str>,
) -> CitationJson<'a> {
    let (record_id, line, offset, field) = match &locator.place {
        Place::Record { id, offset } => (Some(*id), None, offset, None),
        Place::Line { number, offset } => (None, Some(*number), offset, None),
        Place::Field { name, offset } => (None, None, offset, Some(*name)),
    };
    CitationJson {
        source: &locator.source,
        record_id,
        line,
        offset: offset.to_string(),
        field,
        role,
        note,
    }
}

/// Findings of one failure; `findings` are indexes into the findings of the report, the cause first.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Incident")]
struct IncidentJson<'a> {
    title: &'a str,
    machine: &'a str,
    #[schemars(extend("enum" = SEVERITIES))]
    severity: &'static str,
    #[schemars(extend("enum" = CONFIDENCES))]
    confidence: &'static str,
    start: Option<String>,
    end: Option<String>,
    summary: &'a str,
    findings: &'a [usize],
    vms: &'a [String],
    timeline: Vec<MomentJson<'a>>,
}

/// A line of the timeline of an incident.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Moment")]
struct MomentJson<'a> {
    time: String,
    last_time: String,
    count: u64,
    machine: &'a str,
    text: &'a str,
    kind: &'static str,
    is_about_that_time: bool,
    citation: CitationJson<'a>,
}

fn incident(incident: &Incident) -> IncidentJson<'_> {
    IncidentJson {
        title: &incident.title,
        machine: &incident.machine,
        severity: incident.severity.word(),
        confidence: incident.confidence.word(),
        start: time(incident.start),
        end: time(incident.end),
        summary: &incident.summary,
        findings: &incident.findings,
        vms: &incident.vms,
        timeline: incident
            .timeline
            .iter()
            .map(|moment| MomentJson {
                time: moment.time.to_string(),
                last_time: moment.last_time.to_string(),
                count: moment.count,
                machine: &moment.machine,
                text: &moment.text,
                kind: moment.kind.word(),
                is_about_that_time: moment.is_about_that_time,
                citation: citation(&moment.citation, None, None),
            })
            .collect(),
    }
}

/// A rule that held.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Finding")]
struct FindingJson<'a> {
    rule: &'a str,
    title: &'a str,
    origin: &'static str,
    #[schemars(extend("enum" = SEVERITIES))]
    severity: &'static str,
    #[schemars(extend("enum" = CONFIDENCES))]
    confidence: &'static str,
    machine: &'a str,
    subject: Option<&'a str>,
    time: Option<String>,
    last_time: Option<String>,
    count: u64,
    message: &'a str,
    explain: &'a str,
    remedy: &'a str,
    references: &'a [String],
    false_positives: &'a [String],
    citations: Vec<CitationJson<'a>>,
}

fn finding(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        rule: &finding.rule,
        title: &finding.title,
        origin: finding.origin.word(),
        severity: finding.severity.word(),
        confidence: finding.confidence.word(),
        machine: &finding.machine,
        subject: finding.subject.as_deref(),
        time: time(finding.time),
        last_time: time(finding.last_time),
        count: finding.count,
        message: &finding.message,
        explain: finding.explain.trim(),
        remedy: finding.remedy.trim(),
        references: &finding.references,
        false_positives: &finding.false_positives,
        citations: finding
            .citations
            .iter()
            .map(|one| citation(&one.locator, Some(&one.role), Some(&one.note)))
            .collect(),
    }
}

/// A STOP code, and what its parameters mean.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Bugcheck")]
struct BugcheckJson<'a> {
    code: String,
    name: Option<&'a str>,
    parameters: [String; 4],
    parameter_meanings: &'a [String],
    offset: String,
}

/// A place in a driver, and why it is named.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Blame")]
struct BlameJson<'a> {
    module: &'a str,
    offset: String,
    function: Option<&'a str>,
    basis: &'a str,
}

/// A dump.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Crash")]
struct CrashJson<'a> {
    source: &'a str,
    dump_type: &'a str,
    bugcheck: Option<BugcheckJson<'a>>,
    exception: Option<&'a str>,
    os_build: Option<u32>,
    machine_type: &'a str,
    system_time: Option<String>,
    uptime_seconds: Option<u64>,
    process: Option<&'a str>,
    role: &'static str,
    fault: Option<BlameJson<'a>>,
    fault_address: Option<String>,
    blamed: Option<BlameJson<'a>>,
    module_count: u64,
    unloaded_count: u64,
    stack: Vec<FrameJson<'a>>,
    stack_end: Option<&'a str>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Frame")]
struct FrameJson<'a> {
    text: &'a str,
    trust: &'a str,
}

fn crash(crash: &CrashedDump) -> CrashJson<'_> {
    CrashJson {
        source: &crash.source,
        dump_type: &crash.dump_type,
        bugcheck: crash.bugcheck.as_ref().map(|check| bugcheck(crash, check)),
        exception: crash.exception.as_deref(),
        os_build: crash.os_build,
        machine_type: &crash.machine_type,
        system_time: time(crash.system_time),
        uptime_seconds: crash.uptime_seconds,
        process: crash.process.as_deref(),
        role: crash.role.word(),
        fault: crash.fault.as_ref().map(blame),
        fault_address: crash.fault_address.map(words::hex),
        blamed: crash.blamed.as_ref().map(blame),
        module_count: crash.module_count,
        unloaded_count: crash.unloaded_count,
        stack: crash.stack.iter().map(frame).collect(),
        stack_end: crash.stack_end.as_deref(),
    }
}

fn frame(frame: &CrashFrame) -> FrameJson<'_> {
    FrameJson { text: &frame.text, trust: &frame.trust }
}

fn bugcheck<'a>(crash: &'a CrashedDump, bugcheck: &Bugcheck) -> BugcheckJson<'a> {
    BugcheckJson {
        code: words::hex(crash.stored_code.unwrap_or(bugcheck.code)),
        name: crash.bugcheck_name.as_deref(),
        parameters: bugcheck.parameters.map(words::hex),
        parameter_meanings: &crash.parameter_meanings,
        offset: crash.bugcheck_at.to_string(),
    }
}

fn blame(blame: &Blame) -> BlameJson<'_> {
    BlameJson {
        module: &blame.module,
        offset: words::hex(blame.offset),
        function: blame.function.as_deref(),
        basis: &blame.basis,
    }
}

/// What became of Sigma rules.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Sigma")]
struct SigmaJson<'a> {
    files: u64,
    rules: u64,
    problems: Vec<ProblemJson<'a>>,
}

fn sigma(used: &SigmaUse) -> SigmaJson<'_> {
    SigmaJson {
        files: used.files,
        rules: used.rules,
        problems: used.problems.iter().map(problem).collect(),
    }
}

/// Something that could not be read.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
struct ProblemJson<'a> {
    source: &'a str,
    offset: Option<String>,
    message: &'a str,
    hint: Option<&'a str>,
    /// `unread`, `caution` or `no-room`.
    kind: &'static str,
}

fn problem(problem: &Problem) -> ProblemJson<'_> {
    ProblemJson {
        source: &problem.source,
        offset: problem.at.map(|at| at.to_string()),
        message: &problem.message,
        hint: problem.hint.as_deref(),
        kind: match problem.kind {
            ProblemKind::Caution => "caution",
            ProblemKind::NoRoom => "no-room",
            _ => "unread",
        },
    }
}

fn time(time: Option<FileTime>) -> Option<String> {
    time.map(|time| time.to_string())
}
