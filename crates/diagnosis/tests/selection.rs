//! What of a diagnosis is about a machine.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Citation, Confidence, Diagnosis, Finding, Incident, Locator, Machine, Place, RuleOrigin,
    Selection, Severity,
};
use hvtriage_winfmt::{FileOffset, FileTime};

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

fn citation(time: Option<FileTime>) -> Citation {
    Citation {
        locator: Locator {
            source: "log".into(),
            place: Place::Line { number: 1, offset: FileOffset(0) },
        },
        time,
        role: "dump".into(),
        note: String::new(),
        message: None,
        fields: Vec::new(),
    }
}

fn incident(findings: Vec<usize>, vms: &[&str], machines: &[&str]) -> Incident {
    Incident {
        title: String::new(),
        machine: String::new(),
        severity: Severity::High,
        confidence: Confidence::High,
        start: None,
        end: None,
        findings,
        vms: vms.iter().map(|vm| (*vm).to_owned()).collect(),
        machines: machines.iter().map(|name| (*name).to_owned()).collect(),
        part_of: None,
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
            incident(vec![0, 1], &["SQL07", "WEB08"], &["HV01.contoso.example", "SQL07"]),
            incident(vec![2], &[], &["HV02.contoso.example"]),
            incident(vec![3], &["WEB08"], &["HV02.contoso.example"]),
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
    assert_eq!(rules(&["HV01"]), ["CSV", "KP-41"]);
    assert_eq!(rules(&["hv0*"]), ["CSV", "KP-41", "VMQ", "IC"]);
    assert_eq!(rules(&["HV01", "HV02"]), ["CSV", "KP-41", "VMQ", "IC"]);
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

/// A host that only saw a guest leave has no finding, but it is where the evidence of one lies.
#[test]
fn a_machine_keeps_every_incident_that_involves_it() {
    let mut diagnosis = diagnosis();
    diagnosis.machines.push(Machine::named("HV03.contoso.example"));
    diagnosis.incidents[0].machines.push("HV03.contoso.example".into());
    diagnosis.select(&Selection::default().machine("HV03")).unwrap();
    let rules: Vec<&str> = diagnosis.findings.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["CSV", "KP-41"]);
    assert_eq!(diagnosis.incidents.len(), 1);
    assert_eq!(diagnosis.incidents[0].part_of, None, "all of it is shown");
}

/// Of an incident without its lead, what is left names it, and it is said what that is part of.
#[test]
fn a_part_of_an_incident_is_called_as_what_is_shown_of_it() {
    let whole = || {
        let mut diagnosis = diagnosis();
        diagnosis.findings[1].title = "Restarted".into();
        diagnosis.findings[1].severity = Severity::Medium;
        diagnosis.findings[1].message = "SQL07 restarted.".into();
        diagnosis.incidents[0].title = "Storage was lost".into();
        diagnosis
    };
    let mut part = whole();
    part.select(&Selection::default().rule("KP-41")).unwrap();
    let [incident] = part.incidents.as_slice() else { panic!("{:?}", part.incidents) };
    assert_eq!((incident.title.as_str(), incident.machine.as_str()), ("Restarted", "SQL07"));
    assert_eq!(incident.severity, Severity::Medium);
    let part_of = incident.part_of.as_ref().unwrap();
    assert_eq!((part_of.title.as_str(), part_of.severity), ("Storage was lost", Severity::High));
    assert!(incident.summary.starts_with("SQL07 restarted."), "{}", incident.summary);
    assert!(incident.summary.contains("Part of: Storage was lost (high)."), "{}", incident.summary);
    // What leads it is there, and it is the gravest.
    let mut led = whole();
    led.select(&Selection::default().rule("CSV")).unwrap();
    assert_eq!(
        (led.incidents[0].title.as_str(), &led.incidents[0].part_of),
        ("Storage was lost", &None)
    );
    // It is there, but the gravest is not.
    let mut lesser = whole();
    lesser.findings[0].severity = Severity::Low;
    lesser.incidents[0].severity = Severity::Medium;
    lesser.select(&Selection::default().rule("CSV")).unwrap();
    let [incident] = lesser.incidents.as_slice() else { panic!("{:?}", lesser.incidents) };
    assert_eq!((incident.title.as_str(), incident.severity), ("Storage was lost", Severity::Low));
    assert_eq!(incident.part_of.as_ref().unwrap().severity, Severity::Medium);
}

/// Storage was lost at 10, the guest restarted at 20 and at 30, and it is told so where nothing else is shown.
#[test]
fn a_part_of_an_incident_is_of_the_time_of_what_is_shown_of_it() {
    let at = |seconds: u64| Some(FileTime(seconds));
    let whole = || {
        let mut diagnosis = diagnosis();
        let [storage, restart, ..] = diagnosis.findings.as_mut_slice() else { panic!() };
        (storage.time, storage.last_time) = (at(10), at(10));
        (restart.time, restart.last_time) = (at(20), at(30));
        restart.citations.push(citation(at(12)));
        restart.severity = Severity::Medium;
        (diagnosis.incidents[0].start, diagnosis.incidents[0].end) = (at(10), at(40));
        diagnosis
    };
    let times = |mut diagnosis: Diagnosis, rule: &str| {
        diagnosis.select(&Selection::default().rule(rule)).unwrap();
        (diagnosis.incidents[0].start, diagnosis.incidents[0].end)
    };
    assert_eq!(times(whole(), "KP-41"), (at(20), at(30)));
    assert_eq!(times(whole(), "CSV"), (at(10), at(40)), "it is called as the whole");
    let mut timeless = whole();
    (timeless.findings[1].time, timeless.findings[1].last_time) = (None, None);
    assert_eq!(times(timeless, "KP-41"), (at(12), at(12)), "what it cites has a time");
}

/// A rule that found nothing is told, and not the one beside it that did.
#[test]
fn a_rule_without_a_finding_is_told() {
    let mut diagnosis = diagnosis();
    diagnosis.rules = ["CSV", "CLUS-1", "IC", "KP-41", "KP-43", "VMQ"].map(str::to_owned).into();
    let asked = ["KP-42", "CSV", "X*", "kp-43"];
    diagnosis.select(&asked.iter().fold(Selection::default(), |it, id| it.rule(*id))).unwrap();
    let unmet = &diagnosis.left_out.as_ref().unwrap().unmet_rules;
    let told: Vec<String> = unmet.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "rule 'KP-42' has no finding in this evidence; did you mean 'KP-41'?",
            "rule 'X*' has no finding in this evidence",
            // There is such a rule: nobody meant KP-41.
            "rule 'kp-43' has no finding in this evidence",
        ]
    );
}
