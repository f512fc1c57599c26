//! Hosts, guests, and hosts that are guests.

use hvtriage_diagnosis::{FactKind, MachineRole, Role};

use crate::facts::{DAY, Facts, SQL, WEB, report, speaks_of, vm};

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
