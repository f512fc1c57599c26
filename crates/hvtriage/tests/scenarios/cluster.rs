//! Sixteen hosts, four hundred guests, two weeks: all that was planted is found, nothing else is grave, and
//! each trouble is one incident that its cause leads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{array, report, samples, text};

/// Joins of `cluster-16-hosts` that are not made yet, each with the reason: none. A join that is made must go
/// from this list.
const OPEN_JOINS: &[(&str, &str)] = &[];

/// What a finding is about: rule, host name, subject.
fn identity(finding: &Value) -> (String, String, String) {
    let host_name = text(finding, "machine").split('.').next().unwrap_or_default();
    (text(finding, "rule").into(), host_name.into(), text(finding, "subject").into())
}

/// The indexes of the findings that a planted trouble must give, or of those that may lead its incident.
fn findings_of<'a>(
    expected: &'a Value,
    actual: &Value,
    of_lead: bool,
) -> BTreeMap<&'a str, BTreeSet<usize>> {
    let mut of_trouble: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let wanted = array(expected, "findings").iter();
    for wanted in wanted.filter(|wanted| !of_lead || wanted["leads"] == true) {
        let Some(trouble) = wanted["trouble"].as_str() else { continue };
        let found = array(actual, "findings").iter().enumerate().filter(|(_, one)| {
            let (rule, host_name, subject) = identity(one);
            let is_machine = match &wanted["machine"] {
                Value::Array(names) => names.iter().any(|name| name == &host_name),
                name => name == &host_name,
            };
            rule == text(wanted, "rule")
                && is_machine
                && (wanted["subject"].is_null() || subject == text(wanted, "subject"))
        });
        of_trouble.entry(trouble).or_default().extend(found.map(|(index, _)| index));
    }
    of_trouble
}

fn is_grave(finding: &Value) -> bool {
    ["medium", "high", "critical"].contains(&text(finding, "severity"))
}

/// The incident of every finding.
fn incident_of(actual: &Value) -> BTreeMap<usize, usize> {
    let incidents = array(actual, "incidents").iter().enumerate();
    let members = incidents.flat_map(|(number, incident)| {
        array(incident, "findings")
            .iter()
            .filter_map(move |index| Some((usize::try_from(index.as_u64()?).ok()?, number)))
    });
    members.collect()
}

fn cluster() -> (Value, Value) {
    let case = samples().join("cluster-16-hosts");
    let expected = std::fs::read_to_string(case.join("expected.json")).unwrap();
    let actual = report(&case, 2);
    (serde_json::from_str(&expected).unwrap(), serde_json::from_str(&actual).unwrap())
}

/// Sixteen hosts, four hundred guests, two weeks: whatever is called medium or worse was planted.
#[test]
fn nothing_grave_but_what_was_planted() {
    let (expected, actual) = cluster();
    let troubles = findings_of(&expected, &actual, false);
    assert_eq!(troubles.len(), 12, "{:?}", troubles.keys());
    let planted: BTreeSet<usize> = troubles.values().flatten().copied().collect();
    for (index, finding) in array(&actual, "findings").iter().enumerate() {
        if is_grave(finding) {
            assert!(planted.contains(&index), "not planted: {finding:#}");
        }
    }
}

/// All that a trouble shows is one incident, and nothing grave of another trouble is in it.
#[test]
fn each_planted_trouble_is_one_incident() {
    let (expected, actual) = cluster();
    let (troubles, incident_of) = (findings_of(&expected, &actual, false), incident_of(&actual));
    let findings = array(&actual, "findings");
    let mut open = Vec::new();
    let mut owner: BTreeMap<usize, &str> = BTreeMap::new();
    for (trouble, members) in &troubles {
        let grave = members.iter().filter(|index| is_grave(&findings[**index]));
        let incidents: BTreeSet<usize> = grave.map(|index| incident_of[index]).collect();
        for incident in &incidents {
            if let Some(other) = owner.insert(*incident, trouble) {
                panic!("{other} and {trouble} are told as one incident");
            }
        }
        if incidents.len() != 1 {
            let told: Vec<_> = members
                .iter()
                .map(|index| (incident_of[index], identity(&findings[*index])))
                .collect();
            open.push((*trouble, told));
        }
    }
    let listed: BTreeSet<&str> = OPEN_JOINS.iter().map(|(trouble, _)| *trouble).collect();
    let found: BTreeSet<&str> = open.iter().map(|(trouble, _)| *trouble).collect();
    assert_eq!(found, listed, "incidents that are told as several: {open:#?}");
}

/// The cause leads, not what it did to others.
#[test]
fn the_cause_leads_each_planted_trouble() {
    let (expected, actual) = cluster();
    let leads = findings_of(&expected, &actual, true);
    assert_eq!(leads.len(), 12, "{:?}", leads.keys());
    let incident_of = incident_of(&actual);
    for (trouble, leads) in leads {
        let incidents: BTreeSet<usize> = leads.iter().map(|index| incident_of[index]).collect();
        for incident in incidents {
            let first = array(&actual["incidents"][incident], "findings")[0].as_u64().unwrap();
            let first = usize::try_from(first).unwrap();
            let named = identity(&array(&actual, "findings")[first]);
            assert!(leads.contains(&first), "{trouble} is led by {named:?}");
        }
    }
}

/// An incident names all guests that the trouble befell, and no others.
#[test]
fn each_planted_trouble_names_its_guests() {
    let (expected, actual) = cluster();
    let (troubles, incident_of) = (findings_of(&expected, &actual, true), incident_of(&actual));
    let guests_of = expected["guests_of"].as_object().unwrap();
    assert_eq!(guests_of.len(), 6, "{:?}", guests_of.keys());
    for (trouble, guests) in guests_of {
        let incidents = troubles[trouble.as_str()].iter().map(|index| incident_of[index]);
        let told: BTreeSet<&str> = incidents
            .flat_map(|incident| array(&actual["incidents"][incident], "vms"))
            .filter_map(Value::as_str)
            .collect();
        let guests: BTreeSet<&str> =
            guests.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(told, guests, "{trouble}");
    }
}
