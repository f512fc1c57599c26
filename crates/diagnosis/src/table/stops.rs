//! Crashes, each once.

use std::collections::BTreeMap;

use super::also_known::also_known;
use super::{AlsoKnown, Stop, locators};
use crate::crash::{Crashed, crashes, facts_of_crashes};
use crate::evidence::Evidence;
use crate::fact::{Fact, FactKind, Role};

pub(super) fn stops(evidence: &Evidence) -> Vec<Stop> {
    let mut groups = crashes(evidence);
    let mut by_root: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in facts_of_crashes(evidence) {
        by_root.entry(groups.root(index)).or_default().push(index);
    }
    let mut stops: Vec<Stop> =
        by_root.values().filter_map(|indexes| stop(evidence, indexes)).collect();
    count_alike(&mut stops);
    stops.sort_by(|left, right| {
        (left.time, &left.machine, &left.facts).cmp(&(right.time, &right.machine, &right.facts))
    });
    stops
}

fn stop(evidence: &Evidence, indexes: &[usize]) -> Option<Stop> {
    let first = *indexes.first()?;
    let facts = || indexes.iter().filter_map(|index| evidence.fact(*index));
    let (machine, role, build) = match Crashed::of(evidence, first)? {
        Crashed::Machine(machine) => {
            let machine = evidence.machines().get(machine)?;
            (machine.name.clone(), machine.role, machine.os_build)
        }
        Crashed::Vm(vm) => (evidence.vms().get(vm)?.display(), Role::Guest, None),
    };
    let bugcheck = facts().find_map(|fact| fact.kind.bugcheck().copied());
    let when = |wanted: fn(&FactKind) -> bool| {
        facts().filter(|fact| wanted(&fact.kind)).filter_map(|fact| fact.time).min()
    };
    let told = |wanted: fn(&FactKind) -> bool, word| {
        facts().any(|fact| wanted(&fact.kind)).then_some(word)
    };
    let blamed = facts().find_map(blamed);
    // A dump that was deleted is no crash of its own.
    if facts().all(|fact| matches!(fact.kind, FactKind::DumpNotSaved { .. })) {
        return None;
    }
    let is_linux = facts().any(|it| matches!(it.kind, FactKind::GuestCrash { is_linux: true, .. }));
    let known: Vec<AlsoKnown> = match (bugcheck, build) {
        (Some(bugcheck), Some(build)) if !is_linux => {
            also_known(bugcheck.code, build, role, blamed.as_deref().map(module_of))
        }
        _ => Vec::new(),
    };
    Some(Stop {
        machine,
        is_guest: role == Role::Guest,
        time: when(is_dump).or_else(|| when(is_of_host)).or_else(|| when(|_| true)),
        back: when(is_own),
        bugcheck,
        is_linux,
        blamed,
        told_by: [told(is_dump, "dump"), told(is_of_host, "host"), told(is_own, "own log")]
            .into_iter()
            .flatten()
            .collect(),
        alike: 1,
        also_known: known,
        facts: locators(evidence, indexes),
    })
}

fn blamed(fact: &Fact) -> Option<String> {
    match &fact.kind {
        FactKind::Crash { blamed: Some(blame), .. } => {
            Some(format!("{}+{:#x}", blame.module, blame.offset))
        }
        _ => None,
    }
}

/// The driver without the offset in it.
fn module_of(blamed: &str) -> &str {
    blamed.split('+').next().unwrap_or_default()
}

fn is_dump(kind: &FactKind) -> bool {
    matches!(kind, FactKind::Crash { .. })
}

fn is_of_host(kind: &FactKind) -> bool {
    matches!(kind, FactKind::GuestCrash { .. } | FactKind::GuestTripleFault { .. })
}

/// What the machine's own log tells at the start after it.
fn is_own(kind: &FactKind) -> bool {
    !is_dump(kind) && !is_of_host(kind)
}

/// Counts those of one STOP code and driver. Without a STOP code nothing tells that two are alike.
fn count_alike(stops: &mut [Stop]) {
    let key = |stop: &Stop| {
        let code = stop.bugcheck.filter(|bugcheck| bugcheck.code != 0)?.code;
        let driver = stop.blamed.as_deref().map(|blamed| module_of(blamed).to_owned());
        Some((code, driver))
    };
    let mut counts: BTreeMap<(u32, Option<String>), u64> = BTreeMap::new();
    for stop in &*stops {
        if let Some(key) = key(stop) {
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }
    for stop in stops {
        if let Some(count) = key(stop).and_then(|key| counts.get(&key)) {
            stop.alike = *count;
        }
    }
}
