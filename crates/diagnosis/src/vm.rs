//! Virtual machines as hosts know them.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::{FileVersion, Guid};

use crate::fact::{Fact, FactKind, IntegrationState, Vm};
use crate::machine::{Machine, Sites, Strength};

/// A virtual machine that at least one fact names.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownVm {
    pub(crate) id: Option<Guid>,
    /// The name that was logged last.
    pub(crate) name: Option<String>,
    /// All names, lower case.
    pub(crate) names: BTreeSet<String>,
    /// The machine that it is, where its own logs or dumps are at hand.
    pub(crate) machine: Option<usize>,
    /// How sure that is.
    pub(crate) tie: Option<Strength>,
    /// The first fact that names it.
    pub(crate) first: usize,
    /// The version of Windows' integration services that it reported last.
    pub(crate) installed: Option<String>,
    pub(crate) system: GuestSystem,
    pub(crate) reported: Reported,
}

/// What reports tell of a guest, whether its own or its host's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) computer: Option<String>,
    pub(crate) os_name: Option<String>,
    pub(crate) os_build: Option<u32>,
    pub(crate) integration_version: Option<String>,
}

impl Reported {
    /// Takes what a report tells; what it does not tell is kept.
    pub(crate) fn add(&mut self, fact: &FactKind) {
        let FactKind::GuestReport { computer, os_name, os_build, integration_version, .. } = fact
        else {
            return;
        };
        let keep = |known: &mut Option<String>, told: &Option<Box<str>>| {
            if let Some(told) = told {
                *known = Some(told.to_string());
            }
        };
        keep(&mut self.computer, computer);
        keep(&mut self.os_name, os_name);
        keep(&mut self.integration_version, integration_version);
        self.os_build = os_build.or(self.os_build);
    }

    /// What runs in the guest by its own words. Linux tells `3.1` of its services, whatever its kernel is,
    /// and with the drivers that Microsoft gave out apart a number below 6 of theirs, such as `4.3`.
    pub(crate) fn system(&self) -> GuestSystem {
        let is_windows = self.integration_version.as_deref().is_some_and(is_windows_version);
        match &self.os_name {
            Some(name) if name.contains("Windows") => GuestSystem::Windows,
            Some(name) if names_linux(name) => GuestSystem::Linux,
            _ if is_windows => GuestSystem::Windows,
            None if self.integration_version.as_deref().is_some_and(is_linux_version) => {
                GuestSystem::LinuxLikely
            }
            _ => GuestSystem::Unknown,
        }
    }
}

/// Whether a system's name is that of a Linux. Others, such as FreeBSD, have drivers of their own.
fn names_linux(name: &str) -> bool {
    const DISTRIBUTIONS: [&str; 12] = [
        "linux", "ubuntu", "debian", "centos", "red hat", "suse", "fedora", "rocky", "alma",
        "sles", "coreos", "photon",
    ];
    let name = name.to_lowercase();
    DISTRIBUTIONS.iter().any(|one| name.contains(one))
}

/// What runs in a virtual machine, by what the evidence shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GuestSystem {
    /// Its crash bears the mark of Linux.
    Linux,
    /// Its services are at the versions that Linux, and no Windows, agrees on.
    LinuxLikely,
    /// Its services are at versions that Linux and Windows Server 2012 agree on.
    LinuxPossible,
    /// Its Windows log or dump is at hand, or the version that it reports is one of Windows.
    Windows,
    /// Its services are at versions that Linux never offered, or a Windows computer is called as it is.
    WindowsLikely,
    #[default]
    Unknown,
}

impl GuestSystem {
    pub(crate) const WORDS: &'static [&'static str] =
        &["linux", "linux_likely", "linux_possible", "windows", "windows_likely", "unknown"];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::LinuxLikely => "linux_likely",
            Self::LinuxPossible => "linux_possible",
            Self::Windows => "windows",
            Self::WindowsLikely => "windows_likely",
            Self::Unknown => "unknown",
        }
    }
}

