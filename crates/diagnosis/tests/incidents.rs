//! One failure is one incident, what merely happened at the same time is not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::sync::LazyLock;

use hvtriage_diagnosis::{
    Blame, Bugcheck, CsvStateKind, Evidence, Fact, FactKind, Incident, Judgement, Locator,
    LoggedEvent, MachineName, MigrationPhase, Place, Role, RuleSet, StopAbout, Vm, VmStateKind,
    judge,
};
use hvtriage_winfmt::FileOffset;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::catalogue().unwrap());

const STOP: Bugcheck = Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_01ab_12b8] };
/// KERNEL_DATA_INPAGE_ERROR with STATUS_IO_DEVICE_ERROR.
const PAGE_LOST: Bugcheck =
    Bugcheck { code: 0x7a, parameters: [0xffff_f6fc_4001_2345, 0xc000_0185, 0x1000, 0] };

/// Records of logs, each of which may tell several facts.
#[derive(Default)]
struct Logs(Vec<Fact>);

impl Logs {
    fn record(&mut self, machine: MachineName, time: &str, kinds: Vec<FactKind>) -> &mut Self {
        let id = self.0.len() as u64 + 1;
        let (MachineName::Computer(name) | MachineName::Source(name)) = &machine;
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        let locator = Locator { source: format!("{name}/System.evtx").into(), place };
        let time = Some(format!("2014-03-{time}:00Z").parse().unwrap());
        self.0.extend(kinds.into_iter().map(|kind| Fact {
            locator: locator.clone(),
            time,
            machine: machine.clone(),
            os_build: None,
            kind,
        }));
        self
    }

    /// `time` is a day of March and a minute, `10T09:30`.
    fn log(&mut self, computer: &str, time: &str, kind: FactKind) -> &mut Self {
        self.record(MachineName::Computer(computer.into()), time, vec![kind])
    }

    /// A node tells that another left the cluster.
    fn lost(&mut self, teller: &str, time: &str, node: &str) -> &mut Self {
        let kinds = vec![
            FactKind::NodeLost { node: node.into() },
            event("FailoverClustering", 1135, &[node]),
        ];
        self.record(MachineName::Computer(teller.into()), time, kinds)
    }

    fn judge(&self) -> Judgement {
        judge(&Evidence::gather(self.0.clone()), &RULES)
    }
}

fn event(provider: &str, id: u32, values: &[&str]) -> FactKind {
    FactKind::Event(Box::new(LoggedEvent {
        provider: format!("Microsoft-Windows-{provider}").into(),
        id,
        values: values.iter().copied().collect(),
        ..LoggedEvent::default()
    }))
}

fn vm(name: &str) -> Vm {
    Vm { id: None, name: Some(name.into()) }
}

fn started(name: &str) -> FactKind {
    FactKind::VmState { vm: vm(name), state: VmStateKind::Started, event_id: 18500 }
}

fn restart() -> FactKind {
    FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() }
}

fn stopped(bugcheck: Bugcheck) -> FactKind {
    FactKind::UncleanRestart { bugcheck: Some(bugcheck), circumstances: Default::default() }
}

fn dump(bugcheck: Bugcheck, module: &str, offset: u64) -> FactKind {
    let blamed = Blame {
        module: module.into(),
        offset,
        function: None,
        is_of_windows: None,
        basis: String::new(),
    };
    FactKind::Crash {
        bugcheck,
        blamed: Some(Box::new(blamed)),
        role: Role::Guest,
        modules: Vec::new(),
        about: StopAbout::default(),
    }
}

fn paused(volume: &str) -> FactKind {
    volume_is(CsvStateKind::Paused, volume)
}

fn lost(volume: &str) -> FactKind {
    volume_is(CsvStateKind::Unreachable, volume)
}

fn volume_is(state: CsvStateKind, volume: &str) -> FactKind {
    FactKind::CsvState {
        volume: volume.into(),
        resource: None,
        state,
        drivers: Vec::new(),
        status: None,
    }
}

fn migration(name: &str, phase: MigrationPhase) -> FactKind {
    FactKind::LiveMigration {
        vm: vm(name),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(20413),
    }
}

