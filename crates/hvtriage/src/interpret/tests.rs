//! Each interpreter on records as real machines wrote them, or as the message tables lay them out.

use hvtriage_diagnosis::{
    Bugcheck, CsvStateKind, FactKind, IntegrationState, MigrationPhase, RestartCircumstances, Vm,
};

use super::interpret;

/// An event with `data` as its EventData or UserData.
pub(super) fn fact_of(
    provider: &str,
    id: u32,
    channel: &str,
    user: &str,
    data: &str,
) -> Option<FactKind> {
    fact_written(provider, id, "2012-01-08T21:14:00.0000000Z", (channel, user), data)
}

/// The same of a record that was written at `time`.
pub(super) fn fact_written(
    provider: &str,
    id: u32,
    time: &str,
    (channel, user): (&str, &str),
    data: &str,
) -> Option<FactKind> {
    let xml = format!(
        "<Event><System><Provider Name='{provider}'/><EventID>{id}</EventID><Level>2</Level>\
         <TimeCreated SystemTime='{time}'/><EventRecordID>7</EventRecordID>\
         <Channel>{channel}</Channel><Computer>HV01.contoso.example</Computer>\
         <Security UserID='{user}'/></System>{data}</Event>"
    );
    let decoded = hvtriage_eventlog::read_xml(xml.as_bytes());
    assert_eq!(decoded.problems.len(), 0, "{:?}", decoded.problems);
    interpret(&decoded.events[0])
}

pub(super) fn hyper_v(provider: &str, id: u32, values: &[&str]) -> Option<FactKind> {
    let values: String = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("<Parameter{index}>{value}</Parameter{index}>"))
        .collect();
    let data = format!("<UserData><VmlEventLog>{values}</VmlEventLog></UserData>");
    let name = format!("Microsoft-Windows-Hyper-V-{provider}");
    fact_of(&name, id, "Admin", "S-1-5-18", &data)
}

pub(super) fn classic(provider: &str, id: u32, values: &[&str]) -> Option<FactKind> {
    let values: String = values.iter().map(|value| format!("<Data>{value}</Data>")).collect();
    fact_of(provider, id, "System", "S-1-5-18", &format!("<EventData>{values}</EventData>"))
}

pub(super) const VM_ID: &str = "E0D09432-A320-44CC-8A12-E1300549B99D";

pub(super) fn vm(name: &str) -> Vm {
    Vm { id: VM_ID.parse().ok(), name: Some(name.into()) }
}

#[test]
fn older_services_are_told_by_two_versions_only() {
    let values = ["SQL01", VM_ID, "6.1.7600.16385", "6.1.7601.17514"];
    let Some(FactKind::Integration { vm: of, state, negotiated, expected, .. }) =
        hyper_v("Integration-KvpExchange", 4130, &values)
    else {
        panic!("4130 of 2008 R2 was not understood");
    };
    assert_eq!((of, state), (vm("SQL01"), IntegrationState::Older));
    assert_eq!(negotiated.as_deref(), Some("6.1.7600.16385"));
    assert_eq!(expected.as_deref(), Some("6.1.7601.17514"));
    // 2012 and later: a time-out while IP settings are applied.
    let adapter = ["SQL01", VM_ID, "{F2D2A2F6-0000-4B5B-8E3A-2D2C6D8D1C11}"];
    assert_eq!(hyper_v("Integration-KvpExchange", 4130, &adapter), None);
    let four = ["SQL01", VM_ID, "adapter", "6.1.7601.17514"];
    assert_eq!(hyper_v("Integration-KvpExchange", 4130, &four), None);
}

