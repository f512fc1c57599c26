//! What would tell more: dumps that are not at hand or were never written, hosts that are only named.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Bugcheck, Evidence, Fact, FactKind, Locator, LoggedEvent, MachineName, MigrationPhase,
    MissingLog, Place, RuleSet, Source, SourceKind, Tables, Vm, coverage, judge, missing,
};
use hvtriage_winfmt::{FileOffset, FileTime};

const STOP: Bugcheck = Bugcheck { code: 0x3b, parameters: [0xc000_0005, 1, 2, 0] };
const OTHER: Bugcheck = Bugcheck { code: 0x50, parameters: [0xffff_8000_0000_1000, 0, 0, 0] };

fn time(text: &str) -> FileTime {
    text.parse().unwrap()
}

/// What is asked for where computers tell these facts, each in its System log.
fn asked(told: Vec<(&str, &str, FactKind)>) -> Vec<MissingLog> {
    asked_by(&RuleSet::default(), told)
}

/// The same with rules that want more.
fn asked_by(rules: &RuleSet, told: Vec<(&str, &str, FactKind)>) -> Vec<MissingLog> {
    let mut sources: Vec<Source> = Vec::new();
    let facts = told.into_iter().zip(1_u64..).map(|((computer, at, kind), id)| {
        let name = format!("{computer}.evtx");
        if !sources.iter().any(|source| source.name == name) {
            let mut source = Source::new(&name, SourceKind::EventLog, 0);
            source.computer = Some(computer.into());
            source.channel = Some("System".into());
            source.first_time = Some(time("2012-01-01T00:00:00Z"));
            source.last_time = Some(time("2012-12-31T00:00:00Z"));
            sources.push(source);
        }
        Fact {
            locator: Locator {
                source: name.into(),
                place: Place::Record { id, offset: FileOffset(0x1000 + id) },
            },
            time: Some(time(at)),
            machine: MachineName::Computer(computer.into()),
            os_build: None,
            kind,
        }
    });
    let facts = facts.collect();
    gathered(rules, facts, &sources)
}

fn gathered(rules: &RuleSet, facts: Vec<Fact>, sources: &[Source]) -> Vec<MissingLog> {
    let evidence = Evidence::gather(facts);
    let judgement = judge(&evidence, rules);
    let tables = Tables::of(&evidence);
    let logs = coverage(sources, evidence.machines(), &[]);
    missing(sources, evidence.machines(), &logs, &judgement, &tables)
}

fn reported(bugcheck: Bugcheck, path: Option<&str>) -> FactKind {
    FactKind::BugcheckReported { bugcheck, dump_path: path.map(str::to_owned) }
}

fn restart(bugcheck: Bugcheck) -> FactKind {
    FactKind::UncleanRestart { bugcheck: Some(bugcheck), circumstances: Default::default() }
}

fn volmgr(id: u32) -> FactKind {
    let logged = LoggedEvent { provider: "volmgr".into(), id, ..LoggedEvent::default() };
    FactKind::Event(Box::new(logged))
}

fn vm(name: &str) -> Vm {
    Vm { id: "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12".parse().ok(), name: Some(name.into()) }
}

#[test]
fn a_dump_is_asked_for_once_for_a_machine() {
    let all = asked(vec![
        ("SQL1", "2012-01-10T10:00:00Z", reported(STOP, Some(r"C:\Windows\MEMORY.DMP"))),
        ("SQL1", "2012-02-10T10:00:00Z", reported(STOP, None)),
        ("SQL1", "2012-03-10T10:00:00Z", reported(OTHER, None)),
    ]);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(!all[0].is_lost && all[0].machine == "SQL1");
    assert_eq!(
        all[0].reason,
        "only logs tell of STOP 0x3B, STOP 0x50, 3 times from 2012-01-10 10:00:00 to \
         2012-03-10 10:00:00; saved as C:\\Windows\\MEMORY.DMP"
    );
}

