//! Guests of whom only reports tell: `Get-VM`, what they tell of themselves, their registry.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileVersion;

use super::verdict::advice;
use super::{Row, known_update};
use crate::evidence::Evidence;
use crate::fact::{FactKind, IntegrationState};
use crate::finding::{GuestAttention, GuestSight, Harmless, Verdict};
use crate::hosts::BUILD_2016;
use crate::integration_build::IntegrationBuild;
use crate::kind::Kind;
use crate::machine::Machine;
use crate::version_gap::VersionGap;
use crate::vm::{GuestSystem, KnownVm, Reported};

/// What a row is called that is of no single service.
const ALL_SERVICES: &str = "integration services";

/// Rows for guests of whose services as a whole no event in `told` speaks, and for services that do
/// not speak the host's version.
pub(super) fn rows(evidence: &Evidence, told: &BTreeSet<usize>) -> Vec<GuestAttention> {
    let mut rows = Vec::new();
    for reports in by_guest(evidence) {
        let Some(guest) = Guest::of(evidence, &reports) else { continue };
        if guest.vm.is_none_or(|vm| !told.contains(&vm)) {
            rows.extend(guest.row_of_all());
        }
        rows.extend(guest.rows_of_services());
    }
    rows
}

/// How the guest of one report fits its host, for rules.
pub(crate) fn verdict_of(evidence: &Evidence, index: usize) -> Option<Verdict> {
    let reports = [index];
    let guest = Guest::of(evidence, &reports)?;
    Some(guest.judge().map_or(Verdict::Compatible, |judged| judged.verdict))
        .filter(|_| guest.is_known_enough())
}

/// Reports by virtual machine, or else by the computer's name. Those that name neither stand alone.
fn by_guest(evidence: &Evidence) -> Vec<Vec<usize>> {
    let mut of_vm: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut of_computer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in evidence.of_kind(Kind::GuestReport).iter().copied() {
        let vm = evidence.vms().named_by(index).or_else(|| {
            // The machine whose own words these are may be known to be one virtual machine.
            let of_machine = evidence.vms().iter();
            let machine = Some(evidence.machine_index(index));
            let mut own = of_machine.filter(|(_, vm)| vm.machine == machine);
            own.next().map(|(vm, _)| vm).filter(|_| own.next().is_none())
        });
        match (vm, evidence.fact(index).map(|fact| &fact.kind)) {
            (Some(vm), _) => of_vm.entry(vm).or_default().push(index),
            (None, Some(FactKind::GuestReport { computer: Some(computer), .. })) => {
                of_computer.entry(computer.to_lowercase()).or_default().push(index);
            }
            _ => {}
        }
    }
    of_vm.into_values().chain(of_computer.into_values()).collect()
}

/// A guest, by its reports.
struct Guest<'a> {
    evidence: &'a Evidence,
    reports: &'a [usize],
    vm: Option<usize>,
    known: Option<&'a KnownVm>,
    told: Reported,
    system: GuestSystem,
    host: Option<usize>,
    /// What its host says of its services, in the words of `Get-VM`.
    state: Option<&'a str>,
}

/// What is said of a guest.
struct JudgedReport {
    verdict: Verdict,
    state: IntegrationState,
    harmless: Harmless,
}

impl<'a> Guest<'a> {
    fn of(evidence: &'a Evidence, reports: &'a [usize]) -> Option<Self> {
        let first = *reports.first()?;
        let vm = reports.iter().find_map(|index| evidence.vms().named_by(*index));
        let vm = vm.or_else(|| evidence.vms_of(first).first().copied());
        let known = vm.and_then(|vm| evidence.vms().get(vm));
        let (mut told, mut host, mut state) = (Reported::default(), None, None);
        for index in reports {
            let fact = evidence.fact(*index)?;
            told.add(&fact.kind);
            let FactKind::GuestReport { host: named, integration_state, .. } = &fact.kind else {
                return None;
            };
            if fact.machine.is_called(named.as_deref()) {
                host = Some(evidence.machine_index(*index));
            } else if let Some(named) = named {
                host = host.or_else(|| called(evidence.machines(), named));
            }
            state = integration_state.as_deref().or(state);
        }
        let system = known.map_or_else(|| told.system(), |vm| vm.system);
        let host = host.or_else(|| evidence.hosts().last_of(vm?));
        Some(Self { evidence, reports, vm, known, told, system, host, state })
    }

