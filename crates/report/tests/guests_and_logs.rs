//! The text report: guests and the time that logs cover, short and without words of programs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    CoveredLog, Diagnosis, Evidence, Fact, FactKind, IntegrationState, Locator, Machine,
    MachineName, MissingLog, Place, Role, RuleSet, Source, SourceKind, Tables, Vm, judge,
};
use hvtriage_report::{Format, write};
use hvtriage_winfmt::{FileOffset, FileTime};

fn text(diagnosis: &Diagnosis) -> String {
    let mut out = Vec::new();
    write(diagnosis, Format::Text, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The lines under a heading that begins so.
fn section<'a>(report: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = report.lines().skip_while(|line| !line.starts_with(heading)).skip(1);
    lines.take_while(|line| !line.is_empty()).collect()
}

/// What hosts tell of these guests, without rules.
fn diagnosis(told: Vec<FactKind>) -> Diagnosis {
    let facts = told.into_iter().zip(1_u64..).map(|(kind, id)| Fact {
        locator: Locator {
            source: "HV1.evtx".into(),
            place: Place::Record { id, offset: FileOffset(0x1000 + id) },
        },
        time: "2015-01-10T10:00:00Z".parse::<FileTime>().ok(),
        machine: MachineName::Computer("HV1".into()),
        os_build: Some(9600),
        kind,
    });
    let evidence = Evidence::gather(facts.collect());
    Diagnosis {
        guests: judge(&evidence, &RuleSet::default()).guests,
        tables: Tables::of(&evidence),
        ..Diagnosis::default()
    }
}

fn vm(name: &str) -> Vm {
    Vm { id: None, name: Some(name.into()) }
}

fn service(
    name: &str,
    service: &str,
    state: IntegrationState,
    versions: Option<(&str, &str)>,
) -> FactKind {
    FactKind::Integration {
        vm: vm(name),
        service: service.into(),
        state,
        event_id: 4010,
        negotiated: versions.map(|pair| pair.0.into()),
        expected: versions.map(|pair| pair.1.into()),
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later: None,
    }
}

#[test]
fn guests_that_need_nothing_are_counted_and_not_listed() {
    let (kvp, vss) = ("Key-Value Pair Exchange", "Volume Shadow Copy");
    let mut told = Vec::new();
    for number in 1..=30 {
        let name = format!("lnx-{number}");
        told.push(service(&name, kvp, IntegrationState::Differs, Some(("4.0", "5.0"))));
        told.push(service(&name, vss, IntegrationState::Newest, None));
    }
    for of in [kvp, vss] {
        told.push(service("WIN1", of, IntegrationState::Differs, Some(("4.0", "5.0"))));
    }
    let report = text(&diagnosis(told));
    let listed = section(&report, "Guests whose integration services need attention");
    assert_eq!(listed.iter().filter(|line| line.contains("  WIN1  ")).count(), 1, "{report}");
    assert!(listed[1].contains("Key-Value Pair Exchange, Volume Shadow Copy  outdated"));
    assert!(listed[0].contains("guest runs") && !listed[0].contains("guest build"));
    assert!(listed.iter().any(|line| line.contains("Windows 8 or Server 2012, by its versions")));
    let folded = section(&report, "Nothing is to be done for 30 guests");
    assert_eq!(
        folded,
        ["  30 guests: its services agree on the versions of Linux, which no Windows guest does"]
    );
    assert!(!report.contains("lnx-") && !report.contains("linux_likely"), "{report}");
}

/// 4000 logs 0.0 where guest and host have no version in common.
#[test]
fn no_version_in_common_is_told_as_none() {
    let told = service("WIN1", "Heartbeat", IntegrationState::Incompatible, Some(("0.0", "4.0")));
    let report = text(&diagnosis(vec![told]));
    let listed = section(&report, "Guests whose integration services need attention");
    let row = listed[1].split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(row.starts_with("WIN1 Heartbeat incompatible none 4.0 "), "{row}");
    assert!(!report.contains("0.0"), "{report}");
}

#[test]
fn a_state_that_is_not_understood_is_shown_as_it_stands() {
    let report = |state: &str| FactKind::GuestReport {
        vm: vm(state),
        computer: None,
        os_name: Some("Windows Server 2012 R2".into()),
        os_build: Some(9600),
        integration_version: Some("6.3.9600.18907".into()),
        integration_state: Some(state.into()),
        services: Vec::new(),
        host: Some("HV1".into()),
        host_is_2016_or_later: None,
        uptime_seconds: None,
    };
    let report = text(&diagnosis(vec![report("À jour"), report("Up to date")]));
    let told = section(&report, "Guests as reported");
    assert_eq!(told.len(), 3, "{report}");
    assert!(told[1].contains("6.3.9600.18907, up to date"));
    assert!(told[2].contains("6.3.9600.18907, \"À jour\" (not understood)"));
    assert!(told.iter().skip(1).all(|line| line.contains("HV1.evtx")));
}

/// Of ten days the System log covers all; that of the worker was written over and holds two.
#[test]
fn logs_that_do_not_cover_the_time_of_the_others_are_told() {
    let log = |machine: &str, channel: &str, first: &str, last: &str| CoveredLog {
        machine: machine.into(),
        channel: channel.into(),
        events: 10,
        first_time: format!("2015-01-{first}T00:00:00Z").parse().ok(),
        last_time: format!("2015-01-{last}T00:00:00Z").parse().ok(),
        sources: Vec::new(),
        is_damaged: channel == "Damaged",
    };
    let worker = "Microsoft-Windows-Hyper-V-Worker-Admin";
    let quiet = "Microsoft-Windows-Hyper-V-Config-Admin";
    let mut host = Machine::named("HV2");
    host.role = Role::Host;
    let logs = vec![
        log("HV1", "System", "01", "10"),
        log("HV1", quiet, "05", "05"),
        log("HV2", worker, "09", "11"),
        log("HV2", "System", "01", "10"),
        log("HV3", "System", "01", "10"),
        log("HV3", "Damaged", "01", "10"),
    ];
    let told = Diagnosis { machines: vec![host], coverage: logs, ..Diagnosis::default() };
    let report = text(&told);
    let rows = section(&report, "Time that logs cover");
    let cells = |row: &str| {
        row.split("  ")
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        cells(rows[1]),
        [
            "HV2",
            "2",
            "2015-01-01 00:00:00",
            "2015-01-10 00:00:00",
            "Hyper-V-Worker-Admin begins 2015-01-09 00:00:00, no Hyper-V-VMMS-Admin"
        ]
    );
    // One that is not a main log, too.
    let damaged = "damaged, may have holes: Damaged";
    assert_eq!(cells(rows[2]), ["HV3", "2", "2015-01-01 00:00:00", "2015-01-10 00:00:00", damaged]);
    assert_eq!(cells(rows[3]), ["HV1", "2", "2015-01-01 00:00:00", "2015-01-10 00:00:00", "-"]);
}

/// A System log of December and a worker's log of January have no time in common.
#[test]
fn logs_without_a_time_in_common_have_their_whole_time() {
    let log = |channel: &str, time: &str| CoveredLog {
        machine: "HV22".into(),
        channel: channel.into(),
        events: 3,
        first_time: time.parse().ok(),
        last_time: time.parse().ok(),
        sources: Vec::new(),
        is_damaged: false,
    };
    let worker = "Microsoft-Windows-Hyper-V-Worker-Admin";
    let coverage = vec![log(worker, "2012-01-08T21:05:57Z"), log("System", "2011-12-09T23:14:01Z")];
    let report = text(&Diagnosis { coverage, ..Diagnosis::default() });
    let rows = section(&report, "Time that logs cover");
    let row = rows[1].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        row,
        "HV22 2 2011-12-09 23:14:01 2012-01-08 21:05:57 Hyper-V-Worker-Admin begins 2012-01-08 \
         21:05:57, System ends 2011-12-09 23:14:01"
    );
}

