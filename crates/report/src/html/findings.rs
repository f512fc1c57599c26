//! What each finding says, and what its rule explains, each rule once.

use std::collections::BTreeMap;

use hvtriage_diagnosis::{Diagnosis, Finding, RuleOrigin};
use hvtriage_winfmt::FileTime;
use serde::Serialize;

use super::model::{Cite, clean, flowing};
use super::sources::Names;

/// What is the same for all findings of a rule.
#[derive(Serialize)]
pub(super) struct RuleView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) origin: &'static str,
    pub(super) explain: String,
    pub(super) remedy: String,
    pub(super) references: Vec<Reference>,
    pub(super) may_be: Vec<String>,
}

/// Where to read on.
#[derive(Serialize)]
pub(super) struct Reference {
    pub(super) text: String,
    /// Whether it can be followed: rules of others may refer to anything.
    pub(super) is_link: bool,
}

#[derive(Serialize)]
pub(super) struct FindingView {
    pub(super) number: usize,
    pub(super) rule: usize,
    pub(super) severity: &'static str,
    pub(super) confidence: &'static str,
    pub(super) machine: String,
    pub(super) subject: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) count: u64,
    pub(super) message: String,
    /// The number of its incident.
    pub(super) incident: usize,
    pub(super) cites: Vec<Cite>,
}

/// All rules that held, and all findings.
pub(super) fn findings(diagnosis: &Diagnosis, names: &Names) -> (Vec<RuleView>, Vec<FindingView>) {
    let mut incident_of = BTreeMap::new();
    for (number, incident) in diagnosis.incidents.iter().enumerate() {
        let of_it = incident.findings.iter();
        incident_of.extend(of_it.map(|finding| (*finding, number.saturating_add(1))));
    }
    let mut known = BTreeMap::new();
    let mut rules = Vec::new();
    let mut views = Vec::new();
    for (index, finding) in diagnosis.findings.iter().enumerate() {
        let key = (&finding.rule, &finding.title, &finding.explain, &finding.remedy);
        let rule = *known.entry(key).or_insert_with(|| {
            rules.push(rule(finding));
            rules.len().saturating_sub(1)
        });
        let incident = incident_of.get(&index).copied().unwrap_or_default();
        views.push(view(finding, index.saturating_add(1), rule, incident, names));
    }
    (rules, views)
}

fn rule(finding: &Finding) -> RuleView {
    RuleView {
        id: clean(&finding.rule),
        title: clean(&finding.title),
        origin: match finding.origin {
            RuleOrigin::Catalogue => "catalogue of hvtriage",
            RuleOrigin::User => "rule of your own",
            RuleOrigin::Sigma => "Sigma rule",
        },
        explain: flowing(&finding.explain),
        remedy: flowing(&finding.remedy),
        references: finding.references.iter().map(|text| reference(text)).collect(),
        may_be: finding.false_positives.iter().map(|text| flowing(text)).collect(),
    }
}

fn reference(text: &str) -> Reference {
    let text = clean(text);
    let is_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    let is_link = is_web && text.chars().all(|letter| letter.is_ascii_graphic());
    Reference { text, is_link }
}

fn view(
    finding: &Finding,
    number: usize,
    rule: usize,
    incident: usize,
    names: &Names,
) -> FindingView {
    let first = finding.time.map(FileTime::to_the_second).unwrap_or_default();
    let last = finding.last_time.map(FileTime::to_the_second).unwrap_or_default();
    FindingView {
        number,
        rule,
        severity: finding.severity.word(),
        confidence: finding.confidence.word(),
        machine: clean(&finding.machine),
        subject: finding.subject.as_deref().map(clean).unwrap_or_default(),
        last: if last == first { String::new() } else { last },
        first,
        count: finding.count,
        message: flowing(&finding.message),
        incident,
        cites: finding.citations.iter().map(|one| names.citation(one)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let is_link = |text| reference(text).is_link;
        assert!(is_link("https://support.microsoft.com/help/2636573"));
        assert!(is_link("http://example.com/?a=1&b=\"2\""));
        for other in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "https://example.com/\u{202e}gpj.exe",
            "https://example.com/ and more",
            "ftp://example.com/",
            "KB2636573",
        ] {
            assert!(!is_link(other), "{other:?}");
        }
    }
}
