//! What is made of the evidence as a whole: machines, findings, incidents, guests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::sync::LazyLock;

use hvtriage_diagnosis::{
    Blame, Bugcheck, CsvStateKind, Evidence, Fact, FactKind, Harmless, IntegrationState, Judgement,
    LoadedModule, Locator, MachineName, MigrationPhase, Place, ReasonKind, Role, RuleSet,
    StopAbout, Strength, Vm, judge,
};
use hvtriage_winfmt::{FileOffset, FileTime};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::catalogue().unwrap());

const STOP: Bugcheck = Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_01ab_12b8] };

/// Collects facts, each with a place of its own.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, machine: MachineName, time: &str, kind: FactKind) -> &mut Self {
        let id = self.0.len() as u64 + 1;
        let source = match &machine {
            MachineName::Computer(name) => format!("{name}/System.evtx"),
            MachineName::Source(name) => name.to_string(),
        };
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        let time = if time.is_empty() { None } else { Some(at(time)) };
        let locator = Locator { source: source.into(), place };
        self.0.push(Fact { locator, time, machine, os_build: None, kind });
        self
    }

    fn log(&mut self, computer: &str, time: &str, kind: FactKind) -> &mut Self {
        self.add(MachineName::Computer(computer.into()), time, kind)
    }

    fn build(&mut self, computer: &str, build: u32) -> &mut Self {
        self.log(computer, "2012-01-01T00:00:00Z", FactKind::OsVersion { build })
    }

    fn judge(&self) -> Judgement {
        judge(&Evidence::gather(self.0.clone()), &RULES)
    }
}

fn at(time: &str) -> FileTime {
    time.parse().unwrap()
}

fn vm(name: &str, id: &str) -> Vm {
    Vm { id: id.parse().ok(), name: Some(name.into()) }
}

const SQL01: &str = "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12";
const WEB: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn integration(vm: Vm, service: &str, state: IntegrationState, event_id: u32) -> FactKind {
    FactKind::Integration {
        vm,
        service: service.into(),
        state,
        event_id,
        negotiated: None,
        expected: None,
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later: None,
    }
}

fn crash(role: Role, blamed: Option<&str>, modules: &[&str]) -> FactKind {
    FactKind::Crash {
        bugcheck: STOP,
        blamed: blamed.map(|module| {
            Box::new(Blame {
                module: module.into(),
                offset: 0x12b8,
                function: None,
                is_of_windows: None,
                basis: "parameter 4".into(),
            })
        }),
        role,
        modules: modules
            .iter()
            .map(|name| LoadedModule {
                name: (*name).into(),
                base: 0,
                size: 0,
                timestamp: None,
                version: None,
            })
            .collect(),
        about: StopAbout::default(),
    }
}

/// The story of the blog post: a guest of 2008 R2 crashes two minutes after its migration.
fn migrated_guest() -> Facts {
    let mut facts = Facts::default();
    let migration = |event_id| FactKind::LiveMigration {
        vm: vm("SQL01", SQL01),
        phase: MigrationPhase::Step,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(event_id),
    };
    facts
        .log("HV1", "2012-01-10T09:57:00Z", migration(22501))
        .log("HV1", "2012-01-10T09:58:00Z", migration(22503))
        .log(
            "sql01.contoso.com",
            "2012-01-10T10:03:10Z",
            FactKind::UnexpectedShutdown { last_alive: None },
        )
        .log(
            "sql01.contoso.com",
            "2012-01-10T10:03:00Z",
            FactKind::UncleanRestart { bugcheck: Some(STOP), circumstances: Default::default() },
        )
        .log(
            "sql01.contoso.com",
            "2012-01-10T10:03:30Z",
            FactKind::BugcheckReported {
                bugcheck: STOP,
                dump_path: Some(r"C:\Windows\MEMORY.DMP".into()),
            },
        );
    let dump = Fact {
        locator: Locator {
            source: "MEMORY.DMP".into(),
            place: Place::Field { name: "BugCheckCode", offset: FileOffset(0x38) },
        },
        time: Some(at("2012-01-10T10:00:00Z")),
        machine: MachineName::Source("MEMORY.DMP".into()),
        os_build: Some(7601),
        kind: crash(Role::Guest, Some("storvsc.sys"), &["storvsc.sys"]),
    };
    facts.0.push(dump);
    facts
}

