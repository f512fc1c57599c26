//! One guest by its reports, and how it fits its host.

use hvtriage_winfmt::FileVersion;

use crate::evidence::Evidence;
use crate::fact::{FactKind, IntegrationState};
use crate::finding::{Harmless, Verdict};
use crate::hosts::BUILD_2016;
use crate::integration_build::IntegrationBuild;
use crate::version_gap::VersionGap;
use crate::vm::{GuestSystem, KnownVm, Reported};

/// A guest, by its reports.
pub(super) struct Guest<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) reports: &'a [usize],
    pub(super) vm: Option<usize>,
    pub(super) known: Option<&'a KnownVm>,
    pub(super) told: Reported,
    pub(super) system: GuestSystem,
    pub(super) host: Option<usize>,
    /// What its host says of its services, in the words of `Get-VM`.
    pub(super) state: Option<&'a str>,
}

/// What is said of a guest.
pub(super) struct JudgedReport {
    pub(super) verdict: Verdict,
    pub(super) state: IntegrationState,
    pub(super) harmless: Harmless,
    pub(super) basis: ReportBasis,
}

/// What a report was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportBasis {
    /// The services that the host gives, or the host's build.
    Host,
    /// What public lists know of the guest's own release.
    Lists,
    /// Nothing: the host itself says it.
    HostsWord,
}

impl ReportBasis {
    pub(crate) const WORDS: &'static [&'static str] = &["host", "public_lists", "hosts_word"];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Lists => "public_lists",
            Self::HostsWord => "hosts_word",
        }
    }
}

/// What a host says of a guest's services in `Get-VM`, in the language of its Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateText {
    UpToDate,
    UpdateRequired,
    /// In words that are not known here.
    Other,
}

impl StateText {
    /// English, and the German that was seen; the property is text, so no number tells it elsewhere.
    pub(crate) fn of(text: &str) -> Self {
        match text.trim().to_lowercase().as_str() {
            "up to date" => Self::UpToDate,
            "update required" | "aktualisierung erforderlich" => Self::UpdateRequired,
            _ => Self::Other,
        }
    }

    /// The word that reports use.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::UpToDate => Some("up_to_date"),
            Self::UpdateRequired => Some("update_required"),
            Self::Other => None,
        }
    }
}

impl<'a> Guest<'a> {
    pub(super) fn of(evidence: &'a Evidence, reports: &'a [usize]) -> Option<Self> {
        let first = *reports.first()?;
        let vm = evidence.vms_of(first).first().copied();
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
                host = host.or_else(|| evidence.machine_called(named));
            }
            state = integration_state.as_deref().or(state);
        }
        let system = known.map_or_else(|| told.system(), |vm| vm.system);
        let host = host.or_else(|| evidence.hosts().last_of(vm?));
        Some(Self { evidence, reports, vm, known, told, system, host, state })
    }

    /// Every host that a report of it is of; else the one that is known.
    pub(super) fn hosts(&self) -> Vec<usize> {
        let of_reports = self.reports.iter().filter_map(|index| {
            let fact = self.evidence.fact(*index)?;
            let FactKind::GuestReport { host: Some(named), .. } = &fact.kind else { return None };
            let is_own = fact.machine.is_called(Some(named));
            let called = || self.evidence.machine_called(named);
            is_own.then(|| self.evidence.machine_index(*index)).or_else(called)
        });
        let hosts: Vec<usize> = of_reports.collect();
        if hosts.is_empty() { self.host.into_iter().collect() } else { hosts }
    }

    pub(super) fn is_linux(&self) -> bool {
        matches!(self.system, GuestSystem::Linux | GuestSystem::LinuxLikely)
    }

    /// Whether nothing tells what runs in it.
    pub(super) fn runs_unknown_system(&self) -> bool {
        matches!(self.system, GuestSystem::Unknown | GuestSystem::LinuxPossible)
            && self.os_build().is_none()
    }

    /// Windows build of the guest itself.
    pub(super) fn os_build(&self) -> Option<u32> {
        let build = self.known.and_then(|vm| vm.os_build(self.evidence.machines()));
        build.or(self.told.os_build)
    }

    fn version(&self) -> Option<FileVersion> {
        self.told.integration_version.as_deref()?.parse().ok()
    }

    pub(super) fn host_is_2016_or_later(&self) -> Option<bool> {
        self.evidence.hosts().is_2016_or_later(self.host?, self.evidence.machines())
    }

    pub(super) fn host_build(&self) -> Option<u32> {
        self.evidence.machines().get(self.host?)?.os_build
    }

    pub(super) fn host_services(&self) -> Option<&'a str> {
        self.evidence.hosts().services(self.host?)
    }

    /// Whether the host says that an update is at hand.
    fn wants_update(&self) -> bool {
        self.state.map(StateText::of) == Some(StateText::UpdateRequired)
    }

    /// Whether a verdict can be given at all.
    pub(super) fn is_known_enough(&self) -> bool {
        self.is_linux()
            || self.judge().is_some()
            || (self.version().is_some() && self.host_build().is_some())
    }

    /// Whether the version of its services is known, and nothing to compare it with: neither the host's
    /// build or services, nor a word of the host on them.
    pub(super) fn lacks_its_host(&self) -> bool {
        !self.is_linux()
            && self.version().is_some()
            && self.state.map(StateText::of).is_none_or(|state| state == StateText::Other)
            && self.host_is_2016_or_later().is_none()
            && self.host_services().is_none()
    }

    /// What is to be said of its services; `None` where there is nothing, or nothing is known.
    pub(super) fn judge(&self) -> Option<JudgedReport> {
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
                    JudgedReport {
                        basis: ReportBasis::Lists,
                        ..judged(Verdict::Outdated, Harmless::Unknown(words))
                    }
                })
            }
            (Some(false), Some(version)) => match self.host_services() {
                Some(host) => self.judge_against(host),
                None => self.judge_by_build(version),
            },
            _ => self.wants_update().then(|| JudgedReport {
                basis: ReportBasis::HostsWord,
                ..judged(Verdict::Outdated, Harmless::No)
            }),
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
}

const A_HOTFIX: &str = "versions that are a hotfix apart are compatible and supported (KB2894285)";

fn judged(verdict: Verdict, harmless: Harmless) -> JudgedReport {
    let state = match verdict {
        Verdict::Outdated | Verdict::Compatible => IntegrationState::Older,
        _ => IntegrationState::Differs,
    };
    JudgedReport { verdict, state, harmless, basis: ReportBasis::Host }
}
