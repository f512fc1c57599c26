//! A folder into which cases are dropped, and the reports that come of them.
//!
//! [`Watch::run`] takes each top-level entry of the folder as a case, waits until it is complete, and
//! has an [`Analyst`] report it: once for its content, whatever happens in between. What was reported
//! is kept in a transactional store, which is written after the reports are; a process that is killed
//! between the two reports the case again, with the same bytes.
//!
//! Nothing rests on messages of the file system: they are lost when there are many, and network shares
//! send none. The folder is listed again and again, less often the longer that takes, and only what
//! is listed counts. Quiet is measured on a clock that nobody sets.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use std::time::Duration;
//!
//! use hvtriage::watch::{Analyst, Case, News, Outcome, Watch};
//! use hvtriage::{Options, analyze};
//!
//! /// Writes the number of findings of each case beside it.
//! struct Counting;
//!
//! impl Analyst for Counting {
//!     fn analyze(&self, cases: &[Case]) -> Vec<Outcome> {
//!         let report = |case: &Case| {
//!             let findings = analyze(&[&case.path], &Options::default())
//!                 .map_or(0, |diagnosis| diagnosis.findings.len());
//!             match std::fs::write(report_of(case), findings.to_string()) {
//!                 Ok(()) => Outcome::Reported(format!("{findings} findings")),
//!                 Err(error) => Outcome::Unwritten(error.to_string()),
//!             }
//!         };
//!         cases.iter().map(report).collect()
//!     }
//!
//!     fn is_reported(&self, case: &Case) -> bool {
//!         report_of(case).exists()
//!     }
//!
//!     fn version(&self) -> String {
//!         "1".into()
//!     }
//!
//!     fn tell(&self, _: News<'_>) {}
//!
//!     fn give_up(&self) {}
//! }
//!
//! fn report_of(case: &Case) -> std::path::PathBuf {
//!     let parent = case.path.parent().and_then(|folder| folder.parent());
//!     parent.unwrap_or(&case.path).join(&case.name).with_extension("count")
//! }
//!
//! # let folder = tempfile::tempdir()?;
//! # let drop = folder.path().join("drop");
//! # std::fs::create_dir(&drop)?;
//! # std::fs::write(drop.join("notes.txt"), "no evidence")?;
//! let watch = Watch::new(&drop, folder.path().join("state.redb"));
//! let watch = watch.settle(Duration::from_millis(10)).once(true);
//! let watched = watch.run(&Counting, &AtomicBool::new(false))?;
//! assert_eq!(watched.reported, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod content;
mod entry;
mod queue;
mod state;
#[cfg(test)]
mod tests;
mod tracked;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use thiserror::Error;

use content::{case_digest, given_up};
pub use entry::{Case, NoCase};
use queue::{Queue, is_big};
use state::State;
use tracked::Tracked;

/// Whoever analyzes cases and leaves reports of them. Called from several threads at once.
pub trait Analyst: Sync {
    /// Analyzes `cases`, one after the other, and leaves a report of each; an outcome for each.
    fn analyze(&self, cases: &[Case]) -> Vec<Outcome>;

    /// Whether the report of a case that was reported is still there.
    fn is_reported(&self, case: &Case) -> bool;

    /// What reports depend on besides the content of a case: the program, its rules, its options. Cases
    /// are reported again when it changes.
    fn version(&self) -> String;

    /// What it depends on that an analysis is given up. A case that was given up is analyzed again when it
    /// changes.
    fn patience(&self) -> String {
        String::new()
    }

    /// Hears what happens.
    fn tell(&self, news: News<'_>);

    /// Ends analyses that are under way: nobody waits for their outcomes any more.
    fn give_up(&self);

    /// Removes what earlier analyses left unfinished. Called before the first analysis and after the
    /// last, when nobody else watches with the same store.
    fn tidy(&self) {}
}

/// What became of an analysis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The case was reported; what the report says, in a few words.
    Reported(String),
    /// The case was reported, but not all of it, for a reason that lies outside of it and may pass; it is
    /// tried again later.
    Incomplete {
        /// What the report says, in a few words.
        words: String,
        /// What was missing.
        reason: String,
        /// Whether it is expected to last, so that the next try comes after the longest delay.
        is_lasting: bool,
    },
    /// The case was reported as one whose analysis was given up; what the report says, in a few words.
    GivenUp(String),
    /// The report could not be written, and why; it is tried again later.
    Unwritten(String),
}

