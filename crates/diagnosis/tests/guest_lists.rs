//! What happened to guests, and what they report, each guest once.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Bugcheck, Evidence, Fact, FactKind, Locator, LoggedEvent, MachineName, MigrationPhase, Place,
    Tables, Vm,
};
use hvtriage_winfmt::{FileOffset, FileTime};

const STOP: Bugcheck = Bugcheck { code: 0x3b, parameters: [0xc000_0005, 1, 2, 0] };

fn tables(told: Vec<(&str, &str, FactKind)>) -> Tables {
    let facts = told.into_iter().zip(1_u64..).map(|((computer, at, kind), id)| Fact {
        locator: Locator {
            source: format!("{computer}.evtx").into(),
            place: Place::Record { id, offset: FileOffset(0x1000 + id) },
        },
        time: at.parse::<FileTime>().ok(),
        machine: MachineName::Computer(computer.into()),
        os_build: None,
        kind,
    });
    Tables::of(&Evidence::gather(facts.collect()))
}

fn vm(name: &str) -> Vm {
    let number = name.bytes().fold(0_u64, |sum, byte| sum * 31 + u64::from(byte));
    let id = format!("6b9db33b-48ec-4deb-9da1-{:012x}", number & 0xffff_ffff_ffff);
    Vm { id: id.parse().ok(), name: Some(name.into()) }
}

fn crash(name: &str, code: u32, is_linux: bool) -> FactKind {
    let bugcheck = Bugcheck { code, ..STOP };
    FactKind::GuestCrash { vm: vm(name), bugcheck, message: None, is_linux }
}

fn event(provider: &str, id: u32, name: &str) -> FactKind {
    let provider = provider.into();
    let logged = LoggedEvent { provider, id, vm: Some(vm(name)), ..LoggedEvent::default() };
    FactKind::Event(Box::new(logged))
}

/// The guest's own log tells of its crash, and no host does; its migration tells where it was.
#[test]
fn a_crash_that_no_host_tells_is_on_the_host_to_which_its_guest_moved() {
    let moved = |phase| FactKind::LiveMigration {
        vm: vm("SQL1"),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: None,
    };
    let crash =
        FactKind::UncleanRestart { bugcheck: Some(STOP), circumstances: Default::default() };
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", moved(MigrationPhase::FinishedAtDestination)),
        ("HV2", "2012-01-01T12:00:00Z", moved(MigrationPhase::FinishedAtDestination)),
        ("SQL1", "2012-01-01T12:09:00Z", crash.clone()),
    ]);
    let rows: Vec<_> = told.guest_troubles.iter().map(|it| (&*it.guest, &*it.hosts)).collect();
    assert_eq!(rows, [("SQL1", &["HV2".to_owned()][..])]);

    // Nothing tells where it was before it first moved.
    let told = tables(vec![
        ("SQL1", "2012-01-01T09:00:00Z", crash),
        ("HV1", "2012-01-01T10:00:00Z", moved(MigrationPhase::FinishedAtDestination)),
    ]);
    assert!(told.guest_troubles.iter().all(|it| it.hosts.is_empty()), "{:?}", told.guest_troubles);
}

/// 16060 of VMMS pauses a virtual machine whose storage is full; 18560 of the worker is a triple fault.
#[test]
fn what_happened_to_a_guest_is_told_once() {
    let fault = FactKind::GuestTripleFault { vm: vm("OLD1"), event_id: 18560 };
    let told = tables(vec![
        ("HV1", "2012-01-01T10:00:00Z", crash("SQL1", 0x3b, false)),
        ("HV2", "2012-01-02T10:00:00Z", crash("SQL1", 0x3b, false)),
        ("HV2", "2012-01-03T10:00:00Z", crash("SQL1", 0x50, false)),
        ("HV1", "2012-01-03T10:00:00Z", event("Hyper-V-VMMS", 16060, "SQL1")),
        ("HV1", "2012-01-03T11:00:00Z", crash("LNX1", 0x1, true)),
        ("HV1", "2012-01-03T12:00:00Z", fault),
        // Started, as it should be; and the same number of another provider.
        ("HV1", "2012-01-03T12:00:00Z", event("Hyper-V-Worker", 18510, "WEB1")),
        ("HV1", "2012-01-03T12:00:00Z", event("Hyper-V-Chipset", 12030, "WEB1")),
    ]);
    let rows: Vec<String> = told
        .guest_troubles
        .iter()
        .map(|it| format!("{} {} x{} {:?} {:?}", it.guest, it.what, it.count, it.hosts, it.stops))
        .collect();
    assert_eq!(
        rows,
        [
            r#"LNX1 panicked (Linux) x1 ["HV1"] [3]"#,
            r#"OLD1 was reset after a triple fault x1 ["HV1"] [4]"#,
            r#"SQL1 crashed with STOP 0x3B x2 ["HV1", "HV2"] [0, 1]"#,
            r#"SQL1 crashed with STOP 0x50 x1 ["HV2"] [2]"#,
            r#"SQL1 was paused, since the host's disk is full x1 ["HV1"] []"#,
        ]
    );
    for trouble in &told.guest_troubles {
        for stop in &trouble.stops {
            assert_eq!(told.stops[*stop].machine, trouble.guest);
        }
    }
}