#[test]
fn dump_log_and_virtual_machine_are_one_machine_and_it_is_told_why() {
    let evidence = Evidence::gather(migrated_guest().0);
    let machine = evidence.machines().iter().find(|m| m.name == "sql01.contoso.com").unwrap();
    assert_eq!(machine.names, ["MEMORY.DMP", "sql01.contoso.com"]);
    assert_eq!(machine.vm_ids, [SQL01.parse().unwrap()]);
    assert_eq!((machine.role, machine.os_build), (Role::Guest, Some(7601)));
    let told: Vec<_> =
        machine.reasons.iter().map(|it| (it.strength, it.kind, it.words.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                Strength::Strong,
                ReasonKind::Crash,
                "MEMORY.DMP and the log of sql01.contoso.com tell the same STOP 0xD1 (0x28, 0x2, \
                 0x0, 0xFFFFF88001AB12B8)"
            ),
            (
                Strength::Likely,
                ReasonKind::VmName,
                "virtual machine SQL01 is called as computer sql01.contoso.com is"
            ),
        ]
    );
    let sources = |index: usize| -> Vec<&str> {
        machine.reasons[index].locators.iter().map(|it| &*it.source).collect()
    };
    assert_eq!(sources(0), ["MEMORY.DMP", "sql01.contoso.com/System.evtx"]);
    assert_eq!(sources(1), ["HV1/System.evtx", "sql01.contoso.com/System.evtx"]);
    let host = evidence.machines().iter().find(|m| m.name == "HV1").unwrap();
    assert_eq!(host.role, Role::Host);
}

#[test]
fn one_crash_is_one_incident_led_by_its_cause() {
    let judgement = migrated_guest().judge();
    let rules: Vec<&str> = judgement.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(rules, ["KB2636573", "KP-41"]);
    assert_eq!(judgement.incidents.len(), 1);
    let incident = &judgement.incidents[0];
    assert_eq!(incident.findings, [0, 1]);
    assert_eq!(incident.machine, "sql01.contoso.com");
    // The migration as a whole, from its start.
    assert_eq!(incident.start, Some(at("2012-01-10T09:57:00Z")));
    assert_eq!(incident.end, Some(at("2012-01-10T10:03:30Z")));
    let notes: Vec<&str> = incident.timeline.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(notes[0], "HV1: live migration of SQL01 started (event 22501)");
    assert_eq!(notes[1], "HV1: live migration of SQL01 ended (event 22503)");
    assert!(notes[2].starts_with("sql01.contoso.com: dump of STOP 0xD1"), "{notes:?}");
    assert!(incident.summary.contains("Install KB2636573"), "{}", incident.summary);
    assert!(!incident.summary.contains("Until then"), "{}", incident.summary);
}

#[test]
fn the_order_of_facts_does_not_show() {
    let mut facts = migrated_guest();
    facts.build("HV1", 7601).build("HV2", 7600);
    let judgement = facts.judge();
    let mut state = 1_u64;
    for _ in 0..20 {
        // A shuffle with a fixed sequence of numbers.
        for index in (1..facts.0.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            facts.0.swap(index, (state >> 33) as usize % (index + 1));
        }
        assert_eq!(facts.judge(), judgement);
    }
    let twice: Vec<Fact> = facts.0.iter().chain(&facts.0).cloned().collect();
    assert_eq!(Facts(twice).judge(), judgement);
}

/// Zeros are what a source gives that recorded no parameters.
#[test]
fn parameters_that_are_all_zero_make_no_machine_one() {
    let zero = Bugcheck { code: 0xd1, parameters: [0; 4] };
    let mut facts = Facts::default();
    facts
        .log(
            "A",
            "2012-01-10T10:03:00Z",
            FactKind::UncleanRestart { bugcheck: Some(zero), circumstances: Default::default() },
        )
        .add(
            MachineName::Source("a.dmp".into()),
            "2012-01-10T10:00:00Z",
            FactKind::Crash {
                bugcheck: zero,
                blamed: None,
                role: Role::Unknown,
                modules: Vec::new(),
                about: StopAbout::default(),
            },
        );
    assert_eq!(Evidence::gather(facts.0.clone()).machines().len(), 2);
    assert_eq!(facts.judge().incidents.len(), 1);
}

#[test]
fn a_dump_that_two_computers_could_own_belongs_to_neither() {
    let mut facts = Facts::default();
    for computer in ["A", "B"] {
        let report = FactKind::BugcheckReported { bugcheck: STOP, dump_path: None };
        facts.log(computer, "2012-01-10T10:03:00Z", report);
    }
    let dump = crash(Role::Unknown, None, &[]);
    facts.add(MachineName::Source("a.dmp".into()), "2012-01-10T10:00:00Z", dump);
    assert_eq!(Evidence::gather(facts.0).machines().len(), 3);
}

