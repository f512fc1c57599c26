//! What would tell more, the machines, Sigma rules, what could not be read, and the files.

use hvtriage_diagnosis::{Diagnosis, Ignored, Machine, MissingLog, Problem, Source};
use hvtriage_winfmt::FileTime;

use super::model::{Kind, Row, Section, Table};
use super::sources::Names;
use crate::text::coverage::{short, wanted};
use crate::text::ignored::unused;
use crate::text::machines::roles;
use crate::words::{MISSING_HEADING, PROBLEMS, known, source_kind};

pub(super) fn missing(diagnosis: &Diagnosis) -> Option<Section> {
    let row = |one: &MissingLog| Row::new([one.machine.clone(), wanted(one)]);
    let table = Table::new("missing", MISSING_HEADING, &["machine", "what to do"])
        .rows(diagnosis.missing.iter().map(row));
    Section::new("more", MISSING_HEADING).table(table).unless_empty()
}

pub(super) fn machines(diagnosis: &Diagnosis, names: &Names) -> Option<Section> {
    let columns = ["machine", "what it is", "build", "cluster", "other names"];
    let table = Table::new("machine-list", "Machines, and why they are held to be one", &columns)
        .kinds(Kind::Choice, &["what it is", "build", "cluster"])
        .rows(diagnosis.machines.iter().map(|machine| machine_row(machine, names)));
    Section::new("machines", "Machines").table(table).unless_empty()
}

fn machine_row(machine: &Machine, names: &Names) -> Row {
    let cluster = machine.cluster.as_ref();
    let others = machine.names.iter().filter(|name| **name != machine.name);
    let others: Vec<&str> = others.map(String::as_str).collect();
    let role = roles(machine);
    let role = role.trim_start_matches([',', ' ']);
    let mut row = Row::new([
        machine.name.clone(),
        known(Some(role)),
        known(machine.os_build),
        known(cluster.map(|it| it.name.as_deref().unwrap_or("unnamed"))),
        known(Some(others.join(" "))),
    ]);
    if let Some(cluster) = cluster {
        row = row.detail("Nodes of the cluster", cluster.nodes.join(", "));
    }
    if let Some(clock) = machine.clock.as_ref().filter(|clock| clock.is_applied) {
        let within = clock.within_words();
        let text = format!("{}, give or take {within}, from {}", clock.words(), clock.basis);
        row = row.detail("Clock", text);
    }
    for reason in &machine.reasons {
        row = row.detail("Why", format!("{} ({})", reason.words, reason.strength.word()));
        row = row.cites(names.all(&reason.locators));
    }
    for doubt in &machine.doubts {
        row = row.detail("In doubt", &doubt.words).cites(names.all(&doubt.locators));
    }
    row
}

pub(super) fn problems(diagnosis: &Diagnosis) -> Option<Section> {
    let table = Table::new("problem-list", PROBLEMS, &PROBLEM_COLUMNS)
        .rows(diagnosis.problems.iter().map(problem));
    Section::new("problems", PROBLEMS).table(table).unless_empty()
}

const PROBLEM_COLUMNS: [&str; 4] = ["file", "offset", "what is wrong", "what to do"];

fn problem(problem: &Problem) -> Row {
    Row::new([
        problem.source.clone(),
        known(problem.at),
        problem.message.clone(),
        known(problem.hint.as_ref()),
    ])
}

pub(super) fn ignored(diagnosis: &Diagnosis) -> Option<Section> {
    let ignored = diagnosis.ignored.as_ref()?;
    let row = |one: &Ignored| {
        let finding = &one.finding;
        Row::new([
            finding.severity.word().to_owned(),
            finding.rule.clone(),
            finding.machine.clone(),
            known(finding.subject.as_ref()),
            one.reason.clone(),
            known(one.until),
        ])
        .detail("Finding", &finding.message)
    };
    let columns = ["severity", "rule", "machine", "about", "why it is ignored", "until"];
    let table = Table::new("ignored-list", "Findings that are known and ignored", &columns)
        .kinds(Kind::Choice, &["severity", "rule", "machine", "why it is ignored"])
        .rows(ignored.findings.iter().map(row));
    Section::new("ignored", "Known and ignored")
        .notes(unused(diagnosis))
        .table(table)
        .unless_empty()
}

pub(super) fn sigma(diagnosis: &Diagnosis) -> Option<Section> {
    let used = diagnosis.sigma.as_ref()?;
    let table = Table::new("sigma-problems", "Rules that could not be used", &PROBLEM_COLUMNS)
        .rows(used.problems.iter().map(problem));
    let note = format!("{} rules of {} files judged the event logs.", used.rules, used.files);
    Some(Section::new("sigma", "Sigma rules").note(note).table(table))
}

pub(super) fn sources(diagnosis: &Diagnosis) -> Option<Section> {
    let columns = ["file", "kind", "bytes", "events", "computer", "log"];
    let table = Table::new("source-list", "Files that were read", &columns)
        .kinds(Kind::Number, &["bytes", "events"])
        .kinds(Kind::Choice, &["kind", "computer", "log"])
        .rows(diagnosis.sources.iter().map(source));
    Section::new("sources", "Files").table(table).unless_empty()
}

fn source(source: &Source) -> Row {
    let row = Row::new([
        source.name.clone(),
        source_kind(source.kind).replace('_', " "),
        source.size.to_string(),
        known(source.events),
        known(source.computer.as_ref()),
        known(source.channel.as_deref().map(short)),
    ])
    .known("First time", source.first_time.map(FileTime::to_the_second))
    .known("Last time", source.last_time.map(FileTime::to_the_second))
    .known("Recognised by its layout", source.collection.as_ref());
    source.copies.iter().fold(row, |row, copy| row.detail("The same content", copy))
}
