//! The JSON Schema: it is the one in the documentation, and reports are as it says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn stdout(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_hvtriage"))
        .args(arguments)
        .current_dir(root().join("samples"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn documented() -> Value {
    let text = std::fs::read(root().join("docs/report.schema.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn the_documented_schema_is_current() {
    let written: Value = serde_json::from_slice(&stdout(&["schema"])).unwrap();
    assert_eq!(
        written,
        documented(),
        "write it anew: hvtriage schema -o docs/report.schema.json; report-schema.md tells of new fields"
    );
}

#[test]
fn reports_are_as_the_schema_says() {
    let schema = jsonschema::draft202012::new(&documented()).unwrap();
    let cases = [
        "kb2636573",
        "cluster-2008r2-outdated-guests",
        "antivirus-2008r2-cluster",
        "host-2012r2-mixed-guests",
        "inventories-2012r2-2019",
        "cluster-logs-2019",
        "dump-types",
        "damaged",
        "healthy-host",
    ];
    for case in cases {
        let report: Value =
            serde_json::from_slice(&stdout(&["analyze", case, "--format", "json"])).unwrap();
        let wrong: Vec<String> = schema
            .iter_errors(&report)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{case}");
    }
}

/// What is not shown and what is ignored, with and without an end.
#[test]
fn reports_of_a_part_are_as_the_schema_says() {
    let schema = jsonschema::draft202012::new(&documented()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hvtriage.toml");
    let entry = |until: &str| format!("[[ignore]]\nrule = 'KP-41'\nreason = 'known'\n{until}");
    for (until, shown) in [("", "ignored"), ("until = 2020-01-01\n", "left_out")] {
        std::fs::write(&file, entry(until)).unwrap();
        let bytes = stdout(&[
            "analyze",
            "kb2636573",
            "--format",
            "json",
            "--severity",
            "high",
            "--machine",
            "SQL07",
            "--config",
            file.to_str().unwrap(),
        ]);
        let report: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(report["ignored"].is_object() && report[shown].is_object());
        let wrong: Vec<String> = schema.iter_errors(&report).map(|it| it.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// Lines of JSONL hold objects of the report.
#[test]
fn lines_are_as_the_schema_says() {
    for case in ["kb2636573", "cluster-2008r2-outdated-guests", "damaged"] {
        let text = String::from_utf8(stdout(&["analyze", case, "--format", "jsonl"])).unwrap();
        for line in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let name = match line["type"].as_str() {
                Some("finding") => "Finding",
                Some("problem") => "Problem",
                _ => continue,
            };
            let mut schema = documented();
            let fields = schema.as_object_mut().unwrap();
            fields.retain(|field, _| field == "$defs" || field == "$schema");
            fields.insert("$ref".into(), json!(format!("#/$defs/{name}")));
            let schema = jsonschema::draft202012::new(&schema).unwrap();
            assert!(schema.is_valid(&line), "{case}: {line}");
            assert!(!schema.is_valid(&json!({ "type": name })), "{name}");
        }
    }
}

#[test]
fn what_is_no_report_is_refused_and_what_a_later_version_adds_is_not() {
    let schema = jsonschema::draft202012::new(&documented()).unwrap();
    let bytes = stdout(&["analyze", "kb2636573", "--format", "json"]);
    let report: Value = serde_json::from_slice(&bytes).unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut changed = report.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        schema.is_valid(&changed)
    };
    assert!(changed("/findings/0/severity", json!("high")));
    assert!(!changed("/findings/0/severity", json!("catastrophic")));
    assert!(!changed("/findings/0/citations", Value::Null));
    assert!(!changed("/sources/0/size", json!("many")));
    assert!(!changed("/machines", json!({})));
    let mut later = report.clone();
    later.as_object_mut().unwrap().insert("of_a_later_version".into(), json!([1]));
    assert!(schema.is_valid(&later));
    let mut without = report.clone();
    without.as_object_mut().unwrap().shift_remove("findings");
    assert!(!schema.is_valid(&without));
}