/// The machines of an incident's findings, with the lead first.
fn told(judgement: &Judgement, incident: &Incident) -> Vec<String> {
    let findings = incident.findings.iter().map(|index| &judgement.findings[*index]);
    findings.map(|it| format!("{} {}", it.rule, it.machine)).collect()
}

/// The incident with a finding of `rule` on `machine`.
fn incident_of<'a>(judgement: &'a Judgement, rule: &str, machine: &str) -> &'a Incident {
    let is_it = |index: &usize| {
        let finding = &judgement.findings[*index];
        finding.rule == rule && finding.machine == machine
    };
    let mut incidents = judgement.incidents.iter();
    incidents.find(|it| it.findings.iter().any(is_it)).unwrap()
}

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

#[test]
fn lost_storage_leads_over_the_guest_that_could_not_read_its_disk() {
    let mut logs = Logs::default();
    logs.log("HV1", "10T08:00", started("SQL01")).log("HV1", "10T10:00", lost("Volume1")).log(
        "SQL01",
        "10T10:05",
        stopped(PAGE_LOST),
    );
    let judgement = logs.judge();
    let [incident] = judgement.incidents.as_slice() else { panic!("{:#?}", judgement.incidents) };
    assert_eq!(told(&judgement, incident), ["CSV-5142 HV1", "KP-41 SQL01"]);
    assert!(
        incident.summary.contains("about when its host lost storage: SQL01."),
        "{}",
        incident.summary
    );
}

#[test]
fn storage_of_others_and_other_stop_codes_are_told_apart() {
    let cases: [(&str, &str, Bugcheck); 3] =
        [("HV2", "10T10:00", PAGE_LOST), ("HV1", "10T09:40", PAGE_LOST), ("HV1", "10T10:00", STOP)];
    for (host, time, bugcheck) in cases {
        let mut logs = Logs::default();
        logs.log("HV1", "10T08:00", started("SQL01")).log(host, time, lost("Volume1")).log(
            "SQL01",
            "10T10:05",
            stopped(bugcheck),
        );
        assert_eq!(logs.judge().incidents.len(), 2, "{host} {time} {bugcheck}");
    }
    // SQL01 is known to be on another volume.
    let mut logs = Logs::default();
    let path = r"C:\ClusterStorage\Volume2\SQL01\disk.vhdx";
    logs.log("HV1", "10T08:00", started("SQL01"))
        .log("HV1", "10T10:00", lost("Volume1"))
        .log(
            "HV1",
            "10T10:01",
            FactKind::VmFileError {
                vm: vm("SQL01"),
                component: "SynthStor".into(),
                event_id: 12240,
                hresult: Some(0x8007_0002),
                path: Some(path.into()),
            },
        )
        .log("SQL01", "10T10:05", stopped(PAGE_LOST));
    let judgement = logs.judge();
    let loss = incident_of(&judgement, "CSV-5142", "HV1");
    assert!(!told(&judgement, loss).contains(&"KP-41 SQL01".to_owned()));
}

/// One volume is lost to several nodes at once, another of that name a day later.
#[test]
fn one_volume_is_one_trouble_on_all_nodes() {
    let mut logs = Logs::default();
    for (host, time) in [("HV1", "10T10:00"), ("HV2", "10T10:01"), ("HV3", "11T10:01")] {
        logs.log(host, time, paused("Volume1"));
    }
    let judgement = logs.judge();
    let sizes: Vec<usize> = judgement.incidents.iter().map(|it| it.findings.len()).collect();
    assert_eq!(sizes, [2, 1]);
}

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