#[test]
fn short_and_full_names_are_one_unless_two_full_ones_begin_so() {
    let mut facts = Facts::default();
    facts.build("hv1", 7601).build("HV1.contoso.com", 7601);
    assert_eq!(Evidence::gather(facts.0.clone()).machines()[0].name, "HV1.contoso.com");
    facts.build("HV1.fabrikam.com", 7601);
    assert_eq!(Evidence::gather(facts.0).machines().len(), 3);
}

/// A host record and the guest's own log of the same crash: no second alarm for the guest.
#[test]
fn host_and_guest_tell_one_crash() {
    let mut facts = Facts::default();
    let told = FactKind::GuestCrash {
        vm: vm("database", SQL01),
        bugcheck: STOP,
        message: None,
        is_linux: false,
    };
    facts.log("HV1", "2015-01-10T10:00:00Z", told).log(
        "SQL01",
        "2015-01-10T10:03:00Z",
        FactKind::UncleanRestart { bugcheck: Some(STOP), circumstances: Default::default() },
    );
    let evidence = Evidence::gather(facts.0.clone());
    let guest = evidence.machines().iter().find(|machine| machine.name == "SQL01").unwrap();
    assert_eq!(guest.vm_ids, [SQL01.parse().unwrap()]);
    let judgement = facts.judge();
    assert_eq!(judgement.incidents.len(), 1);
    assert_eq!(judgement.findings[judgement.incidents[0].findings[0]].rule, "guest-18590");
}

#[test]
fn outdated_guests_of_a_cluster_are_one_incident_and_a_table() {
    let mut facts = Facts::default();
    for host in ["HV1", "HV2"] {
        facts.build(host, 7601);
        for (name, id) in [("SQL01", SQL01), ("WEB", WEB)] {
            let mut kind =
                integration(vm(name, id), "integration services", IntegrationState::Older, 4130);
            if let FactKind::Integration { negotiated, expected, .. } = &mut kind {
                *negotiated = Some("6.1.7600.16385".into());
                *expected = Some("6.1.7601.17514".into());
            }
            facts.log(host, "2012-01-10T10:00:00Z", kind.clone());
            facts.log(host, "2012-01-11T10:00:00Z", kind);
        }
    }
    let judgement = facts.judge();
    // A guest counts once, on however many hosts it was seen.
    assert_eq!(judgement.findings.len(), 2);
    assert!(judgement.findings.iter().all(|f| f.rule == "IC-OLDER-4130" && f.count == 4));
    let [incident] = judgement.incidents.as_slice() else { panic!("one incident") };
    assert_eq!(incident.machine, "HV1 and 1 more");
    assert!(incident.title.ends_with("(2 virtual machines)"), "{}", incident.title);
    assert_eq!(judgement.guests.len(), 2);
    let row = &judgement.guests[0];
    assert_eq!((row.vm_name.as_str(), row.count), ("SQL01", 4));
    assert_eq!(row.hosts, ["HV1", "HV2"]);
    assert_eq!((row.guest_build.as_deref(), row.host_build), (Some("6.1.7600.16385"), Some(7601)));
    assert_eq!(row.first_seen, Some(at("2012-01-10T10:00:00Z")));
    assert_eq!(row.last_seen, Some(at("2012-01-11T10:00:00Z")));
    assert_eq!(row.harmless, Harmless::No);
}

#[test]
fn a_guest_that_was_updated_needs_no_attention() {
    let mut facts = Facts::default();
    let heartbeat = |state, id| integration(vm("WEB", WEB), "Heartbeat", state, id);
    facts.log("HV1", "2015-01-10T10:00:00Z", heartbeat(IntegrationState::Differs, 4010)).log(
        "HV1",
        "2015-01-11T10:00:00Z",
        heartbeat(IntegrationState::Newest, 4020),
    );
    let judgement = facts.judge();
    assert!(judgement.findings.is_empty() && judgement.guests.is_empty());
    facts.log("HV2", "2015-01-10T12:00:00Z", heartbeat(IntegrationState::Differs, 4010));
    let judgement = facts.judge();
    assert_eq!(judgement.findings.len(), 1);
    assert_eq!(judgement.guests[0].hosts, ["HV2"]);
}

/// Names are used again: a log of years ago is not that of the virtual machine of today.
#[test]
fn a_name_ties_only_what_was_seen_at_one_time() {
    let tied = |time| {
        let mut facts = Facts::default();
        facts.log("WEB.other.corp", time, FactKind::OsVersion { build: 7601 });
        let kind = integration(vm("web", WEB), "Heartbeat", IntegrationState::Differs, 4010);
        facts.log("HV1", "2015-01-10T10:00:00Z", kind);
        Evidence::gather(facts.0).machines().iter().any(|machine| !machine.vm_ids.is_empty())
    };
    assert!(tied("2015-01-02T10:00:00Z"));
    assert!(!tied("2009-01-02T10:00:00Z"));
}

