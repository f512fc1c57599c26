//! Crashes and restarts that are alike, or come again.

use hvtriage_diagnosis::{Bugcheck, FactKind, MachineName};

use crate::logs::{Logs, STOP, dump, lost, restart, stopped, vm};

#[test]
fn crashes_of_one_signature_are_told_as_a_pattern() {
    let mut logs = Logs::default();
    for (machine, time, parameter) in
        [("SQL01", "02T10:00", 1_u64), ("SQL01", "09T10:00", 2), ("WEB02", "12T10:00", 3)]
    {
        let mut bugcheck = STOP;
        bugcheck.parameters[3] += parameter << 20;
        let dump = dump(bugcheck, "acme.sys", 0x12b8);
        logs.log(machine, time, stopped(bugcheck));
        logs.record(
            MachineName::Source(format!("{machine}/{parameter}.dmp").into()),
            time,
            vec![dump],
        );
    }
    let judgement = logs.judge();
    let words = "3 crashes of 2 machines have the same signature, STOP 0xD1 in acme.sys+0x12b8.";
    for incident in &judgement.incidents {
        assert!(incident.summary.contains(words), "{}", incident.summary);
    }
    let of_sql: Vec<u64> = judgement
        .findings
        .iter()
        .filter(|it| it.rule == "KP-41" && it.machine == "SQL01")
        .map(|it| it.count)
        .collect();
    assert_eq!(of_sql, [2]);
}

/// The same driver at another place of it, on another machine, is told so; on the same one it is not.
#[test]
fn another_place_in_the_driver_is_another_signature() {
    let summaries = |second: &str| {
        let mut logs = Logs::default();
        for (machine, offset) in [("SQL01", 0x12b8_u64), (second, 0x4400)] {
            let mut bugcheck = STOP;
            bugcheck.parameters[3] += offset << 20;
            let time = if offset == 0x4400 { "02T10:00" } else { "09T10:00" };
            let dump = dump(bugcheck, "acme.sys", offset);
            logs.log(machine, time, stopped(bugcheck));
            logs.record(MachineName::Source(format!("{offset}.dmp").into()), time, vec![dump]);
        }
        logs.judge().incidents.into_iter().map(|it| it.summary).collect::<Vec<_>>().join("\n")
    };
    let words = "2 crashes of 2 machines have the same signature, STOP 0xD1 in acme.sys, at different \
                 places in the driver.";
    assert!(summaries("WEB02").contains(words), "{}", summaries("WEB02"));
    assert!(!summaries("SQL01").contains("signature"), "{}", summaries("SQL01"));
}

#[test]
fn restarts_days_apart_are_several_incidents_unless_they_go_on() {
    let mut logs = Logs::default();
    for day in ["02", "06", "06"] {
        logs.log("HV1", &format!("{day}T10:00"), restart());
    }
    assert_eq!(logs.judge().incidents.len(), 2);
    for day in 8..22 {
        logs.log("HV1", &format!("{day:02}T10:00"), restart());
    }
    let judgement = logs.judge();
    assert_eq!(judgement.incidents.len(), 1);
    assert_eq!(judgement.findings[0].count, 17);
}

/// What is told again and again over weeks does not make one incident of what it happened beside.
#[test]
fn what_goes_on_welds_nothing_together() {
    let mut logs = Logs::default();
    for day in 2..16 {
        for minute in 0..5 {
            let reset =
                FactKind::StorageReset { event_id: 153, driver: "disk.sys".into(), device: None };
            logs.log("HV1", &format!("{day:02}T10:0{minute}"), reset);
        }
    }
    logs.log("HV1", "03T10:05", lost("Volume1")).log("HV1", "12T10:05", lost("Volume2"));
    let judgement = logs.judge();
    assert_eq!(judgement.incidents.len(), 3, "{:#?}", judgement.incidents);
}

#[test]
fn a_guest_that_stops_again_and_again_is_one_incident_wherever_it_runs() {
    let crash = |code: u32, place: u64| FactKind::GuestCrash {
        vm: vm("SQL01"),
        bugcheck: Bugcheck { code, parameters: [0xc000_0005, 0xffff_f800_0000_1000 + place, 0, 0] },
        message: None,
        is_linux: false,
    };
    let mut logs = Logs::default();
    logs.log("HV1", "02T10:00", crash(0x3b, 1))
        .log("HV2", "06T10:00", crash(0x3b, 2))
        .log("HV1", "09T10:00", crash(0x3b, 3))
        .log("HV1", "12T10:00", crash(0x50, 4));
    let judgement = logs.judge();
    let [pattern, other] = judgement.incidents.as_slice() else {
        panic!("{:#?}", judgement.incidents)
    };
    assert_eq!((pattern.findings.len(), other.findings.len()), (2, 1));
    let words = "3 crashes of one machine have the same signature, STOP 0x3B.";
    assert!(pattern.summary.contains(words), "{}", pattern.summary);
    assert!(!other.summary.contains("signature"), "{}", other.summary);
}
