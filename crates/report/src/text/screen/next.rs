//! What to do first in the gravest incidents, and the first thing that would tell more.

use hvtriage_diagnosis::{Diagnosis, first_step};

use super::super::layout::folded;
use super::{INDENT, short};
use crate::summary::{Step, first_to_bring, steps};

/// Incidents whose numbers stand before what to do in them; more are counted.
const NUMBERS: usize = 3;

pub(super) struct Next {
    /// In lines, each once, of the gravest incident first.
    remedies: Vec<Vec<String>>,
    wanted: Option<Vec<String>>,
}

impl Next {
    pub(super) fn of(diagnosis: &Diagnosis, width: usize) -> Self {
        let in_lines = |step: &Step<'_>| {
            let numbers = of_incidents(&step.incidents);
            lines(&format!("{:>5}", format!("{numbers}. ")), first_step(step.remedy), width)
        };
        let remedies = steps(diagnosis).iter().map(in_lines).collect();
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

/// The first thing to bring.
fn wanted(diagnosis: &Diagnosis) -> Option<String> {
    let (wanted, others) = first_to_bring(diagnosis)?;
    let rest = if others > 0 { format!("; {others} more: --details") } else { String::new() };
    Some(format!("To know more: of {} bring {}{rest}", short(&wanted.machine), wanted.what))
}

fn lines(head: &str, text: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(head.chars().count());
    let lines = folded(text, width.saturating_sub(indent.len()));
    let heads = std::iter::once(head).chain(std::iter::repeat(indent.as_str()));
    heads.zip(lines).map(|(head, line)| format!("{head}{line}")).collect()
}
