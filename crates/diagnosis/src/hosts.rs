//! What is known of hosts: who ran which virtual machine, and the services they give to guests.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::fact::{Fact, FactKind, IntegrationState, MigrationPhase};
use crate::kind::Kind;
use crate::logged_event::{LoggedEvent, PREFIX};
use crate::machine::Machine;
use crate::vm::VirtualMachines;

/// Windows Server 2016, the first host that speaks protocols which older guests never learned, that logs
/// nothing of an old guest, and that has no disk to install services from.
pub(crate) const BUILD_2016: u32 = 14_393;

/// The key under which a host keeps the version of the services that it installs.
const GUEST_INSTALLER: &str = r"\virtualization\guestinstaller\version";

/// Hosts, by the numbers of their machines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// The version of the services that a host gives to its guests, and the fact that tells it.
    services: BTreeMap<usize, (String, usize)>,
    /// Those that only Windows Server 2016 or later can be.
    since_2016: BTreeSet<usize>,
    /// The hosts of a virtual machine, each with the last fact that shows it there.
    of_vm: BTreeMap<usize, BTreeMap<usize, usize>>,
    /// The virtual machines that were ever on a machine.
    on: BTreeMap<usize, BTreeSet<usize>>,
    /// The host that was the last to speak of a virtual machine of its own.
    last: BTreeMap<usize, usize>,
}

impl Hosts {
    /// Collects them from facts in order of time, of which those without a time come first.
    pub(crate) fn of(facts: &[Fact], machine_of: &[usize], vms: &VirtualMachines) -> Self {
        let mut hosts = Self::default();
        for (index, (fact, machine)) in facts.iter().zip(machine_of).enumerate() {
            let is_told_by_host = match &fact.kind {
                FactKind::GuestReport { host, host_is_2016_or_later, .. } => {
                    let is_there = host.is_some() && fact.machine.is_called(host.as_deref());
                    if is_there && *host_is_2016_or_later == Some(true) {
                        hosts.since_2016.insert(*machine);
                    }
                    is_there
                }
                FactKind::Integration {
                    state: IntegrationState::Older,
                    expected: Some(expected),
                    ..
                } => {
                    hosts.services.insert(*machine, (expected.to_string(), index));
                    true
                }
                FactKind::Integration { host_is_2016_or_later, .. } => {
                    if *host_is_2016_or_later == Some(true) {
                        hosts.since_2016.insert(*machine);
                    }
                    true
                }
                FactKind::RegistryValue { key, data, .. }
                    if key.to_ascii_lowercase().ends_with(GUEST_INSTALLER) =>
                {
                    hosts.services.insert(*machine, (data.clone(), index));
                    false
                }
                // The host that it should have come to tells of a migration that failed, too.
                FactKind::LiveMigration { phase, .. } => {
                    !matches!(phase, MigrationPhase::Failed | MigrationPhase::Step)
                }
                // An event that stands for no kind, such as one of a pause.
                FactKind::Event(event) => is_of_its_own(event),
                kind => Kind::of(kind).is_of_host(),
            };
            if let Some(vm) = vms.named_by(index).filter(|_| is_told_by_host) {
                hosts.of_vm.entry(vm).or_default().insert(*machine, index);
                hosts.on.entry(*machine).or_default().insert(vm);
                let last = hosts.last.entry(vm).or_insert(*machine);
                // The host that it has left may say so after the other has said that it came.
                if !is_farewell(&fact.kind) {
                    *last = *machine;
                }
            }
        }
        hosts
    }

    /// The version of the services that a host gives to its guests.
    pub(crate) fn services(&self, machine: usize) -> Option<&str> {
        self.services.get(&machine).map(|(version, _)| version.as_str())
    }

    /// Whether a host is one of Windows Server 2016 or later; `None` where that is not known.
    pub(crate) fn is_2016_or_later(&self, machine: usize, machines: &[Machine]) -> Option<bool> {
        let build = machines.get(machine).and_then(|machine| machine.os_build);
        match build {
            Some(build) => Some(build >= BUILD_2016),
            None => self.since_2016.contains(&machine).then_some(true),
        }
    }

    /// The hosts of a virtual machine, each with the last fact that shows it there.
    pub(crate) fn of_vm(&self, vm: usize) -> impl Iterator<Item = (usize, usize)> {
        let hosts = self.of_vm.get(&vm).into_iter().flatten();
        hosts.map(|(machine, fact)| (*machine, *fact))
    }

    /// The virtual machines that any fact shows on a machine.
    pub(crate) fn on(&self, machine: usize) -> impl Iterator<Item = usize> {
        self.on.get(&machine).into_iter().flatten().copied()
    }

    /// The host that was the last to speak of a virtual machine of its own.
    pub(crate) fn last_of(&self, vm: usize) -> Option<usize> {
        self.last.get(&vm).copied()
    }
}

fn is_farewell(kind: &FactKind) -> bool {
    matches!(kind, FactKind::LiveMigration { phase: MigrationPhase::FinishedAtSource, .. })
}

/// Events of the management service and of worker processes about virtual machines that may be elsewhere:
/// migrations, which may fail before they come; hosts that cannot take one; replicas of those of others.
const OF_OTHERS: [RangeInclusive<u32>; 4] =
    [20_000..=22_999, 24_000..=24_999, 29_000..=29_999, 32_000..=33_999];

/// Whether a host writes an event about a virtual machine of its own. Events of the cluster are left out:
/// any node may speak of any role.
fn is_of_its_own(event: &LoggedEvent) -> bool {
    const PROVIDERS: [&str; 2] = ["hyper-v-vmms", "hyper-v-worker"];
    let provider = event.provider.to_ascii_lowercase();
    let short = provider.strip_prefix(PREFIX).unwrap_or(&provider);
    PROVIDERS.contains(&short) && !OF_OTHERS.iter().any(|ids| ids.contains(&event.id))
}
