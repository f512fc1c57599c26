//! Tables of what happened: each crash, migration and redirection once, whoever tells it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Bugcheck, CsvStateKind, Evidence, Fact, FactKind, Locator, LoggedEvent, MachineName,
    MigrationOutcome, MigrationPhase, Place, Role, StopAbout, Tables, Vm, VmStateKind,
};
use hvtriage_winfmt::{FileOffset, FileTime};

const STOP: Bugcheck = Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_01ab_12b8] };
const OTHER: Bugcheck = Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_0777_12b8] };

fn at(time: &str) -> FileTime {
    time.parse().unwrap()
}

/// Facts of computers, `(computer, time, kind)`.
fn tables(told: Vec<(&str, &str, FactKind)>) -> Tables {
    let facts = told.into_iter().zip(1_u64..).map(|((computer, time, kind), id)| Fact {
        locator: Locator {
            source: format!("{computer}.evtx").into(),
            place: Place::Record { id, offset: FileOffset(0x1000 + id) },
        },
        time: Some(at(time)),
        machine: match computer.strip_suffix(".DMP") {
            Some(_) => MachineName::Source(computer.into()),
            None => MachineName::Computer(computer.into()),
        },
        os_build: None,
        kind,
    });
    Tables::of(&Evidence::gather(facts.collect()))
}

fn vm() -> Vm {
    Vm { id: "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12".parse().ok(), name: Some("SQL01".into()) }
}

fn step(phase: MigrationPhase) -> FactKind {
    let is_begun = phase == MigrationPhase::Started;
    FactKind::LiveMigration {
        vm: vm(),
        phase,
        blackout_seconds: (phase == MigrationPhase::FinishedAtSource).then_some(1.5),
        other_host: is_begun.then(|| "HV2".into()),
        event_id: None,
    }
}

fn volume(state: CsvStateKind, drivers: &[&str]) -> FactKind {
    FactKind::CsvState {
        volume: "Volume1".into(),
        resource: None,
        state,
        drivers: drivers.iter().map(|driver| (*driver).to_owned()).collect(),
        status: None,
    }
}

fn dump(bugcheck: Bugcheck) -> FactKind {
    FactKind::Crash {
        bugcheck,
        blamed: None,
        role: Role::Guest,
        modules: Vec::new(),
        about: StopAbout::default(),
    }
}

fn reported(bugcheck: Bugcheck) -> FactKind {
    FactKind::BugcheckReported { bugcheck, dump_path: None }
}

fn guest_crash(bugcheck: Bugcheck) -> FactKind {
    FactKind::GuestCrash { vm: vm(), bugcheck, message: None, is_linux: false }
}

/// A live dump is written by a machine that goes on.
#[test]
fn a_live_dump_is_no_stop() {
    let live = Bugcheck { code: 0x161, parameters: [0; 4] };
    let told = tables(vec![
        ("live.DMP", "2012-01-01T10:00:00Z", dump(live)),
        ("crash.DMP", "2012-01-01T10:00:00Z", dump(STOP)),
    ]);
    assert_eq!(told.stops.len(), 1);
    assert_eq!(told.stops[0].bugcheck, Some(STOP));
}

#[test]
fn a_migration_that_both_hosts_tell_is_one() {
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", step(MigrationPhase::Started)),
        ("HV2", "2012-01-01T10:00:58Z", step(MigrationPhase::FinishedAtDestination)),
        ("HV1", "2012-01-01T10:01:00Z", step(MigrationPhase::FinishedAtSource)),
    ]);
    let [one] = told.migrations.as_slice() else { panic!("{:?}", told.migrations) };
    assert_eq!((one.source.as_deref(), one.destination.as_deref()), (Some("HV1"), Some("HV2")));
    assert_eq!(one.outcome, MigrationOutcome::Finished);
    assert_eq!(one.blackout_seconds, Some(1.5));
    assert_eq!(one.start, Some(at("2012-01-01T10:00:00Z")));
    assert_eq!(one.end, Some(at("2012-01-01T10:01:00Z")));
    assert_eq!(one.facts.len(), 3);
}

