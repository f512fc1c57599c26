//! Which names are held to be one machine, why and how surely, and which are not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Bugcheck, Evidence, Fact, FactKind, IntegrationState, Locator, Machine, MachineName,
    MachineRole, Place, ReasonKind, Role, StopAbout, Strength, Vm,
};
use hvtriage_winfmt::{FileOffset, FileTime};

const STOP: Bugcheck = Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_01ab_12b8] };
const SQL: &str = "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12";
const WEB: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const BIOS: &str = "5c1d3f0a-2b64-4e0f-9a77-1d2e3f405162";

/// Collects facts, each with a place of its own.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, machine: MachineName, source: &str, time: &str, kind: FactKind) -> &mut Self {
        let id = self.0.len() as u64 + 1;
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        let locator = Locator { source: source.into(), place };
        let time: Option<FileTime> = if time.is_empty() { None } else { time.parse().ok() };
        self.0.push(Fact { locator, time, machine, os_build: None, kind });
        self
    }

    /// A record in the System log of a computer.
    fn log(&mut self, computer: &str, time: &str, kind: FactKind) -> &mut Self {
        self.in_file(computer, &format!("{computer}/System.evtx"), time, kind)
    }

    fn in_file(&mut self, computer: &str, file: &str, time: &str, kind: FactKind) -> &mut Self {
        self.add(MachineName::Computer(computer.into()), file, time, kind)
    }

    /// What stands in a file that names no machine.
    fn of(&mut self, file: &str, time: &str, kind: FactKind) -> &mut Self {
        self.add(MachineName::Source(file.into()), file, time, kind)
    }

    fn machines(&self) -> Vec<Machine> {
        Evidence::gather(self.0.clone()).machines().to_vec()
    }

    /// The machine that has a name.
    fn machine(&self, name: &str) -> Machine {
        let mut machines = self.machines().into_iter();
        machines.find(|machine| machine.names.iter().any(|it| it == name)).unwrap()
    }

    fn names(&self) -> Vec<Vec<String>> {
        self.machines().into_iter().map(|machine| machine.names).collect()
    }
}

const DAY: &str = "2015-01-10T10:00:00Z";
const LATER: &str = "2015-03-10T10:00:00Z";

fn build(build: u32) -> FactKind {
    FactKind::OsVersion { build }
}

fn vm(name: &str, id: &str) -> Vm {
    Vm { id: id.parse().ok(), name: Some(name.into()).filter(|name: &String| !name.is_empty()) }
}

/// Any fact in which a host names a guest.
fn speaks_of(vm: Vm) -> FactKind {
    FactKind::Integration {
        vm,
        service: "Heartbeat".into(),
        state: IntegrationState::Newest,
        event_id: 4020,
        negotiated: None,
        expected: None,
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later: None,
    }
}

fn report(vm: Vm, computer: &str) -> FactKind {
    FactKind::GuestReport {
        vm,
        computer: Some(computer.into()),
        os_name: None,
        os_build: None,
        integration_version: None,
        integration_state: None,
        services: Vec::new(),
        // The host on which most of these are logged.
        host: Some("HV1".into()),
        host_is_2016_or_later: None,
        uptime_seconds: None,
    }
}

fn renamed(from: &str, to: &str) -> FactKind {
    FactKind::ComputerRenamed { from: from.into(), to: to.into() }
}

fn firmware(vm: Option<Vm>, id: &str, serial: Option<&str>) -> FactKind {
    let serial = serial.map(str::to_owned);
    FactKind::Firmware { vm, id: id.parse().ok(), serial, is_hyper_v_guest: false }
}

fn dump(bugcheck: Bugcheck) -> FactKind {
    FactKind::Crash {
        bugcheck,
        blamed: None,
        role: Role::Unknown,
        modules: Vec::new(),
        about: StopAbout::default(),
    }
}

fn registry(key: &str, name: &str, data: &str) -> FactKind {
    FactKind::RegistryValue { key: key.into(), name: name.into(), data: data.into() }
}

