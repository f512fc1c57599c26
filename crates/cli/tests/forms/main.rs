//! Each form of each command against a file that was read before it was accepted (`tests/golden`), and that
//! the forms hold what they promise.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod golden;
#[cfg(feature = "parquet")]
mod lists;
mod reports;

use std::path::Path;

use serde_json::Value;

use golden::{is_golden, refused, run, stdout};

const CASES: [&str; 2] = ["kb2636573", "cluster-2008r2-outdated-guests"];

#[test]
fn a_ticket() {
    for case in CASES {
        is_golden(&format!("{case}.md"), &["analyze", case, "--format", "markdown"]);
    }
}

#[test]
fn tables() {
    let table = |case: &str, table: &str| {
        let arguments = ["analyze", case, "--format", "csv", "--table", table];
        is_golden(&format!("{case}.{table}.csv"), &arguments);
    };
    for case in CASES {
        for name in [
            "findings",
            "incidents",
            "guests",
            "guest_troubles",
            "crashes",
            "stops",
            "migrations",
            "machines",
            "hosts",
            "sources",
            "coverage",
            "missing",
        ] {
            table(case, name);
        }
    }
    table("antivirus-2008r2-cluster", "redirections");
    table("antivirus-2008r2-cluster", "filters");
    table("damaged", "problems");
}

#[test]
fn timelines() {
    for case in CASES {
        for (form, extension) in [
            ("text", "txt"),
            ("csv", "csv"),
            ("timesketch", "timesketch.jsonl"),
            ("ecs", "ecs.jsonl"),
        ] {
            let name = format!("{case}.timeline.{extension}");
            is_golden(&name, &["timeline", case, "--format", form, "--level", "0,1,2,3"]);
        }
    }
}

