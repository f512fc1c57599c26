//! Findings of other rules, which are no part of any failure that the catalogue knows.

use super::in_order;
use crate::finding::{Citation, Finding, Incident, Judgement, Moment, MomentKind, first_step};

impl Judgement {
    /// Adds findings that were made of the same evidence by other rules. Each is an incident of its
    /// own: nothing is known of what it has to do with the others.
    pub fn add(&mut self, findings: Vec<Finding>) {
        let of_others = self.findings.len();
        let mut all: Vec<(usize, Finding)> =
            self.findings.drain(..).chain(findings).enumerate().collect();
        all.sort_by(|left, right| left.1.order(&right.1));
        let mut place = vec![0_usize; all.len()];
        for (now, (before, _)) in all.iter().enumerate() {
            if let Some(place) = place.get_mut(*before) {
                *place = now;
            }
        }
        for number in self.incidents.iter_mut().flat_map(|incident| &mut incident.findings) {
            *number = place.get(*number).copied().unwrap_or_default();
        }
        for (now, (before, finding)) in all.into_iter().enumerate() {
            if before >= of_others {
                self.incidents.push(alone(now, &finding));
            }
            self.findings.push(finding);
        }
        in_order(&mut self.incidents);
    }
}

/// The incident of a finding that stands alone.
fn alone(number: usize, finding: &Finding) -> Incident {
    let moment = |citation: &Citation| {
        Some(Moment {
            time: citation.time?,
            last_time: citation.time?,
            count: 1,
            machine: finding.machine.clone(),
            vms: Vec::new(),
            text: format!("{}: {}", finding.machine, citation.note),
            kind: MomentKind::Other,
            is_about_that_time: false,
            citation: citation.locator.clone(),
        })
    };
    let mut timeline: Vec<Moment> = finding.citations.iter().filter_map(moment).collect();
    timeline.sort_by(|left, right| (left.time, &left.citation).cmp(&(right.time, &right.citation)));
    Incident {
        title: finding.title.clone(),
        machine: finding.machine.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        start: finding.time,
        end: finding.last_time,
        findings: vec![number],
        vms: Vec::new(),
        machines: vec![finding.machine.clone()],
        part_of: None,
        timeline,
        summary: format!("{} {}", finding.message, first_step(&finding.remedy)),
    }
}
