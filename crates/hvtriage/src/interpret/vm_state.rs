//! What a host did with a virtual machine, or saw it do.
//!
//! | id | provider | values | seen in |
//! |---|---|---|---|
//! | 18500, 18502, 18504, 18508, 18512, 18514 | Worker | VM name, VM id, ... | real records |
//! | 18596 | Worker (2012 R2 and later) | VM name, VM id | message tables |

use hvtriage_diagnosis::{FactKind, VmStateKind};
use hvtriage_eventlog::Event;

use super::values::vm;

/// Worker.
pub(super) fn worker(event: &Event) -> Option<FactKind> {
    let state = match event.id {
        18500 => VmStateKind::Started,
        18596 => VmStateKind::Restored,
        18502 => VmStateKind::TurnedOff,
        18504 | 18508 => VmStateKind::ShutDown,
        18512 => VmStateKind::ResetByHost,
        18514 => VmStateKind::ResetByGuest,
        _ => return None,
    };
    Some(FactKind::VmState { vm: vm(event), state, event_id: event.id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpret::tests::{VM_ID, hyper_v, vm};

    #[test]
    fn each_state_has_its_event() {
        let table = [
            (18500, VmStateKind::Started),
            (18596, VmStateKind::Restored),
            (18502, VmStateKind::TurnedOff),
            (18504, VmStateKind::ShutDown),
            (18508, VmStateKind::ShutDown),
            (18512, VmStateKind::ResetByHost),
            (18514, VmStateKind::ResetByGuest),
        ];
        for (event_id, state) in table {
            let expected = FactKind::VmState { vm: vm("SQL01"), state, event_id };
            assert_eq!(hyper_v("Worker", event_id, &["SQL01", VM_ID]), Some(expected));
        }
        assert_eq!(hyper_v("VMMS", 18500, &["SQL01", VM_ID]), None);
    }
}
