//! Issues that are known for a STOP code on a version of Windows, and no more than that.
//!
//! Of most only the title of a vendor's article could be read, so none of them raises a finding: they are
//! a list of what to look up when nothing better was found.

use crate::fact::Role;
use crate::filter_driver::FilterDriver;

/// An issue whose article names this STOP code on this Windows. Whether it is the one here is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoKnown {
    /// Number of the article, or a name where it has none.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
}

/// No more than this are listed for one stop.
const MAX_LISTED: usize = 5;

/// What a stop must be like for an issue to be listed.
struct Candidate {
    issue: AlsoKnown,
    codes: &'static [u32],
    /// Windows builds.
    builds: &'static [u32],
    /// `Unknown` where the article speaks of any machine.
    role: Role,
    /// The driver that must be blamed, where the article names one.
    driver: Option<&'static str>,
    /// Whether it is about filters of other makers.
    is_of_filters: bool,
}

/// The issues known for a STOP code, those that name the blamed driver first. A stop that is laid on the
/// filter of another maker is none of those that lie in Windows or in hardware.
pub(super) fn also_known(
    code: u32,
    build: u32,
    role: Role,
    driver: Option<&str>,
) -> Vec<AlsoKnown> {
    let is_filter = driver.and_then(FilterDriver::find).is_some_and(FilterDriver::is_third_party);
    let holds = |candidate: &&Candidate| {
        (candidate.is_of_filters || !is_filter || candidate.driver.is_some())
            && candidate.codes.contains(&code)
            && candidate.builds.contains(&build)
            && (candidate.role == Role::Unknown || candidate.role == role)
            && candidate.driver.is_none_or(|named| driver == Some(named))
    };
    let mut found: Vec<&Candidate> = CANDIDATES.iter().filter(holds).collect();
    found.sort_by_key(|candidate| candidate.driver.is_none());
    found.into_iter().take(MAX_LISTED).map(|candidate| candidate.issue.clone()).collect()
}

const fn host(
    id: &'static str,
    codes: &'static [u32],
    builds: &'static [u32],
    about: &'static str,
) -> Candidate {
    Candidate {
        issue: AlsoKnown { id, about },
        codes,
        builds,
        role: Role::Host,
        driver: None,
        is_of_filters: false,
    }
}

const fn guest(
    id: &'static str,
    codes: &'static [u32],
    builds: &'static [u32],
    about: &'static str,
) -> Candidate {
    Candidate { role: Role::Guest, ..host(id, codes, builds, about) }
}

const fn in_driver(driver: &'static str, candidate: Candidate) -> Candidate {
    Candidate { driver: Some(driver), ..candidate }
}

const OF_2008: &[u32] = &[6001, 6002];
const OF_2008_R2: &[u32] = &[7600, 7601];
const OF_2008_R2_SP1: &[u32] = &[7601];
const OF_2008_TO_2012: &[u32] = &[6001, 6002, 7600, 7601, 9200];
const OF_2012: &[u32] = &[9200];
const OF_2012_R2: &[u32] = &[9600];
const OF_2012_AND_R2: &[u32] = &[9200, 9600];

