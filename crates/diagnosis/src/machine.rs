//! Machines: which names mean one and the same, and why.

mod tie;

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::{FileTime, Guid};

use crate::fact::{Bugcheck, Fact, FactKind, MachineName, Role};
use crate::groups::Groups;
use crate::kind::Kind;
use crate::vm::VirtualMachines;

/// A host, a guest or a cluster node that logged or crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The name to show.
    pub name: String,
    /// Every name that sources and events use for it, sorted.
    pub names: Vec<String>,
    /// The virtual machines that it is.
    pub vm_ids: Vec<Guid>,
    /// Its Windows build, the last that was told.
    pub os_build: Option<u32>,
    /// Host or guest.
    pub role: Role,
    /// Why the names are held to be one machine.
    pub reasons: Vec<String>,
}

/// Machines by name, and the machine of every fact.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) machines: Vec<Machine>,
    pub(crate) of_fact: Vec<usize>,
}

/// Clocks of a host and its guest may differ, and a dump bears the time of the guest.
const CLOCK_SLACK_SECONDS: u64 = 10 * 60;
/// A machine may stay down for long before it logs why it went down.
const LONGEST_DOWN_SECONDS: u64 = 7 * 24 * 60 * 60;

/// A STOP code with parameters that is told more often than this names no crash.
const MAX_TELLERS: usize = 1000;

/// Whether a log written at `report` can speak of a crash at `crash`. Times that are not known
/// do not speak against it.
fn can_report(crash: Option<FileTime>, report: Option<FileTime>) -> bool {
    let (Some(crash), Some(report)) = (crash, report) else { return true };
    crash <= report.saturating_add_seconds(CLOCK_SLACK_SECONDS)
        && report <= crash.saturating_add_seconds(LONGEST_DOWN_SECONDS)
}

/// Finds out which names mean one machine, and which machine is which virtual machine.
pub(crate) fn resolve(facts: &[Fact], vms: &mut VirtualMachines) -> Resolved {
    let mut names = Names::of(facts);
    names.join_short_and_full();
    let told = Told::of(facts, &names);
    names.join_by_crash(&told);
    let tied = tie::tie_guests(facts, vms, &mut names, &told);
    names.into_machines(facts, vms, &tied)
}

/// All names of machines, and which belong together.
struct Names {
    /// In canonical form, sorted.
    all: Vec<MachineName>,
    index: BTreeMap<MachineName, usize>,
    spelled: Vec<BTreeSet<String>>,
    groups: Groups,
    reasons: Vec<(usize, String)>,
}

/// STOP codes that name their crash, and where they are told.
struct Told {
    /// In dumps: name, time.
    dumps: BTreeMap<Bugcheck, Vec<(usize, Option<FileTime>)>>,
    /// In the machine's own log: name, time.
    reports: BTreeMap<Bugcheck, Vec<(usize, Option<FileTime>)>>,
}

impl Names {
    fn of(facts: &[Fact]) -> Self {
        let mut spellings: BTreeMap<MachineName, BTreeSet<String>> = BTreeMap::new();
        for fact in facts {
            let spelled = match &fact.machine {
                MachineName::Computer(name) | MachineName::Source(name) => name,
            };
            spellings.entry(canonical(&fact.machine)).or_default().insert(spelled.clone());
        }
        let all: Vec<MachineName> = spellings.keys().cloned().collect();
        let index = all.iter().cloned().enumerate().map(|(index, name)| (name, index)).collect();
        let groups = Groups::new(all.len());
        Self { all, index, spelled: spellings.into_values().collect(), groups, reasons: Vec::new() }
    }

    fn find(&self, name: &MachineName) -> usize {
        self.index.get(&canonical(name)).copied().unwrap_or_default()
    }

    fn shown(&self, index: usize) -> &str {
        self.spelled.get(index).and_then(|names| names.first()).map_or("", String::as_str)
    }

    fn join(&mut self, left: usize, right: usize, reason: String) {
        if self.groups.join(left, right) {
            self.reasons.push((left, reason));
        }
    }

