//! The command as a user meets it: what it prints where, and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn samples(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(case)
}

fn hvtriage() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hvtriage"))
}

fn analyze(case: &str, arguments: &[&str]) -> Output {
    let mut command = hvtriage();
    command.args(["analyze", "--details"]).arg(samples(case)).args(arguments).output().unwrap()
}

/// The guest of the gravest incident comes first, whatever its name and its trouble, and no step is cut.
#[test]
fn the_first_screen_begins_with_the_gravest() {
    let told =
        stdout(&hvtriage().arg("analyze").arg(samples("cluster-16-hosts")).output().unwrap());
    let at = |part: &str| told.find(part).unwrap_or_else(|| panic!("{part}: {told}"));
    assert!(at("stopped: SQL-B007 (STOP 0xD1 in storvsc.sys), ") < at("APP-A040"));
    let (_, next) = told.split_once("What to do next").unwrap();
    assert!(!next.contains('…') && next.contains(" more for the others: --details"), "{next}");
    // The log of the gravest incident, and not the first by name.
    assert!(next.contains("To know more: of APP-A020 bring the System log; "), "{next}");
}

/// All samples as one case have 45 incidents and a long head: what to do about the second is on the screen, as the
/// README's first command shows.
#[test]
fn a_full_screen_has_room_for_what_to_do() {
    let told = stdout(&hvtriage().arg("analyze").arg(samples("")).output().unwrap());
    assert!(told.lines().count() <= 25, "{told}");
    assert!(told.contains("  2. Install KB2636573 on every host of the cluster"), "{told}");
}

