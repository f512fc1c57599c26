//! Every expected.json has the agreed shape, and what it cites stands in the evidence.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic in a test is how a test fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hvtriage_samples::scenario::all;
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
        assert_eq!(keys, KEYS, "{scenario}");
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

#[test]
fn citations_stand_in_the_evidence() {
    let table = fs::read_to_string(package().join("records.tsv")).unwrap();
    let records: BTreeSet<String> = table
        .lines()
        .map(|line| {
            let mut columns = line.split('\t');
            let path = columns.next().unwrap_or_default();
            format!("{path}#record:{}", columns.next().unwrap_or_default())
        })
        .collect();
    for (scenario, expected) in expected_files() {
        for finding in expected["findings"].as_array().unwrap() {
            for cite in finding["cites"].as_array().unwrap() {
                let cite = format!("{scenario}/{}", cite.as_str().unwrap());
                let (file, place) = cite.split_once('#').unwrap();
                assert!(package().join(file).is_file(), "{cite}");
                // Logs that are damaged on purpose are not in the table.
                if place.starts_with("record:") && table.contains(&format!("{file}\t")) {
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
