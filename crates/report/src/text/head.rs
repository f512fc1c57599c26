//! What was read, and how much of it: the sentences with which every form for people begins.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_diagnosis::{Diagnosis, Problem, SourceKind, some_of};

use super::ignored;
use super::layout::count;
use crate::clocks;

/// What a head stands in front of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadOf {
    /// The first screen, which has few lines.
    Screen,
    /// The whole report as text.
    Text,
    /// A page or a ticket.
    Page,
}

/// In the order in which they are told.
pub(crate) fn sentences(diagnosis: &Diagnosis, of: HeadOf) -> Vec<String> {
    let problems_at = match of {
        HeadOf::Screen => "see --details",
        HeadOf::Text => "see the end",
        HeadOf::Page => "see below",
    };
    let mut told = vec![what_was_read(diagnosis)];
    told.extend(copies(diagnosis));
    told.extend(collections(diagnosis));
    told.extend(covered(diagnosis));
    told.extend(diagnosis.span.as_ref().map(ToString::to_string));
    told.extend(match of {
        HeadOf::Screen => clocks::in_short(diagnosis),
        HeadOf::Text | HeadOf::Page => clocks::sentence(diagnosis),
    });
    told.push(what_was_found(diagnosis));
    told.extend(ignored::sentences(diagnosis));
    told.extend(diagnosis.left_out.as_ref().map(ToString::to_string));
    if !diagnosis.problems.is_empty() {
        let problems = count(diagnosis.problems.len() as u64, "problem");
        let files: BTreeSet<&str> =
            diagnosis.problems.iter().map(|problem| problem.source.as_str()).collect();
        let files = some_of(files, 1, ", ");
        told.push(format!("{problems} in reading the evidence ({files}): {problems_at}."));
    }
    told
}

fn what_was_read(diagnosis: &Diagnosis) -> String {
    let kinds = || diagnosis.sources.iter().map(|source| source.kind);
    let of = |is_one: fn(SourceKind) -> bool| kinds().filter(|kind| is_one(*kind)).count();
    let (dumps, logs) = (of(SourceKind::is_dump), of(SourceKind::is_log));
    let cluster_logs = of(|kind| kind == SourceKind::ClusterLog);
    let known = dumps.saturating_add(logs).saturating_add(cluster_logs);
    let inventories = diagnosis.sources.len().saturating_sub(known);
    let others = [(cluster_logs, "cluster log"), (inventories, "inventory file")];
    let others = others.into_iter().filter(|(number, _)| *number > 0);
    let mut parts: Vec<String> = others.map(|(number, what)| count(number as u64, what)).collect();
    parts.insert(0, count(dumps as u64, "dump"));
    let last = parts.pop().unwrap_or_default();
    let before: String = parts.iter().map(|part| format!(", {part}")).collect();
    format!(
        "{}, {}{before} and {last} of {} read.",
        count(diagnosis.event_count(), "event"),
        count(logs as u64, "log"),
        machines_read(diagnosis),
    )
}

fn copies(diagnosis: &Diagnosis) -> Option<String> {
    let copies: usize = diagnosis.sources.iter().map(|source| source.copies.len()).sum();
    let files = count(copies as u64, "file");
    (copies > 0).then(|| format!("{files} with the same content as one of them left out."))
}

/// What collected the evidence, as far as its layout shows.
fn collections(diagnosis: &Diagnosis) -> Option<String> {
    let mut collections: BTreeMap<&str, u64> = BTreeMap::new();
    for collection in diagnosis.sources.iter().filter_map(|it| it.collection.as_deref()) {
        let files = collections.entry(collection).or_default();
        *files = files.saturating_add(1);
    }
    let told =
        collections.iter().map(|(name, files)| format!("{name} ({})", count(*files, "file")));
    let told = told.collect::<Vec<_>>().join(", ");
    (!told.is_empty()).then(|| format!("Recognised by its layout: {told}."))
}

fn covered(diagnosis: &Diagnosis) -> Option<String> {
    let first = diagnosis.sources.iter().filter_map(|source| source.first_time).min()?;
    let last = diagnosis.sources.iter().filter_map(|source| source.last_time).max()?;
    let (first, last) = (first.to_the_second(), last.to_the_second());
    Some(format!("The evidence covers {first} to {last} (UTC)."))
}

fn what_was_found(diagnosis: &Diagnosis) -> String {
    // No all-clear: why something broke may lie outside.
    if let Some(span) = diagnosis.span.as_ref().filter(|_| diagnosis.findings.is_empty())
        && diagnosis.left_out.is_none()
        && !has_ignored(diagnosis)
    {
        return format!("No finding there: no rule holds on what happened {}.", span.words());
    }
    let nothing = match diagnosis.findings.len() {
        0 if diagnosis.sources.is_empty() => "No finding: nothing was read that could be judged.",
        0 if diagnosis.left_out.is_some() => "No finding is shown.",
        0 if has_ignored(diagnosis) => "No finding but known ones.",
        0 if diagnosis.problems.iter().any(Problem::is_unread) => {
            "No finding, but not all of the evidence could be read: no rule of the catalogue holds on \
             what could."
        }
        0 => "No finding: no rule of the catalogue holds on this evidence.",
        findings => {
            let findings = count(findings as u64, "finding");
            let incidents = count(diagnosis.incidents.len() as u64, "incident");
            return format!("{findings} in {incidents}.");
        }
    };
    nothing.to_owned()
}

fn has_ignored(diagnosis: &Diagnosis) -> bool {
    diagnosis.ignored.as_ref().is_some_and(|ignored| !ignored.findings.is_empty())
}

/// Dumps that name no machine may be of one or of many.
fn machines_read(diagnosis: &Diagnosis) -> String {
    let named = diagnosis.machines.iter().filter(|machine| machine.is_named).count();
    let unnamed = diagnosis.machines.len().saturating_sub(named);
    match (named as u64, unnamed) {
        (named, 0) => count(named, "machine"),
        (0, 1) => "an unnamed machine".into(),
        (0, _) => "unnamed machines".into(),
        (named, 1) => format!("{} and of an unnamed one", count(named, "machine")),
        (named, _) => format!("{} and of unnamed ones", count(named, "machine")),
    }
}
