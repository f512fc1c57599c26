//! What hosts said of a service of a guest, one after the other.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::finding::GuestSight;

/// The most changes of one service of one guest that are shown.
const MAX_HISTORY: usize = 50;

/// What each host said, as long as it said the same, in order of time.
pub(super) fn history(evidence: &Evidence, indexes: &[usize]) -> Vec<GuestSight> {
    let mut sights: Vec<GuestSight> = Vec::new();
    // The last sight of each host.
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    for index in indexes {
        let Some(fact) = evidence.fact(*index) else { continue };
        let FactKind::Integration { state, negotiated, expected, .. } = &fact.kind else {
            continue;
        };
        let machine = evidence.machine_index(*index);
        let seen = GuestSight {
            host: evidence
                .machine_of(*index)
                .map_or_else(String::new, |machine| machine.name.clone()),
            host_build: evidence.build_at(*index),
            state: *state,
            negotiated: negotiated.as_deref().map(str::to_owned),
            expected: expected.as_deref().map(str::to_owned),
            first: fact.time,
            last: fact.time,
            count: 1,
        };
        let before = open.get(&machine).and_then(|sight| sights.get_mut(*sight));
        match before.filter(|before| is_same(before, &seen)) {
            Some(before) => {
                before.last = fact.time;
                before.count = before.count.saturating_add(1);
            }
            None => {
                if sights.len() < MAX_HISTORY {
                    open.insert(machine, sights.len());
                    sights.push(seen);
                }
            }
        }
    }
    sights
}

/// Whether a host says the same twice.
fn is_same(before: &GuestSight, seen: &GuestSight) -> bool {
    let said = |sight: &GuestSight| {
        (sight.state, sight.negotiated.clone(), sight.expected.clone(), sight.host_build)
    };
    said(before) == said(seen)
}
