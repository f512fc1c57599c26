//! The names that sources give machines, and which of them mean one machine.

mod notes;

use std::collections::{BTreeMap, BTreeSet};

use super::build_told;
use super::builds::Builds;
use super::reason::{Doubt, Reason};
use crate::fact::{Fact, FactKind, Locator, MachineName};
use crate::groups::Groups;

/// All names, and which belong together.
pub(super) struct Names<'a> {
    facts: &'a [Fact],
    all: Vec<Name>,
    index: BTreeMap<MachineName, usize>,
    /// Computers by the first part of their names.
    by_label: BTreeMap<String, Vec<usize>>,
    /// The name of each fact's machine.
    of_fact: Vec<usize>,
    pub(super) groups: Groups,
    reasons: Vec<(usize, Reason)>,
    doubts: Vec<(usize, Doubt)>,
}

/// One name.
struct Name {
    /// In canonical form.
    name: MachineName,
    spelled: BTreeSet<String>,
    /// The first fact that bears or mentions it.
    first: usize,
    /// Whether some fact is of a machine of that name; else the name is only mentioned.
    is_seen: bool,
    builds: Builds,
}

impl<'a> Names<'a> {
    /// The names that facts bear, and those that they mention.
    pub(super) fn of(facts: &'a [Fact]) -> Self {
        let mut names = Self {
            facts,
            all: Vec::new(),
            index: BTreeMap::new(),
            by_label: BTreeMap::new(),
            of_fact: Vec::with_capacity(facts.len()),
            groups: Groups::new(0),
            reasons: Vec::new(),
            doubts: Vec::new(),
        };
        let mut known: BTreeMap<&MachineName, usize> = BTreeMap::new();
        for (index, fact) in facts.iter().enumerate() {
            let name = match known.get(&fact.machine) {
                Some(name) => *name,
                None => {
                    let name = names.add(&fact.machine, index);
                    known.insert(&fact.machine, name);
                    name
                }
            };
            names.of_fact.push(name);
        }
        names.find_what_is_told();
        for (index, fact) in facts.iter().enumerate() {
            if let Some(computer) = mentioned(&fact.kind) {
                names.add(&MachineName::Computer(computer.into()), index);
            }
        }
        names.close();
        names
    }

