//! What is told to one who mistyped something, or asks for what cannot be.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::path::Path;
use std::process::{Command, Output};

const CRASHED: &str = "kb2636573";

/// Runs in the folder of the samples.
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

/// What was mistyped is named with what may have been meant, in one line, and nothing is written.
#[test]
fn mistyped_names_get_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out");
    let file = file.to_str().unwrap();
    let table: [(&[&str], &str); 10] = [
        (&["analyze", CRASHED, "--machine", "SQL7", "-o", file], "did you mean 'SQL07'?"),
        (
            &["analyze", CRASHED, "--machine", "mail", "-o", file],
            "it is of HV21.contoso.example, HV22.contoso.example, SQL07.contoso.example",
        ),
        (&["analyze", CRASHED, "--rule", "KB263657", "-o", file], "did you mean 'KB2636573'?"),
        (&["analyze", CRASHED, "--rule", "XY*", "-o", file], "`hvtriage rules list` shows all"),
        (&["rules", "show", "KB263673"], "did you mean 'KB2636573'?"),
        (
            &["explain", "DRIVER_IRQL_NOT_LES_OR_EQUAL"],
            "did you mean 'DRIVER_IRQL_NOT_LESS_OR_EQUAL'?",
        ),
        (&["explain", "Hyper-V-Wroker/18590"], "did you mean 'Hyper-V-Worker/18590'?"),
        (&["timeline", CRASHED, "--machine", "SQL7", "-o", file], "did you mean 'SQL07'?"),
        (&["events", CRASHED, "--machine", "SQL7", "-o", file], "did you mean 'SQL07'?"),
        (
            &["events", CRASHED, "--provider", "Microsoft-Windows-Hyper-V-Netvcs", "-o", file],
            "did you mean 'Microsoft-Windows-Hyper-V-Netvsc'?",
        ),
    ];
    for (arguments, told) in table {
        let output = run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.starts_with("hvtriage: ") && said.contains(told), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(output.stdout.is_empty() && !Path::new(file).exists(), "{arguments:?}");
    }
    // Where not all events were asked for, the machine may have logged others.
    let some = run(&["timeline", CRASHED, "--machine", "SQL7", "--level", "critical"]);
    assert_eq!(some.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&some.stderr).contains("did you mean 'SQL07'?"));
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_refused_at_once() {
    for command in ["analyze", "dump", "events", "timeline"] {
        let output = run(&[command, CRASHED, "--temp-dir", "no-such-folder"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said, "hvtriage: --temp-dir no-such-folder: no such folder\n", "{command}");
    }
}

#[test]
fn text_is_not_written_into_a_file_that_is_called_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [("r.html", "html"), ("r.JSON", "json"), ("r.md", "markdown")] {
        let file = folder.path().join(name);
        let output = run(&["analyze", CRASHED, "-o", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(&format!("add --format {format}")), "{told}");
        assert!(!file.exists());
    }
    let file = folder.path().join("r.txt");
    stdout(&["analyze", CRASHED, "-o", file.to_str().unwrap()]);
}

/// A report of another form is called so, with what to do.
#[test]
fn only_json_reports_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let json = file("report.json");
    stdout(&["analyze", CRASHED, "--format", "json", "-o", &json]);
    let forms = [
        ("text", "is text"),
        ("html", "is an HTML page"),
        ("markdown", "is a page of Markdown"),
        ("jsonl", "has JSON lines"),
        ("csv", "is a table (CSV)"),
    ];
    for (format, looks_like) in forms {
        let other = file(&format!("other-{format}"));
        stdout(&["analyze", CRASHED, "--format", format, "-o", &other]);
        for arguments in [["diff", &json, &other], ["diff", &other, &json]] {
            let output = run(&arguments);
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{told}");
            assert!(told.contains(&format!("{other} {looks_like}")), "{told}");
            assert!(told.contains("`hvtriage analyze PATH --format json -o FILE`"), "{told}");
            assert!(!told.contains("expected value") && told.lines().count() == 1, "{told}");
        }
    }
}

