//! How far clocks lie apart, by what two machines log of one event, and what is made of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Bugcheck, ClockOffset, CsvStateKind, Evidence, Fact, FactKind, Locator, MachineName,
    MigrationPhase, Place, Role, RuleSet, StopAbout, Tables, Vm, judge,
};
use hvtriage_winfmt::{FileOffset, FileTime};

const SECOND: u64 = FileTime::TICKS_PER_SECOND;

/// Facts with a time in seconds from some day on.
#[derive(Default)]
struct Facts(Vec<Fact>);

fn at(seconds: i64) -> FileTime {
    let start: FileTime = "2019-03-04T00:00:00Z".parse().unwrap();
    FileTime(start.0.checked_add_signed(seconds * SECOND as i64).unwrap())
}

fn vm(number: u32) -> Vm {
    let id = format!("00000000-0000-0000-0000-{number:012}").parse().ok();
    Vm { id, name: Some(format!("VM{number}").into()) }
}

impl Facts {
    fn log(&mut self, computer: &str, seconds: i64, kind: FactKind) -> &mut Self {
        let id = self.0.len() as u64 + 1;
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        let locator = Locator { source: format!("{computer}.evtx").into(), place };
        let machine = match computer.ends_with(".DMP") {
            true => MachineName::Source(computer.into()),
            false => MachineName::Computer(computer.into()),
        };
        self.0.push(Fact { locator, time: Some(at(seconds)), machine, os_build: None, kind });
        self
    }

    /// A migration that ends at `seconds`, by the clocks of both sides.
    fn migration(
        &mut self,
        number: u32,
        source: (&str, i64),
        destination: (&str, i64),
    ) -> &mut Self {
        let end = |phase, other_host: Option<&str>| FactKind::LiveMigration {
            vm: vm(number),
            phase,
            blackout_seconds: None,
            other_host: other_host.map(str::to_owned),
            event_id: None,
        };
        let address = match source.0 {
            "HV1" => "10.0.0.1",
            _ => "10.0.0.2",
        };
        self.log(source.0, source.1, end(MigrationPhase::FinishedAtSource, None));
        let received = end(MigrationPhase::FinishedAtDestination, Some(address));
        self.log(destination.0, destination.1, received)
    }

    fn clock(&self, computer: &str) -> Option<ClockOffset> {
        let evidence = Evidence::gather(self.0.clone());
        let machine = evidence.machines().iter().find(|machine| machine.name == computer).unwrap();
        machine.clock.clone()
    }
}

/// HV2's clock is 250 s behind: what HV1 logs at 10:00 it logs at 9:55:50.
fn three_migrations() -> Facts {
    let mut facts = Facts::default();
    facts
        .migration(1, ("HV1", 10_000), ("HV2", 9_750))
        .migration(2, ("HV1", 20_000), ("HV2", 19_749))
        .migration(1, ("HV2", 29_751), ("HV1", 30_000));
    facts
}

#[test]
fn migrations_tell_how_far_clocks_lie_apart() {
    let facts = three_migrations();
    assert_eq!(facts.clock("HV1"), None);
    let clock = facts.clock("HV2").unwrap();
    assert_eq!(clock.reference, "HV1");
    // -251, -250 and -249: the one in the middle, and the others a second off.
    assert_eq!(clock.ahead_ticks, -250 * SECOND as i64);
    assert_eq!((clock.within_ticks, clock.pairs), (SECOND, 3));
    assert_eq!(clock.basis, "3 migrations");
    assert_eq!(clock.words(), "about 4 min 10 s behind HV1");
    assert!(clock.is_applied);
}

#[test]
fn two_migrations_prove_nothing() {
    let mut facts = three_migrations();
    facts.0.truncate(4);
    assert_eq!(facts.clock("HV2"), None);
}

/// One pair of three lies minutes off: two agree, and that is too few.
#[test]
fn what_does_not_agree_is_not_claimed() {
    let mut facts = three_migrations();
    facts.0[3].time = Some(at(20_100));
    assert_eq!(facts.clock("HV2"), None);
    // With more that agree, one that does not is left aside.
    facts.migration(3, ("HV1", 40_000), ("HV2", 39_750)).migration(
        4,
        ("HV1", 50_000),
        ("HV2", 49_750),
    );
    let clock = facts.clock("HV2").unwrap();
    assert_eq!((clock.ahead_ticks, clock.pairs), (-250 * SECOND as i64, 4));
}

/// A clock that was set right half way has no one offset.
#[test]
fn a_clock_that_was_set_is_not_measured() {
    let mut facts = three_migrations();
    for (number, time) in [(3, 40_000), (4, 50_000), (5, 60_000)] {
        facts.migration(number, ("HV1", time), ("HV2", time));
    }
    assert_eq!(facts.clock("HV2"), None);
}

