//! Holding one rule against the evidence.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::finding::{Confidence, Severity};
use crate::rule::{Binding, Relation, Rule, Subject, Theme, Unless, Window, read_field};

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

/// A relation is looked for in no more facts than this on each side. Only hostile evidence has more
/// that have the wanted values on one machine, and work must stay in proportion to its size.
const MAX_CANDIDATES: usize = 256;
/// Further facts in the window of a support that a match takes along.
const MAX_NEARBY: usize = 16;

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
    let prepared = Prepared::of(evidence, rule);
    let mut anchors: Vec<usize> =
        anchor.kinds.iter().flat_map(|kind| evidence.of_kind(*kind)).copied().collect();
    anchors.sort_unstable();
    for index in anchors {
        if anchor.accepts(evidence, index)
            && let Some(found) = match_anchor(evidence, rule, &prepared, index, held)
        {
            groups.entry(group_key(evidence, rule, index)).or_default().push(found);
        }
    }
    groups.retain(|_, matches| matches.len() as u64 >= rule.at_least);
    groups
}

/// The bindings of a rule but the anchor, each with the facts that have its values.
struct Prepared<'a> {
    when: Vec<Candidates<'a>>,
    supported_by: Vec<Candidates<'a>>,
    unless: Vec<Candidates<'a>>,
}

/// Facts that have the values of a binding, in order of time.
struct Candidates<'a> {
    binding: &'a Binding,
    all: Vec<usize>,
    by_machine: BTreeMap<usize, Vec<usize>>,
    by_vm: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Prepared<'a> {
    fn of(evidence: &Evidence, rule: &'a Rule) -> Self {
        let prepare = |binding: &'a Binding| Candidates::of(evidence, binding);
        let unless = rule.unless.iter().filter_map(|unless| match unless {
            Unless::Fact(binding) => Some(prepare(binding)),
            Unless::Rule(_) => None,
        });
        Self {
            when: rule.when.iter().skip(1).map(prepare).collect(),
            supported_by: rule.supported_by.iter().map(|one| prepare(&one.binding)).collect(),
            unless: unless.collect(),
        }
    }
}

impl<'a> Candidates<'a> {
    fn of(evidence: &Evidence, binding: &'a Binding) -> Self {
        let mut candidates =
            Self { binding, all: Vec::new(), by_machine: BTreeMap::new(), by_vm: BTreeMap::new() };
        if binding.same_fact().is_some() {
            return candidates;
        }
        let of_kinds = binding.kinds.iter().flat_map(|kind| evidence.of_kind(*kind)).copied();
        candidates.all = of_kinds.filter(|index| binding.accepts(evidence, *index)).collect();
        candidates.all.sort_unstable();
        for index in &candidates.all {
            let machine = evidence.machine_index(*index);
            candidates.by_machine.entry(machine).or_default().push(*index);
            for vm in evidence.vms_of(*index) {
                candidates.by_vm.entry(*vm).or_default().push(*index);
            }
        }
        candidates
    }

    /// Lists, each in order of time, of which one holds every fact that can fit.
    fn lists(&self, evidence: &Evidence, bound: &[Option<usize>]) -> Vec<&[usize]> {
        let fact_of = |number: &usize| bound.get(*number).copied().flatten();
        let narrowed = self.binding.relations.iter().filter_map(|relation| match relation {
            Relation::SameVm(number) => {
                let vms = evidence.vms_of(fact_of(number)?).iter();
                Some(vms.filter_map(|vm| self.by_vm.get(vm)).map(Vec::as_slice).collect())
            }
            Relation::SameMachine(number) => {
                let machine = evidence.machine_index(fact_of(number)?);
                Some(self.by_machine.get(&machine).map(Vec::as_slice).into_iter().collect())
            }
            _ => None,
        });
        // The shorter the lists, the less is left to look through: a host has many guests.
        let shortest = narrowed
            .min_by_key(|lists: &Vec<&[usize]>| lists.iter().map(|list| list.len()).sum::<usize>());
        shortest.unwrap_or_else(|| vec![self.all.as_slice()])
    }