/// All virtual machines of the evidence.
#[derive(Clone, Debug, Default)]
pub(crate) struct VirtualMachines {
    all: Vec<KnownVm>,
    by_id: BTreeMap<Guid, usize>,
    /// What a name without an id means, where it means one virtual machine everywhere.
    by_name: BTreeMap<String, usize>,
    /// All that bear a name.
    bearers: BTreeMap<String, BTreeSet<usize>>,
    /// The one that each fact names.
    of_fact: Vec<Option<usize>>,
}

/// A name that more virtual machines bear tells none of them.
const MAX_BEARERS: usize = 64;

impl VirtualMachines {
    /// Collects them from facts in order of time. A name without an id means one that bears it at the
    /// site of the fact, or else one elsewhere that may be of that site.
    pub(crate) fn collect(facts: &[Fact], sites: &Sites) -> Self {
        let mut vms = Self { of_fact: vec![None; facts.len()], ..Self::default() };
        let mut seen_at: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (fact, vm) in named(facts) {
            if let Some(id) = vm_id(vm) {
                let next = vms.all.len();
                let index = *vms.by_id.entry(id).or_insert(next);
                if index == next {
                    vms.all.push(KnownVm { id: Some(id), first: fact, ..KnownVm::default() });
                }
                vms.add_name(index, vm);
                vms.set_fact(fact, index);
                seen_at.entry(index).or_default().insert(sites.of_fact(fact));
            }
        }
        let mut meant: BTreeMap<(String, usize), usize> = BTreeMap::new();
        for (fact, vm) in named(facts) {
            let Some(name) = vm.name.as_ref().filter(|_| vm_id(vm).is_none()) else { continue };
            let key = (name.to_lowercase(), sites.of_fact(fact));
            let index = match meant.get(&key) {
                Some(index) => *index,
                None => {
                    let index =
                        vms.bearer_at(&key.0, key.1, &seen_at, sites).unwrap_or_else(|| {
                            vms.all.push(KnownVm { first: fact, ..KnownVm::default() });
                            vms.all.len().saturating_sub(1)
                        });
                    seen_at.entry(index).or_default().insert(key.1);
                    meant.insert(key, index);
                    index
                }
            };
            vms.add_name(index, vm);
            vms.set_fact(fact, index);
        }
        let mut means: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for ((name, _), index) in meant {
            means.entry(name).or_default().insert(index);
        }
        let one = means.into_iter().filter(|(_, indexes)| indexes.len() == 1);
        vms.by_name = one.filter_map(|(name, indexes)| Some((name, *indexes.first()?))).collect();
        vms
    }

    /// The only one of a name at a site, or else the only one that may be there.
    fn bearer_at(
        &self,
        name: &str,
        site: usize,
        seen_at: &BTreeMap<usize, BTreeSet<usize>>,
        sites: &Sites,
    ) -> Option<usize> {
        let bearers = self.bearers.get(name).filter(|bearers| bearers.len() <= MAX_BEARERS)?;
        let is_here = |vm: &&usize| seen_at.get(*vm).is_some_and(|seen| seen.contains(&site));
        let may_be_here = |vm: &&usize| {
            let mut seen = seen_at.get(*vm).into_iter().flatten().take(MAX_BEARERS);
            seen.any(|seen| !sites.are_apart(*seen, site))
        };
        let here: Vec<usize> = bearers.iter().filter(is_here).copied().collect();
        let possible: Vec<usize> = match here.is_empty() {
            true => bearers.iter().filter(may_be_here).copied().collect(),
            false => here,
        };
        // A name that two bear tells neither of them.
        possible.first().copied().filter(|_| possible.len() == 1)
    }

    fn set_fact(&mut self, fact: usize, vm: usize) {
        if let Some(slot) = self.of_fact.get_mut(fact) {
            *slot = Some(vm);
        }
    }

