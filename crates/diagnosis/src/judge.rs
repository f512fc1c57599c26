//! From evidence to a judgement.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::describe::describe;
use crate::evidence::Evidence;
use crate::finding::{Citation, Confidence, Finding, Judgement, Severity};
use crate::guests::guests;
use crate::incident::{Sighted, incidents};
use crate::matching::{GroupKey, Held, Match, SubjectKey, matches};
use crate::rule::{Rule, RuleSet};

/// A finding cites no more facts than this; its count tells how many there are.
const MAX_CITATIONS: usize = 24;

/// Holds every rule against the evidence. The result depends on the facts and the rules alone.
///
/// ```
/// use hvtriage_diagnosis::{Evidence, RuleSet, judge};
///
/// let rules = RuleSet::catalogue()?;
/// let judgement = judge(&Evidence::gather(Vec::new()), &rules);
/// assert!(judgement.findings.is_empty());
/// # Ok::<(), hvtriage_diagnosis::RuleError>(())
/// ```
#[must_use]
pub fn judge(evidence: &Evidence, rules: &RuleSet) -> Judgement {
    let mut held = Held::new();
    let mut sighted: Vec<Sighted<'_>> = Vec::new();
    for (number, rule) in rules.rules().iter().enumerate() {
        let groups = matches(evidence, rule, &held);
        let anchors: BTreeSet<usize> =
            groups.values().flatten().filter_map(Match::anchor).collect();
        held.insert(number, anchors);
        for (key, matches) in &groups {
            sighted.push(Sighted {
                rule,
                machine: key.machine,
                finding: finding(evidence, rule, key, matches),
                anchors: matches.iter().filter_map(Match::anchor).collect(),
                facts: matches.iter().flat_map(|one| &one.facts).flatten().copied().collect(),
            });
        }
    }
    sighted.sort_by(|left, right| {
        let key = |one: &Sighted<'_>| {
            let finding = &one.finding;
            (Reverse(finding.severity), Reverse(finding.confidence), finding.time)
        };
        let names = |one: &Sighted<'_>| {
            let finding = &one.finding;
            (finding.rule.clone(), finding.machine.clone(), finding.subject.clone())
        };
        key(left).cmp(&key(right)).then_with(|| names(left).cmp(&names(right)))
    });
    let incidents = incidents(evidence, &sighted);
    Judgement {
        findings: sighted.into_iter().map(|one| one.finding).collect(),
        incidents,
        guests: guests(evidence),
    }
}

fn finding(evidence: &Evidence, rule: &Rule, key: &GroupKey, matches: &[Match]) -> Finding {
    // The surest match speaks for all; among equals the one with most evidence, then the first.
    let best = matches.iter().min_by_key(|one| {
        let evident = one.facts.iter().flatten().count();
        (Reverse(one.confidence), Reverse(one.severity), Reverse(evident), one.anchor())
    });
    let machine = evidence.machines().get(key.machine).map_or("", |machine| machine.name.as_str());
    let subject = match &key.subject {
        SubjectKey::None => None,
        SubjectKey::Vm(vm) => evidence.vms().get(*vm).map(|vm| vm.display()),
        SubjectKey::Text(text) => Some(text.clone()),
    };
    let count = matches.len() as u64;
    let times = || matches.iter().filter_map(|one| evidence.time(one.anchor()?));
    let fact_of = |number: usize| best?.facts.get(number).copied().flatten();
    Finding {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        severity: matches.iter().map(|one| one.severity).max().unwrap_or(Severity::Info),
        confidence: matches.iter().map(|one| one.confidence).max().unwrap_or(Confidence::Low),
        machine: machine.to_owned(),
        time: times().min(),
        last_time: times().max(),
        count,
        message: rule.message.fill(evidence, fact_of, count, machine, subject.as_deref()),
        subject,
        explain: rule.explain.clone(),
        remedy: rule.remedy.clone(),
        references: rule.references.clone(),
        citations: citations(evidence, rule, best, matches),
    }
}

/// The facts of the best match, then those of the others in order of time, each once.
fn citations(
    evidence: &Evidence,
    rule: &Rule,
    best: Option<&Match>,
    matches: &[Match],
) -> Vec<Citation> {
    let names: Vec<&str> = rule
        .when
        .iter()
        .chain(rule.supported_by.iter().map(|support| &support.binding))
        .map(|binding| binding.name.as_str())
        .collect();
    let mut cited = BTreeSet::new();
    let mut citations = Vec::new();
    for one in best.into_iter().chain(matches) {
        for (index, name) in one.facts.iter().zip(&names) {
            let Some(fact) = index.and_then(|index| evidence.fact(index)) else { continue };
            if citations.len() < MAX_CITATIONS && cited.insert(*index) {
                citations.push(Citation {
                    locator: fact.locator.clone(),
                    time: fact.time,
                    role: (*name).to_owned(),
                    note: describe(&fact.kind),
                });
            }
        }
    }
    citations
}
