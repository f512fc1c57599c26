//! What to do first in the gravest incidents, and the first thing that would tell more.

use hvtriage_diagnosis::{Diagnosis, first_step, some_of};

use super::super::layout::folded;
use super::INDENT;
use crate::short_names::ShortNames;
use crate::summary::{Step, first_to_bring, steps};

/// Other incidents whose numbers stand behind what to do in them; more are counted.
const NUMBERS: usize = 3;

pub(super) struct Next {
    /// In lines, each once, of the gravest incident first.
    remedies: Vec<Vec<String>>,
    wanted: Option<Vec<String>>,
}

impl Next {
    pub(super) fn of(diagnosis: &Diagnosis, names: &ShortNames<'_>, width: usize) -> Self {
        let in_lines = |step: &Step<'_>| {
            let (first, others) = of_incidents(&step.incidents);
            let step = format!("{}{others}", first_step(step.remedy));
            lines(&format!("{first:>3}. "), &step, width)
        };
        let remedies = steps(diagnosis).iter().map(in_lines).collect();
        let wanted = wanted(diagnosis, names).map(|wanted| lines(INDENT, &wanted, width));
        Self { remedies, wanted }
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

/// The first of them, and ` (also 4, 7 and 12 more)`.
fn of_incidents(numbers: &[usize]) -> (usize, String) {
    let (first, others) = numbers.split_first().unwrap_or((&0, &[]));
    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
    let told = match others.is_empty() {
        true => String::new(),
        false => {
            format!(" (also {})", some_of(others.iter().map(String::as_str), NUMBERS, ", "))
        }
    };
    (*first, told)
}

/// The first thing to bring.
fn wanted(diagnosis: &Diagnosis, names: &ShortNames<'_>) -> Option<String> {
    let (wanted, others) = first_to_bring(diagnosis)?;
    let rest = if others > 0 { format!("; {others} more: --details") } else { String::new() };
    Some(format!("To know more: of {} bring {}{rest}", names.short(&wanted.machine), wanted.what))
}

fn lines(head: &str, text: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(head.chars().count());
    let lines = folded(text, width.saturating_sub(indent.len()));
    let heads = std::iter::once(head).chain(std::iter::repeat(indent.as_str()));
    heads.zip(lines).map(|(head, line)| format!("{head}{line}")).collect()
}