/// HV9 takes in no virtual machine for one reason, whoever sends it; HV8 refuses for the same on its own.
#[test]
fn one_reason_to_refuse_is_one_incident() {
    let mut logs = Logs::default();
    for (host, time, name, destination) in [
        ("HV1", "10T10:0", "WEB1", "HV9"),
        ("HV2", "10T17:0", "WEB2", "hv9"),
        ("HV3", "11T09:0", "WEB3", "HV8"),
    ] {
        let mut begun = migration(name, MigrationPhase::Started);
        if let FactKind::LiveMigration { other_host, .. } = &mut begun {
            *other_host = Some(destination.into());
        }
        let values = [name, "", "logon failure (0x80070569)"];
        let failed =
            vec![migration(name, MigrationPhase::Failed), event("Hyper-V-VMMS", 21024, &values)];
        logs.log(host, &format!("{time}0"), begun);
        logs.record(MachineName::Computer(host.into()), &format!("{time}1"), failed);
    }
    // HV9 tells it, too, by a clock that is behind: no migration to it has begun then.
    let refused = event("Hyper-V-VMMS", 21002, &["WEB2", "", "%%2147943785", "0x80070569"]);
    logs.log("HV9", "10T16:58", refused);
    let judgement = logs.judge();
    let sizes: Vec<usize> = judgement.incidents.iter().map(|it| it.findings.len()).collect();
    assert_eq!(sizes, [5, 2], "{:#?}", judgement.incidents);
    assert_eq!(told(&judgement, &judgement.incidents[0])[0], "KB2779204 HV9");
}