#[test]
fn version_pairs_are_read_in_any_language() {
    for words in ["Negotiated (4.0) - Expected (5.0)", "Ausgehandelt (4.0) - Erwartet (5.0)"] {
        let values = ["LIN01", VM_ID, "Negotiated (3.0) - Expected (3.0)", words];
        let Some(FactKind::Integration { service, state, negotiated, expected, .. }) =
            hyper_v("Integration-KvpExchange", 4010, &values)
        else {
            panic!("4010 was not understood");
        };
        assert_eq!(state, IntegrationState::Differs);
        assert_eq!(&*service, "Key-Value Pair Exchange");
        assert_eq!((negotiated.as_deref(), expected.as_deref()), (Some("4.0"), Some("5.0")));
    }
    let Some(FactKind::Integration { negotiated, framework_expected, .. }) =
        hyper_v("Integration-Shutdown", 4010, &["VM", VM_ID])
    else {
        panic!("4010 of 2008 R2 was not understood");
    };
    assert_eq!((negotiated, framework_expected), (None, None));
}

/// From 2016 on one provider speaks for all services, in the Worker channel.
#[test]
fn the_heartbeat_is_not_blamed_for_all_services() {
    let data = format!("<UserData><V><VmName>A</VmName><VmId>{VM_ID}</VmId></V></UserData>");
    let channel = "Microsoft-Windows-Hyper-V-Worker-Admin";
    let name = "Microsoft-Windows-Hyper-V-Integration";
    let told = |channel: &str, id, data: &str| match fact_of(name, id, channel, "S-1-5-18", data) {
        Some(FactKind::Integration { service, host_is_2016_or_later, .. }) => {
            (service.to_string(), host_is_2016_or_later)
        }
        other => panic!("{id} is {other:?}"),
    };
    let unnamed = || "unnamed service".to_owned();
    assert_eq!(told(channel, 4000, &data), (unnamed(), Some(true)));
    let old_channel = "Microsoft-Windows-Hyper-V-Integration-Admin";
    let heartbeat = || "Heartbeat".to_owned();
    // Two values: 2008 R2. An id that is gone since 2016: the heartbeat, too.
    assert_eq!(told(old_channel, 4000, &data), (heartbeat(), Some(false)));
    assert_eq!(told(old_channel, 4020, &data), (heartbeat(), Some(false)));
    // Four values: 2012, or a later build that kept the channel.
    let four = format!(
        "<UserData><V><VmName>A</VmName><VmId>{VM_ID}</VmId>\
         <FrameworkVersion>Negotiated (3.0) - Expected (3.0)</FrameworkVersion>\
         <MessageVersion>Negotiated (3.0) - Expected (5.0)</MessageVersion></V></UserData>"
    );
    assert_eq!(told(old_channel, 4000, &four), (unnamed(), None));
}

/// Providers and ids that are on one side of Windows Server 2016 only.
#[test]
fn what_shows_the_generation_of_a_host() {
    let device = ["A", VM_ID, "Synthetic Mouse", "3.0", "1.0"];
    let adapter = ["1", "A", "36", VM_ID, "3", "5.0", "3", "2.0"];
    let table = [
        (hyper_v("Integration-VSS", 4000, &["A", VM_ID]), Some(false)),
        (hyper_v("Worker", 23014, &device), Some(false)),
        (hyper_v("Worker", 23012, &device), None),
        (hyper_v("VmbusVdev", 23012, &device), Some(true)),
        (hyper_v("StorageVSP", 3, &["disk", "id", "6.2", "4.2"]), Some(true)),
        (classic("Microsoft-Windows-Hyper-V-VmSwitch", 26, &adapter), None),
        (classic("Microsoft-Windows-Hyper-V-VmSwitch", 27, &adapter), Some(false)),
    ];
    for (fact, expected) in table {
        let Some(FactKind::Integration { host_is_2016_or_later, .. }) = &fact else {
            panic!("not understood: {fact:?}");
        };
        assert_eq!(*host_is_2016_or_later, expected, "{fact:?}");
    }
}

