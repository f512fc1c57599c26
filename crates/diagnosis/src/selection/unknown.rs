//! Machines that are asked for and not there.

use std::collections::BTreeSet;

use crate::rule::like;
use crate::some_of::some_of;

/// A machine was asked for that the evidence does not name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no machine '{name}' in this evidence{meant}")]
pub struct UnknownMachine {
    /// What was asked for.
    pub name: String,
    /// What may have been meant, in words.
    meant: String,
}

/// More machines than this are not named to who asked for one that is not there.
const MAX_NAMED: usize = 5;

impl UnknownMachine {
    /// What may have been meant, in words to be added to a sentence; may be empty.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.meant
    }

    /// That `name` is not among `known` names, of which one may have been meant.
    #[must_use]
    pub fn among<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let full: BTreeSet<&str> = known.into_iter().filter(|name| !name.is_empty()).collect();
        let labels = full.iter().map(|name| name.split('.').next().unwrap_or(name));
        // A short name is answered by a short one.
        let is_short = !name.contains('.');
        let meant = match like(name, labels.filter(|_| is_short).chain(full.iter().copied())) {
            Some(meant) => format!("; did you mean '{meant}'?"),
            None if full.is_empty() => String::new(),
            None => {
                // A short name says no more than the full one.
                let is_told = |name: &&str| !full.iter().any(|it| is_label_of(name, it));
                let told = full.iter().copied().filter(is_told);
                format!(": it is of {}", some_of(told, MAX_NAMED, ", "))
            }
        };
        Self { name: name.to_owned(), meant }
    }
}

fn is_label_of(label: &str, name: &str) -> bool {
    name.split_once('.').is_some_and(|(first, _)| first.eq_ignore_ascii_case(label))
}
