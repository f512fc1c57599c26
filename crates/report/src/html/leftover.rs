//! What would tell more, the machines, Sigma rules, what could not be read, and the files.

use hvtriage_diagnosis::{Diagnosis, Ignored, Machine, MissingLog, Problem, Source};
use hvtriage_winfmt::FileTime;

use super::model::{Kind, Row, Section, Table};
use super::sources::Names;
use crate::text::coverage::wanted;
use crate::text::machines::roles;
use crate::words::{PROBLEMS, source_kind};

pub(super) fn missing(diagnosis: &Diagnosis) -> Option<Section> {
    let row = |one: &MissingLog| Row::new([one.machine.clone(), wanted(one)]);
    let table = Table::new("missing", "What would tell more", &["machine", "what to do"])
        .rows(diagnosis.missing.iter().map(row));
    Section::new("more", "What would tell more").table(table).unless_empty()
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
        if role.is_empty() { "-".into() } else { role.to_owned() },
        machine.os_build.map_or_else(|| "-".into(), |build| build.to_string()),
        cluster
            .map_or_else(|| "-".into(), |it| it.name.clone().unwrap_or_else(|| "unnamed".into())),
        if others.is_empty() { "-".into() } else { others.join(" ") },
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
        problem.at.map_or_else(|| "-".into(), |at| at.to_string()),
        problem.message.clone(),
        problem.hint.clone().unwrap_or_else(|| "-".into()),
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
            finding.subject.clone().unwrap_or_else(|| "-".into()),
            one.reason.clone(),
            one.until.map_or_else(|| "-".into(), |day| day.to_string()),
        ])
        .detail("Finding", &finding.message)
    };
    let columns = ["severity", "rule", "machine", "about", "why it is ignored", "until"];
    let table = Table::new("ignored-list", "Findings that are known and ignored", &columns)
        .kinds(Kind::Choice, &["severity", "rule", "machine", "why it is ignored"])
        .rows(ignored.findings.iter().map(row));
    Section::new("ignored", "Known and ignored").table(table).unless_empty()
}

pub(super) fn sigma(diagnosis: &Diagnosis) -> Option<Section> {
    let used = diagnosis.sigma.as_ref()?;
    let table = Table::new("sigma-problems", "Rules that could not be used", &PROBLEM_COLUMNS)
        .rows(used.problems.iter().map(problem));
    let note = format!("{} rules of {} files judged the event logs.", used.rules, used.files);
    Some(Section::new("sigma", "Sigma rules").note(note).table(table))
}

pub(super) fn sources(diagnosis: &Diagnosis) -> Option<Section> {
    let columns = ["file", "kind", "bytes", "events", "computer", "log", "first", "last", "copies"];
    let table = Table::new("source-list", "Files that were read", &columns)
        .kinds(Kind::Number, &["bytes", "events", "copies"])
        .kinds(Kind::Time, &["first", "last"])
        .kinds(Kind::Choice, &["kind", "computer", "log"])
        .rows(diagnosis.sources.iter().map(source));
    Section::new("sources", "Files").table(table).unless_empty()
}

fn source(source: &Source) -> Row {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let row = Row::new([
        source.name.clone(),
        source_kind(source.kind).replace('_', " "),
        source.size.to_string(),
        or_dash(source.events.map(|events| events.to_string())),
        or_dash(source.computer.clone()),
        or_dash(source.channel.clone()),
        or_dash(source.first_time.map(FileTime::to_the_second)),
        or_dash(source.last_time.map(FileTime::to_the_second)),
        source.copies.len().to_string(),
    ])
    .known("Recognised by its layout", source.collection.as_ref());
    source.copies.iter().fold(row, |row, copy| row.detail("The same content", copy))
}
