//! Why migrations failed, as far as a record beside the failure tells it.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::code_name::{failure_in, with_name};
use crate::dictionary::EventDictionary;
use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;

/// The records of one failure are written within this; the hosts' clocks are those of one cluster.
const AROUND_THE_FAILURE_SECONDS: u64 = 2 * 60;

const MANAGEMENT_SERVICE: &str = "Microsoft-Windows-Hyper-V-VMMS";

/// Records of a migration that failed, by provider: what could not be done at the destination (21002 to
/// 21018), and what the cluster quotes (22505, 22506).
const DETAILS: [(&str, &[u32]); 2] = [
    (MANAGEMENT_SERVICE, &[21002, 21004, 21008, 21018]),
    ("Microsoft-Windows-Hyper-V-High-Availability", &[22505, 22506]),
];

/// What was logged of virtual machines, in order of time.
pub(super) struct Reasons {
    by_vm: BTreeMap<usize, Vec<(FileTime, String)>>,
}

impl Reasons {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut by_vm: BTreeMap<usize, Vec<(FileTime, String)>> = BTreeMap::new();
        let errors = evidence.of_kind(Kind::VmFileError).iter();
        let events = evidence.of_kind(Kind::Event).iter();
        for index in errors.chain(events) {
            let told = evidence.time(*index).zip(reason(evidence, *index));
            let Some(told) = told else { continue };
            for vm in evidence.vms_of(*index) {
                by_vm.entry(*vm).or_default().push(told.clone());
            }
        }
        for codes in by_vm.values_mut() {
            codes.sort_unstable();
        }
        Self { by_vm }
    }

    /// What is nearest to the failure of a migration of `vm`.
    pub(super) fn near(&self, vm: usize, failed: FileTime) -> Option<String> {
        let told = self.by_vm.get(&vm)?;
        let far = AROUND_THE_FAILURE_SECONDS.saturating_mul(FileTime::TICKS_PER_SECOND);
        let last = failed.0.saturating_add(far);
        let first = told.partition_point(|(time, _)| time.0.saturating_add(far) < failed.0);
        let near = told.iter().skip(first).take_while(|(time, _)| time.0 <= last);
        near.min_by_key(|(time, _)| time.0.abs_diff(failed.0)).map(|(_, reason)| reason.clone())
    }
}

/// Why a migration failed, as one record tells it.
fn reason(evidence: &Evidence, index: usize) -> Option<String> {
    const BROKEN_OFF: u32 = 21014;
    match &evidence.fact(index)?.kind {
        FactKind::VmFileError { component, hresult, event_id: 21502, .. }
            if component == "High-Availability" =>
        {
            hresult.map(with_name)
        }
        FactKind::Event(event)
            if event.id == BROKEN_OFF && *event.provider == *MANAGEMENT_SERVICE =>
        {
            Some("broken off on request".into())
        }
        FactKind::Event(event) => {
            let is_detail = |(provider, ids): &&(&str, &[u32])| {
                *event.provider == **provider && ids.contains(&event.id)
            };
            DETAILS.iter().find(is_detail)?;
            let meaning = EventDictionary::get().meaning(event, evidence.build_at(index));
            let quoted = || event.values.iter().find_map(|value| failure_in(value.text));
            meaning.hresult(event).or_else(quoted).map(with_name)
        }
        _ => None,
    }
}
