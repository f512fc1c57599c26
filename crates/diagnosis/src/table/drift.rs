//! Hosts that share virtual machines and are not alike.

use std::collections::{BTreeMap, BTreeSet};

use super::{DriftedHost, HostDrift};
use crate::evidence::Evidence;
use crate::groups::Groups;

/// The most virtual machines that a row names.
const MAX_NAMES: usize = 8;

/// One row for each set of hosts that are joined by the virtual machines that were on several of them,
/// where their builds or the services that they give to guests differ.
pub(super) fn drifts(evidence: &Evidence) -> Vec<HostDrift> {
    let mut groups = Groups::new(evidence.machines().len());
    // Of each host the last fact that shows a shared virtual machine.
    let mut shown: BTreeMap<usize, usize> = BTreeMap::new();
    let mut shared: Vec<(usize, String)> = Vec::new();
    for (index, vm) in evidence.vms().iter() {
        let hosts: Vec<(usize, usize)> = evidence.hosts().of_vm(index).collect();
        // A name is used again; an id is that of one virtual machine wherever it goes.
        let (Some((first, _)), Some(_)) = (hosts.first().filter(|_| hosts.len() > 1), vm.id) else {
            continue;
        };
        for (host, fact) in &hosts {
            groups.join(*first, *host);
            let last = shown.entry(*host).or_insert(*fact);
            *last = (*last).max(*fact);
        }
        shared.push((*first, vm.display()));
    }
    let mut members: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (host, fact) in shown {
        members.entry(groups.root(host)).or_default().push((host, fact));
    }
    let mut names: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (host, name) in shared {
        names.entry(groups.root(host)).or_default().insert(name);
    }
    let rows = members.into_iter().filter_map(|(root, members)| {
        let hosts = members.into_iter().filter_map(|(host, fact)| drifted(evidence, host, fact));
        let mut hosts: Vec<DriftedHost> = hosts.collect();
        hosts.sort_by(|left, right| left.name.cmp(&right.name));
        let builds: BTreeSet<u32> = hosts.iter().filter_map(|host| host.os_build).collect();
        let services: BTreeSet<&String> =
            hosts.iter().filter_map(|host| host.services.as_ref()).collect();
        let vms = names.remove(&root).unwrap_or_default();
        (builds.len() > 1 || services.len() > 1).then(|| HostDrift {
            hosts,
            vm_count: vms.len() as u64,
            vms: vms.into_iter().take(MAX_NAMES).collect(),
        })
    });
    let mut rows: Vec<HostDrift> = rows.collect();
    let first = |row: &HostDrift| row.hosts.first().map(|host| host.name.clone());
    rows.sort_by_key(first);
    rows
}

fn drifted(evidence: &Evidence, host: usize, fact: usize) -> Option<DriftedHost> {
    let machine = evidence.machines().get(host)?;
    Some(DriftedHost {
        name: machine.name.clone(),
        os_build: machine.os_build,
        services: evidence.hosts().services(host).map(str::to_owned),
        citation: evidence.fact(fact)?.locator.clone(),
    })
}