/// What happens while a folder is watched.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum News<'a> {
    /// A case is there that is not complete yet, or was added to.
    Arriving(&'a Case),
    /// Its report is there.
    Reported(&'a Case, &'a str),
    /// It was reported before and has not changed.
    Unchanged(&'a Case),
    /// It could not be read, or not all of it, or its report not be written; it is tried again after this
    /// time.
    Delayed(&'a Case, &'a str, Duration),
    /// The folder cannot be listed now; it is tried again, and told when it can.
    Unlisted(&'a Path, &'a io::Error),
    /// The folder can be listed again.
    Listed(&'a Path),
    /// An entry of the folder is no case, and why. Told once, and of unfinished ones only by a watch that
    /// ends.
    PassedOver(&'a OsStr, NoCase),
    /// How many cases are where, whenever that may have changed.
    Standing(Standing),
    /// What was reported could not be noted; it is tried again, and reported once more by the next watch
    /// if that fails.
    Unnoted(&'a str),
}

/// How many cases are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// Not complete yet.
    pub arriving: usize,
    /// Complete, and not taken yet.
    pub waiting: usize,
    /// Being read.
    pub under_way: usize,
    /// Reported, now or by an earlier watch.
    pub done: usize,
    /// To be tried again.
    pub delayed: usize,
}

/// Why a folder cannot be watched.
#[derive(Debug, Error)]
pub enum WatchError {
    /// The folder does not exist or cannot be listed.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store cannot be opened.
    #[error("{}: {message}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        message: String,
    },
}

/// What was done until the watch ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Reports that were written.
    pub reported: u64,
    /// Cases that had been reported before.
    pub unchanged: u64,
    /// Cases whose reports could not be written or are incomplete, when the watch ended.
    pub unwritten: u64,
}

/// How to watch a folder.
#[derive(Clone, Debug)]
pub struct Watch {
    folder: PathBuf,
    state: PathBuf,
    left_out: Vec<PathBuf>,
    settle: Duration,
    once: bool,
    workers: usize,
}

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

impl Watch {
    /// Watches `folder`, and keeps in the file `state` what was reported.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, state: impl Into<PathBuf>) -> Self {
        let settle = Duration::from_secs(10);
        Self {
            folder: folder.into(),
            state: state.into(),
            left_out: Vec::new(),
            settle,
            once: false,
            workers: 1,
        }
    }

    /// A case is complete when nothing of it has changed for this time; ten seconds at first.
    #[must_use]
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = time;
        self
    }

    /// Ends when every case that is there has been reported.
    #[must_use]
    pub fn once(mut self, once: bool) -> Self {
        self.once = once;
        self
    }

    /// How many analyses run at the same time; at least one. Where all of them are at big cases, one
    /// more runs for small ones, which would wait for hours.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count.clamp(1, crate::options::MAX_JOBS);
        self
    }

    /// Takes the entry at `path` for no case: the folder of the reports, if it lies in the watched one.
    #[must_use]
    pub fn leave_out(mut self, path: impl Into<PathBuf>) -> Self {
        self.left_out.push(path.into());
        self
    }

    /// Watches until `stop` is set, or for [`Watch::once`] until all is reported.
    ///
    /// # Errors
    /// When the folder cannot be listed at first, or the store cannot be opened: another process that
    /// watches has it open, or it is no such store.
    pub fn run(&self, analyst: &dyn Analyst, stop: &AtomicBool) -> Result<Watched, WatchError> {
        let error = |source| WatchError::Folder { path: self.folder.clone(), source };
        entry::entries(&self.folder, &self.left_out).map_err(error)?;
        let state = State::open(&self.state)
            .map_err(|message| WatchError::State { path: self.state.clone(), message })?;
        analyst.tidy();
        let (batches, waiting) = mpsc::channel::<Vec<Case>>();
        let (done, results) = mpsc::channel::<Vec<Done>>();
        let waiting = Mutex::new(waiting);
        let watched = thread::scope(|scope| {
            for _ in 0..=self.workers {
                let (done, waiting, state) = (done.clone(), &waiting, &state);
                scope.spawn(move || work(analyst, state, waiting, &done, stop));
            }
            // Only those who work hold it, so that it is known when none does.
            drop(done);
            let watched = Loop::new(self, analyst, &state).run(&batches, &results, stop);
            drop(batches);
            if stop.load(Ordering::Relaxed) {
                analyst.give_up();
            }
            watched
        });
        analyst.tidy();
        // What there was no room for is noted at the end at the latest.
        if let Err(message) = state.note(&[], &[]) {
            analyst.tell(News::Unnoted(&message));
        }
        Ok(watched)
    }
}

/// What became of a case.
struct Done {
    case: Case,
    result: CaseResult,
}

