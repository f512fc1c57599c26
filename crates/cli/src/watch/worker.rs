//! Processes that analyze cases, and what becomes of a case that ends its process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hvtriage::watch::{Analyst, Case, News, Outcome};

use super::arguments::{GivenToAll, WatchArguments};
use super::batch::{Line, unwritable, words};
use super::reports::{Unnamed, file, unanalyzed};
use super::version::{Version, listing};
use crate::arguments::StoreArguments;
use crate::output::tell;
use crate::report_format::ReportFormat;

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
    count: usize,
    running: Mutex<BTreeMap<u64, Child>>,
    started: AtomicU64,
    stop: Arc<AtomicBool>,
}

/// How a process ended.
struct Ended {
    status: ExitStatus,
    /// The limit, where it was ended because a case took longer.
    limit: Option<Duration>,
    /// The case that it was at.
    begun: Option<usize>,
}

/// A batch of at least this many bytes gets all threads; smaller ones are many at the same time.
const BIG_BYTES: u64 = 64 << 20;

impl Workers {
    /// Processes for the watch with these arguments, whose reports go to `reports`.
    pub(super) fn new(
        arguments: &WatchArguments,
        reports: &Path,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, String> {
        let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
        let given = &arguments.given;
        let StoreArguments { images, symbols } = &given.store;
        let (images, symbols) = (listing(images), listing(symbols));
        let further = format!("{:?} {images} {symbols}", given.format);
        let version = Version::new(&further).map(|version| version.rules(&given.rules));
        #[cfg(feature = "sigma")]
        let version = version.map(|version| version.sigma(&given.sigma));
        Ok(Self {
            program,
            folder: arguments.folder.clone(),
            reports: reports.to_owned(),
            formats: given.format.clone(),
            arguments: given_arguments(given, reports).map_err(|error| error.to_string())?,
            version: version.map_err(|error| format!("this program: {error}"))?,
            time_limit: arguments.time_limit,
            count: if arguments.jobs == 0 { processors() } else { arguments.jobs },
            running: Mutex::new(BTreeMap::new()),
            started: AtomicU64::new(0),
            stop,
        })
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
        command.stdin(Stdio::null()).stdout(Stdio::piped());
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
                Some(Line::Reported(it, words)) => {
                    set(outcomes, number(it), Outcome::Reported(words));
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

    /// Reports that a case cannot be analyzed.
    fn report_unanalyzed(&self, case: &Case, ended: &Ended) -> Outcome {
        let message = match ended.limit {
            Some(limit) => {
                format!("the analysis of this case took longer than {} s twice", limit.as_secs())
            }
            None => format!("the analysis of this case ended the process twice ({})", ended.status),
        };
        let hint = "send what it takes to repeat that to the makers of hvtriage; it is tried again when \
                    the case, the rules or hvtriage change";
        let diagnosis = unanalyzed(&case.name, message, hint);
        let mut unnamed = Unnamed::default();
        let written = unnamed.write(&self.reports, &case.name, &self.formats, &diagnosis);
        match written.and_then(|()| unnamed.name()) {
            Ok(()) => Outcome::Reported(words(&diagnosis)),
            Err(error) => Outcome::Unwritten(unwritable(&self.reports, &error)),
        }
    }
}

impl Analyst for Workers {
    fn analyze(&self, cases: &[Case]) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; cases.len()];
        let mut rest: Vec<usize> = (0..cases.len()).collect();
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
        let ended = || Outcome::Unwritten("the watch ended".into());
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(ended)).collect()
    }

    fn is_reported(&self, case: &Case) -> bool {
        let mut formats = self.formats.iter();
        formats.all(|format| file(&self.reports, &case.name, *format).is_file())
    }

    fn version(&self) -> String {
        self.version.current()
    }

