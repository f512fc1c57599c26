//! Which systems the versions betray that a guest's services agreed on.
//!
//! Host and guest agree on the highest version that both offer. One below what the host expects is
//! therefore the highest of the guest; the one that the host expects is a lower bound of it.
//!
//! | service | 2008 | 2008 R2 | 2012 | 2012 R2 | 2016 and later | Linux |
//! |---|---|---|---|---|---|---|
//! | heartbeat | 1.0 | 3.0 | 3.0 | 3.0 | 3.0 | 3.0 |
//! | key-value pairs | 1.0 | 3.0 | 4.0 | 5.0 | 5.0 | 4.0 |
//! | backup | none | none | 4.0 | 5.0 | 6.0, 7.0 | 5.0 |
//! | time | 1.0 | 3.0 | 3.0 | 3.0 | 3.0, 4.0 | 3.0, 4.0 |
//!
//! Sources: `hv_util.c`, `hv_kvp.c` and `hv_snapshot.c` of Linux, the protocol crate of OpenVMM; the
//! columns of 2008 and 2008 R2 but for their own numbers are derived. Shutdown is left out: its version
//! differs between builds of one release.

use std::collections::BTreeMap;

use crate::fact::IntegrationState;
use crate::vm::GuestSystem;

/// A set of systems, one bit each.
type Systems = u8;

const W2008: Systems = 1;
const W2008_R2: Systems = 2;
const W2012: Systems = 4;
const W2012_R2: Systems = 8;
const W2016: Systems = 16;
const LINUX: Systems = 32;
const ALL: Systems = W2008 | W2008_R2 | W2012 | W2012_R2 | W2016 | LINUX;

/// A version: major and minor.
type Protocol = (u32, u32);

/// Words in the name of a service, and the highest versions that systems offer of it.
type Offers = (&'static [&'static str], &'static [(Systems, Protocol)]);

const OFFERS: &[Offers] = &[
    (&["heartbeat"], &[(W2008, (1, 0)), (W2008_R2 | W2012 | W2012_R2 | W2016 | LINUX, (3, 0))]),
    (
        &["key-value", "kvp", "data exchange"],
        &[(W2008, (1, 0)), (W2008_R2, (3, 0)), (W2012 | LINUX, (4, 0)), (W2012_R2 | W2016, (5, 0))],
    ),
    (
        &["shadow", "vss", "backup"],
        &[(W2012, (4, 0)), (W2012_R2 | LINUX, (5, 0)), (W2016, (6, 0)), (W2016, (7, 0))],
    ),
    (
        &["time"],
        &[
            (W2008, (1, 0)),
            (W2008_R2 | W2012 | W2012_R2 | W2016 | LINUX, (3, 0)),
            (W2016 | LINUX, (4, 0)),
        ],
    ),
];

/// What was last logged of a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken<'a> {
    pub(crate) state: IntegrationState,
    pub(crate) negotiated: Option<&'a str>,
    pub(crate) expected: Option<&'a str>,
    /// Windows build of the host.
    pub(crate) host_build: Option<u32>,
}

/// The systems that all services of a guest allow, in words; `None` where they tell nothing or
/// contradict each other, or what is known of the guest's `system` otherwise.
pub(crate) fn betrayed(
    services: &BTreeMap<&str, Spoken<'_>>,
    system: GuestSystem,
) -> Option<String> {
    let possible = match system {
        GuestSystem::Linux | GuestSystem::LinuxLikely => LINUX,
        GuestSystem::Windows | GuestSystem::WindowsLikely => ALL & !LINUX,
        GuestSystem::LinuxPossible | GuestSystem::Unknown => ALL,
    };
    let allowed = services.iter().filter_map(|(service, spoken)| systems(service, spoken));
    words(allowed.reduce(|left, right| left & right)? & possible)
}

fn systems(service: &str, spoken: &Spoken<'_>) -> Option<Systems> {
    let service = service.to_lowercase();
    let (_, offers) =
        OFFERS.iter().find(|(names, _)| names.iter().any(|name| service.contains(name)))?;
    let fits: Box<dyn Fn(Protocol) -> bool> = match spoken.state {
        IntegrationState::Differs => {
            let negotiated = protocol(spoken.negotiated?)?;
            if negotiated >= protocol(spoken.expected?)? {
                return None;
            }
            Box::new(move |highest| highest == negotiated)
        }
        IntegrationState::Newest => {
            let of_host = spoken.expected.and_then(protocol);
            let least = of_host.or_else(|| offered_by_host(offers, spoken.host_build?))?;
            Box::new(move |highest| highest >= least)
        }
        IntegrationState::Older | IntegrationState::Incompatible => return None,
    };
    let found = offers.iter().filter(|(_, highest)| fits(*highest)).map(|(systems, _)| *systems);
    found.reduce(|left, right| left | right)
}

