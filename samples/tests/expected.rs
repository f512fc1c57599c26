//! Every expected.json has the agreed shape, and what it cites stands in the evidence.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a panic in a test is how a test fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hvtriage_samples::scenario::{Evidence, all, archived_logs};
use serde_json::Value;

const KEYS: [&str; 7] =
    ["story", "findings", "absent_rules", "guests", "crashes", "problems", "incidents"];

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn expected_files() -> Vec<(String, Value)> {
    let scenarios: BTreeSet<String> = all()
        .iter()
        .filter_map(|sample| sample.path.split('/').next().map(str::to_owned))
        .collect();
    let read = |scenario: String| {
        let text = fs::read_to_string(package().join(&scenario).join("expected.json")).unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{scenario}: {e}"));
        (scenario, value)
    };
    scenarios.into_iter().map(read).collect()
}

#[test]
fn shapes_are_as_agreed() {
    for (scenario, expected) in expected_files() {
        let keys: Vec<&str> = expected.as_object().unwrap().keys().map(String::as_str).collect();
        let keys: Vec<&str> = keys.into_iter().filter(|key| *key != "guests_of").collect();
        assert_eq!(keys, KEYS, "{scenario}");
        assert_eq!(expected["guests_of"].is_object(), scenario == "cluster-16-hosts");
        for finding in expected["findings"].as_array().unwrap() {
            let severity = finding["severity"].as_str().unwrap();
            assert!(
                ["info", "low", "medium", "high", "critical"].contains(&severity),
                "{scenario}: {severity}"
            );
            assert!(!finding["cites"].as_array().unwrap().is_empty(), "{scenario}: {finding}");
        }
    }
}

/// `path#record:EventRecordID` of every record of a whole log.
fn records() -> BTreeSet<String> {
    let samples = all();
    let alone = samples.iter().map(|sample| (sample.path.clone(), sample));
    let archived = archived_logs(&samples)
        .map(|(archive, member)| (format!("{archive}!{}", member.path), member));
    let mut records = BTreeSet::new();
    for (path, sample) in alone.chain(archived) {
        if let Evidence::Log { first_record, events }
        | Evidence::Export { first_record, events, .. } = &sample.evidence
        {
            let numbers = *first_record..*first_record + events.len() as u64;
            records.extend(numbers.map(|record| format!("{path}#record:{record}")));
        }
    }
    records
}

#[test]
fn citations_stand_in_the_evidence() {
    let records = records();
    let logs: BTreeSet<&str> =
        records.iter().filter_map(|record| record.split('#').next()).collect();
    for (scenario, expected) in expected_files() {
        for finding in expected["findings"].as_array().unwrap() {
            for cite in finding["cites"].as_array().unwrap() {
                let cite = format!("{scenario}/{}", cite.as_str().unwrap());
                let (file, place) = cite.split_once('#').unwrap();
                let on_disk = file.split('!').next().unwrap_or_default();
                assert!(package().join(on_disk).is_file(), "{cite}");
                // Logs that are damaged on purpose are not among those of the writer.
                if place.starts_with("record:") && (logs.contains(file) || file.contains('!')) {
                    assert!(records.contains(&cite), "{cite}");
                }
            }
        }
        for named in ["crashes", "problems"] {
            for row in expected[named].as_array().unwrap() {
                let source = row["source"].as_str().unwrap();
                assert!(package().join(&scenario).join(source).is_file(), "{scenario}/{source}");
            }
        }
    }
}
