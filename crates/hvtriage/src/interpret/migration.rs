//! Live migrations and offline (quick) ones. Storage migrations (20926, 20927) leave the guest where
//! it is and are none.
//!
//! | id | provider | values |
//! |---|---|---|
//! | 20413, 20414 | VMMS | VM name, VM id, destination |
//! | 20415, 20417 | VMMS | VM name, VM id, blackout in seconds (a real record of 2012 R2) |
//! | 20416 | VMMS | VM name, VM id |
//! | 20418, 20419 | VMMS | VM name, VM id, address of the source |
//! | 21024, 21026 | VMMS | VM name, VM id, other host |
//! | 18530 | Worker | VM name, VM id |
//! | 22501 to 22504 | High-Availability | VM id, resource |
//! | 22505, 22506 | High-Availability | VM id, resource, events |
//! | 21111 | High-Availability | resource |
//! | 21502 | High-Availability | VM id, resource (later than 2008 R2), text |

use hvtriage_diagnosis::{FactKind, MigrationPhase, Vm};
use hvtriage_eventlog::Event;

use super::files::vm_in;
use super::values::{hresult_in, string, text, vm};

/// Events of the management service.
pub(super) fn vmms(event: &Event) -> Option<FactKind> {
    let phase = match event.id {
        20413 => MigrationPhase::Started,
        20415 | 20417 => MigrationPhase::FinishedAtSource,
        20418 => MigrationPhase::FinishedAtDestination,
        20414 => MigrationPhase::OfflineStarted,
        20416 | 20419 => MigrationPhase::OfflineFinished,
        21024 | 21026 => MigrationPhase::Failed,
        _ => return None,
    };
    let is_blackout = matches!(event.id, 20415 | 20417);
    let third = text(event, "Parameter2", 2);
    Some(FactKind::LiveMigration {
        vm: vm(event),
        phase,
        blackout_seconds: third.filter(|_| is_blackout).and_then(|text| text.parse().ok()),
        other_host: third.filter(|_| !is_blackout).map(str::to_owned),
        event_id: Some(event.id),
    })
}

/// Events of the worker process.
pub(super) fn worker(event: &Event) -> Option<FactKind> {
    (event.id == 18530).then(|| FactKind::LiveMigration {
        vm: vm(event),
        phase: MigrationPhase::FinishedAtDestination,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(event.id),
    })
}

/// Events of the cluster resource of a virtual machine.
pub(super) fn high_availability(event: &Event) -> Option<FactKind> {
    let phase = match event.id {
        22501..=22504 => MigrationPhase::Step,
        21111 | 22505 | 22506 => MigrationPhase::Failed,
        21502 => return failed_without_code(event),
        _ => return None,
    };
    let (id, resource) = match event.id {
        21111 => (None, string(event, "Parameter0", 0)),
        _ => (text(event, "VmId", 0), string(event, "Parameter1", 1)),
    };
    Some(FactKind::LiveMigration {
        vm: Vm {
            id: id.and_then(|text| text.parse().ok()),
            name: resource.map(|it| vm_of_resource(it).into()),
        },
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(event.id),
    })
}

/// The cluster quotes an error in words alone, which speak of a migration (in English, German, French and
/// their like). With a code it is the error that counts, see [`files`](super::files).
fn failed_without_code(event: &Event) -> Option<FactKind> {
    let values = || event.payload.values.iter().map(|value| value.text.as_str());
    let is_of_migration = values().any(|text| text.to_lowercase().contains("migra"));
    if !is_of_migration || values().any(|text| hresult_in(text).is_some()) {
        return None;
    }
    let named = values().count().saturating_sub(1);
    Some(FactKind::LiveMigration {
        vm: vm_in(values().take(named)),
        phase: MigrationPhase::Failed,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(event.id),
    })
}

/// Failover Cluster Manager calls the resource of `SQL01` `Virtual Machine SQL01`, and System
/// Center calls it `SCVMM SQL01`; an administrator may have called it anything.
pub(super) fn vm_of_resource(resource: String) -> String {
    ["Virtual Machine ", "SCVMM "]
        .iter()
        .find_map(|prefix| resource.strip_prefix(prefix))
        .map(str::to_owned)
        .unwrap_or(resource)
}

#[cfg(test)]
mod tests;