/// Two hosts that lie an hour apart cannot migrate to each other: these are two migrations.
#[test]
fn ends_that_lie_far_apart_are_of_two_migrations() {
    let mut facts = Facts::default();
    for number in 1..6 {
        let time = i64::from(number) * 10_000;
        facts.migration(number, ("HV1", time), ("HV2", time + 3_600));
    }
    assert_eq!(facts.clock("HV2"), None);
}

/// Without an offset the clocks are in step, and nothing is set right.
#[test]
fn clocks_in_step_are_said_to_be() {
    let mut facts = Facts::default();
    for number in 1..6 {
        let time = i64::from(number) * 10_000;
        facts.migration(number, ("HV1", time), ("HV2", time));
    }
    let clock = facts.clock("HV2").unwrap();
    assert_eq!((clock.ahead_ticks, clock.is_applied), (0, false));
    assert_eq!(clock.words(), "within 1 s of HV1");
}

/// HV3 never met HV1; both met HV2, of which most is known.
#[test]
fn offsets_add_up_along_the_way() {
    let mut facts = three_migrations();
    for number in 6..9 {
        let time = i64::from(number) * 10_000;
        facts.migration(number, ("HV2", time), ("HV3", time + 30));
    }
    let one = facts.clock("HV1").unwrap();
    let three = facts.clock("HV3").unwrap();
    assert_eq!((one.reference.as_str(), three.reference.as_str()), ("HV2", "HV2"));
    assert_eq!(one.ahead_ticks, 250 * SECOND as i64);
    assert_eq!(three.ahead_ticks, 30 * SECOND as i64);
}

#[test]
fn nodes_tell_of_one_death_at_one_time() {
    let mut facts = Facts::default();
    for (number, lost) in ["HV7", "HV8", "HV9"].into_iter().enumerate() {
        let time = number as i64 * 10_000;
        let lost = || FactKind::NodeLost { node: lost.into() };
        facts.log("HV1", time, lost()).log("HV2", time + 40, lost());
    }
    let clock = facts.clock("HV2").unwrap();
    assert_eq!((clock.ahead_ticks, clock.pairs), (40 * SECOND as i64, 3));
    assert_eq!(clock.basis, "3 losses of nodes");
}

#[test]
fn a_host_and_the_dumps_of_its_guest_tell_one_crash() {
    let crash = |address: u64| Bugcheck { code: 0xd1, parameters: [address, 2, 0, 0] };
    let mut facts = Facts::default();
    for number in 1..4_u64 {
        let time = number as i64 * 10_000;
        let bugcheck = crash(0xffff_f880_0000_1000 + number);
        let host = FactKind::GuestCrash { vm: vm(1), bugcheck, message: None, is_linux: false };
        let own = FactKind::UncleanRestart {
            bugcheck: Some(bugcheck),
            circumstances: Default::default(),
        };
        let dump = FactKind::Crash {
            bugcheck,
            blamed: None,
            role: Role::Guest,
            modules: Vec::new(),
            about: StopAbout::default(),
        };
        let name = format!("{number}.DMP");
        facts.log("HV1", time, host).log(&name, time - 120, dump).log("SQL01", time + 60, own);
    }
    assert!(facts.0.iter().all(|fact| match fact.kind.bugcheck() {
        Some(bugcheck) => bugcheck.identifies_a_crash(),
        None => true,
    }));
    let clock = facts.clock("SQL01").unwrap();
    assert_eq!(
        (clock.ahead_ticks, clock.basis.as_str()),
        (-120 * SECOND as i64, "3 crashes of a guest")
    );
}

/// By its own clock HV2 began the second migration before the first had ended at HV1.
#[test]
fn what_happened_is_ordered_by_one_clock_and_shown_as_logged() {
    let mut facts = three_migrations();
    let evidence = Evidence::gather(facts.0.clone());
    let at_hv2 = evidence.facts().iter().filter(|fact| &*fact.locator.source == "HV2.evtx");
    let times: Vec<Option<FileTime>> = at_hv2.map(|fact| fact.time).collect();
    assert_eq!(times, [Some(at(9_750)), Some(at(19_749)), Some(at(29_751))]);
    // A migration whose start HV1 logs 100 s before its end, which HV2 logs 150 s before the start.
    let step = |phase| FactKind::LiveMigration {
        vm: vm(9),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: None,
    };
    facts.log("HV1", 40_000, step(MigrationPhase::Started));
    facts.log("HV2", 39_850, step(MigrationPhase::FinishedAtDestination));
    let with = |facts: &Facts| Tables::of(&Evidence::gather(facts.0.clone())).migrations;
    let of_vm = |facts: &Facts| with(facts).into_iter().filter(|it| it.vm == "VM9").count();
    assert_eq!(of_vm(&facts), 1);
    // Where nothing is known of the clocks they are two.
    let alone = Facts(facts.0.split_off(6));
    assert_eq!(of_vm(&alone), 2);
}

