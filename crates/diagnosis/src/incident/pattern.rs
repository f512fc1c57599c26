//! Crashes that have one signature.

use std::collections::BTreeSet;

use super::Sighted;
use crate::crash::Alike;
use crate::evidence::Evidence;

/// What the crashes of an incident have in common with each other and with those of other incidents.
pub(super) fn pattern(evidence: &Evidence, all: &[&Sighted<'_>]) -> Option<String> {
    let crashes = evidence.crashes();
    let facts = all.iter().flat_map(|one| &one.of_failure);
    let numbers: BTreeSet<usize> = facts.filter_map(|fact| crashes.number_of(*fact)).collect();
    let told = numbers.iter().filter_map(|number| Some((*number, crashes.get(*number)?)));
    told.filter_map(|(number, crash)| {
        let alike: Alike = crashes.alike(number)?;
        let signature = crash.signature.as_ref()?;
        let what = match alike.is_same_place {
            true => signature.to_string(),
            false => signature.without_place(),
        };
        let machines = match (alike.machines, alike.of_unnamed) {
            (1, 0) => String::from("one machine"),
            (machines, 0) => format!("{machines} machines"),
            (0, _) => String::from("unnamed machines"),
            (_, _) => String::from("named and unnamed machines"),
        };
        let place = if alike.is_same_place || signature.module.is_none() {
            ""
        } else {
            ", at different places in the driver"
        };
        let crashes = alike.crashes;
        let words =
            format!("{crashes} crashes of {machines} have the same signature, {what}{place}.");
        Some((alike.crashes, words))
    })
    .max()
    .map(|(_, words)| words)
}
