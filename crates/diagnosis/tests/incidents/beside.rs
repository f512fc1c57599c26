//! What is told beside a failure, and what is not.

use hvtriage_diagnosis::{FactKind, Incident, MigrationPhase};

use crate::logs::{Logs, incident_of, migration, paused, restart, started, vm};

/// The record of an unclean restart stands behind what that very start loaded.
#[test]
fn what_the_start_after_a_crash_loads_did_not_come_before_it() {
    let loaded = |driver: &str| FactKind::FilterLoaded { driver: driver.into(), version: None };
    let mut logs = Logs::default();
    logs.log("HV1", "01T10:00", loaded("luafv.sys"))
        .log("HV1", "09T09:40", loaded("before.sys"))
        .log("HV1", "09T10:00", FactKind::OsVersion { build: 9600 })
        .log("HV1", "09T10:01", loaded("after.sys"))
        .log("HV1", "09T10:05", restart());
    let judgement = logs.judge();
    let incident = incident_of(&judgement, "KP-41", "HV1");
    assert!(incident.summary.contains("before.sys"), "{}", incident.summary);
    assert!(!incident.summary.contains("after.sys"), "{}", incident.summary);
}

#[test]
fn a_new_driver_and_a_fresh_update_are_told_beside_the_crash() {
    let loaded = |driver: &str| FactKind::FilterLoaded { driver: driver.into(), version: None };
    let update = |number: &str, is_installed| FactKind::UpdateInstalled {
        update: number.into(),
        is_installed,
        event_id: 19,
    };
    let mut logs = Logs::default();
    logs.log("HV1", "01T10:00", loaded("luafv.sys"))
        .log("HV1", "01T10:00", update("KB1000001", true))
        .log("HV1", "01T12:00", restart())
        .log("HV1", "09T10:00", loaded("luafv.sys"))
        .log("HV1", "09T10:00", loaded("acme.sys"))
        .log("HV1", "09T11:00", update("KB1000002", true))
        .log("HV1", "09T11:00", update("KB1000003", false))
        .log("HV2", "09T11:00", update("KB1000004", true))
        .log("HV1", "09T12:00", restart())
        .log("HV1", "09T23:59", loaded("acme.sys"))
        .log("HV1", "10T12:00", restart());
    let judgement = logs.judge();
    let incidents: Vec<&Incident> = judgement.incidents.iter().collect();
    let [first, second, third] = incidents.as_slice() else { panic!("{incidents:#?}") };
    // Nothing shows that the log had known other drivers before.
    assert!(!first.summary.contains("luafv"), "{}", first.summary);
    assert!(first.summary.contains("KB1000001 was installed"), "{}", first.summary);
    let words = "About that time, which need not be its cause: HV1: acme.sys was loaded for the \
                 first time (120 min before); HV1: update KB1000002 was installed (event 19) (60 \
                 min before).";
    let expected = words.replace("120 min", "2 h");
    assert!(second.summary.contains(&expected), "{}", second.summary);
    assert!(!second.summary.contains("KB1000003") && !second.summary.contains("KB1000004"));
    // The crash before came after them.
    assert!(!third.summary.contains("KB1000002"), "{}", third.summary);
}

/// An inventory tells what is loaded, and not since when: it makes nothing old or new.
#[test]
fn an_inventory_beside_the_log_does_not_hide_what_was_loaded_anew() {
    let loaded = |driver: &str| FactKind::FilterLoaded { driver: driver.into(), version: None };
    let mut logs = Logs::default();
    logs.log("HV1", "01T10:00", loaded("luafv.sys"))
        .log("HV1", "09T10:00", loaded("acme.sys"))
        .log("HV1", "09T12:00", restart());
    let alone = incident_of(&logs.judge(), "KP-41", "HV1").summary.clone();
    assert!(alone.contains("acme.sys was loaded for the first time"), "{alone}");
    logs.log("HV1", "09T13:00", loaded("acme.sys"));
    if let Some(told) = logs.0.last_mut() {
        (told.time, told.locator.source) = (None, "HV1/msinfo32.nfo".into());
    }
    assert_eq!(incident_of(&logs.judge(), "KP-41", "HV1").summary, alone);
}