/// WER 1018 and `volmgr` 161 tell of the dump of a crash, `volmgr` 49 of every one until the next start.
#[test]
fn a_dump_that_was_never_written_or_is_gone_is_not_asked_for() {
    let lost = |event_id, reason: &str| FactKind::DumpNotSaved {
        event_id,
        reason: reason.into(),
        bugcheck: None,
    };
    let is_lost = |told| {
        let all = asked(told);
        assert_eq!(all.len(), 1, "{all:?}");
        (all[0].is_lost, all[0].reason.clone())
    };
    let crash = ("SQL1", "2012-01-10T10:00:00Z", restart(STOP));
    let (gone, reason) = is_lost(vec![
        crash.clone(),
        ("SQL1", "2012-01-10T10:00:30Z", lost(1018, "the dump was deleted")),
    ]);
    assert!(gone);
    assert_eq!(
        reason,
        "there is none of STOP 0x3B at 2012-01-10 10:00:00, since the dump was deleted"
    );
    // No full dump: a small one may be there.
    let full = ("SQL1", "2012-01-10T10:00:30Z", lost(1000, "no full dump was saved"));
    assert!(!is_lost(vec![crash.clone(), full]).0);
    let (gone, reason) =
        is_lost(vec![crash.clone(), ("SQL1", "2012-01-10T10:00:20Z", volmgr(161))]);
    assert!(gone && reason.ends_with("since a dump could not be written at the crash"));
    let start = |at| ("SQL1", at, FactKind::OsVersion { build: 7601 });
    let not_set_up = ("SQL1", "2012-01-01T08:00:05Z", volmgr(49));
    let before = vec![start("2012-01-01T08:00:00Z"), not_set_up, crash.clone()];
    assert!(is_lost(before.clone()).0);
    // It was set up at a later start; another machine's is its own matter; a dump that was saved is there.
    let mut later = before.clone();
    later.push(start("2012-01-05T08:00:00Z"));
    assert!(!is_lost(later).0);
    let other = ("SQL1", "2012-01-10T10:00:20Z", volmgr(161));
    let mut saved = vec![crash.clone(), other];
    saved.push(("SQL1", "2012-01-10T10:00:40Z", reported(STOP, Some("C:/MEMORY.DMP"))));
    assert!(!is_lost(saved).0);
    let of_another = asked(vec![crash, ("WEB1", "2012-01-10T10:00:20Z", volmgr(161))]);
    assert!(of_another.iter().all(|one| !one.is_lost), "{of_another:?}");
}

/// WER 1000 tells that no full dump was saved; a small one may have been.
#[test]
fn where_no_full_dump_was_saved_the_small_one_is_asked_for() {
    let unsaved = FactKind::DumpNotSaved {
        event_id: 1000,
        reason: "no full dump was saved".into(),
        bugcheck: Some(STOP),
    };
    let asked = asked(vec![
        ("HV1", "2012-01-02T10:00:00Z", restart(STOP)),
        ("HV1", "2012-01-02T10:01:00Z", unsaved),
    ]);
    let [one] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(one.what, "the small dump, if there is one");
    assert!(!one.is_lost);
}

/// Only Kernel-Power 41 tells of the stop, so its time is that of the start after it. The drivers of that start
/// write before the event log tells the version.
#[test]
fn what_the_start_after_a_stop_says_of_dumps_is_of_the_next_stop() {
    let start = |at| ("HV1", at, FactKind::OsVersion { build: 9600 });
    let said = |id, at| ("HV1", at, volmgr(id));
    let is_lost = |mut told: Vec<(&'static str, &'static str, FactKind)>| {
        told.push(start("2016-03-01T08:00:05Z"));
        told.push(start("2016-03-10T08:00:05Z"));
        told.push(("HV1", "2016-03-10T08:00:06Z", restart(STOP)));
        let all = asked(told);
        let dumps: Vec<_> = all.iter().filter(|one| one.reason.contains("0x3B")).collect();
        assert_eq!(dumps.len(), 1, "{all:?}");
        dumps[0].is_lost
    };
    assert!(!is_lost(vec![said(46, "2016-03-10T08:00:01Z")]), "set up no more since");
    assert!(is_lost(vec![said(46, "2016-03-01T08:00:00Z")]), "not set up before");
    assert!(is_lost(vec![said(161, "2016-03-10T08:00:04Z")]), "not written at it");
    assert!(!is_lost(vec![said(161, "2016-03-09T08:00:04Z")]), "of another");
    // The kernel tells the version of a start that takes minutes before drivers and the event log do.
    let slow = vec![start("2016-03-10T07:55:00Z"), said(46, "2016-03-10T07:55:03Z")];
    assert!(!is_lost(slow));
    // It stopped again within minutes: 161 may be of either stop.
    let again = ("HV1", "2016-03-10T08:05:06Z", restart(OTHER));
    assert!(!is_lost(vec![said(161, "2016-03-10T08:05:04Z"), again]));
}

