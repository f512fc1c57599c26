//! Every event of the corpus that stands alone in a file, against the facts that a reader of the file and
//! of the notes on events expects of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::panic,
    reason = "a panic is how a test fails, and a missing corpus is told"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hvtriage::{Fact, Options, read_facts};
use hvtriage_diagnosis::{Bugcheck, FactKind, MachineName, Vm};

/// Written by hand from the files and the notes on events: file, computer, time, and what the event says.
/// An event of which nothing is said in an analysis has `-` there.
const EXPECTED: &str = include_str!("event_facts.tsv");

fn events() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    let folder = corpus.join("event_xml");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("left out: no real events at {} (set HVTRIAGE_CORPUS)", folder.display());
    None
}

#[test]
fn each_event_says_what_its_file_says() {
    let Some(folder) = events() else { return };
    let rows: Vec<[&str; 4]> = EXPECTED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| *line.split('\t').collect::<Vec<_>>().first_chunk().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let (facts, problems) = read_facts(&[folder.join(row[0])], &Options::default()).unwrap();
        assert_eq!(problems, [], "{}", row[0]);
        let told: Vec<String> = facts.iter().map(|fact| words(&fact.kind)).collect();
        let told = if told.is_empty() { "-".to_owned() } else { told.join("; ") };
        if told != row[3] {
            wrong.push(format!("{}\n  expected {}\n  told     {told}", row[0], row[3]));
        }
        for fact in &facts {
            let (computer, time) = seen(fact);
            if (computer.as_str(), time.as_str()) != (row[1], row[2]) {
                wrong.push(format!("{}: {computer} at {time}", row[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let expected: BTreeSet<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = files.map(|entry| entry.file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| name.ends_with(".xml")).collect::<BTreeSet<_>>(), expected);
}

fn seen(fact: &Fact) -> (String, String) {
    let MachineName::Computer(computer) = &fact.machine else {
        panic!("an event names its computer: {fact:?}");
    };
    (computer.to_string(), fact.time.map(|time| time.to_string()).unwrap_or_default())
}

/// A fact as a row of the table has it.
fn words(kind: &FactKind) -> String {
    match kind {
        FactKind::GuestCrash { vm, bugcheck, message, is_linux } => format!(
            "guest_crash {}, {}, message {}, linux {is_linux}",
            of(vm),
            stop(bugcheck),
            shown(message.as_ref())
        ),
        FactKind::BugcheckReported { bugcheck, dump_path } => {
            format!("bugcheck_reported {}, {}", stop(bugcheck), shown(dump_path.as_ref()))
        }
        FactKind::UncleanRestart { bugcheck, circumstances } => format!(
            "unclean_restart {}, power button {}, sleep {}, firmware {}",
            shown(bugcheck.as_ref().map(stop).as_ref()),
            circumstances.power_button,
            circumstances.sleep_transition,
            circumstances.told_by_firmware
        ),
        FactKind::UnexpectedShutdown { last_alive } => {
            format!(
                "unexpected_shutdown, alive {}",
                shown(last_alive.map(|it| it.to_string()).as_ref())
            )
        }
        FactKind::VmState { vm, state, event_id } => {
            format!("vm_state {} {state:?} ({event_id})", of(vm))
        }
        FactKind::LiveMigration { vm, phase, blackout_seconds, other_host, event_id } => format!(
            "live_migration {} {phase:?}, blackout {}, host {} ({})",
            of(vm),
            shown(blackout_seconds.map(|it| it.to_string()).as_ref()),
            shown(other_host.as_ref()),
            shown(event_id.map(|it| it.to_string()).as_ref())
        ),
        FactKind::FilterLoaded { driver, version } => {
            format!("filter_loaded {driver} {}", shown(version.as_ref()))
        }
        FactKind::FilterUnloaded { driver } => format!("filter_unloaded {driver}"),
        FactKind::VmFileError { vm, component, event_id, hresult, path } => format!(
            "vm_file_error {} {component} {event_id} {}, {}",
            of(vm),
            shown(hresult.map(|code| format!("0x{code:08X}")).as_ref()),
            shown(path.as_ref())
        ),
        FactKind::VmFiles { vm, path } => format!("vm_files {} {path}", of(vm)),
        FactKind::HyperVHost {} => "hyper_v_host".into(),
        FactKind::OsVersion { build } => format!("os_version {build}"),
        FactKind::Event(event) => {
            let values: Vec<&str> = event.values.iter().map(|value| value.text.trim()).collect();
            let vm = event.vm.as_ref().map(of);
            format!(
                "event {} {} of {}: {}",
                event.provider,
                event.id,
                shown(vm.as_ref()),
                values.join("|")
            )
        }
        other => format!("{other:?}"),
    }
}

fn shown<T: AsRef<str> + ?Sized>(text: Option<&T>) -> &str {
    text.map_or("-", T::as_ref)
}

fn of(vm: &Vm) -> String {
    let id = vm.id.map(|id| id.to_string().to_uppercase());
    format!("{}/{}", shown(vm.name.as_ref()), shown(id.as_ref()))
}

fn stop(bugcheck: &Bugcheck) -> String {
    let parameters = bugcheck.parameters.map(|parameter| format!("{parameter:#x}"));
    format!("{:#x} ({})", bugcheck.code, parameters.join(", "))
}
