//! What of a diagnosis is about a machine.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use hvtriage_diagnosis::{
    Confidence, Diagnosis, Finding, Incident, Machine, RuleOrigin, Selection, Severity,
};

fn finding(rule: &str, machine: &str, subject: Option<&str>) -> Finding {
    Finding {
        rule: rule.into(),
        title: String::new(),
        origin: RuleOrigin::Catalogue,
        theme: None,
        severity: Severity::High,
        confidence: Confidence::High,
        machine: machine.into(),
        subject: subject.map(str::to_owned),
        time: None,
        last_time: None,
        count: 1,
        message: String::new(),
        explain: String::new(),
        remedy: String::new(),
        references: Vec::new(),
        false_positives: Vec::new(),
        citations: Vec::new(),
    }
}

fn incident(findings: Vec<usize>, vms: &[&str]) -> Incident {
    Incident {
        title: String::new(),
        machine: String::new(),
        severity: Severity::High,
        confidence: Confidence::High,
        start: None,
        end: None,
        findings,
        vms: vms.iter().map(|vm| (*vm).to_owned()).collect(),
        timeline: Vec::new(),
        summary: String::new(),
    }
}

/// A host lost its storage and took two guests along; one of them has a finding of its own, and another host
/// has one about the other.
fn diagnosis() -> Diagnosis {
    Diagnosis {
        machines: vec![
            Machine::named("HV01.contoso.example"),
            Machine::named("HV02.contoso.example"),
        ],
        findings: vec![
            finding("CSV", "HV01.contoso.example", Some("Volume1")),
            finding("KP-41", "SQL07", None),
            finding("VMQ", "HV02.contoso.example", Some("NIC1")),
            finding("IC", "HV02.contoso.example", Some("web08")),
        ],
        incidents: vec![
            incident(vec![0, 1], &["SQL07", "WEB08"]),
            incident(vec![2], &[]),
            incident(vec![3], &["WEB08"]),
        ],
        ..Diagnosis::default()
    }
}

fn shown(selection: &Selection) -> (Vec<String>, Vec<Vec<usize>>, u64) {
    let mut diagnosis = diagnosis();
    diagnosis.select(selection).unwrap();
    let rules = diagnosis.findings.iter().map(|finding| finding.rule.clone()).collect();
    let incidents = diagnosis.incidents.iter().map(|incident| incident.findings.clone()).collect();
    (rules, incidents, diagnosis.left_out.unwrap().findings)
}

#[test]
fn a_guest_is_shown_with_what_took_it_along() {
    let of = |names: &[&str]| {
        shown(&names.iter().fold(Selection::default(), |it, name| it.machine(*name)))
    };
    let rules = |names: &[&str]| of(names).0;
    assert_eq!(rules(&["WEB08"]), ["CSV", "KP-41", "IC"]);
    assert_eq!(rules(&["HV02"]), ["VMQ", "IC"]);
    assert_eq!(rules(&["hv0*"]), ["CSV", "VMQ", "IC"]);
    assert_eq!(rules(&["HV01", "HV02"]), ["CSV", "VMQ", "IC"]);
    let (_, incidents, left) = of(&["HV02.contoso.example"]);
    assert_eq!((incidents, left), (vec![vec![0], vec![1]], 2), "places are those of what is shown");
}

#[test]
fn conditions_go_together() {
    let selection = Selection::default().machine("WEB08").rule("c*").severity(Severity::High);
    assert_eq!(shown(&selection), (vec!["CSV".to_owned()], vec![vec![0]], 3));
    let critical = Selection::default().severity(Severity::Critical);
    assert_eq!(shown(&critical), (vec![], vec![], 4));
}

#[test]
fn an_unknown_machine_changes_nothing() {
    let mut diagnosis = diagnosis();
    let error = diagnosis.select(&Selection::default().machine("SQL7")).unwrap_err();
    assert_eq!(error.to_string(), "no machine 'SQL7' in this evidence; did you mean 'SQL07'?");
    assert_eq!((diagnosis.findings.len(), diagnosis.left_out), (4, None));
}