#[test]
fn a_host_that_a_migration_names_is_asked_for_where_the_guest_stopped() {
    let moved = || FactKind::LiveMigration {
        vm: vm("SQL1"),
        phase: MigrationPhase::Started,
        blackout_seconds: None,
        other_host: Some("HV9".into()),
        event_id: None,
    };
    let crash = |at| {
        let kind =
            FactKind::GuestCrash { vm: vm("SQL1"), bugcheck: STOP, message: None, is_linux: false };
        ("HV1", at, kind)
    };
    let hosts = |told| {
        let all = asked(told);
        let of_host = all.into_iter().filter(|one| one.machine == "HV9");
        of_host.map(|one| one.reason).collect::<Vec<_>>()
    };
    let migration = || ("HV1", "2012-01-10T10:00:00Z", moved());
    assert!(hosts(vec![migration()]).is_empty(), "of what went well nobody needs a log");
    assert_eq!(
        hosts(vec![migration(), crash("2012-01-10T10:05:00Z")]),
        ["the migration of SQL1 to or from it was about a stop of the guest"]
    );
    assert!(hosts(vec![migration(), crash("2012-01-11T10:05:00Z")]).is_empty());
}

/// A guest that was moved three hours before its dump was written. Its hosts' System logs end weeks before,
/// as the logs of the fixture cover only what they are told to.
#[test]
fn logs_of_the_hosts_of_a_guest_that_stopped_are_asked_for() {
    let step = |id| FactKind::LiveMigration {
        vm: vm("SQL1"),
        phase: MigrationPhase::Step,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(id),
    };
    let asked_of = |last: &str, stop: FactKind, teller: &str| {
        let facts = [
            ("HV1", "2012-02-17T00:41:30Z", step(22501)),
            ("HV2", "2012-02-17T00:41:31Z", step(22502)),
            ("HV1", "2012-02-17T00:42:50Z", step(22503)),
            ("HV2", "2012-02-17T00:42:51Z", step(22504)),
            ("SQL1", "2012-02-17T00:00:00Z", FactKind::OsVersion { build: 7601 }),
            (teller, "2012-02-17T03:43:36Z", stop),
        ];
        let facts = facts.into_iter().zip(1_u64..).map(|((computer, at, kind), id)| Fact {
            locator: Locator {
                source: computer.into(),
                place: Place::Record { id, offset: FileOffset(id) },
            },
            time: Some(time(at)),
            machine: MachineName::Computer(computer.into()),
            os_build: None,
            kind,
        });
        let source = |computer: &str, channel: &str, last: &str| {
            let mut source = Source::new(computer, SourceKind::EventLog, 0);
            (source.computer, source.channel) = (Some(computer.into()), Some(channel.into()));
            source.first_time = Some(time("2011-12-01T00:00:00Z"));
            source.last_time = Some(time(last));
            source
        };
        // Of Hyper-V's own logs HV1 has one, which was quiet for weeks.
        let sources = [
            source("HV1", "System", last),
            source("HV1", "Microsoft-Windows-Hyper-V-Worker-Admin", "2012-01-01T00:00:00Z"),
            source("HV2", "System", "2012-02-18T00:00:00Z"),
        ];
        let all = gathered(&RuleSet::default(), facts.collect(), &sources);
        let of_hosts = all.into_iter().filter(|one| one.machine.starts_with("HV"));
        of_hosts
            .map(|one| format!("{}: {}: {}", one.machine, one.what, one.reason))
            .collect::<Vec<_>>()
    };
    let moved = "a guest that was moved to or from it stopped: SQL1 at 2012-02-17 03:43:36";
    let vmms = "the log Microsoft-Windows-Hyper-V-VMMS-Admin: it is not there";
    let worker = "the log Microsoft-Windows-Hyper-V-Worker-Admin: it is not there";
    assert_eq!(
        asked_of("2011-12-29T00:00:00Z", restart(STOP), "SQL1"),
        [
            format!("HV1: {vmms}; {moved}"),
            format!("HV1: the log System: it ends more than a week before; {moved}"),
            format!("HV2: {vmms}; {moved}"),
            format!("HV2: {worker}; {moved}"),
        ]
    );
    assert!(
        !asked_of("2012-02-16T00:00:00Z", restart(STOP), "SQL1").concat().contains("System"),
        "a day without an event is no gap"
    );
    let told =
        FactKind::GuestCrash { vm: vm("SQL1"), bugcheck: STOP, message: None, is_linux: false };
    assert!(asked_of("2011-12-29T00:00:00Z", told, "HV2").is_empty(), "the host tells it");
}