fn kinds(machine: &Machine) -> Vec<(ReasonKind, Strength)> {
    machine.reasons.iter().map(|reason| (reason.kind, reason.strength)).collect()
}

#[test]
fn names_that_differ_in_case_are_one_name_and_need_no_reason() {
    let mut facts = Facts::default();
    facts.log("HV1.contoso.com", DAY, build(9600)).log("hv1.CONTOSO.com", LATER, build(9600));
    assert_eq!(facts.names(), [["HV1.contoso.com", "hv1.CONTOSO.com"]]);
    assert_eq!(facts.machines()[0].reasons, []);
}

#[test]
fn a_short_name_is_likely_the_only_full_one_that_begins_so() {
    let mut facts = Facts::default();
    facts.log("hv1", DAY, build(9600)).log("hv1.contoso.com", LATER, build(14393));
    let machine = facts.machine("hv1");
    assert_eq!(kinds(&machine), [(ReasonKind::ShortName, Strength::Likely)]);
    let sources: Vec<&str> = machine.reasons[0].locators.iter().map(|it| &*it.source).collect();
    assert_eq!(sources, ["hv1/System.evtx", "hv1.contoso.com/System.evtx"]);
    // A second one, even if it is only mentioned: the short name is neither.
    facts.of("vms.csv", DAY, report(vm("x", WEB), "hv1.fabrikam.com"));
    assert_eq!(facts.names(), [["hv1"], ["hv1.contoso.com"], ["vms.csv"]]);
    assert_eq!(facts.machine("hv1").doubts.len(), 1);
}

/// Windows is upgraded, not downgraded: 2016 between two records of 2012 R2 is another machine.
#[test]
fn a_short_name_whose_windows_would_become_older_is_another_machine() {
    let mut facts = Facts::default();
    facts
        .log("hv1", DAY, build(9600))
        .log("hv1.contoso.com", "2015-02-10T10:00:00Z", build(14393))
        .log("hv1", LATER, build(9600));
    assert_eq!(facts.names(), [["hv1"], ["hv1.contoso.com"]]);
    let doubts = facts.machine("hv1").doubts;
    assert_eq!(doubts.len(), 1);
    assert_eq!(doubts[0].locators.len(), 2);
}

/// 19041 and 19045 are one release, of which sources tell either number.
#[test]
fn builds_of_one_release_do_not_speak_against_each_other() {
    let mut facts = Facts::default();
    facts
        .log("pc1", DAY, build(19045))
        .log("pc1.contoso.com", "2015-02-10T10:00:00Z", build(19041))
        .log("pc1", LATER, build(19045));
    assert_eq!(facts.names().len(), 1);
    assert_eq!(facts.machine("pc1").doubts, []);
}

#[test]
fn a_name_whose_windows_becomes_older_is_told_to_be_in_doubt() {
    let mut facts = Facts::default();
    facts.log("hv1", DAY, build(14393)).log("hv1", LATER, build(9600));
    assert_eq!(facts.machine("hv1").doubts.len(), 1);
    let mut upgraded = Facts::default();
    upgraded.log("hv1", DAY, build(9600)).log("hv1", LATER, build(14393));
    assert_eq!(upgraded.machine("hv1").doubts, []);
}

#[test]
fn a_renamed_computer_is_one_machine_called_as_it_was_last() {
    let mut facts = Facts::default();
    facts.in_file("WIN-7Q2.contoso.com", "System.evtx", DAY, build(9600)).in_file(
        "HV1.contoso.com",
        "System.evtx",
        LATER,
        renamed("WIN-7Q2", "HV1"),
    );
    let machine = facts.machine("WIN-7Q2.contoso.com");
    assert_eq!(machine.name, "HV1.contoso.com");
    assert_eq!(machine.names, ["HV1.contoso.com", "WIN-7Q2.contoso.com"]);
    assert_eq!(kinds(&machine), [(ReasonKind::Renamed, Strength::Certain)]);
}