    fn is_linux(&self) -> bool {
        matches!(self.system, GuestSystem::Linux | GuestSystem::LinuxLikely)
    }

    /// Windows build of the guest itself.
    fn os_build(&self) -> Option<u32> {
        let build = self.known.and_then(|vm| vm.os_build(self.evidence.machines()));
        build.or(self.told.os_build)
    }

    fn version(&self) -> Option<FileVersion> {
        self.told.integration_version.as_deref()?.parse().ok()
    }

    fn host_is_2016_or_later(&self) -> Option<bool> {
        self.evidence.hosts().is_2016_or_later(self.host?, self.evidence.machines())
    }

    fn host_build(&self) -> Option<u32> {
        self.evidence.machines().get(self.host?)?.os_build
    }

    fn host_services(&self) -> Option<&'a str> {
        self.evidence.hosts().services(self.host?)
    }

    /// Whether the host says that an update is at hand; it says so in its language.
    fn wants_update(&self) -> bool {
        self.state.is_some_and(|state| state.trim().eq_ignore_ascii_case("update required"))
    }

    /// Whether a verdict can be given at all.
    fn is_known_enough(&self) -> bool {
        self.is_linux()
            || self.judge().is_some()
            || (self.version().is_some() && self.host_build().is_some())
    }

    /// What is to be said of its services; `None` where there is nothing, or nothing is known.
    fn judge(&self) -> Option<JudgedReport> {
        if self.is_linux() {
            return self.wants_update().then(|| {
                judged(
                    Verdict::Harmless,
                    Harmless::Yes("the guest runs Linux, whose drivers are not versioned like those of Windows".into()),
                )
            });
        }
        match (self.host_is_2016_or_later(), self.version()) {
            (Some(true), Some(version)) if u32::from(version.build) < BUILD_2016 => {
                let last = IntegrationBuild::last_of_branch(version)?;
                (version.revision < last.version.revision).then(|| {
                    let words = format!(
                        "{} is known of the same release, from {}; hosts since 2016 neither log this \
                         nor bring it",
                        last.version,
                        last.name()
                    );
                    judged(Verdict::Outdated, Harmless::Unknown(words))
                })
            }
            (Some(false), Some(version)) => match self.host_services() {
                Some(host) => self.judge_against(host),
                None => self.judge_by_build(version),
            },
            _ => self.wants_update().then(|| judged(Verdict::Outdated, Harmless::No)),
        }
    }

    /// Against the version that the host gives to its guests.
    fn judge_against(&self, host: &str) -> Option<JudgedReport> {
        match VersionGap::between(self.told.integration_version.as_deref()?, host)? {
            VersionGap::Release | VersionGap::ServicePack => {
                Some(judged(Verdict::Outdated, Harmless::No))
            }
            VersionGap::Hotfix => Some(judged(Verdict::Compatible, Harmless::Yes(A_HOTFIX.into()))),
            VersionGap::GuestNewer => self.newer_guest(),
            VersionGap::None => None,
        }
    }

    /// Against the build of the host, whose own services may be newer than that.
    fn judge_by_build(&self, version: FileVersion) -> Option<JudgedReport> {
        let host = self.host_build()?;
        match u32::from(version.build).cmp(&host) {
            std::cmp::Ordering::Less => Some(judged(Verdict::Outdated, Harmless::No)),
            std::cmp::Ordering::Greater => self.newer_guest(),
            std::cmp::Ordering::Equal => self
                .wants_update()
                .then(|| judged(Verdict::Compatible, Harmless::Yes(A_HOTFIX.into()))),
        }
    }

    /// A Windows newer than the host brings its own services, which is as it should be.
    fn newer_guest(&self) -> Option<JudgedReport> {
        let own = self.version().map(|version| u32::from(version.build));
        (self.os_build().is_none() || self.os_build() != own).then(|| {
            let words =
                "the guest's services are newer than the host, as after a move from a newer one";
            judged(Verdict::HostBehind, Harmless::Unknown(words.into()))
        })
    }

    fn row_of_all(&self) -> Option<GuestAttention> {
        let judged = self.judge()?;
        // What the host gives is for Windows.
        let expected = self.host_services().filter(|_| !self.is_linux());
        self.row(ALL_SERVICES.into(), judged, expected.map(str::to_owned), self.reports)
    }

    /// A row for each service that does not speak the host's version.
    fn rows_of_services(&self) -> Vec<GuestAttention> {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for index in self.reports {
            let fact = self.evidence.fact(*index).map(|fact| &fact.kind);
            if let Some(FactKind::GuestReport { services, .. }) = fact {
                for service in services.iter().filter(|service| service.is_mismatched()) {
                    by_name.entry(&service.name).or_default().push(*index);
                }
            }
        }
        let rows = by_name.into_iter().filter_map(|(name, reports)| {
            let is_old = self.os_build().is_some_and(|build| build < BUILD_2016);
            let harmless = if self.is_linux() {
                Harmless::Yes("the guest runs Linux, which speaks versions of its own".into())
            } else if is_old && self.host_is_2016_or_later() == Some(true) {
                Harmless::Yes("by design: the guest's Windows is older than 2016".into())
            } else {
                Harmless::Unknown(
                    "guest and host agreed on a version that is not the host's newest".into(),
                )
            };
            let verdict = match harmless {
                Harmless::Yes(_) => Verdict::Harmless,
                _ => Verdict::Compatible,
            };
            let judged = JudgedReport { verdict, state: IntegrationState::Differs, harmless };
            self.row(name.to_owned(), judged, None, &reports)
        });
        rows.collect()
    }

    fn row(
        &self,
        service: String,
        JudgedReport { verdict, state, harmless }: JudgedReport,
        expected: Option<String>,
        reports: &[usize],
    ) -> Option<GuestAttention> {
        let last = self.evidence.fact(*reports.last()?)?;
        let host = self.host.and_then(|host| self.evidence.machines().get(host));
        let hosts: Vec<String> = host.map(|host| host.name.clone()).into_iter().collect();
        let shown = self.known.map(KnownVm::display).filter(|name| !name.is_empty());
        let version = self.told.integration_version.clone();
        let sight = GuestSight {
            host: hosts.first().cloned().unwrap_or_else(|| last.locator.source.to_string()),
            host_build: self.host_build(),
            state,
            negotiated: version.clone(),
            expected: expected.clone(),
            first: None,
            last: None,
            count: reports.len() as u64,
        };
        let row = Row {
            name: shown.or_else(|| self.told.computer.clone())?,
            known: self.known,
            reported: &self.told,
            system: self.system,
        };
        Some(GuestAttention {
            hosts,
            guest_update: known_update(version.as_deref()),
            host_update: known_update(expected.as_deref()),
            guest_build: version.clone().or(self.os_build().map(|build| build.to_string())),
            negotiated: version,
            expected,
            host_build: self.host_build(),
            state,
            count: reports.len() as u64,
            harmless,
            verdict,
            advice: advice(verdict, self.system, self.host_is_2016_or_later()),
            history: vec![sight],
            ..row.start(service, last.locator.clone())
        })
    }
}

const A_HOTFIX: &str = "versions that are a hotfix apart are compatible and supported (KB2894285)";

fn judged(verdict: Verdict, harmless: Harmless) -> JudgedReport {
    let state = match verdict {
        Verdict::Outdated | Verdict::Compatible => IntegrationState::Older,
        _ => IntegrationState::Differs,
    };
    JudgedReport { verdict, state, harmless }
}

/// The machine called so, in full or by its first label where only one is.
fn called(machines: &[Machine], name: &str) -> Option<usize> {
    let is_called = |machine: &Machine, name: &str| {
        machine.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let exact = machines.iter().position(|machine| is_called(machine, name));
    let label = name.split('.').next().unwrap_or_default();
    exact.or_else(|| machines.iter().position(|machine| is_called(machine, label)))
}
