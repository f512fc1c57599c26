//! The facts that a binding can hold, and which of them it holds.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::field::FieldRef;
use crate::kind::Kind;
use crate::rule::{Binding, FieldOf, Relation, Rule, Unless, Window, read_field};

/// A relation is looked for in no more facts than this on each side. Only hostile evidence has more
/// that have the wanted values on one machine, and work must stay in proportion to its size.
const MAX_CANDIDATES: usize = 256;
/// Further facts in the window of a support that a match takes along.
const MAX_NEARBY: usize = 16;

/// The bindings of a rule but the anchor, each with the facts that have its values.
pub(super) struct Prepared<'a> {
    pub(super) when: Vec<Candidates<'a>>,
    pub(super) supported_by: Vec<Candidates<'a>>,
    pub(super) unless: Vec<Candidates<'a>>,
}

/// Facts that have the values of a binding, in order of time.
pub(super) struct Candidates<'a> {
    binding: &'a Binding,
    all: Vec<usize>,
    by_machine: BTreeMap<usize, Vec<usize>>,
    by_vm: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(evidence: &Evidence, rule: &'a Rule) -> Self {
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
    pub(super) fn of(evidence: &Evidence, binding: &'a Binding) -> Self {
        let mut candidates =
            Self { binding, all: Vec::new(), by_machine: BTreeMap::new(), by_vm: BTreeMap::new() };
        if binding.same_fact().is_some() {
            return candidates;
        }
        let of_kinds = binding.of_kinds(evidence);
        let accepted = of_kinds.iter().filter(|index| binding.accepts(evidence, **index));
        candidates.all = accepted.copied().collect();
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
    pub(super) fn find(&self, evidence: &Evidence, bound: &[Option<usize>]) -> Option<usize> {
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

    /// Every fact that stands in the window of the binding, if it has one; a bounded number.
    pub(super) fn in_window(&self, evidence: &Evidence, bound: &[Option<usize>]) -> Vec<usize> {
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

/// Whether the fact at `index` stands in the relation.
fn stands(evidence: &Evidence, relation: &Relation, index: usize, bound: &[Option<usize>]) -> bool {
    let fact_of = |number: &usize| bound.get(*number).copied().flatten();
    let shares_vm =
        |other: usize| evidence.vms_of(index).iter().any(|vm| evidence.vms_of(other).contains(vm));
    let are_same = |own: &[(Kind, FieldRef)], other: &FieldOf| {
        let (_, own) = read_field(evidence, index, own)?;
        let (_, other) = read_field(evidence, fact_of(&other.binding)?, &other.fields)?;
        Some(own.is_same(&other))
    };
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
        Relation::Equal { own, other } => are_same(own, other) == Some(true),
        Relation::Unequal { own, other } => are_same(own, other) == Some(false),
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
