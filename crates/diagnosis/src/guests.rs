//! Guests whose services do not fit their host, over all hosts at once.

mod file_errors;
mod history;
mod judged;
mod order;
mod reported;
mod runs;
mod told;
mod troubles;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileVersion;

use crate::evidence::Evidence;
use crate::fact::{Fact, FactKind, IntegrationState, Locator};
use crate::finding::{GuestAttention, Harmless, Verdict};
use crate::guest_protocol::{Spoken, betrayed};
use crate::hosts::BUILD_2016;
use crate::integration_build::IntegrationBuild;
use crate::kind::Kind;
use crate::version_gap::VersionGap;
use crate::vm::{GuestSystem, KnownVm, Reported};
use history::history;
pub(crate) use judged::ReportBasis;
use order::by_gravity;
pub(crate) use reported::{basis_of, guests_with_services, guests_without_host, verdict_of};
use runs::{Known, runs};
pub use told::ReportedGuest;
pub(crate) use told::reported_guests;
pub use troubles::GuestTrouble;
pub(crate) use troubles::troubles;
use verdict::{Judged, advice, harmless, verdict};

/// One row for each service of each guest that was not at the newest version when a host spoke of
/// it last, and for guests of whom reports say that they do not fit.
pub(crate) fn guests(evidence: &Evidence) -> Vec<GuestAttention> {
    let mut by_host: BTreeMap<(usize, String, usize), Vec<usize>> = BTreeMap::new();
    for index in evidence.of_kind(Kind::Integration) {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::Integration { service, .. } = &fact.kind else { continue };
        // An event that names no guest (StorageVSP 3) says nothing of one.
        if let Some(vm) = evidence.vms().named_by(*index) {
            let key = (vm, service.to_string(), evidence.machine_index(*index));
            by_host.entry(key).or_default().push(*index);
        }
    }
    let newest = newest_by_build(evidence, &by_host);
    let shows = shown_by_versions(evidence, &by_host);
    let mut seen: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let mut trouble: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for ((vm, service, _), indexes) in by_host {
        let Some(last) = indexes.last().copied() else { continue };
        // The guest was updated and seen on another host of that build since.
        let is_cleared = evidence.build_at(last).is_some_and(|build| {
            newest.get(&(vm, service.clone(), build)).is_some_and(|index| *index > last)
        });
        if state(evidence, last) != Some(IntegrationState::Newest) && !is_cleared {
            let here = indexes.iter().copied();
            let here = here.filter(|it| state(evidence, *it) != Some(IntegrationState::Newest));
            trouble.entry((vm, service.clone())).or_default().extend(here);
        }
        seen.entry((vm, service)).or_default().extend(indexes);
    }
    // Of the services as a whole, or of a service without a version of its own.
    let told: BTreeSet<usize> = trouble.keys().map(|(vm, _)| *vm).collect();
    let mut rows: Vec<GuestAttention> = trouble
        .into_iter()
        .filter_map(|((vm, service), mut indexes)| {
            indexes.sort_unstable();
            let mut all = seen.remove(&(vm, service.clone())).unwrap_or_default();
            all.sort_unstable();
            let shown = shows.get(&vm).cloned();
            let mut row = row(evidence, evidence.vms().get(vm)?, service, &indexes, shown)?;
            row.history = history(evidence, &all);
            Some(row)
        })
        .collect();
    rows.extend(reported::rows(evidence, &told));
    by_gravity(rows)
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

/// The systems that the versions of a guest's services allow, by what was logged of each last.
fn shown_by_versions(
    evidence: &Evidence,
    by_host: &BTreeMap<(usize, String, usize), Vec<usize>>,
) -> BTreeMap<usize, String> {
    let mut last: BTreeMap<usize, BTreeMap<&str, usize>> = BTreeMap::new();
    for ((vm, service, _), indexes) in by_host {
        let Some(index) = indexes.last() else { continue };
        let known = last.entry(*vm).or_default().entry(service).or_insert(*index);
        *known = (*known).max(*index);
    }
    let shown = last.into_iter().filter_map(|(vm, services)| {
        let spoken = services.into_iter().filter_map(|(service, index)| {
            let FactKind::Integration { state, negotiated, expected, .. } =
                &evidence.fact(index)?.kind
            else {
                return None;
            };
            let spoken = Spoken {
                state: *state,
                negotiated: negotiated.as_deref(),
                expected: expected.as_deref(),
                host_build: evidence.build_at(index),
            };
            Some((service, spoken))
        });
        let system = evidence.vms().get(vm)?.system;
        Some((vm, betrayed(&spoken.collect(), system)?))
    });
    shown.collect()
}

/// What is the same in every row of a guest.
struct Row<'a> {
    name: String,
    known: Option<&'a KnownVm>,
    reported: &'a Reported,
    system: GuestSystem,
    /// Windows build of the guest itself.
    os_build: Option<u32>,
    /// Version of its integration services.
    installed: Option<String>,
    /// The systems that the versions of its services allow.
    shows: Option<String>,
}

