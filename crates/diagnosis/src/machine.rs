//! Machines: which names mean one and the same, and why.

mod addresses;
mod beside;
mod builds;
mod cluster;
mod firmware;
mod lookup;
mod names;
mod own_names;
mod reason;
mod renames;
mod roles;
mod short_names;
mod sites;
mod tie;
mod told;

use std::collections::BTreeMap;

use hvtriage_winfmt::Guid;

use crate::clock::{self, ClockOffset};
use crate::fact::{Fact, FactKind, Role};
use crate::migration_ends::migration_ends;
use crate::vm::VirtualMachines;
pub use cluster::Cluster;
use firmware::FirmwareIds;
pub(crate) use lookup::Lookup;
use names::Names;
pub use names::first_label;
pub use reason::{Doubt, Reason, ReasonKind, Strength};
pub use roles::{MachineRole, SeenRole};
pub(crate) use sites::Sites;
use tie::Tie;
use told::{Told, join_by_crash};

/// A host, a guest or a cluster node that logged or crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The name to show.
    pub name: String,
    /// Whether a source gives it a name. Else the name is that of a dump or a file, and two such machines
    /// may be one.
    pub is_named: bool,
    /// Every name that sources and events use for it, sorted.
    pub names: Vec<String>,
    /// The virtual machines that it is.
    pub vm_ids: Vec<Guid>,
    /// Its Windows build, the last that was told.
    pub os_build: Option<u32>,
    /// Host or guest: a guest that is itself a host is a host to whoever repairs it.
    pub role: Role,
    /// Everything that it is, each once, and what shows it.
    pub roles: Vec<SeenRole>,
    /// Why the names are held to be one machine, the surest first.
    pub reasons: Vec<Reason>,
    /// Its network addresses, as far as migrations show them.
    pub addresses: Vec<String>,
    /// The cluster of which it is a node, where the evidence shows other nodes or the name.
    pub cluster: Option<Cluster>,
    /// How far its clock is ahead of that of another machine, where enough events tell.
    pub clock: Option<ClockOffset>,
    /// What speaks against holding more names, or even these, to be one machine.
    pub doubts: Vec<Doubt>,
}

impl Machine {
    /// A machine of which nothing but its name is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_named: true,
            names: vec![name.to_owned()],
            vm_ids: Vec::new(),
            os_build: None,
            role: Role::Unknown,
            roles: Vec::new(),
            reasons: Vec::new(),
            doubts: Vec::new(),
            addresses: Vec::new(),
            clock: None,
            cluster: None,
        }
    }
}

/// Machines by name, and the machine of every fact.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) machines: Vec<Machine>,
    pub(crate) of_fact: Vec<usize>,
    pub(crate) lookup: Lookup,
    pub(crate) vms: VirtualMachines,
}

/// A machine shows no more doubts than this; a thousand dumps may differ in one way.
const MAX_DOUBTS: usize = 20;

/// Finds out which names mean one machine, and which machine is which virtual machine.
pub(crate) fn resolve(facts: &[Fact]) -> Resolved {
    let mut names = Names::of(facts);
    renames::join_renamed(&mut names);
    own_names::join_own_names(&mut names);
    short_names::join_short_and_full(&mut names);
    let firmware = FirmwareIds::of(&names);
    firmware.join(&mut names);
    let told = Told::of(facts);
    join_by_crash(&mut names, &told);
    beside::join_beside(&mut names);
    names.doubt_names_of_two();
    let sites = Sites::of(&mut names);
    let mut vms = VirtualMachines::collect(facts, &sites);
    let tied = tie::tie_guests(&vms, &mut names, &told, &firmware);
    let (machines, of_fact, lookup) = into_machines(names, &mut vms, &tied);
    Resolved { machines, of_fact, lookup, vms }
}

fn into_machines(
    mut names: Names<'_>,
    vms: &mut VirtualMachines,
    tied: &BTreeMap<usize, Tie>,
) -> (Vec<Machine>, Vec<usize>, Lookup) {
    let facts = names.facts();
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for name in 0..names.len() {
        members.entry(names.groups.root(name)).or_default().push(name);
    }
    // A name that is only mentioned is no machine that logged or crashed.
    members.retain(|_, members| members.iter().any(|name| names.is_seen(*name)));
    let mut by_root: Vec<(usize, Machine)> =
        members.iter().map(|(root, members)| (*root, machine(&names, members))).collect();
    by_root.sort_by(|left, right| {
        let key = |one: &(usize, Machine)| (one.1.name.clone(), one.1.names.clone(), one.0);
        key(left).cmp(&key(right))
    });
    let position: BTreeMap<usize, usize> =
        by_root.iter().enumerate().map(|(position, (root, _))| (*root, position)).collect();
    let mut machines: Vec<Machine> = by_root.into_iter().map(|(_, machine)| machine).collect();
    for (name, reason) in names.take_reasons() {
        let position = position.get(&names.groups.root(name)).copied();
        if let Some(machine) = position.and_then(|position| machines.get_mut(position)) {
            machine.reasons.push(reason);
        }
    }
    for (name, doubt) in names.take_doubts() {
        let position = position.get(&names.groups.root(name)).copied();
        if let Some(machine) = position.and_then(|position| machines.get_mut(position)) {
            machine.doubts.push(doubt);
        }
    }
    let of_fact: Vec<usize> = (0..facts.len())
        .map(|fact| position.get(&names.root_of_fact(fact)).copied().unwrap_or_default())
        .collect();
    for (vm, tie) in tied {
        let Some(position) = position.get(&names.groups.root(tie.name)) else { continue };
        vms.set_machine(*vm, *position, tie.strength);
        if let (Some(machine), Some(vm)) = (machines.get_mut(*position), vms.get(*vm)) {
            machine.vm_ids.extend(vm.id);
        }
    }
    for (fact, machine) in facts.iter().zip(&of_fact) {
        if let Some(machine) = machines.get_mut(*machine)
            && let Some(build) = build_told(fact)
        {
            machine.os_build = Some(build);
        }
    }
    let mut lookup = Lookup::default();
    for name in 0..names.len() {
        let machine = position.get(&names.groups.root(name));
        if let (Some(computer), Some(machine)) = (names.computer(name), machine) {
            lookup.add(computer, *machine);
        }
    }
    roles::find(&mut machines, facts, &of_fact, vms);
    cluster::find(&mut machines, &lookup, facts, &of_fact);
    let migrations = migration_ends(facts, &of_fact, vms);
    addresses::find(&mut machines, &mut lookup, facts, &migrations);
    clock::find(&mut machines, facts, &of_fact, vms, &migrations);
    for machine in &mut machines {
        machine.roles.sort();
        machine.vm_ids.sort();
        machine.vm_ids.dedup();
        machine.reasons.sort();
        machine.reasons.dedup();
        machine.doubts.sort();
        machine.doubts.dedup();
        machine.doubts.truncate(MAX_DOUBTS);
    }
    (machines, of_fact, lookup)
}

fn machine(names: &Names<'_>, members: &[usize]) -> Machine {
    let (spelled, name) = names.spellings(members);
    Machine {
        name,
        is_named: true,
        names: spelled,
        vm_ids: Vec::new(),
        os_build: None,
        role: Role::Unknown,
        roles: Vec::new(),
        reasons: Vec::new(),
        doubts: Vec::new(),
        addresses: Vec::new(),
        cluster: None,
        clock: None,
    }
}

/// The build that a fact tells of its machine.
pub(crate) fn build_told(fact: &Fact) -> Option<u32> {
    match fact.kind {
        FactKind::OsVersion { build } => Some(build),
        _ => fact.os_build,
    }
}
