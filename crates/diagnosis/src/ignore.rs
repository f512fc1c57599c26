//! Findings that somebody knows and accepts: they are told apart, with the reason, and lead no incident.

mod day;
mod unused;

use crate::finding::Finding;
use crate::glob::{glob, ids_fit, names_fit};
use crate::machine::Machine;
pub use day::{Day, DayError};
pub use unused::UnusedEntry;

/// Which findings are ignored, and why. In every pattern `*` stands for any text, and case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The id of the rule.
    pub rule: String,
    /// Only findings of this machine, by any of its names, in full or without its domain.
    pub machine: Option<String>,
    /// Only findings about this virtual machine, or of the machine that it is.
    pub guest: Option<String>,
    /// Only findings that rest on this file and no other: its name as reports have it, or the end of it.
    pub file: Option<String>,
    /// Why they are ignored. Reports tell it.
    pub reason: String,
    /// The last day on which they are; without one they always are.
    pub until: Option<Day>,
}

/// What is to be ignored, on which day.
///
/// ```
/// use hvtriage_diagnosis::{Ignore, IgnoreList};
///
/// let known = Ignore {
///     rule: "KP-41".into(),
///     machine: Some("HV01".into()),
///     guest: None,
///     file: None,
///     reason: "its power supply was replaced that day".into(),
///     until: Some("2026-12-31".parse()?),
/// };
/// let list = IgnoreList::new(vec![known], "2026-11-27".parse()?);
/// assert!(!list.is_empty());
/// # Ok::<(), hvtriage_diagnosis::DayError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct IgnoreList {
    entries: Vec<Ignore>,
    today: Day,
}

/// What became of an [`IgnoreList`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct IgnoredFindings {
    /// The day that counted as today; `None` where no entry has a last day.
    pub today: Option<Day>,
    /// The findings that are ignored, the gravest first.
    pub findings: Vec<Ignored>,
    /// Entries that would have taken findings, were their last day not over.
    pub expired: Vec<Expired>,
    /// Entries that no finding is like, whether their last day is over or not.
    pub unused: Vec<UnusedEntry>,
}

/// A finding that is ignored.
#[derive(Clone, Debug, PartialEq)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// Why.
    pub reason: String,
    /// The last day on which it is.
    pub until: Option<Day>,
}

/// An entry whose last day is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// The entry.
    pub entry: Ignore,
    /// How many findings are shown again.
    pub findings: u64,
}

impl IgnoreList {
    /// Ignores what any of `entries` says, as of `today`.
    #[must_use]
    pub fn new(entries: Vec<Ignore>, today: Day) -> Self {
        Self { entries, today }
    }

    /// Whether nothing is ignored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where to gather what is ignored.
    #[must_use]
    pub fn start(&self) -> IgnoredFindings {
        let has_end = self.entries.iter().any(|entry| entry.until.is_some());
        IgnoredFindings {
            today: has_end.then_some(self.today),
            unused: self.entries.iter().cloned().map(UnusedEntry::new).collect(),
            ..IgnoredFindings::default()
        }
    }

    /// Takes `finding` to those that are ignored, or gives it back.
    pub fn take(
        &self,
        finding: Finding,
        machines: &[Machine],
        ignored: &mut IgnoredFindings,
    ) -> Option<Finding> {
        let fitting = || self.entries.iter().filter(|entry| entry.fits(&finding, machines));
        for entry in fitting() {
            ignored.unused.retain(|one| one.entry != *entry);
        }
        let is_in_force = |entry: &&Ignore| entry.until.is_none_or(|until| self.today <= until);
        if let Some(Ignore { reason, until, .. }) = fitting().find(is_in_force) {
            let (reason, until) = (reason.clone(), *until);
            ignored.findings.push(Ignored { finding, reason, until });
            return None;
        }
        for entry in fitting() {
            ignored.is_expired(entry);
        }
        Some(finding)
    }
}

impl IgnoredFindings {
    fn is_expired(&mut self, entry: &Ignore) {
        match self.expired.iter_mut().find(|one| one.entry == *entry) {
            Some(one) => one.findings = one.findings.saturating_add(1),
            None => self.expired.push(Expired { entry: entry.clone(), findings: 1 }),
        }
    }

    /// Brings them into the order of findings.
    pub fn sort(&mut self) {
        self.findings.sort_by(|left, right| left.finding.order(&right.finding));
    }
}

impl Ignore {
    fn fits(&self, finding: &Finding, machines: &[Machine]) -> bool {
        let is_all = |pattern: &Option<String>, fits: &dyn Fn(&str) -> bool| {
            pattern.as_deref().is_none_or(fits)
        };
        ids_fit(&self.rule, &finding.rule)
            && is_all(&self.machine, &|pattern| is_of(pattern, finding, machines))
            && is_all(&self.guest, &|pattern| {
                let subject = finding.subject.as_deref();
                subject.is_some_and(|it| names_fit(pattern, it))
                    || is_of(pattern, finding, machines)
            })
            && is_all(&self.file, &|pattern| {
                let mut cited = finding.citations.iter().map(|it| &it.locator.source);
                !finding.citations.is_empty() && cited.all(|name| is_file(pattern, name))
            })
    }
}

/// Whether a finding is of the machine that `pattern` names.
fn is_of(pattern: &str, finding: &Finding, machines: &[Machine]) -> bool {
    let machine = machines.iter().find(|machine| machine.name == finding.machine);
    let mut names = machine.into_iter().flat_map(|machine| &machine.names);
    names_fit(pattern, &finding.machine) || names.any(|name| names_fit(pattern, name))
}

/// Whether `pattern` is a name of a file, or the end of one from a folder or an archive on.
fn is_file(pattern: &str, name: &str) -> bool {
    let form = |text: &str| text.replace('\\', "/").to_lowercase();
    let (pattern, name) = (form(pattern), form(name));
    let starts = name.match_indices(['/', '!']).map(|(at, _)| at.saturating_add(1));
    let mut ends = std::iter::once(0).chain(starts).filter_map(|at| name.get(at..));
    ends.any(|end| glob(&pattern, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_the_end_of_its_name() {
        for (pattern, name, is_it) in [
            ("MEMORY.DMP", "case/guest/MEMORY.DMP", true),
            ("guest/memory.dmp", "case/guest/MEMORY.DMP", true),
            (r"guest\MEMORY.DMP", "case/guest/MEMORY.DMP", true),
            ("EMORY.DMP", "case/guest/MEMORY.DMP", false),
            ("guest", "case/guest/MEMORY.DMP", false),
            ("guest/*", "case/guest/MEMORY.DMP", true),
            ("System.evtx", "collection.zip!System.evtx", true),
            ("collection.zip!*", "case/collection.zip!Node/System.evtx", true),
        ] {
            assert_eq!(is_file(pattern, name), is_it, "{pattern} {name}");
        }
    }
}
