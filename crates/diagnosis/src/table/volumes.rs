//! When hosts lost direct access to cluster shared volumes, for how long, and whom it befell.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::{RedirectedHost, Redirection, locators, machine_name};
use crate::clusters::NODES_TELL_SECONDS;
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind};
use crate::kind::Kind;
use crate::vm::KnownVm;
use crate::volumes::vms_on;

/// Of more rows nobody reads which virtual machines were on the volume.
const MAX_ROWS_WITH_VMS: usize = 1000;

/// A time during which one host did not reach one volume directly.
struct Span {
    host: usize,
    start: Option<FileTime>,
    end: Option<FileTime>,
    facts: Vec<usize>,
}

pub(super) fn redirections(evidence: &Evidence) -> Vec<Redirection> {
    let mut rows = Vec::new();
    for spans in spans(evidence).into_values() {
        for group in groups(spans) {
            rows.extend(row(evidence, &group, rows.len() < MAX_ROWS_WITH_VMS));
        }
    }
    rows.sort_by(|left, right| {
        let key = |row: &Redirection| (row.start, row.machine.clone(), row.volume.clone());
        key(left).cmp(&key(right))
    });
    rows
}

/// By cluster and volume in lower case, in order of time: volumes of every cluster are called alike.
fn spans(evidence: &Evidence) -> BTreeMap<(String, String), Vec<Span>> {
    let mut open: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let mut spans: BTreeMap<(String, String), Vec<Span>> = BTreeMap::new();
    let mut close = |(host, volume): (usize, String), facts: Vec<usize>, end| {
        let start = facts.first().and_then(|first| evidence.time(*first));
        let key = (evidence.cluster_key(host).to_owned(), volume);
        spans.entry(key).or_default().push(Span { host, start, end, facts });
    };
    for index in evidence.of_kind(Kind::CsvState) {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::CsvState { volume, state, .. } = &fact.kind else { continue };
        let key = (evidence.machine_index(*index), volume.to_lowercase());
        match state {
            CsvStateKind::Normal => {
                // Without a begin there is nothing that ended.
                let Some(mut facts) = open.remove(&key) else { continue };
                facts.push(*index);
                close(key, facts, evidence.time(*index));
            }
            _ => open.entry(key).or_default().push(*index),
        }
    }
    for (key, facts) in open {
        close(key, facts, None);
    }
    for spans in spans.values_mut() {
        spans.sort_by_key(|span| (span.start, span.host));
    }
    spans
}

/// Spans of one volume as one list for each trouble: the nodes of a cluster have it within minutes.
fn groups(spans: Vec<Span>) -> Vec<Vec<Span>> {
    let mut groups: Vec<Vec<Span>> = Vec::new();
    for span in spans {
        let goes_on = |group: &&mut Vec<Span>| {
            let is_new = group.iter().all(|other| other.host != span.host);
            let times = group.last().and_then(|last| last.start).zip(span.start);
            is_new
                && times.is_some_and(|(last, start)| {
                    start <= last.saturating_add_seconds(NODES_TELL_SECONDS)
                })
        };
        match groups.last_mut().filter(goes_on) {
            Some(group) => group.push(span),
            None => groups.push(vec![span]),
        }
    }
    groups
}

fn row(evidence: &Evidence, group: &[Span], with_vms: bool) -> Option<Redirection> {
    let mut facts: Vec<usize> = group.iter().flat_map(|span| &span.facts).copied().collect();
    facts.sort_unstable();
    let first = *facts.first()?;
    let FactKind::CsvState { volume, .. } = &evidence.fact(first)?.kind else { return None };
    let mut states = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut paused_with = None;
    for index in &facts {
        let Some(fact) = evidence.fact(*index) else { continue };
        if let FactKind::CsvState { state, drivers, status, .. } = &fact.kind {
            if *state != CsvStateKind::Normal && !states.contains(state) {
                states.push(*state);
            }
            names.extend(drivers.iter().cloned());
            paused_with = paused_with.or_else(|| status.clone());
        }
    }
    let hosts: Vec<RedirectedHost> = group
        .iter()
        .map(|span| RedirectedHost {
            machine: span.facts.first().map(|it| machine_name(evidence, *it)).unwrap_or_default(),
            start: span.facts.first().and_then(|first| evidence.logged_time(*first)),
            end: span.end.and(span.facts.last().and_then(|last| evidence.logged_time(*last))),
        })
        .collect();
    let vms = with_vms.then(|| vms_of(evidence, volume, group));
    let (vms, of_unknown) = vms.map_or((Vec::new(), None), |(vms, of)| (vms, Some(of)));
    Some(Redirection {
        machine: machine_name(evidence, first),
        volume: volume.clone(),
        states,
        drivers: names.into_iter().collect(),
        status: paused_with,
        start: evidence.logged_time(first),
        end: last_end(group).and_then(|end| evidence.by_clock_of(first, end)),
        hosts,
        vms,
        vms_of_unknown_volume: of_unknown,
        facts: locators(evidence, &facts),
    })
}

/// When the last of them reached it again; `None` where that is not logged of one.
fn last_end(group: &[Span]) -> Option<FileTime> {
    let ends: Option<Vec<FileTime>> = group.iter().map(|span| span.end).collect();
    ends?.into_iter().max()
}

/// Names of the virtual machines that ran on these hosts and are known to be on the volume, and how
/// many more ran there of which that is not known.
fn vms_of(evidence: &Evidence, volume: &str, group: &[Span]) -> (Vec<String>, u64) {
    let mut on_volume: BTreeSet<String> = BTreeSet::new();
    let mut unknown: BTreeSet<usize> = BTreeSet::new();
    for span in group {
        let Some(start) = span.start else { continue };
        let found = vms_on(evidence, span.host, volume, start);
        let known = found.known.iter().filter_map(|vm| evidence.vms().get(*vm));
        on_volume.extend(known.map(KnownVm::display));
        unknown.extend(found.unknown);
    }
    (on_volume.into_iter().collect(), unknown.len() as u64)
}