/// There and back within minutes, and a third that fails and begins anew: each begin is one.
#[test]
fn migrations_that_follow_each_other_are_several() {
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", step(MigrationPhase::Started)),
        ("HV2", "2012-01-01T10:00:58Z", step(MigrationPhase::FinishedAtDestination)),
        ("HV1", "2012-01-01T10:01:00Z", step(MigrationPhase::FinishedAtSource)),
        ("HV2", "2012-01-01T10:03:00Z", step(MigrationPhase::Started)),
        ("HV2", "2012-01-01T10:04:00Z", step(MigrationPhase::Failed)),
        ("HV2", "2012-01-01T10:05:00Z", step(MigrationPhase::Started)),
        ("HV1", "2012-01-01T10:06:00Z", step(MigrationPhase::FinishedAtDestination)),
    ]);
    let outcomes: Vec<MigrationOutcome> = told.migrations.iter().map(|it| it.outcome).collect();
    use MigrationOutcome::{Failed, Finished};
    assert_eq!(outcomes, [Finished, Failed, Finished]);
    assert_eq!(told.migrations[2].source.as_deref(), Some("HV2"));
    assert_eq!(told.migrations[2].destination.as_deref(), Some("HV1"));
}

/// Of 22501 to 22504 no source tells which is which; 18530 is of the destination's worker process.
#[test]
fn the_source_is_the_host_that_is_not_the_destination() {
    let told = tables(vec![
        ("HV1", "2012-01-08T21:09:40Z", step(MigrationPhase::Step)),
        ("HV2", "2012-01-08T21:09:41Z", step(MigrationPhase::Step)),
        ("HV2", "2012-01-08T21:11:18Z", step(MigrationPhase::FinishedAtDestination)),
        ("HV1", "2012-01-08T21:11:19Z", step(MigrationPhase::Step)),
    ]);
    let [row] = &told.migrations[..] else { panic!("{:?}", told.migrations) };
    assert_eq!((row.source.as_deref(), row.destination.as_deref()), (Some("HV1"), Some("HV2")));
    // One host alone tells of no other.
    let alone =
        tables(vec![("HV2", "2012-01-08T21:11:18Z", step(MigrationPhase::FinishedAtDestination))]);
    assert_eq!(alone.migrations[0].source, None);
}

fn told_by(phase: MigrationPhase, id: u32) -> FactKind {
    FactKind::LiveMigration {
        vm: vm(),
        phase,
        blackout_seconds: None,
        other_host: matches!(id, 21024 | 21026).then(|| "HV1".into()),
        event_id: Some(id),
    }
}

/// 22501 to 22504 are "initiated" and "succeeded" at source and target (facts: F. live migration): nothing
/// succeeds before it is initiated, so of two of one host the second is the end.
#[test]
fn of_two_steps_of_a_host_the_second_is_the_end() {
    let step = |id| told_by(MigrationPhase::Step, id);
    let told = tables(vec![
        ("HV1", "2012-01-08T21:00:00Z", step(22501)),
        ("HV2", "2012-01-08T21:00:01Z", step(22502)),
        ("HV1", "2012-01-08T21:01:20Z", step(22503)),
        ("HV2", "2012-01-08T21:01:21Z", step(22504)),
        // And back again.
        ("HV2", "2012-01-08T21:03:00Z", step(22501)),
        ("HV1", "2012-01-08T21:03:01Z", step(22502)),
        ("HV2", "2012-01-08T21:04:00Z", step(22503)),
        ("HV1", "2012-01-08T21:04:01Z", step(22504)),
        // Begun alone: nothing tells how it ended.
        ("HV1", "2012-01-09T21:03:01Z", step(22501)),
    ]);
    let rows: Vec<_> = told
        .migrations
        .iter()
        .map(|it| (it.start.unwrap(), it.end, it.outcome, it.facts.len()))
        .collect();
    use MigrationOutcome::{Finished, Unknown};
    assert_eq!(
        rows,
        [
            (at("2012-01-08T21:00:00Z"), Some(at("2012-01-08T21:01:21Z")), Finished, 4),
            (at("2012-01-08T21:03:00Z"), Some(at("2012-01-08T21:04:01Z")), Finished, 4),
            (at("2012-01-09T21:03:01Z"), None, Unknown, 1),
        ]
    );
    // The same event twice, or a failure after it, ends nothing well.
    for second in [step(22501), told_by(MigrationPhase::Failed, 22505)] {
        let told = tables(vec![
            ("HV1", "2012-01-08T21:00:00Z", step(22501)),
            ("HV1", "2012-01-08T21:01:20Z", second),
        ]);
        assert!(told.migrations.iter().all(|it| it.outcome != Finished), "{:?}", told.migrations);
    }
}

