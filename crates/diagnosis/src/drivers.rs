//! When machines loaded which file system filter for the first time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;

/// Drivers that are loaded this long after another belong to another start, or to the time between.
const SAME_START_SECONDS: u64 = 10 * 60;

/// By machine: the first load of each driver, and the first start in the log of the loads.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstLoads {
    loads: BTreeMap<usize, Vec<usize>>,
    starts: BTreeMap<usize, usize>,
}

impl FirstLoads {
    /// Reads them from the facts of `evidence`.
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let mut known: BTreeSet<(usize, &str)> = BTreeSet::new();
        let mut first = Self::default();
        // An inventory tells what is loaded, and not since when.
        let with_time = |index: &&usize| evidence.time(**index).is_some();
        for index in evidence.of_kind(Kind::FilterLoaded).iter().filter(with_time) {
            let Some(FactKind::FilterLoaded { driver, .. }) =
                evidence.fact(*index).map(|fact| &fact.kind)
            else {
                continue;
            };
            let machine = evidence.machine_index(*index);
            if known.insert((machine, driver)) {
                first.loads.entry(machine).or_default().push(*index);
            }
        }
        let logs: BTreeMap<usize, &str> = first
            .loads
            .iter()
            .filter_map(|(machine, of)| Some((*machine, source(evidence, *of.first()?)?)))
            .collect();
        for start in evidence.of_kind(Kind::OsVersion) {
            let machine = evidence.machine_index(*start);
            if logs.get(&machine).copied() == source(evidence, *start) {
                first.starts.entry(machine).or_insert(*start);
            }
        }
        first
    }

    /// When the machine is known to have started first; a start is logged where loads are.
    fn began(&self, evidence: &Evidence, machine: usize) -> Option<FileTime> {
        self.starts.get(&machine).and_then(|start| evidence.time(*start))
    }

    /// The facts that tell that a machine loaded a driver within `span` which was new to it. Its log must
    /// show that others were loaded well before, or else it only begins there.
    pub(crate) fn new_within<'a>(
        &'a self,
        evidence: &'a Evidence,
        machine: usize,
        span: &Range<Option<FileTime>>,
    ) -> impl Iterator<Item = usize> + 'a {
        let loads = self.loads.get(&machine).map_or(&[][..], Vec::as_slice);
        let first = loads.first().and_then(|index| evidence.time(*index));
        let began = first.min(self.began(evidence, machine).or(first));
        let is_new = move |index: &usize| {
            let times = began.zip(evidence.time(*index));
            times.is_some_and(|(began, loaded)| {
                began.saturating_add_seconds(SAME_START_SECONDS) < loaded
            })
        };
        evidence.between(loads, span).iter().copied().filter(is_new)
    }
}

fn source(evidence: &Evidence, index: usize) -> Option<&str> {
    evidence.fact(index).map(|fact| &*fact.locator.source)
}
