//! What is shown of a report, and that what is not is counted.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod parts;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use parts::{has_its_incidents, is_counted};

const OUTDATED: &str = "cluster-2008r2-outdated-guests";
const CRASHED: &str = "kb2636573";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hvtriage"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples"))
        .output()
        .unwrap()
}

fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn report(case: &str, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["analyze", case, "--format", "json"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    serde_json::from_str(&stdout(&all)).unwrap()
}

fn list<'a>(report: &'a Value, name: &str) -> &'a Vec<Value> {
    report[name].as_array().unwrap()
}

#[test]
fn only_findings_so_grave_are_shown() {
    let whole = report(OUTDATED, &[]);
    assert_eq!(whole["left_out"], Value::Null);
    for (least, words) in
        [("high", vec!["high", "critical"]), ("medium", vec!["medium", "high", "critical"])]
    {
        let shown = report(OUTDATED, &["--severity", least]);
        let mut wanted = list(&whole, "findings").clone();
        wanted.retain(|finding| words.contains(&finding["severity"].as_str().unwrap()));
        assert!(!wanted.is_empty() && wanted.len() < list(&whole, "findings").len(), "{least}");
        assert_eq!(list(&shown, "findings"), &wanted);
        assert_eq!(shown["left_out"]["severity"], least);
        assert_eq!(shown["guests"], whole["guests"], "a guest has no severity");
        is_counted(&whole, &shown);
        has_its_incidents(&whole, &shown);
    }
}

#[test]
fn only_findings_of_a_rule_are_shown() {
    let whole = report(CRASHED, &[]);
    let shown = report(CRASHED, &["--rule", "kb2636*"]);
    let mut wanted = list(&whole, "findings").clone();
    wanted.retain(|finding| finding["rule"] == "KB2636573");
    assert!(!wanted.is_empty() && wanted.len() < list(&whole, "findings").len());
    assert_eq!(list(&shown, "findings"), &wanted);
    is_counted(&whole, &shown);
    has_its_incidents(&whole, &shown);
}