/// VMMS 21024 is logged at the source and names the source, 21026 at the destination and names that
/// (facts: VMMS 21024, 21026).
#[test]
fn a_failure_alone_tells_one_side() {
    let sides = |id| {
        let told =
            tables(vec![("HV1", "2014-03-10T10:00:00Z", told_by(MigrationPhase::Failed, id))]);
        let row = &told.migrations[0];
        (row.source.clone(), row.destination.clone())
    };
    let host = Some("HV1".to_owned());
    assert_eq!(sides(21024), (host.clone(), None));
    assert_eq!(sides(22505), (host.clone(), None));
    assert_eq!(sides(21026), (None, host));
    assert_eq!(sides(21111), (None, None));
}

#[test]
fn a_failed_migration_has_the_nearest_code_as_its_reason() {
    let error = |vm: Vm, code: u32| FactKind::VmFileError {
        vm,
        component: "High-Availability".into(),
        event_id: 21502,
        hresult: Some(code),
        path: None,
    };
    let failed = |time: &'static str, code: u32, vm: Vm| {
        let told = tables(vec![
            ("HV1", "2014-03-10T09:59:00Z", step(MigrationPhase::Started)),
            ("HV1", "2014-03-10T10:00:00Z", step(MigrationPhase::Failed)),
            ("HV1", time, error(vm, code)),
        ]);
        told.migrations[0].reason.clone()
    };
    let reason = "0x8009030E (SEC_E_NO_CREDENTIALS)".to_owned();
    assert_eq!(failed("2014-03-10T10:00:05Z", 0x8009_030E, vm()), Some(reason));
    assert_eq!(failed("2014-03-10T10:30:00Z", 0x8009_030E, vm()), None);
    let other = Vm { id: None, name: Some("WEB01".into()) };
    assert_eq!(failed("2014-03-10T10:00:05Z", 0x8009_030E, other), None);
}

#[test]
fn a_begin_without_an_end_tells_of_none() {
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", step(MigrationPhase::Started)),
        ("HV1", "2012-01-03T10:00:00Z", step(MigrationPhase::FinishedAtSource)),
    ]);
    assert_eq!(told.migrations.len(), 2);
    assert_eq!(told.migrations[0].outcome, MigrationOutcome::Unknown);
    assert_eq!(told.migrations[0].end, None);
    assert_eq!(told.migrations[1].start, None);
}

#[test]
fn a_redirection_lasts_until_the_volume_is_back_to_normal() {
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", volume(CsvStateKind::Paused, &[])),
        (
            "HV1",
            "2012-01-01T10:00:10Z",
            volume(CsvStateKind::RedirectedByFilters, &["mfehidk.sys"]),
        ),
        ("HV2", "2012-01-01T10:10:12Z", volume(CsvStateKind::Redirected, &[])),
        ("HV1", "2012-01-01T12:00:00Z", volume(CsvStateKind::Normal, &[])),
        ("HV1", "2012-01-01T13:00:00Z", volume(CsvStateKind::Normal, &[])),
    ]);
    let [first, second] = told.redirections.as_slice() else { panic!("{:?}", told.redirections) };
    assert_eq!(first.machine, "HV1");
    assert_eq!(first.states, [CsvStateKind::Paused, CsvStateKind::RedirectedByFilters]);
    assert_eq!(first.drivers, ["mfehidk.sys"]);
    assert_eq!(first.end, Some(at("2012-01-01T12:00:00Z")));
    assert_eq!((second.machine.as_str(), second.end), ("HV2", None));
}

fn on(name: &str) -> Vm {
    Vm { id: None, name: Some(name.into()) }
}