    /// Gives the facts of a name that stand in a source a name of their own, since other machines bear
    /// it too. `wanted` holds names and sources.
    pub(super) fn split(
        &mut self,
        wanted: &BTreeSet<(usize, &'a str)>,
    ) -> BTreeMap<(usize, &'a str), usize> {
        let mut own: BTreeMap<(usize, &'a str), usize> = BTreeMap::new();
        let facts = self.facts;
        for (fact, slot) in facts.iter().zip(&mut self.of_fact) {
            let key = (*slot, &*fact.locator.source);
            if !wanted.contains(&key) {
                continue;
            }
            *slot = *own.entry(key).or_insert_with(|| {
                self.all.push(Name {
                    name: canonical(&fact.machine),
                    spelled: BTreeSet::from([spelling(&fact.machine).to_owned()]),
                    first: 0,
                    is_seen: true,
                    builds: Builds::default(),
                });
                self.all.len().saturating_sub(1)
            });
        }
        self.find_what_is_told();
        self.close();
        own
    }

    fn add(&mut self, name: &MachineName, fact: usize) -> usize {
        let canonical = canonical(name);
        let next = self.all.len();
        let index = *self.index.entry(canonical.clone()).or_insert(next);
        if index == next {
            self.all.push(Name {
                name: canonical,
                spelled: BTreeSet::new(),
                first: fact,
                is_seen: false,
                builds: Builds::default(),
            });
        }
        if let Some(known) = self.all.get_mut(index) {
            known.spelled.insert(spelling(name).to_owned());
        }
        index
    }

    /// What the facts of each name tell.
    fn find_what_is_told(&mut self) {
        for name in &mut self.all {
            name.is_seen = false;
            name.builds = Builds::default();
        }
        for (index, (fact, name)) in self.facts.iter().zip(&self.of_fact).enumerate() {
            let Some(name) = self.all.get_mut(*name) else { continue };
            if !name.is_seen {
                (name.is_seen, name.first) = (true, index);
            }
            if let (Some(time), Some(build)) = (fact.time, build_told(fact)) {
                name.builds.add(build, time, index);
            }
        }
    }

    /// To be called when names were added, and before any are joined.
    fn close(&mut self) {
        self.groups = Groups::new(self.all.len());
        self.by_label.clear();
        for (index, name) in self.all.iter().enumerate() {
            if let MachineName::Computer(computer) = &name.name {
                let label = first_label(computer);
                self.by_label.entry(label.to_owned()).or_default().push(index);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn facts(&self) -> &'a [Fact] {
        self.facts
    }

    pub(super) fn of_fact(&self, fact: usize) -> usize {
        self.of_fact.get(fact).copied().unwrap_or_default()
    }

    pub(super) fn root_of_fact(&mut self, fact: usize) -> usize {
        let name = self.of_fact(fact);
        self.groups.root(name)
    }

    pub(super) fn shown(&self, name: usize) -> &str {
        let spelled = self.all.get(name).and_then(|name| name.spelled.first());
        spelled.map_or("", String::as_str)
    }

    /// The computer's name in lower case; `None` for a source.
    pub(super) fn computer(&self, name: usize) -> Option<&str> {
        match &self.all.get(name)?.name {
            MachineName::Computer(computer) => Some(computer),
            MachineName::Source(_) => None,
        }
    }

    /// What stands behind the first dot of a computer's name.
    pub(super) fn domain(&self, name: usize) -> Option<&str> {
        self.computer(name)?.split_once('.').map(|(_, domain)| domain)
    }

    pub(super) fn is_seen(&self, name: usize) -> bool {
        self.all.get(name).is_some_and(|name| name.is_seen)
    }

    /// The builds that a name told.
    pub(super) fn builds(&self, name: usize) -> Option<&Builds> {
        self.all.get(name).map(|name| &name.builds)
    }

    /// Where a name is borne or mentioned first.
    pub(super) fn place(&self, name: usize) -> Option<Locator> {
        self.locator(self.all.get(name)?.first)
    }

    pub(super) fn locator(&self, fact: usize) -> Option<Locator> {
        self.facts.get(fact).map(|fact| fact.locator.clone())
    }

    /// The computer that is called exactly so, in lower case.
    pub(super) fn called(&self, computer: &str) -> Option<usize> {
        self.index.get(&MachineName::Computer(computer.into())).copied()
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.by_label.iter().map(|(label, names)| (label.as_str(), names.as_slice()))
    }

    /// The computer of a name, which may be short for it where only one is called so; for a short name
    /// that `teller` says, one of its domain goes first.
    pub(super) fn find_computer(&mut self, name: &str, teller: Option<usize>) -> Option<usize> {
        let wanted = canonical(&MachineName::Computer(name.into()));
        let MachineName::Computer(wanted_name) = &wanted else { return None };
        if !wanted_name.contains('.') {
            let domain = teller.and_then(|teller| self.domain(teller));
            let full = domain.map(|domain| format!("{wanted_name}.{domain}"));
            let full = full.and_then(|full| self.index.get(&MachineName::Computer(full.into())));
            if let Some(full) = full {
                return Some(*full);
            }
        }
        if let Some(exact) = self.index.get(&wanted) {
            return Some(*exact);
        }
        if wanted_name.contains('.') {
            return None;
        }
        let alike = self.by_label.get(wanted_name.as_ref())?.clone();
        self.only_group(&alike)
    }

    /// One of `names` if all of them mean one machine.
    pub(super) fn only_group(&mut self, names: &[usize]) -> Option<usize> {
        let first = *names.first()?;
        let root = self.groups.root(first);
        names.iter().all(|name| self.groups.root(*name) == root).then_some(first)
    }

    /// Two facts that speak against one machine of both names: Windows does not become older.
    pub(super) fn contradiction(&self, left: usize, right: usize) -> Option<(usize, usize)> {
        self.builds(left)?.contradiction(self.builds(right)?)
    }

    /// Every spelling of `members`, and the name to show: a full name says most, a computer name more
    /// than that of a dump.
    pub(super) fn spellings(&self, members: &[usize]) -> (Vec<String>, String) {
        let names = members.iter().filter_map(|member| self.all.get(*member));
        let spelled: BTreeSet<String> = names.flat_map(|name| &name.spelled).cloned().collect();
        let rank = |member: &&usize| {
            let kind = match self.all.get(**member).map(|name| &name.name) {
                Some(MachineName::Computer(name)) if name.contains('.') => 0,
                Some(MachineName::Computer(_)) => 1,
                _ => 2,
            };
            // The name that it bore last.
            let last =
                self.all.get(**member).map(|name| (!name.is_seen, std::cmp::Reverse(name.first)));
            (kind, last)
        };
        let shown = members.iter().min_by_key(rank).map_or("", |member| self.shown(*member));
        (spelled.into_iter().collect(), shown.to_owned())
    }
}

/// The name of a computer that a fact tells besides that of its own machine.
fn mentioned(kind: &FactKind) -> Option<&str> {
    let name = match kind {
        FactKind::GuestReport { computer, .. } => computer.as_deref(),
        _ => None,
    };
    name.filter(|name| !name.trim().is_empty())
}

fn spelling(name: &MachineName) -> &str {
    match name {
        MachineName::Computer(name) => name.trim(),
        MachineName::Source(name) => name,
    }
}

/// A computer's name without its domain.
///
/// ```
/// assert_eq!(hvtriage_diagnosis::first_label("SQL07.contoso.example"), "SQL07");
/// ```
#[must_use]
pub fn first_label(computer: &str) -> &str {
    computer.split('.').next().unwrap_or_default()
}

/// Computer names are the same in any case; a source is named exactly.
pub(super) fn canonical(name: &MachineName) -> MachineName {
    match name {
        MachineName::Computer(name) => {
            MachineName::Computer(name.trim().trim_end_matches('.').to_lowercase().into())
        }
        MachineName::Source(name) => MachineName::Source(name.clone()),
    }
}
