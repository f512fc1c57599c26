//! Entries of a list of ignored findings that no finding is like: they may be mistyped.

use std::collections::BTreeSet;
use std::fmt;

use super::{Ignore, is_file};
use crate::diagnosis::{Diagnosis, Source};
use crate::glob::names_fit;
use crate::machine::first_label;
use crate::rule::like;
use crate::selection::known_names;

/// An entry that met no finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusedEntry {
    /// The entry.
    pub entry: Ignore,
    /// What of it is not in the evidence, in words, and what may have been meant.
    pub why: Option<String>,
}

impl UnusedEntry {
    pub(super) fn new(entry: Ignore) -> Self {
        Self { entry, why: None }
    }
}

/// `KP-41 of machine HV1 (no machine 'HV1' in this evidence; did you mean 'HV01'?)`
impl fmt::Display for UnusedEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ignore { rule, machine, guest, file, .. } = &self.entry;
        formatter.write_str(rule)?;
        let conditions = [("machine", machine), ("guest", guest), ("file", file)];
        let given = conditions.into_iter().filter_map(|(word, it)| Some((word, it.as_ref()?)));
        for (number, (word, value)) in given.enumerate() {
            let joined = if number == 0 { " of" } else { "," };
            write!(formatter, "{joined} {word} {value}")?;
        }
        self.why.as_ref().map_or(Ok(()), |why| write!(formatter, " ({why})"))
    }
}

impl Diagnosis {
    /// Says of each entry that met no finding what of it is not in the evidence.
    pub fn explain_unused_entries(&mut self) {
        let Some(ignored) = &self.ignored else { return };
        let known = known_names(self);
        let whys: Vec<Option<String>> =
            ignored.unused.iter().map(|one| self.why_unused(&one.entry, &known)).collect();
        let unused = self.ignored.iter_mut().flat_map(|ignored| &mut ignored.unused);
        unused.zip(whys).for_each(|(one, why)| one.why = why);
    }

    fn why_unused(&self, entry: &Ignore, known: &BTreeSet<&str>) -> Option<String> {
        for (word, pattern) in [("machine", &entry.machine), ("guest", &entry.guest)] {
            let Some(pattern) = pattern else { continue };
            if known.iter().any(|name| names_fit(pattern, name)) {
                continue;
            }
            let labels = known.iter().map(|name| first_label(name));
            let names = labels.filter(|_| !pattern.contains('.')).chain(known.iter().copied());
            let meant = like(pattern, names);
            let meant = meant.map_or_else(String::new, |it| format!("; did you mean '{it}'?"));
            return Some(format!("no {word} '{pattern}' in this evidence{meant}"));
        }
        let pattern = entry.file.as_ref()?;
        if self.sources.iter().any(|source| is_file(pattern, &source.name)) {
            return None;
        }
        let is_copy = |source: &&Source| source.copies.iter().any(|name| is_file(pattern, name));
        Some(match self.sources.iter().find(is_copy) {
            Some(original) => {
                format!("'{pattern}' is left out as a copy of '{}': name that", original.name)
            }
            None => format!("no file '{pattern}' in this evidence"),
        })
    }
}
