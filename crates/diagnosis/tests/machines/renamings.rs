//! Computers that were given another name, and names that were given to another computer.

use hvtriage_diagnosis::{ReasonKind, Strength};

use crate::facts::{DAY, Facts, LATER, build, continued, kinds, renamed};

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
