//! Hosts that share virtual machines or a cluster: within these a name means one virtual machine.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::Guid;

use super::names::Names;
use crate::fact::FactKind;
use crate::groups::Groups;
use crate::kind::Kind;

/// The site of every fact's machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sites {
    of_fact: Vec<usize>,
    /// Machines of it that are hosts or nodes.
    hosts: BTreeMap<usize, usize>,
    /// Its domain where there is one and not several.
    domains: BTreeMap<usize, String>,
}

impl Sites {
    pub(super) fn of(names: &mut Names<'_>) -> Self {
        let facts = names.facts();
        let mut groups = Groups::new(names.len());
        let mut first_of_vm: BTreeMap<Guid, usize> = BTreeMap::new();
        let mut hosts: BTreeSet<usize> = BTreeSet::new();
        for (index, fact) in facts.iter().enumerate() {
            let root = names.root_of_fact(index);
            if Kind::of(&fact.kind).is_of_host() {
                hosts.insert(root);
                let id = fact.kind.vm().and_then(|vm| vm.id).filter(|id| !id.is_zero());
                if let Some(id) = id {
                    groups.join(*first_of_vm.entry(id).or_insert(root), root);
                }
            }
            if let FactKind::NodeLost { node } = &fact.kind {
                let teller = names.of_fact(index);
                hosts.insert(root);
                if let Some(node) = names.find_computer(node, Some(teller)) {
                    let node = names.groups.root(node);
                    hosts.insert(node);
                    groups.join(node, root);
                }
            }
        }
        let mut sites = Self::default();
        for host in hosts {
            let count = sites.hosts.entry(groups.root(host)).or_default();
            *count = count.saturating_add(1);
        }
        let mut domains: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for name in 0..names.len() {
            if let Some(domain) = names.domain(name).map(str::to_owned) {
                let root = names.groups.root(name);
                domains.entry(groups.root(root)).or_default().insert(domain);
            }
        }
        sites.domains = domains
            .into_iter()
            .filter(|(_, domains)| domains.len() == 1)
            .filter_map(|(site, domains)| Some((site, domains.into_iter().next()?)))
            .collect();
        sites.of_fact = (0..facts.len())
            .map(|fact| {
                let root = names.root_of_fact(fact);
                groups.root(root)
            })
            .collect();
        sites
    }

    pub(crate) fn of_fact(&self, fact: usize) -> usize {
        self.of_fact.get(fact).copied().unwrap_or_default()
    }

    /// Whether it is known that two sites are not one: they are of two domains, or both have several
    /// hosts, of which no two share anything.
    pub(crate) fn are_apart(&self, one: usize, other: usize) -> bool {
        if one == other {
            return false;
        }
        let has_several = |site: usize| self.hosts.get(&site).is_some_and(|hosts| *hosts > 1);
        let domains = self.domains.get(&one).zip(self.domains.get(&other));
        domains.is_some_and(|(one, other)| one != other) || (has_several(one) && has_several(other))
    }
}
