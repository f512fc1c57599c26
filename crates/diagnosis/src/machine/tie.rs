//! Which virtual machine is which computer.

mod called_alike;

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::Guid;

use super::firmware::FirmwareIds;
use super::names::{Names, first_label};
use super::reason::{Reason, ReasonKind, Strength};
use super::told::{Told, can_report};
use crate::fact::{Fact, FactKind, MachineName, Vm};
use crate::vm::VirtualMachines;
use called_alike::claim_by_name;

/// A virtual machine is the machine of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    pub(super) name: usize,
    pub(super) strength: Strength,
}

/// Something that says which computer a virtual machine is.
struct Claim {
    vm: usize,
    name: usize,
    /// The fact that says so last.
    fact: usize,
    reason: Reason,
}

impl Claim {
    fn key(&self) -> (usize, usize, ReasonKind) {
        (self.vm, self.name, self.reason.kind)
    }
}

/// Names that guests report for virtual machines, in lower case, and the builds of their Windows.
#[derive(Default)]
struct Reported {
    computers: BTreeMap<usize, BTreeSet<String>>,
    builds: BTreeMap<usize, u32>,
}

/// By what guests report, by their registry, their firmware or a crash, or else because both are
/// called alike.
pub(super) fn tie_guests(
    vms: &VirtualMachines,
    names: &mut Names<'_>,
    told: &Told,
    firmware: &FirmwareIds,
) -> BTreeMap<usize, Tie> {
    let mut reported = Reported::default();
    // What is said again and again is kept once, as it was said last.
    let mut claims: BTreeMap<(usize, usize, ReasonKind), Claim> = BTreeMap::new();
    let facts = names.facts();
    let mut crashes = BTreeSet::new();
    for (index, fact) in facts.iter().enumerate() {
        let claim = match &fact.kind {
            FactKind::GuestReport { .. } => by_report(index, vms, names, &mut reported),
            FactKind::RegistryValue { .. } => by_registry(index, fact, vms, names),
            FactKind::GuestCrash { bugcheck, .. } => {
                let key = (vms.named_by(index), bugcheck);
                let is_known = crashes.contains(&key);
                let claim = (!is_known).then(|| by_crash(index, fact, vms, names, told)).flatten();
                if claim.is_some() {
                    crashes.insert(key);
                }
                claim
            }
            _ => None,
        };
        claims.extend(claim.map(|claim| (claim.key(), claim)));
    }
    claims.extend(by_firmware(vms, names, firmware).into_iter().map(|claim| (claim.key(), claim)));
    let claims = claims.into_values().collect();
    let mut tied = settle(claims, vms, names);
    claim_by_name(vms, names, &reported, &mut tied);
    tied
}

/// Takes the surest of what is said of each virtual machine. What is said of two that are not one, or
/// of one computer by two virtual machines, is nothing to rely on.
fn settle(
    claims: Vec<Claim>,
    vms: &VirtualMachines,
    names: &mut Names<'_>,
) -> BTreeMap<usize, Tie> {
    let mut by_vm: BTreeMap<usize, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        by_vm.entry(claim.vm).or_default().push(claim);
    }
    // Two virtual machines whose guests report one name: a copy, or one that was restored.
    let mut reporters: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for claim in by_vm.values().flatten().filter(|claim| is_of_name(claim)) {
        let root = names.groups.root(claim.name);
        reporters.entry(root).or_default().insert(claim.vm);
    }
    doubt_copies(vms, names, &reporters);
    let mut tied = BTreeMap::new();
    for (vm, mut claims) in by_vm {
        claims.retain(|claim| {
            let root = names.groups.root(claim.name);
            !is_of_name(claim) || reporters.get(&root).is_none_or(|vms| vms.len() == 1)
        });
        let Some(best) = claims.iter().map(|claim| claim.reason.strength).min() else { continue };
        claims.retain(|claim| claim.reason.strength == best);
        let of: Vec<usize> = claims.iter().map(|claim| claim.name).collect();
        // A guest that was renamed or installed anew reports another name since.
        let Some(last) = claims.iter().max_by_key(|claim| claim.fact) else { continue };
        if names.only_group(&of).is_none() {
            let vm_name = vms.get(vm).map(|vm| vm.display()).unwrap_or_default();
            let words = format!("virtual machine {vm_name} is told to be several computers");
            let few: Vec<usize> = claims.iter().rev().take(2).map(|claim| claim.fact).collect();
            names.doubt(last.name, words, &few);
            if best != Strength::Certain {
                continue;
            }
        }
        let root = names.groups.root(last.name);
        let mut seen = BTreeSet::new();
        for claim in &claims {
            if names.groups.root(claim.name) == root && seen.insert(&claim.reason.words) {
                names.add_reason(claim.name, claim.reason.clone());
            }
        }
        tied.insert(vm, Tie { name: last.name, strength: best });
    }
    tied
}

/// Whether a claim says what the guest is called; copies of a machine are called alike.
fn is_of_name(claim: &Claim) -> bool {
    claim.reason.kind == ReasonKind::GuestReport
}

fn doubt_copies(
    vms: &VirtualMachines,
    names: &mut Names<'_>,
    reporters: &BTreeMap<usize, BTreeSet<usize>>,
) {
    for (name, of) in reporters.iter().filter(|(_, of)| of.len() > 1) {
        let few = || of.iter().take(2).filter_map(|vm| vms.get(*vm));
        let called: Vec<String> = few().map(|vm| vm.named_with_id()).collect();
        let words = format!(
            "virtual machines {} report one computer name: a copy, or one that was restored",
            called.join(" and ")
        );
        let facts: Vec<usize> = few().map(|vm| vm.first).collect();
        names.doubt(*name, words, &facts);
    }
}

