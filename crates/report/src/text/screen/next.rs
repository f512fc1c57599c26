//! What to do first in the gravest incidents, and the first thing that would tell more.

use std::collections::HashMap;

use hvtriage_diagnosis::{Diagnosis, MissingLog, Severity, first_step};

use super::super::layout::folded;
use super::{INDENT, short};

/// Incidents whose numbers stand before what to do in them; more are counted.
const NUMBERS: usize = 3;

pub(super) struct Next {
    /// In lines, each once, of the gravest incident first.
    remedies: Vec<Vec<String>>,
    wanted: Option<Vec<String>>,
}

impl Next {
    pub(super) fn of(diagnosis: &Diagnosis, width: usize) -> Self {
        let mut remedies: Vec<(Vec<usize>, &str)> = Vec::new();
        for (number, incident) in diagnosis.incidents.iter().enumerate() {
            let lead = incident.findings.first().and_then(|index| diagnosis.findings.get(*index));
            let lead = lead.filter(|lead| lead.severity > Severity::Info);
            let Some(step) = lead.map(|lead| first_step(&lead.remedy)) else { continue };
            let number = number.saturating_add(1);
            match remedies.iter_mut().find(|(_, known)| *known == step) {
                Some((numbers, _)) => numbers.push(number),
                None => remedies.push((vec![number], step)),
            }
        }
        let in_lines = |(numbers, step): &(Vec<usize>, &str)| {
            lines(&format!("{:>5}", format!("{}. ", of_incidents(numbers))), step, width)
        };
        let remedies = remedies.iter().map(in_lines).collect();
        Self { remedies, wanted: wanted(diagnosis).map(|wanted| lines(INDENT, &wanted, width)) }
    }

    /// The first `shown` remedies, and what to bring.
    pub(super) fn lines(&self, shown: usize) -> Vec<String> {
        let mut lines: Vec<String> = self.remedies.iter().take(shown).flatten().cloned().collect();
        if let Some(rest) = self.remedies.len().checked_sub(shown).filter(|rest| *rest > 0) {
            lines.push(format!("{INDENT}and {rest} more for the others: --details"));
        }
        lines.extend(self.wanted.iter().flatten().cloned());
        lines
    }
}

/// `1`, `1, 4`, `1, 4, 7 and 12 more`.
fn of_incidents(numbers: &[usize]) -> String {
    let names: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    hvtriage_diagnosis::some_of(names.iter().map(String::as_str), NUMBERS, ", ")
}

/// The first thing to bring of a machine of the gravest incident.
fn wanted(diagnosis: &Diagnosis) -> Option<String> {
    let incidents = machines_of_incidents(diagnosis);
    let gravest = |one: &&MissingLog| *incidents.get(&short(&one.machine)).unwrap_or(&usize::MAX);
    let wanted = diagnosis.missing.iter().filter(|one| !one.is_lost).min_by_key(gravest)?;
    let rest = match diagnosis.missing.len().saturating_sub(1) {
        0 => String::new(),
        rest => format!("; {rest} more: --details"),
    };
    Some(format!("To know more: of {} bring {}{rest}", short(&wanted.machine), wanted.what))
}

/// The number of the gravest incident that names a machine.
fn machines_of_incidents(diagnosis: &Diagnosis) -> HashMap<String, usize> {
    let mut numbers = HashMap::new();
    for (number, incident) in diagnosis.incidents.iter().enumerate() {
        let moments = incident.timeline.iter().map(|moment| &moment.machine);
        for machine in moments.chain(&incident.vms).chain([&incident.machine]) {
            // What stands for several is the first of them, `HV1 and 2 more`.
            let first = machine.split(' ').next().unwrap_or_default();
            numbers.entry(short(first)).or_insert(number);
        }
    }
    numbers
}

fn lines(head: &str, text: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(head.chars().count());
    let lines = folded(text, width.saturating_sub(indent.len()));
    let heads = std::iter::once(head).chain(std::iter::repeat(indent.as_str()));
    heads.zip(lines).map(|(head, line)| format!("{head}{line}")).collect()
}