    /// The fact nearest in time that the binding can hold beside the `bound` ones.
    fn find(&self, evidence: &Evidence, bound: &[Option<usize>]) -> Option<usize> {
        let fact_of = |number: usize| bound.get(number).copied().flatten();
        let stands = |index: &usize| {
            let mut relations = self.binding.relations.iter();
            relations.all(|relation| stands(evidence, relation, *index, bound))
        };
        if let Some(same) = self.binding.same_fact() {
            let accepts = |index: &usize| self.binding.accepts(evidence, *index);
            return fact_of(same).filter(stands).filter(accepts);
        }
        let window = self.binding.relations.iter().find_map(|relation| match relation {
            Relation::Time(window) => Some(*window),
            _ => None,
        });
        let reference = fact_of(window.map_or(0, |window| window.of));
        let near = reference.and_then(|index| evidence.time(index));
        let times = match (window, near) {
            (Some(_), None) => return None,
            (Some(window), Some(time)) => between(window, time),
            (None, _) => None..None,
        };
        let distance = |index: usize| match (evidence.time(index), near) {
            (Some(time), Some(near)) => time.ticks_since(near).unsigned_abs(),
            _ => u64::MAX,
        };
        let mut nearest: Option<(u64, usize)> = None;
        for list in self.lists(evidence, bound) {
            let list = evidence.between(list, &times);
            let middle = list.partition_point(|index| evidence.time(*index) < near);
            let (before, after) = list.split_at_checked(middle).unwrap_or((list, &[]));
            let before = before.iter().rev().take(MAX_CANDIDATES).copied().find(stands);
            let after = after.iter().take(MAX_CANDIDATES).copied().find(stands);
            for index in [before, after].into_iter().flatten() {
                let found = (distance(index), index);
                nearest = Some(nearest.map_or(found, |nearest| nearest.min(found)));
            }
        }
        nearest.map(|(_, index)| index)
    }
}

impl Candidates<'_> {
    /// Every fact that stands in the window of the binding, if it has one; a bounded number.
    fn in_window(&self, evidence: &Evidence, bound: &[Option<usize>]) -> Vec<usize> {
        let window = self.binding.relations.iter().find_map(|relation| match relation {
            Relation::Time(window) if window.before.is_some() && window.after.is_some() => {
                Some(*window)
            }
            _ => None,
        });
        let time = window.and_then(|window| {
            let index = bound.get(window.of).copied().flatten()?;
            Some(between(window, evidence.time(index)?))
        });
        let Some(times) = time else { return Vec::new() };
        let stands = |index: &usize| {
            let mut relations = self.binding.relations.iter();
            relations.all(|relation| stands(evidence, relation, *index, bound))
        };
        let mut found: Vec<usize> = Vec::new();
        for list in self.lists(evidence, bound) {
            let list = evidence.between(list, &times).iter().take(MAX_CANDIDATES);
            found.extend(list.copied().filter(stands).take(MAX_NEARBY));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(MAX_NEARBY);
        found
    }
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

/// Whether the fact at `index` stands in the relation.
fn stands(evidence: &Evidence, relation: &Relation, index: usize, bound: &[Option<usize>]) -> bool {
    let fact_of = |number: &usize| bound.get(*number).copied().flatten();
    let shares_vm =
        |other: usize| evidence.vms_of(index).iter().any(|vm| evidence.vms_of(other).contains(vm));
    match relation {
        Relation::SameFact(number) => fact_of(number) == Some(index),
        Relation::SameMachine(number) => fact_of(number)
            .is_some_and(|other| evidence.machine_index(other) == evidence.machine_index(index)),
        Relation::SameVm(number) => fact_of(number).is_some_and(shares_vm),
        Relation::MayBeSameVm(number) => fact_of(number).is_some_and(|other| {
            let is_known = !evidence.vms_of(index).is_empty() && !evidence.vms_of(other).is_empty();
            !is_known || shares_vm(other)
        }),
        Relation::SameBugcheck(number) => {
            let bugcheck = |index: usize| evidence.fact(index)?.kind.bugcheck();
            let own = bugcheck(index).filter(|bugcheck| bugcheck.identifies_a_crash());
            own.is_some() && fact_of(number).and_then(bugcheck) == own
        }
        Relation::Equal { own, other } => {
            let own = read_field(evidence, index, own).map(|(_, value)| value);
            let other = fact_of(&other.binding)
                .and_then(|fact| read_field(evidence, fact, &other.fields))
                .map(|(_, value)| value);
            own.is_some() && own == other
        }
        Relation::Time(window) => {
            let time = fact_of(&window.of).and_then(|other| evidence.time(other));
            let Some((time, own)) = time.zip(evidence.time(index)) else { return false };
            let times = between(*window, time);
            times.start.is_none_or(|start| start <= own) && times.end.is_none_or(|end| own <= end)
        }
    }
}

/// The first and the last time of a window around `time`; `None` without limit.
fn between(window: Window, time: FileTime) -> std::ops::Range<Option<FileTime>> {
    let ticks = |seconds: u64| seconds.saturating_mul(FileTime::TICKS_PER_SECOND);
    let start = match window.before {
        Some(seconds) => time.0.saturating_sub(ticks(seconds)),
        None => 0,
    };
    let end = window.after.map(|seconds| FileTime(time.0.saturating_add(ticks(seconds))));
    Some(FileTime(start))..end
}

/// Some events name the device and not the guest that it belongs to.
fn device(evidence: &Evidence, anchor: usize) -> Option<String> {
    match &evidence.fact(anchor)?.kind {
        FactKind::Integration { service, .. } => Some(service.clone()),
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
    GroupKey { machine: (!is_of_guest).then_some(machine), subject }
}