/// A guest reports its name to its host.
fn by_report(
    index: usize,
    vms: &VirtualMachines,
    names: &mut Names<'_>,
    reported: &mut Reported,
) -> Option<Claim> {
    let vm = vms.named_by(index)?;
    let fact = names.facts().get(index)?;
    let FactKind::GuestReport { computer, os_build, host, .. } = &fact.kind else { return None };
    if let Some(build) = os_build {
        reported.builds.insert(vm, *build);
    }
    let vm_name = vms.get(vm)?.named_with_id();
    if is_of_itself(fact, host.as_deref()) {
        let name = names.of_fact(index);
        let words = format!("{} tells that it is virtual machine {vm_name}", names.shown(name));
        let reason = names.reason(Strength::Strong, ReasonKind::Registry, words, &[index]);
        return Some(Claim { vm, name, fact: index, reason });
    }
    let computer = computer.as_deref().map(str::trim).filter(|name| !name.is_empty())?;
    reported.computers.entry(vm).or_default().insert(computer.to_lowercase());
    let name = names.find_computer(computer, None)?;
    let words = format!("the guest of virtual machine {vm_name} reports the name {computer}");
    let reason = names.reason(Strength::Certain, ReasonKind::GuestReport, words, &[index]);
    Some(Claim { vm, name, fact: index, reason })
}

/// Whether a computer tells of itself, and not a host of its guest: a registry holds what the host wrote
/// there, and stays what it was when the disk is copied.
fn is_of_itself(fact: &Fact, host: Option<&str>) -> bool {
    let MachineName::Computer(computer) = &fact.machine else { return false };
    let label = |name: &str| first_label(name.trim()).to_lowercase();
    host.is_none_or(|host| label(host) != label(computer))
}

/// The host writes the id of the virtual machine into the registry of its guest, where it stays when the
/// disk is copied.
fn by_registry(
    index: usize,
    fact: &Fact,
    vms: &VirtualMachines,
    names: &mut Names<'_>,
) -> Option<Claim> {
    const KEY: &str = r"\virtual machine\guest\parameters";
    let FactKind::RegistryValue { key, name, data } = &fact.kind else { return None };
    if !name.eq_ignore_ascii_case("VirtualMachineId") || !key.to_lowercase().ends_with(KEY) {
        return None;
    }
    let id: Guid = data.trim().parse().ok()?;
    let vm = vms.find(&Vm { id: Some(id), name: None })?;
    let name = names.of_fact(index);
    let words = format!(
        "the registry of {} names virtual machine {}",
        names.shown(name),
        vms.get(vm)?.named_with_id()
    );
    let reason = names.reason(Strength::Strong, ReasonKind::Registry, words, &[index]);
    Some(Claim { vm, name, fact: index, reason })
}

/// The `BIOSGUID` of a virtual machine's settings is the id that the firmware of its guest has.
fn by_firmware(vms: &VirtualMachines, names: &mut Names<'_>, firmware: &FirmwareIds) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (id, facts) in &firmware.of_vms {
        let of: BTreeSet<usize> = facts.iter().filter_map(|fact| vms.named_by(*fact)).collect();
        let (Some(vm), 1) = (of.first().copied(), of.len()) else { continue };
        let (Some(own), Some(settings)) = (firmware.only_machine(names, id), facts.first()) else {
            continue;
        };
        let name = names.of_fact(own);
        let words = format!(
            "{} has the SMBIOS id {id} of virtual machine {}'s settings",
            names.shown(name),
            vms.get(vm).map(|vm| vm.named_with_id()).unwrap_or_default()
        );
        let reason = names.reason(Strength::Strong, ReasonKind::Firmware, words, &[own, *settings]);
        claims.push(Claim { vm, name, fact: own, reason });
    }
    claims
}

/// Host and guest tell the same crash.
fn by_crash(
    index: usize,
    fact: &Fact,
    vms: &VirtualMachines,
    names: &mut Names<'_>,
    told: &Told,
) -> Option<Claim> {
    let FactKind::GuestCrash { bugcheck, is_linux: false, .. } = &fact.kind else { return None };
    let vm = vms.named_by(index)?;
    if !bugcheck.identifies_a_crash() {
        return None;
    }
    let facts = names.facts();
    let time = |fact: usize| facts.get(fact).and_then(|fact| fact.time);
    let places = [told.dumps.get(bugcheck), told.reports.get(bugcheck)];
    let same_crash: Vec<usize> = places
        .into_iter()
        .flatten()
        .flatten()
        .filter(|told| can_report(fact.time, time(**told)))
        .copied()
        .collect();
    let of: Vec<usize> = same_crash.iter().map(|fact| names.of_fact(*fact)).collect();
    let name = names.only_group(&of)?;
    let words = format!(
        "{} and the host's record of virtual machine {} tell the same STOP {bugcheck}",
        names.shown(name),
        vms.get(vm)?.display(),
    );
    let reason =
        names.reason(Strength::Strong, ReasonKind::Crash, words, &[*same_crash.first()?, index]);
    Some(Claim { vm, name, fact: index, reason })
}

impl Reported {
    /// Whether what the guest of `vm` reports speaks against its being `name`.
    fn speaks_against(&self, vm: usize, name: usize, names: &Names<'_>) -> bool {
        let computer = names.computer(name).unwrap_or_default();
        let is_other =
            |reported: &String| match (reported.split_once('.'), computer.split_once('.')) {
                (Some(_), Some(_)) => reported != computer,
                _ => first_label(reported) != first_label(computer),
            };
        let computers = self.computers.get(&vm);
        computers.is_some_and(|reported| reported.iter().all(is_other))
            || self
                .builds
                .get(&vm)
                .zip(names.builds(name))
                .is_some_and(|(build, told)| !told.may_be(*build))
    }
}