fn started(name: &str) -> FactKind {
    FactKind::VmState { vm: on(name), state: VmStateKind::Started, event_id: 18500 }
}

/// Two nodes within a minute are one trouble; it ends when the last of them reaches the volume again.
/// Which virtual machines are on it is told only where a path tells it.
#[test]
fn a_volume_that_several_nodes_lose_is_one_row() {
    let file = |name: &str, volume: &str| FactKind::VmFileError {
        vm: on(name),
        component: "SynthStor".into(),
        event_id: 12240,
        hresult: Some(0x8007_0002),
        path: Some(format!(r"C:\ClusterStorage\{volume}\{name}\disk.vhdx")),
    };
    let lost = || volume(CsvStateKind::Redirected, &[]);
    let told = tables(vec![
        ("HV1", "2012-01-01T08:00:00Z", started("SQL01")),
        ("HV1", "2012-01-01T08:00:00Z", started("WEB02")),
        ("HV2", "2012-01-01T08:00:00Z", started("APP03")),
        ("HV3", "2012-01-01T08:00:00Z", started("APP04")),
        ("HV1", "2012-01-01T08:01:00Z", file("SQL01", "volume1")),
        ("HV1", "2012-01-01T08:01:00Z", file("WEB02", "Volume2")),
        ("HV3", "2012-01-01T08:01:00Z", file("APP04", "Volume1")),
        ("HV1", "2012-01-01T10:00:00Z", lost()),
        ("HV2", "2012-01-01T10:00:40Z", lost()),
        ("HV1", "2012-01-01T10:30:00Z", volume(CsvStateKind::Normal, &[])),
        ("HV2", "2012-01-01T11:00:00Z", volume(CsvStateKind::Normal, &[])),
        ("HV2", "2012-01-01T11:30:00Z", lost()),
    ]);
    let [first, second] = told.redirections.as_slice() else { panic!("{:?}", told.redirections) };
    let hosts: Vec<&str> = first.hosts.iter().map(|host| host.machine.as_str()).collect();
    assert_eq!((hosts, first.end), (vec!["HV1", "HV2"], Some(at("2012-01-01T11:00:00Z"))));
    // APP03 runs on HV2, and nobody tells where its disk is.
    assert_eq!((first.vms.clone(), first.vms_of_unknown_volume), (vec!["SQL01".into()], Some(1)));
    assert_eq!((second.hosts.len(), second.end, second.vms.len()), (1, None, 0));
}

/// HV1 misses HV2 as a node of its cluster, HV9 belongs to nobody here.
#[test]
fn hosts_of_one_cluster_should_have_one_build() {
    let build = |build| FactKind::OsVersion { build };
    let told = tables(vec![
        ("HV1", "2012-01-01T08:00:00Z", build(9200)),
        ("HV1", "2012-01-02T08:00:00Z", build(9600)),
        ("HV2", "2012-01-01T08:00:00Z", build(9200)),
        ("HV9", "2012-01-01T08:00:00Z", build(7601)),
        ("HV9", "2012-01-01T09:00:00Z", started("SQL09")),
        ("HV1", "2012-01-03T10:00:00Z", step(MigrationPhase::Started)),
        ("HV2", "2012-01-03T10:00:58Z", step(MigrationPhase::FinishedAtDestination)),
        ("HV1", "2012-01-03T12:00:00Z", FactKind::NodeLost { node: "HV2".into() }),
        (
            "HV1",
            "2012-01-04T10:00:00Z",
            FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() },
        ),
        (
            "WEB1",
            "2012-01-04T10:00:00Z",
            FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() },
        ),
    ]);
    let rows: Vec<String> = told
        .hosts
        .iter()
        .map(|it| {
            let generation = it.generation.unwrap();
            let others = &it.other_builds;
            format!("{} {generation} {others:?} {} {}", it.machine, it.stops, it.vms)
        })
        .collect();
    assert_eq!(rows, ["HV1 2012 R2 [9200] 1 1", "HV2 2012 [9600] 0 1", "HV9 2008 R2 [] 0 1"]);
    // A node that never told its build may have the same one.
    let told_of_other = tables(vec![
        ("HV1", "2012-01-01T08:00:00Z", build(9600)),
        ("HV1", "2012-01-03T12:00:00Z", FactKind::NodeLost { node: "HV2".into() }),
        ("HV2", "2012-01-01T09:00:00Z", started("SQL09")),
    ]);
    assert!(told_of_other.hosts.iter().all(|it| it.other_builds.is_empty()));
    assert_eq!(told_of_other.hosts.len(), 2);
    assert_eq!(told.hosts[0].last_boot, Some(at("2012-01-04T10:00:00Z")));
}