/// The record stands in the log of neither: it tells of some other machine than the log's.
#[test]
fn a_renaming_that_does_not_name_the_log_s_own_machine_joins_nothing() {
    let mut facts = Facts::default();
    facts.log("OLD", DAY, build(9600)).log("NEW", DAY, build(9600)).log(
        "HV1",
        LATER,
        renamed("OLD", "NEW"),
    );
    assert_eq!(facts.names(), [["HV1"], ["NEW"], ["OLD"]]);
}

fn continued(from: &str, to: &str) -> FactKind {
    FactKind::LogContinued { from: from.into(), to: to.into() }
}

/// Nobody logged the renaming, but the log goes on.
#[test]
fn a_log_that_goes_on_under_another_name_is_of_one_machine() {
    let mut facts = Facts::default();
    facts.in_file("WIN-7Q2", "System.evtx", DAY, build(9600)).in_file(
        "HV1.contoso.com",
        "System.evtx",
        LATER,
        continued("WIN-7Q2", "HV1.contoso.com"),
    );
    let machine = facts.machine("WIN-7Q2");
    assert_eq!(machine.name, "HV1.contoso.com");
    assert_eq!(kinds(&machine), [(ReasonKind::LogContinued, Strength::Strong)]);
    // A record that tells the renaming says more.
    facts.in_file("HV1.contoso.com", "System.evtx", LATER, renamed("WIN-7Q2", "HV1"));
    assert_eq!(kinds(&facts.machine("WIN-7Q2")), [(ReasonKind::Renamed, Strength::Certain)]);
}

/// Every Windows Server 2008 R2 begins its logs under the name of the machine that built its image.
#[test]
fn the_name_of_an_image_makes_no_two_machines_one() {
    let mut facts = Facts::default();
    for name in ["HV1", "HV2"] {
        let file = format!("{name}/System.evtx");
        let first = format!("WIN-{name}");
        facts
            .in_file("37L4247F27-25", &file, DAY, build(7601))
            .in_file(&first, &file, "2015-01-11T10:00:00Z", continued("37L4247F27-25", &first))
            .in_file(name, &file, LATER, continued(&first, name));
    }
    assert_eq!(
        facts.names(),
        [["37L4247F27-25", "HV1", "WIN-HV1"], ["37L4247F27-25", "HV2", "WIN-HV2"]]
    );
}

/// Copies of one installation all begin under its name. What stands in the log of each is its own, and
/// they are not one machine because all were called so once.
#[test]
fn copies_of_one_installation_stay_apart() {
    let mut facts = Facts::default();
    for name in ["WEB1", "WEB2"] {
        let file = format!("{name}/System.evtx");
        facts
            .in_file("TEMPLATE", &file, DAY, build(9600))
            .in_file(name, &file, "2015-01-11T10:00:00Z", renamed("TEMPLATE", name))
            .in_file(name, &file, LATER, build(9600));
    }
    assert_eq!(facts.names(), [["TEMPLATE", "WEB1"], ["TEMPLATE", "WEB2"]]);
    assert_eq!(kinds(&facts.machine("WEB2")), [(ReasonKind::Renamed, Strength::Certain)]);
}

/// The old name was given to a new machine.
#[test]
fn a_name_that_is_in_use_again_is_another_machine() {
    let told = |reused: bool| {
        let mut facts = Facts::default();
        facts.in_file("HV1", "a/System.evtx", DAY, build(9600)).in_file(
            "HV1-OLD",
            "a/System.evtx",
            "2015-01-11T10:00:00Z",
            renamed("HV1", "HV1-OLD"),
        );
        let time = if reused { LATER } else { "2015-01-09T10:00:00Z" };
        facts.in_file("HV1", "b/System.evtx", time, build(9600));
        facts.names()
    };
    assert_eq!(told(true), [vec!["HV1"], vec!["HV1", "HV1-OLD"]]);
    assert_eq!(told(false), [["HV1", "HV1-OLD"]]);
}