    /// `hv1` is `hv1.contoso.com` where only one full name begins so.
    fn join_short_and_full(&mut self) {
        let mut full: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, name) in self.all.iter().enumerate() {
            if let MachineName::Computer(name) = name
                && let Some((first, _)) = name.split_once('.')
            {
                full.entry(first).or_default().push(index);
            }
        }
        let pairs: Vec<(usize, usize)> = full
            .iter()
            .filter_map(|(first, indexes)| match indexes.as_slice() {
                [only] => {
                    let short = MachineName::Computer((*first).to_owned());
                    self.index.get(&short).map(|short| (*short, *only))
                }
                _ => None,
            })
            .collect();
        for (short, full) in pairs {
            let reason = format!("{} is short for {}", self.shown(short), self.shown(full));
            self.join(short, full, reason);
        }
    }

    /// A dump belongs to the only computer whose log tells the same STOP code and parameters.
    fn join_by_crash(&mut self, told: &Told) {
        for (bugcheck, dumps) in &told.dumps {
            let Some(reports) = told.reports.get(bugcheck) else { continue };
            for (dump, crash) in dumps {
                let can_report = reports.iter().filter(|(_, report)| can_report(*crash, *report));
                let computers: Vec<usize> = can_report.map(|(name, _)| *name).collect();
                if let Some(computer) = self.only_group(&computers) {
                    let reason = format!(
                        "{} and the log of {} tell the same STOP {bugcheck}",
                        self.shown(*dump),
                        self.shown(computer),
                    );
                    self.join(*dump, computer, reason);
                }
            }
        }
    }

    /// One of `names` if all of them mean one machine.
    fn only_group(&mut self, names: &[usize]) -> Option<usize> {
        let first = *names.first()?;
        let root = self.groups.root(first);
        names.iter().all(|name| self.groups.root(*name) == root).then_some(first)
    }

    fn into_machines(
        mut self,
        facts: &[Fact],
        vms: &mut VirtualMachines,
        tied: &BTreeMap<usize, tie::Tie>,
    ) -> Resolved {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for name in 0..self.all.len() {
            members.entry(self.groups.root(name)).or_default().push(name);
        }
        let mut by_root: Vec<(usize, Machine)> =
            members.iter().map(|(root, members)| (*root, self.machine(members))).collect();
        by_root.sort_by(|left, right| left.1.names.cmp(&right.1.names));
        by_root.sort_by(|left, right| left.1.name.cmp(&right.1.name));
        let position: BTreeMap<usize, usize> =
            by_root.iter().enumerate().map(|(position, (root, _))| (*root, position)).collect();
        for (name, reason) in std::mem::take(&mut self.reasons) {
            let position = position.get(&self.groups.root(name)).copied();
            if let Some((_, machine)) = position.and_then(|position| by_root.get_mut(position)) {
                machine.reasons.push(reason);
            }
        }
        let of_fact: Vec<usize> = facts
            .iter()
            .map(|fact| {
                let root = self.groups.root(self.find(&fact.machine));
                position.get(&root).copied().unwrap_or_default()
            })
            .collect();
        let mut machines: Vec<Machine> = by_root.into_iter().map(|(_, machine)| machine).collect();
        for (vm, tie) in tied {
            let Some(position) = position.get(&self.groups.root(tie.name)) else { continue };
            vms.set_machine(*vm, *position, tie.is_by_crash);
            if let (Some(machine), Some(vm)) = (machines.get_mut(*position), vms.get(*vm)) {
                machine.vm_ids.extend(vm.id);
                machine.role = Role::Guest;
            }
        }
        describe_machines(&mut machines, facts, &of_fact);
        Resolved { machines, of_fact }
    }

    fn machine(&self, members: &[usize]) -> Machine {
        let mut names: Vec<String> = members
            .iter()
            .filter_map(|member| self.spelled.get(*member))
            .flatten()
            .cloned()
            .collect();
        names.sort();
        // A full name says most, a computer name more than that of a dump file.
        let rank = |member: &&usize| match self.all.get(**member) {
            Some(MachineName::Computer(name)) if name.contains('.') => 0,
            Some(MachineName::Computer(_)) => 1,
            _ => 2,
        };
        let shown = members.iter().min_by_key(rank).map_or("", |member| self.shown(*member));
        Machine {
            name: shown.to_owned(),
            names,
            vm_ids: Vec::new(),
            os_build: None,
            role: Role::Unknown,
            reasons: Vec::new(),
        }
    }
}

impl Told {
    fn of(facts: &[Fact], names: &Names) -> Self {
        let mut told = Self { dumps: BTreeMap::new(), reports: BTreeMap::new() };
        for fact in facts {
            let by_bugcheck = match (&fact.kind, &fact.machine) {
                (FactKind::Crash { .. }, _) => &mut told.dumps,
                (
                    FactKind::BugcheckReported { .. } | FactKind::UncleanRestart { .. },
                    MachineName::Computer(_),
                ) => &mut told.reports,
                _ => continue,
            };
            if let Some(bugcheck) = fact.kind.bugcheck().filter(|b| b.identifies_a_crash()) {
                let place = (names.find(&fact.machine), fact.time);
                by_bugcheck.entry(*bugcheck).or_default().push(place);
            }
        }
        told.dumps.retain(|_, places| places.len() <= MAX_TELLERS);
        told.reports.retain(|_, places| places.len() <= MAX_TELLERS);
        told
    }
}

/// Role and build, from what the machine's own facts say.
fn describe_machines(machines: &mut [Machine], facts: &[Fact], of_fact: &[usize]) {
    for (fact, machine) in facts.iter().zip(of_fact) {
        let Some(machine) = machines.get_mut(*machine) else { continue };
        if let Some(build) = build_told(fact) {
            machine.os_build = Some(build);
        }
        let role = match &fact.kind {
            FactKind::Crash { role, .. } => *role,
            kind if Kind::of(kind).is_of_host() => Role::Host,
            _ => Role::Unknown,
        };
        // A guest that is itself a host (nested) is a host to whoever repairs it.
        if role == Role::Host || machine.role == Role::Unknown {
            machine.role = role;
        }
    }
    for machine in machines {
        machine.vm_ids.sort();
        machine.reasons.sort();
        machine.reasons.dedup();
    }
}

/// The build that a fact tells of its machine.
pub(crate) fn build_told(fact: &Fact) -> Option<u32> {
    match fact.kind {
        FactKind::OsVersion { build } => Some(build),
        _ => fact.os_build,
    }
}

/// Computer names are the same in any case; a source is named exactly.
fn canonical(name: &MachineName) -> MachineName {
    match name {
        MachineName::Computer(name) => {
            MachineName::Computer(name.trim().trim_end_matches('.').to_lowercase())
        }
        MachineName::Source(name) => MachineName::Source(name.clone()),
    }
}