/// From the titles of articles and of lists of hotfixes.
#[rustfmt::skip]
const CANDIDATES: &[Candidate] = &[
    guest("KB2806542", &[0xD1], OF_2012, "virtual functions of SR-IOV; the update goes on the host"),
    guest("KB983545", &[0x1A], OF_2008_R2, "memory that is added to a 32-bit guest of Windows 7"),
    guest("KB3141074", &[0x1], OF_2012_R2, "shared virtual disks of a cluster of guests"),
    guest("KB2965740", &[0xD6], OF_2012_R2, "a virtual network adapter is removed"),
    host("KB3036173", &[0x50], OF_2012_R2, "a host stops; the title says no more"),
    host("KB2995392", &[0xD1], OF_2012_R2, "a stop after the Hyper-V role was installed"),
    host("KB2914743", &[0xD1], OF_2012_R2, "a host stops; the title says no more"),
    host("KB3027108", &[0x3B, 0x7E], OF_2012_R2, "disks with sectors of 4 KiB"),
    host("KB3032331", &[0x7E], OF_2012_R2, "servers with several processor sockets"),
    host("KB3055343", &[0xD1, 0x139, 0x3B], OF_2012_R2, "stops that seem random"),
    host("KB3078584", &[0x133, 0x13C], OF_2012_R2, "a host stops; the title says no more"),
    in_driver("pacer.sys", host("KB3101694", &[0xD1], OF_2012_R2, "much traffic under quality of service")),
    host("KB2834026", &[0x50], OF_2012, "a virtual machine is made on, or a disk copied to, an SMB share"),
    host("KB2807654", &[0xC2], OF_2012, "backup of a volume with deduplication"),
    host("KB3035444", &[0xF5], OF_2012, "data deduplication"),
    host("KB3036575", &[0xC2], OF_2012, "large files moved over SMB 2.0"),
    in_driver("srv2.sys", host("KB2394911", &[0xD1, 0x7E], OF_2008_R2, "the SMB 2 server")),
    host("KB2877237", &[0x133], OF_2012, "a host stops; the title says no more"),
    in_driver("ntfs.sys", host("KB3013808", &[0x24], OF_2008, "the file system")),
    in_driver("mslbfoprovider.sys", host("LBFO-VMQ", &[0xD1, 0x3B, 0x7E], OF_2012_R2, "teams of adapters with virtual machine queues (one report)")),
    host("KB2520235", &[0x9E], OF_2008_R2, "a disk is added"),
    host("KB2814923", &[0x9E], OF_2008_R2, "a large change journal of a volume"),
    host("KB2876391", &[0x9E], &[7601, 9200], "multipath I/O that hangs (MSDSM)"),
    host("KB2916993", &[0x9E], OF_2012, "a large file that is mapped"),
    in_driver("csvfilter.sys", host("KB2639032", &[0x3B, 0x27, 0x7E], OF_2008_R2, "the connection to a cluster volume is lost")),
    in_driver("csvfilter.sys", host("KB2871803", &[0x7E], OF_2008_R2_SP1, "somebody logs off from a cluster node")),
    in_driver("netft.sys", host("KB2921629", &[0x133], &[7600, 7601, 9200], "the cluster's network driver")),
    in_driver("netft.sys", host("KB3062586", &[0xD1], OF_2012, "the cluster's network driver handles buffers")),
    host("KB3036614", &[0xD1], OF_2012_AND_R2, "a group fails over"),
    host("KB3078420", &[0xC2, 0xD1], OF_2012_R2, "nodes of a cluster"),
    host("KB3047331", &[0x50], OF_2012_AND_R2, "nodes of a cluster"),
    Candidate { role: Role::Unknown, is_of_filters: true, ..host("KB3027577", &[0x7F], OF_2008_R2, "filters of encryption and antivirus that use up the stack together") },
    host("KB3070714", &[0xB8], OF_2008_R2_SP1, "multipath I/O fails over"),
    host("KB963702", &[0x7E, 0xD5], OF_2008, "more than 30 multipath disks"),
    host("KB2277440", &[0xD1], OF_2008, "multipath I/O with ALUA (MSDSM)"),
    host("KB2916984", &[0xD1], OF_2012_R2, "storport and a controller that is not set up yet"),
    host("KB2460907", &[0x7E], OF_2008, "a race in volume snapshots"),
    host("VSTORPORT", &[0xD1], OF_2008_TO_2012, "a start from another maker's virtual storage driver, which can write no dump"),
    host("KB3026771", &[0x7E], OF_2008_R2, "after a backup with volume snapshots"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(code: u32, build: u32, role: Role, driver: Option<&str>) -> Vec<&'static str> {
        also_known(code, build, role, driver).iter().map(|issue| issue.id).collect()
    }

    #[test]
    fn code_windows_and_role_must_fit() {
        assert_eq!(ids(0xF5, 9200, Role::Host, None), ["KB3035444"]);
        assert!(ids(0xF5, 9200, Role::Guest, None).is_empty());
        assert!(ids(0xF5, 9200, Role::Unknown, None).is_empty());
        assert!(ids(0xF5, 9600, Role::Host, None).is_empty());
        assert!(ids(0xF4, 9200, Role::Host, None).is_empty());
        assert_eq!(ids(0xD6, 9600, Role::Guest, Some("netvsc.sys")), ["KB2965740"]);
        assert_eq!(ids(0x7F, 7601, Role::Unknown, None), ["KB3027577"]);
    }

    /// The reviewed list says which issues with a STOP code stand here, and why another does not.
    #[test]
    fn the_list_is_the_reviewed_one() {
        let reviewed = include_str!("../../tests/known_issues.txt").lines();
        let candidates = reviewed.filter(|line| line.starts_with("candidate "));
        let mut told: Vec<&str> = candidates
            .filter(|line| !line.contains(" - "))
            .filter_map(|line| line.split_whitespace().nth(2))
            .collect();
        let mut listed: Vec<&str> = CANDIDATES.iter().map(|it| it.issue.id).collect();
        told.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, told);
    }

    #[test]
    fn one_that_names_the_driver_goes_first_and_counts_for_no_other() {
        let found = ids(0xD1, 9600, Role::Host, Some("pacer.sys"));
        assert_eq!((found.len(), found.first()), (MAX_LISTED, Some(&"KB3101694")));
        assert!(!ids(0xD1, 9600, Role::Host, Some("acme.sys")).contains(&"KB3101694"));
        assert!(ids(0x24, 6002, Role::Host, None).is_empty());
    }

    /// `mfehidk.sys` is McAfee's; `pacer.sys` comes with Windows.
    #[test]
    fn a_stop_in_the_filter_of_another_maker_is_no_issue_of_windows() {
        assert!(ids(0xD1, 9600, Role::Host, Some("mfehidk.sys")).is_empty());
        assert!(!ids(0xD1, 9600, Role::Host, Some("pacer.sys")).is_empty());
        assert_eq!(ids(0x7F, 7601, Role::Host, Some("mfehidk.sys")), ["KB3027577"]);
    }
}
