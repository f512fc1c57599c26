//! Holding one rule against the evidence.

mod candidates;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::finding::{Confidence, Severity};
use crate::rule::{Binding, Relation, Rule, Subject, Theme, Unless, read_field};
use candidates::Prepared;

/// A rule that holds of one anchor: which fact each binding holds.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    /// The fact of each binding of `when`, then of each support; the anchor is the first.
    pub(crate) facts: Vec<Option<usize>>,
    /// Further facts that stand in the window of a support, by the number of its binding: the whole
    /// migration, of which the support is the step nearest to the crash.
    pub(crate) nearby: Vec<(usize, usize)>,
    /// Those of the facts that are of the same failure: what `when` asks for, and supports that are
    /// tied to it by time or by the crash. That a scanner was loaded a year ago is not.
    pub(crate) of_failure: Vec<usize>,
    pub(crate) confidence: Confidence,
    pub(crate) severity: Severity,
}

/// What the matches of a rule have in common that make one finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKey {
    /// `None` where the virtual machine counts once, on whichever hosts it was seen.
    pub(crate) machine: Option<usize>,
    /// Of a rule across machines: two domains are two customers. Dumps that name no machine have none.
    domain: Option<String>,
    pub(crate) subject: SubjectKey,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SubjectKey {
    None,
    Vm(usize),
    Text(String),
}

/// Anchors by rule number: where each rule holds.
pub(crate) type Held = BTreeMap<usize, BTreeSet<usize>>;

impl Match {
    pub(crate) fn anchor(&self) -> Option<usize> {
        self.facts.first().copied().flatten()
    }

    /// Every fact of it.
    pub(crate) fn all_facts(&self) -> impl Iterator<Item = usize> {
        let nearby = self.nearby.iter().map(|(_, index)| *index);
        self.facts.iter().copied().flatten().chain(nearby)
    }
}

/// Every match of `rule`, by machine and subject. `held` knows where the rules before it hold.
pub(crate) fn matches(
    evidence: &Evidence,
    rule: &Rule,
    held: &Held,
) -> BTreeMap<GroupKey, Vec<Match>> {
    let mut groups: BTreeMap<GroupKey, Vec<Match>> = BTreeMap::new();
    let Some(anchor) = rule.when.first() else { return groups };
    // Most rules hold of nothing, and then need not know what could stand beside it.
    let prepared = LazyCell::new(|| Prepared::of(evidence, rule));
    for index in anchor.of_kinds(evidence).iter().copied() {
        if anchor.accepts(evidence, index)
            && let Some(found) = match_anchor(evidence, rule, &prepared, index, held)
        {
            groups.entry(group_key(evidence, rule, index)).or_default().push(found);
        }
    }
    if rule.is_across_machines {
        groups.values_mut().for_each(|matches| once_a_crash(evidence, matches));
    }
    groups.retain(|_, matches| rule.repetition.keep(matches, |one| evidence.time(one.anchor()?)));
    groups
}

fn match_anchor(
    evidence: &Evidence,
    rule: &Rule,
    prepared: &Prepared<'_>,
    anchor: usize,
    held: &Held,
) -> Option<Match> {
    let mut facts = vec![Some(anchor)];
    for binding in &prepared.when {
        facts.push(Some(binding.find(evidence, &facts)?));
    }
    let is_known = rule.unless.iter().any(|unless| match unless {
        Unless::Fact(_) => false,
        Unless::Rule(rule) => held.get(rule).is_some_and(|anchors| anchors.contains(&anchor)),
    });
    if is_known || prepared.unless.iter().any(|one| one.find(evidence, &facts).is_some()) {
        return None;
    }
    let mut confidence = rule.confidence;
    let mut severity = rule.severity;
    let required = facts.clone();
    let mut of_failure: Vec<usize> = required.iter().copied().flatten().collect();
    let mut nearby = Vec::new();
    for (support, candidates) in rule.supported_by.iter().zip(&prepared.supported_by) {
        let found = candidates.find(evidence, &required);
        if found.is_some() {
            confidence = confidence.max(support.raises_to.unwrap_or(confidence));
            severity = severity.min(support.lowers_severity_to.unwrap_or(severity));
            severity = severity.max(support.raises_severity_to.unwrap_or(severity));
            if is_tied(&support.binding) {
                of_failure.extend(found);
            }
            let others = candidates.in_window(evidence, &required).into_iter();
            nearby.extend(others.filter(|index| Some(*index) != found).map(|it| (facts.len(), it)));
        }
        facts.push(found);
    }
    let holds = |support: &usize| {
        facts.get(required.len().saturating_add(*support)).copied().flatten().is_some()
    };
    if !rule.needs_one_of.is_empty() && !rule.needs_one_of.iter().any(holds) {
        return None;
    }
    Some(Match { facts, nearby, of_failure, confidence, severity })
}

/// Whether a fact that stands in the binding's relations belongs to the same failure.
fn is_tied(binding: &Binding) -> bool {
    binding.relations.iter().any(|relation| match relation {
        Relation::SameBugcheck(_) => true,
        Relation::Time(window) => window.before.is_some() && window.after.is_some(),
        _ => false,
    })
}

/// Some events name the device and not the guest that it belongs to.
fn device(evidence: &Evidence, anchor: usize) -> Option<String> {
    match &evidence.fact(anchor)?.kind {
        FactKind::Integration { service, .. } => Some(service.to_string()),
        _ => None,
    }
}

fn group_key(evidence: &Evidence, rule: &Rule, anchor: usize) -> GroupKey {
    let subject = match &rule.subject {
        None => SubjectKey::None,
        Some(Subject::Vm) => match evidence.vms_of(anchor).first() {
            Some(vm) => SubjectKey::Vm(*vm),
            None => device(evidence, anchor).map_or(SubjectKey::None, SubjectKey::Text),
        },
        Some(Subject::Field(field)) => match read_field(evidence, anchor, &field.fields) {
            Some((field, value)) => SubjectKey::Text(field.show(&value)),
            None => SubjectKey::None,
        },
    };
    let is_of_guest = rule.theme == Theme::Integration && matches!(subject, SubjectKey::Vm(_));
    let machine = evidence.machine_index(anchor);
    let is_of_one = !is_of_guest && !rule.is_across_machines;
    let domain = evidence
        .machine_of(anchor)
        .filter(|machine| rule.is_across_machines && machine.is_named)
        .and_then(|machine| machine.name.split_once('.'))
        .map(|(_, domain)| domain.to_lowercase());
    GroupKey { machine: is_of_one.then_some(machine), domain, subject }
}

/// Leaves out what tells of a crash that another match tells of.
fn once_a_crash(evidence: &Evidence, matches: &mut Vec<Match>) {
    let mut known = BTreeSet::new();
    matches.retain(|one| {
        let crash = one.anchor().and_then(|anchor| evidence.crashes().number_of(anchor));
        crash.is_none_or(|crash| known.insert(crash))
    });
}