/// The layout with a crash message: zeros, the address and length of the text, and the text.
#[test]
fn a_message_of_a_guest_is_no_stop_code() {
    let crash = |values: [&str; 6]| {
        let mut all = vec!["LIN01", VM_ID];
        all.extend(values);
        match hyper_v("Worker", 18590, &all) {
            Some(FactKind::GuestCrash { bugcheck, message, is_linux, .. }) => {
                assert!(!bugcheck.identifies_a_crash());
                (bugcheck.parameters, message, is_linux)
            }
            other => panic!("18590 is {other:?}"),
        }
    };
    let log = "[    0.000000] Linux version 6.1\n[   12.345678] Kernel panic - not syncing: sysrq\n\
               [   12.345679] CPU: 0 PID: 1";
    let line = "[   12.345678] Kernel panic - not syncing: sysrq";
    assert_eq!(
        crash(["0x0", "0x0", "0x0", "0x8A3F2000", "0x1000", log]),
        ([0; 4], Some(line.to_owned()), true),
    );
    let long = "x".repeat(500);
    assert_eq!(
        crash(["0x0", "0x0", "0x0", "0x8A3F2000", "0x1f4", &long]),
        ([0; 4], Some("x".repeat(200)), false),
    );
    // Without a message Linux tells the id that it gave the hypervisor.
    let id = "0x8100000006010000";
    let (parameters, message, is_linux) = crash(["0x9", id, "0x1", "0x2", "0x3", ""]);
    assert_eq!((parameters[0], message, is_linux), (0x8100_0000_0601_0000, None, true));
}

/// A real record of a Windows 11 host.
#[test]
fn guest_crash_of_a_real_host() {
    let data = "<UserData><VmlEventLog><VmName>Virtual Machine</VmName>\
        <VmId>D9E0EB0A-5B37-508E-9173-67E9ADE83ACF</VmId><VmErrorCode0>0x79</VmErrorCode0>\
        <VmErrorCode1>0x6</VmErrorCode1><VmErrorCode2>0x0</VmErrorCode2>\
        <VmErrorCode3>0x0</VmErrorCode3><VmErrorCode4>0x0</VmErrorCode4>\
        <VmErrorMessage>\n</VmErrorMessage></VmlEventLog></UserData>";
    let user = "S-1-5-83-1-3655396106-1351506743-3915871121-3476744365";
    let fact = fact_of("Microsoft-Windows-Hyper-V-Worker", 18590, "Admin", user, data);
    let vm = Vm {
        id: "D9E0EB0A-5B37-508E-9173-67E9ADE83ACF".parse().ok(),
        name: Some("Virtual Machine".into()),
    };
    let bugcheck = Bugcheck { code: 0x79, parameters: [6, 0, 0, 0] };
    let expected =
        FactKind::GuestCrash { vm: vm.clone(), bugcheck, message: None, is_linux: false };
    assert_eq!(fact, Some(expected));
    // The account names the machine where the payload does not.
    let bare = "<UserData><VmlEventLog><VmName>Virtual Machine</VmName></VmlEventLog></UserData>";
    let fact = fact_of("Microsoft-Windows-Hyper-V-Worker", 18560, "Admin", user, bare);
    assert_eq!(fact, Some(FactKind::GuestTripleFault { vm, event_id: 18560 }));
}

/// Chipset writes 18602 and 18600 into the same channel with other meanings.
#[test]
fn the_provider_decides_what_an_id_means() {
    assert_eq!(hyper_v("Chipset", 18590, &["A", VM_ID, "0x1"]), None);
    assert_eq!(classic("Windows Error Reporting", 1001, &["0x1 (0x0, 0x0, 0x0, 0x0)"]), None);
    assert_eq!(classic("Microsoft-Windows-Hyper-V-Hypervisor", 129, &["\\Device\\X"]), None);
}

/// Real records: Windows 7 (1001), Windows Server 2016 (41).
#[test]
fn the_machine_s_own_words_on_its_crash() {
    let text = "0x000000d1 (0x0000000000000028, 0x0000000000000002, 0x0000000000000000, \
                0xfffff88001a3f2b8)";
    let Some(FactKind::BugcheckReported { bugcheck, dump_path }) = classic(
        "Microsoft-Windows-WER-SystemErrorReporting",
        1001,
        &[text, "C:\\Windows\\MEMORY.DMP", "010812-1"],
    ) else {
        panic!("1001 was not understood");
    };
    assert_eq!(bugcheck.code, 0xd1);
    assert_eq!(bugcheck.parameters, [0x28, 2, 0, 0xffff_f880_01a3_f2b8]);
    assert_eq!(dump_path.as_deref(), Some("C:\\Windows\\MEMORY.DMP"));

    let named = |code: &str| {
        let data = format!(
            "<EventData><Data Name='BugcheckCode'>{code}</Data>\
             <Data Name='BugcheckParameter1'>0x28</Data></EventData>"
        );
        fact_of("Microsoft-Windows-Kernel-Power", 41, "System", "S-1-5-18", &data)
    };
    let bugcheck = Bugcheck { code: 0xd1, parameters: [0x28, 0, 0, 0] };
    let circumstances = RestartCircumstances::default();
    let restart = |bugcheck| Some(FactKind::UncleanRestart { bugcheck, circumstances });
    assert_eq!(named("209"), restart(Some(bugcheck)));
    assert_eq!(named("0"), restart(None));
}

