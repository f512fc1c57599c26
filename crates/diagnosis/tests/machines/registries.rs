//! What registries and items of guests say of the machine that they are of.

use hvtriage_diagnosis::{FactKind, ReasonKind, Strength, Vm};

use crate::facts::{DAY, Facts, SQL, build, kinds, registry, report, speaks_of, vm};

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