/// Of the incident that KB2636573 leads only the restart is shown: no form may call that KB2636573.
#[test]
fn every_form_calls_a_part_of_an_incident_as_what_is_shown() {
    let whole = "Guest of 2008 R2 stops with 0xD1 in storvsc when it is live migrated";
    let shown = report(CRASHED, &["--rule", "KP-41"]);
    let incident = &list(&shown, "incidents")[0];
    let finding = &list(&shown, "findings")[0];
    assert_eq!(incident["severity"], finding["severity"]);
    assert_eq!(incident["title"], finding["title"]);
    assert_eq!(incident["part_of"], json!({"title": whole, "severity": "critical"}));
    let own = finding["title"].as_str().unwrap();
    let of = |more: &[&str]| {
        let all = [&["analyze", CRASHED, "--rule", "KP-41"], more].concat();
        let text = stdout(&all).replace('\\', "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = format!("{own} (part of: {whole})");
    for form in [&["--details"][..], &["--format", "html"], &["--format", "markdown"]] {
        let text = of(form);
        assert!(text.contains(&told), "{form:?}: {text}");
    }
    let screen = of(&[]);
    let line = screen.split("1. ").nth(1).unwrap();
    assert!(line.contains(own) && !line.starts_with("CRITICAL"), "{screen}");
}

/// What is given through a pipe is gone once it is read, so that it must not be read for each question.
#[cfg(unix)]
#[test]
fn rules_are_read_once() {
    use std::io::Write as _;
    let rule =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../diagnosis/catalogue/crash/KP-41.yaml");
    let rule = std::fs::read_to_string(rule).unwrap().replace("id: KP-41", "id: OWN-41");
    let mut child = Command::new(env!("CARGO_BIN_EXE_hvtriage"))
        .args(["analyze", CRASHED, "--rules", "/dev/stdin", "--rule", "OWN-41", "--format", "json"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(rule.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list(&report, "findings").len(), 1);
    assert_eq!(report["findings"][0]["rule"], "OWN-41");
}

/// Nobody looks for a rule that found nothing in a report that says "No finding is shown".
#[test]
fn a_rule_without_a_finding_is_told() {
    let output = run(&["analyze", CRASHED, "--rule", "KP-41", "--rule", "CSV-*"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "hvtriage: rule 'CSV-*' has no finding in this evidence\n");
    assert_eq!(output.status.code(), Some(0));
    let shown = report(CRASHED, &["--rule", "KP-41", "--rule", "CSV-*"]);
    assert_eq!(shown["left_out"]["unmet_rules"], json!(["CSV-*"]));
}

/// The host that the guest left has no finding of its own; the incident began on it.
#[test]
fn a_host_is_shown_with_what_began_on_it() {
    let whole = report(CRASHED, &[]);
    for host in ["HV21", "hv22.contoso.example"] {
        let shown = report(CRASHED, &["--machine", host]);
        assert_eq!(shown["findings"], whole["findings"], "{host}");
        assert_eq!(shown["incidents"], whole["incidents"], "{host}");
        is_counted(&whole, &shown);
    }
    let involved = &list(&whole, "incidents")[0]["machines"];
    let hosts = ["HV21.contoso.example", "HV22.contoso.example", "SQL07.contoso.example"];
    assert_eq!(*involved, json!(hosts));
}

#[test]
fn words_are_taken_in_any_case() {
    let lower = report(OUTDATED, &["--severity", "high"]);
    assert_eq!(report(OUTDATED, &["--severity", "HIGH"]), lower);
    let all: [&[&str]; 8] = [
        &["analyze", CRASHED, "--format", "JSON"],
        &["analyze", CRASHED, "--format", "Csv", "--table", "Incidents"],
        &["analyze", CRASHED, "--color", "NEVER", "--fail-on", "Critical"],
        &["events", CRASHED, "--format", "CSV"],
        &["timeline", CRASHED, "--format", "Text"],
        &["dump", CRASHED, "--format", "JSON"],
        &["rules", "list", "--format", "JSON"],
        &["completions", "Bash"],
    ];
    for arguments in all {
        let upper = run(arguments);
        let lower: Vec<String> = arguments.iter().map(|it| it.to_lowercase()).collect();
        let lower = run(&lower.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(upper, lower, "{arguments:?}");
        assert!(!upper.stdout.is_empty() && upper.status.code() != Some(2), "{arguments:?}");
    }
}

/// The same events as those of the timeline, in the order of the logs.
#[test]
fn events_are_those_of_a_machine() {
    let lines = |arguments: &[&str]| -> Vec<Value> {
        stdout(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines(&["events", CRASHED]);
    let of = lines(&["events", CRASHED, "--machine", "sql07", "--machine", "HV21"]);
    let is_of = |event: &&Value| event["computer"].as_str().unwrap() != "HV22.contoso.example";
    assert_eq!(of, all.iter().filter(is_of).cloned().collect::<Vec<_>>());
    assert!(!of.is_empty() && of.len() < all.len());
}

/// The guest of the crash by any of its names; its host has no finding of its own, but an incident.
#[test]
fn only_what_is_about_a_machine_is_shown() {
    let whole = report(CRASHED, &[]);
    let shown = report(CRASHED, &["--machine", "SQL07"]);
    is_counted(&whole, &shown);
    has_its_incidents(&whole, &shown);
    assert!(list(&shown, "findings").iter().any(|finding| finding["rule"] == "KB2636573"));
    assert_eq!(shown["crashes"], whole["crashes"], "the dump is tied to it by its crash");
    assert_eq!(list(&shown, "stops").len(), 1);
    assert!(list(&shown, "coverage").iter().all(|log| log["machine"] == "SQL07.contoso.example"));
    assert!(shown["left_out"]["rows"].as_u64().unwrap() > 0);
    for name in ["sql07.contoso.example", "sql*"] {
        let mut other = report(CRASHED, &["--machine", name]);
        other["left_out"]["machines"] = shown["left_out"]["machines"].clone();
        assert_eq!(other, shown, "{name}");
    }
    let hosts = report(OUTDATED, &["--machine", "HV01", "--machine", "hv02"]);
    let whole = report(OUTDATED, &[]);
    is_counted(&whole, &hosts);
    has_its_incidents(&whole, &hosts);
    let is_there = |guest: &Value| {
        let hosts = guest["hosts"].as_array().unwrap().iter();
        hosts
            .clone()
            .any(|host| ["HV01", "HV02"].iter().any(|it| host.as_str().unwrap().starts_with(it)))
    };
    let mut guests = list(&whole, "guests").clone();
    guests.retain(is_there);
    assert_eq!(list(&hosts, "guests"), &guests);
}

#[test]
fn every_form_says_how_much_is_not_shown() {
    let told = "5 findings and 2 incidents are not shown (--severity high).";
    let of = |format: &'static str| ["analyze", OUTDATED, "--severity", "high", "--format", format];
    for format in ["text", "html", "markdown"] {
        let shown = stdout(&of(format)).replace("\\(", "(").replace("\\)", ")").replace("\\-", "-");
        // A page keeps words with hyphens whole.
        let shown = shown.replace("<span class=\"whole\">", "").replace("</span>", "");
        let shown = shown.replace("\\.", ".");
        assert!(shown.contains(told), "{format}: {shown}");
    }
    let details = stdout(&["analyze", OUTDATED, "--severity", "high", "--details"]);
    assert!(details.contains(told), "{details}");
    let lines = stdout(&of("jsonl"));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_type = |name: &str| lines.iter().filter(|line| line["type"] == name).collect::<Vec<_>>();
    assert_eq!(of_type("finding").len(), 1);
    assert_eq!(of_type("summary")[0]["left_out"]["findings"], 5);
    // A table has no place for it.
    let csv = run(&of("csv"));
    assert_eq!(String::from_utf8_lossy(&csv.stdout).lines().count(), 2, "the head and a row");
    assert_eq!(String::from_utf8_lossy(&csv.stderr), format!("hvtriage: {told}\n"));
    let quiet: Vec<&str> = of("csv").into_iter().chain(["--quiet"]).collect();
    assert!(run(&quiet).stderr.is_empty());
}

#[test]
fn the_exit_code_is_that_of_what_is_shown() {
    let code = |arguments: &[&str]| {
        let all = [&["analyze", OUTDATED, "--fail-on", "high"], arguments].concat();
        run(&all).status.code()
    };
    assert_eq!(code(&[]), Some(1));
    assert_eq!(code(&["--severity", "high"]), Some(1));
    assert_eq!(code(&["--severity", "critical"]), Some(0));
}

/// What a selection left out is not mended.
#[test]
fn a_comparison_with_a_selection_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (whole, shown) = (file("whole.json"), file("shown.json"));
    stdout(&["analyze", CRASHED, "--format", "json", "-o", &whole]);
    stdout(&["analyze", CRASHED, "--format", "json", "-o", &shown, "--rule", "KP-41"]);
    let output = run(&["diff", &whole, &shown]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("shown.json shows a selection: 1 finding was left out"), "{told}");
    assert!(run(&["diff", &whole, &whole]).stderr.is_empty());
}
