//! What else happened about the time of a crash, to the same virtual machine or on its host. Nothing
//! shows that it is the cause; whoever reads the incident wants to see it all the same.

use std::collections::BTreeSet;
use std::ops::Range;

use hvtriage_winfmt::FileTime;

use crate::crash::Crash;
use crate::describe::describe;
use crate::describe_event::is_worth_a_line;
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind, VmStateKind};
use crate::kind::Kind;

/// What a host did to its guest, or its storage to it, counts this long before.
const BEFORE_SECONDS: u64 = 10 * 60;
/// Clocks of a host and its guest differ by some seconds.
const AFTER_SECONDS: u64 = 60;
/// A driver that was new this long before may have something to do with it.
const NEW_DRIVER_SECONDS: u64 = 24 * 60 * 60;
/// So may an update.
const UPDATE_SECONDS: u64 = 3 * 24 * 60 * 60;
/// A start takes no longer until it is logged that it was unclean.
const LONGEST_START_SECONDS: u64 = 15 * 60;
/// A start loads its drivers this long before.
const DRIVERS_BEFORE_SECONDS: u64 = 2 * 60;
/// Facts of one kind that are looked at for one crash, those nearest to it first: a log may hold a
/// hundred thousand of one moment, and as many crashes.
const MAX_LOOKED_AT: usize = 1000;
/// Crashes of an incident that are looked at.
const MAX_CRASHES: usize = 20;
/// More would hide the crash itself.
const MAX_NEARBY: usize = 40;
/// A summary names no more of them than this.
const MAX_SAID: usize = 4;

/// What happened near the crashes of an incident.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// Facts that are not of the incident itself.
    pub(super) facts: BTreeSet<usize>,
    /// The notable ones in words, those of the first crash.
    pub(super) said: Vec<String>,
}

impl About {
    /// Looks around the crashes that `facts` tell.
    pub(super) fn of(evidence: &Evidence, facts: &BTreeSet<usize>) -> Self {
        let crashes = evidence.crashes();
        let numbers: BTreeSet<usize> =
            facts.iter().filter_map(|index| crashes.number_of(*index)).collect();
        let mut about = Self::default();
        for number in numbers.into_iter().take(MAX_CRASHES) {
            if let Some((crash, time)) =
                crashes.get(number).and_then(|crash| Some((crash, crash.time?)))
            {
                about.add(evidence, crash, stopped_by(evidence, crash, time), facts);
            }
        }
        while about.facts.len() > MAX_NEARBY {
            about.facts.pop_last();
        }
        about
    }

    fn add(&mut self, evidence: &Evidence, crash: &Crash, time: FileTime, of: &BTreeSet<usize>) {
        let is_first = self.said.is_empty();
        // What is told of it is counted from when it was last alive, or else from its record.
        let told = crash.last_alive(evidence).or(crash.time);
        let vms = crash.vms(evidence);
        let machines = machines(evidence, crash, vms, time);
        let mut found: Vec<usize> = Vec::new();
        for kind in [
            Kind::LiveMigration,
            Kind::VmState,
            Kind::CsvState,
            Kind::StorageReset,
            Kind::NodeLost,
            Kind::Event,
        ] {
            let near = nearest(evidence, kind, &around(time, BEFORE_SECONDS));
            let near = near.filter(|other| is_about(evidence, *other, vms, &machines));
            // A record of the incident may tell more than one fact.
            let is_of = |other: usize| evidence.of_same_record(other).any(|it| of.contains(&it));
            found.extend(near.filter(|other| !is_of(*other)));
        }
        let drivers = new_drivers(evidence, crash, time);
        let updates = updates(evidence, crash, time);
        let added = drivers.iter().chain(&updates).filter(|index| !of.contains(index));
        found.extend(added.copied());
        if is_first {
            self.said = said(evidence, &found, told.unwrap_or(time));
        }
        self.facts.extend(found);
    }
}

/// When the machine had stopped for sure. Where nothing but its own log tells of the crash, `time` is that
/// of the start after it, and what was loaded in that start came after the crash.
fn stopped_by(evidence: &Evidence, crash: &Crash, time: FileTime) -> FileTime {
    if !crash.is_told_by_own_log_alone(evidence) {
        return time;
    }
    let machines = crash.machines(evidence);
    let span = Some(time.saturating_sub_seconds(LONGEST_START_SECONDS))..Some(time);
    let versions = evidence.between(evidence.of_kind(Kind::OsVersion), &span).iter();
    let mut own = versions.filter(|index| machines.contains(&evidence.machine_index(**index)));
    let begin = own.next().and_then(|index| evidence.time(*index)).unwrap_or(time);
    let loaded = time.saturating_sub_seconds(DRIVERS_BEFORE_SECONDS);
    let alive = crash.last_alive(evidence).unwrap_or(time);
    begin.min(loaded).min(alive)
}

