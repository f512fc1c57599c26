//! When hosts lost direct access to cluster shared volumes, and for how long.

use std::collections::{BTreeMap, BTreeSet};

use super::{Redirection, locators, machine_name};
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind};
use crate::kind::Kind;

pub(super) fn redirections(evidence: &Evidence) -> Vec<Redirection> {
    let mut open: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let mut rows = Vec::new();
    for index in evidence.of_kind(Kind::CsvState) {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::CsvState { volume, state, .. } = &fact.kind else { continue };
        let key = (evidence.machine_index(*index), volume.to_lowercase());
        match state {
            CsvStateKind::Normal => {
                // Without a begin there is nothing that ended.
                let Some(mut indexes) = open.remove(&key) else { continue };
                indexes.push(*index);
                rows.extend(row(evidence, &indexes, true));
            }
            _ => open.entry(key).or_default().push(*index),
        }
    }
    rows.extend(open.values().filter_map(|indexes| row(evidence, indexes, false)));
    rows.sort_by(|left, right| {
        let key = |row: &Redirection| (row.start, row.machine.clone(), row.volume.clone());
        key(left).cmp(&key(right))
    });
    rows
}

fn row(evidence: &Evidence, indexes: &[usize], has_ended: bool) -> Option<Redirection> {
    let first = *indexes.first()?;
    let FactKind::CsvState { volume, .. } = &evidence.fact(first)?.kind else { return None };
    let mut states = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for index in indexes {
        let Some(fact) = evidence.fact(*index) else { continue };
        if let FactKind::CsvState { state, drivers, .. } = &fact.kind {
            if *state != CsvStateKind::Normal && !states.contains(state) {
                states.push(*state);
            }
            names.extend(drivers.iter().cloned());
        }
    }
    let last = indexes.last().filter(|_| has_ended);
    Some(Redirection {
        machine: machine_name(evidence, first),
        volume: volume.clone(),
        states,
        drivers: names.into_iter().collect(),
        start: evidence.logged_time(first),
        end: last.and_then(|last| evidence.logged_time(*last)),
        facts: locators(evidence, indexes),
    })
}
