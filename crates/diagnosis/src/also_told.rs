//! What facts are good for that no rule asks for: fields of other facts, and tables, are made of them.

use crate::kind::Kind;

/// What a kind of fact, in the word of rules, tells beside itself: what rules test on other facts, and what
/// guests and hosts are known by. Nothing for a kind that speaks for itself alone.
///
/// ```
/// use hvtriage_diagnosis::also_told_by;
///
/// assert!(also_told_by("os_version").is_some_and(|told| told.starts_with("the build")));
/// assert_eq!(also_told_by("guest_triple_fault"), None);
/// ```
#[must_use]
pub fn also_told_by(kind: &str) -> Option<&'static str> {
    let kind = Kind::ALL.into_iter().find(|known| known.word() == kind)?;
    match kind {
        Kind::OsVersion => {
            Some("the build of the machine, by which rules decide, and when it started")
        }
        Kind::VmState => {
            Some("on which host a guest is, and since when it runs there or does not run")
        }
        Kind::LiveMigration => Some("on which host a guest is, and from where it came"),
        Kind::HyperVHost => Some("that the machine is a host"),
        Kind::VmFiles => Some("on which volume the disks of a guest lie"),
        Kind::Integration => Some("on which host a guest is, and what may run in it"),
        Kind::ComputerRenamed => Some("under which other name the machine wrote its logs"),
        _ => None,
    }
}
