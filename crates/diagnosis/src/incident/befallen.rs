//! Which virtual machines an incident is about.

use std::collections::BTreeSet;

use super::Sighted;
use super::links::Links;
use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::rule::Theme;
use crate::volumes::vms_on;

/// Facts of one finding that are looked at.
const MAX_LOOKED_AT: usize = 1000;
/// Volumes of hosts whose virtual machines are looked up for all findings together: each takes a look at
/// all virtual machines of the host.
const MAX_LOOKUPS: usize = 1000;

/// How many more lookups there may be.
#[derive(Debug)]
pub(super) struct Lookups(usize);

impl Default for Lookups {
    fn default() -> Self {
        Self(MAX_LOOKUPS)
    }
}

/// The virtual machines that the findings name, those that went down with their host or lost their
/// storage with it, and those on the volumes that they are about; by number.
pub(super) fn befallen(
    evidence: &Evidence,
    links: &Links,
    numbers: &[usize],
    all: &[&Sighted<'_>],
    lookups: &mut Lookups,
) -> BTreeSet<usize> {
    let mut vms = BTreeSet::new();
    for number in numbers {
        vms.extend(links.consequence(*number).into_iter().flat_map(|it| &it.vms));
        vms.extend(links.restarts(*number).into_iter().flat_map(|it| it.keys()));
    }
    for one in all {
        for anchor in one.anchors.iter().take(MAX_LOOKED_AT) {
            vms.extend(evidence.vms_of(*anchor));
            let crashes = evidence.crashes();
            let crash = crashes.number_of(*anchor).and_then(|number| crashes.get(number));
            vms.extend(crash.into_iter().flat_map(|crash| crash.vms(evidence)));
        }
        if one.rule.theme == Theme::Csv {
            vms.extend(on_volumes(evidence, one, lookups));
        }
    }
    vms
}

/// Those known to be on the volumes that a finding is about, when it was first told of each.
fn on_volumes(evidence: &Evidence, one: &Sighted<'_>, lookups: &mut Lookups) -> BTreeSet<usize> {
    let mut seen: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut vms = BTreeSet::new();
    for anchor in one.anchors.iter().take(MAX_LOOKED_AT) {
        let Some(FactKind::CsvState { volume, .. }) = evidence.fact(*anchor).map(|it| &it.kind)
        else {
            continue;
        };
        let host = evidence.machine_index(*anchor);
        let is_new = seen.insert((host, volume.to_lowercase()));
        if let Some(time) = evidence.time(*anchor).filter(|_| is_new && lookups.0 > 0) {
            lookups.0 = lookups.0.saturating_sub(1);
            vms.extend(vms_on(evidence, host, volume, time).known);
        }
    }
    vms
}
