//! Which names are held to be one machine, why and how surely, and which are not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod clusters;
mod dumps;
mod facts;
mod names;
mod registries;
mod renamings;
mod reports;
mod roles;

use hvtriage_diagnosis::FactKind;

use facts::{
    BIOS, DAY, Facts, LATER, SQL, build, clustered, continued, firmware, report, speaks_of, vm,
};

/// Hostile or merely large: work stays in proportion to the evidence.
#[test]
fn many_names_are_resolved_in_time() {
    const MANY: u32 = 10_000;
    let id = |number: u32| format!("00000000-0000-0000-0000-{number:012}");
    let within_seconds = |what: &str, add: &dyn Fn(&mut Facts, u32)| {
        let mut facts = Facts::default();
        (0..MANY).for_each(|number| add(&mut facts, number));
        let start = std::time::Instant::now();
        let machines = facts.machines();
        // Linear work takes a second or two here; what grows with the square takes minutes.
        assert!(start.elapsed().as_secs() < 40, "{what}: {:?}", start.elapsed());
        machines
    };
    let one_name = within_seconds("guests of one name", &|facts, number| {
        facts.log("HV1", DAY, report(vm("x", &id(number)), "SQL01"));
    });
    assert_eq!(one_name.len(), 1);
    within_seconds("copies of an image", &|facts, number| {
        let (name, file) = (format!("H{number}"), format!("{number}.evtx"));
        facts.in_file("IMAGE", &file, DAY, build(9600));
        facts.in_file(&name, &file, LATER, continued("IMAGE", &name));
    });
    let one_firmware = within_seconds("dumps of one firmware", &|facts, number| {
        facts.of(&format!("{number}.dmp"), DAY, firmware(None, BIOS, None));
    });
    assert_eq!(one_firmware.len(), 1);
    within_seconds("one name on many hosts", &|facts, number| {
        facts.log(&format!("h{number}.d{number}.corp"), DAY, speaks_of(vm("x", "")));
    });
    let tellers = within_seconds("hosts that miss one node", &|facts, number| {
        facts.log(&format!("h{number}"), DAY, FactKind::NodeLost { node: "HV2".into() });
    });
    // No cluster has more than 64 nodes.
    assert!(tellers.iter().all(|machine| machine.cluster.is_none()));
    within_seconds("nodes that one host misses", &|facts, number| {
        facts.log("HV1", DAY, FactKind::NodeLost { node: format!("n{number}") });
    });
    within_seconds("migrations of one guest in one moment", &|facts, number| {
        let phase = match number % 2 {
            0 => hvtriage_diagnosis::MigrationPhase::FinishedAtSource,
            _ => hvtriage_diagnosis::MigrationPhase::FinishedAtDestination,
        };
        let mut kind = clustered(vm("x", SQL));
        if let FactKind::LiveMigration { phase: of, .. } = &mut kind {
            *of = phase;
        }
        facts.log(&format!("h{}", number % 3), DAY, kind);
    });
}
