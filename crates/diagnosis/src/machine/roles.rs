//! What a machine is: host, guest, cluster node, or a host that is itself a guest.

use std::collections::BTreeMap;

use super::{Machine, Strength};
use crate::fact::{Fact, FactKind, Locator, Role};
use crate::kind::Kind;
use crate::vm::VirtualMachines;

/// A role, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenRole {
    /// The role.
    pub role: MachineRole,
    /// What shows it, one clause.
    pub words: String,
    /// Where that stands.
    pub locator: Option<Locator>,
}

/// What a machine is to Hyper-V and to its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MachineRole {
    /// It runs virtual machines.
    Host,
    /// It is a virtual machine.
    Guest,
    /// It is a node of a failover cluster.
    Node,
    /// It is a virtual machine that runs virtual machines.
    NestedHost,
}

impl MachineRole {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Guest => "guest",
            Self::Node => "node",
            Self::NestedHost => "nested_host",
        }
    }
}

/// Finds the roles of all machines, each shown by the first fact that does.
pub(super) fn find(
    machines: &mut [Machine],
    facts: &[Fact],
    of_fact: &[usize],
    vms: &VirtualMachines,
) {
    let mut seen: BTreeMap<(usize, MachineRole), SeenRole> = BTreeMap::new();
    for (fact, machine) in facts.iter().zip(of_fact) {
        for (role, words) in shown_by(fact).into_iter().flatten() {
            seen.entry((*machine, role)).or_insert_with(|| SeenRole {
                role,
                words: words.to_owned(),
                locator: Some(fact.locator.clone()),
            });
        }
    }
    let mut is_likely_guest = vec![false; machines.len()];
    for (_, vm) in vms.iter() {
        let Some((machine, strength)) = vm.machine.zip(vm.tie) else { continue };
        let words = match strength {
            Strength::Likely => format!("it is called as virtual machine {} is", vm.display()),
            _ => format!("it is virtual machine {}", vm.display()),
        };
        let locator = facts.get(vm.first).map(|fact| fact.locator.clone());
        let role = MachineRole::Guest;
        let is_new = !seen.contains_key(&(machine, role));
        if let Some(slot) = is_likely_guest.get_mut(machine) {
            *slot |= is_new && strength == Strength::Likely;
        }
        seen.entry((machine, role)).or_insert(SeenRole { role, words, locator });
    }
    for ((machine, _), role) in seen {
        if let Some(machine) = machines.get_mut(machine) {
            machine.roles.push(role);
        }
    }
    for (machine, is_likely_guest) in machines.iter_mut().zip(is_likely_guest) {
        let of = |role| machine.roles.iter().find(|seen| seen.role == role);
        let (host, guest) = (of(MachineRole::Host), of(MachineRole::Guest));
        machine.role = match (host, guest) {
            (Some(_), _) => Role::Host,
            (None, Some(_)) => Role::Guest,
            (None, None) => Role::Unknown,
        };
        if let (Some(host), Some(guest), false) = (host, guest, is_likely_guest) {
            let words = format!("{}, and {}", guest.words, host.words);
            let locator = host.locator.clone();
            machine.roles.push(SeenRole { role: MachineRole::NestedHost, words, locator });
        }
    }
}

/// The roles that a fact shows of its own machine.
fn shown_by(fact: &Fact) -> [Option<(MachineRole, &'static str)>; 2] {
    const OF_CLUSTER: &str = "it logs what only a node of a cluster logs";
    // The management service runs on hosts alone, whatever it says of virtual machines elsewhere.
    let is_of_management = match &fact.kind {
        FactKind::Event(event) => event.short_provider().eq_ignore_ascii_case("Hyper-V-VMMS"),
        _ => false,
    };
    let of_host = (is_of_management || Kind::of(&fact.kind).is_of_host())
        .then_some((MachineRole::Host, "it logs what only a Hyper-V host logs"));
    let other = match &fact.kind {
        FactKind::Crash { role: Role::Host, .. } => {
            Some((MachineRole::Host, "the drivers in its dump are those of a host"))
        }
        FactKind::Crash { role: Role::Guest, .. } => {
            Some((MachineRole::Guest, "the drivers in its dump are those of a guest"))
        }
        FactKind::Firmware { vm: None, is_hyper_v_guest: true, .. } => {
            Some((MachineRole::Guest, "its firmware is that of a virtual machine"))
        }
        FactKind::CsvState { .. } | FactKind::NodeLost { .. } => {
            Some((MachineRole::Node, OF_CLUSTER))
        }
        FactKind::LiveMigration { event_id: Some(21111 | 22501..=22506), .. } => {
            Some((MachineRole::Node, OF_CLUSTER))
        }
        FactKind::VmFileError { component, .. } if component == "High-Availability" => {
            Some((MachineRole::Node, OF_CLUSTER))
        }
        FactKind::Event(event)
            if event.short_provider().eq_ignore_ascii_case("FailoverClustering") =>
        {
            Some((MachineRole::Node, OF_CLUSTER))
        }
        _ => None,
    };
    [of_host, other]
}