#[test]
fn a_dump_that_was_not_saved_may_tell_the_stop_code() {
    let provider = "Microsoft-Windows-WER-SystemErrorReporting";
    let told = |id, values: &[&str]| match classic(provider, id, values) {
        Some(FactKind::DumpNotSaved { bugcheck, event_id, .. }) if event_id == id => bugcheck,
        other => panic!("{id} is {other:?}"),
    };
    let text = "0x0000009e (0xfffffa8006a1b060, 0x000000000000003c, 0x0000000000000000, 0x0000000000000000)";
    let bugcheck = Bugcheck { code: 0x9e, parameters: [0xffff_fa80_06a1_b060, 0x3c, 0, 0] };
    assert_eq!(told(1000, &[text]), Some(bugcheck));
    assert_eq!(told(1000, &["0x0000009e"]), None);
    assert_eq!(told(1006, &[]), None);
}

/// A real record of 2012 R2, and the cluster's own words on 2008 R2.
#[test]
fn migrations() {
    let values = ["773356-USTSTDB5", VM_ID, "0.5"];
    let Some(FactKind::LiveMigration { vm: of, phase, blackout_seconds, .. }) =
        hyper_v("VMMS", 20415, &values)
    else {
        panic!("20415 was not understood");
    };
    assert_eq!((of, phase), (vm("773356-USTSTDB5"), MigrationPhase::FinishedAtSource));
    assert_eq!(blackout_seconds, Some(0.5));
    let Some(FactKind::LiveMigration { vm: of, phase, .. }) =
        hyper_v("High-Availability", 22502, &[VM_ID, "Virtual Machine SQL01"])
    else {
        panic!("22502 was not understood");
    };
    assert_eq!((of, phase), (vm("SQL01"), MigrationPhase::Step));
}

/// Quick migrations save the guest, move it and restore it; storage migrations do not move it.
#[test]
fn quick_migrations_are_no_live_ones() {
    let third = ["SQL01", VM_ID, "HV02"];
    for (id, expected) in [
        (20413, Some(MigrationPhase::Started)),
        (20414, Some(MigrationPhase::OfflineStarted)),
        (20416, Some(MigrationPhase::OfflineFinished)),
        (20418, Some(MigrationPhase::FinishedAtDestination)),
        (20419, Some(MigrationPhase::OfflineFinished)),
        (20926, None),
        (20927, None),
    ] {
        let phase = match hyper_v("VMMS", id, &third) {
            Some(FactKind::LiveMigration { phase, event_id, .. }) if event_id == Some(id) => {
                Some(phase)
            }
            None => None,
            other => panic!("{id} is {other:?}"),
        };
        assert_eq!(phase, expected, "{id}");
    }
}

