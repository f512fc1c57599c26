//! Which machines may share what every cluster has: a `Volume1`, a membership.

use std::collections::{BTreeMap, BTreeSet};

use crate::machine::Machine;

/// The nodes of a cluster tell of one change of its membership, or of one volume, within this time.
pub(crate) const NODES_TELL_SECONDS: u64 = 5 * 60;

/// For each machine the name of its cluster, or of what stands for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clusters(Vec<String>);

impl Clusters {
    /// A node of a known cluster belongs to that. Of which cluster another machine is, is not known: it
    /// counts to the only known cluster of its domain, and where there are several, to none of them.
    pub(crate) fn of(machines: &[Machine]) -> Self {
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for machine in machines {
            if let Some(cluster) = known_cluster(machine) {
                known.entry(domain(machine)).or_default().insert(cluster);
            }
        }
        let key = |machine: &Machine| {
            let domain = domain(machine);
            let only = || {
                let clusters = known.get(&domain).filter(|clusters| clusters.len() == 1)?;
                clusters.first().cloned()
            };
            let cluster = known_cluster(machine).or_else(only).unwrap_or_default();
            format!("{domain}/{cluster}")
        };
        Self(machines.iter().map(key).collect())
    }

    /// A text that is the same for machines that may be of one cluster.
    pub(crate) fn key(&self, machine: usize) -> &str {
        self.0.get(machine).map_or("", String::as_str)
    }
}

/// The domain of a machine's name, in lower case; empty where its name has none, and for a dump without
/// a name, which is called by its path.
pub(crate) fn domain(machine: &Machine) -> String {
    let name = Some(machine.name.as_str()).filter(|_| machine.is_named);
    name.and_then(|name| name.split_once('.'))
        .map_or_else(String::new, |(_, domain)| domain.to_lowercase())
}

/// The first node stands for a cluster: not every one is known by its name.
fn known_cluster(machine: &Machine) -> Option<String> {
    let nodes = &machine.cluster.as_ref()?.nodes;
    nodes.first().filter(|_| nodes.len() > 1).map(|node| node.to_lowercase())
}
