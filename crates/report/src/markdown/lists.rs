//! What stands behind the incidents, in lists of a bounded length.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use hvtriage_diagnosis::{Diagnosis, Finding, GuestAttention, some_of};

use super::InputDigest;
use super::page::{LISTED, MarkdownPage};
use crate::text;
use crate::text::coverage::wanted_by_machine;
use crate::text::guest_lists::{TROUBLE_COLUMNS, trouble_row, troubles_by_guest};
use crate::text::guests::{
    SERVICE_COLUMNS, SERVICES_HEADING, advice, is_wanting, reasons, service_rows,
};
use crate::text::happened::{STOP_COLUMNS, STOPS_HEADING, also_known, stop_row};
use crate::text::tables::{DUMP_COLUMNS, DUMPS_HEADING, dump_row};
use crate::words::{MISSING_HEADING, PROBLEMS, locator};

/// More machines than this of one row are counted and not listed.
const MACHINES: usize = 3;

/// The findings by rule: hundreds of one rule are a line.
pub(super) fn findings(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let mut by_rule: Vec<Vec<&Finding>> = Vec::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &diagnosis.findings {
        let number = *numbers.entry(&finding.rule).or_insert(by_rule.len());
        match by_rule.get_mut(number) {
            Some(of_rule) => of_rule.push(finding),
            None => by_rule.push(vec![finding]),
        }
    }
    if by_rule.is_empty() {
        return Ok(());
    }
    out.heading(2, "Findings by rule")?;
    let rows: Vec<[String; 6]> = by_rule.iter().take(LISTED).filter_map(|it| row(it)).collect();
    let columns = ["severity", "rule", "what", "findings", "on", "first evidence"];
    out.table(&columns, cells(&rows), by_rule.len())
}

fn row(of_rule: &[&Finding]) -> Option<[String; 6]> {
    let first = of_rule.first()?;
    let machines: BTreeSet<&str> = of_rule.iter().map(|it| it.machine.as_str()).collect();
    let evidence = first.citations.first().map(|citation| locator(&citation.locator));
    Some([
        first.severity.word().to_owned(),
        first.rule.clone(),
        first.title.clone(),
        of_rule.len().to_string(),
        some_of(machines, MACHINES, ", "),
        evidence.unwrap_or_default(),
    ])
}

pub(super) fn guests(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    troubles(diagnosis, out)?;
    services(diagnosis, out)
}

fn troubles(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let guests = troubles_by_guest(&diagnosis.tables.guest_troubles);
    if guests.is_empty() {
        return Ok(());
    }
    out.heading(2, text::guest_lists::TROUBLES_HEADING)?;
    let rows: Vec<[String; 5]> =
        guests.iter().take(LISTED).map(|guest| trouble_row(guest, MACHINES)).collect();
    out.table(&TROUBLE_COLUMNS, cells(&rows), guests.len())
}

/// Guests whose services do not fit their hosts: who, what, both versions and where, then what to do.
fn services(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let wanting: Vec<&GuestAttention> =
        diagnosis.guests.iter().filter(|guest| is_wanting(guest)).collect();
    if wanting.is_empty() {
        return Ok(());
    }
    out.heading(2, SERVICES_HEADING)?;
    let rows = service_rows(&wanting, MACHINES);
    let short = |row: [String; 11]| {
        let [guest, service, verdict, agreed, expected, .., hosts] = row;
        [guest, service, verdict, agreed, expected, hosts]
    };
    let all = rows.len();
    let rows: Vec<[String; 6]> = rows.into_iter().take(LISTED).map(|(row, _)| short(row)).collect();
    let [guest, service, verdict, agreed, expected, .., hosts] = SERVICE_COLUMNS;
    out.table(&[guest, service, verdict, agreed, expected, hosts], cells(&rows), all)?;
    let told = reasons(&wanting).into_iter().chain(advice(&wanting));
    sentences(told, out)
}

