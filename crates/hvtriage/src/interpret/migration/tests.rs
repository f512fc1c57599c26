//! What becomes of migrations as they are logged.

use hvtriage_diagnosis::{
    Evidence, Fact, FactKind, Locator, MachineName, Place, RuleSet, Vm, WantedLog, judge,
};
use hvtriage_winfmt::FileOffset;

use super::super::tests::{VM_ID, hyper_v, vm};

/// A rule that wants an event of the host of a guest that reports something.
const RULE: &str = "{id: FULL, title: X, severity: high, confidence: low, theme: crash, message: X, \
                    explain: X, remedy: X, when: {told: {kind: guest_report}}, \
                    supported_by: {full: {kind: event, event.provider: Hyper-V-VMMS, \
                    event.id: 16060, same_vm: told, within: 1h around told, raises_to: high}}}";

/// The logs that are wanted when the guest has left HV1 by `logged` and reports something at noon.
fn wanted(logged: &[(&str, u32, &str)], others: &[&str]) -> Vec<WantedLog> {
    let report = FactKind::GuestReport {
        vm: Vm { id: VM_ID.parse().ok(), name: None },
        computer: None,
        os_name: None,
        os_build: None,
        integration_version: None,
        integration_state: None,
        services: Vec::new(),
        host: None,
        host_is_2016_or_later: None,
        uptime_seconds: None,
    };
    let moves = logged.iter().map(|(at, id, third)| {
        (*at, "HV1", hyper_v("VMMS", *id, &["SQL01", VM_ID, third]).unwrap())
    });
    let hosts = others.iter().map(|host| ("08:00", *host, FactKind::HyperVHost {}));
    let told = hosts.chain(moves).chain([("12:00", "SQL01", report)]);
    let facts = told.zip(1..).map(|((at, computer, kind), id)| Fact {
        locator: Locator {
            source: format!("{computer}.evtx").into(),
            place: Place::Record { id, offset: FileOffset(0x1000) },
        },
        time: Some(format!("2019-03-10T{at}:00Z").parse().unwrap()),
        machine: MachineName::Computer(computer.into()),
        os_build: None,
        kind,
    });
    let mut rules = RuleSet::default();
    rules.load("x.yaml", RULE).unwrap();
    judge(&Evidence::gather(facts.collect()), &rules).wanted_logs
}

/// VMMS 20413 names the destination; 20415 and 20417, that the guest has left, tell how long it stood still.
#[test]
fn a_guest_is_sought_where_the_start_of_its_migration_sent_it() {
    let machines = |logged: &[_], others: &[_]| {
        wanted(logged, others).into_iter().map(|one| one.machine).collect::<Vec<_>>()
    };
    for id in [20415, 20417] {
        let left = [("09:00", 20413, "HV9.corp.local"), ("09:01", id, "0.5")];
        assert_eq!(machines(&left, &[]), ["HV9.corp.local"]);
        // Of which there are other logs: it is called as they call it.
        assert_eq!(machines(&left, &["HV9.CORP.LOCAL"]), ["HV9.CORP.LOCAL"]);
        assert!(machines(&left[1..], &[]).is_empty(), "of no start is known");
        let by_address = [("09:00", 20413, "192.0.2.9"), ("09:01", id, "0.5")];
        assert!(machines(&by_address, &[]).is_empty());
    }
    assert_eq!(machines(&[("09:00", 20413, "HV9")], &[]), ["HV1"], "it has not left");
    // A second attempt, to another host.
    let again = [
        ("09:00", 20413, "HV8"),
        ("09:01", 21024, "HV1"),
        ("10:00", 20413, "HV9"),
        ("10:01", 20415, "0.5"),
    ];
    assert_eq!(machines(&again, &[]), ["HV9"]);
    let Some(FactKind::LiveMigration { vm: of, other_host, .. }) =
        hyper_v("VMMS", 20415, &["SQL01", VM_ID, "0.5"])
    else {
        panic!("20415 was not understood");
    };
    assert_eq!((of, other_host), (vm("SQL01"), None));
}
