//! What is wrong with rules, and which were left out.

use std::collections::BTreeMap;

/// What is wrong with rules, one lower-case clause on one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleProblem {
    /// The file, or the first of several that have it.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl RuleProblem {
    /// The message may hold what a file says, such as a title of several lines.
    pub(crate) fn new(file: &str, message: impl AsRef<str>, hint: &str) -> Self {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        let line = message.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = |letter: char| if letter.is_control() { '\u{FFFD}' } else { letter };
        Self { file: file.to_owned(), message: line.chars().map(shown).collect(), hint }
    }
}

/// The problems of a pack, for those who use it and for those who write it.
pub(crate) struct Problems {
    /// Rules that are left out for one reason are told once.
    pub(crate) in_short: Vec<RuleProblem>,
    /// Every file that is not used as it stands.
    pub(crate) of_each: Vec<RuleProblem>,
}

impl Problems {
    pub(crate) fn of(wrong: Vec<RuleProblem>, left_out: Vec<RuleProblem>) -> Self {
        let mut in_short = wrong.clone();
        in_short.extend(grouped(&left_out));
        in_short.sort();
        let mut of_each = wrong;
        of_each.extend(left_out);
        of_each.sort();
        of_each.dedup();
        Self { in_short, of_each }
    }
}

/// One problem for each reason, with the first of its files.
fn grouped(left_out: &[RuleProblem]) -> impl Iterator<Item = RuleProblem> {
    let mut groups: BTreeMap<&str, (u64, &RuleProblem)> = BTreeMap::new();
    for one in left_out {
        let group = groups.entry(&one.message).or_insert((0, one));
        group.0 = group.0.saturating_add(1);
    }
    groups.into_values().map(|(count, first)| {
        let rules = if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") };
        let message = format!("{rules} left out: {}", first.message);
        RuleProblem { message, ..first.clone() }
    })
}
