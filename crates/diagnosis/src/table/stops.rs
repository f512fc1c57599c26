//! Crashes, each once.

use hvtriage_winfmt::FileTime;

use super::also_known::also_known;
use super::dump_fate::DumpFates;
use super::{AlsoKnown, Stop, locators};
use crate::crash::{Crash, Crashed, Teller};
use crate::evidence::Evidence;
use crate::fact::{Fact, FactKind, Role};

/// Each with the number of its crash, in order of time.
pub(super) fn stops(evidence: &Evidence) -> Vec<(usize, Stop)> {
    let crashes = evidence.crashes().all();
    let numbered = crashes.iter().enumerate();
    let dumps = DumpFates::of(evidence);
    let mut stops: Vec<(usize, Stop)> = numbered
        .filter_map(|(number, it)| Some((number, stop(evidence, &dumps, number, it)?)))
        .collect();
    stops.sort_by(|(_, left), (_, right)| {
        let when = |stop: &Stop| stop.last_alive.or(stop.time);
        let key = (when(left), &left.machine, &left.facts);
        key.cmp(&(when(right), &right.machine, &right.facts))
    });
    stops
}

fn stop(evidence: &Evidence, dumps: &DumpFates, number: usize, crash: &Crash) -> Option<Stop> {
    let facts = || crash.facts.iter().filter_map(|index| evidence.fact(*index));
    let (machine, role, build) = match crash.crashed {
        Crashed::Machine(machine) => {
            let machine = evidence.machines().get(machine)?;
            (machine.name.clone(), machine.role, machine.os_build)
        }
        Crashed::Vm(vm) => (evidence.vms().get(vm)?.display(), Role::Guest, None),
    };
    let told_by = |wanted: Teller| {
        let indexes = crash.facts.iter().copied();
        indexes.filter(move |index| Teller::of(evidence, *index) == wanted)
    };
    let told = |wanted: Teller, word| told_by(wanted).next().map(|_| word);
    let blamed = facts().find_map(blamed);
    // A dump that was deleted is no crash of its own.
    if crash.is_only_of_its_dump(evidence) {
        return None;
    }
    let is_linux = facts().any(|it| matches!(it.kind, FactKind::GuestCrash { is_linux: true, .. }));
    let known: Vec<AlsoKnown> = match (crash.bugcheck, build) {
        (Some(bugcheck), Some(build)) if !is_linux => {
            also_known(bugcheck.code, build, role, blamed.as_deref().map(module_of))
        }
        _ => Vec::new(),
    };
    let alike = evidence.crashes().alike(number);
    let is_named = match crash.crashed {
        Crashed::Machine(machine) => !evidence.is_nameless(machine),
        Crashed::Vm(_) => true,
    };
    let dump = dumps.of_crash(crash);
    Some(Stop {
        machine,
        is_guest: role == Role::Guest,
        time: crash.logged_time,
        last_alive: last_alive(evidence, crash),
        back: told_by(Teller::OwnLog).filter_map(|index| evidence.logged_time(index)).min(),
        bugcheck: crash.bugcheck,
        is_linux,
        blamed,
        told_by: [
            told(Teller::Dump, "dump"),
            told(Teller::Host, "host"),
            told(Teller::OwnLog, "own log"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        alike: alike.map_or(1, |alike| alike.crashes),
        alike_machines: alike.map_or(u64::from(is_named), |alike| alike.machines),
        alike_of_unnamed: alike.map_or(u64::from(!is_named), |alike| alike.of_unnamed),
        also_known: known,
        dump_path: dump.path,
        no_dump: dump.none,
        is_small_dump_at_most: dump.is_small_at_most,
        facts: locators(evidence, &crash.facts),
    })
}

/// When the machine last ran, where nothing but its next start tells of the stop.
fn last_alive(evidence: &Evidence, crash: &Crash) -> Option<FileTime> {
    if !crash.is_told_by_own_log_alone(evidence) {
        return None;
    }
    let told = crash.facts.iter().filter_map(|index| match evidence.fact(*index)?.kind {
        FactKind::UnexpectedShutdown { last_alive } => last_alive,
        _ => None,
    });
    told.max().filter(|time| Some(*time) <= crash.logged_time)
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
