//! How far the integration services of a guest lie behind those of its host.

use std::cmp::Ordering;

use hvtriage_winfmt::FileVersion;

/// The distance between two builds of the integration services. Ordered, the harmless first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VersionGap {
    /// The guest is newer: it came from a newer cluster, or the host was left behind.
    GuestNewer,
    None,
    /// The same release and service pack.
    Hotfix,
    /// The same release.
    ServicePack,
    Release,
}

impl VersionGap {
    pub(crate) const WORDS: &'static [&'static str] =
        &["guest_newer", "none", "hotfix", "service_pack", "release"];

    /// `None` where one of the texts is no file version, or where the guest's number is the higher one
    /// but of another servicing branch: an LDR build of the guest may be older than a GDR build of the
    /// host, so nothing is said of which is newer. A lower number of the same build is a hotfix apart
    /// in any branch, which is all that counts then: the packages of 2008 R2 that raised the services
    /// from 6.1.7600.16385 were of the other branch, 6.1.7600.20542 to 20778.
    pub(crate) fn between(guest: &str, host: &str) -> Option<Self> {
        let guest: FileVersion = guest.parse().ok()?;
        let host: FileVersion = host.parse().ok()?;
        let parts = |it: FileVersion| [it.major, it.minor, it.build, it.revision];
        let build = |it: FileVersion| (it.major, it.minor, it.build);
        let is_one_build = build(guest) == build(host);
        Some(match parts(guest).cmp(&parts(host)) {
            Ordering::Greater if is_one_build && guest.compare(host).is_none() => return None,
            Ordering::Greater => Self::GuestNewer,
            Ordering::Equal => Self::None,
            Ordering::Less if (guest.major, guest.minor) != (host.major, host.minor) => {
                Self::Release
            }
            Ordering::Less if guest.build != host.build => Self::ServicePack,
            Ordering::Less => Self::Hotfix,
        })
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::GuestNewer => "guest_newer",
            Self::None => "none",
            Self::Hotfix => "hotfix",
            Self::ServicePack => "service_pack",
            Self::Release => "release",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps() {
        let gap = VersionGap::between;
        let host = "6.1.7601.17514";
        assert_eq!(gap("6.1.7600.16385", host), Some(VersionGap::ServicePack));
        assert_eq!(gap("6.0.6002.18005", host), Some(VersionGap::Release));
        assert_eq!(gap("6.2.9200.16384", host), Some(VersionGap::GuestNewer));
        assert_eq!(gap(host, host), Some(VersionGap::None));
        assert_eq!(gap("6.1.7600.16385", "6.1.7600.20778"), Some(VersionGap::Hotfix));
        assert_eq!(gap("3.1", host), None);
        assert_eq!(gap("6.1.7601.17600", host), Some(VersionGap::GuestNewer));
        assert_eq!(gap("6.1.7601.21700", host), None);
    }
}
