//! Rules by their ids, and what a mistyped id may have been meant to be.

use hvtriage::{Rule, RuleSet, judging_rules};
use hvtriage_diagnosis::like;

use crate::arguments::RulesArguments;

/// More ids than this are no help.
const MAX_NAMED: usize = 5;

/// The catalogue with the rules that are given besides, without examples.
///
/// # Errors
/// A path that is not there, or the first rule with an error.
pub(crate) fn right_rules(given: &RulesArguments) -> Result<RuleSet, String> {
    judging_rules(&given.rules).map_err(|error| error.to_string())
}

/// The rule with an id in any case.
///
/// # Errors
/// There is none, in words, and what may have been meant.
pub(crate) fn rule<'a>(rules: &'a RuleSet, id: &str) -> Result<&'a Rule, String> {
    let found = rules.rules().iter().find(|rule| rule.id.eq_ignore_ascii_case(id));
    found.ok_or_else(|| unknown(rules, id))
}

/// That there is no rule with an id, or like a pattern with `*` in it.
pub(crate) fn unknown(rules: &RuleSet, id: &str) -> String {
    let ids = || rules.rules().iter().map(|rule| rule.id.as_str());
    if let Some(meant) = like(id, ids()) {
        return format!("there is no rule '{id}'; did you mean '{meant}'?");
    }
    let part = id.replace('*', "").to_lowercase();
    let near: Vec<&str> = ids().filter(|id| id.to_lowercase().contains(&part)).collect();
    if part.is_empty() || near.is_empty() || near.len() > MAX_NAMED {
        return format!("there is no rule '{id}': `hvtriage rules list` shows all");
    }
    format!("there is no rule '{id}'; did you mean {}?", near.join(", "))
}
