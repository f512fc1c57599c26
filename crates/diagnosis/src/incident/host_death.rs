//! A host goes down, and with it all virtual machines that it ran.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::links::{Links, Why};
use super::restarts::restarts;
use crate::crash::{Crash, Crashed};
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind};
use crate::kind::Kind;

/// A cluster starts its virtual machines elsewhere within this time, and a host comes up again.
const RECOVERY_SECONDS: u64 = 60 * 60;
/// Clocks of nodes differ by some seconds, and a node is missed a little after it stopped.
const CLOCK_SLACK_SECONDS: u64 = 5 * 60;
/// Nodes miss one that stopped after some seconds, and volumes of which it was the owner before.
const MISSED_SECONDS: u64 = 60;
/// Hosts that went down that are looked at: a forged log may tell of a hundred thousand.
const MAX_DEATHS: usize = 1000;
/// Facts and crashes that are looked at for one host that went down.
const MAX_LOOKED_AT: usize = 1000;

/// A host that went down.
#[derive(Clone, Debug)]
pub(super) struct Death {
    host: usize,
    /// It ran until then at least.
    from: FileTime,
    time: FileTime,
    /// The records of other nodes that missed it.
    missed: Vec<usize>,
    /// Number of its own crash.
    crash: Option<usize>,
}

/// Every host that went down, in order of time.
pub(super) fn deaths(evidence: &Evidence) -> Vec<Death> {
    let mut by_host: BTreeMap<usize, Vec<Death>> = BTreeMap::new();
    for index in evidence.of_kind(Kind::NodeLost) {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::NodeLost { node } = &fact.kind else { continue };
        let (Some(host), Some(time)) =
            (evidence.machine_called_by(node, *index), evidence.time(*index))
        else {
            continue;
        };
        let deaths = by_host.entry(host).or_default();
        match deaths
            .last_mut()
            .filter(|last| time <= last.time.saturating_add_seconds(RECOVERY_SECONDS))
        {
            Some(last) => last.missed.push(*index),
            None => deaths.push(Death {
                host,
                from: time.saturating_sub_seconds(CLOCK_SLACK_SECONDS),
                time,
                missed: vec![*index],
                crash: None,
            }),
        }
    }
    for (number, crash) in evidence.crashes().all().iter().enumerate() {
        let Crashed::Machine(host) = crash.crashed else { continue };
        if evidence.placement().on(host).next().is_some()
            && let Some(death) = of_crash(evidence, host, number, crash)
        {
            add_crash(by_host.entry(host).or_default(), death);
        }
    }
    // A node that others miss may have lost the network alone: only its own crash tells that it went
    // down.
    let is_told = |death: &Death| death.crash.is_some();
    let mut deaths: Vec<Death> = by_host.into_values().flatten().filter(is_told).collect();
    deaths.sort_by_key(|death| (death.time, death.host));
    deaths.truncate(MAX_DEATHS);
    deaths
}

fn of_crash(evidence: &Evidence, host: usize, number: usize, crash: &Crash) -> Option<Death> {
    let time = crash.time?;
    // Its own log is written when it is up again, and may tell when the host was last alive.
    let last_alive = crash.last_alive(evidence);
    let is_exact = !crash.is_told_by_own_log_alone(evidence);
    let seconds = if is_exact { CLOCK_SLACK_SECONDS } else { RECOVERY_SECONDS };
    let from = match last_alive.filter(|_| !is_exact) {
        Some(alive) => alive.saturating_sub_seconds(CLOCK_SLACK_SECONDS),
        None => time.saturating_sub_seconds(seconds),
    };
    Some(Death { host, from, time, missed: Vec::new(), crash: Some(number) })
}

