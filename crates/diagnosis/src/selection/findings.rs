//! Which findings and incidents are shown, and what an incident is called of which only a part is.

use hvtriage_winfmt::FileTime;

use super::about::About;
use super::{LeftOut, Selection, keep};
use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, Incident, PartOf, Severity};
use crate::incident;

impl Diagnosis {
    pub(super) fn select_findings(
        &mut self,
        selection: &Selection,
        about: Option<&About>,
        left: &mut LeftOut,
    ) {
        let is_about = self.is_about(about);
        let mut place: Vec<Option<usize>> = Vec::with_capacity(self.findings.len());
        let mut shown = Vec::new();
        for (finding, is_about) in self.findings.drain(..).zip(is_about) {
            let is_shown = is_about
                && selection.severity.is_none_or(|least| finding.severity >= least)
                && selection.takes_rule(&finding.rule);
            place.push(is_shown.then_some(shown.len()));
            if is_shown {
                shown.push(finding);
            } else {
                left.findings = left.findings.saturating_add(1);
            }
        }
        self.findings = shown;
        let place = |before: usize| place.get(before).copied().flatten();
        for incident in &mut self.incidents {
            let lead = incident.findings.first().copied().and_then(place);
            incident.findings = incident.findings.iter().filter_map(|it| place(*it)).collect();
            let kept = incident.findings.iter().filter_map(|it| self.findings.get(*it));
            let kept: Vec<&Finding> = kept.collect();
            incident.show(&kept, lead.is_some());
        }
        keep(&mut self.incidents, &mut left.incidents, |incident| !incident.findings.is_empty());
        incident::in_order(&mut self.incidents);
    }

    /// Of each finding, whether it is about the machines: itself, or as one of an incident that is.
    fn is_about(&self, about: Option<&About>) -> Vec<bool> {
        let Some(about) = about else { return vec![true; self.findings.len()] };
        let mut all: Vec<bool> = self.findings.iter().map(|it| about.has_finding(it)).collect();
        for incident in &self.incidents {
            let involves = about.has_any(&incident.vms)
                || about.has_any(&incident.machines)
                || incident.findings.iter().any(|it| all.get(*it) == Some(&true));
            for index in incident.findings.iter().filter(|_| involves) {
                if let Some(is_about) = all.get_mut(*index) {
                    *is_about = true;
                }
            }
        }
        all
    }
}

impl Incident {
    /// Calls it as what is shown of it, with what that is part of where the lead or the gravest finding is
    /// not among it.
    fn show(&mut self, kept: &[&Finding], is_lead_shown: bool) {
        let Some(first) = kept.first() else { return };
        let severity = kept.iter().map(|it| it.severity).max().unwrap_or(Severity::Info);
        if is_lead_shown && severity == self.severity {
            return;
        }
        let whole = PartOf { title: self.title.clone(), severity: self.severity };
        self.severity = severity;
        (self.start, self.end) = seen(kept);
        if !is_lead_shown {
            self.title.clone_from(&first.title);
            self.machine.clone_from(&first.machine);
            self.confidence = first.confidence;
            self.summary = incident::part_in_words(first, &whole);
        }
        self.part_of = Some(whole);
    }
}

/// When the first of findings was first seen, and the last last: what one rests on may be of an hour before.
/// One without a time of its own was seen when what it cites was told.
fn seen(kept: &[&Finding]) -> (Option<FileTime>, Option<FileTime>) {
    let times = kept.iter().flat_map(|it| {
        let own: Vec<FileTime> = it.time.into_iter().chain(it.last_time).collect();
        if own.is_empty() { it.citations.iter().filter_map(|one| one.time).collect() } else { own }
    });
    let times: Vec<FileTime> = times.collect();
    (times.iter().min().copied(), times.iter().max().copied())
}
