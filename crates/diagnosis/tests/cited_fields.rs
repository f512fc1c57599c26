//! What a finding cites, field by field.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Bugcheck, Citation, Evidence, Fact, FactKind, Locator, LoggedEvent, MachineName, Place,
    RuleSet, Vm, judge,
};
use hvtriage_winfmt::FileOffset;

/// What the first finding of `rule` cites first.
fn cited(rule: &str, kind: FactKind) -> Citation {
    let fact = Fact {
        locator: Locator {
            source: "HV1.evtx".into(),
            place: Place::Record { id: 7, offset: FileOffset(0x1200) },
        },
        time: "2012-01-01T10:00:00Z".parse().ok(),
        machine: MachineName::Computer("HV1".into()),
        os_build: None,
        kind,
    };
    let judgement = judge(&Evidence::gather(vec![fact]), &RuleSet::catalogue().unwrap());
    let finding = judgement.findings.iter().find(|finding| finding.rule == rule).unwrap();
    finding.citations[0].clone()
}

fn fields(citation: &Citation) -> Vec<(&str, &str)> {
    citation.fields.iter().map(|field| (&*field.name, &*field.value)).collect()
}

/// Codes in hexadecimal, as debuggers and the event itself write them.
#[test]
fn a_crash_is_cited_with_its_code_and_parameters() {
    let id = "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12".parse().ok();
    let crash = FactKind::GuestCrash {
        vm: Vm { id, name: Some("SQL1".into()) },
        bugcheck: Bugcheck { code: 0x3b, parameters: [0xc000_0005, 1, 0xffff_f800_0123_4567, 0] },
        message: None,
        is_linux: false,
    };
    assert_eq!(
        fields(&cited("guest-18590", crash)),
        [
            ("bugcheck.code", "0x3B"),
            ("bugcheck.parameter1", "0xC0000005"),
            ("bugcheck.parameter2", "0x1"),
            ("bugcheck.parameter3", "0xFFFFF80001234567"),
            ("bugcheck.parameter4", "0x0"),
            ("vm.name", "SQL1"),
            ("vm.id", "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12"),
            ("is_linux", "false"),
        ]
    );
}

/// Values of an event keep the names of its log; one without a name is called by its number, and one that is
/// as long as a message of the cluster is cut.
#[test]
fn an_event_is_cited_with_its_values() {
    let long = "x".repeat(1000);
    let event = LoggedEvent {
        provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
        id: 16060,
        level: 2,
        channel: "Microsoft-Windows-Hyper-V-VMMS-Admin".into(),
        values: [
            (Some("VmName"), "SQL1"),
            (Some("VmId"), "6B9DB33B-48EC-4DEB-9DA1-E4C1B5CF0C12"),
            (None, r"C:\ClusterStorage\Volume7\"),
            (None, ""),
            (Some("Text"), long.as_str()),
        ]
        .into_iter()
        .collect(),
        ..LoggedEvent::default()
    };
    let citation = cited("VMMS-16060", FactKind::Event(Box::new(event.with_its_vm(None))));
    let told = fields(&citation);
    assert_eq!(
        told[..8],
        [
            ("event.provider", "Microsoft-Windows-Hyper-V-VMMS"),
            ("event.id", "16060"),
            ("event.version", "0"),
            ("event.level", "2"),
            ("event.channel", "Microsoft-Windows-Hyper-V-VMMS-Admin"),
            ("VmName", "SQL1"),
            ("VmId", "6B9DB33B-48EC-4DEB-9DA1-E4C1B5CF0C12"),
            ("value.3", r"C:\ClusterStorage\Volume7\"),
        ]
    );
    assert_eq!(told.len(), 9, "an empty value says nothing");
    assert_eq!(told[8], ("Text", &*format!("{}…", "x".repeat(300))));
}
