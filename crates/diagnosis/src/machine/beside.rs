//! Files that name no machine, and the computer among whose logs, or in whose part of a collection, they lie.

use std::collections::{BTreeMap, BTreeSet};

use super::build_told;
use super::builds::is_same_release;
use super::names::Names;
use super::reason::{ReasonKind, Strength};
use crate::fact::{FactKind, Role};
use crate::kind::Kind;

/// Joins a file with the computer among whose logs or files it lies, unless something else tells whose it is, or
/// speaks against it: the dump of a guest is kept on its host as well.
pub(super) fn join_beside(names: &mut Names<'_>) {
    let facts = names.facts();
    let mut hosts: BTreeSet<usize> = BTreeSet::new();
    let mut dumps_of_guests: BTreeSet<usize> = BTreeSet::new();
    let mut builds: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
    for (index, fact) in facts.iter().enumerate() {
        let root = names.root_of_fact(index);
        if Kind::of(&fact.kind).is_of_host() {
            hosts.insert(root);
        }
        if let Some(build) = build_told(fact) {
            builds.entry(root).or_default().insert(build);
            builds.entry(names.of_fact(index)).or_default().insert(build);
        }
        if matches!(fact.kind, FactKind::Crash { role: Role::Guest, .. }) {
            dumps_of_guests.insert(names.of_fact(index));
        }
    }
    let of_computers = (0..names.len()).filter(|name| names.computer(*name).is_some());
    let of_computers: Vec<usize> = of_computers.collect();
    let named: BTreeSet<usize> =
        of_computers.into_iter().map(|name| names.groups.root(name)).collect();
    for (index, fact) in facts.iter().enumerate() {
        let FactKind::LiesBeside { computer, collector, copy } = &fact.kind else { continue };
        let own = names.of_fact(index);
        let is_known = named.contains(&names.groups.root(own));
        let Some(other) = names.find_computer(computer, None).filter(|_| !is_known) else {
            continue;
        };
        let is_guests = dumps_of_guests.contains(&own) && hosts.contains(&names.groups.root(other));
        let is_of_another_release = is_of_another_release(&builds, own, names.groups.root(other));
        if is_guests || is_of_another_release || names.contradiction(own, other).is_some() {
            continue;
        }
        let (own_name, other_name) =
            (copy.as_deref().unwrap_or(names.shown(own)), names.shown(other));
        let words = match collector {
            Some(collector) => {
                format!("{own_name} lies where {collector} puts the files of {other_name}")
            }
            None => format!("{own_name} lies in the folder of the logs of {other_name}"),
        };
        let reason = names.reason(Strength::Likely, ReasonKind::Folder, words, &[index]);
        names.join(own, other, reason);
    }
}

/// Whether the files of two machines tell releases of Windows none of which is the other's. A machine may have
/// been set up anew since, and where a file lies is too little to say so.
fn is_of_another_release(
    builds: &BTreeMap<usize, BTreeSet<u32>>,
    own: usize,
    other: usize,
) -> bool {
    let (Some(own), Some(other)) = (builds.get(&own), builds.get(&other)) else { return false };
    !own.iter().any(|one| other.iter().any(|another| is_same_release(*one, *another)))
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::FileOffset;

    use crate::evidence::Evidence;
    use crate::fact::{
        Bugcheck, Fact, FactKind, Locator, MachineName, Place, Role, StopAbout, Vm, VmStateKind,
    };

    const DUMP: &str = "case/HV1/MEMORY.DMP";

    fn fact(machine: MachineName, id: u64, kind: FactKind) -> Fact {
        let place = Place::Record { id, offset: FileOffset(id) };
        let locator = Locator { source: "case".into(), place };
        Fact { locator, time: None, machine, os_build: None, kind }
    }

    /// The names of the machines of a host's log and of a dump among its logs.
    fn names(role: Role, build_of_dump: u32) -> Vec<Vec<String>> {
        let host = || MachineName::Computer("HV1".into());
        let dump = || MachineName::Source(DUMP.into());
        let started = FactKind::VmState {
            vm: Vm { id: None, name: Some("SQL1".into()) },
            state: VmStateKind::Started,
            event_id: 18500,
        };
        let crash = FactKind::Crash {
            bugcheck: Bugcheck { code: 0xD1, parameters: [0; 4] },
            blamed: None,
            role,
            modules: Vec::new(),
            about: StopAbout::default(),
        };
        let time = |seconds| {
            "2015-01-10T10:00:00Z"
                .parse()
                .ok()
                .map(|it: hvtriage_winfmt::FileTime| it.saturating_add_seconds(seconds))
        };
        let facts = vec![
            Fact { time: time(100), ..fact(host(), 1, FactKind::OsVersion { build: 9600 }) },
            Fact { time: time(110), ..fact(host(), 2, started) },
            Fact { time: time(200), os_build: Some(build_of_dump), ..fact(dump(), 3, crash) },
            fact(
                dump(),
                4,
                FactKind::LiesBeside { computer: "hv1".into(), collector: None, copy: None },
            ),
        ];
        let evidence = Evidence::gather(facts);
        evidence.machines().iter().map(|machine| machine.names.clone()).collect()
    }

    #[test]
    fn a_dump_among_the_logs_of_a_computer_is_of_it() {
        assert_eq!(names(Role::Host, 9600).len(), 1);
        assert_eq!(names(Role::Unknown, 9600).len(), 1);
    }

    #[test]
    fn the_dump_of_a_guest_or_of_an_older_windows_is_not_of_the_host() {
        assert_eq!(names(Role::Guest, 9600).len(), 2);
        assert_eq!(names(Role::Unknown, 7601).len(), 2);
        // Nor one of a later Windows: the folder alone does not tell that the host was set up anew.
        assert_eq!(names(Role::Unknown, 14393).len(), 2);
    }
}
