//! The thread that lists the watched folder, and hands out the cases that are complete.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime};

use super::entry::{self, Case, NoCase};
use super::queue::{Queue, is_big};
use super::reporting::{CaseResult, Done};
use super::state::State;
use super::tracked::Tracked;
use super::{Analyst, News, Standing, Watch, Watched};

/// The folder is listed no more often than this, and no less often than [`LONGEST_INTERVAL`].
const SHORTEST_INTERVAL: Duration = Duration::from_millis(500);
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// Listing takes no more than this part of the time.
const LISTING_SHARE: u32 = 20;
/// A report that cannot be written is tried again after this time, twice that, and so on.
const FIRST_DELAY: Duration = Duration::from_secs(10);
const LONGEST_DELAY: Duration = Duration::from_secs(10 * 60);
/// What was noted of cases that are gone is looked through this often.
const FORGETTING_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// What the thread that lists the folder knows.
pub(super) struct Loop<'a> {
    watch: &'a Watch,
    analyst: &'a dyn Analyst,
    state: &'a State,
    next_forgetting: Instant,
    tracked: BTreeMap<OsString, Tracked>,
    queue: Queue,
    /// Batches that are worked on.
    under_way: usize,
    /// Those of them that are one big case.
    big_under_way: usize,
    version: String,
    watched: Watched,
    /// Whether the folder could not be listed the last time.
    is_unlisted: bool,
    /// Entries that were told to be no cases.
    passed_over: BTreeSet<OsString>,
}

impl<'a> Loop<'a> {
    pub(super) fn new(watch: &'a Watch, analyst: &'a dyn Analyst, state: &'a State) -> Self {
        Self {
            watch,
            analyst,
            state,
            next_forgetting: Instant::now(),
            tracked: BTreeMap::new(),
            queue: Queue::default(),
            under_way: 0,
            big_under_way: 0,
            version: analyst.version(),
            watched: Watched::default(),
            is_unlisted: false,
            passed_over: BTreeSet::new(),
        }
    }