#[test]
fn what_would_tell_more_names_each_machine_once() {
    let one = |machine: &str, what: &str, is_lost| MissingLog {
        machine: machine.into(),
        what: what.into(),
        reason: "why".into(),
        is_lost,
    };
    let missing =
        vec![one("A", "the log", false), one("A", "a dump", true), one("B", "the log", false)];
    let report = text(&Diagnosis { missing, ..Diagnosis::default() });
    assert_eq!(
        section(&report, "What would tell more"),
        [
            "  A: bring the log (why); see that there will be a dump (why)",
            "  B: bring the log (why)"
        ]
    );
}

/// How many files were recognised as those of which collector, and nothing where none was.
#[test]
fn collections_are_named_as_recognised_by_their_layout() {
    let source = |name: &str, collection: Option<&str>| Source {
        collection: collection.map(str::to_owned),
        ..Source::new(name, SourceKind::KernelDump, 1)
    };
    let mut diagnosis = Diagnosis { sources: vec![source("a.dmp", None)], ..Diagnosis::default() };
    assert!(!text(&diagnosis).contains("Recognised"));
    for name in ["HealthTest.zip!Node_HV1/a.dmp", "HealthTest.zip!Node_HV2/b.dmp"] {
        diagnosis.sources.push(source(name, Some("Get-SddcDiagnosticInfo")));
    }
    diagnosis.sources.push(source("msdbg.HV1/c.dmp", Some("Get-NetView")));
    let expected =
        "Recognised by its layout: Get-NetView (1 file), Get-SddcDiagnosticInfo (2 files).\n";
    assert!(text(&diagnosis).contains(expected), "{}", text(&diagnosis));
    let mut json = Vec::new();
    write(&diagnosis, Format::Json, &mut json).unwrap();
    let json = String::from_utf8(json).unwrap();
    assert!(json.contains(r#""collection": "Get-NetView""#), "{json}");
}
