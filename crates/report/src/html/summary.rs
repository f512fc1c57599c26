//! What broke, who needs attention, how sure it is and what is next, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use hvtriage_diagnosis::{Diagnosis, Incident, Severity};

use super::model::flowing;
use crate::text;
use crate::text::guest_lists::troubles_by_guest;
use crate::text::guests::{is_wanting, verdict};
use crate::text::layout::count;
use crate::text::page::Page;

/// More incidents than this are not told at the top.
const INCIDENTS_TOLD: usize = 8;

/// The sentences at the top, the same as in the text report.
pub(super) fn sentences(diagnosis: &Diagnosis) -> io::Result<Vec<String>> {
    let mut written = Vec::new();
    text::summary(diagnosis, "see below", &mut Page::plain(&mut written))?;
    Ok(String::from_utf8_lossy(&written).lines().map(flowing).collect())
}

/// How many incidents there are of each severity, the gravest first.
pub(super) fn severities(diagnosis: &Diagnosis) -> Vec<(&'static str, usize)> {
    let number = |severity: Severity| {
        diagnosis.incidents.iter().filter(|incident| incident.severity == severity).count()
    };
    let all = Severity::ALL.into_iter().rev();
    all.map(|severity| (severity.word(), number(severity))).filter(|(_, all)| *all > 0).collect()
}

/// Which guests need attention, in sentences.
pub(super) fn attention(diagnosis: &Diagnosis) -> Vec<String> {
    let mut told = Vec::new();
    let troubled = troubles_by_guest(&diagnosis.tables.guest_troubles).len();
    if troubled > 0 {
        let guests = count(troubled as u64, "guest");
        told.push(format!(
            "{guests} stopped or had to pause, or could not use files, start or move."
        ));
    }
    // A guest counts where its gravest service does: they stand in that order.
    let mut seen = BTreeSet::new();
    let mut by_verdict: BTreeMap<usize, (&'static str, u64)> = BTreeMap::new();
    for guest in diagnosis.guests.iter().filter(|guest| is_wanting(guest)) {
        if seen.insert((&guest.vm_name, guest.vm_id)) {
            let place = by_verdict.len();
            let word = verdict(guest.verdict);
            match by_verdict.values_mut().find(|(known, _)| *known == word) {
                Some((_, guests)) => *guests = guests.saturating_add(1),
                None => drop(by_verdict.insert(place, (word, 1))),
            }
        }
    }
    if !seen.is_empty() {
        let parts: Vec<String> =
            by_verdict.values().map(|(word, guests)| format!("{guests} {word}")).collect();
        let guests = count(seen.len() as u64, "guest");
        let verb = if seen.len() == 1 { "needs" } else { "need" };
        told.push(format!(
            "The integration services of {guests} {verb} attention: {}.",
            parts.join(", ")
        ));
    }
    told
}

/// How many of the incidents are told at the top: the grave ones, or else the first few.
pub(super) fn told_at_the_top(incidents: &[Incident]) -> usize {
    const AT_LEAST: usize = 3;
    let grave = incidents.iter().filter(|incident| incident.severity >= Severity::High).count();
    grave.clamp(AT_LEAST, INCIDENTS_TOLD)
}