/// Which codes tell of files: facts, 6. Antivirus. 21502 quotes any error, 0x80070569 is a logon right.
#[test]
fn only_an_error_of_files_is_one() {
    let what = |component: &str, event_id, hresult, path: Option<&str>| {
        let error = FactKind::VmFileError {
            vm: vm("SQL1"),
            component: component.into(),
            event_id,
            hresult: Some(hresult),
            path: path.map(str::to_owned),
        };
        let told = tables(vec![("HV1", "2012-01-01T10:00:00Z", error)]).guest_troubles;
        told[0].what.clone()
    };
    let files = "its files could not be used";
    assert_eq!(what("SynthStor", 12140, 0x8007_0020, Some(r"C:\a.vhdx")), files);
    assert_eq!(what("Config", 4096, 0x8007_0005, Some(r"C:\a.xml")), files);
    assert_eq!(what("VMMS", 16300, 0x8007_04C8, None), files);
    assert_eq!(what("Worker", 3450, 0x8007_0003, None), files);
    assert_eq!(what("High-Availability", 21502, 0x8007_0002, None), files);
    assert_eq!(
        what("High-Availability", 21502, 0x8007_0569, None),
        "a migration or start of it failed: 0x80070569 (ERROR_LOGON_TYPE_NOT_GRANTED)"
    );
    assert_eq!(
        what("High-Availability", 21502, 0x8007_0005, None),
        "a migration or start of it failed: 0x80070005 (ERROR_ACCESS_DENIED)"
    );
    assert_eq!(
        what("Worker", 3450, 0x8007_000E, None),
        "its start failed: 0x8007000E (ERROR_OUTOFMEMORY)"
    );
}

/// Who deletes a virtual machine (VMMS 13003) deletes its files; another host's virtual machine of that
/// id, or one deleted days before, has lost them.
#[test]
fn files_of_a_deleted_guest_are_not_missed() {
    const ID: &str = "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12";
    let rows = |host: &'static str, time: &'static str, id: &str| {
        let deleted = LoggedEvent {
            provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
            id: 13003,
            values: ["WEB1", id].into_iter().collect(),
            ..LoggedEvent::default()
        };
        let error = FactKind::VmFileError {
            vm: Vm { id: ID.parse().ok(), name: None },
            component: "Config".into(),
            event_id: 4096,
            hresult: Some(0x8007_0003),
            path: Some(r"C:\a.xml".into()),
        };
        tables(vec![
            (host, time, FactKind::Event(Box::new(deleted))),
            ("HV1", "2012-01-02T10:00:03Z", error),
        ])
        .guest_troubles
        .len()
    };
    assert_eq!(rows("HV1", "2012-01-02T10:00:00Z", ID), 0);
    assert_eq!(rows("HV1", "2012-01-02T10:00:05Z", &ID.to_uppercase()), 0);
    assert_eq!(rows("HV1", "2012-01-01T10:00:00Z", ID), 1);
    assert_eq!(rows("HV2", "2012-01-02T10:00:00Z", ID), 1);
    assert_eq!(rows("HV1", "2012-01-02T10:00:00Z", "0f1b2c3d-48ec-4deb-9da1-e4c1b5cf0c12"), 1);
}

#[test]
fn guests_with_nothing_wrong_are_told_as_they_report() {
    let report = |name: &str, os: &str, version: &str, state: &str| {
        let some = |text: &str| (!text.is_empty()).then(|| Box::from(text));
        FactKind::GuestReport {
            vm: vm(name),
            computer: some(&format!("{name}.contoso.example")),
            os_name: some(os),
            os_build: Some(17763),
            integration_version: some(version),
            integration_state: some(state),
            services: Vec::new(),
            host: Some("HV1".into()),
            host_is_2016_or_later: None,
            uptime_seconds: None,
        }
    };
    let told = tables(vec![
        ("HV1", "", report("WEB1", "Windows Server 2019", "10.0.17763.1", "Up to date")),
        ("HV1", "", report("APP1", "", "", "Aktualisierung erforderlich")),
        ("HV1", "", report("SQL1", "", "10.0.17763.1", "À jour")),
    ]);
    let rows: Vec<_> = told
        .reported_guests
        .iter()
        .map(|it| {
            let host = it.host.as_deref().unwrap();
            let state = (it.integration_state.as_deref().unwrap(), it.integration_state_meaning);
            (it.name.as_str(), it.os_name.as_deref(), it.os_build, state, host, it.citations.len())
        })
        .collect();
    let german = ("Aktualisierung erforderlich", Some("update_required"));
    assert_eq!(
        rows,
        [
            ("APP1", None, Some(17763), german, "HV1", 1),
            ("SQL1", None, Some(17763), ("À jour", None), "HV1", 1),
            (
                "WEB1",
                Some("Windows Server 2019"),
                Some(17763),
                ("Up to date", Some("up_to_date")),
                "HV1",
                1
            ),
        ]
    );
    assert_eq!(told.reported_guests[2].computer.as_deref(), Some("WEB1.contoso.example"));
}
