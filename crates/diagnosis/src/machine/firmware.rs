//! Names that are one because their firmware says so: the id that SMBIOS calls the system's UUID.
//!
//! Of a virtual machine it is the `BIOSGUID` of its settings, which is not the id under which the host
//! knows it. Copies of a virtual machine, and whole series of careless makers, share one.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::Guid;

use super::names::Names;
use super::reason::{ReasonKind, Strength};
use crate::fact::FactKind;

/// What a maker of BIOSes writes where nobody gave the board an id.
const OF_NO_MACHINE: &str = "03000200-0400-0500-0006-000700080009";

/// Machines by the id of their firmware.
#[derive(Default)]
pub(super) struct FirmwareIds {
    /// Facts that tell it of their own machine.
    own: BTreeMap<Guid, Vec<usize>>,
    /// Facts that tell it of a virtual machine's settings.
    pub(super) of_vms: BTreeMap<Guid, Vec<usize>>,
}

impl FirmwareIds {
    pub(super) fn of(names: &Names<'_>) -> Self {
        let mut ids = Self::default();
        let none: Option<Guid> = OF_NO_MACHINE.parse().ok();
        for (index, fact) in names.facts().iter().enumerate() {
            let FactKind::Firmware { vm, id: Some(id), .. } = &fact.kind else { continue };
            if id.is_zero() || Some(*id) == none {
                continue;
            }
            let by_id = if vm.is_some() { &mut ids.of_vms } else { &mut ids.own };
            by_id.entry(*id).or_default().push(index);
        }
        ids
    }

    /// The fact that tells an id of the only machine that has it.
    pub(super) fn only_machine(&self, names: &mut Names<'_>, id: &Guid) -> Option<usize> {
        let facts = self.own.get(id)?;
        let machines: Vec<usize> = facts.iter().map(|fact| names.of_fact(*fact)).collect();
        names.only_group(&machines)?;
        facts.first().copied()
    }

    /// Joins names of one id, unless that would make one machine of two computers.
    pub(super) fn join(&self, names: &mut Names<'_>) {
        for (id, facts) in &self.own {
            let Some(first) = facts.first().copied() else { continue };
            let of_first = names.of_fact(first);
            let machines: BTreeSet<usize> =
                facts.iter().map(|fact| names.root_of_fact(*fact)).collect();
            if machines.len() < 2 {
                continue;
            }
            let of_computers: BTreeSet<usize> = facts
                .iter()
                .filter(|fact| names.computer(names.of_fact(**fact)).is_some())
                .copied()
                .collect();
            let computers: Vec<usize> =
                of_computers.iter().map(|fact| names.of_fact(*fact)).collect();
            if !computers.is_empty() && names.only_group(&computers).is_none() {
                let words = format!(
                    "several computers have the SMBIOS id {id}: copies of one machine, or a maker \
                     who gives all the same"
                );
                let few: Vec<usize> = of_computers.iter().take(2).copied().collect();
                names.doubt(of_first, words, &few);
                continue;
            }
            if let Some((one, other)) = differing_serials(names, facts) {
                let words = format!("the SMBIOS id {id} comes with two serial numbers");
                names.doubt(of_first, words, &[one, other]);
                continue;
            }
            for fact in facts.iter().skip(1) {
                let name = names.of_fact(*fact);
                let words = format!(
                    "{} and {} have the SMBIOS id {id}",
                    names.shown(of_first),
                    names.shown(name)
                );
                let reason =
                    names.reason(Strength::Strong, ReasonKind::Firmware, words, &[first, *fact]);
                names.join(of_first, name, reason);
            }
        }
    }
}

fn differing_serials(names: &Names<'_>, facts: &[usize]) -> Option<(usize, usize)> {
    let serial = |fact: usize| match names.facts().get(fact).map(|fact| &fact.kind) {
        Some(FactKind::Firmware { serial: Some(serial), .. }) => Some((serial.trim(), fact)),
        _ => None,
    };
    let mut told = facts.iter().filter_map(|fact| serial(*fact));
    let (first, fact) = told.next()?;
    told.find(|(serial, _)| *serial != first).map(|(_, other)| (fact, other))
}
