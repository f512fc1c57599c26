//! Virtual machines as hosts know them.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::{FileVersion, Guid};

use crate::fact::{Fact, FactKind, IntegrationState, Vm};

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
    /// Whether that rests on a crash that both tell, and not on the name alone.
    pub(crate) is_tied_by_crash: bool,
    /// The version of Windows' integration services that it reported last.
    pub(crate) installed: Option<String>,
    pub(crate) system: GuestSystem,
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
    /// What a name without an id means.
    by_name: BTreeMap<String, usize>,
    /// All that bear a name.
    bearers: BTreeMap<String, BTreeSet<usize>>,
}

impl VirtualMachines {
    /// Collects them from facts in order of time.
    pub(crate) fn collect(facts: &[Fact]) -> Self {
        let mut vms = Self::default();
        for vm in facts.iter().filter_map(|fact| fact.kind.vm()) {
            if let Some(id) = vm_id(vm) {
                let next = vms.all.len();
                let index = *vms.by_id.entry(id).or_insert(next);
                if index == next {
                    vms.all.push(KnownVm { id: Some(id), ..KnownVm::default() });
                }
                vms.add_name(index, vm);
            }
        }
        for vm in facts.iter().filter_map(|fact| fact.kind.vm()) {
            let Some(name) = vm.name.as_ref().filter(|_| vm_id(vm).is_none()) else { continue };
            let name = name.to_lowercase();
            if vms.by_name.contains_key(&name) {
                continue;
            }
            // A name that two ids bear tells neither of them.
            let index = match vms.only_bearer(&name) {
                Some(only) => only,
                None => {
                    vms.all.push(KnownVm::default());
                    let index = vms.all.len().saturating_sub(1);
                    vms.add_name(index, vm);
                    index
                }
            };
            vms.by_name.insert(name, index);
        }
        vms
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

    pub(crate) fn set_machine(&mut self, index: usize, machine: usize, is_by_crash: bool) {
        if let Some(vm) = self.all.get_mut(index) {
            vm.machine = Some(machine);
            vm.is_tied_by_crash = is_by_crash;
        }
    }

    /// Finds out what runs in each, once it is known which are machines of their own.
    pub(crate) fn find_systems(&mut self, facts: &[Fact]) {
        let mut panics = BTreeSet::new();
        let mut installed: BTreeMap<usize, &str> = BTreeMap::new();
        let mut services: BTreeMap<usize, BTreeMap<&str, Spoken<'_>>> = BTreeMap::new();
        for fact in facts {
            let Some(index) = fact.kind.vm().and_then(|vm| self.find(vm)) else { continue };
            match &fact.kind {
                FactKind::GuestCrash { is_linux: true, .. } => {
                    panics.insert(index);
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
            vm.installed = installed.get(&index).map(|version| (*version).to_owned());
            vm.system = if panics.contains(&index) {
                GuestSystem::Linux
            } else if vm.is_tied_by_crash || vm.installed.is_some() {
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
            known.name = Some(name.clone());
        }
    }
}

impl KnownVm {
    /// The name to show.
    pub(crate) fn display(&self) -> String {
        let id = || self.id.map(|id| id.to_string());
        self.name.clone().or_else(id).unwrap_or_default()
    }
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
