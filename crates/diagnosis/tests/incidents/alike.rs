//! What several hosts or customers have in common, and what only looks alike.

use hvtriage_diagnosis::{FactKind, MachineName, MigrationPhase};

use crate::logs::{Logs, STOP, dump, event, incident_of, migration, paused, stopped, told};

/// HV9 takes in no virtual machine for one reason, whoever sends it; HV8 refuses for the same on its own.
#[test]
fn one_reason_to_refuse_is_one_incident() {
    let mut logs = Logs::default();
    for (host, time, name, destination) in [
        ("HV1", "10T10:0", "WEB1", "HV9"),
        ("HV2", "10T17:0", "WEB2", "hv9"),
        ("HV3", "11T09:0", "WEB3", "HV8"),
    ] {
        let mut begun = migration(name, MigrationPhase::Started);
        if let FactKind::LiveMigration { other_host, .. } = &mut begun {
            *other_host = Some(destination.into());
        }
        let values = [name, "", "logon failure (0x80070569)"];
        let failed =
            vec![migration(name, MigrationPhase::Failed), event("Hyper-V-VMMS", 21024, &values)];
        logs.log(host, &format!("{time}0"), begun);
        logs.record(MachineName::Computer(host.into()), &format!("{time}1"), failed);
    }
    // HV9 tells it, too, by a clock that is behind: no migration to it has begun then.
    let refused = event("Hyper-V-VMMS", 21002, &["WEB2", "", "%%2147943785", "0x80070569"]);
    logs.log("HV9", "10T16:58", refused);
    let judgement = logs.judge();
    let sizes: Vec<usize> = judgement.incidents.iter().map(|it| it.findings.len()).collect();
    assert_eq!(sizes, [5, 2], "{:#?}", judgement.incidents);
    assert_eq!(told(&judgement, &judgement.incidents[0])[0], "KB2779204 HV9");
}

/// Two migrations to one host fail for two reasons: that both failed is nothing in common.
#[test]
fn two_reasons_to_refuse_are_two_incidents() {
    let mut logs = Logs::default();
    for (time, name, code) in [("10T10:0", "WEB1", "0x8009030E"), ("10T20:0", "WEB2", "0x8007000E")]
    {
        let failed = vec![
            migration(name, MigrationPhase::Failed),
            event("Hyper-V-VMMS", 21024, &[name, "", code]),
        ];
        logs.record(MachineName::Computer("HV1".into()), &format!("{time}1"), failed);
    }
    let judgement = logs.judge();
    let sizes: Vec<usize> = judgement.incidents.iter().map(|it| it.findings.len()).collect();
    assert_eq!(sizes, [2, 2], "{:#?}", judgement.incidents);
}

/// Volumes of every cluster are called alike, and so are nodes.
/// Who moves virtual machines to whom, and who misses whom, tells two clusters of one domain apart.
#[test]
fn two_clusters_of_one_domain_are_told_apart() {
    let mut logs = Logs::default();
    logs.log("hva1.a.example", "10T10:00", paused("Volume1"))
        .log("hvb1.a.example", "10T10:02", paused("Volume1"))
        .log("hva2.a.example", "10T10:03", paused("Volume1"))
        .lost("hva1.a.example", "12T10:00", "HVA2")
        .lost("hvb1.a.example", "12T20:02", "HVB2");
    let judgement = logs.judge();
    let of_a = incident_of(&judgement, "CSV-5120", "hva1.a.example");
    let of_b = incident_of(&judgement, "CSV-5120", "hvb1.a.example");
    assert_eq!(told(&judgement, of_a), ["CSV-5120 hva1.a.example", "CSV-5120 hva2.a.example"]);
    assert_eq!(told(&judgement, of_b), ["CSV-5120 hvb1.a.example"]);
}

/// The same crash in one driver at two customers is known by one rule, and is no one failure.
#[test]
fn crashes_of_two_domains_are_two_incidents() {
    let mut logs = Logs::default();
    for (machine, day) in
        [("db1.a.example", "03"), ("db2.a.example", "05"), ("db9.b.example", "04")]
    {
        let facts = vec![dump(STOP, "acme.sys", 0x1234), stopped(STOP)];
        logs.record(MachineName::Computer(machine.into()), &format!("{day}T10:00"), facts);
    }
    let judgement = logs.judge();
    let of_a = incident_of(&judgement, "KP-41", "db1.a.example");
    let of_b = incident_of(&judgement, "KP-41", "db9.b.example");
    assert!(told(&judgement, of_a).contains(&"KP-41 db2.a.example".to_owned()));
    assert!(!told(&judgement, of_a).contains(&"KP-41 db9.b.example".to_owned()));
    assert!(told(&judgement, of_b).contains(&"KP-41 db9.b.example".to_owned()));
}

#[test]
fn what_two_domains_call_alike_has_nothing_in_common() {
    let mut logs = Logs::default();
    logs.log("hv1.a.example", "10T10:00", paused("Volume1"))
        .log("hv7.b.example", "10T10:02", paused("Volume1"))
        .lost("hv1.a.example", "11T10:00", "HV02")
        .lost("hv7.b.example", "11T10:02", "HV09");
    let judgement = logs.judge();
    for rule in ["CSV-5120", "CLUS-1135"] {
        let one = incident_of(&judgement, rule, "hv1.a.example");
        let other = incident_of(&judgement, rule, "hv7.b.example");
        assert!(one.findings != other.findings, "{rule}: {:#?}", judgement.incidents);
    }
}
