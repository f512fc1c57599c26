//! From when to when a machine ran, by the starts that its log tells.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::kind::Kind;

/// A start logs what it tells within this time: drivers first, the version once or more, services last.
pub(super) const A_START_SECONDS: u64 = 15 * 60;

/// When machines were started, each in order of time.
#[derive(Debug, Default)]
pub(super) struct Boots {
    of_machine: BTreeMap<usize, Vec<FileTime>>,
}

impl Boots {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut boots = Self::default();
        for index in evidence.of_kind(Kind::OsVersion) {
            if let Some(time) = evidence.time(*index) {
                boots.add(evidence.machine_index(*index), time);
            }
        }
        boots
    }

    /// The kernel, the event log and a driver each tell the version: the first of them is the start.
    fn add(&mut self, machine: usize, time: FileTime) {
        let starts = self.of_machine.entry(machine).or_default();
        let is_told = |last: &FileTime| time <= last.saturating_add_seconds(A_START_SECONDS);
        if !starts.last().is_some_and(is_told) {
            starts.push(time);
        }
    }

    /// From when on a machine logs what belongs to the start in whose course it logged something at
    /// `time`. Where no version tells of that start, it was then.
    pub(super) fn begin_about(&self, machine: usize, time: FileTime) -> FileTime {
        let starts = self.starts(machine);
        let next = starts.partition_point(|start| *start < time);
        let beside = [next.checked_sub(1), Some(next)].into_iter().flatten();
        let near = beside.filter_map(|position| {
            let start = *starts.get(position)?;
            let is_near = start <= time.saturating_add_seconds(A_START_SECONDS)
                && time <= start.saturating_add_seconds(A_START_SECONDS);
            is_near.then(|| (start.0.abs_diff(time.0), position))
        });
        let begin = near.min().and_then(|(_, position)| self.begin(machine, position));
        begin.unwrap_or_else(|| time.saturating_sub_seconds(A_START_SECONDS))
    }

    /// From when on a machine logs what belongs to the start that was the last before `time`.
    pub(super) fn begin_before(&self, machine: usize, time: FileTime) -> Option<FileTime> {
        let last = self.starts(machine).partition_point(|start| *start < time).checked_sub(1)?;
        self.begin(machine, last)
    }

    /// From when on records belong to a start, and not to the one before it.
    fn begin(&self, machine: usize, position: usize) -> Option<FileTime> {
        let starts = self.starts(machine);
        let start = *starts.get(position)?;
        let earliest = start.saturating_sub_seconds(A_START_SECONDS);
        let before = position.checked_sub(1).and_then(|before| starts.get(before));
        let half_way = before.map(|before| FileTime(before.0.midpoint(start.0)));
        Some(half_way.map_or(earliest, |half_way| half_way.max(earliest)))
    }

    fn starts(&self, machine: usize) -> &[FileTime] {
        self.of_machine.get(&machine).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> FileTime {
        FileTime::default().saturating_add_seconds(seconds)
    }

    fn boots(seconds: &[u64]) -> Boots {
        let mut boots = Boots::default();
        seconds.iter().for_each(|time| boots.add(0, at(*time)));
        boots
    }

    #[test]
    fn what_is_logged_about_a_start_belongs_to_it() {
        // The second start tells its version twice.
        let boots = boots(&[10_000, 90_000, 90_400]);
        for time in [89_991, 90_000, 90_410] {
            assert_eq!(boots.begin_about(0, at(time)), at(89_100), "{time}");
        }
        assert_eq!(boots.begin_before(0, at(89_100)), Some(at(9_100)));
        assert_eq!(boots.begin_before(0, at(10_000)), None);
        assert_eq!(boots.begin_before(1, at(89_100)), None);
    }

    #[test]
    fn of_two_starts_close_together_the_nearer_is_meant() {
        let boots = boots(&[10_000, 11_000]);
        assert_eq!(boots.begin_about(0, at(10_010)), at(9_100));
        assert_eq!(boots.begin_about(0, at(10_990)), at(10_500));
    }

    #[test]
    fn a_start_that_no_version_tells_is_where_it_was_noticed() {
        let boots = boots(&[10_000, 90_000]);
        assert_eq!(boots.begin_about(0, at(50_000)), at(49_100));
    }
}
