//! Which findings rest on a fact or on a crash.

use std::collections::{BTreeMap, BTreeSet};

use super::Sighted;
use crate::evidence::Evidence;
use crate::rule::Theme;

/// Findings by what they rest on.
pub(super) struct Index {
    of_crash: BTreeMap<usize, BTreeSet<usize>>,
    /// By the first fact of a record.
    of_record: BTreeMap<usize, BTreeSet<usize>>,
}

impl Index {
    /// Reads it from `sighted`, whose numbers it gives.
    pub(super) fn of(evidence: &Evidence, sighted: &[Sighted<'_>]) -> Self {
        let mut index = Self { of_crash: BTreeMap::new(), of_record: BTreeMap::new() };
        for (number, one) in sighted.iter().enumerate() {
            // A crash may cite that a guest is outdated; that does not make all outdated guests
            // part of it. And a dump that shows which updates are missing does not say that they
            // would have helped.
            if matches!(one.rule.theme, Theme::Integration | Theme::Security | Theme::Settings) {
                continue;
            }
            for fact in &one.of_failure {
                match evidence.crashes().number_of(*fact) {
                    Some(crash) => index.of_crash.entry(crash).or_default().insert(number),
                    None => {
                        let record = evidence.of_same_record(*fact).start;
                        index.of_record.entry(record).or_default().insert(number)
                    }
                };
            }
        }
        index
    }

    /// Every set of findings that rest on one thing.
    pub(super) fn sets(&self) -> impl Iterator<Item = &BTreeSet<usize>> {
        self.of_crash.values().chain(self.of_record.values())
    }

    /// The findings that rest on a crash.
    pub(super) fn of_crash(&self, crash: usize) -> impl Iterator<Item = usize> {
        self.of_crash.get(&crash).into_iter().flatten().copied()
    }

    /// The findings that rest on what the record of a fact tells.
    pub(super) fn of_record(&self, evidence: &Evidence, fact: usize) -> BTreeSet<usize> {
        let record = evidence.of_same_record(fact).start;
        self.of_record.get(&record).cloned().unwrap_or_default()
    }
}
