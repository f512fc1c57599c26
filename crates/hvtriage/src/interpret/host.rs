//! Events that tell nothing but that their computer is a Hyper-V host.
//!
//! A quiet host logs no trouble, and yet what its other logs say must be judged as that of a host.
//! Events that come with the start of a service or of a virtual machine are in every log and in none
//! too often. The virtual switch is no proof: containers use it on machines that are guests.
//!
//! | id | provider | what |
//! |---|---|---|
//! | 13002, 13003, 18304 | VMMS | a virtual machine was created, deleted, made real |
//! | 14092, 14094, 14100 | VMMS | the service stops, has started, the host shuts down |
//! | 4098 | Config | a configuration can be used again |
//! | 21119 | High-Availability | the cluster started a virtual machine |

use hvtriage_diagnosis::FactKind;
use hvtriage_eventlog::Event;

/// VMMS.
pub(super) fn management_service(event: &Event) -> Option<FactKind> {
    of_host(event, &[13002, 13003, 18304, 14092, 14094, 14100])
}

/// Config.
pub(super) fn configuration(event: &Event) -> Option<FactKind> {
    of_host(event, &[4098])
}

/// High-Availability.
pub(super) fn high_availability(event: &Event) -> Option<FactKind> {
    of_host(event, &[21119])
}

fn of_host(event: &Event, ids: &[u32]) -> Option<FactKind> {
    ids.contains(&event.id).then_some(FactKind::HyperVHost {})
}