/// What broke, who needs attention, how sure it is and what is next, for every sample.
#[test]
fn the_first_screen_is_one() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(samples(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && path.join("expected.json").exists())
        .collect();
    folders.sort();
    assert!(folders.len() > 8, "{folders:?}");
    for folder in folders {
        let told = stdout(&hvtriage().arg("analyze").arg(&folder).output().unwrap());
        assert!(told.lines().count() <= 25, "{}: {told}", folder.display());
        for line in told.lines() {
            assert!(line.chars().count() <= 120, "{}: {line}", folder.display());
        }
    }
    let told = stdout(&hvtriage().arg("analyze").arg(samples("kb2636573")).output().unwrap());
    let parts = [
        "1. CRITICAL high   2012-01-08 21:09",
        "[SQL07]\n",
        "stopped: SQL07 (STOP 0xD1 in storvsc.sys)",
        "1. Install KB2636573 on every host of the cluster, and then in the guests.\n",
        "--details",
    ];
    for part in parts {
        assert!(told.contains(part), "{part}: {told}");
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_report_goes_to_stdout_and_nothing_to_stderr() {
    let output = analyze("kb2636573", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("KB2636573"));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_report_can_be_one_page_for_a_browser() {
    let path = std::env::temp_dir().join(format!("hvtriage-report-{}.html", std::process::id()));
    let output = analyze("kb2636573", &["--format", "html", "-o", path.to_str().unwrap()]);
    let page = std::fs::read_to_string(&path);
    std::fs::remove_file(&path).ok();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = page.unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{}", page.len());
    assert!(page.contains("KB2636573"));
}

#[test]
fn a_healthy_host_gets_no_finding() {
    let output = analyze("healthy-host", &["--fail-on", "info"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("No finding"));
}

#[test]
fn fail_on_is_met_by_the_severity_and_by_graver_ones() {
    for (severity, code) in [("info", 1), ("critical", 1)] {
        let output = analyze("kb2636573", &["--fail-on", severity]);
        assert_eq!(output.status.code(), Some(code), "{severity}");
    }
    let output = analyze("vmq-rss", &["--fail-on", "critical"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn strict_tells_damaged_evidence_by_the_exit_code() {
    assert_eq!(analyze("damaged", &[]).status.code(), Some(0));
    assert_eq!(analyze("damaged", &["--strict"]).status.code(), Some(3));
    assert_eq!(analyze("healthy-host", &["--strict"]).status.code(), Some(0));
}

#[test]
fn what_the_caller_got_wrong_is_said_in_one_line() {
    let output = analyze("no-such-case", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output).lines().count(), 1);
    assert!(stderr(&output).contains("no-such-case"));

    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let output = hvtriage().arg("analyze").arg(sources).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no evidence to be read among"), "{}", stderr(&output));

    assert_eq!(analyze("healthy-host", &["--since", "yesterday"]).status.code(), Some(2));
    let output = analyze("healthy-host", &["--since", "2020-01-01", "--until", "2010-01-01"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is later than --until"), "{}", stderr(&output));

    let output = analyze("healthy-host", &["-o", "/no-such-folder/report.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("/no-such-folder/report.txt"), "{}", stderr(&output));
}

#[test]
fn a_wrong_rule_is_named_with_line_and_column() {
    let folder = std::env::temp_dir().join(format!("hvtriage-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mine.yaml"), "id: X\ntitel: wrong key\n").unwrap();
    let output = analyze("healthy-host", &["--rules", folder.to_str().unwrap()]);
    std::fs::remove_file(folder.join("mine.yaml")).unwrap();
    let without = analyze("healthy-host", &["--rules", folder.to_str().unwrap()]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(without.status.code(), Some(2));
    assert!(stderr(&without).contains("holds no rule"), "{}", stderr(&without));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("mine.yaml:2:"), "{}", stderr(&output));
    assert!(stderr(&output).contains("titel"), "{}", stderr(&output));
}

#[test]
fn a_window_leaves_out_what_happened_outside() {
    let output = analyze("kb2636573", &["--since", "2031-01-01"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("No finding"), "{}", stdout(&output));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = hvtriage()
        .arg("analyze")
        .arg(samples(""))
        .args(["--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

/// A forgotten file name must not cost the customer's log.
#[test]
fn evidence_is_never_overwritten() {
    let path = std::env::temp_dir().join(format!("hvtriage-evidence-{}.evtx", std::process::id()));
    std::fs::copy(samples("healthy-host/HV61/System.evtx"), &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let output = hvtriage().arg("analyze").arg(&path).arg("-o").arg(&path).output().unwrap();
    let after = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is evidence of this case"), "{}", stderr(&output));
    assert!(before == after);
}

/// A second name of a customer's log looks like any file that may be replaced.
#[test]
#[cfg(unix)]
fn a_second_name_of_evidence_loses_the_name_and_keeps_the_content() {
    let folder = std::env::temp_dir().join(format!("hvtriage-links-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (log, link) = (folder.join("System.evtx"), folder.join("out.json"));
    std::fs::copy(samples("healthy-host/HV61/System.evtx"), &log).unwrap();
    std::fs::hard_link(&log, &link).unwrap();
    let before = std::fs::read(&log).unwrap();
    let output = hvtriage().arg("events").arg(&log).arg("-o").arg(&link).output().unwrap();
    let (after, written) = (std::fs::read(&log).unwrap(), std::fs::read(&link).unwrap());
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(before == after && written.starts_with(b"{\"time\""));
    assert_eq!(left.len(), 2, "nothing else is left behind");
}

#[test]
fn a_day_counts_from_its_beginning_to_its_end() {
    let output = analyze("kb2636573", &["--since", "2012-01-08", "--until", "2012-01-08"]);
    assert!(stdout(&output).contains("KB2636573"), "{}", stdout(&output));
    assert_eq!(analyze("kb2636573", &["--jobs", "100000"]).status.code(), Some(2));
}

#[test]
fn output_goes_to_a_file() {
    let path = std::env::temp_dir().join(format!("hvtriage-report-{}.json", std::process::id()));
    let output = analyze("kb2636573", &["--format", "json", "--output", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(text.starts_with("{\n  \"schema_version\": \"2.10\""));
}

#[test]
fn dump_says_what_crashed_and_how_it_is_known() {
    let dump = samples("kb2636573/guest-SQL07/MEMORY.DMP");
    let output = hvtriage().arg("dump").arg(&dump).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("STOP 0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL"), "{text}");
    assert!(text.contains("Probably caused by storvsc"), "{text}");
    assert!(text.contains("machine frame"), "{text}");
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
    assert_eq!(stderr(&output), "");

    let arguments = ["--memory", "0xfffff880016332b8,16", "--format", "json"];
    let output = hvtriage().arg("dump").arg(&dump).args(arguments).output().unwrap();
    // The second load of the built stand-in, as its disassembly shows it.
    assert!(stdout(&output).contains("\"bytes\": \"488b11488913"), "{}", stdout(&output));
    let arguments = ["--memory", "0x10,16"];
    let output = hvtriage().arg("dump").arg(&dump).args(arguments).output().unwrap();
    assert!(stdout(&output).contains("not mapped"), "{}", stdout(&output));
}

#[test]
fn dumps_of_a_folder_are_grouped_and_do_not_depend_on_threads() {
    let of = |jobs: &str| {
        let folder = samples("antivirus-on-host");
        let output = hvtriage().arg("dump").arg(folder).args(["--jobs", jobs]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let text = of("1");
    assert!(text.starts_with("2 dumps of 1 crash of 1 kind\n"), "{text}");
    assert_eq!(text, of("4"));
}

#[test]
fn dump_tells_what_is_wrong_with_its_arguments() {
    let folder = samples("healthy-host");
    let output = hvtriage().arg("dump").arg(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no crash dump"), "{}", stderr(&output));
    let dump = samples("kb2636573/guest-SQL07/MEMORY.DMP");
    let output = hvtriage().arg("dump").arg(&dump).args(["--memory", "here"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = hvtriage().arg("dump").arg(&dump).args(["--images", "/no-such"]).output().unwrap();
    assert!(stderr(&output).contains("/no-such"), "{}", stderr(&output));
}

/// The symbols of the built stand-in name the place; where it is was put into its source.
#[test]
fn symbols_at_hand_name_the_function_that_failed() {
    let symbols = samples("drivers/built");
    let dump = samples("kb2636573/guest-SQL07/MEMORY.DMP");
    let place = "storvsc!StorChannelVmbusCallback+0x2b8";
    let output = hvtriage().arg("dump").arg(&dump).arg("--symbols").arg(&symbols).output().unwrap();
    let text = stdout(&output);
    assert!(text.contains(&format!("Probably caused by {place} (high confidence)")), "{text}");
    assert!(text.contains(&format!("{place}  machine frame")), "{text}");
    let report = analyze("kb2636573", &["--symbols", symbols.to_str().unwrap()]);
    assert!(stdout(&report).contains("StorChannelVmbusCallback"), "{}", stdout(&report));
    let without = hvtriage().arg("dump").arg(&dump).output().unwrap();
    let frame = |line: &str| line.contains(" storvsc+0x22b8 ") && line.ends_with("machine frame");
    assert!(stdout(&without).lines().any(frame), "{}", stdout(&without));
}

fn rules(arguments: &[&str]) -> Output {
    hvtriage().arg("rules").args(arguments).output().unwrap()
}

/// A folder with one rule file in it.
fn with_rule(yaml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.yaml"), yaml).unwrap();
    folder
}

/// A rule of the catalogue as `rules show --yaml` prints it.
fn yaml_of(id: &str) -> String {
    let output = rules(&["show", id, "--yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn rules_are_listed_and_shown() {
    let list = stdout(&rules(&["list"]));
    assert!(list.lines().any(|line| line.contains("KB2636573 ") && line.contains(" crash ")));
    let shown = stdout(&rules(&["show", "kb2636573"]));
    assert!(
        shown.contains("what to do") && shown.contains("a migration of a virtual machine"),
        "{shown}"
    );
    let output = rules(&["show", "KB26365"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "hvtriage: there is no rule 'KB26365'; did you mean 'KB2636573'?\n"
    );
}

#[test]
fn a_rule_of_ones_own_takes_the_place_of_one_of_the_catalogue() {
    let yaml = yaml_of("KB2636573").replacen("title: ", "title: Ours. ", 1);
    let folder = with_rule(&yaml);
    let folder = folder.path().to_str().unwrap();
    let report = stdout(&analyze("kb2636573", &["--rules", folder, "--format", "json"]));
    assert!(report.contains("\"title\": \"Ours. Guest of 2008 R2"), "{report}");
    let list = stdout(&rules(&["list", "--rules", folder]));
    let lines: Vec<&str> = list.lines().filter(|line| line.contains("KB2636573 ")).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains(" Ours. ") && lines[0].ends_with("mine.yaml"), "{}", lines[0]);
}

#[test]
fn two_rules_of_ones_own_may_not_have_one_id() {
    let yaml = yaml_of("EVENTLOG-6008");
    let folder = with_rule(&yaml);
    std::fs::write(folder.path().join("too.yaml"), &yaml).unwrap();
    let output = rules(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert!(message.contains("too.yaml:1:5: there is a rule 'EVENTLOG-6008' already"), "{message}");
}

#[test]
fn rules_are_checked_and_the_first_error_of_each_file_is_told() {
    let folder = with_rule(&yaml_of("KP-41").replacen("theme: crash", "theme: crush", 1));
    std::fs::write(folder.path().join("other.yaml"), "id: [\n").unwrap();
    let output = rules(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert_eq!(message.lines().count(), 2, "{message}");
    assert!(message.contains("mine.yaml:5:8: theme must be one of crash,"), "{message}");
    assert!(message.contains("other.yaml:"), "{message}");
    assert_eq!(stdout(&output), "");
}

#[test]
fn examples_are_run_and_one_that_fails_is_told_with_its_place() {
    let right = yaml_of("EVENTLOG-6008");
    let folder = with_rule(&right);
    let path = folder.path().to_str().unwrap();
    assert_eq!(stdout(&rules(&["check", path])), "1 rule in 1 file can be read, with 7 examples\n");
    let output = rules(&["test", path]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("EVENTLOG-6008: ok, "), "{}", stdout(&output));
    std::fs::write(
        folder.path().join("mine.yaml"),
        right.replace("expect: none", "expect: {count: 9}"),
    )
    .unwrap();
    let output = rules(&["test", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("mine.yaml:"), "{}", stderr(&output));
    assert!(stdout(&output).contains(" examples fail"), "{}", stdout(&output));
}

#[test]
fn the_page_of_the_catalogue_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/catalogue.md");
    let page = stdout(&rules(&["list", "--format", "markdown"]));
    assert!(
        std::fs::read_to_string(path).is_ok_and(|text| text == page),
        "write it anew: hvtriage rules list --format markdown -o docs/catalogue.md"
    );
}

/// The rules of a pack are named at the end; one that is wrong does not end the run, none that is
/// right does.
#[cfg(feature = "sigma")]
#[test]
fn sigma_rules_judge_beside_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("b.yml"), "title: b\n\tlogsource: x\n").unwrap();
    let output = analyze("healthy-host", &["--sigma", path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("b.yml") && stderr(&output).lines().count() == 1);
    let rule = "title: Log service started
id: one
level: high
falsepositives: [Every start]
logsource: {product: windows, service: system}
detection: {s: {EventID: 6005}, condition: s}
";
    std::fs::write(folder.path().join("a.yml"), rule).unwrap();
    let output = analyze("healthy-host", &["--sigma", path, "--strict", "--fail-on", "critical"]);
    assert_eq!(output.status.code(), Some(0), "a rule that is wrong is no evidence");
    let report = stdout(&output);
    for line in [
        "HIGH  Sigma: Log service started [HV61.contoso.example]",
        "one (high, confidence low)",
        "But:  the same may come of: Every start",
        "1 rule of 2 files judged the event logs.",
    ] {
        assert!(report.contains(line), "{line} is missing in\n{report}");
    }
    assert!(report.contains("b.yml: "), "{report}");
    let output = analyze("healthy-host", &["--sigma", path, "--fail-on", "high"]);
    assert_eq!(output.status.code(), Some(1));
}

/// A pack is checked for its users, too: each file that is of no use is told, and how many rules are.
#[cfg(feature = "sigma")]
#[test]
fn a_pack_is_checked_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let rule = |id: &str, status: &str| {
        format!(
            "title: {id}\nid: {id}\nname: {id}\nstatus: {status}\n\
             logsource: {{product: windows, service: system}}\n\
             detection: {{s: {{EventID: 6005}}, condition: s}}\n"
        )
    };
    std::fs::create_dir(folder.path().join("below")).unwrap();
    write("below/good.yml", &rule("good", "test"));
    let output = rules(&["check", "--sigma", path]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "1 Sigma rule of 1 file can be used\n");
    write("counted.yml", &rule("counted", "test"));
    write("old1.yml", &rule("old1", "deprecated"));
    write("old2.yml", &rule("old2", "deprecated"));
    write("tab.yml", "title: t\n\tlogsource: x\n");
    write(
        "many.yml",
        "title: \"Many\\n\\e[31m of them\"\ncorrelation: {type: event_count, rules: [counted], \
         group-by: [Computer], timespan: 5m, condition: {gte: 10}}\n",
    );
    let output = rules(&["check", "--sigma", path]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "1 Sigma rule of 6 files can be used\n");
    let told = stderr(&output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 5, "{told}");
    for (line, (file, reason)) in lines.iter().zip([
        ("counted.yml", "a correlation counts what it finds"),
        ("many.yml", "'Many \u{FFFD}[31m of them' is a correlation of several events"),
        ("old1.yml", "the status is deprecated"),
        ("old2.yml", "the status is deprecated"),
        ("tab.yml", "line 2"),
    ]) {
        assert!(line.contains(file) && line.contains(reason), "{line}");
    }
    // Beside rules of one's own, of which nothing is wrong.
    let own = with_rule(&yaml_of("EVENTLOG-6008"));
    let output = rules(&["check", own.path().to_str().unwrap(), "--sigma", path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).starts_with("1 rule in 1 file can be read"), "{}", stdout(&output));
    assert_eq!(rules(&["check"]).status.code(), Some(2));
    assert_eq!(rules(&["check", "--sigma", "no-such-folder"]).status.code(), Some(2));
}
