//! Stops and restarts as the machine's own logs tell them.

use hvtriage_diagnosis::{Bugcheck, FactKind, RestartCircumstances};

use crate::interpret::tests::{classic, fact_written};

/// The layouts of the versions of Kernel-Power 41 (`events.jsonl`): the code is decimal in all.
#[test]
fn every_version_of_an_unclean_restart() {
    let told = |values: &[&str]| match classic("Microsoft-Windows-Kernel-Power", 41, values) {
        Some(FactKind::UncleanRestart { bugcheck, circumstances }) => (bugcheck, circumstances),
        other => panic!("{values:?} is {other:?}"),
    };
    let stop = |parameters| Some(Bugcheck { code: 0x9f, parameters });
    let none = RestartCircumstances::default();
    let asleep = RestartCircumstances { sleep_transition: true, ..none };
    let held = RestartCircumstances { power_button: true, ..none };
    assert_eq!(told(&["159", "0x3"]), (stop([3, 0, 0, 0]), none));
    let v2 = |sleep, button| told(&["159", "0x3", "0x1", "0x2", "0x4", sleep, button, "0"]);
    assert_eq!(v2("false", "0"), (stop([3, 1, 2, 4]), none));
    assert_eq!(v2("true", "0").1, asleep);
    assert_eq!(v2("4", "0").1, asleep);
    assert_eq!(v2("0", "133300000000000000").1, held);
    let mut v10 = vec!["0"; 21];
    assert_eq!(told(&v10), (None, none));
    (v10[12], v10[15]) = ("true", "true");
    assert_eq!(told(&v10), (None, RestartCircumstances { told_by_firmware: true, ..held }));
    // Version 0 has no values.
    assert_eq!(classic("Microsoft-Windows-Kernel-Power", 41, &[]), None);
}

/// Real records of Windows 7 in a zone four hours behind: their texts say 9:59:13 and 3:09:23.
#[test]
fn the_time_of_an_unexpected_shutdown_is_in_its_binary_data() {
    let told = |binary: &str, written: &str| {
        let data = format!(
            "<EventData><Data>9:59:13 AM</Data><Data>4/6/2012</Data>\
             <Binary>{binary}</Binary></EventData>"
        );
        match fact_written("EventLog", 6008, written, ("System", "S-1-5-18"), &data) {
            Some(FactKind::UnexpectedShutdown { last_alive }) => {
                last_alive.map(|time| time.to_string())
            }
            other => panic!("6008 is {other:?}"),
        }
    };
    let first = "DC0704000500060009003B000D001D00DC070400050006000D003B000D001D0060090000";
    let second = "DC070400050006000F00090017004B01DC070400050006001300090017004B0160090000";
    let day = "2012-04-06T20:00:00.0000000Z";
    assert_eq!(told(first, day).as_deref(), Some("2012-04-06T13:59:13.0290000Z"));
    assert_eq!(told(second, day).as_deref(), Some("2012-04-06T19:09:23.3310000Z"));
    // After the event that tells it; a half; a month that is none; nothing.
    assert_eq!(told(first, "2012-04-06T13:00:00.0000000Z"), None);
    assert_eq!(told(first.get(..48).unwrap(), day), None);
    assert_eq!(told(&first.replace("DC0704", "DC070D"), day), None);
    assert_eq!(told("", day), None);
}

/// Windows Server 2008 writes no report id, and older tools call the provider after its source; the
/// Application log's 1001 is another event.
#[test]
fn three_layouts_of_a_bugcheck_report() {
    let code = "0x0000009f (0x0000000000000003, 0xfffffa800a1b2c30, 0xfffff80000b9c3d8, \
                0xfffffa800c4f1010)";
    let dump = "C:\\Windows\\MEMORY.DMP";
    let wer = "Microsoft-Windows-WER-SystemErrorReporting";
    for (provider, values) in [
        (wer, vec![code, dump]),
        (wer, vec![code, dump, "012345-6789-01"]),
        ("BugCheck", vec![code, dump, "012345-6789-01"]),
    ] {
        let Some(FactKind::BugcheckReported { bugcheck, dump_path }) =
            classic(provider, 1001, &values)
        else {
            panic!("{provider} {values:?} was not understood");
        };
        let address = [3, 0xffff_fa80_0a1b_2c30, 0xffff_f800_00b9_c3d8, 0xffff_fa80_0c4f_1010];
        assert_eq!((bugcheck.code, bugcheck.parameters), (0x9f, address));
        assert_eq!(dump_path.as_deref(), Some(dump));
    }
    let bucket = ["", "0", "BlueScreen", "Not available", "0", "9f", "3"];
    assert_eq!(classic("Windows Error Reporting", 1001, &bucket), None);
    assert_eq!(classic(wer, 1001, &["a text without a code", dump]), None);
}

/// Storage drivers of any maker reset devices as 129; others have the id for other things.
#[test]
fn a_reset_is_told_by_any_storage_driver() {
    let device = "\\Device\\RaidPort2";
    for (provider, driver) in [
        ("storvsc", "storvsc.sys"),
        ("iaStorA", "iastora.sys"),
        ("LSI_SAS2", "lsi_sas2.sys"),
        ("HpCISSs2", "hpcisss2.sys"),
    ] {
        let expected = FactKind::StorageReset {
            event_id: 129,
            driver: driver.into(),
            device: Some(device.into()),
        };
        assert_eq!(classic(provider, 129, &[device, ""]), Some(expected), "{provider}");
    }
    assert_eq!(classic("Microsoft-Windows-Time-Service", 129, &["x"]), None);
    assert_eq!(classic("SomethingElse", 129, &[device]), None);
}
