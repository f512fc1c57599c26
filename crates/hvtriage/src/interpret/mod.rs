//! Where formats and Hyper-V's meaning meet: an event or a dump becomes facts.
//!
//! An event is looked up by provider (GUID first, then name without regard to case) and id. Its
//! payload is read by position with names as hints, because the same event is written with
//! `VmName`, with `Parameter0` or without names on different Windows versions.

mod change;
mod cluster_log;
mod crash;
mod dump;
mod files;
mod host;
mod integration;
mod inventory;
mod migration;
mod network;
mod provider;
mod registry;
mod storage;
mod system;
mod system_report;
mod told;
mod values;
mod vm_state;
mod wanted;

pub(crate) use cluster_log::event_of as cluster_event;
pub(crate) use dump::{crash_fact, crash_row, firmware_fact, hardware_fact};
pub(crate) use inventory::inventory_facts;
pub(crate) use registry::{RegistryFacts, registry_facts};
pub(crate) use system_report::SystemReportFacts;
pub use told::{ToldByEvent, told_by_event};

use hvtriage_diagnosis::FactKind;
use hvtriage_eventlog::Event;

use provider::Provider;
pub(crate) use wanted::{Wanted, logged};

/// What is understood of `event`.
///
/// Layouts: message tables of Windows Server 2008 R2 to 2012 R2 and Windows 10 to 1703, and real
/// records where the module that reads them says so.
fn interpret(event: &Event) -> Option<FactKind> {
    match Provider::of(event)? {
        Provider::Integration(service) => integration::service(event, service),
        Provider::SingleIntegration => integration::unnamed_service(event),
        Provider::Worker => integration::device(event)
            .or_else(|| crash::worker(event))
            .or_else(|| migration::worker(event))
            .or_else(|| files::worker(event))
            .or_else(|| vm_state::worker(event)),
        Provider::VmbusVdev => integration::device_since_2016(event),
        Provider::Vmms => migration::vmms(event)
            .or_else(|| files::management_service(event))
            .or_else(|| host::management_service(event)),
        Provider::HighAvailability => migration::high_availability(event)
            .or_else(|| files::high_availability(event))
            .or_else(|| host::high_availability(event)),
        Provider::Config => files::configuration(event).or_else(|| host::configuration(event)),
        Provider::SynthStor => files::storage_device(event),
        Provider::StorageVsp => integration::storage_controller(event),
        Provider::VmSwitch => integration::network_adapter(event)
            .or_else(|| network::queues(event))
            .or_else(|| system::vm_switch_build(event)),
        Provider::Ndis => network::rss_capabilities(event),
        Provider::FailoverClustering => {
            storage::cluster_volume(event).or_else(|| change::cluster(event))
        }
        Provider::FilterManager => storage::filter(event),
        Provider::Vhdmp => files::virtual_disk(event),
        Provider::StoragePort => storage::reset(event),
        Provider::ErrorReporting => crash::error_reporting(event),
        Provider::KernelPower => crash::kernel_power(event),
        Provider::EventLog => crash::event_log(event)
            .or_else(|| system::event_log(event))
            .or_else(|| change::event_log(event)),
        Provider::KernelGeneral => system::kernel_general(event),
        Provider::WindowsUpdate => change::windows_update(event),
        Provider::Servicing => change::servicing(event),
    }
}

#[cfg(test)]
mod tests;
