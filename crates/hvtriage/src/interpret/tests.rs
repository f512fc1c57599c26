//! Each interpreter on records as real machines wrote them, or as the message tables lay them out.

use hvtriage_diagnosis::{Bugcheck, CsvStateKind, FactKind, IntegrationState, MigrationPhase, Vm};

use super::interpret;

/// An event with `data` as its EventData or UserData.
fn fact_of(provider: &str, id: u32, channel: &str, user: &str, data: &str) -> Option<FactKind> {
    let xml = format!(
        "<Event><System><Provider Name='{provider}'/><EventID>{id}</EventID><Level>2</Level>\
         <TimeCreated SystemTime='2012-01-08T21:14:00.0000000Z'/><EventRecordID>7</EventRecordID>\
         <Channel>{channel}</Channel><Computer>HV01.contoso.example</Computer>\
         <Security UserID='{user}'/></System>{data}</Event>"
    );
    let decoded = hvtriage_eventlog::read_xml(xml.as_bytes());
    assert_eq!(decoded.problems.len(), 0, "{:?}", decoded.problems);
    interpret(&decoded.events[0])
}

fn hyper_v(provider: &str, id: u32, values: &[&str]) -> Option<FactKind> {
    let values: String = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("<Parameter{index}>{value}</Parameter{index}>"))
        .collect();
    let data = format!("<UserData><VmlEventLog>{values}</VmlEventLog></UserData>");
    let name = format!("Microsoft-Windows-Hyper-V-{provider}");
    fact_of(&name, id, "Admin", "S-1-5-18", &data)
}

fn classic(provider: &str, id: u32, values: &[&str]) -> Option<FactKind> {
    let values: String = values.iter().map(|value| format!("<Data>{value}</Data>")).collect();
    fact_of(provider, id, "System", "S-1-5-18", &format!("<EventData>{values}</EventData>"))
}

const VM_ID: &str = "E0D09432-A320-44CC-8A12-E1300549B99D";

fn vm(name: &str) -> Vm {
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
        assert_eq!(service, "Key-Value Pair Exchange");
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
    let Some(FactKind::Integration { service, .. }) =
        fact_of(name, 4000, channel, "S-1-5-18", &data)
    else {
        panic!("4000 was not understood");
    };
    assert_eq!(service, "unnamed service");
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
    assert_eq!(named("209"), Some(FactKind::UncleanRestart { bugcheck: Some(bugcheck) }));
    assert_eq!(named("0"), Some(FactKind::UncleanRestart { bugcheck: None }));
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
