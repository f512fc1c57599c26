//! What runs in a guest, in one phrase.

use crate::vm::GuestSystem;

/// What is known of a guest's system.
pub(super) struct Known<'a> {
    pub(super) system: GuestSystem,
    /// As the guest reports it.
    pub(super) os_name: Option<&'a str>,
    /// Windows build of the guest itself.
    pub(super) os_build: Option<u32>,
    /// What the versions of its services allow.
    pub(super) shows: Option<&'a str>,
}

/// What the guest says of itself; else what its logs or its versions show.
pub(super) fn runs(known: &Known<'_>) -> Option<String> {
    let windows = || match (known.os_build, known.shows) {
        (Some(build), _) => format!("Windows, build {build}"),
        (None, Some(shown)) => format!("{shown}, by its versions"),
        (None, None) => "Windows".to_owned(),
    };
    if let Some(name) = known.os_name {
        return Some(name.to_owned());
    }
    match known.system {
        GuestSystem::Linux => Some("Linux".to_owned()),
        GuestSystem::LinuxLikely => Some("Linux, by its versions".to_owned()),
        GuestSystem::Windows | GuestSystem::WindowsLikely => Some(windows()),
        GuestSystem::LinuxPossible | GuestSystem::Unknown => match known.os_build {
            Some(_) => Some(windows()),
            None => known.shows.map(|shown| format!("{shown}, by its versions")),
        },
    }
}
