//! The watched folder as a user meets it: cases in, reports out, whatever happens in between.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and what is left out is told"
)]

mod desk;
mod full_disk;
mod given;
mod killed;
#[path = "../small_disk/mod.rs"]
mod small_disk;

use std::fs;
use std::time::Duration;

use desk::Desk;

#[test]
fn every_entry_is_a_case_and_is_reported_once() {
    let desk = Desk::new();
    desk.drop_sample("kb2636573");
    desk.drop_sample("healthy-host");
    desk.drop_bytes("notes.txt", b"nothing to see");
    desk.drop_bytes("HV01.zip.part", b"PK\x03\x04");
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("3 cases reported"), "{told}");
    assert!(output.stdout.is_empty());
    assert_eq!(desk.report_names(), ["healthy-host", "kb2636573", "notes.txt"]);
    for case in ["kb2636573", "healthy-host"] {
        assert_eq!(desk.report(case, "json"), desk.analysis(case, "json"), "{case}");
        assert_eq!(desk.report(case, "txt"), desk.analysis(case, "text"), "{case}");
    }
    let broken = desk.report("notes.txt", "json");
    assert!(
        broken.contains("holds no event log, event export, crash dump or inventory"),
        "{broken}"
    );
    // The second time there is nothing to do.
    let written = desk.report_times();
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("0 cases reported, 3 unchanged"), "{told}");
    assert!(!told.contains("arriving"), "{told}");
    assert_eq!(desk.report_times(), written);
}

/// Whoever waits is told what for, once, unless he wants to hear nothing.
#[test]
fn the_time_that_a_case_must_be_quiet_is_told() {
    let desk = Desk::new();
    desk.drop_sample("vmq-rss");
    let told = String::from_utf8(desk.watch(&["--once", "--settle", "200ms"]).stderr).unwrap();
    assert_eq!(told.matches("nothing of it has changed for 0.2 s (--settle)").count(), 1, "{told}");
    let quiet = desk.watch(&["--once", "--settle", "200ms", "--quiet"]);
    assert!(quiet.stderr.is_empty(), "{quiet:?}");
}

#[test]
fn reports_have_the_forms_that_are_asked_for() {
    let desk = Desk::new();
    desk.drop_sample("vmq-rss");
    let forms = ["--once", "--settle", "100ms", "--format", "html", "--format", "markdown"];
    let output = desk.watch(&forms);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let names: Vec<String> = desk.report_times().into_keys().collect();
    assert_eq!(names, ["vmq-rss.html", "vmq-rss.md"]);
    let ticket = desk.report("vmq-rss", "md");
    assert!(
        ticket.contains("Inputs and their SHA-256") && !ticket.contains("not read"),
        "{ticket}"
    );
    assert_eq!(ticket, desk.analysis("vmq-rss", "markdown"));
    let page = desk.report("vmq-rss", "html");
    assert!(page.contains("</html>") && page.contains("HV51"), "{} bytes", page.len());
    assert_eq!(page, desk.analysis("vmq-rss", "html"));
}

/// The wrong one would be mailed. What somebody else put there, and reports of other cases, stay.
#[test]
fn a_report_in_a_form_that_is_written_no_more_is_removed() {
    let desk = Desk::new();
    desk.drop_sample("vmq-rss");
    let both = ["--once", "--settle", "100ms", "--format", "html", "--format", "markdown"];
    assert_eq!(desk.watch(&both).status.code(), Some(0));
    let is_there = |name: &str| desk.out().join(name).exists();
    assert!(is_there("vmq-rss.html") && is_there("vmq-rss.md"));
    for name in ["other.html", "vmq-rss.json"] {
        fs::write(desk.out().join(name), "of somebody").unwrap();
    }
    fs::write(desk.case("vmq-rss").join("more.txt"), "notes").unwrap();
    let text = ["--once", "--settle", "100ms", "--format", "text"];
    assert_eq!(desk.watch(&text).status.code(), Some(0));
    assert!(is_there("vmq-rss.txt"));
    assert!(!is_there("vmq-rss.html") && !is_there("vmq-rss.md"));
    assert!(is_there("other.html") && is_there("vmq-rss.json"));
    // What is put there later is not the watch's.
    fs::write(desk.out().join("vmq-rss.html"), "of somebody").unwrap();
    fs::write(desk.case("vmq-rss").join("still more.txt"), "notes").unwrap();
    assert_eq!(desk.watch(&text).status.code(), Some(0));
    assert!(is_there("vmq-rss.html"));
}

