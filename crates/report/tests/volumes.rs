//! The text report: cluster volumes that were not reached.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use hvtriage_diagnosis::{
    CsvStateKind, Diagnosis, Evidence, Fact, FactKind, Locator, MachineName, Place, Tables,
};
use hvtriage_report::{Format, write};
use hvtriage_winfmt::FileOffset;

/// The cluster service writes a Win32 code in brackets: 1460 is ERROR_TIMEOUT.
#[test]
fn why_a_volume_was_out_of_reach_has_a_name() {
    let fact = Fact {
        locator: Locator {
            source: "HV1.evtx".into(),
            place: Place::Record { id: 1, offset: FileOffset(0x1000) },
        },
        time: "2016-03-10T08:00:00Z".parse().ok(),
        machine: MachineName::Computer("HV1".into()),
        os_build: None,
        kind: FactKind::CsvState {
            volume: "Volume1".into(),
            resource: None,
            state: CsvStateKind::Unreachable,
            drivers: Vec::new(),
            status: Some("(1460)".into()),
        },
    };
    let tables = Tables::of(&Evidence::gather(vec![fact]));
    let logged = tables.redirections.first().and_then(|one| one.status.clone());
    assert_eq!(logged.as_deref(), Some("(1460)"), "data is as logged");
    let mut out = Vec::new();
    write(&Diagnosis { tables, ..Diagnosis::default() }, Format::Text, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("out of reach: ERROR_TIMEOUT (1460)"), "{text}");
}
