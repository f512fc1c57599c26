//! Guests of whom nothing tells how old their integration services are.

use hvtriage_winfmt::Guid;

use crate::evidence::Evidence;
use crate::fact::Locator;
use crate::guests::{guests_with_services, guests_without_host};
use crate::kind::Kind;
use crate::vm::{GuestSystem, KnownVm};

/// A guest of whose integration services nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknowableGuest {
    /// Its name, or its id.
    pub vm_name: String,
    /// Its id.
    pub vm_id: Option<Guid>,
    /// The hosts, by display name, sorted; none where no host is known.
    pub hosts: Vec<String>,
    /// What is not at hand.
    pub lacks: Lack,
    /// The last fact that shows it on one of them.
    pub citation: Locator,
}

/// Why nothing can be said of a guest's integration services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// A report of the guest: its hosts are of Windows Server 2016 or later and log nothing of it.
    Report,
    /// The build of its host, with which its version would be compared.
    HostBuild,
}

impl Lack {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::HostBuild => "host_build",
        }
    }
}

/// Virtual machines whose hosts all are of Windows Server 2016 or later, which write no event for an old
/// guest that still connects; and neither the guest's own evidence nor a report says what it runs.
pub(super) fn unknowable(evidence: &Evidence) -> Vec<UnknowableGuest> {
    let mut told: Vec<bool> = vec![false; evidence.vms().iter().count()];
    for index in evidence.of_kind(Kind::Integration) {
        let vm = evidence.vms().named_by(*index);
        if let Some(told) = vm.and_then(|vm| told.get_mut(vm)) {
            *told = true;
        }
    }
    for vm in guests_with_services(evidence) {
        if let Some(told) = told.get_mut(vm) {
            *told = true;
        }
    }
    let is_told = |vm: usize| told.get(vm) != Some(&false);
    let mut rows: Vec<UnknowableGuest> = evidence
        .vms()
        .iter()
        .filter(|(index, vm)| !is_told(*index) && tells_nothing(evidence, vm))
        .filter_map(|(index, vm)| row(evidence, index, vm))
        .collect();
    rows.extend(guests_without_host(evidence, &is_told));
    rows.sort_by_key(|row| (row.vm_name.to_lowercase(), row.vm_id));
    rows
}

fn tells_nothing(evidence: &Evidence, vm: &KnownVm) -> bool {
    vm.installed.is_none()
        && vm.os_build(evidence.machines()).is_none()
        && vm.reported.os_name.is_none()
        && vm.reported.integration_version.is_none()
        && !matches!(vm.system, GuestSystem::Linux | GuestSystem::LinuxLikely)
}

fn row(evidence: &Evidence, index: usize, vm: &KnownVm) -> Option<UnknowableGuest> {
    let hosts: Vec<(usize, usize)> = evidence.hosts().of_vm(index).collect();
    let machines = evidence.machines();
    let is_new = |host: usize| evidence.hosts().is_2016_or_later(host, machines) == Some(true);
    if !hosts.iter().all(|(host, _)| is_new(*host)) {
        return None;
    }
    let last = hosts.iter().map(|(_, fact)| *fact).max()?;
    let mut names: Vec<String> =
        hosts.iter().filter_map(|(host, _)| Some(machines.get(*host)?.name.clone())).collect();
    names.sort();
    Some(UnknowableGuest {
        vm_name: vm.display(),
        vm_id: vm.id,
        hosts: names,
        lacks: Lack::Report,
        citation: evidence.fact(last)?.locator.clone(),
    })
}