#[test]
fn what_changes_is_reported_again_and_nothing_else() {
    let desk = Desk::new();
    desk.drop_sample("vmq-rss");
    desk.drop_sample("guest-18590-host");
    desk.watch_once();
    let first = desk.report("vmq-rss", "json");
    let other = desk.report_times();
    // A file is added to a case.
    fs::copy(desk.sample("healthy-host").join("README.md"), desk.case("vmq-rss").join("more.md"))
        .unwrap();
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("1 case reported, 1 unchanged"), "{told}");
    // The added file is no evidence, so the report is the same, but it was written again.
    assert_eq!(desk.report("vmq-rss", "json"), first);
    let times = desk.report_times();
    assert_eq!(times["guest-18590-host.json"], other["guest-18590-host.json"]);
    assert_ne!(times["vmq-rss.json"], other["vmq-rss.json"]);
    // A report is lost.
    fs::remove_file(desk.out().join("vmq-rss.txt")).unwrap();
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("1 case reported, 1 unchanged"), "{told}");
    // A case is copied anew with the same content: its files have other times and numbers.
    let kept = desk.case("guest-18590-host");
    fs::remove_dir_all(&kept).unwrap();
    desk.drop_sample("guest-18590-host");
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("0 cases reported, 2 unchanged"), "{told}");
    // Rules are given.
    let rules = desk.folder().join("rules");
    fs::create_dir(&rules).unwrap();
    let rule = "id: OURS\ntitle: Ours\nseverity: low\nconfidence: low\ntheme: crash\nmessage: Ours.\n\
                explain: Ours.\nremedy: Ours.\nwhen:\n  it: {kind: guest_crash}\n";
    fs::write(rules.join("ours.yaml"), rule).unwrap();
    let output = desk.watch(&["--once", "--rules", rules.to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("2 cases reported"), "{told}");
    assert!(desk.report("guest-18590-host", "json").contains("\"OURS\""));
    // Symbols are given, and more of them arrive.
    let symbols = desk.folder().join("symbols");
    fs::create_dir(&symbols).unwrap();
    let arguments = ["--once", "--symbols", symbols.to_str().unwrap()];
    let told = String::from_utf8(desk.watch(&arguments).stderr).unwrap();
    assert!(told.contains("2 cases reported"), "{told}");
    fs::write(symbols.join("vmswitch.pdb"), b"symbols").unwrap();
    let told = String::from_utf8(desk.watch(&arguments).stderr).unwrap();
    assert!(told.contains("2 cases reported"), "{told}");
    let told = String::from_utf8(desk.watch(&arguments).stderr).unwrap();
    assert!(told.contains("0 cases reported, 2 unchanged"), "{told}");
}