#[test]
fn a_migration_shortly_before_is_told_beside_the_crash() {
    let mut logs = Logs::default();
    logs.log("HV1", "10T09:57", migration("SQL01", MigrationPhase::Started))
        .log("HV2", "10T09:58", migration("SQL01", MigrationPhase::FinishedAtDestination))
        .log("HV2", "10T09:58", migration("WEB02", MigrationPhase::FinishedAtDestination))
        .log("SQL01", "10T10:00", restart());
    let judgement = logs.judge();
    let incident = incident_of(&judgement, "KP-41", "SQL01");
    let words = "HV2: live migration of SQL01 finished at the destination host";
    assert!(incident.summary.contains(words), "{}", incident.summary);
    assert!(!incident.summary.contains("WEB02"), "{}", incident.summary);
    let near = incident.timeline.iter().filter(|it| it.is_about_that_time).count();
    assert_eq!(near, 2, "{:#?}", incident.timeline);
}

/// One record makes two facts here: that a node is lost, and the event that a rule asks for.
#[test]
fn what_is_of_the_incident_is_not_told_beside_it_again() {
    let mut logs = Logs::default();
    logs.log("HV1", "10T09:00", started("WEB03"))
        .lost("HV2", "10T10:00", "HV1")
        .lost("HV3", "10T10:00", "HV1")
        .log("HV1", "10T10:02", restart());
    let judgement = logs.judge();
    let incident = incident_of(&judgement, "CLUS-1135", "HV2");
    assert!(incident.findings.len() == 3, "{incident:#?}");
    assert!(!incident.summary.contains("About that time"), "{}", incident.summary);
    assert!(incident.timeline.iter().all(|it| !it.is_about_that_time), "{:#?}", incident.timeline);
}

#[test]
fn equal_lines_of_a_timeline_are_one() {
    let mut logs = Logs::default();
    for minute in 10..59 {
        logs.log("HV1", &format!("10T10:{minute}"), paused("Volume1"));
    }
    for host in ["HV2", "HV3"] {
        logs.log(host, "10T10:10", paused("Volume1"));
    }
    logs.log("HV1", "10T11:30", paused("Volume2"));
    let judgement = logs.judge();
    let [incident] = judgement.incidents.as_slice() else { panic!("{:#?}", judgement.incidents) };
    let lines: Vec<(&str, u64)> =
        incident.timeline.iter().map(|it| (it.machine.as_str(), it.count)).collect();
    assert_eq!(lines, [("HV1 and 2 more", 51), ("HV1", 1)]);
}

/// A file that a scanner may hold: whether one is loaded stands in the host's System log.
#[test]
fn a_rule_says_which_log_would_make_it_surer() {
    let error = FactKind::VmFileError {
        vm: vm("SQL01"),
        component: "VMMS".into(),
        event_id: 16300,
        hresult: Some(0x8007_04c8),
        path: None,
    };
    let loaded = FactKind::FilterLoaded { driver: "mfehidk.sys".into(), version: None };
    let mut logs = Logs::default();
    logs.log("HV1", "10T10:00", error);
    let wanted = logs.judge().wanted_logs;
    let of_scanner = |it: &&hvtriage_diagnosis::WantedLog| it.rule == "KB961804";
    let one = wanted.iter().find(of_scanner).unwrap();
    assert_eq!((one.machine.as_str(), one.channels), ("HV1", &["System"][..]));
    assert_eq!((one.from.word(), one.to.word()), ("medium", "high"));
    // It is loaded, and the finding is as sure as it can be.
    logs.log("HV1", "10T09:00", loaded);
    assert!(!logs.judge().wanted_logs.iter().any(|it| it.rule == "KB961804"));
}
