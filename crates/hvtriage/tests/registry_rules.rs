//! What rules want of a registry is what an export of one holds, as Windows writes it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use hvtriage::{Options, analyze};

/// The rules that hold on an export with these lines, as `reg export` writes it: UTF-16 with a mark.
fn rules_of(lines: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("Windows Registry Editor Version 5.00\r\n{}\r\n", lines.replace('\n', "\r\n"));
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("HV1.reg"), bytes).unwrap();
    let diagnosis = analyze(&[folder.path()], &Options::default().jobs(1)).unwrap();
    assert!(diagnosis.problems.is_empty(), "{:?}", diagnosis.problems);
    diagnosis.findings.iter().map(|finding| finding.rule.clone()).collect()
}

fn version(build: u32, more: &str) -> String {
    format!(
        "\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\
         \"CurrentBuildNumber\"=\"{build}\"\n{more}\n"
    )
}

const NAME: &str = r#"
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName]
"ComputerName"="HV1"
"#;

fn assert_holds(lines: &str, rules: &[&str]) {
    let held = rules_of(&format!("{NAME}{lines}"));
    assert_eq!(held, rules.iter().map(|&rule| rule.to_owned()).collect(), "{lines}");
}

#[test]
fn models_and_firmware() {
    let bios = |model: &str, date: &str| {
        format!(
            "\n[HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS]\n\
             \"BIOSReleaseDate\"=\"{date}\"\n\"SystemProductName\"=\"{model}\"\n"
        )
    };
    let of_2012 = version(9200, "");
    assert_holds(&(of_2012.clone() + &bios("PowerEdge R710", "07/23/2012")), &["HV-CSBIOS"]);
    assert_holds(&(of_2012 + &bios("PowerEdge R710", "10/02/2012")), &[]);
    assert_holds(&(version(7601, "") + &bios("ProLiant DL385 G5p", "03/01/2011")), &["DL385"]);
}

#[test]
fn settings() {
    let verifier = |level: &str| {
        format!(
            "\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management]\n\
             \"VerifyDriverLevel\"=dword:{level}\n"
        )
    };
    assert_holds(&(version(9200, "") + &verifier("0000009b")), &["KB2761004"]);
    assert_holds(&(version(9200, "") + &verifier("00000089")), &[]);
    let network = r#"
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters]
"EnableTCPChimney"=dword:00000001
"EnableRSS"=dword:00000001
"#;
    assert_holds(&(version(7601, "") + network), &["KB951037"]);
    let adapter = r#"
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0007]
"DriverDesc"="Intel(R) Ethernet 10G 2P X520 Adapter"
"*RSS"="0"
"*RSSProfile"="4"
"#;
    assert_holds(&(version(9600, "") + adapter), &["RSS-ONE-CORE"]);
}

#[test]
fn programs_and_revisions() {
    let symantec = |version: &str| {
        format!(
            "\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{{2EFCC193}}]\n\
             \"DisplayName\"=\"Symantec Endpoint Protection\"\n\"DisplayVersion\"=\"{version}\"\n"
        )
    };
    assert_holds(&symantec("11.0.6005.562"), &["SEP-SMC"]);
    assert_holds(&symantec("12.1.1000.157"), &[]);
    // 953 is 0x3B9.
    assert_holds(&version(14393, "\"UBR\"=dword:000003b8"), &["SEC-MS17-008-2016"]);
    assert_holds(&version(14393, "\"UBR\"=dword:000003b9"), &[]);
    // 16590 is 0x40CE.
    assert_holds(&version(10240, "\"UBR\"=dword:000040cd"), &["SEC-KB3108638"]);
}

#[test]
fn devices_that_backups_left() {
    let disks = |number: u32| -> String {
        let device = |index: u32| {
            format!(
                "\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Enum\\SCSI\\\
                 Disk&Ven_Msft&Prod_Virtual_Disk\\5&{index:x}&0&000000]\n\
                 \"DeviceDesc\"=\"@disk.inf,%disk_devdesc%;Disk drive\"\n\"Capabilities\"=dword:00000060\n"
            )
        };
        version(7601, "") + &(0..number).map(device).collect::<String>()
    };
    assert_holds(&disks(501), &["KB982210"]);
    assert_holds(&disks(500), &[]);
}