/// The machine of a crash, and the hosts of its virtual machine.
fn machines(evidence: &Evidence, crash: &Crash, vms: &[usize], time: FileTime) -> BTreeSet<usize> {
    let hosts = vms.iter().filter_map(|vm| evidence.placement().host_at(*vm, time));
    crash.machines(evidence).into_iter().chain(hosts).collect()
}

fn is_about(evidence: &Evidence, index: usize, vms: &[usize], machines: &BTreeSet<usize>) -> bool {
    let Some(fact) = evidence.fact(index) else { return false };
    match &fact.kind {
        FactKind::LiveMigration { .. } => evidence.vms_of(index).iter().any(|vm| vms.contains(vm)),
        // A virtual machine is started after every crash.
        FactKind::VmState { state, .. } => {
            matches!(state, VmStateKind::TurnedOff | VmStateKind::ResetByHost)
                && evidence.vms_of(index).iter().any(|vm| vms.contains(vm))
        }
        FactKind::CsvState { state: CsvStateKind::Normal, .. } => false,
        FactKind::NodeLost { node } => {
            evidence.machine_called(node).is_some_and(|node| machines.contains(&node))
        }
        _ => {
            machines.contains(&evidence.machine_index(index))
                && is_worth_a_line(evidence, index, vms)
        }
    }
}

/// Drivers that the machine loaded for the first time shortly before the crash.
fn new_drivers(evidence: &Evidence, crash: &Crash, time: FileTime) -> Vec<usize> {
    let machines = crash.machines(evidence);
    let span = Some(time.saturating_sub_seconds(NEW_DRIVER_SECONDS))..Some(time);
    let loads = evidence.first_loads();
    let new = machines.iter().flat_map(|machine| loads.new_within(evidence, *machine, &span));
    new.take(MAX_SAID).collect()
}

/// Updates that the machine installed since its crash before, if not long ago.
fn updates(evidence: &Evidence, crash: &Crash, time: FileTime) -> Vec<usize> {
    let machines = crash.machines(evidence);
    let before = evidence.crashes().before(crash);
    let span = Some(time.saturating_sub_seconds(UPDATE_SECONDS))..Some(time);
    let near = nearest(evidence, Kind::UpdateInstalled, &span).filter(|index| {
        let is_installed = evidence.fact(*index).is_some_and(|fact| {
            matches!(fact.kind, FactKind::UpdateInstalled { is_installed: true, .. })
        });
        is_installed
            && machines.contains(&evidence.machine_index(*index))
            && evidence.time(*index) > before
    });
    near.take(MAX_SAID).collect()
}

/// The notable ones in words, with how long before the crash they were, each thing once.
fn said(evidence: &Evidence, found: &[usize], time: FileTime) -> Vec<String> {
    let mut said: Vec<(Option<FileTime>, String)> = Vec::new();
    let mut known = BTreeSet::new();
    for index in found {
        let Some(fact) = evidence.fact(*index) else { continue };
        let words = match &fact.kind {
            FactKind::Event(_) => continue,
            FactKind::StorageReset { driver, .. } => format!("{driver} reset or retried a device"),
            FactKind::FilterLoaded { driver, .. } => {
                format!("{driver} was loaded for the first time")
            }
            kind => describe(kind),
        };
        let machine = evidence.machine_of(*index).map_or("", |machine| machine.name.as_str());
        if known.insert((machine, words.clone())) {
            let own = evidence.time(*index);
            let when = how_long_before(time, own);
            said.push((own, format!("{machine}: {words}{when}")));
        }
    }
    said.sort();
    said.into_iter().map(|(_, words)| words).collect()
}

fn how_long_before(time: FileTime, other: Option<FileTime>) -> String {
    const HOUR: u64 = 60 * 60;
    let Some(seconds) = other.and_then(|other| time.0.checked_sub(other.0)) else {
        return String::new();
    };
    match seconds / FileTime::TICKS_PER_SECOND {
        seconds @ 0..120 => format!(" ({seconds} s before)"),
        seconds if seconds < 2 * HOUR => format!(" ({} min before)", seconds / 60),
        seconds => format!(" ({} h before)", seconds / HOUR),
    }
}

fn around(time: FileTime, before_seconds: u64) -> Range<Option<FileTime>> {
    Some(time.saturating_sub_seconds(before_seconds))
        ..Some(time.saturating_add_seconds(AFTER_SECONDS))
}

/// The facts of a kind within `span`, the last first, a bounded number of them.
fn nearest<'a>(
    evidence: &'a Evidence,
    kind: Kind,
    span: &Range<Option<FileTime>>,
) -> impl Iterator<Item = usize> + 'a {
    evidence.between(evidence.of_kind(kind), span).iter().rev().take(MAX_LOOKED_AT).copied()
}
