//! That what is shown is a part of the whole report.

use serde_json::{Value, json};

use crate::list;

/// Every list together with what was left out of it is the whole list.
pub(crate) fn is_counted(whole: &Value, shown: &Value) {
    for name in ["findings", "incidents", "guests", "crashes"] {
        let left = shown["left_out"][name].as_u64().unwrap() as usize;
        assert_eq!(list(shown, name).len() + left, list(whole, name).len(), "{name}");
    }
    let others = [
        "host_drift",
        "guest_troubles",
        "reported_guests",
        "unknowable_guests",
        "stops",
        "migrations",
        "hosts",
        "redirections",
        "filters",
        "coverage",
        "missing",
    ];
    let rows = |report: &Value| others.iter().map(|name| list(report, name).len()).sum::<usize>();
    let left = shown["left_out"]["rows"].as_u64().unwrap() as usize;
    assert_eq!(rows(shown) + left, rows(whole));
    for name in ["sources", "machines", "problems"] {
        assert_eq!(shown[name], whole[name], "{name} is what the rest is founded on");
    }
}

/// The incidents of the whole report that have a shown finding. One whose lead and gravest are shown is as it
/// was but for the places; another is called as the first of what is shown of it, and says what that is part of.
pub(crate) fn has_its_incidents(whole: &Value, shown: &Value) {
    let without_places = |incident: &Value| {
        let mut incident = incident.clone();
        incident.as_object_mut().unwrap().remove("findings");
        incident
    };
    let grave = |severity: &Value| {
        let all = ["info", "low", "medium", "high", "critical"];
        all.iter().position(|word| severity == word).unwrap()
    };
    let called = |incident: &Value, all: &[Value], kept: &[Value]| {
        let mut called = without_places(incident);
        let Some(first) = kept.first() else { return called };
        let gravest = kept.iter().max_by_key(|it| grave(&it["severity"])).unwrap();
        called["severity"] = gravest["severity"].clone();
        if *first != all[0] {
            for name in ["title", "machine", "confidence"] {
                called[name] = first[name].clone();
            }
        }
        if *first != all[0] || called["severity"] != incident["severity"] {
            let part_of = json!({"title": incident["title"], "severity": incident["severity"]});
            called["part_of"] = part_of;
            // Times of one form are in order as words are.
            let times = |name: &'static str| kept.iter().filter_map(move |it| it[name].as_str());
            called["start"] = json!(times("time").min());
            called["end"] = json!(times("last_time").max());
        }
        called
    };
    let without_summary = |mut incident: Value| {
        if incident["part_of"] != Value::Null {
            incident["summary"] = Value::Null;
        }
        incident
    };
    let found = |report: &Value, incident: &Value| -> Vec<Value> {
        let places = incident["findings"].as_array().unwrap().iter();
        places
            .map(|place| list(report, "findings")[place.as_u64().unwrap() as usize].clone())
            .collect()
    };
    let wanted: Vec<(Value, Vec<Value>)> = list(whole, "incidents")
        .iter()
        .map(|incident| {
            let all = found(whole, incident);
            let mut findings = all.clone();
            findings.retain(|finding| list(shown, "findings").contains(finding));
            (without_summary(called(incident, &all, &findings)), findings)
        })
        .filter(|(_, findings)| !findings.is_empty())
        .collect();
    let incidents = list(shown, "incidents");
    let is_in_order = incidents.is_sorted_by_key(|it| std::cmp::Reverse(grave(&it["severity"])));
    assert!(is_in_order, "the gravest first");
    let incidents = incidents.iter();
    let shown: Vec<(Value, Vec<Value>)> = incidents
        .map(|incident| (without_summary(without_places(incident)), found(shown, incident)))
        .collect();
    let is_there = |pair: &(Value, Vec<Value>)| wanted.contains(pair);
    assert!(shown.len() == wanted.len() && shown.iter().all(is_there), "{shown:#?}\n{wanted:#?}");
}