    pub(super) fn run(
        mut self,
        batches: &Sender<Vec<Case>>,
        results: &Receiver<Vec<Done>>,
        stop: &AtomicBool,
    ) -> Watched {
        let mut next_listing = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            if Instant::now() >= next_listing {
                let start = Instant::now();
                self.list();
                let interval = start.elapsed().saturating_mul(LISTING_SHARE);
                let interval = interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
                next_listing = Instant::now().checked_add(interval).unwrap_or(start);
            }
            self.hand_out(batches);
            self.analyst.tell(News::Standing(self.standing()));
            if self.watch.once && self.is_all_done() {
                break;
            }
            let wait = next_listing.saturating_duration_since(Instant::now());
            match results.recv_timeout(wait.min(SHORTEST_INTERVAL)) {
                Ok(done) => {
                    self.under_way = self.under_way.saturating_sub(1);
                    let bytes = done.iter().map(|one| one.case.bytes);
                    if is_big(bytes) {
                        self.big_under_way = self.big_under_way.saturating_sub(1);
                    }
                    done.into_iter().for_each(|one| self.take(one));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let is_delayed = |one: &&Tracked| one.is_delayed();
        self.watched.unwritten = self.tracked.values().filter(is_delayed).count() as u64;
        self.watched
    }

    /// Looks at every case again.
    fn list(&mut self) {
        let version = self.analyst.version();
        if version != self.version {
            self.version = version;
            self.tracked.values_mut().for_each(Tracked::forget);
        }
        let folder = self.watch.folder.as_path();
        let entries = match entry::entries(folder, &self.watch.left_out) {
            Ok(entries) => entries,
            Err(error) => {
                if !std::mem::replace(&mut self.is_unlisted, true) {
                    self.analyst.tell(News::Unlisted(folder, &error));
                }
                return;
            }
        };
        if std::mem::replace(&mut self.is_unlisted, false) {
            self.analyst.tell(News::Listed(folder));
        }
        self.pass_over(&entries.others);
        let names = entries.cases;
        self.forget_gone(&names);
        self.tracked.retain(|name, tracked| names.contains(name) || tracked.is_queued());
        for name in names {
            let path = self.watch.folder.join(&name);
            // What vanishes between the two is a case no more; what cannot be read in it is no error.
            let Ok((case, look)) = entry::look(name, path) else { continue };
            // Whether one that an earlier watch reported has changed is not known before it is read.
            let is_known =
                !self.tracked.contains_key(&case.name) && self.state.is_noted(&case.name);
            let tracked = self.tracked.entry(case.name.clone());
            let tracked = tracked.or_insert_with(|| Tracked::new(look.clone()));
            if tracked.see(look) && !is_known {
                self.analyst.tell(News::Arriving(&case));
            }
            if tracked.is_ready(&case, self.watch.settle) {
                self.queue.push(case, tracked.has_failed());
                tracked.queue();
            }
        }
    }

    /// Tells of the entries that are no cases.
    fn pass_over(&mut self, others: &BTreeMap<OsString, NoCase>) {
        self.passed_over.retain(|name| others.contains_key(name));
        for (name, why) in others {
            let is_told = self.watch.once || *why != NoCase::Unfinished;
            if is_told && self.passed_over.insert(name.clone()) {
                self.analyst.tell(News::PassedOver(name, *why));
            }
        }
    }

    /// Forgets cases that have been gone for long, now and then.
    fn forget_gone(&mut self, names: &BTreeSet<OsString>) {
        let now = Instant::now();
        if now < self.next_forgetting {
            return;
        }
        self.next_forgetting = now.checked_add(FORGETTING_INTERVAL).unwrap_or(now);
        if let Err(message) = self.state.forget_gone(names, SystemTime::now()) {
            self.analyst.tell(News::Unnoted(&message));
        }
    }

    fn hand_out(&mut self, batches: &Sender<Vec<Case>>) {
        let workers = self.watch.workers;
        while self.under_way < workers
            || (self.under_way == workers && self.big_under_way == workers)
        {
            let batch = if self.under_way < workers {
                self.queue.next_batch(workers)
            } else {
                self.queue.next_small_batch(workers)
            };
            if batch.is_empty() {
                return;
            }
            self.under_way = self.under_way.saturating_add(1);
            if is_big(batch.iter().map(|case| case.bytes)) {
                self.big_under_way = self.big_under_way.saturating_add(1);
            }
            if batches.send(batch).is_err() {
                return;
            }
        }
    }

    fn take(&mut self, done: Done) {
        let Some(tracked) = self.tracked.get_mut(&done.case.name) else { return };
        match done.result {
            CaseResult::Reported => {
                self.watched.reported = self.watched.reported.saturating_add(1);
                tracked.finish();
            }
            CaseResult::Unchanged => {
                self.watched.unchanged = self.watched.unchanged.saturating_add(1);
                tracked.finish();
            }
            CaseResult::Delayed(reason, is_lasting) => {
                let first = if is_lasting { LONGEST_DELAY } else { FIRST_DELAY };
                let delay = tracked.delay(first, LONGEST_DELAY);
                self.analyst.tell(News::Delayed(&done.case, &reason, delay));
            }
        }
    }

    fn standing(&self) -> Standing {
        let count =
            |is_one: fn(&Tracked) -> bool| self.tracked.values().filter(|it| is_one(it)).count();
        let (taken, done) = (count(Tracked::is_queued), count(Tracked::is_finished));
        let (waiting, delayed) = (self.queue.len(), count(Tracked::is_delayed));
        let known = taken.saturating_add(done).saturating_add(delayed);
        Standing {
            arriving: self.tracked.len().saturating_sub(known),
            waiting,
            under_way: taken.saturating_sub(waiting),
            done,
            delayed,
        }
    }

    /// Whether every case that is there was reported, or could not be.
    fn is_all_done(&self) -> bool {
        self.under_way == 0
            && self.tracked.values().all(|one| one.is_finished() || one.is_delayed())
    }
}
