//! Processes that analyze cases, a batch each.

mod ended;
mod given;
mod news;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hvtriage::watch::{Analyst, Case, News, Outcome};

use super::arguments::{GivenToAll, WatchArguments};
use super::batch::{Line, unwritable};
use super::board::Board;
use super::reports::{OnDisk, file, in_the_way, remove, remove_unfinished, shortened, sync_names};
use super::version::{Version, listing};
use crate::arguments::StoreArguments;
use crate::config::Config;
use crate::report_format::ReportFormat;
use ended::{Ended, incomplete};
use given::given_arguments;

/// An analyst that has each batch of cases analyzed by a process of its own.
pub(super) struct Workers {
    program: PathBuf,
    /// The watched folder.
    folder: PathBuf,
    reports: PathBuf,
    formats: Vec<ReportFormat>,
    /// What every process is given.
    arguments: Vec<OsString>,
    version: Version,
    /// How long one case may take; zero is without an end.
    time_limit: Duration,
    /// Whether the watch ends, so that nothing is tried again.
    is_once: bool,
    /// How long a case must be quiet, until that is told to who waits for the end of the watch.
    settle: Mutex<Option<Duration>>,
    count: usize,
    running: Mutex<BTreeMap<u64, Child>>,
    started: AtomicU64,
    stop: Arc<AtomicBool>,
    board: Board,
}

/// A batch of at least this many bytes gets all threads; smaller ones are many at the same time.
const BIG_BYTES: u64 = 64 << 20;

impl Workers {
    /// Processes for the watch with these arguments, whose reports go to `reports`.
    pub(super) fn new(
        arguments: &WatchArguments,
        given: &GivenToAll,
        config: &Config,
        reports: &Path,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, String> {
        let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
        let StoreArguments { images, symbols } = &given.store;
        let (images, symbols) = (listing(images), listing(symbols));
        let further = format!("{:?} {images} {symbols}", given.format);
        let typed = &arguments.given;
        let version = Version::new(&further)
            .map(|version| version.rules(&typed.own.rules).config(config.path(), given.today));
        #[cfg(feature = "sigma")]
        let version = version.map(|version| version.sigma(&typed.packs.sigma));
        Ok(Self {
            program,
            folder: arguments.folder.clone(),
            reports: reports.to_owned(),
            formats: given.format.clone(),
            arguments: given_arguments(typed, config.path(), reports)
                .map_err(|error| error.to_string())?,
            version: version.map_err(|error| format!("this program: {error}"))?,
            time_limit: arguments.time_limit,
            is_once: arguments.once,
            settle: Mutex::new(Some(arguments.settle).filter(|_| arguments.once)),
            count: if arguments.jobs == 0 { processors() } else { arguments.jobs },
            running: Mutex::new(BTreeMap::new()),
            started: AtomicU64::new(0),
            stop,
            board: Board::new(),
        })
    }

    /// Shows no more how far they are.
    pub(super) fn end_showing(&self) {
        self.board.clear();
    }

    /// How many analyses run at the same time.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Runs a process for `cases`, whose numbers are `numbers`, and fills in the outcomes that it tells.
    fn run(
        &self,
        cases: &[Case],
        numbers: &[usize],
        outcomes: &mut [Option<Outcome>],
    ) -> io::Result<Ended> {
        let chosen = || numbers.iter().filter_map(|number| cases.get(*number));
        let bytes: u64 = chosen().map(|case| case.bytes).fold(0, u64::saturating_add);
        let jobs = if bytes >= BIG_BYTES { self.count } else { 1 };
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder).arg("watch-batch").args(&self.arguments);
        command.arg(format!("--jobs={jobs}")).arg("--").args(chosen().map(|case| &case.name));
        // The other end of its stdin is closed when the watch ends, however it does.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the watch, which ends its processes itself.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let lines = child.stdout.take();
        let key = self.started.fetch_add(1, Ordering::Relaxed);
        self.children().insert(key, child);
        if self.stop.load(Ordering::Relaxed) {
            self.give_up();
        }
        let (mut begun, mut is_late) = (None, false);
        let (send, told) = mpsc::channel();
        // Ends with the process, whose end of the pipe it reads.
        thread::spawn(move || {
            let lines = lines.into_iter().flat_map(|it| BufReader::new(it).lines());
            let _ = lines.map_while(Result::ok).try_for_each(|line| send.send(line));
        });
        loop {
            let line = match self.next(&told) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    is_late = true;
                    if let Some(child) = self.children().get_mut(&key) {
                        // It may have ended by itself.
                        let _ = child.kill();
                    }
                    continue;
                }
            };
            let number = |number: usize| numbers.get(number).copied();
            match Line::read(&line) {
                Some(Line::Begin(it)) => begun = number(it),
                Some(Line::Written(it, files, words)) => {
                    if let Some(case) = number(it).and_then(|number| cases.get(number)) {
                        let report = OnDisk::of_another(&self.reports, &files);
                        set(outcomes, number(it), self.name(case, report, &words));
                    }
                }
                Some(Line::Incomplete(it, files, words, reason)) => {
                    if let Some(case) = number(it).and_then(|number| cases.get(number)) {
                        let report = OnDisk::of_another(&self.reports, &files);
                        let named = self.name(case, report, &words);
                        set(outcomes, number(it), incomplete(named, &reason, false));
                    }
                }
                Some(Line::Unwritten(it, reason)) => {
                    set(outcomes, number(it), Outcome::Unwritten(reason));
                }
                None => {}
            }
        }
        let child = self.children().remove(&key);
        let status = child.map_or_else(|| Err(io::ErrorKind::NotFound.into()), |mut it| it.wait());
        let limit = Some(self.time_limit).filter(|_| is_late);
        Ok(Ended { status: status?, limit, begun })
    }

    /// The next line of a process; a timeout when a case takes too long.
    fn next(&self, told: &Receiver<String>) -> Result<String, RecvTimeoutError> {
        if self.time_limit.is_zero() {
            return told.recv().map_err(|_| RecvTimeoutError::Disconnected);
        }
        told.recv_timeout(self.time_limit)
    }

    fn children(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the report of a case its name.
    fn name(&self, case: &Case, report: Option<OnDisk>, words: &str) -> Outcome {
        let lost = || io::Error::other("it was not told where it is");
        let named = report
            .ok_or_else(lost)
            .and_then(|report| report.name(&self.reports, &case.name, &self.formats));
        match named {
            Ok(()) => Outcome::Reported(match shortened(&case.name) {
                Some(short) => format!("{words}; the name is too long, so the report is {short}"),
                None => words.to_owned(),
            }),
            Err(error) => Outcome::Unwritten(unwritable(&self.reports, &error)),
        }
    }
}

