//! The analysis of a batch of cases, in a process of its own: evidence that ends the process ends no
//! watch.
//!
//! It writes a line to stdout before each case, and one for each when its report is on the disk, still
//! without its name: [`Line`]. Whoever started it gives the reports their names, and knows from the lines
//! which case ended the process. It ends when nobody holds its stdin any more: its watch was killed.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use hvtriage::{AnalyzeError, Diagnosis, Options, ProblemKind, Severity, reason_of};

use super::arguments::{BatchArguments, GivenToAll};
use super::reports::{OnDisk, Unnamed, unanalyzed};
use crate::arguments::GlobalArguments;
use crate::config::Config;
use crate::output::fail;
use crate::store;

/// What a batch tells; numbers are those of cases in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The analysis of a case begins.
    Begin(usize),
    /// The report of a case is on the disk: what the file of each form is called, and what it says.
    Written(usize, Vec<String>, String),
    /// As before, but something that lies outside of the case is missing in it, and what.
    Incomplete(usize, Vec<String>, String, String),
    /// The report of a case is not there, and why.
    Unwritten(usize, String),
}

impl Line {
    fn write(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self {
            Self::Begin(number) => writeln!(out, "begin {number}")?,
            Self::Written(number, files, words) => {
                writeln!(out, "written {number} {} {words}", files.join(","))?;
            }
            Self::Incomplete(number, files, words, reason) => {
                writeln!(out, "incomplete {number} {} {words}\t{reason}", files.join(","))?;
            }
            Self::Unwritten(number, words) => writeln!(out, "unwritten {number} {words}")?,
        }
        out.flush()
    }

    /// Reads a line; `None` when it is none of a batch.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (what, rest) = line.trim_end().split_once(' ')?;
        let (number, words) = rest.split_once(' ').unwrap_or((rest, ""));
        let number = number.parse().ok()?;
        match what {
            "begin" => Some(Self::Begin(number)),
            "written" => {
                let (files, words) = words.split_once(' ')?;
                let files = files.split(',').map(str::to_owned).collect();
                Some(Self::Written(number, files, words.to_owned()))
            }
            "incomplete" => {
                let (files, words) = words.split_once(' ')?;
                let files = files.split(',').map(str::to_owned).collect();
                let (words, reason) = words.split_once('\t')?;
                Some(Self::Incomplete(number, files, words.to_owned(), reason.to_owned()))
            }
            "unwritten" => Some(Self::Unwritten(number, words.to_owned())),
            _ => None,
        }
    }
}

/// Runs the batch.
pub(super) fn run(arguments: &BatchArguments, global: &GlobalArguments) -> ExitCode {
    end_with_watch();
    let BatchArguments { given, jobs, names } = arguments;
    let config = match Config::load(global, &[]) {
        Ok(config) => config,
        Err(message) => return fail(&message),
    };
    let given = &given.clone().with(&config);
    let store = match store::open(&given.store) {
        Ok(store) => store,
        Err(message) => return fail(&message),
    };
    let mut options =
        Options::default().jobs(*jobs).store(store).ignore(config.ignore(given.today));
    options = given.own.rules.iter().fold(options, |options, path| options.rules(path));
    #[cfg(feature = "sigma")]
    for path in &given.packs.sigma {
        options = options.sigma(path);
    }
    if let Some(folder) = &given.temp_dir {
        options = options.temporary(folder);
    }
    let disk = Disk::start(given.out.clone());
    for (number, name) in names.iter().enumerate() {
        // Nobody listens where it cannot be told: the watch has ended.
        let told =
            Line::Begin(number).write().and_then(|()| match analyze(name, given, &options) {
                Ok((report, words, missing)) => {
                    disk.take(Written { number, report, words, missing })
                }
                Err(reason) => Line::Unwritten(number, reason).write(),
            });
        if told.is_err() {
            return ExitCode::FAILURE;
        }
    }
    if disk.wait().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends this process when its watch has ended, which holds the other end of stdin: its reports would
/// never get their names.
fn end_with_watch() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(i32::from(crate::output::WRONG_ARGUMENTS));
    });
}

/// A thread that waits until reports are on the disk and tells of them, while others are written.
struct Disk {
    reports: Sender<Written>,
    told: JoinHandle<io::Result<()>>,
}