/// The host of the guest logs for many others between the mismatch and the update.
#[test]
fn an_update_is_found_behind_the_records_of_other_guests() {
    let mut facts = Facts::default();
    let heartbeat = |vm, state, id| integration(vm, "Heartbeat", state, id);
    let differs = heartbeat(vm("WEB", WEB), IntegrationState::Differs, 4010);
    facts.log("HV1", "2015-01-10T10:00:00Z", differs);
    for minute in 0..600 {
        let time = format!("2015-01-10T{:02}:{:02}:00Z", 11 + minute / 60, minute % 60);
        let other = vm(&format!("other{}", minute % 40), "");
        facts.log("HV1", &time, heartbeat(other, IntegrationState::Newest, 4020));
    }
    let newest = heartbeat(vm("WEB", WEB), IntegrationState::Newest, 4020);
    facts.log("HV1", "2015-01-11T10:00:00Z", newest);
    assert!(facts.judge().findings.is_empty());
}

/// Seen again on another host of the same build, at the newest version.
#[test]
fn an_update_counts_on_every_host_of_that_build() {
    for (build, cleared) in [(9600, true), (9200, false)] {
        let mut facts = Facts::default();
        facts.build("HV1", 9600).build("HV2", build);
        let heartbeat = |state, id| integration(vm("WEB", WEB), "Heartbeat", state, id);
        facts.log("HV1", "2015-01-10T10:00:00Z", heartbeat(IntegrationState::Differs, 4010));
        facts.log("HV2", "2015-03-10T10:00:00Z", heartbeat(IntegrationState::Newest, 4020));
        let judgement = facts.judge();
        assert_eq!(judgement.findings.is_empty(), cleared, "{build}");
        assert_eq!(judgement.guests.is_empty(), cleared, "{build}");
    }
}

/// A scanner loaded two years ago does not make one failure of everything since.
#[test]
fn what_lies_years_apart_is_not_one_incident() {
    let mut facts = Facts::default();
    let loaded = FactKind::FilterLoaded { driver: "mfehidk.sys".into(), version: None };
    facts.log("HV1", "2013-01-10T10:00:00Z", loaded);
    for time in ["2013-02-10T10:00:00Z", "2014-12-10T10:00:00Z"] {
        let error = FactKind::VmFileError {
            vm: vm(time, ""),
            component: "VMMS".into(),
            event_id: 16300,
            hresult: Some(0x8007_04c8),
            path: None,
        };
        facts.log("HV1", time, error);
    }
    assert_eq!(facts.judge().incidents.len(), 3);
}

