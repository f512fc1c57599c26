//! Which virtual machine a computer is: what guests report of themselves.

use hvtriage_diagnosis::{FactKind, ReasonKind, Role, Strength};

use crate::facts::{DAY, Facts, LATER, SQL, WEB, build, kinds, report, speaks_of, vm};

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
