//! Machines that run virtual machines or are nodes of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::Host;
use crate::crash::Crashed;
use crate::describe;
use crate::evidence::Evidence;
use crate::fact::{FactKind, Role};
use crate::kind::Kind;
use crate::machine::{Machine, MachineRole};

pub(super) fn hosts(evidence: &Evidence) -> Vec<Host> {
    let boots = last_boots(evidence);
    let mut hardware = hardware(evidence);
    let mut stops: BTreeMap<usize, u64> = BTreeMap::new();
    for crash in
        evidence.crashes().all().iter().filter(|crash| !crash.is_only_of_its_dump(evidence))
    {
        if let Crashed::Machine(machine) = crash.crashed {
            let count = stops.entry(machine).or_default();
            *count = count.saturating_add(1);
        }
    }
    let numbered = evidence.machines().iter().enumerate();
    let hosts = numbered.filter_map(|(number, machine)| {
        let is_host = machine.role == Role::Host || has(machine, MachineRole::NestedHost);
        let is_node = has(machine, MachineRole::Node);
        (is_host || is_node).then(|| Host {
            machine: machine.name.clone(),
            is_host,
            is_node,
            os_build: machine.os_build,
            generation: machine.os_build.and_then(generation),
            hardware: hardware.remove(&number),
            other_builds: other_builds(evidence, machine),
            last_boot: boots.get(&number).copied(),
            stops: stops.get(&number).copied().unwrap_or_default(),
            vms: seen_on(evidence, number),
        })
    });
    hosts.collect()
}

/// What each machine is, by the source that tells most of it.
fn hardware(evidence: &Evidence) -> BTreeMap<usize, String> {
    let mut best: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    for index in evidence.of_kind(Kind::Hardware) {
        let Some(FactKind::Hardware { maker, model, bios }) =
            evidence.fact(*index).map(|fact| &fact.kind)
        else {
            continue;
        };
        let told = [maker, model, bios].into_iter().flatten().count();
        let text = describe::hardware(maker.as_deref(), model.as_deref(), bios.as_deref());
        let known = best.entry(evidence.machine_index(*index)).or_default();
        if told > known.0 {
            *known = (told, text);
        }
    }
    best.into_iter().map(|(machine, (_, text))| (machine, text)).collect()
}

/// How many virtual machines any fact shows on a host.
fn seen_on(evidence: &Evidence, host: usize) -> u64 {
    let told = evidence.hosts().on(host).chain(evidence.placement().on(host));
    told.collect::<BTreeSet<usize>>().len() as u64
}

fn has(machine: &Machine, role: MachineRole) -> bool {
    machine.roles.iter().any(|seen| seen.role == role)
}

/// The builds of the nodes of a machine's cluster, where they are not its own; none where its own is not
/// known, since they may be the same.
fn other_builds(evidence: &Evidence, machine: &Machine) -> Vec<u32> {
    let Some(own) = machine.os_build else { return Vec::new() };
    let nodes = machine.cluster.iter().flat_map(|cluster| &cluster.nodes);
    let known = nodes.filter_map(|node| evidence.machines().get(evidence.machine_called(node)?));
    let builds: BTreeSet<u32> = known.filter_map(|node| node.os_build).collect();
    builds.into_iter().filter(|build| *build != own).collect()
}

/// When each machine told its Windows version last, which it does as it starts.
fn last_boots(evidence: &Evidence) -> BTreeMap<usize, FileTime> {
    let mut boots = BTreeMap::new();
    for kind in [Kind::OsVersion, Kind::UncleanRestart, Kind::UnexpectedShutdown] {
        for index in evidence.of_kind(kind) {
            if let Some(time) = evidence.logged_time(*index) {
                let last = boots.entry(evidence.machine_index(*index)).or_insert(time);
                *last = time.max(*last);
            }
        }
    }
    boots
}

/// The Windows Server of a build.
fn generation(build: u32) -> Option<&'static str> {
    let known = match build {
        6001..=6003 => "2008",
        7600 | 7601 => "2008 R2",
        9200 => "2012",
        9600 => "2012 R2",
        14_393 => "2016",
        17_763 => "2019",
        20_348 => "2022",
        26_100 => "2025",
        _ => return None,
    };
    Some(known)
}
