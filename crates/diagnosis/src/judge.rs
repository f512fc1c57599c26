//! From evidence to a judgement.

use crate::evidence::Evidence;
use crate::finding::Judgement;
use crate::rule::RuleSet;

/// Holds every rule against the evidence.
#[must_use]
pub fn judge(evidence: &Evidence, rules: &RuleSet) -> Judgement {
    let _ = (evidence, rules);
    Judgement::default()
}
