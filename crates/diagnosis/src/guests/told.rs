//! Guests by what they or their hosts report, whether anything is wrong with them or not.

use std::collections::BTreeSet;

use hvtriage_winfmt::Guid;

use super::judged::{Guest, StateText};
use super::reported::by_guest;
use crate::evidence::Evidence;
use crate::fact::Locator;
use crate::vm::KnownVm;

/// A guest, by its key-value pairs, its registry, or `Get-VM` of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedGuest {
    /// The virtual machine's name, or else that of the computer in it.
    pub name: String,
    /// Its id.
    pub vm_id: Option<Guid>,
    /// Fully qualified name of the computer in it.
    pub computer: Option<String>,
    /// Name of its system.
    pub os_name: Option<String>,
    /// Its Windows build.
    pub os_build: Option<u32>,
    /// Version of its integration services.
    pub integration_version: Option<String>,
    /// What its host says of them, in the words of the host's language.
    pub integration_state: Option<String>,
    /// The same in a word, `up_to_date` or `update_required`; `None` where it is not understood.
    pub integration_state_meaning: Option<&'static str>,
    /// Its host, by display name; of several the one that told last.
    pub host: Option<String>,
    /// All hosts that report it, by display name, sorted.
    pub hosts: Vec<String>,
    /// Where it says so; the first few.
    pub citations: Vec<Locator>,
}

/// More places of one guest say nothing more.
const MAX_CITATIONS: usize = 8;

/// Every guest of which there is a report, by name.
pub(crate) fn reported_guests(evidence: &Evidence) -> Vec<ReportedGuest> {
    let reports = by_guest(evidence);
    let mut guests: Vec<ReportedGuest> =
        reports.iter().filter_map(|reports| guest(&Guest::of(evidence, reports)?)).collect();
    guests.sort_by_cached_key(|guest| (guest.name.to_lowercase(), guest.vm_id));
    guests
}

fn guest(guest: &Guest<'_>) -> Option<ReportedGuest> {
    let shown = guest.known.map(KnownVm::display).filter(|name| !name.is_empty());
    let host = guest.host.and_then(|host| guest.evidence.machines().get(host));
    let places = guest.reports.iter().filter_map(|index| guest.evidence.fact(*index));
    Some(ReportedGuest {
        name: shown.or_else(|| guest.told.computer.clone())?,
        vm_id: guest.known.and_then(|vm| vm.id),
        computer: guest.told.computer.clone(),
        os_name: guest.told.os_name.clone(),
        os_build: guest.told.os_build,
        integration_version: guest.told.integration_version.clone(),
        integration_state: guest.state.map(str::to_owned),
        integration_state_meaning: guest.state.and_then(|state| StateText::of(state).word()),
        hosts: guest
            .hosts()
            .into_iter()
            .filter_map(|host| Some(guest.evidence.machines().get(host)?.name.clone()))
            .collect::<BTreeSet<String>>()
            .into_iter()
            .collect(),
        host: host.map(|host| host.name.clone()),
        citations: places.map(|fact| fact.locator.clone()).take(MAX_CITATIONS).collect(),
    })
}
