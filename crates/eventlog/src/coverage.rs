//! What a log covers.

use hvtriage_winfmt::FileTime;

/// How many events a log or a part of one holds, which they are, and what time they span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Events, whether they were wanted or not.
    pub events: u64,
    /// The earliest event.
    pub first_time: Option<FileTime>,
    /// The latest event.
    pub last_time: Option<FileTime>,
    runs: Vec<RecordRun>,
    has_others: bool,
}

/// Events whose record ids follow each other, as most of a log do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRun {
    /// The first record id.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The earliest event of them.
    pub first_time: Option<FileTime>,
    /// The latest event of them.
    pub last_time: Option<FileTime>,
}

/// Runs of one log that are told. An export of what a filter wanted has many; of more, none is told.
const MAX_RUNS: usize = 1024;

/// 1993-07-27, when the first Windows with an event log came out. Logs hold records without a time
/// (FILETIME 0, the last record of a `HelloForBusiness` log that was copied while in use), and they
/// do not tell since when a log covers its machine.
const FIRST_EVENT_LOG: FileTime = FileTime(123_882_048_000_000_000);

impl Coverage {
    /// Counts an event; `record_id` is 0 where it has none.
    #[inline]
    pub fn add(&mut self, record_id: u64, time: Option<FileTime>) {
        self.events = self.events.saturating_add(1);
        let time = time.filter(|time| *time >= FIRST_EVENT_LOG);
        widen(&mut self.first_time, &mut self.last_time, time, time);
        let next = self.runs.last_mut().filter(|run| run.last.checked_add(1) == Some(record_id));
        if let Some(run) = next {
            run.last = record_id;
            widen(&mut run.first_time, &mut run.last_time, time, time);
        } else {
            let run =
                RecordRun { first: record_id, last: record_id, first_time: time, last_time: time };
            self.add_run(run);
        }
    }

    fn add_run(&mut self, run: RecordRun) {
        if run.first == 0 || self.runs.len() >= MAX_RUNS {
            self.has_others = true;
        } else {
            self.runs.push(run);
        }
    }

    /// Counts what another part of the log covers.
    pub fn join(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        widen(&mut self.first_time, &mut self.last_time, other.first_time, other.last_time);
        self.has_others |= other.has_others;
        for run in other.runs {
            match self.runs.last_mut() {
                Some(last) if last.last.checked_add(1) == Some(run.first) => {
                    last.last = run.last;
                    let (first, latest) = (&mut last.first_time, &mut last.last_time);
                    widen(first, latest, run.first_time, run.last_time);
                }
                _ => self.add_run(run),
            }
        }
    }

    /// The record ids of all events, in their order; `None` where they are too many runs or some has none.
    #[must_use]
    pub fn runs(&self) -> Option<&[RecordRun]> {
        (!self.has_others).then_some(self.runs.as_slice())
    }
}

fn widen(
    first: &mut Option<FileTime>,
    last: &mut Option<FileTime>,
    from: Option<FileTime>,
    to: Option<FileTime>,
) {
    *first = first.iter().copied().chain(from).min();
    *last = (*last).max(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(first: u64, last: u64) -> RecordRun {
        RecordRun { first, last, first_time: None, last_time: None }
    }

    #[test]
    fn ids_that_follow_each_other_are_one_run_over_all_parts() {
        let mut coverage = Coverage::default();
        (5..=7).for_each(|id| coverage.add(id, None));
        coverage.add(9, None);
        let mut next = Coverage::default();
        (10..=20).for_each(|id| next.add(id, None));
        next.add(3, None);
        coverage.join(next);
        assert_eq!(coverage.runs().unwrap(), [run(5, 7), run(9, 20), run(3, 3)]);
        assert_eq!(coverage.events, 16);
    }

    #[test]
    fn events_without_an_id_or_with_too_many_gaps_are_only_counted() {
        let mut coverage = Coverage::default();
        coverage.add(0, None);
        assert_eq!((coverage.runs(), coverage.events), (None, 1));
        let mut coverage = Coverage::default();
        (1..=2000).for_each(|number| coverage.add(number * 2, None));
        assert_eq!((coverage.runs(), coverage.events), (None, 2000));
    }
}