/// Which services a guest has, and which filters are loaded, no log of VMMS decides.
#[test]
fn logs_that_would_not_tell_more_are_not_asked_for() {
    let asked = |theme: &str| {
        let rule = format!(
            "{{id: X, title: X, severity: high, confidence: low, theme: {theme}, message: X, \
             explain: X, remedy: X, when: {{it: {{kind: filter_loaded}}}}}}"
        );
        let mut rules = RuleSet::default();
        rules.load("x.yaml", &rule).unwrap();
        let loaded = FactKind::FilterLoaded { driver: "mfehidk.sys".into(), version: None };
        let host = FactKind::HyperVHost {};
        let told =
            vec![("HV1", "2012-01-10T10:00:00Z", host), ("HV1", "2011-12-10T10:00:00Z", loaded)];
        asked_by(&rules, told).into_iter().map(|one| one.what).collect::<Vec<_>>()
    };
    let all =
        ["VMMS-Admin", "Worker-Admin"].map(|it| format!("the log Microsoft-Windows-Hyper-V-{it}"));
    assert_eq!(asked("storage"), [all.as_slice(), &["the log System".to_owned()]].concat());
    assert_eq!(asked("antivirus"), ["the log System"]);
    assert!(asked("integration").is_empty());
}

/// A rule about crashes of guests that a raw event of VMMS, of the guest's host, would make surer.
#[test]
fn a_rule_wants_the_log_of_a_host_that_is_known_by_name_alone() {
    let rule = "{id: FULL, title: X, severity: high, confidence: low, theme: crash, message: X, \
                explain: X, remedy: X, when: {crash: {kind: bugcheck_reported}}, \
                supported_by: {full: {kind: event, event.provider: Hyper-V-VMMS, event.id: 16060, \
                same_vm: crash, within: 1h around crash, raises_to: high}}}";
    let mut rules = RuleSet::default();
    rules.load("x.yaml", rule).unwrap();
    let moved = |phase, host: Option<&str>| FactKind::LiveMigration {
        vm: vm("SQL1"),
        phase,
        blackout_seconds: None,
        other_host: host.map(str::to_owned),
        event_id: None,
    };
    let report = FactKind::GuestReport {
        vm: vm("SQL1"),
        computer: Some("SQL1".into()),
        os_name: None,
        os_build: None,
        integration_version: None,
        integration_state: None,
        services: Vec::new(),
        host: None,
        host_is_2016_or_later: None,
        uptime_seconds: None,
    };
    let begun = |host| ("HV1", "2012-01-10T09:00:00Z", moved(MigrationPhase::Started, Some(host)));
    // The end names no host.
    let left = |at| ("HV1", at, moved(MigrationPhase::FinishedAtSource, None));
    let crash = || ("SQL1", "2012-01-10T12:00:00Z", reported(STOP, None));
    let wanted = |told: Vec<_>| {
        let mut all = asked_by(&rules, told);
        all.retain(|one| one.machine != "SQL1" && one.what.starts_with("the log"));
        all
    };
    let of_host = wanted(vec![
        ("SQL1", "2012-01-01T10:00:00Z", report.clone()),
        begun("HV9"),
        left("2012-01-10T09:01:00Z"),
        crash(),
    ]);
    assert_eq!(of_host.len(), 1, "{of_host:?}");
    assert_eq!(of_host[0].machine, "HV9");
    assert_eq!(of_host[0].what, "the log Microsoft-Windows-Hyper-V-VMMS-Admin");
    assert_eq!(of_host[0].reason, "it may raise FULL from low to high confidence");
    let report = ("SQL1", "2012-01-01T10:00:00Z", report);
    let by_address =
        vec![report.clone(), begun("192.0.2.9"), left("2012-01-10T09:01:00Z"), crash()];
    assert!(wanted(by_address).is_empty());
    // Where it went when it left again is not known.
    let twice = vec![
        report.clone(),
        begun("HV9"),
        left("2012-01-10T09:01:00Z"),
        left("2012-01-10T11:00:00Z"),
        crash(),
    ];
    assert!(wanted(twice).is_empty());
    // A host that is known to be called so is where it went.
    let known = vec![
        report,
        ("HV9", "2012-01-01T10:00:00Z", FactKind::HyperVHost {}),
        begun("HV9"),
        left("2012-01-10T09:01:00Z"),
        crash(),
    ];
    let of_known = wanted(known);
    assert!(of_known.iter().any(|one| one.machine == "HV9"), "{of_known:?}");
}