    fn tell(&self, news: News<'_>) {
        match news {
            News::Arriving(case) => tell(&format!("{}: arriving", shown(case))),
            News::Reported(case, words) => tell(&format!("{}: {words}", shown(case))),
            News::Delayed(case, reason, delay) => {
                let seconds = delay.as_secs();
                tell(&format!("{}: {reason}; tried again in {seconds} s", shown(case)));
            }
            News::Unlisted(folder, error) => {
                tell(&format!("{} cannot be listed now: {error}", folder.display()));
            }
            News::Unnoted(reason) => {
                tell(&format!(
                    "what was reported cannot be noted now, and may be reported again: {reason}"
                ));
            }
            _ => {}
        }
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

/// A case's name as a line on a terminal can have it.
fn shown(case: &Case) -> String {
    let name = case.name.to_string_lossy();
    name.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

/// The arguments again, with paths that do not depend on the current folder.
fn given_arguments(given: &GivenToAll, reports: &Path) -> io::Result<Vec<OsString>> {
    let mut arguments = vec!["--out".into(), reports.as_os_str().to_owned()];
    let mut add = |name: &str, path: &Path| -> io::Result<()> {
        arguments.push(name.into());
        arguments.push(std::path::absolute(path)?.into_os_string());
        Ok(())
    };
    given.rules.iter().try_for_each(|path| add("--rules", path))?;
    #[cfg(feature = "sigma")]
    given.sigma.iter().try_for_each(|path| add("--sigma", path))?;
    given.store.images.iter().try_for_each(|path| add("--images", path))?;
    given.store.symbols.iter().try_for_each(|path| add("--symbols", path))?;
    given.temp_dir.iter().try_for_each(|path| add("--temp-dir", path))?;
    for format in &given.format {
        arguments.push(format.argument().into());
    }
    Ok(arguments)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program in the place of the analysis, which dies of cases that are called so.
    const PROGRAM: &str = "#!/bin/sh\n\
        while [ \"$1\" != -- ]; do shift; done; shift\n\
        number=0\n\
        for name in \"$@\"; do\n\
          echo \"begin $number\"\n\
          case \"$name\" in *deadly*) kill -9 $$;; *endless*) exec sleep 600;; esac\n\
          number=$((number + 1))\n\
        done\n\
        number=0\n\
        for name in \"$@\"; do echo \"reported $number fine\"; number=$((number + 1)); done\n";

    fn workers(folder: &Path) -> Workers {
        let program = folder.join("analysis");
        fs::write(&program, PROGRAM).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Workers {
            program,
            folder: folder.to_owned(),
            reports: folder.to_owned(),
            formats: vec![ReportFormat::Text, ReportFormat::Json],
            arguments: Vec::new(),
            version: Version::new("").unwrap(),
            time_limit: Duration::ZERO,
            count: 2,
            running: Mutex::new(BTreeMap::new()),
            started: AtomicU64::new(0),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    fn cases(folder: &Path, names: &[&str]) -> Vec<Case> {
        for name in names {
            fs::write(folder.join(name), b"evidence").unwrap();
        }
        names.iter().map(|name| Case::at(folder.join(name)).unwrap()).collect()
    }

    #[test]
    fn a_case_that_ends_its_process_is_reported_as_such_and_the_others_as_ever() {
        let folder = tempfile::tempdir().unwrap();
        let workers = workers(folder.path());
        let cases = cases(folder.path(), &["one", "deadly", "two", "deadly too", "three"]);
        let outcomes = workers.analyze(&cases);
        let fine = Outcome::Reported("fine".into());
        let broken = Outcome::Reported("no finding, 1 problem".into());
        assert_eq!(outcomes, [fine.clone(), broken.clone(), fine.clone(), broken, fine]);
        let report = fs::read_to_string(folder.path().join("deadly.txt")).unwrap();
        assert!(report.contains("ended the process twice (signal: 9"), "{report}");
        assert!(!folder.path().join("two.txt").exists());
    }

    #[test]
    fn a_case_that_takes_too_long_is_ended_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let workers = Workers { time_limit: Duration::from_secs(2), ..workers(folder.path()) };
        let cases = cases(folder.path(), &["one", "endless", "two"]);
        let outcomes = workers.analyze(&cases);
        let fine = Outcome::Reported("fine".into());
        let broken = Outcome::Reported("no finding, 1 problem".into());
        assert_eq!(outcomes, [fine.clone(), broken, fine]);
        let report = fs::read_to_string(folder.path().join("endless.txt")).unwrap();
        assert!(report.contains("took longer than 2 s twice"), "{report}");
    }

    #[test]
    fn a_program_that_does_not_start_is_no_fault_of_the_cases() {
        let folder = tempfile::tempdir().unwrap();
        let mut workers = workers(folder.path());
        workers.program = folder.path().join("nothing");
        let cases = cases(folder.path(), &["one", "two"]);
        for outcome in workers.analyze(&cases) {
            assert!(matches!(outcome, Outcome::Unwritten(_)), "{outcome:?}");
        }
    }
}
