//! Computers that were given another name: a record tells it, or a log goes on under another.
//!
//! A name that was given up may be borne by another machine since, and the copies of one installation
//! all begin under one name. So where a name leads to several, only what stands in the log that tells
//! the renaming is held to be of the renamed machine.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::names::{Names, first_label};
use super::reason::{ReasonKind, Strength};
use crate::fact::FactKind;

/// What a machine logs under its old name after it was renamed (until its restart) ends within this.
const UNTIL_RESTART_SECONDS: u64 = 7 * 24 * 60 * 60;

/// A record that tells a renaming, and the two names it means.
#[derive(Clone, Copy)]
struct Renaming<'a> {
    fact: usize,
    source: &'a str,
    old: usize,
    new: usize,
    /// Whether it is only that the log goes on.
    is_silent: bool,
}

/// Joins old and new names. To be called before any names are joined.
pub(super) fn join_renamed(names: &mut Names<'_>) {
    let renamings = renamings(names);
    let shared = shared(names, &renamings);
    let wanted: BTreeSet<(usize, &str)> = renamings
        .iter()
        .filter(|it| shared.contains(&it.old))
        .map(|it| (it.old, it.source))
        .collect();
    let own = if wanted.is_empty() { BTreeMap::new() } else { names.split(&wanted) };
    for renaming in renamings {
        let part = |name: usize| match own.get(&(name, renaming.source)) {
            Some(own) => Some(*own),
            // The log holds nothing under that name, and elsewhere it may mean another machine.
            None => Some(name).filter(|name| !shared.contains(name)),
        };
        let (Some(old), Some(new)) = (part(renaming.old), part(renaming.new)) else { continue };
        let (from, to) = (names.shown(old), names.shown(new));
        let (strength, kind, words) = match renaming.is_silent {
            true => (
                Strength::Strong,
                ReasonKind::LogContinued,
                format!("the log of {from} goes on as that of {to}, without a gap"),
            ),
            false => {
                (Strength::Certain, ReasonKind::Renamed, format!("{from} was renamed to {to}"))
            }
        };
        let reason = names.reason(strength, kind, words, &[renaming.fact]);
        names.join(old, new, reason);
    }
}

fn renamings<'a>(names: &mut Names<'a>) -> Vec<Renaming<'a>> {
    let mut renamings = told_by_records(names);
    renamings.extend(seen_in_logs(names));
    renamings
}

/// Logs that go on under another name.
fn seen_in_logs<'a>(names: &Names<'a>) -> Vec<Renaming<'a>> {
    let facts = names.facts().iter().enumerate();
    facts
        .filter_map(|(index, fact)| {
            let FactKind::LogContinued { from, .. } = &fact.kind else { return None };
            let old = names.called(&from.trim().trim_end_matches('.').to_lowercase())?;
            let new = names.of_fact(index);
            let source = &*fact.locator.source;
            (old != new).then_some(Renaming { fact: index, source, old, new, is_silent: true })
        })
        .collect()
}

fn told_by_records<'a>(names: &mut Names<'a>) -> Vec<Renaming<'a>> {
    let facts = names.facts();
    let told: Vec<(usize, &'a str, &'a str)> = facts
        .iter()
        .enumerate()
        .filter_map(|(index, fact)| match &fact.kind {
            FactKind::ComputerRenamed { from, to } => Some((index, from.as_str(), to.as_str())),
            _ => None,
        })
        .collect();
    let sources: BTreeSet<&str> = told
        .iter()
        .filter_map(|(index, ..)| facts.get(*index))
        .map(|fact| &*fact.locator.source)
        .collect();
    let mut in_source: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (index, fact) in facts.iter().enumerate() {
        let source = &*fact.locator.source;
        if sources.contains(source) {
            in_source.entry(source).or_default().insert(names.of_fact(index));
        }
    }
    told.into_iter()
        .filter_map(|(fact, from, to)| {
            let source = &*facts.get(fact)?.locator.source;
            let teller = names.of_fact(fact);
            let is_called = |name: usize, label: &str| {
                names.computer(name).is_some_and(|it| first_label(it) == first_label(label))
            };
            let (from, to) = (from.trim().to_lowercase(), to.trim().to_lowercase());
            let is_new = is_called(teller, &to);
            if from == to || !(is_new || is_called(teller, &from)) {
                return None;
            }
            let other = if is_new { &from } else { &to };
            // The name as the log itself has it, with its domain, says most.
            let here = in_source.get(source).into_iter().flatten();
            let here: Vec<usize> = here.copied().filter(|name| is_called(*name, other)).collect();
            let other = match here.as_slice() {
                [only] => *only,
                _ => names.find_computer(other, Some(teller))?,
            };
            let (old, new) = if is_new { (other, teller) } else { (teller, other) };
            (old != new).then_some(Renaming { fact, source, old, new, is_silent: false })
        })
        .collect()
}

/// Old names that may mean several machines: one was renamed to several, or the name is in use since.
fn shared(names: &Names<'_>, renamings: &[Renaming<'_>]) -> BTreeSet<usize> {
    let mut leads_to: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for renaming in renamings {
        leads_to.entry(renaming.old).or_default().insert(renaming.new);
    }
    let mut last_seen: BTreeMap<usize, FileTime> = BTreeMap::new();
    for (index, fact) in names.facts().iter().enumerate() {
        let name = names.of_fact(index);
        if leads_to.contains_key(&name)
            && let Some(time) = fact.time
        {
            last_seen.insert(name, time);
        }
    }
    let was_renamed_back =
        |one: &Renaming<'_>| leads_to.get(&one.new).is_some_and(|names| names.contains(&one.old));
    let is_in_use = |one: &&Renaming<'_>| {
        let renamed = names.facts().get(one.fact).and_then(|fact| fact.time);
        let last = last_seen.get(&one.old).copied();
        renamed.zip(last).is_some_and(|(renamed, last)| {
            last > renamed.saturating_add_seconds(UNTIL_RESTART_SECONDS) && !was_renamed_back(one)
        })
    };
    let reused = renamings.iter().filter(is_in_use).map(|one| one.old);
    let several = leads_to.iter().filter(|(_, new)| new.len() > 1).map(|(old, _)| *old);
    reused.chain(several).collect()
}