/// Of a cluster in which a node was lost the other's logs are wanted; of one in which all is well none.
#[test]
fn a_node_that_is_only_named_is_asked_for_where_something_broke() {
    let rule = "{id: LOST, title: X, severity: high, confidence: high, theme: cluster, message: X, \
                explain: X, remedy: X, when: {lost: {kind: node_lost}}}";
    let mut rules = RuleSet::default();
    rules.load("x.yaml", rule).unwrap();
    let told = || vec![("HV1", "2012-01-10T10:00:00Z", FactKind::NodeLost { node: "HV2".into() })];
    let all = asked_by(&rules, told());
    let nodes: Vec<_> = all.iter().filter(|one| one.machine == "HV2").collect();
    assert_eq!(nodes.len(), 1, "{all:?}");
    assert_eq!(nodes[0].reason, "it is a node of the cluster of HV1");
    assert!(asked(told()).is_empty());
}

/// What was exported without the names of its logs tells of a computer all the same.
#[test]
fn a_node_that_tells_anything_is_no_missing_node() {
    let rule = "{id: LOST, title: X, severity: high, confidence: high, theme: cluster, message: X, \
                explain: X, remedy: X, when: {lost: {kind: node_lost}}}";
    let mut rules = RuleSet::default();
    rules.load("x.yaml", rule).unwrap();
    let fact = |computer: &str, id, kind| Fact {
        locator: Locator {
            source: "all.evtx".into(),
            place: Place::Record { id, offset: FileOffset(0x1000) },
        },
        time: Some(time("2012-01-10T10:00:00Z")),
        machine: MachineName::Computer(computer.into()),
        os_build: None,
        kind,
    };
    let lost = |node: &str| FactKind::NodeLost { node: node.into() };
    let facts = || {
        vec![
            fact("HV1.corp.local", 1, lost("HV2")),
            fact("HV2.corp.local", 2, lost("HV1")),
            fact("HV2.corp.local", 3, lost("HV3")),
        ]
    };
    let mut source = Source::new("all.evtx", SourceKind::EventLog, 0);
    source.channel = Some("System".into());
    let asked = |source: &Source| {
        let all = gathered(&rules, facts(), std::slice::from_ref(source));
        all.into_iter().map(|one| one.machine).collect::<Vec<_>>()
    };
    assert_eq!(asked(&source), ["HV3"]);
    source.channel = None;
    assert!(asked(&source).is_empty(), "it may be the log of HV3");
}

/// Each of 40 hosts has lost 50 nodes that nobody else speaks of.
#[test]
fn no_more_is_asked_for_than_can_be_read() {
    let rule = "{id: LOST, title: X, severity: high, confidence: high, theme: cluster, message: X, \
                explain: X, remedy: X, when: {lost: {kind: node_lost}}}";
    let mut rules = RuleSet::default();
    rules.load("x.yaml", rule).unwrap();
    let names: Vec<String> = (0..40).map(|host| format!("HV{host}")).collect();
    let told = names.iter().enumerate().flat_map(|(host, name)| {
        (0..50).map(move |node| {
            let kind = FactKind::NodeLost { node: format!("N{host}X{node}") };
            (name.as_str(), "2012-01-10T10:00:00Z", kind)
        })
    });
    assert_eq!(asked_by(&rules, told.collect()).len(), 50);
}