#[test]
fn filters_on_a_cluster_volume_need_a_list_of_drivers() {
    let cluster = "Microsoft-Windows-FailoverClustering";
    let Some(FactKind::CsvState { volume, resource, state, drivers, .. }) =
        classic(cluster, 5125, &["Volume1", "mfehidk, HSMdriver.sys", "Cluster Disk 1"])
    else {
        panic!("5125 was not understood");
    };
    assert_eq!((volume.as_str(), resource.as_deref()), ("Volume1", Some("Cluster Disk 1")));
    assert_eq!(state, CsvStateKind::RedirectedByFilters);
    assert_eq!(drivers, ["mfehidk.sys", "hsmdriver.sys"]);
    // 2008 R2 to 2012 R2: the root folder was renamed.
    assert_eq!(classic(cluster, 5124, &["ClusterStorage", "ClusterStorage.000"]), None);
    let list = |list| match classic(cluster, 5126, &["Volume1", list, "Cluster Disk 1"]) {
        Some(FactKind::CsvState { state, drivers, .. }) => {
            assert_eq!(state, CsvStateKind::RedirectedByVolumeDrivers);
            drivers
        }
        None => Vec::new(),
        other => panic!("5126 is {other:?}"),
    };
    assert_eq!(list("mfehidk HSMdriver.sys"), ["mfehidk.sys", "hsmdriver.sys"]);
    assert_eq!(list("Ntfs"), ["ntfs.sys"]);
    assert_eq!(list("a-b_1.sys;\r\nklif,"), ["a-b_1.sys", "klif.sys"]);
    for no_list in [
        "Cluster Disk 1",
        "Clustered Storage",
        "Es wurden keine gefunden.",
        "gerätetreiber",
        "no names on it",
        "12, 13",
        "mfehidk, and others",
        "C:\\ClusterStorage\\Volume1",
        "",
    ] {
        assert!(list(no_list).is_empty(), "{no_list}");
    }
}

/// Real records of FilterManager.
#[test]
fn filters_come_and_go() {
    let provider = "Microsoft-Windows-FilterManager";
    let values = |name| ["0x0", "10", "0", "6", name, "2045-01-07T14:12:58.000000Z"];
    let unloaded = FactKind::FilterUnloaded { driver: "cldflt.sys".into() };
    assert_eq!(classic(provider, 1, &values("CldFlt")), Some(unloaded));
    let loaded =
        FactKind::FilterLoaded { driver: "fileinfo.sys".into(), version: Some("10.0".into()) };
    assert_eq!(classic(provider, 6, &values("FileInfo")), Some(loaded));
    assert_eq!(classic(provider, 3, &values("FileInfo")), None);
}

/// The path of a configuration, and the id of what it configures.
#[test]
fn the_id_of_a_snapshot_is_that_of_no_virtual_machine() {
    let told = |path| match hyper_v("Config", 4096, &["x", VM_ID, path, "%%2147942432", ""]) {
        Some(FactKind::VmFileError {
            vm, hresult: Some(0x8007_0020), path: Some(told), ..
        }) => {
            assert_eq!(told, path);
            vm.id
        }
        other => panic!("4096 is {other:?}"),
    };
    assert_eq!(told("V:\\SQL01\\Virtual Machines\\x.xml"), VM_ID.parse().ok());
    assert_eq!(told("V:\\SQL01\\snapshots\\x.xml"), None);
}

/// Layouts of the message tables; without a code they are no errors of files.
#[test]
fn codes_of_antivirus_in_every_event_that_bears_them() {
    let no_name = || Vm { id: VM_ID.parse().ok(), name: None };
    let mapped = "0x800704C8";
    let path = "V:\\a.vhd";
    let text = "'Virtual Machine SQL01' failed to start. (0x800704C8)";
    type Row<'a> = (&'a str, u32, &'a [&'a str], Vm, Option<&'a str>);
    let table: &[Row<'_>] = &[
        ("VMMS", 19100, &["SQL01", VM_ID, "%%2147943624", mapped], vm("SQL01"), None),
        ("VMMS", 20100, &["%%2147943624", mapped, VM_ID], no_name(), None),
        ("Config", 4352, &[path, "%%2147943624", mapped], Vm::default(), Some(path)),
        ("Worker", 3070, &["SQL01", VM_ID, "%%2147943624", mapped], vm("SQL01"), None),
        ("Worker", 12010, &["SQL01", VM_ID, "d", "text", mapped, "i"], vm("SQL01"), None),
        ("Worker", 12240, &["SQL01", VM_ID, path, "t", mapped], vm("SQL01"), Some(path)),
        ("SynthStor", 12140, &["SQL01", VM_ID, path, "t", mapped], vm("SQL01"), Some(path)),
        ("High-Availability", 21502, &[VM_ID, text], no_name(), None),
        ("High-Availability", 21502, &[VM_ID, "SCVMM SQL01", text], vm("SQL01"), None),
        (
            "High-Availability",
            21102,
            &["SCVMM A", "%%2147943624"],
            Vm { id: None, name: Some("A".into()) },
            None,
        ),
    ];
    for (provider, id, values, of, path) in table {
        let expected = FactKind::VmFileError {
            vm: of.clone(),
            component: (*provider).into(),
            event_id: *id,
            hresult: Some(0x8007_04c8),
            path: path.map(str::to_owned),
        };
        assert_eq!(hyper_v(provider, *id, values), Some(expected), "{provider} {id}");
    }
    assert_eq!(hyper_v("High-Availability", 21502, &[VM_ID, "SQL01", "out of memory 0x5"]), None);
    assert_eq!(hyper_v("High-Availability", 21102, &["Virtual Machine SQL01"]), None);
    assert_eq!(hyper_v("Config", 4352, &["V:\\", "", ""]), None);
    assert_eq!(hyper_v("VMMS", 19100, &["SQL01", VM_ID, "text"]), None);
}

