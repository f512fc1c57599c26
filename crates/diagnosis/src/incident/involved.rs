//! Which machines a failure involves.

use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::fact::FactKind;

/// The machines of `facts`, and those that these name as the other end of a migration or as a lost node.
pub(super) fn machines(evidence: &Evidence, facts: &BTreeSet<usize>) -> Vec<String> {
    let own = facts.iter().map(|fact| evidence.machine_index(*fact));
    let named = facts.iter().filter_map(|fact| {
        let name = match &evidence.fact(*fact)?.kind {
            FactKind::LiveMigration { other_host: Some(name), .. } => name,
            FactKind::NodeLost { node } => node,
            _ => return None,
        };
        evidence.machine_called_by(name, *fact)
    });
    let machines: BTreeSet<usize> = own.chain(named).collect();
    let machines = machines.into_iter().filter_map(|machine| evidence.machines().get(machine));
    let names: BTreeSet<&String> = machines.map(|machine| &machine.name).collect();
    names.into_iter().cloned().collect()
}