/// What a host expects that logs that a service is at the newest version: only 2012 and 2012 R2 do.
fn offered_by_host(offers: &[(Systems, Protocol)], host_build: u32) -> Option<Protocol> {
    let host = match host_build {
        9200 => W2012,
        9600 => W2012_R2,
        _ => return None,
    };
    offers.iter().find(|(systems, _)| systems & host != 0).map(|(_, highest)| *highest)
}

fn protocol(text: &str) -> Option<Protocol> {
    let (major, minor) = text.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The set in words, unless it is that of all systems.
fn words(systems: Systems) -> Option<String> {
    let windows = match systems & !LINUX {
        0 => None,
        W2008 => Some("Windows Server 2008"),
        W2008_R2 => Some("Windows 7 or Server 2008 R2"),
        W2012 => Some("Windows 8 or Server 2012"),
        W2012_R2 => Some("Windows 8.1 or Server 2012 R2"),
        W2016 => Some("Windows Server 2016 or later"),
        it if it == W2012_R2 | W2016 => Some("Windows Server 2012 R2 or later"),
        it if it == W2012 | W2012_R2 | W2016 => Some("Windows Server 2012 or later"),
        it if it == W2008_R2 | W2012 | W2012_R2 | W2016 => Some("Windows Server 2008 R2 or later"),
        it if it == W2008_R2 | W2012 => Some("Windows Server 2008 R2 or 2012"),
        it if it == W2012 | W2012_R2 => Some("Windows Server 2012 or 2012 R2"),
        it if it == W2008_R2 | W2012 | W2012_R2 => Some("Windows Server 2008 R2 to 2012 R2"),
        _ => return None,
    };
    match windows {
        _ if systems == ALL => None,
        Some(windows) if systems & LINUX != 0 => Some(format!("{windows}, or Linux")),
        Some(windows) => Some(windows.to_owned()),
        None if systems == LINUX => Some("Linux (its kernel's drivers or LIS)".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        services: &[(&'static str, IntegrationState, &'static str, &'static str)],
    ) -> Option<String> {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let spoken = services.iter().map(|(service, state, negotiated, expected)| {
            let (negotiated, expected) = (some(negotiated), some(expected));
            (*service, Spoken { state: *state, negotiated, expected, host_build: Some(9600) })
        });
        betrayed(&spoken.collect(), GuestSystem::Unknown)
    }

    /// The guests of a 2012 R2 host, by the table above.
    #[test]
    fn guests_of_2012_r2() {
        use IntegrationState::{Differs, Incompatible, Newest};
        const KVP: &str = "Key-Value Pair Exchange";
        const VSS: &str = "Volume Shadow Copy";
        for (services, expected) in [
            (&[(KVP, Differs, "4.0", "5.0")][..], Some("Windows 8 or Server 2012, or Linux")),
            (
                &[(KVP, Differs, "4.0", "5.0"), (VSS, Differs, "4.0", "5.0")],
                Some("Windows 8 or Server 2012"),
            ),
            (
                &[(KVP, Differs, "4.0", "5.0"), (VSS, Newest, "", "")],
                Some("Linux (its kernel's drivers or LIS)"),
            ),
            (&[(KVP, Newest, "", "")], Some("Windows Server 2012 R2 or later")),
            (&[(KVP, Differs, "3.0", "5.0")], Some("Windows 7 or Server 2008 R2")),
            (&[("Heartbeat", Differs, "1.0", "3.0")], Some("Windows Server 2008")),
            (&[("Heartbeat", Newest, "", "")], Some("Windows Server 2008 R2 or later, or Linux")),
            // Nothing offers this, and these two contradict each other.
            (&[(KVP, Differs, "2.0", "5.0")], None),
            (&[(KVP, Differs, "3.0", "5.0"), (VSS, Newest, "", "")], None),
            (&[(KVP, Incompatible, "3.0", "5.0")], None),
            (&[("Synthetic SCSI Controller", Differs, "4.2", "6.0")], None),
        ] {
            assert_eq!(of(services).as_deref(), expected, "{services:?}");
        }
    }
}
