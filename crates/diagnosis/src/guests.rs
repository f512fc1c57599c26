//! Guests whose services do not fit their host, over all hosts at once.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileVersion;

use crate::evidence::Evidence;
use crate::fact::{Fact, FactKind, IntegrationState};
use crate::finding::{GuestAttention, Harmless};
use crate::kind::Kind;
use crate::version_gap::VersionGap;
use crate::vm::{GuestSystem, KnownVm};

/// Windows Server 2016, the first host that speaks protocols which older guests never learned.
const BUILD_2016: u32 = 14_393;

/// One row for each service of each guest that was not at the newest version when a host spoke of
/// it last.
pub(crate) fn guests(evidence: &Evidence) -> Vec<GuestAttention> {
    let mut by_host: BTreeMap<(usize, String, usize), Vec<usize>> = BTreeMap::new();
    for index in evidence.of_kind(Kind::Integration) {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::Integration { service, .. } = &fact.kind else { continue };
        // An event that names no guest (StorageVSP 3) says nothing of one.
        if let Some(vm) = evidence.vms().named_by(*index) {
            let key = (vm, service.clone(), evidence.machine_index(*index));
            by_host.entry(key).or_default().push(*index);
        }
    }
    let newest = newest_by_build(evidence, &by_host);
    let mut by_service: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for ((vm, service, _), indexes) in by_host {
        let Some(last) = indexes.last().copied() else { continue };
        // The guest was updated and seen on another host of that build since.
        let is_cleared = evidence.build_at(last).is_some_and(|build| {
            newest.get(&(vm, service.clone(), build)).is_some_and(|index| *index > last)
        });
        if state(evidence, last) != Some(IntegrationState::Newest) && !is_cleared {
            let trouble = indexes
                .into_iter()
                .filter(|index| state(evidence, *index) != Some(IntegrationState::Newest));
            by_service.entry((vm, service)).or_default().extend(trouble);
        }
    }
    let mut rows: Vec<GuestAttention> = by_service
        .into_iter()
        .filter_map(|((vm, service), mut indexes)| {
            indexes.sort_unstable();
            row(evidence, evidence.vms().get(vm)?, service, &indexes)
        })
        .collect();
    rows.sort_by(|left, right| {
        let key = |row: &GuestAttention| (row.vm_name.to_lowercase(), row.vm_id);
        (key(left), &left.service).cmp(&(key(right), &right.service))
    });
    rows
}

/// The last fact that says a service is at the newest version, by virtual machine, service and build
/// of the host.
fn newest_by_build(
    evidence: &Evidence,
    by_host: &BTreeMap<(usize, String, usize), Vec<usize>>,
) -> BTreeMap<(usize, String, u32), usize> {
    let mut newest = BTreeMap::new();
    for ((vm, service, _), indexes) in by_host {
        for index in indexes {
            if state(evidence, *index) == Some(IntegrationState::Newest)
                && let Some(build) = evidence.build_at(*index)
            {
                let last = newest.entry((*vm, service.clone(), build)).or_insert(*index);
                *last = (*last).max(*index);
            }
        }
    }
    newest
}