enum CaseResult {
    Reported,
    Unchanged,
    /// Why it is tried again later, and whether that is expected to last.
    Delayed(String, bool),
}

/// Takes batches until there will be no more.
fn work(
    analyst: &dyn Analyst,
    state: &State,
    waiting: &Mutex<Receiver<Vec<Case>>>,
    done: &Sender<Vec<Done>>,
    stop: &AtomicBool,
) {
    loop {
        let batch = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = batch else { return };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        // Nobody listens any more when the watch was stopped.
        if done.send(report_or_delay(analyst, state, batch, stop)).is_err() {
            return;
        }
    }
}

/// [`report`], whose analyst may panic: its cases are tried again later.
fn report_or_delay(
    analyst: &dyn Analyst,
    state: &State,
    cases: Vec<Case>,
    stop: &AtomicBool,
) -> Vec<Done> {
    let given = cases.clone();
    let reported = catch_unwind(AssertUnwindSafe(|| report(analyst, state, cases, stop)));
    let delayed =
        |case| Done { case, result: CaseResult::Delayed("the analysis panicked".into(), false) };
    reported.unwrap_or_else(|_| given.into_iter().map(delayed).collect())
}

/// Has those of `cases` reported that were not.
fn report(analyst: &dyn Analyst, state: &State, cases: Vec<Case>, stop: &AtomicBool) -> Vec<Done> {
    let (version, patience) = (analyst.version(), analyst.patience());
    let is_noted = |case: &Case, key: &content::CaseKey| {
        state.is_reported(&case.name, key)
            || state.is_reported(&case.name, &given_up(key, &patience))
    };
    let mut results = Vec::new();
    let mut new = Vec::new();
    let mut keys = Vec::new();
    let mut read = Vec::new();
    for case in cases {
        match case_digest(&case, &version, state, &mut read, stop) {
            Ok(key) if is_noted(&case, &key) && analyst.is_reported(&case) => {
                analyst.tell(News::Unchanged(&case));
                results.push(Done { case, result: CaseResult::Unchanged });
            }
            Ok(key) => {
                new.push(case);
                keys.push(key);
            }
            Err(error) => {
                let result = CaseResult::Delayed(format!("cannot be read: {error}"), false);
                results.push(Done { case, result });
            }
        }
    }
    if stop.load(Ordering::Relaxed) {
        return results;
    }
    forget_earlier(analyst, state, &new);
    let outcomes = if new.is_empty() { Vec::new() } else { analyst.analyze(&new) };
    let mut reported = Vec::new();
    for ((case, key), outcome) in new.into_iter().zip(keys).zip(outcomes) {
        let result = match outcome {
            Outcome::Reported(words) => {
                analyst.tell(News::Reported(&case, &words));
                reported.push((case.name.clone(), key));
                CaseResult::Reported
            }
            Outcome::GivenUp(words) => {
                analyst.tell(News::Reported(&case, &words));
                reported.push((case.name.clone(), given_up(&key, &patience)));
                CaseResult::Reported
            }
            Outcome::Incomplete { words, reason, is_lasting } => {
                CaseResult::Delayed(format!("{words}, but incomplete: {reason}"), is_lasting)
            }
            Outcome::Unwritten(reason) => CaseResult::Delayed(reason, false),
        };
        results.push(Done { case, result });
    }
    if let Err(message) = state.note(&reported, &read) {
        analyst.tell(News::Unnoted(&message));
    }
    results
}

/// Notes that what was reported of `cases` earlier counts no more, before other reports take its place:
/// should the process end between the new report and its note, and the case become what it was, the
/// report would be taken for that of the earlier content.
fn forget_earlier(analyst: &dyn Analyst, state: &State, cases: &[Case]) {
    let noted = cases.iter().filter(|case| state.is_noted(&case.name));
    let noted: Vec<_> = noted.map(|case| (case.name.clone(), NO_CONTENT)).collect();
    if noted.is_empty() {
        return;
    }
    if let Err(message) = state.note(&noted, &[]) {
        analyst.tell(News::Unnoted(&message));
    }
}

/// The key under which a case is noted of which there is a report, whatever it is of.
const NO_CONTENT: content::CaseKey = [0; 32];

/// What the thread that lists the folder knows.
struct Loop<'a> {
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
    fn new(watch: &'a Watch, analyst: &'a dyn Analyst, state: &'a State) -> Self {
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

    fn run(
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
            let tracked = self.tracked.entry(case.name.clone());
            let tracked = tracked.or_insert_with(|| Tracked::new(look.clone()));
            if tracked.see(look) {
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
