//! Which names are one without a record that says so, and what speaks against it.

use hvtriage_diagnosis::{ReasonKind, Strength};

use crate::facts::{DAY, Facts, LATER, WEB, build, kinds, report, vm};

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