/// A report that was written and may not be on the disk yet.
struct Written {
    number: usize,
    report: Unnamed,
    words: String,
    missing: Option<String>,
}

impl Disk {
    fn start(folder: PathBuf) -> Self {
        let (reports, written) = mpsc::channel::<Written>();
        let told = thread::spawn(move || {
            written.into_iter().try_for_each(|report| settle(report, &folder))
        });
        Self { reports, told }
    }

    fn take(&self, report: Written) -> io::Result<()> {
        self.reports.send(report).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Waits until all are told.
    fn wait(self) -> io::Result<()> {
        drop(self.reports);
        self.told.join().unwrap_or_else(|_| Err(io::Error::other("the thread ended")))
    }
}

/// Leaves a report to the watch once it is on the disk. The error is that nobody listens.
fn settle(written: Written, folder: &Path) -> io::Result<()> {
    let Written { number, report, words, missing } = written;
    let files = match report.sync().and_then(OnDisk::leave) {
        Ok(files) => files,
        Err(error) => return Line::Unwritten(number, unwritable(folder, &error)).write(),
    };
    let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names = files.iter().map(name).collect();
    let told = match missing {
        None => Line::Written(number, names, words),
        Some(missing) => Line::Incomplete(number, names, words, missing),
    };
    let told = told.write();
    if told.is_err() {
        // What cannot be removed is removed by the next watch.
        files.iter().for_each(|file| drop(std::fs::remove_file(file)));
    }
    told
}

fn analyze(
    name: &OsStr,
    given: &GivenToAll,
    options: &Options,
) -> Result<(Unnamed, String, Option<String>), String> {
    let diagnosis = match hvtriage::analyze(&[Path::new(name)], options) {
        Ok(diagnosis) => diagnosis,
        Err(AnalyzeError::NoEvidence { files, problems }) => {
            let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
            let message =
                format!("holds no event log, event export, crash dump or inventory among {files}");
            let mut diagnosis = unanalyzed(name, message, "check that the whole case was copied");
            diagnosis.problems.extend(problems);
            diagnosis
        }
        Err(error) => return Err(one_line(&error.to_string())),
    };
    let report = Unnamed::write(&given.out, &given.format, &diagnosis);
    let report = report.map_err(|error| unwritable(&given.out, &error))?;
    let missing = diagnosis.problems.iter().find(|it| it.kind == ProblemKind::NoRoom);
    let missing = missing.map(|problem| one_line(&format!("a member {}", problem.message)));
    Ok((report, words(&diagnosis), missing))
}

/// What a diagnosis says, in a few words.
pub(super) fn words(diagnosis: &Diagnosis) -> String {
    let findings = diagnosis.findings.len();
    let problems = match diagnosis.problems.len() {
        0 => String::new(),
        1 => ", 1 problem".into(),
        count => format!(", {count} problems"),
    };
    let gravest: Option<Severity> = diagnosis.findings.iter().map(|it| it.severity).max();
    match gravest {
        None => format!("no finding{problems}"),
        Some(gravest) if findings == 1 => format!("1 finding, {}{problems}", gravest.word()),
        Some(gravest) => format!("{findings} findings, gravest {}{problems}", gravest.word()),
    }
}

/// Why a report could not be written.
pub(super) fn unwritable(folder: &Path, error: &io::Error) -> String {
    one_line(&format!("cannot write the report to {}: {}", folder.display(), reason_of(error)))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_batch() {
        assert_eq!(Line::read("begin 3\n"), Some(Line::Begin(3)));
        let files = vec![".hvtriage-a.part".into(), ".hvtriage-b.part".into()];
        let written = Line::Written(0, files, "2 findings, gravest high".into());
        let line = "written 0 .hvtriage-a.part,.hvtriage-b.part 2 findings, gravest high";
        assert_eq!(Line::read(line), Some(written));
        let files = vec![".hvtriage-a.part".into()];
        let incomplete =
            Line::Incomplete(1, files, "no finding, 1 problem".into(), "no room".into());
        let line = "incomplete 1 .hvtriage-a.part no finding, 1 problem\tno room";
        assert_eq!(Line::read(line), Some(incomplete));
        assert_eq!(Line::read("unwritten 12 "), Some(Line::Unwritten(12, String::new())));
        for other in ["", "begin", "begin x", "written 0 x", "end 1"] {
            assert_eq!(Line::read(other), None, "{other}");
        }
    }
}
