//! Storage that is lost, and who loses it.

use hvtriage_diagnosis::{Bugcheck, FactKind};

use crate::logs::{
    Logs, PAGE_LOST, STOP, event, incident_of, lost, paused, started, stopped, told, vm,
};

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

/// One guest's own log tells of its stop, the other's host.
#[test]
fn all_guests_that_stopped_are_named() {
    let mut logs = Logs::default();
    let crash = FactKind::GuestCrash {
        vm: vm("SQL02"),
        bugcheck: Bugcheck { parameters: [8, 0xc000_009d, 0x70_0000, 0x9000], ..PAGE_LOST },
        message: None,
        is_linux: false,
    };
    logs.log("HV1", "10T08:00", started("SQL01"))
        .log("HV1", "10T08:00", started("SQL02"))
        .log("HV1", "10T10:00", lost("Volume1"))
        .log("SQL01", "10T10:05", stopped(PAGE_LOST))
        .log("HV1", "10T10:06", crash);
    let judgement = logs.judge();
    let [incident] = judgement.incidents.as_slice() else { panic!("{:#?}", judgement.incidents) };
    let said = "In this incident there stopped: SQL01 (STOP 0x7A), SQL02 (STOP 0x7A).";
    assert!(incident.summary.contains(said), "{}", incident.summary);
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
