//! What is shown of a report: `--machine`, `--severity` and `--rule`.

use clap::Args;
use hvtriage::{RuleSet, Selection};

use crate::arguments::SeverityName;
use crate::rule_names;

#[derive(Debug, Args)]
#[command(next_help_heading = "What is shown (the report counts what is not)")]
pub(crate) struct SelectionArguments {
    /// Only what is about this host or guest, by its full or short name, in any case; '*' stands for anything;
    /// may be repeated
    #[arg(long, value_name = "NAME")]
    machine: Vec<String>,

    /// Only findings of this severity and graver ones, and incidents with such
    #[arg(long, value_enum, ignore_case = true, value_name = "SEVERITY")]
    severity: Option<SeverityName>,

    /// Only findings of this rule, and incidents with such; '*' stands for anything; may be repeated
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
}

impl SelectionArguments {
    /// What is asked for.
    pub(super) fn selection(&self) -> Selection {
        let selection = Selection::default();
        let selection = self.machine.iter().fold(selection, |it, name| it.machine(name));
        let selection = self.rule.iter().fold(selection, |it, id| it.rule(id));
        self.severity.into_iter().fold(selection, |it, least| it.severity(least.into()))
    }

    /// Refuses ids that no rule has.
    pub(super) fn check_rules(&self, rules: &RuleSet) -> Result<(), String> {
        let selection = |id: &String| Selection::default().rule(id);
        let is_known = |id: &&String| {
            let selection = selection(id);
            rules.rules().iter().any(|rule| selection.takes_rule(&rule.id))
        };
        let unknown = self.rule.iter().find(|id| !is_known(id));
        unknown.map_or(Ok(()), |id| Err(rule_names::unknown(rules, id)))
    }
}