#[test]
fn a_guest_reports_its_name_to_its_host() {
    let mut facts = Facts::default();
    facts.log("HV1", DAY, report(vm("database", SQL), "SQL01.contoso.com")).log(
        "SQL01",
        DAY,
        build(9600),
    );
    let machine = facts.machine("SQL01");
    assert_eq!(machine.vm_ids, [SQL.parse().unwrap()]);
    assert_eq!(machine.role, Role::Guest);
    assert_eq!(
        kinds(&machine),
        [(ReasonKind::GuestReport, Strength::Certain), (ReasonKind::ShortName, Strength::Likely)]
    );
    // The name that is only reported is no machine of the evidence.
    let mut facts = Facts::default();
    facts.log("HV1", DAY, report(vm("database", SQL), "SQL01.contoso.com"));
    assert_eq!(facts.names(), [["HV1"]]);
}

/// A virtual machine that is called as a computer is another one where its guest reports another name.
#[test]
fn what_a_guest_reports_goes_before_what_its_machine_is_called() {
    let mut facts = Facts::default();
    facts.log("HV1", DAY, report(vm("SQL01", SQL), "APP7.contoso.com")).log(
        "SQL01.contoso.com",
        DAY,
        build(9600),
    );
    assert_eq!(facts.machine("SQL01.contoso.com").vm_ids, []);
    let mut near_miss = Facts::default();
    near_miss.log("HV1", DAY, speaks_of(vm("SQL01", SQL))).log(
        "SQL01.contoso.com",
        DAY,
        build(9600),
    );
    let machine = near_miss.machine("SQL01.contoso.com");
    assert_eq!(kinds(&machine), [(ReasonKind::VmName, Strength::Likely)]);
}

#[test]
fn another_release_of_windows_speaks_against_a_name() {
    let told = |reported| {
        let mut kind = report(vm("SQL01", SQL), "SQL01");
        if let FactKind::GuestReport { computer, os_build, .. } = &mut kind {
            (*computer, *os_build) = (None, Some(reported));
        }
        let mut facts = Facts::default();
        facts.log("HV1", DAY, kind).log("SQL01", DAY, build(9600));
        facts.machine("SQL01").vm_ids.len()
    };
    assert_eq!((told(9600), told(17763)), (1, 0));
}

/// Restored or copied, both guests bear the name: neither is told by it.
#[test]
fn two_virtual_machines_whose_guests_report_one_name_are_told_by_none() {
    let mut facts = Facts::default();
    facts
        .log("HV1", DAY, report(vm("SQL01", SQL), "SQL01.contoso.com"))
        .log("HV1", LATER, report(vm("SQL01", WEB), "SQL01.contoso.com"))
        .log("SQL01.contoso.com", DAY, build(9600));
    let machine = facts.machine("SQL01.contoso.com");
    assert_eq!(machine.vm_ids, []);
    assert_eq!(machine.doubts.len(), 1);
    assert!(machine.doubts[0].words.contains("restored"), "{}", machine.doubts[0].words);
}

#[test]
fn a_virtual_machine_that_was_restored_under_its_name_is_not_tied_by_it() {
    let mut facts = Facts::default();
    facts.log("HV1", DAY, speaks_of(vm("SQL01", SQL))).log("SQL01", DAY, build(9600));
    assert_eq!(facts.machine("SQL01").vm_ids, [SQL.parse().unwrap()]);
    facts.log("HV1", "2015-01-20T10:00:00Z", speaks_of(vm("SQL01", WEB)));
    assert_eq!(facts.machine("SQL01").vm_ids, []);
}

/// The crash tells which of two that are called alike it was.
#[test]
fn a_crash_tells_what_names_leave_open() {
    let mut facts = Facts::default();
    let crash = FactKind::GuestCrash {
        vm: vm("SQL01", SQL),
        bugcheck: STOP,
        message: None,
        is_linux: false,
    };
    facts.log("HV1", DAY, crash).log("HV1", DAY, speaks_of(vm("SQL01", WEB))).log(
        "SQL01",
        "2015-01-10T10:03:00Z",
        FactKind::UncleanRestart { bugcheck: Some(STOP), circumstances: Default::default() },
    );
    let machine = facts.machine("SQL01");
    assert_eq!(machine.vm_ids, [SQL.parse().unwrap()]);
    assert_eq!(kinds(&machine), [(ReasonKind::Crash, Strength::Strong)]);
}