    /// To be called when facts are put into another order: the numbers that they had.
    pub(crate) fn reorder(&mut self, order: &[usize]) {
        let old = std::mem::take(&mut self.of_fact);
        self.of_fact = order.iter().map(|index| old.get(*index).copied().flatten()).collect();
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(slot) = place.get_mut(*old) {
                *slot = new;
            }
        }
        for vm in &mut self.all {
            vm.first = place.get(vm.first).copied().unwrap_or_default();
        }
    }

    /// The virtual machine that a fact names.
    pub(crate) fn named_by(&self, fact: usize) -> Option<usize> {
        self.of_fact.get(fact).copied().flatten()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&KnownVm> {
        self.all.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &KnownVm)> {
        self.all.iter().enumerate()
    }

    /// The virtual machine that an event names.
    pub(crate) fn find(&self, vm: &Vm) -> Option<usize> {
        match vm_id(vm) {
            Some(id) => self.by_id.get(&id).copied(),
            None => self.by_name.get(&vm.name.as_ref()?.to_lowercase()).copied(),
        }
    }

    /// The one that bears `name`, in lower case; `None` where several do.
    pub(crate) fn only_bearer(&self, name: &str) -> Option<usize> {
        let bearers = self.bearers.get(name)?;
        bearers.first().copied().filter(|_| bearers.len() == 1)
    }

    pub(crate) fn set_machine(&mut self, index: usize, machine: usize, strength: Strength) {
        if let Some(vm) = self.all.get_mut(index) {
            vm.machine = Some(machine);
            vm.tie = Some(strength);
        }
    }

    /// Finds out what runs in each, once it is known which are machines of their own.
    pub(crate) fn find_systems(&mut self, facts: &[Fact]) {
        let mut panics = BTreeSet::new();
        let mut reports: BTreeMap<usize, Reported> = BTreeMap::new();
        let mut installed: BTreeMap<usize, &str> = BTreeMap::new();
        let mut services: BTreeMap<usize, BTreeMap<&str, Spoken<'_>>> = BTreeMap::new();
        for (number, fact) in facts.iter().enumerate() {
            let Some(index) = self.named_by(number) else { continue };
            match &fact.kind {
                FactKind::GuestCrash { is_linux: true, .. } => {
                    panics.insert(index);
                }
                FactKind::GuestReport { .. } => {
                    reports.entry(index).or_default().add(&fact.kind);
                }
                FactKind::Integration {
                    service, state, negotiated, expected, event_id, ..
                } => {
                    let version = negotiated.as_deref().filter(|text| is_windows_version(text));
                    if let Some(version) = version.filter(|_| *event_id == 4130) {
                        installed.insert(index, version);
                    }
                    if matches!(event_id, 4000 | 4010 | 4020 | 4130) {
                        let spoken = (*state, negotiated.as_deref(), expected.as_deref());
                        services.entry(index).or_default().insert(service, spoken);
                    }
                }
                _ => {}
            }
        }
        for (index, vm) in self.all.iter_mut().enumerate() {
            vm.reported = reports.remove(&index).unwrap_or_default();
            let reported = vm.reported.integration_version.as_deref();
            let reported = reported.filter(|version| is_windows_version(version));
            // An inventory is made when a case is, so it tells what came of what was logged.
            let version = reported.or(installed.get(&index).copied());
            vm.installed = version.map(str::to_owned);
            vm.system = if panics.contains(&index) {
                GuestSystem::Linux
            } else if vm.reported.system() != GuestSystem::Unknown {
                vm.reported.system()
            } else if vm.tie.is_some_and(|tie| tie != Strength::Likely) || vm.installed.is_some() {
                GuestSystem::Windows
            } else {
                let by_services = services.get(&index).map(system_by_services).unwrap_or_default();
                let is_linux = by_services == GuestSystem::LinuxLikely;
                if vm.machine.is_some() && !is_linux {
                    GuestSystem::WindowsLikely
                } else {
                    by_services
                }
            };
        }
    }

    fn add_name(&mut self, index: usize, vm: &Vm) {
        if let (Some(known), Some(name)) = (self.all.get_mut(index), &vm.name) {
            known.names.insert(name.to_lowercase());
            self.bearers.entry(name.to_lowercase()).or_default().insert(index);
            known.name = Some(name.to_string());
        }
    }
}

