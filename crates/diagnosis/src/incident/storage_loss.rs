//! A host loses its storage, and its guests stop or wait for their disks.

use std::collections::BTreeSet;

use hvtriage_winfmt::FileTime;

use super::Sighted;
use super::links::{Links, Why};
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind};
use crate::kind::Kind;
use crate::rule::Theme;

/// A guest waits for its disk for a minute or more, and Windows tries again.
const BEFORE_SECONDS: u64 = 10 * 60;
/// Clocks of a host and its guest differ by some seconds.
const AFTER_SECONDS: u64 = 60;
/// Facts that are looked at for one stop, those nearest to it first: a log may hold a hundred thousand
/// of one moment, and as many stops.
const MAX_LOOKED_AT: usize = 1000;
/// What a finding of storage rests on is looked at this often.
const MAX_ANCHORS: usize = 50;
/// One request that was tried again is noise; so many within minutes are a disk that does not answer.
const FEWEST_RESETS: usize = 3;
/// Kinds of facts that tell of lost storage.
const KINDS: [Kind; 2] = [Kind::CsvState, Kind::StorageReset];
/// KERNEL_DATA_INPAGE_ERROR, CRITICAL_OBJECT_TERMINATION, KERNEL_STACK_INPAGE_ERROR, NTFS_FILE_SYSTEM:
/// what Windows stops with when its own disk does not answer.
const STOPS: [u32; 4] = [0x7A, 0xF4, 0x77, 0x24];

/// Makes lost storage of a host, and what its guests suffered by it, one incident, which the storage
/// leads.
pub(super) fn link(evidence: &Evidence, sighted: &[Sighted<'_>], links: &mut Links) {
    for (number, crash) in evidence.crashes().all().iter().enumerate() {
        let is_of_storage = crash.bugcheck.is_some_and(|it| STOPS.contains(&it.code));
        if let Some(time) = crash.time.filter(|_| is_of_storage) {
            link_stop(evidence, crash.vms(evidence), time, &links.of_crash(number), links);
        }
    }
    for (number, one) in sighted.iter().enumerate() {
        if one.rule.theme != Theme::Storage {
            continue;
        }
        for anchor in one.anchors.iter().take(MAX_ANCHORS) {
            // What a host tells of its guest is of the host itself.
            let is_own = evidence.fact(*anchor).is_some_and(|fact| fact.kind.vm().is_none());
            if let Some(time) = evidence.time(*anchor).filter(|_| is_own) {
                let effects = BTreeSet::from([number]);
                link_stop(evidence, evidence.vms_of(*anchor), time, &effects, links);
            }
        }
    }
}

fn link_stop(
    evidence: &Evidence,
    vms: &[usize],
    time: FileTime,
    effects: &BTreeSet<usize>,
    links: &mut Links,
) {
    for vm in vms {
        let losses = losses(evidence, *vm, time);
        let causes = losses.flat_map(|loss| links.of_record(evidence, loss));
        let causes: BTreeSet<usize> = causes.filter(|cause| !effects.contains(cause)).collect();
        if !causes.is_empty() {
            links.follow(&causes, effects, Why::StorageLost, &[*vm]);
        }
    }
}

/// What the host of a virtual machine tells of lost storage shortly before `time`.
pub(super) fn losses(
    evidence: &Evidence,
    vm: usize,
    time: FileTime,
) -> impl Iterator<Item = usize> + '_ {
    let host = evidence.placement().host_at(vm, time);
    let span = Some(time.saturating_sub_seconds(BEFORE_SECONDS))
        ..Some(time.saturating_add_seconds(AFTER_SECONDS));
    let near = KINDS.into_iter().flat_map(move |kind| {
        let of_kind = evidence.between(evidence.of_kind(kind), &span);
        of_kind.iter().rev().take(MAX_LOOKED_AT).copied()
    });
    let losses: Vec<usize> = near
        .filter(|index| {
            host == Some(evidence.machine_index(*index)) && is_loss(evidence, *index, vm, time)
        })
        .collect();
    let is_reset = |index: &&usize| {
        evidence.fact(**index).is_some_and(|it| matches!(it.kind, FactKind::StorageReset { .. }))
    };
    let resets = losses.iter().filter(is_reset).count();
    let is_noise = resets == losses.len() && resets < FEWEST_RESETS;
    losses.into_iter().filter(move |_| !is_noise)
}

/// Whether a fact tells that storage was lost, as far as it is known which volume the virtual machine
/// is on.
fn is_loss(evidence: &Evidence, index: usize, vm: usize, time: FileTime) -> bool {
    let volume = match evidence.fact(index).map(|fact| &fact.kind) {
        Some(FactKind::StorageReset { .. }) => return true,
        Some(FactKind::CsvState {
            state: CsvStateKind::Paused | CsvStateKind::Redirected | CsvStateKind::Unreachable,
            volume,
            ..
        }) => volume.as_str(),
        // That a disk was removed (157) is no loss: backups attach and remove disks every night.
        _ => return false,
    };
    let mut known = evidence.volumes().of(vm, time).peekable();
    known.peek().is_none() || known.any(|known| known.eq_ignore_ascii_case(volume))
}