impl Row<'_> {
    /// A row that says nothing of the service yet.
    fn start(self, service: String, citation: Locator) -> GuestAttention {
        let known = Known {
            system: self.system,
            os_name: self.reported.os_name.as_deref(),
            os_build: self.os_build,
            shows: self.shows.as_deref(),
        };
        GuestAttention {
            runs: runs(&known),
            os_build: self.os_build,
            integration_version: self.installed,
            vm_name: self.name,
            vm_id: self.known.and_then(|vm| vm.id),
            hosts: Vec::new(),
            service,
            negotiated: None,
            expected: None,
            framework_negotiated: None,
            framework_expected: None,
            guest_build: None,
            host_build: None,
            state: IntegrationState::Newest,
            first_seen: None,
            last_seen: None,
            count: 0,
            harmless: Harmless::No,
            verdict: Verdict::Unknown,
            advice: None,
            system: self.system.word(),
            os_name: self.reported.os_name.clone(),
            computer: self.reported.computer.clone(),
            shows: self.shows,
            guest_update: None,
            host_update: None,
            history: Vec::new(),
            citation,
        }
    }
}

fn row(
    evidence: &Evidence,
    vm: &KnownVm,
    service: String,
    indexes: &[usize],
    shows: Option<String>,
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
    let guest_windows = vm.os_build(evidence.machines());
    let owned = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let installed = negotiated.as_deref().filter(|text| text.parse::<FileVersion>().is_ok());
    let installed = installed.or(vm.installed.as_deref());
    let host_build = evidence.build_at(last);
    let host_is_new = host_build.map(|build| build >= BUILD_2016).or(*host_is_2016_or_later);
    let judged = Judged {
        system: vm.system,
        state: *state,
        event_id: *event_id,
        host_is_2016_or_later: host_is_new == Some(true),
        guest_build: guest_windows,
        gap: negotiated
            .as_deref()
            .zip(expected.as_deref())
            .and_then(|(guest, host)| VersionGap::between(guest, host)),
    };
    let harmless = harmless(&judged);
    let verdict = verdict(&judged, &harmless);
    let start = Row {
        name: vm.display(),
        known: Some(vm),
        reported: &vm.reported,
        system: vm.system,
        os_build: guest_windows,
        installed: installed.map(str::to_owned).or_else(|| vm.reported.integration_version.clone()),
        shows,
    };
    Some(GuestAttention {
        hosts: hosts.into_iter().collect(),
        negotiated: owned(negotiated),
        expected: owned(expected),
        framework_negotiated: owned(framework_negotiated),
        framework_expected: owned(framework_expected),
        guest_build: installed.map(str::to_owned).or(guest_windows.map(|build| build.to_string())),
        host_build,
        state: *state,
        first_seen: indexes.first().and_then(|index| evidence.logged_time(*index)),
        last_seen: fact.time,
        count: indexes.len() as u64,
        harmless,
        verdict,
        advice: advice(verdict, vm.system, host_is_new),
        guest_update: known_update(installed),
        host_update: known_update(expected.as_deref()),
        ..start.start(service, fact.locator.clone())
    })
}

fn known_update(version: Option<&str>) -> Option<String> {
    IntegrationBuild::find(version?).map(IntegrationBuild::name)
}

fn state(evidence: &Evidence, index: usize) -> Option<IntegrationState> {
    match evidence.fact(index)?.kind {
        FactKind::Integration { state, .. } => Some(state),
        _ => None,
    }
}
