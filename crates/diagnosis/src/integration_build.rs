//! Versions of the integration services that are known, and the update each came with.
//!
//! No list of them is Microsoft's own, so a version that is not in the table is not unknown to be
//! anything, and what the table says is shown as told by others.

use hvtriage_winfmt::FileVersion;

static TABLE: &str = include_str!("../data/integration_versions.tsv");

/// A version of the integration services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IntegrationBuild {
    pub(crate) version: FileVersion,
    /// The host whose disk holds it.
    host: &'static str,
    /// The update it came with, where that is told.
    update: Option<&'static str>,
    /// Who says so.
    teller: &'static str,
}

impl IntegrationBuild {
    /// The entry of a version, `6.1.7601.17514`.
    pub(crate) fn find(version: &str) -> Option<Self> {
        let version: FileVersion = version.parse().ok()?;
        all().find(|one| one.version == version)
    }

    /// The last that is known of the same build and servicing branch.
    pub(crate) fn last_of_branch(version: FileVersion) -> Option<Self> {
        let of_branch = all().filter(|one| one.version.compare(version).is_some());
        of_branch.max_by_key(|one| one.version.revision)
    }

    /// `Windows Server 2008 R2, SP1 (by two public lists)`.
    pub(crate) fn name(self) -> String {
        let Self { host, update, teller, .. } = self;
        let update = update.map(|update| format!(", {update}")).unwrap_or_default();
        format!("{host}{update} (by {teller})")
    }
}

fn all() -> impl Iterator<Item = IntegrationBuild> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        Some(IntegrationBuild {
            version: columns.next()?.parse().ok()?,
            host: columns.next()?,
            update: columns.next().filter(|update| !update.is_empty()),
            teller: columns.next()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_in_order() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let known: Vec<IntegrationBuild> = all().collect();
        assert_eq!(known.len(), lines);
        let key = |one: &IntegrationBuild| {
            let FileVersion { major, minor, build, revision } = one.version;
            [major, minor, build, revision]
        };
        assert!(known.is_sorted_by_key(key));
    }

    #[test]
    fn versions_stand_for_updates() {
        let name = |version| IntegrationBuild::find(version).map(IntegrationBuild::name);
        assert_eq!(
            name("6.1.7601.17514").as_deref(),
            Some("Windows Server 2008 R2, SP1 (by two public lists)")
        );
        assert_eq!(
            name("6.3.9600.17831").as_deref(),
            Some("Windows Server 2012 R2 (by two public lists)")
        );
        assert_eq!(name("6.3.9600.17832"), None);
        assert_eq!(name("3.1"), None);
    }

    /// Of 2008 R2 without a service pack the updates are of the other branch than the release.
    #[test]
    fn the_last_of_a_branch_and_no_other() {
        let last = |version: &str| {
            let last = IntegrationBuild::last_of_branch(version.parse().unwrap());
            last.map(|one| one.version.to_string())
        };
        assert_eq!(last("6.1.7600.16385").as_deref(), Some("6.1.7600.16385"));
        assert_eq!(last("6.1.7600.20542").as_deref(), Some("6.1.7600.20778"));
        assert_eq!(last("6.3.9600.16384").as_deref(), Some("6.3.9600.19456"));
        assert_eq!(last("10.0.17763.1"), None);
    }
}
