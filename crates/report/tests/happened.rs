//! The text report: what happened to hosts and guests, as tables.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{Diagnosis, Migration, MigrationOutcome, Stop, Tables};
use hvtriage_report::{Format, write};
use hvtriage_winfmt::FileTime;

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
