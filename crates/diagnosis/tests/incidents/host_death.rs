//! What a host takes along when it dies.

use hvtriage_diagnosis::{FactKind, MigrationPhase, VmStateKind};

use crate::logs::{
    Logs, STOP, incident_of, migration, paused, restart, started, stopped, told, vm,
};

/// Three hosts, of which HV2 goes down; SQL01 and WEB02 run on it, WEB03 elsewhere.
fn cluster() -> Logs {
    let mut logs = Logs::default();
    logs.log("HV1", "10T08:00", started("WEB03"))
        .log("HV2", "10T08:00", started("SQL01"))
        .log("HV2", "10T08:00", started("WEB02"))
        .lost("HV1", "10T10:00", "HV2")
        .lost("HV3", "10T10:00", "hv2")
        .log("SQL01", "10T10:03", restart())
        .log("WEB02", "10T10:04", restart())
        .log("HV2", "10T10:09", restart());
    logs
}

#[test]
fn a_host_takes_its_guests_along_and_leads() {
    let judgement = cluster().judge();
    let [incident] = judgement.incidents.as_slice() else { panic!("{:#?}", judgement.incidents) };
    let told = told(&judgement, incident);
    assert_eq!(told[..3], ["KP-41 HV2", "CLUS-1135 HV1", "CLUS-1135 HV3"]);
    assert_eq!(told[3..], ["KP-41 SQL01", "KP-41 WEB02"]);
    let words = "2 virtual machines went down about when the host that ran them did: SQL01, WEB02.";
    assert!(incident.summary.contains(words), "{}", incident.summary);
}

/// Volumes of which the dead node was the owner pause on the others, the same on a node that never knew
/// it is no part of it, nor is what happens in the afternoon.
#[test]
fn volumes_that_pause_as_a_node_dies_are_of_its_death() {
    let mut logs = cluster();
    logs.log("HV1", "10T10:01", paused("Volume1")).log("HV9", "10T10:02", paused("Volume7")).log(
        "HV3",
        "10T16:00",
        paused("Volume3"),
    );
    let judgement = logs.judge();
    let death = incident_of(&judgement, "KP-41", "HV2");
    let told = told(&judgement, death);
    assert!(told.contains(&"CSV-5120 HV1".to_owned()), "{told:?}");
    assert_eq!((told[0].as_str(), told.len()), ("KP-41 HV2", 6));
}

/// The node was only cut off: its own log tells of no restart.
#[test]
fn guests_did_not_go_down_with_a_node_that_others_only_miss() {
    let mut logs = cluster();
    logs.0.pop();
    let judgement = logs.judge();
    let missed = incident_of(&judgement, "CLUS-1135", "HV1");
    assert_eq!(told(&judgement, missed), ["CLUS-1135 HV1", "CLUS-1135 HV3"]);
    assert!(judgement.incidents.iter().all(|it| !it.summary.contains("went down")));
}

#[test]
fn what_the_host_did_not_take_along_is_not_of_its_death() {
    let mut logs = cluster();
    logs.log("HV1", "10T08:10", started("MAIL4"))
        .log("HV2", "10T08:10", started("FILE5"))
        .log("HV2", "10T08:10", started("APP06"))
        .log("HV2", "10T09:00", migration("APP06", MigrationPhase::Started))
        .log("HV1", "10T09:01", migration("APP06", MigrationPhase::FinishedAtDestination))
        // On another host, with a STOP code of its own, moved away before, and hours later.
        .log("MAIL4", "10T10:05", restart())
        .log("SQL01", "10T10:40", stopped(STOP))
        .log("APP06", "10T10:05", restart())
        .log("FILE5", "10T14:00", restart());
    let judgement = logs.judge();
    let death = incident_of(&judgement, "KP-41", "HV2");
    assert_eq!(death.findings.len(), 5, "{:?}", told(&judgement, death));
    assert!(
        judgement.findings.iter().any(|it| it.machine == "SQL01" && it.message.contains("0xD1"))
    );
    for machine in ["MAIL4", "APP06", "FILE5"] {
        let other = incident_of(&judgement, "KP-41", machine);
        assert_eq!(told(&judgement, other), [format!("KP-41 {machine}")]);
    }
}

/// What left the host, or was shut down on it, before it stopped, did not go down with it.
#[test]
fn only_what_ran_on_a_dead_host_is_started_elsewhere_for_its_death() {
    let stopped = |name: &str| FactKind::VmState {
        vm: vm(name),
        state: VmStateKind::ShutDown,
        event_id: 18504,
    };
    let mut logs = Logs::default();
    logs.log("HV1", "10T08:00", started("SQL01"))
        .log("HV1", "10T08:00", started("WEB01"))
        .log("HV1", "10T08:00", started("OFF01"))
        .log("HV1", "10T09:14", stopped("SQL01"))
        .log("HV2", "10T09:15", started("SQL01"))
        .log("HV1", "10T09:50", stopped("OFF01"))
        .log("HV2", "10T10:02", started("WEB01"))
        .log("HV2", "10T10:03", started("OFF01"))
        .log("HV1", "10T10:10", restart());
    let judgement = logs.judge();
    let incident = incident_of(&judgement, "KP-41", "HV1");
    assert_eq!(incident.vms, ["WEB01"], "{}", incident.summary);
    assert!(incident.summary.contains("1 virtual machine of the host"), "{}", incident.summary);
}
