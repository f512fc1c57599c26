//! Sigma rules on logs: what they find beside the catalogue, and what they must leave alone.
#![cfg(feature = "sigma")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::path::{Path, PathBuf};

use hvtriage::{AnalyzeError, Diagnosis, Finding, Options, RuleOrigin, Severity, analyze};
use hvtriage_report::{Format, write};

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sigma")
}

fn sample(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(case)
}

fn judged(path: &Path) -> Diagnosis {
    analyze(&[path], &Options::default().sigma(rules())).unwrap()
}

fn by_sigma(diagnosis: &Diagnosis) -> Vec<&Finding> {
    diagnosis.findings.iter().filter(|finding| finding.origin == RuleOrigin::Sigma).collect()
}

fn json(diagnosis: &Diagnosis) -> String {
    let mut out = Vec::new();
    write(diagnosis, Format::Json, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Event 4625 and others of the Security log of one computer, one a second.
fn security_log(computer: &str, accounts: impl IntoIterator<Item = (u32, String)>) -> String {
    let mut xml = String::from("<Events>");
    for (number, (id, account)) in accounts.into_iter().enumerate() {
        let (minute, second) = (number / 60 % 60, number % 60);
        let hour = number / 3600;
        xml.push_str(&format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
             <Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>{id}</EventID>\
             <Level>0</Level><TimeCreated SystemTime='2024-05-01T{hour:02}:{minute:02}:{second:02}.0000000Z'/>\
             <EventRecordID>{}</EventRecordID><Channel>Security</Channel>\
             <Computer>{computer}</Computer></System><EventData>\
             <Data Name='TargetUserName'>{account}</Data></EventData></Event>",
            number + 1
        ));
    }
    xml.push_str("</Events>");
    xml
}

#[test]
fn a_finding_of_a_sigma_rule_is_like_any_other() {
    let diagnosis = judged(&sample("healthy-host"));
    // Who asks for a rule is told whether there is one: of the pack, and of the catalogue.
    let ids = by_sigma(&diagnosis).into_iter().map(|finding| finding.rule.as_str());
    assert!(ids.chain(["CLUS-1177"]).all(|id| diagnosis.rules.contains(id)));
    let found = by_sigma(&diagnosis);
    let titles: Vec<&str> = found.iter().map(|finding| finding.title.as_str()).collect();
    let started = "Event log service was started";
    assert_eq!(titles, ["A service other than the usual ones changed its state", started, started]);
    let started = found[1];
    assert_eq!(started.rule, "6b0f6f5e-0d4b-4d53-9b3a-000000000001");
    assert_eq!((started.severity, started.confidence.word()), (Severity::Info, "medium"));
    assert_eq!((started.machine.as_str(), started.count), ("HV61.contoso.example", 1));
    assert_eq!(started.explain, "Tells when a machine was started, give or take a minute.");
    assert_eq!(started.false_positives, ["The service alone was started"]);
    assert_eq!(started.citations.len(), 1);
    assert!(started.citations[0].locator.source.ends_with("HV61/System.evtx"));
    assert_eq!(started.citations[0].time, started.time);
    assert_eq!(found[0].confidence.word(), "low", "it is called experimental");
    // Each is an incident of its own, and points to its finding.
    for finding in found {
        let is_own =
            |it: &&hvtriage::Incident| it.title == finding.title && it.machine == finding.machine;
        let own = diagnosis.incidents.iter().find(is_own).unwrap();
        assert_eq!(own.findings.len(), 1);
        assert_eq!(diagnosis.findings[own.findings[0]].rule, finding.rule);
    }
    assert_eq!(diagnosis.sigma.as_ref().map(|used| (used.files, used.rules)), Some((4, 4)));
}

/// The rule for anything in the Security log holds for all that it is shown, and it is shown nothing
/// of the System logs. What the catalogue finds stays as it is.
#[test]
fn the_catalogue_finds_what_it_finds_without_them() {
    for case in ["kb2636573", "antivirus-on-host", "cluster-2008r2-outdated-guests", "damaged"] {
        let alone = analyze(&[sample(case)], &Options::default()).unwrap();
        let beside = judged(&sample(case));
        let found = by_sigma(&beside);
        assert!(!found.is_empty(), "{case}");
        assert!(found.iter().all(|it| !it.title.starts_with("Anything")), "{case}");
        let own = beside.findings.iter().filter(|it| it.origin != RuleOrigin::Sigma);
        assert_eq!(own.cloned().collect::<Vec<_>>(), alone.findings, "{case}");
        let incidents = |of: &Diagnosis| -> Vec<(String, Vec<String>)> {
            let rules = |it: &hvtriage::Incident| {
                it.findings.iter().map(|at| of.findings[*at].rule.clone()).collect::<Vec<_>>()
            };
            let all = of.incidents.iter().map(|it| (it.summary.clone(), rules(it)));
            all.filter(|it| !it.1[0].starts_with("6b0f6f5e")).collect()
        };
        assert_eq!(incidents(&beside), incidents(&alone), "{case}");
        assert_eq!(beside.missing, alone.missing, "{case}");
        assert!(alone.sigma.is_none());
    }
}

/// Ten thousand events are one finding, and a second export of them changes nothing.
#[test]
fn many_events_are_one_finding_whatever_they_are_copied_into() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = |count: usize| {
        (0..count).map(|number| match number % 10 {
            9 => (4624, "admin".to_owned()),
            8 => (4625, "guest".to_owned()),
            _ => (4625, format!("Admin{number}")),
        })
    };
    let log = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    log("a.xml", &security_log("HV01.contoso.example", accounts(10_000)));
    let once = judged(folder.path());
    let all = by_sigma(&once);
    assert_eq!(all.len(), 2);
    let anything = all.iter().find(|it| it.title.starts_with("Anything")).unwrap();
    let failed = all.iter().find(|it| it.title.starts_with("Failed")).unwrap();
    // All but each tenth; and of those all but the guests.
    assert_eq!((anything.count, failed.count), (9_000, 8_000));
    assert_eq!(failed.citations.len(), 8);
    assert_eq!(failed.time.unwrap().to_string(), "2024-05-01T00:00:00.0000000Z");
    assert_eq!(failed.last_time.unwrap().to_string(), "2024-05-01T02:46:37.0000000Z");
    let first = &failed.citations[0];
    assert_eq!(first.note, "event 4625 of Security: TargetUserName \"Admin0\"");
    assert!(
        failed.message.contains("8000 events") && failed.message.contains("4625"),
        "{}",
        failed.message
    );
    assert_eq!(failed.false_positives, ["A password that was changed lately"]);
    assert_eq!(
        once.machines.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["HV01.contoso.example"]
    );
    // The same events under another name, and the first few of them once more.
    log("b.xml", &security_log("hv01.CONTOSO.example", accounts(10_000)));
    log("c.xml", &security_log("HV01.contoso.example", accounts(500)));
    let copied = judged(folder.path());
    let names = |of: &Diagnosis| -> Vec<(String, u64, String)> {
        let found = by_sigma(of).into_iter();
        found
            .map(|it| (it.rule.clone(), it.count, it.citations[0].locator.source.to_string()))
            .collect()
    };
    assert_eq!(names(&once), names(&copied));
}