fn row(
    evidence: &Evidence,
    vm: &KnownVm,
    service: String,
    indexes: &[usize],
) -> Option<GuestAttention> {
    let last = *indexes.last()?;
    let fact: &Fact = evidence.fact(last)?;
    let FactKind::Integration {
        state,
        event_id,
        negotiated,
        expected,
        framework_negotiated,
        framework_expected,
        host_is_2016_or_later,
        ..
    } = &fact.kind
    else {
        return None;
    };
    let hosts: BTreeSet<String> = indexes
        .iter()
        .filter_map(|index| evidence.machine_of(*index))
        .map(|machine| machine.name.clone())
        .collect();
    let guest = vm.machine.and_then(|machine| evidence.machines().get(machine));
    let guest_windows = guest.and_then(|guest| guest.os_build);
    let installed = negotiated.as_ref().filter(|text| text.parse::<FileVersion>().is_ok());
    let host_build = evidence.build_at(last);
    Some(GuestAttention {
        vm_name: vm.display(),
        vm_id: vm.id,
        hosts: hosts.into_iter().collect(),
        service,
        negotiated: negotiated.clone(),
        expected: expected.clone(),
        framework_negotiated: framework_negotiated.clone(),
        framework_expected: framework_expected.clone(),
        guest_build: installed
            .or(vm.installed.as_ref())
            .cloned()
            .or(guest_windows.map(|build| build.to_string())),
        host_build,
        state: *state,
        first_seen: indexes.first().and_then(|index| evidence.logged_time(*index)),
        last_seen: fact.time,
        count: indexes.len() as u64,
        harmless: harmless(&Judged {
            system: vm.system,
            state: *state,
            event_id: *event_id,
            host_is_2016_or_later: match host_build {
                Some(build) => build >= BUILD_2016,
                None => *host_is_2016_or_later == Some(true),
            },
            guest_build: guest_windows,
            gap: negotiated
                .as_deref()
                .zip(expected.as_deref())
                .and_then(|(guest, host)| VersionGap::between(guest, host)),
        }),
        citation: fact.locator.clone(),
    })
}

fn state(evidence: &Evidence, index: usize) -> Option<IntegrationState> {
    match evidence.fact(index)?.kind {
        FactKind::Integration { state, .. } => Some(state),
        _ => None,
    }
}

/// What is known of a service of a guest.
struct Judged {
    system: GuestSystem,
    state: IntegrationState,
    event_id: u32,
    host_is_2016_or_later: bool,
    guest_build: Option<u32>,
    gap: Option<VersionGap>,
}

/// KB2956569 for Linux, KB4014894 for guests older than the host, KB2894285 for the rest.
fn harmless(judged: &Judged) -> Harmless {
    let Judged { system, state, event_id, host_is_2016_or_later, guest_build, gap } = *judged;
    match (state, system) {
        (IntegrationState::Newest, _) => Harmless::Yes("it is at the newest version".into()),
        (IntegrationState::Differs, GuestSystem::Linux) => Harmless::Yes(
            "the guest runs Linux, whose drivers are not versioned like those of Windows".into(),
        ),
        (IntegrationState::Differs, GuestSystem::LinuxLikely) => Harmless::Yes(
            "its services agree on the versions of Linux, which no Windows guest does".into(),
        ),
        (IntegrationState::Differs, GuestSystem::LinuxPossible) => Harmless::Unknown(
            "harmless if the guest runs Linux; Windows Server 2012 agrees on the same version"
                .into(),
        ),
        (IntegrationState::Differs, GuestSystem::Unknown) => Harmless::Unknown(
            "harmless if the guest runs Linux, which the evidence leaves open".into(),
        ),
        (IntegrationState::Incompatible, _) if event_id == 4000 && host_is_2016_or_later => match guest_build
        {
            Some(build) if build < BUILD_2016 => Harmless::Yes(
                "by design: the guest's Windows is older than 2016 and lacks the host's protocols"
                    .into(),
            ),
            Some(_) => Harmless::No,
            None => Harmless::Unknown(
                "by design if the guest's Windows is older than 2016, which was not logged".into(),
            ),
        },
        (IntegrationState::Incompatible, GuestSystem::Linux | GuestSystem::LinuxLikely) => {
            Harmless::Unknown(
                "the guest runs Linux, which lacks this version; it matters if the service is needed"
                    .into(),
            )
        }
        (IntegrationState::Older, _) => match gap {
            Some(VersionGap::Hotfix | VersionGap::None) => Harmless::Yes(
                "versions that are a hotfix apart are compatible and supported (KB2894285)".into(),
            ),
            Some(VersionGap::GuestNewer) => Harmless::Unknown(
                "the guest is newer than the host, which needs the update".into(),
            ),
            _ => Harmless::No,
        },
        _ => Harmless::No,
    }
}