#[test]
fn a_dump_of_an_older_windows_is_not_of_the_computer_that_tells_its_stop() {
    let told = |dumped| {
        let mut facts = Facts::default();
        facts
            .log("A", "2015-01-01T10:00:00Z", build(14393))
            .log(
                "A",
                "2015-01-10T10:03:00Z",
                FactKind::UncleanRestart {
                    bugcheck: Some(STOP),
                    circumstances: Default::default(),
                },
            )
            .of("a.dmp", DAY, dump(STOP));
        facts.0[2].os_build = Some(dumped);
        facts.names().len()
    };
    assert_eq!((told(14393), told(9600)), (1, 2));
}

#[test]
fn dumps_of_one_firmware_are_of_one_machine() {
    let other = Bugcheck { code: 0x7e, ..STOP };
    let told = |first: FactKind, second: FactKind| {
        let mut facts = Facts::default();
        facts.of("a.dmp", DAY, dump(STOP)).of("a.dmp", DAY, first);
        facts.of("b.dmp", LATER, dump(other)).of("b.dmp", LATER, second);
        facts
    };
    let same = told(firmware(None, BIOS, Some("1")), firmware(None, BIOS, Some("1")));
    assert_eq!(same.names(), [["a.dmp", "b.dmp"]]);
    assert_eq!(kinds(&same.machine("a.dmp")), [(ReasonKind::Firmware, Strength::Strong)]);
    // Another id; an id that a maker gives all; another serial number; no id.
    let none = "03000200-0400-0500-0006-000700080009";
    for (id, serial) in [(WEB, "1"), (none, "1"), (BIOS, "2"), ("", "1")] {
        let first = if id == none { none } else { BIOS };
        let apart = told(firmware(None, first, Some("1")), firmware(None, id, Some(serial)));
        assert_eq!(apart.names().len(), 2, "{id} {serial}");
    }
}

/// Virtual machines that were copied keep the id of their firmware.
#[test]
fn computers_of_one_firmware_id_stay_apart() {
    let mut facts = Facts::default();
    facts
        .log("WEB1", DAY, firmware(None, BIOS, None))
        .log("WEB2", DAY, firmware(None, BIOS, None))
        .of("a.dmp", DAY, firmware(None, BIOS, None));
    assert_eq!(facts.names().len(), 3);
    assert!(facts.machine("WEB1").doubts[0].words.contains("copies"));
}

/// The id in the firmware is `BIOSGUID` of the settings, and not the id of the virtual machine.
#[test]
fn the_settings_of_a_virtual_machine_hold_the_id_of_its_firmware() {
    let mut facts = Facts::default();
    facts.log("HV1", DAY, firmware(Some(vm("database", SQL)), BIOS, None)).of(
        "a.dmp",
        DAY,
        firmware(None, BIOS, None),
    );
    let machine = facts.machine("a.dmp");
    assert_eq!(machine.vm_ids, [SQL.parse().unwrap()]);
    assert_eq!(kinds(&machine), [(ReasonKind::Firmware, Strength::Strong)]);
    let mut near_miss = Facts::default();
    near_miss.log("HV1", DAY, speaks_of(vm("database", BIOS))).of(
        "a.dmp",
        DAY,
        firmware(None, BIOS, None),
    );
    assert_eq!(near_miss.machine("a.dmp").vm_ids, []);
}

const GUEST: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters";
const TCPIP: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

