//! Rules that are asked for and of which there is no finding.

use std::fmt;

use super::Selection;
use crate::diagnosis::Diagnosis;
use crate::glob::ids_fit;
use crate::rule::like;

/// A rule was asked for, and nothing was found by it on all machines and of any severity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnmetRule {
    /// What was asked for, perhaps with `*`.
    pub rule: String,
    /// Whether it has findings, which are known and ignored.
    pub is_ignored: bool,
    /// The rule that has findings and may have been meant, where none is known by the id that was asked for.
    pub meant: Option<String>,
}

/// `rule 'KP-42' has no finding in this evidence; did you mean 'KP-41'?`
impl fmt::Display for UnmetRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = &self.rule;
        if self.is_ignored {
            return write!(formatter, "all findings of rule '{rule}' are known and ignored");
        }
        write!(formatter, "rule '{rule}' has no finding in this evidence")?;
        match &self.meant {
            Some(meant) => write!(formatter, "; did you mean '{meant}'?"),
            None => Ok(()),
        }
    }
}

/// Those of `selection` that no finding of the whole diagnosis is of.
pub(super) fn rules(diagnosis: &Diagnosis, selection: &Selection) -> Vec<UnmetRule> {
    let ids = || diagnosis.findings.iter().map(|finding| finding.rule.as_str());
    let ignored = || diagnosis.ignored.iter().flat_map(|ignored| &ignored.findings);
    let unmet = selection.rules().iter().filter(|rule| !ids().any(|id| ids_fit(rule, id)));
    unmet
        .map(|rule| UnmetRule {
            rule: rule.clone(),
            is_ignored: ignored().any(|one| ids_fit(rule, &one.finding.rule)),
            meant: like(rule, ids()).filter(|_| !is_known(diagnosis, rule)).map(str::to_owned),
        })
        .collect()
}

/// Whether a rule with such an id judged the evidence: then no other was meant.
fn is_known(diagnosis: &Diagnosis, rule: &str) -> bool {
    diagnosis.rules.iter().any(|id| ids_fit(rule, id))
}
