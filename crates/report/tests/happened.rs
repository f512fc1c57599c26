//! The text report: what happened to hosts and guests, as tables.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Diagnosis, Evidence, Fact, FactKind, Locator, MachineName, Migration, MigrationOutcome,
    MigrationPhase, Place, Stop, Tables, Vm,
};
use hvtriage_report::{Format, write};
use hvtriage_winfmt::{FileOffset, FileTime};

fn text(fill: impl FnOnce(&mut Tables)) -> String {
    let mut tables = Tables::default();
    fill(&mut tables);
    let mut out = Vec::new();
    write(&Diagnosis { tables, ..Diagnosis::default() }, Format::Text, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The lines under a heading that begins so.
fn section<'a>(report: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = report.lines().skip_while(|line| !line.starts_with(heading)).skip(1);
    lines.take_while(|line| !line.is_empty()).collect()
}

fn at(time: &str) -> Option<FileTime> {
    Some(time.parse().unwrap())
}

fn migration(vm: &str, from: &str, to: &str, blackout_seconds: f64) -> Migration {
    Migration {
        vm: vm.into(),
        is_live: true,
        source: Some("HV1".into()),
        destination: Some("HV2".into()),
        hosts: vec!["HV1".into(), "HV2".into()],
        start: at(from),
        end: at(to),
        blackout_seconds: Some(blackout_seconds),
        outcome: MigrationOutcome::Finished,
        reason: None,
        facts: Vec::new(),
    }
}

/// Of many migrations that went well none is listed, but the longest and that with the longest blackout
/// are named, and where the others are.
#[test]
fn of_many_migrations_the_longest_is_told() {
    let minute = |vm: &str| migration(vm, "2016-11-01T10:00:00Z", "2016-11-01T10:01:00Z", 0.5);
    let many = || (0..30).map(|number| minute(&format!("WEB{number}"))).collect::<Vec<_>>();
    let report = text(|tables| {
        tables.migrations = many();
        let long = ("2016-11-02T10:00:00Z", "2016-11-02T10:07:00Z");
        tables.migrations.push(migration("SQL01", long.0, long.1, 0.4));
        tables.migrations.push(migration(
            "APP1",
            "2016-11-03T10:00:00Z",
            "2016-11-03T10:01:00Z",
            3.2,
        ));
    });
    let told = section(&report, "Migrations: 32 migrations, 0 failed").join(" ");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        told,
        "Of all, the longest took 7 min (SQL01, 2016-11-02 10:00:00); a guest stood still for 3.2 s at \
         most (APP1, 2016-11-03 10:00:00) (all in --format json)."
    );
    // Those that failed are listed before it.
    let report = text(|tables| {
        tables.migrations = many();
        tables.migrations[3].outcome = MigrationOutcome::Failed;
    });
    let told = section(&report, "Migrations: 30 migrations, 1 failed");
    assert!(told[1].contains("WEB3"), "{told:?}");
    assert!(told[2].contains("the longest took 1 min (WEB0, "), "{told:?}");
    // Of few each is there.
    let report = text(|tables| tables.migrations = many().split_off(20));
    assert!(!report.contains("Of all"), "{report}");
}

/// The only host that logged a step is not both ends of a migration.
#[test]
fn one_host_is_not_both_sides() {
    let report = text(|tables| {
        let one = migration("SQL01", "2016-11-02T10:00:00Z", "2016-11-02T10:07:00Z", 0.4);
        let only = Migration { destination: None, hosts: vec!["HV1".into()], ..one };
        let unknown = Migration { source: None, ..only.clone() };
        tables.migrations = vec![only, unknown];
    });
    let told = section(&report, "Migrations: 2 migrations");
    let row = |line: &str| line.split_whitespace().skip(4).take(4).collect::<Vec<_>>().join(" ");
    assert_eq!(row(told[1]), "HV1 - 7 min");
    assert_eq!(row(told[2]), "HV1 or another HV1");
}

/// A stop that only the next start tells is no later than that, and was at least for so long after the
/// last sign of life.
#[test]
fn a_stop_of_unknown_time_is_after_the_last_sign_of_life() {
    let stop = |last_alive| Stop {
        machine: "HV1".into(),
        is_guest: false,
        time: at("2016-11-06T05:57:30Z"),
        last_alive,
        back: at("2016-11-06T05:57:30Z"),
        bugcheck: None,
        is_linux: false,
        blamed: None,
        told_by: vec!["own log"],
        alike: 1,
        alike_machines: 1,
        alike_of_unnamed: 0,
        also_known: Vec::new(),
        dump_path: None,
        no_dump: None,
        is_small_dump_at_most: false,
        facts: Vec::new(),
    };
    let report = text(|tables| tables.stops = vec![stop(at("2016-11-06T05:51:34Z")), stop(None)]);
    let told = section(&report, "Crashes and restarts");
    assert!(told[1].starts_with("  after 2016-11-06 05:51:34  HV1 "), "{told:?}");
    assert!(told[1].contains("  at most 5 min  "), "{told:?}");
    assert!(told[2].starts_with("  2016-11-06 05:57:30        HV1 "), "{told:?}");
}

/// HV2's clock is 95 s ahead, as the ends of three migrations show.
#[test]
fn by_whose_clock_times_are_is_said_in_each_form() {
    let end = |number: u64, computer: &str, phase, seconds: u64| Fact {
        locator: Locator {
            source: format!("{computer}.evtx").into(),
            place: Place::Record { id: number, offset: FileOffset(number * 0x100) },
        },
        time: at("2016-11-02T10:00:00Z").map(|start| start.saturating_add_seconds(seconds)),
        machine: MachineName::Computer(computer.into()),
        os_build: None,
        kind: FactKind::LiveMigration {
            vm: Vm { id: None, name: Some(format!("VM{number}").into()) },
            phase,
            blackout_seconds: None,
            other_host: None,
            event_id: None,
        },
    };
    let facts = |ahead: u64| {
        (1..=3).flat_map(move |number| {
            let seconds = number * 10_000;
            let source = end(number, "HV1", MigrationPhase::FinishedAtSource, seconds);
            let phase = MigrationPhase::FinishedAtDestination;
            [source, end(number, "HV2", phase, seconds + ahead)]
        })
    };
    for (ahead, is_said) in [(95, true), (0, false)] {
        let machines = Evidence::gather(facts(ahead).collect()).machines().to_vec();
        let diagnosis = Diagnosis { machines, ..Diagnosis::default() };
        let mut forms = Vec::new();
        for format in [Format::Text, Format::Html] {
            let mut out = Vec::new();
            write(&diagnosis, format, &mut out).unwrap();
            forms.push(out);
        }
        let mut out = Vec::new();
        hvtriage_report::write_markdown(&diagnosis, &[], &mut out).unwrap();
        forms.push(out);
        for form in forms {
            // Wherever a line is broken.
            let form = String::from_utf8(form).unwrap();
            let words = form.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = "ordered and dated by the clock of HV1, since clocks differ: HV2 about 1 min 35 s ahead of HV1.";
            assert_eq!(words.contains(said), is_said, "{words}");
        }
    }
}