/// A virtual machine counts once for each host, whatever tells that it was there.
#[test]
fn guests_of_a_host_are_counted_by_every_fact_that_shows_one() {
    let named = |name: &str| Vm { id: None, name: Some(name.into()) };
    let pause = |provider: &str| {
        let logged = LoggedEvent {
            provider: provider.into(),
            id: 16060,
            vm: Some(named("FULL")),
            ..LoggedEvent::default()
        };
        FactKind::Event(Box::new(logged))
    };
    let report = FactKind::GuestReport {
        vm: named("TOLD"),
        computer: None,
        os_name: None,
        os_build: None,
        integration_version: None,
        integration_state: None,
        services: Vec::new(),
        host: Some("HV1".into()),
        host_is_2016_or_later: None,
        uptime_seconds: None,
    };
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", step(MigrationPhase::Step)),
        ("HV1", "2012-01-01T11:00:00Z", guest_crash(STOP)),
        ("HV1", "2012-01-01T12:00:00Z", pause("Hyper-V-VMMS")),
        ("HV1", "2012-01-01T13:00:00Z", report),
        ("HV2", "2012-01-01T10:00:00Z", FactKind::HyperVHost {}),
        // Any node of a cluster may speak of any virtual machine of it.
        ("HV2", "2012-01-01T12:00:00Z", pause("FailoverClustering")),
    ]);
    let rows: Vec<(&str, u64)> = told.hosts.iter().map(|it| (&*it.machine, it.vms)).collect();
    assert_eq!(rows, [("HV1", 3), ("HV2", 0)]);
}

/// The host that a virtual machine should have come to tells why it did not come, and was never its host.
#[test]
fn a_migration_that_failed_makes_no_host() {
    let sql = || Vm { id: "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12".parse().ok(), name: None };
    let build = |build| FactKind::OsVersion { build };
    let moved = |phase, event_id| FactKind::LiveMigration {
        vm: sql(),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(event_id),
    };
    let logged = |provider: &str, id| {
        let provider = provider.into();
        let logged = LoggedEvent { provider, id, vm: Some(sql()), ..LoggedEvent::default() };
        FactKind::Event(Box::new(logged))
    };
    let vmms = "Microsoft-Windows-Hyper-V-VMMS";
    let rows = |there: FactKind| {
        let told = tables(vec![
            ("HV1", "2019-03-09T08:00:00Z", build(9600)),
            ("HV2", "2019-03-09T08:00:00Z", build(17763)),
            ("HV1", "2019-03-10T10:00:00Z", moved(MigrationPhase::Started, 20413)),
            ("HV2", "2019-03-10T10:00:01Z", FactKind::HyperVHost {}),
            ("HV2", "2019-03-10T10:00:01Z", there),
        ]);
        let vms: Vec<u64> = told.hosts.iter().map(|host| host.vms).collect();
        (vms, told.drifts.len())
    };
    for id in [21002, 21008, 29012, 33680] {
        assert_eq!(rows(logged(vmms, id)), (vec![1, 0], 0), "{id}");
    }
    assert_eq!(rows(logged("Hyper-V-Worker", 22040)), (vec![1, 0], 0));
    assert_eq!(rows(moved(MigrationPhase::Failed, 21026)), (vec![1, 0], 0));
    // One that came, and one that is known there by what its worker process says.
    assert_eq!(rows(moved(MigrationPhase::FinishedAtDestination, 20418)), (vec![1, 1], 1));
    assert_eq!(rows(logged(vmms, 16060)), (vec![1, 1], 1));
}

