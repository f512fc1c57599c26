//! A report of a span of time, which says so wherever somebody may read it.
//!
//! Of `samples/kb2636573`, ten events of migrations and the dump lie before 21:15 (`hvtriage timeline` and the
//! dump's own time); the guest tells of its restart behind that.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const CASE: &str = "kb2636573";
const AFTER_THE_CRASH: [&str; 2] = ["--since", "2012-01-08T21:15:00Z"];
const AFTER_ALL: [&str; 2] = ["--since", "2013-01-01"];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hvtriage"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples"))
        .output()
        .unwrap()
}

/// What is told, with line breaks and tags between words left out, so that words can be looked for.
fn analyzed(arguments: &[&str]) -> String {
    let output = run(&[&["analyze", CASE], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.replace("<span class=\"whole\">", "").replace("</span>", "");
    text.replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn json(arguments: &[&str]) -> Value {
    let json = ["--format", "json"];
    let output = run(&[&["analyze", CASE], json.as_slice(), arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The forms for people, each with what is shown before a reader looks further.
const FORMS: [&[&str]; 4] = [&[], &["--details"], &["--format", "html"], &["--format", "markdown"]];

#[test]
fn every_form_for_people_tells_the_span_and_what_was_not_judged() {
    for form in FORMS {
        let text = analyzed(&[form, &AFTER_THE_CRASH].concat());
        let told = "Only what happened since 2012-01-08 21:15:00 was judged; 10 events that rules look at and \
                    1 dump outside were not, and causes may lie there.";
        assert!(text.contains(told), "{form:?}: {text}");
        assert!(!analyzed(form).contains("Only what happened"), "{form:?}");
    }
}

#[test]
fn no_finding_in_a_span_is_no_all_clear() {
    for form in FORMS {
        let text = analyzed(&[form, &["-q"], &AFTER_ALL].concat());
        assert!(
            text.contains("13 events that rules look at and 1 dump outside were not"),
            "{form:?}: {text}"
        );
        let told = "no rule holds on what happened since 2013-01-01 00:00:00";
        assert!(text.contains(told), "{form:?}: {text}");
        assert!(!text.contains("no rule of the catalogue holds on this evidence"), "{form:?}");
    }
}

#[test]
fn programs_are_told_the_span() {
    let span = json!({
        "since": "2012-01-08T21:15:00.0000000Z", "until": null, "events_outside": 10, "dumps_outside": 1,
    });
    assert_eq!(json(&AFTER_THE_CRASH)["span"], span);
    assert_eq!(json(&[])["span"], Value::Null);
    let lines = run(&["analyze", CASE, "--format", "jsonl", "--since", "2012-01-08T21:15:00Z"]);
    let lines = String::from_utf8(lines.stdout).unwrap();
    let summary: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(summary["span"], span);
}

/// A table has no place for it.
#[test]
fn a_table_tells_the_span_beside_it() {
    let table = run(&[["analyze", CASE, "--format", "csv"].as_slice(), &AFTER_THE_CRASH].concat());
    let told = String::from_utf8(table.stderr).unwrap();
    assert!(told.contains("10 events that rules look at and 1 dump outside were not"), "{told}");
}

/// The dump of this crash was given; it lies before.
#[test]
fn what_lies_outside_is_not_asked_for() {
    let missing = |arguments: &[&str]| json(arguments)["missing"].to_string();
    assert!(!missing(&AFTER_THE_CRASH).contains("dump"), "{}", missing(&AFTER_THE_CRASH));
    let log = ["analyze", "kb2636573/guest-SQL07/System.evtx", "--format", "json"];
    let without = run(&[log.as_slice(), &AFTER_THE_CRASH].concat());
    let without: Value = serde_json::from_slice(&without.stdout).unwrap();
    let asked = without["missing"].to_string();
    assert!(asked.contains("the memory dump"), "what no file holds is asked for: {asked}");
}

/// What lies outside is not mended.
#[test]
fn a_comparison_with_a_span_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (whole, part) = (file("whole.json"), file("part.json"));
    run(&["analyze", CASE, "--format", "json", "-o", &whole]);
    run(&["analyze", CASE, "--format", "json", "-o", &part, "--since", "2013-01-01"]);
    let told = String::from_utf8(run(&["diff", &whole, &part]).stderr).unwrap();
    assert!(told.contains("part.json judges only what happened since 2013-01-01"), "{told}");
    assert!(told.contains("looks new or gone"), "{told}");
    assert!(run(&["diff", &whole, &whole]).stderr.is_empty());
}