/// All events once, in order, whoever wrote them; of one machine only its own.
#[test]
fn a_timeline_merges_machines_and_chooses_among_them() {
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let text = stdout(arguments);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let events = lines(&["events", "kb2636573"]);
    // The same folder twice: each event still comes once.
    let merged = lines(&["timeline", "kb2636573", "kb2636573/HV21", "--format", "timesketch"]);
    assert_eq!(merged.len(), events.len());
    let times: Vec<&str> = merged.iter().map(|line| line["datetime"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let computers = |lines: &[Value]| -> std::collections::BTreeSet<String> {
        lines.iter().map(|line| line["computer_name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(computers(&merged).len(), 3);
    let one = lines(&["timeline", "kb2636573", "--machine", "hv22", "--format", "timesketch"]);
    assert_eq!(computers(&one).into_iter().collect::<Vec<_>>(), ["HV22.contoso.example"]);
    let of_it = |line: &&Value| line["computer"] == "HV22.contoso.example";
    assert_eq!(one.len(), events.iter().filter(of_it).count());
}

#[test]
fn explanations() {
    is_golden("explained.txt", &["explain", "0xD1", "Hyper-V-Worker/18590", "0x80070020"]);
    is_golden("explained-rule.txt", &["explain", "KB2636573"]);
    let output = run(&["explain", "KB2636537"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean 'KB2636573'?"));
}

#[test]
fn comparisons() {
    let folder = tempfile::tempdir().unwrap();
    let report = |case: &str| {
        let path = folder.path().join(format!("{case}.json"));
        let path = path.to_str().unwrap().to_owned();
        assert!(run(&["analyze", case, "--format", "json", "-o", &path]).status.success());
        path
    };
    let (first, second) = (report(CASES[0]), report("damaged"));
    is_golden("diff.txt", &["diff", &first, &second]);
    is_golden("diff.json", &["diff", &first, &second, "--format", "json"]);
    let same = stdout(&["diff", &first, &first]);
    assert!(same.starts_with("findings: 0 new, 0 gone, 2 as before\n"), "{same}");
    for wrong in [&["diff", &first, "no-such.json"], &["diff", &first, "README.md"]] {
        assert_eq!(run(wrong).status.code(), Some(2));
    }
    assert_eq!(run(&["diff", &first, &second, "-o", &first]).status.code(), Some(2));
}

#[test]
fn shells_and_man_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = stdout(&["completions", shell]);
        assert!(script.contains("timeline") && script.contains("machine"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(run(&["man", folder.path().to_str().unwrap()]).status.success());
    let page = std::fs::read_to_string(folder.path().join("hvtriage-timeline.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("EvtxECmd"));
    assert!(folder.path().join("hvtriage.1").is_file());
}

#[test]
fn a_table_without_rows_has_its_columns() {
    let text = stdout(&["analyze", "healthy-host", "--format", "csv"]);
    assert!(text.starts_with("\u{feff}rule,title,") && text.ends_with(",citations\r\n"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
#[cfg(not(feature = "parquet"))]
fn without_the_feature_one_line_says_how_to_get_it() {
    for command in [
        ["analyze", "kb2636573", "--format", "parquet", "-o", "no-such-folder"],
        ["events", "kb2636573", "--format", "parquet", "-o", "no-such-file"],
        ["timeline", "kb2636573", "--format", "parquet", "-o", "no-such-file"],
    ] {
        let message = refused(&command);
        assert!(
            message.contains("cargo install --path crates/cli --features parquet"),
            "{message}"
        );
    }
}

#[test]
fn facts_are_no_table_for_spreadsheets() {
    let message = refused(&["analyze", "kb2636573", "--format", "csv", "--table", "facts"]);
    assert!(message.contains("--table facts goes with --format parquet"), "{message}");
}

#[test]
fn a_table_goes_with_forms_of_tables() {
    let message = refused(&["analyze", "healthy-host", "--table", "guests"]);
    assert!(message.contains("--table goes with --format csv or parquet"), "{message}");
    let output = run(&["analyze", "healthy-host", "--format", "csv", "--table", "guest"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn lines() {
    for case in [CASES[0], CASES[1], "damaged"] {
        is_golden(&format!("{case}.jsonl"), &["analyze", case, "--format", "jsonl"]);
    }
}

/// The lines hold the findings and problems of the JSON report, and end with their numbers.
#[test]
fn lines_say_what_the_json_report_says() {
    for case in
        ["kb2636573", "cluster-2008r2-outdated-guests", "damaged", "antivirus-2008r2-cluster"]
    {
        let report: Value =
            serde_json::from_str(&stdout(&["analyze", case, "--format", "json"])).unwrap();
        let text = stdout(&["analyze", case, "--format", "jsonl"]);
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (word, list) in [("finding", "findings"), ("problem", "problems")] {
            let sorted = |mut texts: Vec<String>| {
                texts.sort();
                texts
            };
            let of_lines = lines.iter().filter(|line| line["type"] == word).map(|line| {
                let mut line = line.clone();
                let fields = line.as_object_mut().unwrap();
                fields.shift_remove("type");
                assert_eq!(
                    fields.shift_remove("schema_version"),
                    Some(report["schema_version"].clone())
                );
                line.to_string()
            });
            let of_report = report[list].as_array().unwrap().iter().map(Value::to_string);
            assert_eq!(sorted(of_lines.collect()), sorted(of_report.collect()), "{case}");
        }
        let last = lines.last().unwrap();
        assert_eq!(last["type"], "summary");
        assert_eq!(last["findings"], report["findings"].as_array().unwrap().len());
        assert_eq!(last["problems"], report["problems"].as_array().unwrap().len());
    }
}

#[test]
fn lines_do_not_go_where_evidence_stands() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("System.evtx");
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/kb2636573/HV22/System.evtx");
    std::fs::copy(sample, &log).unwrap();
    let before = std::fs::read(&log).unwrap();
    let (case, log_name) = (folder.path().to_str().unwrap(), log.to_str().unwrap());
    let output = run(&["analyze", case, "--format", "jsonl", "-o", log_name]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(&log).unwrap(), before);
}

/// A list is found by what stands in it: dumps are `crashes`, and restarts that logs tell of are `stops`.
#[test]
fn help_says_what_stands_in_each_list() {
    let help = stdout(&["analyze", "--help"]);
    let (_, lists) = help.split_once("--table").unwrap();
    for (list, about) in [
        ("guest_troubles", "What happened to guests: stopped"),
        ("crashes", "Dumps"),
        ("stops", "Crashes and restarts that logs or dumps tell of"),
    ] {
        let line = lists.lines().find(|line| line.contains(&format!("- {list}:"))).unwrap();
        assert!(line.contains(about), "{line}");
    }
}

/// One log of the sample is cut off in a chunk, another lacks the signature of one.
#[test]
fn coverage_does_not_hide_damage() {
    let text = stdout(&["analyze", "damaged", "--details"]);
    for host in ["HV81", "HV82"] {
        let mut rows =
            text.lines().filter(|line| line.contains(&format!("  {host}.contoso.example  1")));
        let row = rows.next().unwrap();
        assert!(row.contains("damaged, may have holes: System"), "{row}");
    }
    let logs = |case: &str| -> Value {
        let report = stdout(&["analyze", case, "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        let logs = report["coverage"].as_array().unwrap().iter();
        logs.map(|log| log["is_damaged"].clone()).collect()
    };
    assert_eq!(logs("damaged"), serde_json::json!([true, true]));
    assert!(logs("kb2636573").as_array().unwrap().iter().all(|it| it == false));
    let page = stdout(&["analyze", "damaged", "--format", "html"]);
    assert!(page.contains("damaged, may have holes: System"));
}
