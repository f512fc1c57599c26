//! The machines whose facts one line of a report stands for, and the clock by which it tells their times.

use std::collections::BTreeSet;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;

/// Facts of one machine, or of several.
pub(super) struct Tellers<'a> {
    evidence: &'a Evidence,
    machines: BTreeSet<usize>,
}

impl<'a> Tellers<'a> {
    /// Those of `facts`.
    pub(super) fn of<'f>(
        evidence: &'a Evidence,
        facts: impl IntoIterator<Item = &'f usize>,
    ) -> Self {
        let machines = facts.into_iter().map(|index| evidence.machine_index(*index)).collect();
        Self { evidence, machines }
    }

    /// Whether there is no other machine.
    pub(super) fn is_one(&self) -> bool {
        self.machines.len() <= 1
    }

    /// When one of the facts was told: by the clock of its machine, or where there are several machines
    /// by the one that they share.
    pub(super) fn time(&self, fact: usize) -> Option<FileTime> {
        if self.is_one() { self.evidence.logged_time(fact) } else { self.evidence.time(fact) }
    }

    /// The machine of the first fact, and how many more there are.
    pub(super) fn words(&self, first: usize) -> String {
        let machine = self.evidence.machine_of(first).map_or("", |machine| machine.name.as_str());
        match self.machines.len().saturating_sub(1) {
            0 => machine.to_owned(),
            others => format!("{machine} and {others} more"),
        }
    }
}
