//! Machines by what events call them.

use std::collections::{BTreeMap, BTreeSet};

/// Finds machines by computer name or address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    exact: BTreeMap<String, BTreeSet<usize>>,
    /// By the first part of a name.
    labels: BTreeMap<String, BTreeSet<usize>>,
    /// The domains of a machine.
    domains: BTreeMap<usize, BTreeSet<String>>,
}

impl Lookup {
    /// Adds a name in lower case.
    pub(super) fn add(&mut self, name: &str, machine: usize) {
        self.exact.entry(name.to_owned()).or_default().insert(machine);
        let (label, domain) = name.split_once('.').unwrap_or((name, ""));
        self.labels.entry(label.to_owned()).or_default().insert(machine);
        if !domain.is_empty() {
            self.domains.entry(machine).or_default().insert(domain.to_owned());
        }
    }

    /// Adds what is no name of which a part may stand for it.
    pub(super) fn add_address(&mut self, address: &str, machine: usize) {
        self.exact.entry(address.to_owned()).or_default().insert(machine);
    }

    /// The domains of which a machine bears a name.
    pub(super) fn domains_of(&self, machine: usize) -> Option<&BTreeSet<String>> {
        self.domains.get(&machine)
    }

    /// The machine that `teller` calls `name`: of several that are called so in short, the one of its
    /// domain.
    pub(crate) fn find(&self, name: &str, teller: Option<usize>) -> Option<usize> {
        let name = name.trim().trim_end_matches('.').to_lowercase();
        if let Some(exact) = self.exact.get(&name).filter(|_| !self.labels.contains_key(&name)) {
            return only(exact);
        }
        if let Some((label, _)) = name.split_once('.') {
            // Its own logs may know it by its short name alone.
            let short = only(self.labels.get(label)?)?;
            return (!self.domains.contains_key(&short)).then_some(short);
        }
        let alike = self.labels.get(&name)?;
        let own = teller.and_then(|teller| self.domains.get(&teller));
        let domains = |machine: &usize| self.domains.get(machine);
        // The only one that is called so may still be of another domain than whoever speaks of it.
        let may_be = |machine: &usize| {
            own.zip(domains(machine)).is_none_or(|(own, domains)| !domains.is_disjoint(own))
        };
        only(alike).filter(may_be).or_else(|| {
            let is_near =
                |machine: &&usize| own.is_some() && domains(machine).is_some() && may_be(machine);
            only(&alike.iter().filter(is_near).copied().collect())
        })
    }
}

fn only(machines: &BTreeSet<usize>) -> Option<usize> {
    machines.first().copied().filter(|_| machines.len() == 1)
}
