//! Virtual machines and computers that are called alike: the weakest of ties.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::{Reported, Tie};
use crate::kind::Kind;
use crate::machine::names::Names;
use crate::machine::reason::{ReasonKind, Strength};
use crate::vm::VirtualMachines;

/// A computer that is called as a virtual machine is that one only if both were seen at one time, give
/// or take this: names are used again.
const NAME_SLACK_SECONDS: u64 = 30 * 24 * 60 * 60;

/// Ties what nothing surer ties, and nothing speaks against.
pub(super) fn claim_by_name(
    vms: &VirtualMachines,
    names: &mut Names<'_>,
    reported: &Reported,
    tied: &mut BTreeMap<usize, Tie>,
) {
    let spans = Spans::of(vms, names);
    let surely_tied: BTreeSet<usize> =
        tied.values().map(|tie| names.groups.root(tie.name)).collect();
    let labels: Vec<(String, Vec<usize>)> =
        names.labels().map(|(label, names)| (label.to_owned(), names.to_vec())).collect();
    for (label, computers) in labels {
        // Two computers of that name in two domains: it tells neither.
        if names.only_group(&computers).is_none() {
            continue;
        }
        for computer in computers {
            let root = names.groups.root(computer);
            let Some(name) = names.computer(computer) else { continue };
            let vm = vms.only_bearer(name).or_else(|| vms.only_bearer(&label));
            let Some(vm) = vm.filter(|vm| !tied.contains_key(vm)) else { continue };
            if !names.is_seen(computer)
                || surely_tied.contains(&root)
                || spans.hosts.contains(&root)
                || !spans.meet(root, vm)
                || reported.speaks_against(vm, computer, names)
            {
                continue;
            }
            let Some(known) = vms.get(vm) else { continue };
            let words = format!(
                "virtual machine {} is called as computer {} is",
                known.display(),
                names.shown(computer)
            );
            let mut reason =
                names.reason(Strength::Likely, ReasonKind::VmName, words, &[known.first]);
            reason.locators.extend(names.place(computer));
            names.add_reason(computer, reason);
            tied.insert(vm, Tie { name: computer, strength: Strength::Likely });
        }
    }
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
    fn of(vms: &VirtualMachines, names: &mut Names<'_>) -> Self {
        let mut spans =
            Self { computers: BTreeMap::new(), vms: BTreeMap::new(), hosts: BTreeSet::new() };
        for (index, fact) in names.facts().iter().enumerate() {
            let root = names.root_of_fact(index);
            if Kind::of(&fact.kind).is_of_host() {
                spans.hosts.insert(root);
            }
            let Some(time) = fact.time else { continue };
            let widen = |span: &mut Span| *span = (span.0.min(time), span.1.max(time));
            widen(spans.computers.entry(root).or_insert((time, time)));
            if let Some(vm) = vms.named_by(index) {
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