impl KnownVm {
    /// The build of its Windows, by its own logs and dumps or by what it reports.
    pub(crate) fn os_build(&self, machines: &[Machine]) -> Option<u32> {
        let machine = self.machine.and_then(|machine| machines.get(machine));
        machine.and_then(|machine| machine.os_build).or(self.reported.os_build)
    }

    /// The name to show.
    pub(crate) fn display(&self) -> String {
        let id = || self.id.map(|id| id.to_string());
        self.name.clone().or_else(id).unwrap_or_default()
    }

    /// Name and id, as far as they are known.
    pub(crate) fn named_with_id(&self) -> String {
        match (&self.name, self.id) {
            (Some(name), Some(id)) => format!("{name} ({id})"),
            _ => self.display(),
        }
    }
}

/// The facts that name a virtual machine, and how.
fn named(facts: &[Fact]) -> impl Iterator<Item = (usize, &Vm)> {
    facts.iter().enumerate().filter_map(|(index, fact)| Some((index, fact.kind.vm()?)))
}

fn vm_id(vm: &Vm) -> Option<Guid> {
    vm.id.filter(|id| !id.is_zero())
}

/// Components of Windows bear its version, 6.0 or above, in four numbers; Linux reports `3.1`,
/// whatever its kernel is.
fn is_windows_version(text: &str) -> bool {
    let version: Option<FileVersion> = text.parse().ok();
    version.is_some_and(|version| version.major >= 6)
}

/// Below the first Windows that Hyper-V had services for; `0.0` is what a host shows of a guest that
/// reports nothing.
fn is_linux_version(text: &str) -> bool {
    let major = text.split('.').next().and_then(|major| major.parse::<u16>().ok());
    major.is_some_and(|major| (1..6).contains(&major))
}

/// What was last logged of a service: state, negotiated and expected version.
type Spoken<'a> = (IntegrationState, Option<&'a str>, Option<&'a str>);

/// Linux speaks version 4.0 of the data exchange (`hv_kvp.c`) and 5.0 of the backup service
/// (`hv_snapshot.c`), so a 2012 R2 host that expects 5.0 of both logs a difference for the first
/// only. Windows Server 2012 speaks 4.0 of both, and no Linux was seen to offer 4.0 of the backup
/// service. Any other difference speaks against Linux.
fn system_by_services(services: &BTreeMap<&str, Spoken<'_>>) -> GuestSystem {
    let is = |service: &str, words: [&str; 2]| {
        let service = service.to_lowercase();
        words.iter().any(|word| service.contains(word))
    };
    let mut data_exchange = false;
    let mut backup_is_newest = false;
    for (service, (state, negotiated, expected)) in services {
        if is(service, ["key-value", "kvp"]) {
            data_exchange = *state == IntegrationState::Differs
                && *negotiated == Some("4.0")
                && *expected == Some("5.0");
        } else if is(service, ["shadow", "vss"])
            && *state == IntegrationState::Differs
            && *negotiated == Some("4.0")
        {
            return GuestSystem::WindowsLikely;
        } else if *state != IntegrationState::Newest {
            return GuestSystem::Unknown;
        } else if is(service, ["shadow", "vss"]) {
            backup_is_newest = true;
        }
    }
    match (data_exchange, backup_is_newest) {
        (true, true) => GuestSystem::LinuxLikely,
        (true, false) => GuestSystem::LinuxPossible,
        _ => GuestSystem::Unknown,
    }
}
