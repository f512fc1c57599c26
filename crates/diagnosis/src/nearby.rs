//! What else happened about the time of a crash, to the same virtual machine or on its host. Nothing
//! shows that it is the cause; whoever reads the incident wants to see it all the same.

use std::collections::BTreeSet;
use std::ops::Range;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind};
use crate::kind::Kind;

/// How long before a crash.
const BEFORE_SECONDS: u64 = 10 * 60;
/// Clocks of a host and its guest differ by some seconds.
const AFTER_SECONDS: u64 = 60;
/// A virtual machine is where its host last spoke of it, within this time.
const ON_HOST_SECONDS: u64 = 24 * 60 * 60;
/// Facts of one kind that are looked at for one crash, those nearest to it first: a log may hold a
/// hundred thousand of one moment, and as many crashes.
const MAX_LOOKED_AT: usize = 1000;
/// More would hide the crash itself.
const MAX_NEARBY: usize = 40;

/// Facts near the crashes among `facts`, which are not of them already.
pub(crate) fn nearby(evidence: &Evidence, facts: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for index in facts {
        let Some(fact) = evidence.fact(*index) else { continue };
        let is_at_the_time =
            matches!(fact.kind, FactKind::Crash { .. } | FactKind::GuestCrash { .. });
        let Some(time) = fact.time.filter(|_| is_at_the_time) else { continue };
        let vms = evidence.vms_of(*index);
        let machines = machines(evidence, *index, vms, time);
        let span =
            Some(before(time, BEFORE_SECONDS))..Some(time.saturating_add_seconds(AFTER_SECONDS));
        for kind in [Kind::LiveMigration, Kind::CsvState, Kind::StorageReset, Kind::Event] {
            let near = evidence.between(evidence.of_kind(kind), &span).iter();
            let near = near.rev().take(MAX_LOOKED_AT).copied();
            found.extend(near.filter(|other| {
                is_about(evidence, *other, vms, &machines) && !facts.contains(other)
            }));
        }
    }
    found.into_iter().take(MAX_NEARBY).collect()
}

/// The machine of a crash, and the hosts that spoke of its virtual machine last.
fn machines(evidence: &Evidence, crash: usize, vms: &[usize], time: FileTime) -> BTreeSet<usize> {
    let mut machines = BTreeSet::from([evidence.machine_index(crash)]);
    let span: Range<Option<FileTime>> =
        Some(before(time, ON_HOST_SECONDS))..Some(time.saturating_add_seconds(AFTER_SECONDS));
    for vm in vms {
        let of_vm = |index: &&usize| evidence.vms_of(**index).contains(vm);
        let spoken = [Kind::LiveMigration, Kind::GuestCrash].into_iter().filter_map(|kind| {
            let near = evidence.between(evidence.of_kind(kind), &span);
            near.iter().rev().take(MAX_LOOKED_AT).find(of_vm).copied()
        });
        machines.extend(spoken.max().map(|last| evidence.machine_index(last)));
    }
    machines
}

fn is_about(evidence: &Evidence, index: usize, vms: &[usize], machines: &BTreeSet<usize>) -> bool {
    let Some(fact) = evidence.fact(index) else { return false };
    match &fact.kind {
        FactKind::LiveMigration { .. } => evidence.vms_of(index).iter().any(|vm| vms.contains(vm)),
        FactKind::CsvState { state: CsvStateKind::Normal, .. } => false,
        _ => machines.contains(&evidence.machine_index(index)),
    }
}

fn before(time: FileTime, seconds: u64) -> FileTime {
    FileTime(time.0.saturating_sub(seconds.saturating_mul(FileTime::TICKS_PER_SECOND)))
}