/// Host, dump and the guest's own log tell one crash; the next, minutes later, is another.
#[test]
fn a_crash_is_one_whoever_tells_it() {
    let told = tables(vec![
        ("SQL01.DMP", "2012-01-01T10:00:00Z", dump(STOP)),
        ("HV1", "2012-01-01T10:00:01Z", guest_crash(STOP)),
        (
            "SQL01",
            "2012-01-01T10:02:00Z",
            FactKind::UncleanRestart { bugcheck: Some(STOP), circumstances: Default::default() },
        ),
        ("SQL01", "2012-01-01T10:03:00Z", reported(STOP)),
        ("HV1", "2012-01-01T10:05:00Z", guest_crash(OTHER)),
        ("SQL01", "2012-01-01T10:06:00Z", reported(OTHER)),
    ]);
    let [first, second] = told.stops.as_slice() else { panic!("{:#?}", told.stops) };
    assert_eq!(first.told_by, ["dump", "host", "own log"]);
    assert_eq!(first.time, Some(at("2012-01-01T10:00:00Z")));
    assert_eq!(first.back, Some(at("2012-01-01T10:02:00Z")));
    assert_eq!((first.machine.as_str(), first.is_guest), ("SQL01", true));
    assert_eq!((first.facts.len(), second.facts.len()), (4, 2));
    assert_eq!(second.bugcheck, Some(OTHER));
    assert_eq!((first.alike, second.alike, first.alike_machines), (2, 2, 1));
}

/// 6008 tells when a machine last ran: its stop is between then and the next start, which alone tells it.
#[test]
fn a_stop_that_only_the_restart_tells_is_after_the_last_sign_of_life() {
    let restart = || FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() };
    let unexpected = |time| FactKind::UnexpectedShutdown { last_alive: Some(at(time)) };
    let told = tables(vec![
        ("HV1", "2016-11-06T05:57:30Z", restart()),
        ("HV1", "2016-11-06T05:57:31Z", unexpected("2016-11-06T05:51:34Z")),
        // A clock that was set back, and a host that tells when its guest stopped.
        ("HV2", "2016-11-06T06:57:30Z", restart()),
        ("HV2", "2016-11-06T06:57:31Z", unexpected("2016-11-06T07:51:34Z")),
        ("HV3", "2016-11-06T08:00:00Z", crash_of("SQL07", WATCHDOG)),
        ("SQL07", "2016-11-06T08:02:00Z", unexpected("2016-11-06T07:59:34Z")),
        ("SQL07", "2016-11-06T08:03:00Z", reported(WATCHDOG)),
        ("HV3", "2016-11-06T07:59:34Z", started("SQL07")),
    ]);
    let alive: Vec<_> =
        told.stops.iter().map(|it| (it.machine.as_str(), it.last_alive, it.back)).collect();
    assert_eq!(
        alive[0],
        ("HV1", Some(at("2016-11-06T05:51:34Z")), Some(at("2016-11-06T05:57:30Z")))
    );
    assert_eq!((alive[1].0, alive[1].1), ("HV2", None));
    assert!(alive[2..].iter().all(|(_, last_alive, _)| last_alive.is_none()), "{alive:?}");
    assert_eq!(told.stops[0].time, Some(at("2016-11-06T05:57:30Z")));
}

/// Counters and sizes, the same in every such crash: they tie no machine to another.
const WATCHDOG: Bugcheck = Bugcheck { code: 0x133, parameters: [0, 0x501, 0x500, 0] };

fn crash_of(name: &str, bugcheck: Bugcheck) -> FactKind {
    let vm = Vm { id: None, name: Some(name.into()) };
    FactKind::GuestCrash { vm, bugcheck, message: None, is_linux: false }
}

/// No machine is known that such a dump is of.
#[test]
fn one_dump_of_nobody_is_one_stop_of_no_known_machine() {
    let told = tables(vec![("A.DMP", "2012-01-01T10:00:00Z", dump(STOP))]);
    let [stop] = told.stops.as_slice() else { panic!("{:#?}", told.stops) };
    assert_eq!((stop.alike, stop.alike_machines, stop.alike_of_unnamed), (1, 0, 1));
}

