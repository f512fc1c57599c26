//! The lines that tell an incident in order of time.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::Sighted;
use super::tellers::Tellers;
use crate::describe::{note, vm_name};
use crate::evidence::Evidence;
use crate::fact::{Fact, FactKind};
use crate::finding::{Moment, MomentKind};
use crate::vm::KnownVm;

/// A timeline has no more lines than this.
const MAX_LINES: usize = 100;
/// The same words that are told less often stand by themselves.
const MANY: usize = 3;
/// The same words further apart than this stand by themselves.
const APART_SECONDS: u64 = 12 * 60 * 60;

/// Facts that have a time, in order, equal ones as one line; those that only happened `nearby` say so.
/// A line that is there already goes to the place of its first fact.
pub(super) fn timeline(
    evidence: &Evidence,
    facts: &BTreeSet<usize>,
    nearby: &BTreeSet<usize>,
    line: Option<(usize, Moment)>,
) -> Vec<Moment> {
    let mut said: BTreeMap<(bool, String), Vec<usize>> = BTreeMap::new();
    for index in facts.union(nearby) {
        if evidence.time(*index).is_none() {
            continue;
        }
        if !is_told_better(evidence, *index, facts, nearby) {
            let is_near = !facts.contains(index);
            said.entry((is_near, note(evidence, *index))).or_default().push(*index);
        }
    }
    let mut lines: Vec<(usize, Moment)> = Vec::new();
    for ((is_near, text), indexes) in &said {
        for run in runs(evidence, indexes) {
            let moments = if run.len() < MANY { run.chunks(1) } else { run.chunks(run.len()) };
            let moments = moments
                .filter_map(|run| Some((*run.first()?, moment(evidence, run, text, *is_near)?)));
            lines.extend(moments);
        }
    }
    lines.extend(line);
    // What is of the failure itself goes before what only happened about that time.
    lines.sort_by_key(|(first, moment)| (moment.is_about_that_time, *first));
    lines.truncate(MAX_LINES);
    // Facts are in order of time, by one clock.
    lines.sort_by_key(|(first, _)| *first);
    lines.into_iter().map(|(_, moment)| moment).collect()
}

/// Whether another fact of the same record, which the timeline has too, says in plain words what an
/// event says by its values.
fn is_told_better(
    evidence: &Evidence,
    index: usize,
    facts: &BTreeSet<usize>,
    nearby: &BTreeSet<usize>,
) -> bool {
    let is_event = |fact: &Fact| matches!(fact.kind, FactKind::Event(_));
    evidence.fact(index).is_some_and(is_event)
        && evidence.of_same_record(index).any(|other| {
            (facts.contains(&other) || nearby.contains(&other))
                && evidence.fact(other).is_some_and(|fact| !is_event(fact))
        })
}

/// Facts in order of time, parted where nothing was said for long.
fn runs<'a>(evidence: &Evidence, indexes: &'a [usize]) -> impl Iterator<Item = &'a [usize]> {
    indexes.chunk_by(|left, right| {
        let times = evidence.time(*left).zip(evidence.time(*right));
        times.is_none_or(|(left, right)| right <= left.saturating_add_seconds(APART_SECONDS))
    })
}

fn moment(evidence: &Evidence, run: &[usize], text: &str, is_near: bool) -> Option<Moment> {
    let first = *run.first()?;
    let fact = evidence.fact(first)?;
    // By which clock a time is told is said where the clocks of several differ.
    let tellers = Tellers::of(evidence, run);
    let time = tellers.time(first)?;
    let machine = tellers.words(first);
    // A dump without a name is called by its file, which is cited anyhow.
    let is_named = !evidence.is_nameless(evidence.machine_index(first));
    let text = if is_named { format!("{machine}: {text}") } else { text.to_owned() };
    let text = match evidence.clock_note(first).filter(|_| tellers.is_one()) {
        Some(clock) => format!("{text} ({clock})"),
        None => text,
    };
    Some(Moment {
        time,
        last_time: run.last().and_then(|last| tellers.time(*last)).unwrap_or(time),
        count: run.len() as u64,
        machine,
        vms: vms(evidence, first),
        text: if is_near { format!("about that time: {text}") } else { text },
        kind: MomentKind::of(&fact.kind),
        is_about_that_time: is_near,
        citation: fact.locator.clone(),
    })
}

/// The virtual machines that a fact names, by name: it is told of them and not of who tells it.
fn vms(evidence: &Evidence, index: usize) -> Vec<String> {
    let Some(vm) = evidence.fact(index).and_then(|fact| fact.kind.vm()) else { return Vec::new() };
    let known = evidence.vms_of(index).iter().filter_map(|vm| evidence.vms().get(*vm));
    let mut names: Vec<String> = known.map(KnownVm::display).collect();
    if names.is_empty() {
        names.push(vm_name(vm));
    }
    names
}

/// Times of the earliest and the latest of what the findings rest on, by the clock that they share where
/// they are of several machines. Filters are loaded at every start;
/// where they are not all there is, they do not count.
pub(super) fn span(
    evidence: &Evidence,
    all: &[&Sighted<'_>],
) -> (Option<FileTime>, Option<FileTime>) {
    let is_load = |index: &usize| {
        let kind = evidence.fact(*index).map(|fact| &fact.kind);
        matches!(kind, Some(FactKind::FilterLoaded { .. }))
    };
    let facts: BTreeSet<usize> = all.iter().flat_map(|one| &one.facts).copied().collect();
    let is_only_loads = facts.iter().all(is_load);
    let counting = facts.iter().filter(|index| is_only_loads || !is_load(index));
    let tellers = Tellers::of(evidence, &facts);
    let times: Vec<FileTime> = counting.filter_map(|index| tellers.time(*index)).collect();
    (times.iter().min().copied(), times.iter().max().copied())
}
