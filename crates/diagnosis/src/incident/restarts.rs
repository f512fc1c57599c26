//! Virtual machines of a host that went down, which other hosts started soon after.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::tellers::Tellers;
use super::words::listed;
use crate::evidence::Evidence;
use crate::fact::{FactKind, VmStateKind};
use crate::finding::{Moment, MomentKind};
use crate::kind::Kind;
use crate::vm::KnownVm;

/// The cluster tells that it started a virtual machine (High-Availability).
const STARTED_BY_CLUSTER: u32 = 21119;
/// Starts that are looked at after one host went down: a host runs no more virtual machines than this.
const MAX_STARTS: usize = 2000;

/// Where virtual machines of one host were started again: the first fact of each that tells it.
pub(super) type Restarts = BTreeMap<usize, usize>;

/// The starts on other hosts, until `until`, of virtual machines that were last seen on `host`, which
/// ran until `from` at least.
pub(super) fn restarts(
    evidence: &Evidence,
    host: usize,
    from: FileTime,
    until: FileTime,
) -> Restarts {
    let span = Some(from)..Some(until);
    let states = evidence.between(evidence.of_kind(Kind::VmState), &span).iter().take(MAX_STARTS);
    let cluster = evidence.between(evidence.events(STARTED_BY_CLUSTER), &span).iter();
    let mut starts: Vec<usize> = states
        .filter(|index| is_start(evidence, **index))
        .chain(cluster.take(MAX_STARTS).filter(|index| is_by_cluster(evidence, **index)))
        .copied()
        .collect();
    starts.sort_unstable();
    let mut restarts = Restarts::new();
    for start in starts {
        let Some((vm, time)) = evidence.vms_of(start).first().zip(evidence.time(start)) else {
            continue;
        };
        let before = time.saturating_sub_seconds(1);
        let placement = evidence.placement();
        let was_here = placement.host_at(*vm, from) == Some(host)
            && placement.host_at(*vm, before) == Some(host)
            && placement.is_on_at(*vm, before);
        if was_here && evidence.machine_index(start) != host {
            restarts.entry(*vm).or_insert(start);
        }
    }
    restarts
}

fn is_by_cluster(evidence: &Evidence, index: usize) -> bool {
    let Some(FactKind::Event(event)) = evidence.fact(index).map(|fact| &fact.kind) else {
        return false;
    };
    event.short_provider().eq_ignore_ascii_case("Hyper-V-High-Availability")
}

fn is_start(evidence: &Evidence, index: usize) -> bool {
    evidence.fact(index).is_some_and(|fact| {
        matches!(fact.kind, FactKind::VmState { state: VmStateKind::Started, .. })
    })
}

/// Whether one of the restarts is told by the record of a fact.
pub(super) fn tells(evidence: &Evidence, restarts: &Restarts, fact: usize) -> bool {
    let record = evidence.of_same_record(fact);
    restarts.values().any(|start| record.contains(start))
}

/// One line of a timeline for all of them, and the first of their facts.
pub(super) fn moment(evidence: &Evidence, restarts: &Restarts) -> Option<(usize, Moment)> {
    let facts: BTreeSet<usize> = restarts.values().copied().collect();
    let (first, last) = (*facts.first()?, *facts.last()?);
    let names: BTreeSet<String> = names(evidence, restarts);
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let tellers = Tellers::of(evidence, &facts);
    let machine = tellers.words(first);
    let noun = if names.len() == 1 { "virtual machine" } else { "virtual machines" };
    let moment = Moment {
        time: tellers.time(first)?,
        last_time: tellers.time(last)?,
        count: facts.len() as u64,
        text: format!(
            "{machine}: started {} {noun} that had been on the host which went down: {}",
            names.len(),
            listed(&names)
        ),
        machine,
        vms: names.iter().map(|name| (*name).to_owned()).collect(),
        kind: MomentKind::Start,
        is_about_that_time: false,
        citation: evidence.fact(first)?.locator.clone(),
    };
    Some((first, moment))
}

fn names(evidence: &Evidence, restarts: &Restarts) -> BTreeSet<String> {
    let vms = restarts.keys().filter_map(|vm| evidence.vms().get(*vm));
    vms.map(KnownVm::display).collect()
}