#[test]
fn the_number_of_threads_does_not_show() {
    let folder = tempfile::tempdir().unwrap();
    for (number, computer) in ["A", "B", "a", "C"].iter().enumerate() {
        let accounts = (0..2_000).map(|it| (4625, format!("admin{}", it / 7)));
        let text = security_log(computer, accounts);
        std::fs::write(folder.path().join(format!("{number}.xml")), text).unwrap();
    }
    let paths = [folder.path().to_owned(), sample("antivirus-on-host")];
    let with =
        |jobs| json(&analyze(&paths, &Options::default().sigma(rules()).jobs(jobs)).unwrap());
    let one = with(1);
    assert!(one.contains("\"origin\": \"sigma\"") && one.contains("\"origin\": \"catalogue\""));
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
}

#[test]
fn what_lies_outside_of_the_window_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = (0..100).map(|_| (4625, "admin".to_owned()));
    std::fs::write(folder.path().join("a.xml"), security_log("HV01", accounts)).unwrap();
    let options = Options::default()
        .sigma(rules())
        .since("2024-05-01T00:00:30Z".parse().unwrap())
        .until("2024-05-01T00:00:39Z".parse().unwrap());
    let diagnosis = analyze(&[folder.path()], &options).unwrap();
    assert!(by_sigma(&diagnosis).iter().all(|it| it.count == 10), "{:?}", by_sigma(&diagnosis));
    assert_eq!(by_sigma(&diagnosis).len(), 2);
}

/// Printed text has no values: what is missing there is not missing in the event.
#[test]
fn printed_text_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Event[0]:\n  Log Name: Security\n  Source: Microsoft-Windows-Security-Auditing\n  \
                Date: 2024-05-01T10:00:00.000\n  Event ID: 4720\n  Task: N/A\n  Level: Information\n  \
                Opcode: Info\n  Keyword: N/A\n  User: N/A\n  User Name: N/A\n  Computer: HV01\n  \
                Description: \nA user account was created.\n";
    std::fs::write(folder.path().join("a.txt"), text).unwrap();
    let diagnosis = judged(folder.path());
    assert_eq!(diagnosis.sources[0].events, Some(1));
    assert_eq!(by_sigma(&diagnosis), [] as [&Finding; 0]);
}

#[test]
fn without_a_usable_rule_there_is_no_diagnosis() {
    let folder = tempfile::tempdir().unwrap();
    let options = |path: &Path| Options::default().sigma(path);
    let error = analyze(&[sample("healthy-host")], &options(folder.path())).unwrap_err();
    assert!(matches!(error, AnalyzeError::NoSigmaRule { files: 0, .. }), "{error}");
    std::fs::write(folder.path().join("wrong.yml"), "title: x\n\tlogsource: y").unwrap();
    let error = analyze(&[sample("healthy-host")], &options(folder.path())).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("wrong.yml") && told.contains("line 2"), "{told}");
    let error =
        analyze(&[sample("healthy-host")], &options(&folder.path().join("no"))).unwrap_err();
    assert!(matches!(error, AnalyzeError::Path { .. }), "{error}");
    // Below it, and beside one that is wrong, a rule is found; the wrong one is told.
    let below = folder.path().join("windows/builtin");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::copy(rules().join("event_log_started.yml"), below.join("good.yaml")).unwrap();
    let diagnosis = analyze(&[sample("healthy-host")], &options(folder.path())).unwrap();
    assert_eq!(by_sigma(&diagnosis).len(), 2);
    let used = diagnosis.sigma.unwrap();
    assert_eq!((used.rules, used.files, used.problems.len()), (1, 2, 1));
}
