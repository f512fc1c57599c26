//! `hvtriage.toml`: where it is found, what it adds, and what becomes of findings that it ignores.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const CRASHED: &str = "kb2636573";

fn samples(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(case).canonicalize().unwrap()
}

/// Runs in `folder`, with nothing of the environment.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
    command.env_remove("HVTRIAGE_CONFIG").current_dir(folder).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    let case = samples(CRASHED);
    let all = [&["analyze", case.to_str().unwrap(), "--format", "json"], arguments].concat();
    serde_json::from_str(&stdout(&run(folder, &all))).unwrap()
}

fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hvtriage.toml"), text).unwrap();
    folder
}

fn rules(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn an_ignored_finding_is_told_apart_and_leads_nothing() {
    let none = tempfile::tempdir().unwrap();
    let whole = report(none.path(), &[]);
    assert_eq!(whole["ignored"], Value::Null);
    assert_eq!(rules(&whole["findings"]), ["KB2636573", "KP-41"]);
    let folder = folder_with("[[ignore]]\nrule = 'kb2636573'\nreason = 'the update is ordered'\n");
    let shown = report(folder.path(), &[]);
    assert_eq!(rules(&shown["findings"]), ["KP-41"]);
    let mut ignored = shown["ignored"]["findings"][0].clone();
    assert_eq!(ignored["reason"], "the update is ordered");
    assert_eq!(ignored["until"], Value::Null);
    ignored.as_object_mut().unwrap().retain(|key, _| key != "reason" && key != "until");
    assert_eq!(ignored, whole["findings"][0], "it is the finding as it was");
    let incident = &shown["incidents"][0];
    assert_eq!(incident["title"], shown["findings"][0]["title"]);
    assert_eq!(incident["severity"], "high", "and no longer critical");
    assert_eq!(incident["findings"], serde_json::json!([0]));
    let case = samples(CRASHED);
    let code = |arguments: &[&str]| {
        let all =
            [&["analyze", case.to_str().unwrap(), "--fail-on", "critical"], arguments].concat();
        run(folder.path(), &all).status.code()
    };
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--no-config"]), Some(1));
}

#[test]
fn every_form_tells_what_is_ignored_and_why() {
    let folder = folder_with("[[ignore]]\nrule = 'KP-*'\nreason = 'switched off at night'\n");
    let case = samples(CRASHED);
    let of = |arguments: &[&str]| {
        run(folder.path(), &[&["analyze", case.to_str().unwrap()], arguments].concat())
    };
    let head = "1 more finding is known and ignored.";
    for arguments in [&["--details"][..], &["--format", "html"], &["--format", "markdown"]] {
        let told = stdout(&of(arguments));
        assert!(told.contains("switched off at night"), "{arguments:?}: {told}");
        assert!(told.replace("\\.", ".").contains(head), "{arguments:?}: {told}");
    }
    assert!(stdout(&of(&[])).contains(head));
    let lines = stdout(&of(&["--format", "jsonl"]));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["finding", "ignored", "summary"]);
    assert_eq!(lines[1]["reason"], "switched off at night");
    assert_eq!(lines[2]["ignored"], 1);
    let csv = of(&["--format", "csv"]);
    assert!(!stdout(&csv).contains("KP-41"));
    assert_eq!(stderr(&csv), format!("hvtriage: {head}\n"));
}

/// Each condition must hold; a finding of several files is not ignored for one of them.
#[test]
fn an_entry_fits_by_machine_guest_and_file() {
    for (condition, is_ignored) in [
        ("machine = 'SQL07'", true),
        ("machine = 'sql*'", true),
        ("machine = 'HV21'", false),
        ("guest = 'SQL07.contoso.example'", true),
        ("guest = 'WEB08'", false),
        ("file = 'guest-SQL07/*'", true),
        ("file = 'guest-SQL07/System.evtx'", false),
        ("file = 'HV21/*'", false),
        ("machine = 'SQL07'\nfile = 'HV21/*'", false),
    ] {
        let entry = format!("[[ignore]]\nrule = 'KP-41'\nreason = 'known'\n{condition}\n");
        let shown = report(folder_with(&entry).path(), &[]);
        assert_eq!(!rules(&shown["findings"]).contains(&"KP-41"), is_ignored, "{condition}");
    }
}

#[test]
fn an_entry_ends_with_its_last_day_and_that_is_told() {
    let entry = "[[ignore]]\nrule = 'KP-41'\nreason = 'known'\nuntil = 2026-12-31\n";
    let folder = folder_with(entry);
    let last = report(folder.path(), &["--today", "2026-12-31"]);
    assert_eq!(rules(&last["ignored"]["findings"]), ["KP-41"]);
    assert_eq!(last["ignored"]["today"], "2026-12-31");
    assert_eq!(last["ignored"]["findings"][0]["until"], "2026-12-31");
    let over = report(folder.path(), &["--today", "2027-01-01"]);
    assert_eq!(rules(&over["findings"]), ["KB2636573", "KP-41"]);
    assert_eq!(over["ignored"]["expired"][0]["rule"], "KP-41");
    assert_eq!(over["ignored"]["expired"][0]["findings"], 1);
    let case = samples(CRASHED);
    let told =
        stdout(&run(folder.path(), &["analyze", case.to_str().unwrap(), "--today", "2027-01-01"]));
    let words = "Ignoring KP-41 ended on 2026-12-31, and it is 2027-01-01: 1 finding is shown again (known).";
    assert!(told.contains(words), "{told}");
}

