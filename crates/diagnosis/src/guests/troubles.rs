//! What happened to guests: crashes, pauses, starts that failed. No judgement, only facts put together.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::{FileTime, Guid};

use super::file_errors::{Deletions, said_of_files};
use crate::crash::{Crash, Crashed, Teller};
use crate::dictionary::EventDictionary;
use crate::evidence::Evidence;
use crate::fact::{FactKind, Locator, Role};
use crate::kind::Kind;
use crate::vm::KnownVm;

/// Something that happened to a guest, however often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestTrouble {
    /// The machine in it, or the virtual machine that only hosts speak of.
    pub guest: String,
    /// Id of the virtual machine.
    pub vm_id: Option<Guid>,
    /// What happened, `crashed with STOP 0x3B`.
    pub what: String,
    /// How often.
    pub count: u64,
    /// When it happened first.
    pub first: Option<FileTime>,
    /// When it happened last.
    pub last: Option<FileTime>,
    /// The hosts that tell it, by display name, sorted; of a crash that none tells, the host on which the
    /// guest's starts and migrations put it.
    pub hosts: Vec<String>,
    /// The rows of [`Tables::stops`](crate::Tables::stops) that it is, by number; none for what is no crash.
    pub stops: Vec<usize>,
    /// Where it stands: the first facts of a bounded number.
    pub citations: Vec<Locator>,
}

/// More places of one trouble say nothing more.
const MAX_CITATIONS: usize = 8;

/// Events that are trouble for the virtual machine which they name, by provider.
const EVENTS: [(&str, &[u32]); 2] = [
    ("Hyper-V-VMMS", &[14070, 14072, 16060]),
    ("Hyper-V-Worker", &[12030, 12040, 12050, 18524, 18528, 18570, 18571, 18572, 18573, 18580]),
];

/// One row for each guest and what happened to it, by guest; `stops` holds the number of the crash of each
/// row of the table of stops.
pub(crate) fn troubles(evidence: &Evidence, stops: &[usize]) -> Vec<GuestTrouble> {
    let mut rows = Rows { evidence, rows: BTreeMap::new() };
    for (row, number) in stops.iter().enumerate() {
        if let Some(crash) = evidence.crashes().get(*number) {
            rows.add_crash(crash, row);
        }
    }
    let deletions = Deletions::of(evidence);
    for index in evidence.of_kind(Kind::VmFileError) {
        let what = said_of_files(evidence, *index).filter(|_| !deletions.explain(evidence, *index));
        if let Some(what) = what {
            rows.add_fact(*index, what);
        }
    }
    for (provider, ids) in EVENTS {
        for index in ids.iter().flat_map(|id| evidence.events(*id)) {
            if let Some(what) = said(evidence, *index, provider) {
                rows.add_fact(*index, what);
            }
        }
    }
    let mut all: Vec<GuestTrouble> = rows.rows.into_values().collect();
    all.sort_by_cached_key(|row| (row.guest.to_lowercase(), row.vm_id, row.first));
    all
}

struct Rows<'a> {
    evidence: &'a Evidence,
    rows: BTreeMap<(Crashed, String), GuestTrouble>,
}