#[test]
fn a_registry_names_the_computer_and_the_virtual_machine_it_is_of() {
    let mut facts = Facts::default();
    facts
        .log("HV1", DAY, speaks_of(vm("database", SQL)))
        .log("APP7.contoso.com", DAY, build(9600))
        .of("guest.reg", "", registry(GUEST, "VirtualMachineId", &SQL.to_uppercase()))
        .of("guest.reg", "", registry(TCPIP, "Hostname", "APP7"))
        .of("guest.reg", "", registry(TCPIP, "Domain", "contoso.com"));
    let machine = facts.machine("guest.reg");
    assert_eq!(machine.names, ["APP7.contoso.com", "guest.reg"]);
    assert_eq!(machine.vm_ids, [SQL.parse().unwrap()]);
    assert_eq!(
        kinds(&machine),
        [(ReasonKind::Registry, Strength::Certain), (ReasonKind::Registry, Strength::Strong)]
    );
}

/// A registry that names its computer, its virtual machine and the host on which that ran.
#[test]
fn a_guest_that_tells_of_itself_is_that_virtual_machine() {
    let told = |teller: &str| {
        let mut facts = Facts::default();
        let mut kind = report(vm("database", SQL), "");
        if let FactKind::GuestReport { computer, .. } = &mut kind {
            *computer = None;
        }
        facts.log(teller, DAY, kind).log("HV1", DAY, build(9600));
        facts.machine(teller)
    };
    let guest = told("APP7.contoso.com");
    assert_eq!(guest.vm_ids, [SQL.parse().unwrap()]);
    assert_eq!(kinds(&guest), [(ReasonKind::Registry, Strength::Strong)]);
    // The host that tells of its guest is not its guest.
    assert_eq!(told("hv1").vm_ids, []);
}

#[test]
fn a_registry_of_another_domain_or_with_two_names_is_of_no_computer() {
    for values in [
        [("Hostname", "APP7"), ("Domain", "fabrikam.com")],
        [("Hostname", "APP7"), ("NV Hostname", "APP8")],
    ] {
        let mut facts = Facts::default();
        facts.log("APP7.contoso.com", DAY, build(9600));
        for (name, data) in values {
            facts.of("guest.reg", "", registry(TCPIP, name, data));
        }
        assert_eq!(facts.names().len(), 2, "{values:?}");
    }
}

/// The items of one guest, exported alone, name no virtual machine.
#[test]
fn items_of_one_guest_are_of_the_computer_they_name() {
    let mut facts = Facts::default();
    facts.log("SQL01.contoso.com", DAY, build(9600)).of(
        "kvp.xml",
        "",
        report(Vm::default(), "SQL01.contoso.com"),
    );
    assert_eq!(facts.names(), [["SQL01.contoso.com", "kvp.xml"]]);
    facts.of("kvp.xml", "", report(Vm::default(), "WEB.contoso.com"));
    assert_eq!(facts.names().len(), 2);
}

#[test]
fn roles_are_told_with_what_shows_them() {
    let mut facts = Facts::default();
    let lost = FactKind::NodeLost { node: "HV2".into() };
    facts.log("HV1", DAY, speaks_of(vm("x", WEB))).log("HV1", DAY, lost);
    let machine = facts.machine("HV1");
    let roles: Vec<MachineRole> = machine.roles.iter().map(|seen| seen.role).collect();
    assert_eq!(roles, [MachineRole::Host, MachineRole::Node]);
    assert!(machine.roles.iter().all(|seen| seen.locator.is_some()));
}

#[test]
fn a_host_that_reports_to_another_host_is_nested() {
    let nested = |kind: FactKind| {
        let mut facts = Facts::default();
        facts.log("HV1", DAY, kind).log("LAB1", DAY, speaks_of(vm("inner", WEB)));
        let machine = facts.machine("LAB1");
        let is_nested = machine.roles.iter().any(|seen| seen.role == MachineRole::NestedHost);
        (machine.role, is_nested)
    };
    assert_eq!(nested(report(vm("lab", SQL), "LAB1")), (Role::Host, true));
    // A virtual machine that is called as the host is proves nothing.
    assert_eq!(nested(speaks_of(vm("LAB1", SQL))), (Role::Host, false));
}