#[test]
fn the_file_is_found_above_and_never_in_the_evidence() {
    let top = folder_with("[[ignore]]\nrule = '*'\nreason = 'all of it'\n");
    let below = top.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    let is_used = |report: &Value| report["ignored"] != Value::Null;
    assert!(is_used(&report(&below, &[])));
    assert!(!is_used(&report(&below, &["--no-config"])));
    // One that came with the evidence would hide what its maker wants hidden.
    let evidence = top.path().join("evidence");
    fs::create_dir(&evidence).unwrap();
    let log = samples(CRASHED).join("guest-SQL07/System.evtx");
    fs::copy(log, evidence.join("System.evtx")).unwrap();
    fs::rename(top.path().join("hvtriage.toml"), evidence.join("hvtriage.toml")).unwrap();
    let output = run(&evidence, &["analyze", ".", "--format", "json"]);
    assert!(
        stderr(&output).contains("lies in the evidence and is not used"),
        "{}",
        stderr(&output)
    );
    assert!(!is_used(&serde_json::from_str(&stdout(&output)).unwrap()));
    let named = ["analyze", ".", "--format", "json", "--config", "hvtriage.toml"];
    assert!(is_used(&serde_json::from_str(&stdout(&run(&evidence, &named))).unwrap()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
    command.env("HVTRIAGE_CONFIG", evidence.join("hvtriage.toml")).current_dir(top.path());
    let output = command.arg("analyze").arg(&evidence).args(["--format", "json"]).output().unwrap();
    assert!(is_used(&serde_json::from_str(&stdout(&output)).unwrap()));
}

#[test]
fn what_is_wrong_with_the_file_is_told_in_one_line() {
    let folder = folder_with("rules = []\nsymbls = []\n");
    let case = samples(CRASHED);
    for arguments in [
        &["analyze", case.to_str().unwrap()][..],
        &["rules", "list"],
        &["explain", "0xD1"],
        &["config"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = stderr(&output);
        let told = "hvtriage.toml:2:1: unknown key 'symbls'; did you mean 'symbols'?\n";
        assert!(said.ends_with(told) && said.lines().count() == 1, "{arguments:?}: {said}");
    }
    let output = run(folder.path(), &["config", "--config", "other.toml"]);
    assert_eq!(stderr(&output), "hvtriage: --config other.toml: no such file\n");
}

/// Whatever the current folder is, and beside what is typed.
#[test]
fn paths_are_relative_to_the_file() {
    let top = folder_with("rules = 'own'\n");
    let (own, below) = (top.path().join("own"), top.path().join("below"));
    fs::create_dir_all(&own).unwrap();
    fs::create_dir_all(&below).unwrap();
    fs::write(own.join("own-1.yaml"), "id: [").unwrap();
    let output = run(&below, &["rules", "list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("own-1.yaml"), "{}", stderr(&output));
    assert!(run(&below, &["rules", "list", "--no-config"]).status.success());
}

#[test]
fn what_is_in_force_is_shown_with_where_it_comes_from() {
    let folder = folder_with(
        "rules = ['own']\nimages = 'drivers'\n[[ignore]]\nrule = 'KP-41'\nmachine = 'HV01'\n\
         reason = 'known'\nuntil = 2026-12-31\n",
    );
    fs::create_dir(folder.path().join("own")).unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let told = stdout(&run(&below, &["config", "--today", "2027-01-01"]));
    let top = folder.path().canonicalize().unwrap();
    let wanted = format!(
        "file       {0}/hvtriage.toml (a folder above the current one)\n\
         rules      {0}/own (line 1)\n\
         images     {0}/drivers (line 2, does not exist)\n\
         ignore     KP-41, machine HV01, until 2026-12-31: known (line 3, EXPIRED)\n\
         today      2027-01-01 (--today)\n",
        top.display()
    );
    assert_eq!(told, wanted);
    let none = stdout(&run(&below, &["config", "--no-config"]));
    assert!(none.starts_with("file       none"), "{none}");
}

/// Who mistyped an entry must not believe that it works.
#[test]
fn an_entry_that_meets_nothing_is_told() {
    let folder = folder_with(
        "[[ignore]]\nrule = 'KP-41'\nmachine = 'SQL7'\nreason = 'one'\n\n\
         [[ignore]]\nrule = 'KP-14'\nreason = 'two'\n\n\
         [[ignore]]\nrule = 'KB2636573'\nmachine = 'sql*'\nreason = 'three'\n",
    );
    let case = samples(CRASHED);
    let of = |arguments: &[&str]| {
        run(folder.path(), &[&["analyze", case.to_str().unwrap()], arguments].concat())
    };
    let path = folder.path().canonicalize().unwrap().join("hvtriage.toml");
    let words = "2 entries of [[ignore]] met no finding here: KP-41 of machine SQL7 (no machine 'SQL7' in \
                 this evidence; did you mean 'SQL07'?); KP-14.";
    let told = format!(
        "hvtriage: {}:6: there is no rule 'KP-14'; did you mean 'KP-41'?\nhvtriage: {words}\n",
        path.display()
    );
    let all = of(&["--format", "json"]);
    assert_eq!(stderr(&all), told);
    assert!(stderr(&of(&["--quiet"])).is_empty());
    let report: Value = serde_json::from_str(&stdout(&all)).unwrap();
    let unused = report["ignored"]["unused"].as_array().unwrap();
    let reasons: Vec<&str> = unused.iter().map(|it| it["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["one", "two"], "the third is used");
    assert_eq!(unused[1]["why"], Value::Null);
    for form in [&["--details"][..], &["--format", "html"], &["--format", "markdown"]] {
        let text = stdout(&of(form)).replace('\\', "").replace("&#39;", "'");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{form:?}: {text}");
    }
    let shown = stderr(&run(folder.path(), &["config"]));
    assert!(shown.contains(":6: there is no rule 'KP-14'"), "{shown}");
}
