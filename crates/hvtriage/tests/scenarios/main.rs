//! Every sample case against what its author says must come out of it.
//!
//! `samples/<case>/expected.json` is written from the story, never from a report.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod cluster;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hvtriage::{Options, analyze};
use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(samples()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.join("expected.json").is_file()).collect();
    cases.sort();
    assert!(cases.len() >= 8, "{} cases", cases.len());
    cases
}

fn report(path: &Path, jobs: usize) -> String {
    let diagnosis = analyze(&[path], &Options::default().jobs(jobs)).unwrap();
    let mut bytes = Vec::new();
    hvtriage_report::write(&diagnosis, hvtriage_report::Format::Json, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// `Node_A/System.evtx#record:7`, whatever folder the case was analyzed in.
fn cites(case: &Path, finding: &Value) -> BTreeSet<String> {
    let prefix = format!("{}/", case.to_string_lossy().replace('\\', "/"));
    let locators = array(finding, "citations").iter().map(|citation| {
        let source = text(citation, "source");
        let source = source.strip_prefix(&prefix).unwrap_or(source);
        match citation["record_id"].as_u64() {
            Some(id) => format!("{source}#record:{id}"),
            None if citation["line"].is_u64() => format!("{source}#line:{}", citation["line"]),
            None => format!("{source}#offset:{}", text(citation, "offset")),
        }
    });
    locators.collect()
}

fn check_findings(case: &Path, expected: &Value, actual: &Value) {
    let name = case.file_name().unwrap().to_string_lossy();
    let rules = |of: &Value| -> BTreeSet<String> {
        array(of, "findings").iter().map(|one| text(one, "rule").to_owned()).collect()
    };
    assert_eq!(rules(actual), rules(expected), "{name}: rules that held");
    for wanted in array(expected, "findings") {
        let rule = text(wanted, "rule");
        let found = array(actual, "findings").iter().find(|one| {
            let same = |key| wanted[key].is_null() || wanted[key] == one[key];
            // The stories call a machine by its host name, whichever name its logs show.
            let host_name = text(one, "machine").split('.').next().unwrap_or_default();
            let is_machine = match &wanted["machine"] {
                Value::Null => true,
                // Seen on several: the finding names one of them and cites all.
                Value::Array(names) => names.iter().any(|name| name == host_name),
                name => name == host_name,
            };
            let citations = cites(case, one);
            let cited = array(wanted, "cites").iter().filter_map(Value::as_str);
            text(one, "rule") == rule
                && is_machine
                && ["severity", "confidence", "subject"].into_iter().all(same)
                && cited.into_iter().all(|cite| citations.contains(cite))
        });
        let candidates: Vec<_> = array(actual, "findings")
            .iter()
            .filter(|one| text(one, "rule") == rule)
            .map(|one| (text(one, "machine"), text(one, "confidence"), cites(case, one)))
            .collect();
        assert!(found.is_some(), "{name}: {wanted} is not among {candidates:#?}");
    }
    for absent in array(expected, "absent_rules").iter().filter_map(Value::as_str) {
        assert!(!rules(actual).contains(absent), "{name}: {absent} must not hold");
    }
}

fn check_tables(case: &Path, expected: &Value, actual: &Value) {
    let name = case.file_name().unwrap().to_string_lossy();
    for wanted in array(expected, "guests") {
        let found = array(actual, "guests").iter().any(|one| {
            let keys = [
                ("name", "vm_name"),
                ("service", "service"),
                ("negotiated", "negotiated"),
                ("expected", "expected"),
                ("harmless", "harmless"),
            ];
            keys.iter().all(|(key, theirs)| wanted[key].is_null() || wanted[key] == one[theirs])
        });
        assert!(found, "{name}: guest {wanted} is not among {:#}", actual["guests"]);
    }
    for wanted in array(expected, "crashes") {
        let found = array(actual, "crashes").iter().any(|one| {
            let blamed = &one["blamed"]["module"];
            text(one, "source").ends_with(text(wanted, "source"))
                && one["bugcheck"]["code"] == wanted["code"]
                && one["bugcheck"]["parameters"] == wanted["parameters"]
                && (wanted["blamed_module"].is_null() || *blamed == wanted["blamed_module"])
        });
        assert!(found, "{name}: crash {wanted} is not among {:#}", actual["crashes"]);
    }
    for wanted in array(expected, "problems") {
        let found = array(actual, "problems").iter().any(|one| {
            text(one, "source").ends_with(text(wanted, "source"))
                && text(one, "message").contains(text(wanted, "contains"))
        });
        assert!(found, "{name}: problem {wanted} is not among {:#}", actual["problems"]);
    }
    if array(expected, "problems").is_empty() {
        assert!(array(actual, "problems").is_empty(), "{name}: {:#}", actual["problems"]);
    }
    if let Some(incidents) = expected["incidents"].as_u64() {
        assert_eq!(array(actual, "incidents").len() as u64, incidents, "{name}: incidents");
    }
}

/// MEMORY.DMP and the minidump beside it are two dumps of one crash.
#[test]
fn a_crash_counts_once_however_many_dumps_it_left() {
    let report: Value =
        serde_json::from_str(&report(&samples().join("antivirus-on-host"), 2)).unwrap();
    assert_eq!(array(&report, "crashes").len(), 2);
    assert_eq!(array(&report, "machines").len(), 1, "{:#}", report["machines"]);
    let restart = array(&report, "findings").iter().find(|it| it["rule"] == "KP-41").unwrap();
    assert_eq!(restart["count"], 1);
}

#[test]
fn every_case_tells_its_story() {
    for case in cases() {
        let expected = std::fs::read_to_string(case.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let actual: Value = serde_json::from_str(&report(&case, 2)).unwrap();
        check_findings(&case, &expected, &actual);
        check_tables(&case, &expected, &actual);
    }
}

/// Every finding of a report stands in one incident and cites something.
#[test]
fn findings_have_citations_and_incidents() {
    let actual: Value = serde_json::from_str(&report(&samples(), 2)).unwrap();
    let findings = array(&actual, "findings");
    assert!(!findings.is_empty());
    let mut incidents: BTreeMap<u64, u32> = BTreeMap::new();
    for incident in array(&actual, "incidents") {
        for index in array(incident, "findings") {
            *incidents.entry(index.as_u64().unwrap()).or_default() += 1;
        }
    }
    for (index, finding) in findings.iter().enumerate() {
        assert!(!array(finding, "citations").is_empty(), "{finding:#}");
        assert_eq!(incidents.get(&(index as u64)), Some(&1), "finding {index}");
    }
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    let one = report(&samples(), 1);
    for jobs in [2, 3, 8] {
        assert_eq!(report(&samples(), jobs), one, "{jobs} threads");
    }
}

/// An event that was sent twice counts once.
#[test]
fn copies_of_a_log_change_nothing_but_the_names() {
    let case = samples().join("kb2636573");
    let folder = std::env::temp_dir().join(format!("hvtriage-copies-{}", std::process::id()));
    for copy in ["a", "b"] {
        copy_folder(&case, &folder.join(copy));
    }
    let once: Value = serde_json::from_str(&report(&folder.join("a"), 2)).unwrap();
    // The dump is left out of the second copy: two dumps are two crashes until contents are compared.
    remove_dumps(&folder.join("b"));
    let twice: Value = serde_json::from_str(&report(&folder, 2)).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let messages = |of: &Value| -> Vec<String> {
        array(of, "findings").iter().map(|one| text(one, "message").to_owned()).collect()
    };
    assert_eq!(messages(&twice).len(), messages(&once).len());
    let has_copies = |of: &Value| {
        array(of, "sources").iter().filter(|one| !array(one, "copies").is_empty()).count()
    };
    assert_eq!(has_copies(&once), 0);
    // The dump is there once.
    assert_eq!(has_copies(&twice) + 1, array(&twice, "sources").len());
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn remove_dumps(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_dumps(&path);
        } else if path.extension().is_some_and(|one| one.eq_ignore_ascii_case("dmp")) {
            std::fs::remove_file(&path).unwrap();
        }
    }
}