/// Many names that begin alike are many labels to look at, once each.
#[test]
fn many_names_that_begin_alike_are_tied_in_time() {
    let mut facts = Facts::default();
    facts.log(
        "HV1",
        "2015-01-10T10:00:00Z",
        integration(vm("x", ""), "Heartbeat", IntegrationState::Differs, 4010),
    );
    for number in 0..20_000 {
        facts.log(
            &format!("x.{number}"),
            "2015-01-10T10:00:00Z",
            FactKind::OsVersion { build: 7601 },
        );
    }
    let start = std::time::Instant::now();
    assert_eq!(Evidence::gather(facts.0).machines().len(), 20_001);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn what_is_harmless_is_said_only_where_it_is_known() {
    let mut facts = Facts::default();
    facts.build("NEW", 17763).build("OLD", 9600);
    facts.log("APP", "2019-01-09T10:00:00Z", FactKind::OsVersion { build: 9600 });
    let service = |name, state, id| integration(vm(name, ""), "Time Synchronization", state, id);
    facts
        .log("NEW", "2019-01-10T10:00:00Z", service("APP", IntegrationState::Incompatible, 4000))
        .log("NEW", "2019-01-10T10:00:00Z", service("B", IntegrationState::Incompatible, 4000))
        .log("OLD", "2019-01-10T10:00:00Z", service("C", IntegrationState::Incompatible, 4000))
        .log("OLD", "2019-01-10T10:00:00Z", service("D", IntegrationState::Differs, 4010));
    let guests = facts.judge().guests;
    let harmless =
        |name: &str| &guests.iter().find(|guest| guest.vm_name == name).unwrap().harmless;
    assert!(matches!(harmless("APP"), Harmless::Yes(_)), "{guests:?}");
    assert!(matches!(harmless("B"), Harmless::Unknown(_)), "{guests:?}");
    assert_eq!(harmless("C"), &Harmless::No);
    assert!(matches!(harmless("D"), Harmless::Unknown(_)), "{guests:?}");
}

#[test]
fn a_filter_and_a_redirected_volume_are_one_incident() {
    let mut facts = Facts::default();
    let csv = |state, drivers: &[&str]| FactKind::CsvState {
        volume: "Volume1".into(),
        resource: None,
        state,
        drivers: drivers.iter().map(|driver| (*driver).to_owned()).collect(),
        status: None,
    };
    facts
        .build("HV1", 7601)
        .log("HV1", "2012-01-10T10:00:00Z", csv(CsvStateKind::Redirected, &[]))
        .log(
            "HV1",
            "2012-01-10T10:20:00Z",
            csv(CsvStateKind::RedirectedByFilters, &["mfehidk.sys"]),
        );
    let judgement = facts.judge();
    let [incident] = judgement.incidents.as_slice() else { panic!("{:#?}", judgement.incidents) };
    let rules: Vec<&str> =
        incident.findings.iter().map(|index| judgement.findings[*index].rule.as_str()).collect();
    assert_eq!(rules, ["KB73596", "CSV-FILTER-5125", "CSV-REDIRECT-5121"]);
}

#[test]
fn every_finding_is_in_one_incident_and_cites_something() {
    let mut facts = migrated_guest();
    facts
        .log(
            "HV1",
            "2012-02-10T10:00:00Z",
            FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() },
        )
        .log(
            "HV1",
            "2012-02-10T10:00:00Z",
            FactKind::Offload {
                event_id: 106,
                adapter: None,
                switch: None,
                reason: None,
                status: None,
            },
        )
        .log(
            "HV9",
            "",
            FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() },
        )
        .add(
            MachineName::Source("host.dmp".into()),
            "2012-03-01T00:00:00Z",
            crash(Role::Host, None, &["vmswitch.sys", "mfehidk.sys"]),
        );
    let judgement = facts.judge();
    let mut seen: Vec<usize> =
        judgement.incidents.iter().flat_map(|incident| incident.findings.clone()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..judgement.findings.len()).collect::<Vec<_>>());
    assert!(judgement.findings.iter().all(|finding| !finding.citations.is_empty()));
    assert!(judgement.incidents.iter().all(|incident| !incident.summary.is_empty()));
}

/// Hostile or merely large: work stays in proportion.
#[test]
fn many_facts_of_one_machine_are_judged_in_time() {
    let mut facts = Facts::default();
    for index in 0..20_000_u64 {
        let state =
            if index % 2 == 0 { IntegrationState::Differs } else { IntegrationState::Newest };
        let service = format!("service {index}");
        facts.log(
            "HV1",
            "2015-01-10T10:00:00Z",
            integration(vm("WEB", WEB), &service, state, 4010),
        );
        facts.log(
            "HV1",
            "2015-01-10T10:00:00Z",
            FactKind::UncleanRestart { bugcheck: Some(STOP), circumstances: Default::default() },
        );
    }
    let judgement = facts.judge();
    assert_eq!(judgement.findings.len(), 2);
    assert!(judgement.findings.iter().all(|finding| finding.citations.len() < 100));
    assert!(judgement.incidents.iter().all(|incident| incident.timeline.len() <= 200));
}

/// A crash of a guest, and what its host logged in the minutes before: a volume that was lost is shown
/// beside it, one of another host or of another day is not.
#[test]
fn what_happened_about_the_time_of_a_crash_stands_beside_it() {
    let volume = |name: &str| FactKind::CsvState {
        volume: name.into(),
        resource: None,
        state: CsvStateKind::Paused,
        drivers: Vec::new(),
        status: None,
    };
    let crash = FactKind::GuestCrash {
        vm: vm("SQL01", SQL01),
        bugcheck: STOP,
        message: None,
        is_linux: false,
    };
    let mut facts = Facts::default();
    facts
        .log("HV1", "2014-03-10T09:00:00Z", volume("Volume9"))
        .log("HV1", "2014-03-10T10:00:00Z", volume("Volume1"))
        .log("HV2", "2014-03-10T10:00:00Z", volume("Volume2"))
        .log("HV1", "2014-03-10T10:04:00Z", crash);
    let judgement = facts.judge();
    let incident = judgement
        .incidents
        .iter()
        .find(|incident| incident.timeline.iter().any(|it| it.text.contains("crashed")))
        .unwrap();
    let near: Vec<&str> = incident
        .timeline
        .iter()
        .filter(|it| it.is_about_that_time)
        .map(|it| it.text.as_str())
        .collect();
    assert_eq!(near, ["about that time: HV1: Volume1 paused, I/O is queued"]);
}
