//! What a caller can choose.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hvtriage_diagnosis::IgnoreList;
use hvtriage_winfmt::{FileTime, TimeRange};

use crate::{Advance, LocalStore};

/// How to analyze. The default reads everything, on all processors, with the built-in catalogue.
///
/// ```
/// let options = hvtriage::Options::default().since("2012-01-08T00:00:00Z".parse().unwrap()).jobs(1);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    times: TimeRange,
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) rules: Vec<PathBuf>,
    #[cfg(feature = "sigma")]
    pub(crate) sigma: Vec<PathBuf>,
    pub(crate) ignore: IgnoreList,
    pub(crate) providers: Vec<PathBuf>,
    pub(crate) temporary: Option<PathBuf>,
    pub(crate) store: Arc<LocalStore>,
}

/// More threads than any machine has processors only cost time to start.
pub(crate) const MAX_JOBS: usize = 256;

impl Options {
    /// Does not judge events and crashes before `time`, which [`Diagnosis::span`](crate::Diagnosis::span)
    /// counts. What merely tells a machine's Windows version is taken whatever its time.
    #[must_use]
    pub fn since(mut self, time: FileTime) -> Self {
        self.times.since = Some(time);
        self
    }

    /// Does not judge events and crashes after `time`.
    #[must_use]
    pub fn until(mut self, time: FileTime) -> Self {
        self.times.until = Some(time);
        self
    }

    /// Uses `count` threads; 0 means as many as there are processors. The diagnosis is the same.
    #[must_use]
    pub fn jobs(mut self, count: usize) -> Self {
        self.jobs = NonZeroUsize::new(count.min(MAX_JOBS));
        self
    }

    /// Adds the rules of a folder (`*.yaml`, not below it) or of one file to the catalogue.
    #[must_use]
    pub fn rules(mut self, path: impl Into<PathBuf>) -> Self {
        self.rules.push(path.into());
        self
    }

    /// Also judges event logs by the Sigma rules in and below a folder (`*.yml`, `*.yaml`), or by
    /// those of one file. What of them cannot be used is told in [`crate::Diagnosis::sigma`].
    #[cfg(feature = "sigma")]
    #[must_use]
    pub fn sigma(mut self, path: impl Into<PathBuf>) -> Self {
        self.sigma.push(path.into());
        self
    }

    /// Takes the findings that `list` names out of findings and incidents, into
    /// [`Diagnosis::ignored`](crate::Diagnosis::ignored).
    #[must_use]
    pub fn ignore(mut self, list: IgnoreList) -> Self {
        self.ignore = list;
        self
    }

    /// Names functions in dumps with the images and symbols of `store`.
    #[must_use]
    pub fn store(mut self, store: LocalStore) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// Takes the messages of events that findings cite also from the binaries of providers in `folder`
    /// (`.dll`, `.exe`, `.sys`, `.mui`), beside those that were saved with a log or stand in an export. What
    /// [`Analyzer::on_finding`](crate::Analyzer::on_finding) is told has no messages yet.
    #[must_use]
    pub fn providers(mut self, folder: impl Into<PathBuf>) -> Self {
        self.providers.push(folder.into());
        self
    }

    /// Keeps members of archives that are too big for memory in files in `folder`, which have no
    /// names and are gone when they are closed; else in the system's folder for such files.
    #[must_use]
    pub fn temporary(mut self, folder: impl Into<PathBuf>) -> Self {
        self.temporary = Some(folder.into());
        self
    }

    /// The time that is asked for, where not all is.
    pub(crate) fn span(&self) -> Option<TimeRange> {
        (self.times != TimeRange::default()).then_some(self.times)
    }

    /// The paths that are no evidence and in which problems may lie.
    pub(crate) fn besides(&self) -> impl Iterator<Item = &PathBuf> {
        #[cfg(feature = "sigma")]
        let sigma = self.sigma.as_slice();
        #[cfg(not(feature = "sigma"))]
        let sigma: &[PathBuf] = &[];
        self.providers.iter().chain(sigma)
    }

    /// Whether something at `time` is wanted; what has no time is.
    pub(crate) fn wants(&self, time: Option<FileTime>) -> bool {
        self.times.holds(time)
    }
}

/// How far an analysis has come; a caller may watch it from another thread.
///
/// The numbers only grow. They tell nothing that the diagnosis depends on.
#[derive(Debug, Default)]
pub struct Progress {
    total_bytes: AtomicU64,
    done_bytes: AtomicU64,
    files: AtomicU64,
    done_files: AtomicU64,
    is_broken_off: AtomicBool,
}

impl Progress {
    /// Bytes of all files, and of what is found in archives; 0 until the files are found.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that have been decoded, or that hold no evidence.
    #[must_use]
    pub fn done_bytes(&self) -> u64 {
        self.done_bytes.load(Ordering::Relaxed)
    }

    /// Ends the analysis as soon as the files that are being read allow; it then gives
    /// [`AnalyzeError::BrokenOff`](crate::AnalyzeError::BrokenOff).
    pub fn break_off(&self) {
        self.is_broken_off.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_broken_off(&self) -> bool {
        self.is_broken_off.load(Ordering::Relaxed)
    }

    pub(crate) fn set_files(&self, count: u64) {
        self.files.store(count, Ordering::Relaxed);
    }

    pub(crate) fn file_done(&self) {
        self.done_files.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it at this moment.
    #[must_use]
    pub fn advance(&self) -> Advance {
        Advance {
            files: self.done_files.load(Ordering::Relaxed),
            all_files: self.files.load(Ordering::Relaxed),
            bytes: self.done_bytes(),
            found_bytes: self.total_bytes(),
        }
    }

    pub(crate) fn found(&self, bytes: u64) {
        self.total_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn done(&self, bytes: u64) {
        self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
