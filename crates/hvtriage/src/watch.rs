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
mod listing;
mod queue;
mod reporting;
mod state;
#[cfg(test)]
mod tests;
mod tracked;
mod whole;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use thiserror::Error;

use crate::reason_of;

pub use entry::{Case, NoCase};
use listing::Loop;
use reporting::{Done, work};
use state::State;

/// Whoever analyzes cases and leaves reports of them. Called from several threads at once.
pub trait Analyst: Sync {
    /// Analyzes `cases`, one after the other, and leaves a report of each; an outcome for each.
    fn analyze(&self, cases: &[Case]) -> Vec<Outcome>;

    /// Whether the report of a case that was reported is still there.
    fn is_reported(&self, case: &Case) -> bool;

    /// The forms in which it leaves the report of a case, each in a word without a comma; none where that
    /// is always the same.
    fn forms(&self) -> Vec<String> {
        Vec::new()
    }

    /// Removes the reports of a case in `forms`, in which earlier watches left some and this one leaves
    /// none: whoever reads them would take them for new.
    ///
    /// # Errors
    /// When one cannot be removed; the case is tried again later.
    fn remove(&self, case: &Case, forms: &[String]) -> io::Result<()> {
        let _ = (case, forms);
        Ok(())
    }

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
    /// A case is there that is not complete yet, or was added to; none that an earlier watch reported and
    /// that this one sees for the first time.
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
    #[error("{}: {}", path.display(), reason_of(source))]
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
