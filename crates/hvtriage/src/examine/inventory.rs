//! Inventories to facts: exports of virtual machines, of what guests tell, and of the registry.

use hvtriage_diagnosis::{Fact, Problem, Source, SourceKind};
use hvtriage_inventory::{
    InventoryFormat, InventoryProblem, read_items, read_registry, read_system_report,
};

use super::Examined;
use crate::identified::IdentifiedFact;
use crate::interpret::{RegistryFacts, SystemReportFacts, Wanted, inventory_facts, registry_facts};

/// Reads an export of PowerShell or WMI.
pub(super) fn examine_items(name: &str, format: InventoryFormat, bytes: &[u8]) -> Examined {
    let read = read_items(format, bytes);
    let facts = inventory_facts(name, &read.items);
    examined(name, SourceKind::VmInventory, bytes, facts, read.problems)
}

/// Reads an export of the registry.
pub(super) fn examine_registry(name: &str, bytes: &[u8], wanted: &Wanted) -> Examined {
    let mut told = RegistryFacts::new(wanted);
    let problems = read_registry(bytes, |entry| told.add(entry));
    examined(name, SourceKind::RegistryExport, bytes, registry_facts(name, told), problems)
}

/// Reads what `msinfo32` wrote.
pub(super) fn examine_system_report(name: &str, bytes: &[u8]) -> Examined {
    let mut told = SystemReportFacts::default();
    let problems = read_system_report(bytes, |row| told.add(row));
    examined(name, SourceKind::SystemReport, bytes, told.facts(name), problems)
}

fn examined(
    name: &str,
    kind: SourceKind,
    bytes: &[u8],
    facts: Vec<Fact>,
    problems: Vec<InventoryProblem>,
) -> Examined {
    let source = Source::new(name, kind, bytes.len() as u64);
    let problem = |problem: InventoryProblem| Problem::new(name, problem.message).at(problem.at);
    Examined {
        source: Some(source),
        facts: facts.into_iter().map(IdentifiedFact::from).collect(),
        problems: problems.into_iter().map(problem).collect(),
        ..Examined::default()
    }
}
