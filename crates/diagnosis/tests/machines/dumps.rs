//! Which machine a dump is of: the crash that others tell, and the id of its firmware.

use hvtriage_diagnosis::{Bugcheck, FactKind, ReasonKind, Strength};

use crate::facts::{
    BIOS, DAY, Facts, LATER, SQL, STOP, WEB, build, dump, firmware, kinds, speaks_of, vm,
};

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