fn clustered(vm: Vm) -> FactKind {
    FactKind::LiveMigration {
        vm,
        phase: hvtriage_diagnosis::MigrationPhase::Step,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(22501),
    }
}

fn nodes(facts: &Facts, name: &str) -> Option<Vec<String>> {
    facts.machine(name).cluster.map(|cluster| cluster.nodes)
}

/// Names of nodes are short; of HV3 there is no log.
#[test]
fn a_node_that_tells_of_anothers_loss_is_of_its_cluster() {
    let mut facts = Facts::default();
    let lost = |node: &str| FactKind::NodeLost { node: node.into() };
    facts
        .log("HV1.contoso.com", DAY, lost("HV2"))
        .log("HV1.contoso.com", LATER, lost("HV3"))
        .log("HV2.contoso.com", DAY, build(9600))
        .log("HV4.contoso.com", DAY, build(9600));
    let all = ["HV1.contoso.com", "HV2.contoso.com", "HV3"].map(str::to_owned).to_vec();
    assert_eq!(nodes(&facts, "HV1.contoso.com"), Some(all.clone()));
    assert_eq!(nodes(&facts, "HV2.contoso.com"), Some(all));
    assert_eq!(nodes(&facts, "HV4.contoso.com"), None);
    let cluster = facts.machine("HV2.contoso.com").cluster.unwrap();
    assert_eq!(cluster.reasons[0].strength, Strength::Certain);
    // A node whose own log says nothing of the cluster is one all the same.
    let roles: Vec<MachineRole> =
        facts.machine("HV2.contoso.com").roles.iter().map(|seen| seen.role).collect();
    assert_eq!(roles, [MachineRole::Node]);
}

/// The node that is meant is the one of the teller's domain.
#[test]
fn nodes_of_one_name_in_two_domains_are_told_apart() {
    let mut facts = Facts::default();
    facts
        .log("HV1.contoso.com", DAY, FactKind::NodeLost { node: "HV2".into() })
        .log("HV2.contoso.com", DAY, build(9600))
        .log("HV2.fabrikam.com", DAY, build(9600));
    assert!(nodes(&facts, "HV2.contoso.com").is_some());
    assert_eq!(nodes(&facts, "HV2.fabrikam.com"), None);
}

#[test]
fn nodes_that_log_one_clustered_move_are_of_one_cluster() {
    let told = |second: &str, time| {
        let mut facts = Facts::default();
        facts.log("HV1", DAY, clustered(vm("SQL01", SQL))).log(
            "HV2",
            time,
            clustered(vm("", second)),
        );
        nodes(&facts, "HV1")
    };
    let both = Some(vec!["HV1".to_owned(), "HV2".to_owned()]);
    assert_eq!(told(SQL, "2015-01-10T10:01:00Z"), both);
    assert_eq!(told(WEB, "2015-01-10T10:01:00Z"), None);
    // A replica bears the id of what it copies, on another cluster.
    assert_eq!(told(SQL, LATER), None);
}

#[test]
fn registries_tell_the_name_of_a_cluster() {
    let told = |domain: &str| {
        let mut facts = Facts::default();
        let key = r"HKEY_LOCAL_MACHINE\Cluster";
        facts.log("HV1.contoso.com", DAY, registry(key, "ClusterName", "HVCL1")).log(
            &format!("HV2.{domain}"),
            DAY,
            registry(key, "ClusterName", "hvcl1"),
        );
        facts.machine("HV1.contoso.com").cluster.unwrap()
    };
    assert_eq!(told("contoso.com").nodes, ["HV1.contoso.com", "HV2.contoso.com"]);
    let alone = told("fabrikam.com");
    assert_eq!((alone.name.as_deref(), alone.nodes.len()), (Some("HVCL1"), 1));
}

