//! Findings, and the incidents that they make up.

use hvtriage_diagnosis::{Finding, Incident};
use schemars::JsonSchema;
use serde::Serialize;

use super::citation::{CitationJson, citation, cited};
use super::time::{Time, time};

const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];
const CONFIDENCES: [&str; 3] = ["low", "medium", "high"];

/// Findings of one failure; `findings` are indexes into the findings of the report, the cause first.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Incident")]
pub(super) struct IncidentJson<'a> {
    title: &'a str,
    machine: &'a str,
    #[schemars(extend("enum" = SEVERITIES))]
    severity: &'static str,
    #[schemars(extend("enum" = CONFIDENCES))]
    confidence: &'static str,
    start: Option<Time>,
    end: Option<Time>,
    summary: &'a str,
    findings: &'a [usize],
    vms: &'a [String],
    machines: &'a [String],
    part_of: Option<PartOfJson<'a>>,
    timeline: Vec<MomentJson<'a>>,
}

/// The incident of which only a part is shown.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PartOf")]
struct PartOfJson<'a> {
    title: &'a str,
    #[schemars(extend("enum" = SEVERITIES))]
    severity: &'static str,
}

/// A line of the timeline of an incident.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Moment")]
pub(super) struct MomentJson<'a> {
    time: Time,
    last_time: Time,
    count: u64,
    machine: &'a str,
    vms: &'a [String],
    text: &'a str,
    kind: &'static str,
    is_about_that_time: bool,
    citation: CitationJson<'a>,
}

pub(super) fn incident(incident: &Incident) -> IncidentJson<'_> {
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
        machines: &incident.machines,
        part_of: incident
            .part_of
            .as_ref()
            .map(|whole| PartOfJson { title: &whole.title, severity: whole.severity.word() }),
        timeline: incident
            .timeline
            .iter()
            .map(|moment| MomentJson {
                time: Time(moment.time),
                last_time: Time(moment.last_time),
                count: moment.count,
                machine: &moment.machine,
                vms: &moment.vms,
                text: &moment.text,
                kind: moment.kind.word(),
                is_about_that_time: moment.is_about_that_time,
                citation: citation(&moment.citation),
            })
            .collect(),
    }
}

/// A rule that held.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Finding")]
pub(super) struct FindingJson<'a> {
    rule: &'a str,
    title: &'a str,
    origin: &'static str,
    #[schemars(extend("enum" = SEVERITIES))]
    severity: &'static str,
    #[schemars(extend("enum" = CONFIDENCES))]
    confidence: &'static str,
    machine: &'a str,
    subject: Option<&'a str>,
    time: Option<Time>,
    last_time: Option<Time>,
    count: u64,
    message: &'a str,
    explain: &'a str,
    remedy: &'a str,
    references: &'a [String],
    false_positives: &'a [String],
    citations: Vec<CitationJson<'a>>,
}

pub(super) fn finding(finding: &Finding) -> FindingJson<'_> {
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
        citations: finding.citations.iter().map(cited).collect(),
    }
}
