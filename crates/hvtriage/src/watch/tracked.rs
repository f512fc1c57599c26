//! How far a case is.

use std::time::{Duration, Instant, SystemTime};

use super::entry::{Case, Look};
use super::whole;

/// A case between its first listing and its report.
#[derive(Debug)]
pub(super) struct Tracked {
    look: Look,
    /// Since when it looks so, on a clock that nobody sets.
    since: Instant,
    is_new: bool,
    /// How long was waited after the last failure.
    last_delay: Option<Duration>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Arriving,
    /// It is quiet but does not end as its format says; whether it ever will is not known.
    Unwhole,
    /// In the queue or being analyzed, looking so; nothing when its report will count no more.
    Queued(Option<Look>),
    Finished,
    Delayed {
        until: Instant,
    },
}

/// A case that does not end as it should, or holds files that somebody seems to be writing, is taken
/// all the same when it has been quiet for this many times as long: damaged evidence never gets whole.
const PATIENCE: u32 = 6;
/// A case that was changed long ago needs to be quiet no longer than this, so that a restart does not
/// wait for old ones. Two listings lie between: a file's time may be that of its original.
const OLD_SETTLE: Duration = Duration::from_millis(900);

impl Tracked {
    pub(super) fn new(look: Look) -> Self {
        Self { look, since: Instant::now(), is_new: true, last_delay: None, stage: Stage::Arriving }
    }

    /// Takes note of what the case looks like now; whether that is news.
    pub(super) fn see(&mut self, look: Look) -> bool {
        let is_new = std::mem::take(&mut self.is_new);
        if look == self.look {
            return is_new;
        }
        self.look = look;
        self.since = Instant::now();
        self.last_delay = None;
        if !self.is_queued() {
            let was_arriving = matches!(self.stage, Stage::Arriving | Stage::Unwhole);
            self.stage = Stage::Arriving;
            return !was_arriving;
        }
        false
    }

    /// Whether it is complete, as far as one can know, and waits to be analyzed.
    pub(super) fn is_ready(&mut self, case: &Case, settle: Duration) -> bool {
        let quiet = self.since.elapsed();
        match &self.stage {
            Stage::Arriving if quiet >= settle || (quiet >= OLD_SETTLE && is_old(case, settle)) => {
                let is_whole = whole::is_whole(case);
                if !is_whole {
                    self.stage = Stage::Unwhole;
                }
                is_whole
            }
            Stage::Unwhole => quiet >= settle.saturating_mul(PATIENCE),
            Stage::Delayed { until } => Instant::now() >= *until,
            _ => false,
        }
    }

    pub(super) fn queue(&mut self) {
        self.stage = Stage::Queued(Some(self.look.clone()));
    }

    /// Its report is there; if the case or what reports depend on has changed meanwhile, it is to be
    /// complete again first.
    pub(super) fn finish(&mut self) {
        self.last_delay = None;
        let is_current = matches!(&self.stage, Stage::Queued(Some(look)) if *look == self.look);
        self.stage = if is_current { Stage::Finished } else { Stage::Arriving };
    }

    /// Its report is not there, so it is tried again after the time that is returned.
    pub(super) fn delay(&mut self, first: Duration, longest: Duration) -> Duration {
        let next = self.last_delay.map_or(first, |last| last.saturating_mul(2).max(first));
        let delay = next.min(longest);
        self.last_delay = Some(delay);
        let until = Instant::now().checked_add(delay).unwrap_or_else(Instant::now);
        self.stage = Stage::Delayed { until };
        delay
    }

    /// What was reported of it, or is being reported, counts no more.
    pub(super) fn forget(&mut self) {
        match &mut self.stage {
            Stage::Finished => self.stage = Stage::Arriving,
            Stage::Queued(look) => *look = None,
            _ => {}
        }
    }

    /// Whether the last try of it as it is now was none.
    pub(super) fn has_failed(&self) -> bool {
        self.last_delay.is_some()
    }

    pub(super) fn is_queued(&self) -> bool {
        matches!(self.stage, Stage::Queued(_))
    }

    pub(super) fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished)
    }

    pub(super) fn is_delayed(&self) -> bool {
        matches!(self.stage, Stage::Delayed { .. })
    }
}

/// Whether the case was changed last before `settle`. A time in the future says nothing.
fn is_old(case: &Case, settle: Duration) -> bool {
    let changed = case.changed.and_then(|time| SystemTime::now().duration_since(time).ok());
    changed.is_some_and(|age| age > settle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::entry;

    #[test]
    fn delays_grow_up_to_the_longest() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let look = entry::look("case".into(), file.path().to_owned()).unwrap().1;
        let seconds = Duration::from_secs;
        let mut tracked = Tracked::new(look);
        assert!(!tracked.has_failed());
        assert_eq!(tracked.delay(seconds(10), seconds(35)), seconds(10));
        assert_eq!(tracked.delay(seconds(10), seconds(35)), seconds(20));
        assert_eq!(tracked.delay(seconds(10), seconds(35)), seconds(35));
        assert!(tracked.has_failed());
        tracked.finish();
        assert!(!tracked.has_failed());
        tracked.delay(seconds(10), seconds(600));
        assert_eq!(tracked.delay(seconds(600), seconds(600)), seconds(600));
    }

    #[test]
    fn what_changes_during_an_analysis_is_analyzed_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let look = || entry::look("case".into(), file.path().to_owned()).unwrap().1;
        let mut tracked = Tracked::new(look());
        tracked.queue();
        tracked.finish();
        assert!(tracked.is_finished());
        // The rules change while it is analyzed.
        tracked.queue();
        tracked.forget();
        assert!(tracked.is_queued());
        tracked.finish();
        assert!(matches!(tracked.stage, Stage::Arriving));
        // The case does.
        tracked.queue();
        std::fs::write(file.path(), b"more").unwrap();
        tracked.see(look());
        tracked.finish();
        assert!(matches!(tracked.stage, Stage::Arriving));
    }
}