/// Hosts that share a virtual machine are one site; within it a name without an id is clear.
#[test]
fn a_name_means_the_virtual_machine_of_its_own_cluster() {
    let named = |name: &str| speaks_of(vm(name, ""));
    let other = "11111111-2222-3333-4444-555555555555";
    let mut facts = Facts::default();
    for (hosts, shared, own) in [(["A1", "A2"], SQL, WEB), (["B1", "B2"], BIOS, other)] {
        for host in hosts {
            facts.log(host, DAY, speaks_of(vm(&format!("shared of {host}"), shared)));
        }
        facts.log(hosts[0], DAY, speaks_of(vm("SQL01", own)));
    }
    let evidence = |facts: &Facts| {
        let judgement = hvtriage_diagnosis::judge(
            &Evidence::gather(facts.0.clone()),
            &hvtriage_diagnosis::RuleSet::catalogue().unwrap(),
        );
        judgement.guests.iter().map(|row| (row.vm_id, row.hosts.clone())).collect::<Vec<_>>()
    };
    assert_eq!(evidence(&facts), []);
    let mut differs = named("SQL01");
    if let FactKind::Integration { state, event_id, .. } = &mut differs {
        (*state, *event_id) = (IntegrationState::Differs, 4010);
    }
    facts.log("B2", LATER, differs.clone());
    assert_eq!(evidence(&facts), [(other.parse().ok(), vec!["B2".to_owned()])]);
    // A host that shares nothing with either: which is meant stays open.
    facts.0.pop();
    facts.log("C1", LATER, differs);
    assert_eq!(evidence(&facts), [(None, vec!["C1".to_owned()])]);
}

/// Hostile or merely large: work stays in proportion to the evidence.
#[test]
fn many_names_are_resolved_in_time() {
    const MANY: u32 = 10_000;
    let id = |number: u32| format!("00000000-0000-0000-0000-{number:012}");
    let within_seconds = |what: &str, add: &dyn Fn(&mut Facts, u32)| {
        let mut facts = Facts::default();
        (0..MANY).for_each(|number| add(&mut facts, number));
        let start = std::time::Instant::now();
        let machines = facts.machines();
        // Linear work takes a second or two here; what grows with the square takes minutes.
        assert!(start.elapsed().as_secs() < 40, "{what}: {:?}", start.elapsed());
        machines
    };
    let one_name = within_seconds("guests of one name", &|facts, number| {
        facts.log("HV1", DAY, report(vm("x", &id(number)), "SQL01"));
    });
    assert_eq!(one_name.len(), 1);
    within_seconds("copies of an image", &|facts, number| {
        let (name, file) = (format!("H{number}"), format!("{number}.evtx"));
        facts.in_file("IMAGE", &file, DAY, build(9600));
        facts.in_file(&name, &file, LATER, continued("IMAGE", &name));
    });
    let one_firmware = within_seconds("dumps of one firmware", &|facts, number| {
        facts.of(&format!("{number}.dmp"), DAY, firmware(None, BIOS, None));
    });
    assert_eq!(one_firmware.len(), 1);
    within_seconds("one name on many hosts", &|facts, number| {
        facts.log(&format!("h{number}.d{number}.corp"), DAY, speaks_of(vm("x", "")));
    });
    let tellers = within_seconds("hosts that miss one node", &|facts, number| {
        facts.log(&format!("h{number}"), DAY, FactKind::NodeLost { node: "HV2".into() });
    });
    // No cluster has more than 64 nodes.
    assert!(tellers.iter().all(|machine| machine.cluster.is_none()));
    within_seconds("nodes that one host misses", &|facts, number| {
        facts.log("HV1", DAY, FactKind::NodeLost { node: format!("n{number}") });
    });
    within_seconds("migrations of one guest in one moment", &|facts, number| {
        let phase = match number % 2 {
            0 => hvtriage_diagnosis::MigrationPhase::FinishedAtSource,
            _ => hvtriage_diagnosis::MigrationPhase::FinishedAtDestination,
        };
        let mut kind = clustered(vm("x", SQL));
        if let FactKind::LiveMigration { phase: of, .. } = &mut kind {
            *of = phase;
        }
        facts.log(&format!("h{}", number % 3), DAY, kind);
    });
}