impl Analyst for Workers {
    fn analyze(&self, cases: &[Case]) -> Vec<Outcome> {
        let in_the_way = |case: &Case| in_the_way(&self.reports, &case.name, &self.formats);
        let outcomes = cases.iter().map(|case| in_the_way(case).map(Outcome::Unwritten));
        let mut outcomes: Vec<Option<Outcome>> = outcomes.collect();
        let open = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none());
        let mut rest: Vec<usize> = open.map(|(number, _)| number).collect();
        while !rest.is_empty() && !self.stop.load(Ordering::Relaxed) {
            let ended = self.run(cases, &rest, &mut outcomes);
            rest.retain(|number| outcomes.get(*number).is_some_and(Option::is_none));
            let Some(first) = rest.first().copied() else { break };
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let culprit = match ended {
                Ok(Ended { begun: Some(culprit), .. }) => culprit,
                // It did not come to begin anything: the fault is not with the cases.
                Ok(Ended { status, .. }) => {
                    set(&mut outcomes, Some(first), cannot_start(&status));
                    rest.remove(0);
                    continue;
                }
                Err(error) => {
                    set(&mut outcomes, Some(first), cannot_start(&error));
                    rest.remove(0);
                    continue;
                }
            };
            // Alone, so that it is known to be the one.
            let again = self.run(cases, &[culprit], &mut outcomes);
            if let (Ok(ended), Some(None)) = (again, outcomes.get(culprit))
                && !self.stop.load(Ordering::Relaxed)
                && let Some(case) = cases.get(culprit)
            {
                let outcome = self.report_unanalyzed(case, &ended);
                set(&mut outcomes, Some(culprit), outcome);
            }
            rest.retain(|number| *number != culprit);
        }
        sync_names(&self.reports);
        let ended = || Outcome::Unwritten("the watch ended".into());
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(ended)).collect()
    }

    fn is_reported(&self, case: &Case) -> bool {
        let mut formats = self.formats.iter();
        formats.all(|format| file(&self.reports, &case.name, *format).is_file())
    }

    fn forms(&self) -> Vec<String> {
        self.formats.iter().map(|format| format.extension().to_owned()).collect()
    }

    fn remove(&self, case: &Case, forms: &[String]) -> io::Result<()> {
        remove(&self.reports, &case.name, forms)
    }

    fn version(&self) -> String {
        self.version.current()
    }

    fn patience(&self) -> String {
        format!("{} s", self.time_limit.as_secs_f64())
    }

    fn tidy(&self) {
        remove_unfinished(&self.reports);
    }

    fn tell(&self, news: News<'_>) {
        self.tell_in_words(news);
    }

    fn give_up(&self) {
        for child in self.children().values_mut() {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }
}

fn set(outcomes: &mut [Option<Outcome>], number: Option<usize>, outcome: Outcome) {
    if let Some(slot) = number.and_then(|number| outcomes.get_mut(number)) {
        *slot = Some(outcome);
    }
}

fn cannot_start(why: &dyn std::fmt::Display) -> Outcome {
    Outcome::Unwritten(format!("its analysis could not be started: {why}"))
}

#[cfg(all(unix, test))]
mod tests;