/// Two migrations to one host fail for two reasons: that both failed is nothing in common.
#[test]
fn two_reasons_to_refuse_are_two_incidents() {
    let mut logs = Logs::default();
    for (time, name, code) in [("10T10:0", "WEB1", "0x8009030E"), ("10T20:0", "WEB2", "0x8007000E")]
    {
        let failed = vec![
            migration(name, MigrationPhase::Failed),
            event("Hyper-V-VMMS", 21024, &[name, "", code]),
        ];
        logs.record(MachineName::Computer("HV1".into()), &format!("{time}1"), failed);
    }
    let judgement = logs.judge();
    let sizes: Vec<usize> = judgement.incidents.iter().map(|it| it.findings.len()).collect();
    assert_eq!(sizes, [2, 2], "{:#?}", judgement.incidents);
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

/// A virtual machine whose disk was moved before, or that has only a disc there, is not on the volume.
#[test]
fn the_guests_of_a_lost_volume_are_those_whose_disks_were_there_then() {
    let opened = |name: &str, path: &str| FactKind::VmFiles { vm: vm(name), path: path.into() };
    let mut logs = Logs::default();
    for name in ["SQL01", "ISO01", "WEB01"] {
        logs.log("HV1", "01T08:00", started(name));
    }
    logs.log("HV1", "02T08:00", opened("SQL01", r"C:\ClusterStorage\Volume1\SQL01\a.vhdx"))
        .log("HV1", "05T08:00", opened("SQL01", r"C:\ClusterStorage\Volume2\SQL01\a.vhdx"))
        .log("HV1", "05T08:00", opened("ISO01", r"C:\ClusterStorage\Volume1\ISO\win.iso"))
        .log("HV1", "05T08:00", opened("ISO01", r"C:\ClusterStorage\Volume3\ISO01\b.vhdx"))
        .log("HV1", "05T08:00", opened("WEB01", r"C:\ClusterStorage\volume1\WEB01\c.vhdx"))
        .log("HV1", "10T10:00", lost("Volume1"));
    let judgement = logs.judge();
    assert_eq!(incident_of(&judgement, "CSV-5142", "HV1").vms, ["WEB01"]);
}

#[test]
fn a_full_volume_is_one_incident_on_all_hosts() {
    let mut logs = Logs::default();
    for (host, time, name, volume) in [
        ("HV1", "10T10:00", "WEB1", "Volume7"),
        ("HV2", "10T10:05", "WEB2", "volume7"),
        ("HV3", "10T10:06", "WEB3", "Volume8"),
        ("HV3", "10T19:00", "WEB4", "Volume7"),
    ] {
        let path = format!(r"C:\ClusterStorage\{volume}\{name}\{name}.vhdx");
        logs.log(host, time, event("Hyper-V-VMMS", 16060, &[name, "", &path]));
    }
    let judgement = logs.judge();
    let sizes: Vec<usize> = judgement.incidents.iter().map(|it| it.findings.len()).collect();
    assert_eq!(sizes, [2, 1, 1]);
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

/// Backups attach and remove disks every night (157), and one request that is tried again (153) is noise.
#[test]
fn a_removed_disk_or_a_single_reset_is_no_lost_storage() {
    let reset = || FactKind::StorageReset {
        event_id: 153,
        driver: "disk.sys".into(),
        device: Some(r"\Device\Harddisk7\DR7".into()),
    };
    let removed = || event("disk", 157, &[r"\Device\Harddisk7\DR7"]);
    for losses in [vec![removed()], vec![reset()], vec![removed(), reset()]] {
        let mut logs = Logs::default();
        logs.log("HV1", "10T08:00", started("SQL01"));
        for (minute, loss) in losses.into_iter().enumerate() {
            logs.log("HV1", &format!("10T10:0{minute}"), loss);
        }
        logs.log("SQL01", "10T10:09", stopped(PAGE_LOST));
        let judgement = logs.judge();
        let stop = incident_of(&judgement, "KP-41", "SQL01");
        let is_of_host = told(&judgement, stop).iter().any(|it| it.ends_with(" HV1"));
        assert!(!is_of_host, "{:#?}", judgement.incidents);
    }
}

/// Volumes of every cluster are called alike, and so are nodes.
/// Who moves virtual machines to whom, and who misses whom, tells two clusters of one domain apart.
#[test]
fn two_clusters_of_one_domain_are_told_apart() {
    let mut logs = Logs::default();
    logs.log("hva1.a.example", "10T10:00", paused("Volume1"))
        .log("hvb1.a.example", "10T10:02", paused("Volume1"))
        .log("hva2.a.example", "10T10:03", paused("Volume1"))
        .lost("hva1.a.example", "12T10:00", "HVA2")
        .lost("hvb1.a.example", "12T20:02", "HVB2");
    let judgement = logs.judge();
    let of_a = incident_of(&judgement, "CSV-5120", "hva1.a.example");
    let of_b = incident_of(&judgement, "CSV-5120", "hvb1.a.example");
    assert_eq!(told(&judgement, of_a), ["CSV-5120 hva1.a.example", "CSV-5120 hva2.a.example"]);
    assert_eq!(told(&judgement, of_b), ["CSV-5120 hvb1.a.example"]);
}

/// The same crash in one driver at two customers is known by one rule, and is no one failure.
#[test]
fn crashes_of_two_domains_are_two_incidents() {
    let mut logs = Logs::default();
    for (machine, day) in
        [("db1.a.example", "03"), ("db2.a.example", "05"), ("db9.b.example", "04")]
    {
        let facts = vec![dump(STOP, "acme.sys", 0x1234), stopped(STOP)];
        logs.record(MachineName::Computer(machine.into()), &format!("{day}T10:00"), facts);
    }
    let judgement = logs.judge();
    let of_a = incident_of(&judgement, "KP-41", "db1.a.example");
    let of_b = incident_of(&judgement, "KP-41", "db9.b.example");
    assert!(told(&judgement, of_a).contains(&"KP-41 db2.a.example".to_owned()));
    assert!(!told(&judgement, of_a).contains(&"KP-41 db9.b.example".to_owned()));
    assert!(told(&judgement, of_b).contains(&"KP-41 db9.b.example".to_owned()));
}

#[test]
fn what_two_domains_call_alike_has_nothing_in_common() {
    let mut logs = Logs::default();
    logs.log("hv1.a.example", "10T10:00", paused("Volume1"))
        .log("hv7.b.example", "10T10:02", paused("Volume1"))
        .lost("hv1.a.example", "11T10:00", "HV02")
        .lost("hv7.b.example", "11T10:02", "HV09");
    let judgement = logs.judge();
    for rule in ["CSV-5120", "CLUS-1135"] {
        let one = incident_of(&judgement, rule, "hv1.a.example");
        let other = incident_of(&judgement, rule, "hv7.b.example");
        assert!(one.findings != other.findings, "{rule}: {:#?}", judgement.incidents);
    }
}
