//! Findings that are of one failure, and which of them follows from which.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::restarts::Restarts;
use crate::evidence::Evidence;
use crate::groups::Groups;

/// Why a finding follows from others of its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Other nodes missed the host that went down.
    NodeMissed,
    /// Its host went down.
    HostDied,
    /// Its host lost the storage.
    StorageLost,
}

/// A finding that follows from others.
#[derive(Clone, Debug, Default)]
pub(super) struct Consequence {
    pub(super) why: BTreeSet<Why>,
    /// The virtual machines that it befell.
    pub(super) vms: BTreeSet<usize>,
}

/// What is known of how findings belong together.
pub(super) struct Links {
    pub(super) index: Index,
    groups: Groups,
    consequences: BTreeMap<usize, Consequence>,
    restarts: BTreeMap<usize, Restarts>,
}

impl Links {
    /// Of `count` findings, each by itself.
    pub(super) fn new(index: Index, count: usize) -> Self {
        Self {
            index,
            groups: Groups::new(count),
            consequences: BTreeMap::new(),
            restarts: BTreeMap::new(),
        }
    }

    pub(super) fn join(&mut self, left: usize, right: usize) {
        self.groups.join(left, right);
    }

    /// Makes findings one incident.
    pub(super) fn join_all(&mut self, findings: impl IntoIterator<Item = usize>) {
        let mut findings = findings.into_iter();
        let Some(first) = findings.next() else { return };
        for other in findings {
            self.groups.join(first, other);
        }
    }

    /// Makes findings one incident in which `effects` follow from `causes`.
    pub(super) fn follow(
        &mut self,
        causes: &BTreeSet<usize>,
        effects: &BTreeSet<usize>,
        why: Why,
        vms: &[usize],
    ) {
        self.join_all(causes.union(effects).copied());
        for effect in effects.difference(causes).filter(|_| !causes.is_empty()) {
            let consequence = self.consequences.entry(*effect).or_default();
            consequence.why.insert(why);
            consequence.vms.extend(vms);
        }
    }

    /// Notes which virtual machines were started elsewhere after the host of these findings went down.
    pub(super) fn add_restarts(&mut self, findings: &BTreeSet<usize>, restarts: &Restarts) {
        // All are of one incident, so one of them will do.
        if let Some(first) = findings.first() {
            self.restarts.entry(*first).or_default().extend(restarts);
        }
    }

    /// What a finding knows of virtual machines that were started elsewhere.
    pub(super) fn restarts(&self, finding: usize) -> Option<&Restarts> {
        self.restarts.get(&finding)
    }

    /// Why a finding follows from others, where it does.
    pub(super) fn consequence(&self, finding: usize) -> Option<&Consequence> {
        self.consequences.get(&finding)
    }

    /// The findings of a crash.
    pub(super) fn of_crash(&self, crash: usize) -> BTreeSet<usize> {
        self.index.of_crash(crash).collect()
    }

    /// The findings that rest on what the record of a fact tells.
    pub(super) fn of_record(&self, evidence: &Evidence, fact: usize) -> BTreeSet<usize> {
        self.index.of_record(evidence, fact)
    }

    /// The incidents, as the numbers of their findings in order.
    pub(super) fn incidents(&mut self, count: usize) -> Vec<Vec<usize>> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..count {
            members.entry(self.groups.root(index)).or_default().push(index);
        }
        members.into_values().collect()
    }
}
