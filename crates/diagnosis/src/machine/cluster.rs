//! Which machines are nodes of one cluster.
//!
//! Names of volumes and resources show nothing: every cluster has a `Cluster Disk 1` and a `Volume1`.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::{FileTime, Guid};

use super::lookup::Lookup;
use super::reason::{Reason, ReasonKind, Strength};
use super::{Machine, MachineRole, SeenRole};
use crate::fact::{Fact, FactKind};
use crate::groups::Groups;

/// A cluster, as far as the evidence shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name, where a registry tells it.
    pub name: Option<String>,
    /// Its nodes by display name, those of which there are no logs as others call them; sorted.
    pub nodes: Vec<String>,
    /// Why this machine is held to be one of them.
    pub reasons: Vec<Reason>,
}

/// A clustered virtual machine is logged by both nodes within this time when it moves.
const OF_ONE_MOVE_SECONDS: u64 = 60 * 60;
/// Windows allows no more nodes; more are several clusters, or none.
const MAX_NODES: usize = 64;
/// More reasons say nothing more.
const MAX_REASONS: usize = 12;

/// A node: a machine of the evidence, or one that is only named.
type Node = usize;

/// Two nodes, why they are of one cluster, and the facts that show it.
struct Link {
    nodes: [Node; 2],
    reason: Reason,
}

/// Finds the cluster of each machine.
pub(super) fn find(machines: &mut [Machine], lookup: &Lookup, facts: &[Fact], of_fact: &[usize]) {
    let mut links =
        Links { lookup, machines, facts, named: BTreeMap::new(), links: BTreeMap::new() };
    let mut moved: BTreeMap<Guid, (FileTime, usize, usize)> = BTreeMap::new();
    let mut called: BTreeMap<usize, String> = BTreeMap::new();
    let mut first_called: BTreeMap<(String, Option<String>), (usize, usize)> = BTreeMap::new();
    for (index, (fact, machine)) in facts.iter().zip(of_fact).enumerate() {
        match &fact.kind {
            FactKind::NodeLost { node } => links.lost(*machine, node, index),
            FactKind::LiveMigration { vm, event_id: Some(22501..=22506), .. } => {
                let (Some(id), Some(time)) = (vm.id, fact.time) else { continue };
                let last = moved.insert(id, (time, *machine, index));
                if let Some((before, other, with)) = last.filter(|(_, other, _)| other != machine)
                    && time <= before.saturating_add_seconds(OF_ONE_MOVE_SECONDS)
                {
                    links.moved([other, *machine], [with, index]);
                }
            }
            FactKind::RegistryValue { key, name, data } if is_cluster_name(key, name) => {
                called.insert(*machine, data.trim().to_owned());
                // Two clusters may have one name, in two domains.
                let domain = lookup.domains_of(*machine).and_then(|domains| domains.first());
                let key = (data.trim().to_lowercase(), domain.cloned());
                let first = *first_called.entry(key).or_insert((*machine, index));
                if first.0 != *machine {
                    links.called_alike([first.0, *machine], [first.1, index]);
                }
            }
            _ => {}
        }
    }
    let Links { named, links, .. } = links;
    tell(machines, &named, links, &called);
}

