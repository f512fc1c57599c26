//! What a log covers.

use hvtriage_winfmt::FileTime;

/// How many events a log or a part of one holds, and what time they span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Events, whether they were wanted or not.
    pub events: u64,
    /// The earliest event.
    pub first_time: Option<FileTime>,
    /// The latest event.
    pub last_time: Option<FileTime>,
}

/// 1993-07-27, when the first Windows with an event log came out. Logs hold records without a time
/// (FILETIME 0, the last record of a `HelloForBusiness` log that was copied while in use), and they
/// do not tell since when a log covers its machine.
const FIRST_EVENT_LOG: FileTime = FileTime(123_882_048_000_000_000);

impl Coverage {
    /// Counts an event.
    #[inline]
    pub fn add(&mut self, time: Option<FileTime>) {
        self.events = self.events.saturating_add(1);
        if let Some(time) = time.filter(|time| *time >= FIRST_EVENT_LOG) {
            self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
            self.last_time = self.last_time.max(Some(time));
        }
    }

    /// Counts what another part of the log covers.
    pub fn join(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.first_time = self.first_time.into_iter().chain(other.first_time).min();
        self.last_time = self.last_time.max(other.last_time);
    }
}