/// A search of the log for a time of a table finds its record, and no migration ends before it begins.
#[test]
fn tables_show_times_as_logged() {
    let mut facts = three_migrations();
    let step = |number, phase| FactKind::LiveMigration {
        vm: vm(number),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: None,
    };
    // 50,000 s by the clock of HV1.
    facts.log("HV2", 49_750, step(9, MigrationPhase::Started));
    facts.log("HV1", 50_100, step(9, MigrationPhase::FinishedAtSource));
    facts.log("HV2", 59_750, step(8, MigrationPhase::Failed));
    let volume = |state| FactKind::CsvState {
        volume: "Volume1".into(),
        resource: None,
        state,
        drivers: Vec::new(),
        status: None,
    };
    let cluster = |name: &str| FactKind::NodeLost { node: name.into() };
    facts.log("HV1", 1_000, cluster("HV2"));
    // 70,000 s and 71,000 s of HV1 at HV2, and a minute later each at HV1.
    facts.log("HV2", 69_750, volume(CsvStateKind::Paused));
    facts.log("HV1", 70_060, volume(CsvStateKind::Paused));
    facts.log("HV2", 70_750, volume(CsvStateKind::Normal));
    facts.log("HV1", 71_060, volume(CsvStateKind::Normal));
    let tables = Tables::of(&Evidence::gather(facts.0.clone()));
    let of_vm = |name: &str| {
        let row = tables.migrations.iter().find(|it| it.vm == name).unwrap();
        (row.start, row.end)
    };
    assert_eq!(of_vm("VM9"), (Some(at(49_750)), Some(at(49_850))));
    assert_eq!(of_vm("VM8"), (None, Some(at(59_750))));
    let [volume] = tables.redirections.as_slice() else { panic!("{:?}", tables.redirections) };
    assert_eq!((volume.start, volume.end), (Some(at(69_750)), Some(at(70_810))));
}

/// A rule's window is of one clock: the guest was moved a minute before its host tells of its crash.
#[test]
fn windows_are_of_one_clock() {
    let rule = "{id: MOVED, title: X, severity: low, confidence: low, theme: crash, message: X, \
                explain: X, remedy: X, when: {crash: {kind: guest_crash}, \
                move: {kind: live_migration, phase: started, same_vm: crash, \
                within: 2m before crash}}}";
    let mut rules = RuleSet::default();
    rules.load("x.yaml", rule).unwrap();
    let found = |facts: &Facts| judge(&Evidence::gather(facts.0.clone()), &rules).findings;
    let moved_at = |facts: &mut Facts, seconds: i64| {
        let begun = FactKind::LiveMigration {
            vm: vm(9),
            phase: MigrationPhase::Started,
            blackout_seconds: None,
            other_host: None,
            event_id: None,
        };
        let crash = FactKind::GuestCrash {
            vm: vm(9),
            bugcheck: Bugcheck { code: 0xd1, parameters: [0; 4] },
            message: None,
            is_linux: false,
        };
        facts.log("HV2", seconds, begun).log("HV1", 70_000, crash);
    };
    // One minute before the crash by HV1's clock is 250 s earlier by HV2's.
    let mut inside = three_migrations();
    moved_at(&mut inside, 70_000 - 60 - 250);
    let findings = found(&inside);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].time, Some(at(70_000)));
    let mut outside = three_migrations();
    moved_at(&mut outside, 70_000 - 60);
    assert_eq!(found(&outside).len(), 0);
    // Where nothing is known of the clocks it is the other way round.
    let mut alone = Facts::default();
    moved_at(&mut alone, 70_000 - 60);
    assert_eq!(found(&alone).len(), 1);
}

#[test]
fn the_address_of_a_host_is_known_by_migrations_from_it() {
    let evidence = Evidence::gather(three_migrations().0);
    let addresses = |name: &str| {
        let machine = evidence.machines().iter().find(|machine| machine.name == name).unwrap();
        machine.addresses.clone()
    };
    assert_eq!(addresses("HV1"), ["10.0.0.1"]);
    assert_eq!(addresses("HV2"), ["10.0.0.2"]);
    // Two hosts that seem to have one address have none.
    let mut facts = three_migrations();
    facts.migration(5, ("HV3", 40_000), ("HV1", 40_000));
    let evidence = Evidence::gather(facts.0);
    let has = |name: &str| {
        let machine = evidence.machines().iter().find(|machine| machine.name == name).unwrap();
        machine.addresses.len()
    };
    assert_eq!((has("HV1"), has("HV2"), has("HV3")), (1, 0, 0));
}