fn tell(
    machines: &mut [Machine],
    named: &BTreeMap<String, Node>,
    links: BTreeMap<(Node, Node), Link>,
    called: &BTreeMap<usize, String>,
) {
    let mut groups = Groups::new(machines.len().saturating_add(named.len()));
    for link in links.values() {
        groups.join(link.nodes[0], link.nodes[1]);
    }
    let shown: BTreeMap<Node, String> = named
        .iter()
        .map(|(name, node)| (*node, name.clone()))
        .chain(machines.iter().enumerate().map(|(node, machine)| (node, machine.name.clone())))
        .collect();
    let mut members: BTreeMap<usize, BTreeSet<Node>> = BTreeMap::new();
    for link in links.values() {
        let root = groups.root(link.nodes[0]);
        members.entry(root).or_default().extend(link.nodes);
    }
    let mut reasons: BTreeMap<Node, Vec<Reason>> = BTreeMap::new();
    for link in links.into_values() {
        for node in link.nodes {
            reasons.entry(node).or_default().push(link.reason.clone());
        }
    }
    for (number, machine) in machines.iter_mut().enumerate() {
        let root = groups.root(number);
        let nodes = members.get(&root);
        if nodes.is_none() && !called.contains_key(&number) {
            continue;
        }
        if nodes.is_some_and(|nodes| nodes.len() > MAX_NODES) {
            continue;
        }
        let alone = BTreeSet::from([number]);
        let nodes = nodes.unwrap_or(&alone);
        let names: BTreeSet<&String> = nodes.iter().filter_map(|node| called.get(node)).collect();
        let mut names = names.into_iter();
        let name = match (names.next(), names.next()) {
            (Some(name), None) => Some(name.clone()),
            _ => None,
        };
        let mut nodes: Vec<String> =
            nodes.iter().filter_map(|node| shown.get(node)).cloned().collect();
        nodes.sort();
        let mut reasons = reasons.remove(&number).unwrap_or_default();
        reasons.sort();
        reasons.truncate(MAX_REASONS);
        let role = MachineRole::Node;
        if !machine.roles.iter().any(|seen| seen.role == role) {
            let words = reasons.first().map_or("its registry names a cluster", |it| &it.words);
            let locator = reasons.first().and_then(|reason| reason.locators.first().cloned());
            machine.roles.push(SeenRole { role, words: words.to_owned(), locator });
        }
        machine.cluster = Some(Cluster { name, nodes, reasons });
    }
}

/// Links between nodes, the first of each kind for two.
struct Links<'a> {
    lookup: &'a Lookup,
    machines: &'a [Machine],
    facts: &'a [Fact],
    /// Nodes of which there is nothing but the name.
    named: BTreeMap<String, Node>,
    links: BTreeMap<(Node, Node), Link>,
}

impl Links<'_> {
    fn lost(&mut self, teller: usize, node: &str, fact: usize) {
        let next = self.machines.len().saturating_add(self.named.len());
        let lost = match self.lookup.find(node, Some(teller)) {
            Some(machine) => machine,
            None if node.trim().is_empty() => return,
            None => *self.named.entry(node.trim().to_uppercase()).or_insert(next),
        };
        let words = format!("{} tells that node {} was lost", self.shown(teller), node.trim());
        self.add(Strength::Certain, ReasonKind::NodeLost, words, [teller, lost], &[fact]);
    }

    fn moved(&mut self, nodes: [Node; 2], facts: [usize; 2]) {
        let words = format!(
            "{} and {} log the move of one clustered virtual machine",
            self.shown(nodes[0]),
            self.shown(nodes[1])
        );
        self.add(Strength::Strong, ReasonKind::ClusteredMove, words, nodes, &facts);
    }

    fn called_alike(&mut self, nodes: [Node; 2], facts: [usize; 2]) {
        let words = format!(
            "the registries of {} and {} name one cluster",
            self.shown(nodes[0]),
            self.shown(nodes[1])
        );
        self.add(Strength::Strong, ReasonKind::ClusterName, words, nodes, &facts);
    }

    fn shown(&self, node: Node) -> &str {
        self.machines.get(node).map_or("", |machine| machine.name.as_str())
    }

    fn add(
        &mut self,
        strength: Strength,
        kind: ReasonKind,
        words: String,
        nodes: [Node; 2],
        facts: &[usize],
    ) {
        if nodes[0] == nodes[1] {
            return;
        }
        let key = (nodes[0].min(nodes[1]), nodes[0].max(nodes[1]));
        if self.links.get(&key).is_some_and(|known| known.reason.strength <= strength) {
            return;
        }
        let locators = facts.iter().filter_map(|fact| self.facts.get(*fact));
        let locators = locators.map(|fact| fact.locator.clone()).collect();
        let reason = Reason { strength, kind, words, locators };
        self.links.insert(key, Link { nodes, reason });
    }
}

fn is_cluster_name(key: &str, value: &str) -> bool {
    let hive = key.rsplit('\\').next().unwrap_or_default();
    hive.eq_ignore_ascii_case("Cluster") && value.eq_ignore_ascii_case("ClusterName")
}
