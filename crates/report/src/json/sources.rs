//! What was read, and what could not be.

use hvtriage_diagnosis::{Problem, ProblemKind, SigmaUse, Source};
use schemars::JsonSchema;
use serde::Serialize;

use super::time::{Time, time};
use crate::words;

/// A file that holds evidence.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Source")]
pub(super) struct SourceJson<'a> {
    name: &'a str,
    copies: &'a [String],
    kind: &'static str,
    size: u64,
    events: Option<u64>,
    computer: Option<&'a str>,
    channel: Option<&'a str>,
    collection: Option<&'a str>,
    first_time: Option<Time>,
    last_time: Option<Time>,
}

pub(super) fn source(source: &Source) -> SourceJson<'_> {
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

/// Something that could not be read.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemJson<'a> {
    source: &'a str,
    offset: Option<String>,
    message: &'a str,
    hint: Option<&'a str>,
    /// `unread`, `caution` or `no-room`.
    kind: &'static str,
}

pub(super) fn problem(problem: &Problem) -> ProblemJson<'_> {
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

/// What became of Sigma rules.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Sigma")]
pub(super) struct SigmaJson<'a> {
    files: u64,
    rules: u64,
    problems: Vec<ProblemJson<'a>>,
}

pub(super) fn sigma(used: &SigmaUse) -> SigmaJson<'_> {
    SigmaJson {
        files: used.files,
        rules: used.rules,
        problems: used.problems.iter().map(problem).collect(),
    }
}