/// The cluster's error of a migration that bears no code.
#[test]
fn a_migration_that_failed_in_words_alone() {
    let text = "Live migration of 'Virtual Machine SQL01' failed: a processor lacks features.";
    let told = hyper_v("High-Availability", 21502, &[VM_ID, "Virtual Machine SQL01", text]);
    let Some(FactKind::LiveMigration { vm: of, phase, event_id, .. }) = told else {
        panic!("{told:?}")
    };
    assert_eq!((of, phase, event_id), (vm("SQL01"), MigrationPhase::Failed, Some(21502)));
    let started = "'Virtual Machine SQL01' failed to start.";
    assert_eq!(hyper_v("High-Availability", 21502, &[VM_ID, "SQL01", started]), None);
}

#[test]
fn a_quiet_host_is_a_host() {
    for (provider, id) in [("VMMS", 14094), ("Config", 4098), ("High-Availability", 21119)] {
        assert_eq!(hyper_v(provider, id, &["A", VM_ID]), Some(FactKind::HyperVHost {}));
    }
    // The virtual switch is in guests with containers, too.
    assert_eq!(classic("Microsoft-Windows-Hyper-V-VmSwitch", 21, &["1", "A"]), None);
}

#[test]
fn codes_are_found_behind_message_references() {
    let Some(FactKind::VmFileError { hresult, vm, .. }) =
        hyper_v("VMMS", 16300, &["-", VM_ID, "%%2147943624", "0x800704C8"])
    else {
        panic!("16300 was not understood");
    };
    assert_eq!((hresult, vm.name), (Some(0x8007_04c8), None));
    let only_reference = hyper_v("VMMS", 16300, &["-", VM_ID, "%%2147942432"]);
    assert!(matches!(
        only_reference,
        Some(FactKind::VmFileError { hresult: Some(0x8007_0020), .. })
    ));
}

#[test]
fn queues_by_name_or_by_place() {
    let values = ["1", "37", "{NIC}", "9", "Team vNIC", "38", "{SWITCH}", "4", "Prod"];
    let mut with_reason = values.to_vec();
    with_reason.push("The maximum number of VMQs supported on the Protocol NIC is exceeded.");
    let Some(FactKind::Offload { adapter, switch, reason, status, .. }) =
        classic("Microsoft-Windows-Hyper-V-VmSwitch", 113, &with_reason)
    else {
        panic!("113 was not understood");
    };
    assert_eq!((adapter.as_deref(), switch.as_deref()), (Some("Team vNIC"), Some("Prod")));
    assert_eq!(status.as_deref(), Some("1"));
    assert!(reason.unwrap().contains("maximum"));
}

#[test]
fn the_windows_version_of_a_log() {
    let values = ["6.01.", "7601", "Service Pack 1", "Multiprocessor Free", "17514"];
    assert_eq!(classic("EventLog", 6009, &values), Some(FactKind::OsVersion { build: 7601 }));
    assert_eq!(classic("EventLog", 6009, &["x", "12"]), None);
}