/// A pack judges every case, and is read anew when a file anywhere in it changes.
#[cfg(feature = "sigma")]
#[test]
fn a_pack_of_sigma_rules_is_part_of_what_a_report_rests_on() {
    let desk = Desk::new();
    desk.drop_sample("healthy-host");
    let below = desk.folder().join("pack/windows");
    fs::create_dir_all(&below).unwrap();
    let pack = desk.folder().join("pack");
    let arguments = ["--once", "--sigma", pack.to_str().unwrap()];
    // Nothing in it can be used.
    let output = desk.watch(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no Sigma rule"));
    let rule = |title: &str| {
        let detection = "detection: {s: {EventID: 6005}, condition: s}";
        let text = format!(
            "title: {title}\nlogsource: {{product: windows, service: system}}\n{detection}\n"
        );
        fs::write(below.join("started.yml"), text).unwrap();
    };
    rule("Log service started");
    fs::write(pack.join("broken.yml"), "title: t\n\tlogsource: x\n").unwrap();
    let told = |arguments: &[&str]| String::from_utf8(desk.watch(arguments).stderr).unwrap();
    assert!(told(&arguments).contains("1 case reported"));
    let report = desk.report("healthy-host", "txt");
    assert!(report.contains("Sigma: Log service started") && report.contains("broken.yml"));
    assert!(told(&arguments).contains("0 cases reported, 1 unchanged"));
    rule("Log service is there");
    assert!(told(&arguments).contains("1 case reported"));
    assert!(desk.report("healthy-host", "txt").contains("Sigma: Log service is there"));
    // And without it.
    assert!(told(&["--once"]).contains("1 case reported"));
    assert_eq!(desk.report("healthy-host", "txt"), desk.analysis("healthy-host", "text"));
}

#[test]
fn a_case_is_taken_when_it_is_complete() {
    let desk = Desk::new();
    desk.drop_sample("healthy-host");
    let archive = desk.zip("kb2636573");
    let (start, rest) = archive.split_at(archive.len() / 2);
    desk.drop_bytes("case.zip", start);
    let mut watch = desk.start(&["--settle", "300ms"]);
    desk.wait_for("healthy-host.json");
    // Quiet for longer than the others need, but its end is missing.
    assert!(!desk.out().join("case.zip.json").exists());
    fs::write(desk.case("case.zip"), [start, rest].concat()).unwrap();
    desk.wait_for("case.zip.json");
    assert!(desk.report("case.zip", "json").contains("KB2636573"));
    // Nobody else may watch with the same reports meanwhile.
    let unfinished = desk.out().join(".hvtriage-of-the-first.part");
    fs::write(&unfinished, b"half a").unwrap();
    let second = desk.watch_once();
    assert!(unfinished.exists(), "it is of the watch that runs");
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8(second.stderr).unwrap().contains("another process watches"));
    desk.interrupt(&mut watch);
    assert_eq!(desk.unfinished(), 0);
}

/// A half that never becomes whole is evidence all the same.
#[test]
fn a_case_that_never_becomes_whole_is_reported_in_the_end() {
    let desk = Desk::new();
    let archive = desk.zip("kb2636573");
    desk.drop_bytes("half.zip", &archive[..archive.len() / 2]);
    let output = desk.watch(&["--once", "--settle", "200ms"]);
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_str(&desk.report("half.zip", "json")).unwrap();
    assert!(!report["problems"].as_array().unwrap().is_empty());
}

#[test]
fn a_report_that_cannot_be_written_is_told_and_tried_again() {
    let desk = Desk::new();
    desk.drop_sample("vmq-rss");
    // A folder has the name of the report.
    fs::create_dir_all(desk.out().join("vmq-rss.json/x")).unwrap();
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("vmq-rss: cannot write the report to"), "{told}");
    fs::remove_dir_all(desk.out().join("vmq-rss.json")).unwrap();
    assert_eq!(desk.watch_once().status.code(), Some(0));
    assert_eq!(desk.report("vmq-rss", "json"), desk.analysis("vmq-rss", "json"));
}

#[test]
fn the_folder_of_the_reports_may_lie_in_the_watched_one() {
    let desk = Desk::with_reports_inside("reports");
    desk.drop_sample("vmq-rss");
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("1 case reported"), "{told}");
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("0 cases reported, 1 unchanged"), "{told}");
}

/// Every report would change the case in which it lies.
#[test]
fn the_folder_of_the_reports_is_neither_the_watched_one_nor_in_a_case() {
    for name in ["", "vmq-rss/reports"] {
        let desk = Desk::with_reports_inside(name);
        desk.drop_sample("vmq-rss");
        let output = desk.watch_once();
        assert_eq!(output.status.code(), Some(2), "{name}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("name an --out outside"), "{told}");
        assert!(!desk.out().join(".hvtriage-watch.redb").exists());
    }
}

#[test]
fn wrong_arguments_are_told() {
    let desk = Desk::new();
    let rules = desk.folder().join("wrong.yaml");
    fs::write(&rules, "id: [").unwrap();
    let output = desk.watch(&["--once", "--rules", rules.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    fs::remove_dir_all(desk.folder().join("drop")).unwrap();
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("into which cases are dropped"));
}

/// As long as any wait in a test takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);