/// The others miss a host that crashed before its own log tells it.
fn add_crash(deaths: &mut Vec<Death>, crash: Death) {
    let is_same = |death: &&mut Death| {
        death.crash.is_none()
            && crash.from <= death.time.saturating_add_seconds(CLOCK_SLACK_SECONDS)
            && death.time <= crash.time.saturating_add_seconds(CLOCK_SLACK_SECONDS)
    };
    match deaths.iter_mut().find(is_same) {
        Some(death) => death.crash = crash.crash,
        None => deaths.push(crash),
    }
}

/// Makes the death of a host and of its virtual machines one incident, which the host leads.
pub(super) fn link(evidence: &Evidence, deaths: &[Death], links: &mut Links) {
    let crashes = evidence.crashes().all();
    let mut by_time: Vec<(FileTime, usize)> = crashes
        .iter()
        .enumerate()
        .filter(|(_, crash)| crash.bugcheck.is_none())
        .filter_map(|(number, crash)| Some((crash.time?, number)))
        .collect();
    by_time.sort_unstable();
    let volumes = lost_volumes(evidence);
    for death in deaths {
        let of_host = death.crash.map(|crash| links.of_crash(crash)).unwrap_or_default();
        let missed = death.missed.iter().flat_map(|index| links.of_record(evidence, *index));
        let missed: BTreeSet<usize> = missed.collect();
        let pauses = volumes_of(evidence, &volumes, death);
        let pauses = pauses.flat_map(|index| links.of_record(evidence, index));
        let until = death.time.saturating_add_seconds(RECOVERY_SECONDS);
        let noticed: BTreeSet<usize> = pauses.chain(missed.iter().copied()).collect();
        links.follow(&of_host, &noticed, Why::NodeMissed, &[]);
        let causes = if of_host.is_empty() { &missed } else { &of_host };
        links.add_restarts(causes, &restarts(evidence, death.host, death.from, until));
        let first = by_time.partition_point(|(time, _)| *time < death.from);
        let near = by_time.get(first..).unwrap_or_default();
        let mut all = causes.clone();
        for (_, number) in near.iter().take(MAX_LOOKED_AT).take_while(|(time, _)| *time <= until) {
            let Some(crash) = crashes.get(*number).filter(|it| ran_on(evidence, it, death)) else {
                continue;
            };
            let effects = links.of_crash(*number);
            links.follow(causes, &effects, Why::HostDied, crash.vms(evidence));
            // Where no finding tells of the host, its guests are one incident all the same.
            all.extend(effects);
        }
        links.join_all(all);
    }
}

/// Volumes that were paused or redirected since a path to them was lost, in order of time.
fn lost_volumes(evidence: &Evidence) -> Vec<usize> {
    let is_lost = |index: &&usize| {
        let Some(FactKind::CsvState { state, .. }) = evidence.fact(**index).map(|fact| &fact.kind)
        else {
            return false;
        };
        matches!(state, CsvStateKind::Paused | CsvStateKind::Redirected | CsvStateKind::Unreachable)
    };
    evidence.of_kind(Kind::CsvState).iter().filter(is_lost).copied().collect()
}

/// Those that the nodes which missed the host lost with it: it may have owned them.
fn volumes_of<'a>(
    evidence: &'a Evidence,
    volumes: &'a [usize],
    death: &Death,
) -> impl Iterator<Item = usize> + 'a {
    let tellers: BTreeSet<usize> =
        death.missed.iter().map(|index| evidence.machine_index(*index)).collect();
    let span = Some(death.time.saturating_sub_seconds(MISSED_SECONDS))
        ..Some(death.time.saturating_add_seconds(CLOCK_SLACK_SECONDS));
    let near = evidence.between(volumes, &span).iter().take(MAX_LOOKED_AT).copied();
    near.filter(move |index| tellers.contains(&evidence.machine_index(*index)))
}

/// Whether a virtual machine that stopped was on the host as that went down.
fn ran_on(evidence: &Evidence, crash: &Crash, death: &Death) -> bool {
    crash.crashed != Crashed::Machine(death.host)
        && crash
            .vms(evidence)
            .iter()
            .any(|vm| evidence.placement().host_at(*vm, death.from) == Some(death.host))
}