/// Where nothing is written, it is said that nothing was found.
#[test]
fn no_event_is_told() {
    for command in ["events", "timeline"] {
        let output = run(&[command, CRASHED, "--id", "9999"]);
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stdout.is_empty());
        let told = String::from_utf8(output.stderr).unwrap();
        // The sample's README has 25 events in 6 logs.
        assert_eq!(told, "hvtriage: no event is as asked for: 25 events of 6 logs read\n");
        let quiet = run(&[command, CRASHED, "--id", "9999", "--quiet"]);
        assert!(quiet.stderr.is_empty());
    }
}

/// A path where a command stands is what a beginner types.
#[test]
fn a_path_in_the_place_of_a_command_is_understood() {
    let case = CRASHED;
    let output = run(&[case, "--details"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    let wanted =
        format!("hvtriage: '{case}' is no command; to analyze it: hvtriage analyze {case}\n");
    assert_eq!(told, wanted);
    let other = run(&["anlyze"]);
    let told = String::from_utf8(other.stderr).unwrap();
    assert!(other.status.code() == Some(2) && told.contains("'analyze'"), "{told}");
    for arguments in [&["help", "--help"][..], &["help", "-h"], &["help"], &["--help"]] {
        let help = run(arguments);
        assert_eq!(help.status.code(), Some(0), "{arguments:?}");
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(text.contains("Begin with:") && text.contains("hvtriage.toml"), "{text}");
    }
}

/// What the user named, and why, in words.
#[test]
fn what_the_system_refuses_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("none/report.txt");
    let below = below.to_str().unwrap();
    let gone = folder.path().join("gone");
    let gone = gone.to_str().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let case = CRASHED;
    let table: [(&[&str], String); 8] = [
        (&["analyze", gone], format!("{gone}: no such file or folder")),
        (&["dump", gone], format!("{gone}: no such file or folder")),
        (&["diff", gone, gone], format!("{gone}: no such file or folder")),
        (&["rules", "check", gone], format!("{gone}: no such file or folder")),
        (
            &["analyze", case, "-o", below],
            format!("cannot write the report to {below}: no such file or folder"),
        ),
        (
            &["events", case, "-o", below],
            format!("cannot write the events to {below}: no such file or folder"),
        ),
        (&["watch", gone, "--once", "--out", out], format!("{gone}: no such file or folder")),
        (&["watch", gone, "--once", "--out", gone], format!("{gone}: no such file or folder")),
    ];
    for (arguments, wanted) in table {
        let output = run(arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(&wanted), "{arguments:?}: {told}");
        assert!(!told.contains("os error") && !told.contains(".part"), "{told}");
    }
}

/// Help lists what this program can do.
#[test]
fn help_has_parquet_where_the_program_has() {
    for arguments in [["analyze", "-h"], ["events", "--help"], ["timeline", "-h"]] {
        let help = stdout(&arguments);
        assert_eq!(help.contains("parquet"), cfg!(feature = "parquet"), "{help}");
    }
    let asked = run(&["analyze", CRASHED, "--format", "parquet"]);
    let told = String::from_utf8(asked.stderr).unwrap();
    let wanted = if cfg!(feature = "parquet") { "--output" } else { "--features parquet" };
    assert!(asked.status.code() == Some(2) && told.contains(wanted), "{told}");
    assert!(stdout(&["analyze", "-h"]).contains("hvtriage.toml has what is always given"));
}

/// As people call them, and as their logs are called. The sample's README has eight events of the provider of
/// high availability and two of the worker's.
#[test]
fn providers_are_known_by_short_names() {
    for (typed, events) in [
        ("Hyper-V-High-Availability", 8),
        ("microsoft-windows-hyper-v-high-availability", 8),
        ("Hyper-V-Worker-Admin", 2),
        ("Microsoft-Windows-Hyper-V-Worker/Admin", 2),
        ("Worker", 0),
    ] {
        let told = stdout(&["timeline", CRASHED, "--provider", typed]);
        assert_eq!(told.lines().count(), events, "{typed}: {told}");
    }
    let output = run(&["timeline", CRASHED, "--provider", "Hyper-V-Wroker"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("did you mean 'Hyper-V-Worker'?"), "{told}");
}

/// There are dumps, which another command reads.
#[test]
fn dumps_are_no_logs() {
    for command in ["events", "timeline"] {
        let output = run(&[command, "dump-types"]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("no event log to be read among"), "{told}");
        assert!(told.contains("`hvtriage dump` reads crash dumps"), "{told}");
    }
}
