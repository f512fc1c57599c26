//! Whether a mismatch between a guest and its host matters, by events.

use crate::fact::IntegrationState;
use crate::finding::{Harmless, Verdict};
use crate::hosts::BUILD_2016;
use crate::version_gap::VersionGap;
use crate::vm::GuestSystem;

/// What is known of a service of a guest.
pub(super) struct Judged {
    pub(super) system: GuestSystem,
    pub(super) state: IntegrationState,
    pub(super) event_id: u32,
    pub(super) host_is_2016_or_later: bool,
    pub(super) guest_build: Option<u32>,
    pub(super) gap: Option<VersionGap>,
}

impl Judged {
    /// Whether an event is the one that hosts since 2016 log of every older guest.
    fn is_of_old_guest(&self) -> bool {
        self.event_id == 4000 && self.host_is_2016_or_later
    }
}

/// KB2956569 for Linux, KB4014894 for guests older than the host, KB2894285 for the rest.
pub(super) fn harmless(judged: &Judged) -> Harmless {
    let Judged { system, state, guest_build, gap, .. } = *judged;
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
        (IntegrationState::Incompatible, _) if judged.is_of_old_guest() => match guest_build {
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

/// How guest and host fit, by the state that was logged last.
pub(super) fn verdict(judged: &Judged, harmless: &Harmless) -> Verdict {
    match (judged.state, harmless) {
        (IntegrationState::Newest, _) | (IntegrationState::Older, Harmless::Yes(_)) => {
            Verdict::Compatible
        }
        (_, Harmless::Yes(_)) => Verdict::Harmless,
        // Differs means connected; how old the guest's are is known only if it is Windows.
        (IntegrationState::Differs, Harmless::No) => Verdict::Outdated,
        (IntegrationState::Differs, Harmless::Unknown(_)) => Verdict::Compatible,
        (IntegrationState::Older, Harmless::No) => Verdict::Outdated,
        (IntegrationState::Older, Harmless::Unknown(_)) => Verdict::HostBehind,
        (IntegrationState::Incompatible, Harmless::Unknown(_)) if judged.is_of_old_guest() => {
            Verdict::Unknown
        }
        (IntegrationState::Incompatible, _) => Verdict::Incompatible,
    }
}

/// What to do about it. Hosts since 2016 have no disk with services: Windows Update brings them.
pub(super) fn advice(
    verdict: Verdict,
    system: GuestSystem,
    host_is_2016_or_later: Option<bool>,
) -> Option<&'static str> {
    let is_linux = matches!(system, GuestSystem::Linux | GuestSystem::LinuxLikely);
    match (verdict, host_is_2016_or_later) {
        (Verdict::Outdated | Verdict::Incompatible, _) if is_linux => {
            Some("update the guest's kernel or its Linux Integration Services")
        }
        (Verdict::Outdated | Verdict::Incompatible, Some(true)) => Some(
            "let Windows Update in the guest bring the services, for which Data Exchange must be \
             enabled; hosts since 2016 have no vmguest.iso",
        ),
        (Verdict::Outdated | Verdict::Incompatible, Some(false)) => Some(
            "bring the hosts to one level, then install the services from vmguest.iso in the guest",
        ),
        (Verdict::Outdated | Verdict::Incompatible, None) => Some(
            "update the services: from vmguest.iso of a host up to 2012 R2, by Windows Update in the \
             guest on later hosts",
        ),
        (Verdict::Unknown, _) if system == GuestSystem::Unknown => Some(
            "bring its key-value pairs, or Get-VM of its host while it runs: they tell what it runs",
        ),
        (Verdict::HostBehind, _) => Some("update the host to the level of the guest's former host"),
        _ => None,
    }
}