pub(super) fn crashes(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let stops = &diagnosis.tables.stops;
    if !stops.is_empty() {
        out.heading(2, STOPS_HEADING)?;
        let rows: Vec<[String; 7]> = stops.iter().take(LISTED).map(stop_row).collect();
        out.table(&STOP_COLUMNS, cells(&rows), stops.len())?;
        sentences(also_known(diagnosis), out)?;
    }
    let dumps = &diagnosis.crashes;
    if !dumps.is_empty() {
        out.heading(2, DUMPS_HEADING)?;
        let rows: Vec<[String; 6]> = dumps.iter().take(LISTED).map(dump_row).collect();
        out.table(&DUMP_COLUMNS, cells(&rows), dumps.len())?;
    }
    Ok(())
}

pub(super) fn missing(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let machines = wanted_by_machine(diagnosis);
    if machines.is_empty() {
        return Ok(());
    }
    out.heading(2, MISSING_HEADING)?;
    let told: Vec<String> = machines
        .iter()
        .map(|(machine, wanted)| format!("**{}**: {}", out.text(machine), out.text(wanted)))
        .collect();
    bullets(&told, out)
}

pub(super) fn ignored(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    let all = diagnosis.ignored.iter().flat_map(|ignored| &ignored.findings);
    let told: Vec<String> = all
        .map(|one| {
            let (named, reason) = (text::ignored::named(one), text::ignored::reason(one));
            format!("{}\n  - Ignored: {}", out.text(&named), out.text(&reason))
        })
        .collect();
    let unused = text::ignored::unused(diagnosis);
    if told.is_empty() && unused.is_none() {
        return Ok(());
    }
    out.heading(2, "Known and ignored")?;
    bullets(&told, out)?;
    match unused {
        Some(unused) => {
            let unused = out.text(&unused);
            if !told.is_empty() {
                out.line(format_args!(""))?;
            }
            out.line(format_args!("{unused}"))
        }
        None => Ok(()),
    }
}

pub(super) fn problems(diagnosis: &Diagnosis, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    if diagnosis.problems.is_empty() {
        return Ok(());
    }
    out.heading(2, PROBLEMS)?;
    let told: Vec<String> = diagnosis
        .problems
        .iter()
        .map(|problem| {
            let place = problem.at.map_or_else(String::new, |at| format!(" at {at}"));
            let hint = problem.hint.as_deref().map_or_else(String::new, |it| format!(" ({it})"));
            out.text(&format!("{}{place}: {}{hint}", problem.source, problem.message))
        })
        .collect();
    bullets(&told, out)
}

/// All of them: a digest that is left out is of no use.
pub(super) fn digests(inputs: &[InputDigest], out: &mut MarkdownPage<'_>) -> io::Result<()> {
    if inputs.is_empty() {
        return Ok(());
    }
    out.line("\n<details>\n<summary>Inputs and their SHA-256</summary>\n")?;
    out.line("| file | bytes | SHA-256 |\n|---|---|---|")?;
    for input in inputs {
        let digest = match &input.sha256 {
            Ok(digest) => {
                let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("`{digits}`")
            }
            Err(reason) => format!("not read: {}", out.text(reason)),
        };
        let name = out.text(&out.paths.path(&input.name));
        out.line(format_args!("| {name} | {} | {digest} |", input.size))?;
    }
    out.line("\n</details>")
}

fn cells<const N: usize>(rows: &[[String; N]]) -> impl Iterator<Item = Vec<&str>> {
    rows.iter().map(|row| row.iter().map(String::as_str).collect())
}

/// Paragraphs.
fn sentences(told: impl IntoIterator<Item = String>, out: &mut MarkdownPage<'_>) -> io::Result<()> {
    told.into_iter().take(LISTED).try_for_each(|sentence| {
        let sentence = out.text(&sentence);
        out.line(format_args!("\n{sentence}"))
    })
}

/// Items of markup.
fn bullets(told: &[String], out: &mut MarkdownPage<'_>) -> io::Result<()> {
    told.iter().take(LISTED).try_for_each(|item| out.line(format_args!("- {item}")))?;
    if told.len() > LISTED {
        out.line("")?;
    }
    out.more(told.len(), LISTED)
}