/// A dump whose machine no source names, and the only host's record that fits it.
#[test]
fn a_dump_of_nobody_is_of_the_crash_that_only_one_tells() {
    let host = |time| ("HV1", time, crash_of("VM 7", WATCHDOG));
    let log = ("SQL07", "2012-01-01T10:03:00Z", reported(WATCHDOG));
    let of = |told| {
        let stops = tables(told).stops;
        stops
            .into_iter()
            .map(|it| format!("{}: {}", it.machine, it.told_by.join(", ")))
            .collect::<Vec<_>>()
    };
    let dump_at_ten = || ("A.DMP", "2012-01-01T10:00:00Z", dump(WATCHDOG));
    assert_eq!(of(vec![dump_at_ten(), host("2012-01-01T10:00:05Z")]), ["VM 7: dump, host"]);
    let all = of(vec![dump_at_ten(), host("2012-01-01T10:00:05Z"), log.clone()]);
    assert_eq!(all, ["SQL07: dump, host, own log"]);
    // Too long after, another crash, and two that fit.
    assert_eq!(of(vec![dump_at_ten(), host("2012-01-01T10:05:00Z")]).len(), 2);
    assert_eq!(of(vec![dump_at_ten(), ("HV1", log.1, crash_of("VM 7", STOP))]).len(), 2);
    let other = ("HV1", "2012-01-01T10:00:06Z", crash_of("VM 8", WATCHDOG));
    assert_eq!(of(vec![dump_at_ten(), host("2012-01-01T10:00:05Z"), other]).len(), 3);
}

#[test]
fn filters_are_told_by_machine_with_what_is_known_of_them() {
    let loaded = |driver: &str| FactKind::FilterLoaded {
        driver: driver.into(),
        version: Some("6.1".into()),
    };
    let gone = FactKind::FilterUnloaded { driver: "mfehidk.sys".into() };
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", loaded("mfehidk.sys")),
        ("HV1", "2012-01-01T10:00:01Z", loaded("luafv.sys")),
        ("HV1", "2012-01-01T11:00:00Z", gone),
        ("HV2", "2012-01-01T10:00:00Z", loaded("mfehidk.sys")),
        ("HV2", "2012-01-01T10:00:01Z", loaded("acmeflt.sys")),
    ]);
    let rows: Vec<(&str, &str, Option<bool>, bool)> = told
        .filters
        .iter()
        .map(|it| {
            (it.machine.as_str(), it.driver.as_str(), it.is_of_windows, it.unloaded.is_some())
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("HV1", "luafv.sys", Some(true), false),
            ("HV1", "mfehidk.sys", Some(false), true),
            ("HV2", "acmeflt.sys", None, false),
            ("HV2", "mfehidk.sys", Some(false), false),
        ]
    );
}

/// Each start after a stop writes one such event: a machine that stops as soon as it is up does not stop once.
#[test]
fn a_loop_of_restarts_is_as_many_stops() {
    let restart = || FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() };
    let times = ["10:00", "10:10", "10:20", "10:30"].map(|it| format!("2014-03-10T{it}:00Z"));
    let told = times.iter().map(|time| ("HV1", time.as_str(), restart())).collect();
    assert_eq!(tables(told).stops.len(), 4);
}

/// The worker process and the management service of the destination both tell how a migration ended, and
/// the source does, too.
#[test]
fn an_end_that_is_told_by_two_events_is_one() {
    let told = |phase, id| FactKind::LiveMigration {
        vm: vm(),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(id),
    };
    let rows = tables(vec![
        ("HV1", "2014-03-10T10:00:00Z", told(MigrationPhase::Started, 20413)),
        ("HV2", "2014-03-10T10:01:00Z", told(MigrationPhase::FinishedAtDestination, 18530)),
        ("HV2", "2014-03-10T10:01:01Z", told(MigrationPhase::FinishedAtDestination, 20418)),
        ("HV1", "2014-03-10T10:01:02Z", told(MigrationPhase::FinishedAtSource, 20415)),
    ]);
    assert_eq!(rows.migrations.len(), 1, "{:#?}", rows.migrations);
    assert_eq!(rows.migrations[0].facts.len(), 4);
}
