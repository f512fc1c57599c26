//! When machines loaded which file system filter for the first time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;

/// Drivers that are loaded this long after another belong to another start, or to the time between.
const SAME_START_SECONDS: u64 = 10 * 60;

/// The first load of each driver, by machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstLoads(BTreeMap<usize, Vec<usize>>);

impl FirstLoads {
    /// Reads them from the facts of `evidence`.
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let mut known: BTreeSet<(usize, &str)> = BTreeSet::new();
        let mut loads = Self::default();
        for index in evidence.of_kind(Kind::FilterLoaded) {
            let Some(FactKind::FilterLoaded { driver, .. }) =
                evidence.fact(*index).map(|fact| &fact.kind)
            else {
                continue;
            };
            let machine = evidence.machine_index(*index);
            if known.insert((machine, driver)) {
                loads.0.entry(machine).or_default().push(*index);
            }
        }
        loads
    }

    /// The facts that tell that a machine loaded a driver within `span` which was new to it. Its log must
    /// show that others were loaded well before, or else it only begins there.
    pub(crate) fn new_within<'a>(
        &'a self,
        evidence: &'a Evidence,
        machine: usize,
        span: &Range<Option<FileTime>>,
    ) -> impl Iterator<Item = usize> + 'a {
        let loads = self.0.get(&machine).map_or(&[][..], Vec::as_slice);
        let began = loads.iter().find_map(|index| evidence.time(*index));
        let is_new = move |index: &usize| {
            let times = began.zip(evidence.time(*index));
            times.is_some_and(|(began, loaded)| {
                began.saturating_add_seconds(SAME_START_SECONDS) < loaded
            })
        };
        evidence.between(loads, span).iter().copied().filter(is_new)
    }
}