impl Rows<'_> {
    fn add_crash(&mut self, crash: &Crash, row: usize) {
        let is_guest = match crash.crashed {
            Crashed::Vm(_) => true,
            Crashed::Machine(machine) => {
                self.evidence.machines().get(machine).is_some_and(|it| it.role == Role::Guest)
            }
        };
        if !is_guest {
            return;
        }
        let vm = crash.vms(self.evidence).first().copied();
        let told = crash.facts.iter().copied();
        let hosts = told.filter(|index| Teller::of(self.evidence, *index) == Teller::Host);
        let mut hosts: BTreeSet<String> = hosts.filter_map(|index| self.machine(index)).collect();
        if hosts.is_empty() {
            hosts.extend(vm.zip(crash.logged_time).and_then(|(vm, time)| self.host_at(vm, time)));
        }
        let what = crashed(self.evidence, crash);
        let trouble = self.row(crash.crashed, vm, what, crash.logged_time, &crash.facts);
        trouble.stops.push(row);
        add_hosts(trouble, hosts);
    }

    fn add_fact(&mut self, index: usize, what: String) {
        let Some(vm) = self.evidence.vms().named_by(index) else { return };
        let machine = self.evidence.vms().get(vm).and_then(|vm| vm.machine);
        let guest = machine.map_or(Crashed::Vm(vm), Crashed::Machine);
        let host = self.machine(index);
        let time = self.evidence.logged_time(index);
        let trouble = self.row(guest, Some(vm), what, time, &[index]);
        add_hosts(trouble, host);
    }

    /// The host on which a virtual machine was, as its starts and migrations tell.
    fn host_at(&self, vm: usize, time: FileTime) -> Option<String> {
        let host = self.evidence.placement().host_at(vm, time)?;
        self.evidence.machines().get(host).map(|host| host.name.clone())
    }

    fn machine(&self, index: usize) -> Option<String> {
        self.evidence.machine_of(index).map(|machine| machine.name.clone())
    }

    /// The row of a guest's trouble, which happened once more.
    fn row(
        &mut self,
        guest: Crashed,
        vm: Option<usize>,
        what: String,
        time: Option<FileTime>,
        facts: &[usize],
    ) -> &mut GuestTrouble {
        let evidence = self.evidence;
        let row = self.rows.entry((guest, what)).or_insert_with_key(|(guest, what)| GuestTrouble {
            guest: name(evidence, *guest),
            vm_id: vm.and_then(|vm| evidence.vms().get(vm)?.id),
            what: what.clone(),
            count: 0,
            first: None,
            last: None,
            hosts: Vec::new(),
            stops: Vec::new(),
            citations: Vec::new(),
        });
        row.count = row.count.saturating_add(1);
        row.first = row.first.into_iter().chain(time).min();
        row.last = row.last.max(time);
        let room = MAX_CITATIONS.saturating_sub(row.citations.len());
        let facts = facts.iter().filter_map(|index| evidence.fact(*index)).take(room);
        row.citations.extend(facts.map(|fact| fact.locator.clone()));
        row
    }
}

fn add_hosts(row: &mut GuestTrouble, hosts: impl IntoIterator<Item = String>) {
    for host in hosts {
        if let Err(place) = row.hosts.binary_search(&host) {
            row.hosts.insert(place, host);
        }
    }
}

fn name(evidence: &Evidence, guest: Crashed) -> String {
    match guest {
        Crashed::Machine(machine) => {
            evidence.machines().get(machine).map(|machine| machine.name.clone())
        }
        Crashed::Vm(vm) => evidence.vms().get(vm).map(KnownVm::display),
    }
    .unwrap_or_default()
}

/// How a guest stopped.
fn crashed(evidence: &Evidence, crash: &Crash) -> String {
    let kinds = || crash.facts.iter().filter_map(|index| Some(&evidence.fact(*index)?.kind));
    let code = crash.bugcheck.map(|bugcheck| bugcheck.code).filter(|code| *code != 0);
    let driver = kinds().find_map(|kind| match kind {
        FactKind::Crash { blamed: Some(blame), .. } => Some(blame.module.as_str()),
        _ => None,
    });
    if kinds().any(|kind| matches!(kind, FactKind::GuestCrash { is_linux: true, .. })) {
        return "panicked (Linux)".into();
    }
    match (code, driver) {
        (Some(code), Some(driver)) => format!("crashed with STOP {code:#X} in {driver}"),
        (Some(code), None) => format!("crashed with STOP {code:#X}"),
        _ if kinds().any(|kind| matches!(kind, FactKind::GuestTripleFault { .. })) => {
            "was reset after a triple fault".into()
        }
        _ => "restarted without a shutdown".into(),
    }
}

/// What an event of `provider` says of its virtual machine, by the dictionary.
fn said(evidence: &Evidence, index: usize, provider: &str) -> Option<String> {
    let FactKind::Event(event) = &evidence.fact(index)?.kind else { return None };
    if !event.short_provider().eq_ignore_ascii_case(provider) {
        return None;
    }
    let meaning = EventDictionary::get().meaning(event, evidence.build_at(index));
    let [row] = meaning.rows() else { return None };
    Some(row.meaning.strip_prefix("{vm} ").unwrap_or(row.meaning).replace("{vm}", "it"))
}
