//! A host of 2012 R2 and one of 2019, known by their inventories alone: no log, no dump.

use super::{Evidence, Folder, Sample};
use crate::inventory::{Cell, Data, Object, clixml, csv, exchange_items, list, registry, utf16};

const VIRTUAL_MACHINE: &str = "Microsoft.HyperV.PowerShell.VirtualMachine";

/// A virtual machine as `Get-VM` shows it: name, id, version and state of its services.
type Row = (&'static str, &'static str, Cell, &'static str);

fn virtual_machine(
    host: &'static str,
    configuration: &'static str,
    (name, id, services, state): Row,
) -> Object {
    vec![
        ("VMName", Cell::Text(name)),
        ("VMId", Cell::Id(id)),
        ("ComputerName", Cell::Text(host)),
        ("Name", Cell::Text(name)),
        ("Generation", Cell::Text("1")),
        ("State", Cell::Member("Microsoft.HyperV.PowerShell.VMState", "Running", 2)),
        ("Version", Cell::Text(configuration)),
        ("IntegrationServicesState", Cell::Text(state)),
        ("IntegrationServicesVersion", services),
        ("Uptime", Cell::Seconds(187_384)),
        ("ParentSnapshotName", Cell::Nothing),
    ]
}

const WEB12: &str = "1d0c1a8e-7a40-4a53-9e13-6f1f6b0a7112";
const APP12R2: &str = "2f4e5b39-0d71-4c0e-8a5c-90c2f6d1b223";
const LNX71: &str = "3a9b7c55-64e2-4f3b-b7d1-05a8c3e4d334";
const SRV19: &str = "4bd8e067-9c13-4d6f-a2e4-1b7f9a60c445";
const OLD12R2: &str = "5ce71f28-31b4-4e82-9f05-2c8a0b71d556";
const LNX72: &str = "6df620f9-52c5-4f93-8016-3d9b1c82e667";

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("inventories-2012r2-2019");
    let mut add = |path: &str, bytes: Vec<u8>| folder.add(path, Evidence::Bytes(bytes));

    let version = Cell::Version;
    let of_2012_r2 = [
        ("WEB12", WEB12, version("6.2.9200.16433"), "Update required"),
        ("APP12R2", APP12R2, version("6.3.9600.17415"), "Update required"),
        ("LNX71", LNX71, version("3.1"), "Update required"),
    ];
    let objects = of_2012_r2.map(|row| virtual_machine("HV71", "5.0", row));
    let classes =
        [VIRTUAL_MACHINE, "Microsoft.HyperV.PowerShell.VirtualMachineBase", "System.Object"];
    add("HV71/get-vm.xml", utf16(&clixml(&classes, &objects)));
    add("HV71/kvp-lnx71.txt", exchange_items(&LNX71_TELLS).into_bytes());
    add("HV71/windows.reg", utf16(&registry(HV71)));

    let of_2019 = [
        ("SRV19", SRV19, version("10.0.17763.1"), "Up to date"),
        ("OLD12R2", OLD12R2, version("6.3.9600.16384"), ""),
        ("LNX72", LNX72, Cell::Nothing, ""),
    ];
    let objects = of_2019.map(|row| virtual_machine("HV72", "9.0", row));
    add("HV72/get-vm.csv", csv(VIRTUAL_MACHINE, &objects).into_bytes());
    add("HV72/services.txt", utf16(&list(&services())));
    add("HV72/windows.reg", utf16(&registry(HV72)));

    add("WEB12/virtual-machine.reg", utf16(&registry(WEB12_REGISTRY)));
    add("WEB12/kvp.xml", exchange_items(&WEB12_TELLS).into_bytes());
    // Neither is an inventory, whatever it is called.
    add("WEB12/notes.csv", b"Name,Data\r\nvisited,2021-03-02\r\n".to_vec());
    folder.samples
}

/// `Get-VMIntegrationService LNX72 | Format-List *`, of the two services that matter.
fn services() -> Vec<Object> {
    let service = |name, id, status, description| {
        vec![
            ("VMName", Cell::Text("LNX72")),
            ("VMId", Cell::Id(LNX72)),
            ("ComputerName", Cell::Text("HV72")),
            ("Name", Cell::Text(name)),
            ("Id", Cell::Text(id)),
            ("Enabled", Cell::Text("True")),
            ("OperationalStatus", Cell::Text(status)),
            ("PrimaryStatusDescription", Cell::Text("OK")),
            ("SecondaryStatusDescription", Cell::Text(description)),
        ]
    };
    vec![
        service("Heartbeat", "Microsoft:6DF620F9\\84EAAE65", "{Ok}", ""),
        service(
            "VSS",
            "Microsoft:6DF620F9\\5CED1297",
            "{Ok, ProtocolMismatch}",
            "The protocol version of the component differs from that of the host.",
        ),
    ]
}

const LNX71_TELLS: [(&str, &str); 5] = [
    ("FullyQualifiedDomainName", "lnx71.contoso.example"),
    ("IntegrationServicesVersion", "3.1"),
    ("OSName", "CentOS Linux"),
    ("OSVersion", "3.10.0"),
    ("OSBuildNumber", "3.10.0-1160.el7.x86_64"),
];

const WEB12_TELLS: [(&str, &str); 5] = [
    ("FullyQualifiedDomainName", "WEB12.contoso.example"),
    ("OSName", "Windows Server 2012 Standard"),
    ("OSVersion", "6.2.9200"),
    ("OSBuildNumber", "9200"),
    ("IntegrationServicesVersion", "6.2.9200.16433"),
];

const WINDOWS: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const NAME: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName";

const HV71: &[(&str, &[(&str, Data)])] = &[
    (
        WINDOWS,
        &[
            ("CurrentBuild", Data::Text("9600")),
            ("InstallDate", Data::Number(0x5278_9f3c)),
            ("SystemRoot", Data::Text(r"C:\Windows")),
        ],
    ),
    (
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization\GuestInstaller\Version",
        &[("Microsoft-Hyper-V-Guest-Installer", Data::Text("6.3.9600.18907"))],
    ),
    (NAME, &[("", Data::Text("mnmsrvc")), ("ComputerName", Data::Text("HV71"))]),
    (
        r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Dnscache",
        &[("DependOnService", Data::Texts(&["Tdx", "nsi"]))],
    ),
];

const HV72: &[(&str, &[(&str, Data)])] = &[
    (WINDOWS, &[("CurrentBuild", Data::Text("17763")), ("UBR", Data::Number(1_817))]),
    (NAME, &[("ComputerName", Data::Text("HV72"))]),
];

const WEB12_REGISTRY: &[(&str, &[(&str, Data)])] = &[
    (
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters",
        &[
            ("HostName", Data::Text("HV71")),
            ("VirtualMachineId", Data::Text("1D0C1A8E-7A40-4A53-9E13-6F1F6B0A7112")),
            ("VirtualMachineName", Data::Text("WEB12")),
        ],
    ),
    (
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Auto",
        &[
            ("FullyQualifiedDomainName", Data::Text("WEB12.contoso.example")),
            ("IntegrationServicesVersion", Data::Text("6.2.9200.16433")),
        ],
    ),
    (
        WINDOWS,
        &[
            ("CurrentBuild", Data::Text("9200")),
            ("ProductName", Data::Text("Windows Server 2012 Standard")),
        ],
    ),
    (NAME, &[("ComputerName", Data::Text("WEB12"))]),
];
