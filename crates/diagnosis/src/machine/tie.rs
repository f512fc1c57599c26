//! Which virtual machine is which computer.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::{Names, Told, can_report};
use crate::fact::{Fact, FactKind, MachineName};
use crate::kind::Kind;
use crate::vm::VirtualMachines;

/// A virtual machine is the machine of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    pub(super) name: usize,
    /// Host and guest tell the same crash; otherwise both are called alike.
    pub(super) is_by_crash: bool,
}

/// A computer that is called as a virtual machine is that one only if both were seen at one time, give
/// or take this: names are used again.
const NAME_SLACK_SECONDS: u64 = 30 * 24 * 60 * 60;

/// By a crash that host and guest tell alike, or else because both are called alike.
pub(super) fn tie_guests(
    facts: &[Fact],
    vms: &VirtualMachines,
    names: &mut Names,
    told: &Told,
) -> BTreeMap<usize, Tie> {
    let mut tied = BTreeMap::new();
    for fact in facts {
        tie_by_crash(fact, vms, names, told, &mut tied);
    }
    tie_by_name(facts, vms, names, &mut tied);
    tied
}

fn tie_by_crash(
    fact: &Fact,
    vms: &VirtualMachines,
    names: &mut Names,
    told: &Told,
    tied: &mut BTreeMap<usize, Tie>,
) {
    let FactKind::GuestCrash { vm, bugcheck, is_linux: false, .. } = &fact.kind else { return };
    let Some(vm) = vms.find(vm) else { return };
    if tied.contains_key(&vm) || !bugcheck.identifies_a_crash() {
        return;
    }
    let places = [told.dumps.get(bugcheck), told.reports.get(bugcheck)];
    let same_crash: Vec<usize> = places
        .into_iter()
        .flatten()
        .flatten()
        .filter(|(_, told)| can_report(fact.time, *told))
        .map(|(name, _)| *name)
        .collect();
    if let Some(guest) = names.only_group(&same_crash) {
        let vm_name = vms.get(vm).map(|vm| vm.display()).unwrap_or_default();
        let reason = format!(
            "{} and the host's record of virtual machine {vm_name} tell the same STOP {bugcheck}",
            names.shown(guest),
        );
        names.reasons.push((guest, reason));
        tied.insert(vm, Tie { name: guest, is_by_crash: true });
    }
}

fn tie_by_name(
    facts: &[Fact],
    vms: &VirtualMachines,
    names: &mut Names,
    tied: &mut BTreeMap<usize, Tie>,
) {
    let spans = Spans::of(facts, vms, names);
    for (label, computers) in by_label(names) {
        // Two computers of that name in two domains: it tells neither.
        if names.only_group(&computers).is_none() {
            continue;
        }
        for computer in computers {
            let root = names.groups.root(computer);
            let Some(MachineName::Computer(name)) = names.all.get(computer) else { continue };
            let vm = vms.only_bearer(name).or_else(|| vms.only_bearer(&label));
            let Some(vm) = vm.filter(|vm| !tied.contains_key(vm)) else { continue };
            if spans.hosts.contains(&root) || !spans.meet(root, vm) {
                continue;
            }
            let vm_name = vms.get(vm).map(|vm| vm.display()).unwrap_or_default();
            let shown = names.shown(computer);
            let reason = format!("virtual machine {vm_name} is called as computer {shown} is");
            names.reasons.push((computer, reason));
            tied.insert(vm, Tie { name: computer, is_by_crash: false });
        }
    }
}

/// Computers by the first part of their names.
fn by_label(names: &Names) -> BTreeMap<String, Vec<usize>> {
    let mut labels: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, name) in names.all.iter().enumerate() {
        if let MachineName::Computer(name) = name {
            let label = name.split('.').next().unwrap_or_default();
            labels.entry(label.to_owned()).or_default().push(index);
        }
    }
    labels
}

/// First and last time at which something was seen.
type Span = (FileTime, FileTime);

/// When computers and virtual machines were seen, and which computers are hosts.
struct Spans {
    /// By the root of a group of names.
    computers: BTreeMap<usize, Span>,
    vms: BTreeMap<usize, Span>,
    hosts: BTreeSet<usize>,
}

impl Spans {
    fn of(facts: &[Fact], vms: &VirtualMachines, names: &mut Names) -> Self {
        let mut spans =
            Self { computers: BTreeMap::new(), vms: BTreeMap::new(), hosts: BTreeSet::new() };
        for fact in facts {
            let name = names.find(&fact.machine);
            let root = names.groups.root(name);
            if Kind::of(&fact.kind).is_of_host() {
                spans.hosts.insert(root);
            }
            let Some(time) = fact.time else { continue };
            let widen = |span: &mut Span| *span = (span.0.min(time), span.1.max(time));
            widen(spans.computers.entry(root).or_insert((time, time)));
            if let Some(vm) = fact.kind.vm().and_then(|vm| vms.find(vm)) {
                widen(spans.vms.entry(vm).or_insert((time, time)));
            }
        }
        spans
    }

    /// Whether both were seen at one time. Times that are not known do not speak against it.
    fn meet(&self, computer: usize, vm: usize) -> bool {
        let (Some(computer), Some(vm)) = (self.computers.get(&computer), self.vms.get(&vm)) else {
            return true;
        };
        computer.0 <= vm.1.saturating_add_seconds(NAME_SLACK_SECONDS)
            && vm.0 <= computer.1.saturating_add_seconds(NAME_SLACK_SECONDS)
    }
}
