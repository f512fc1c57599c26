//! The analysis of a batch of cases, in a process of its own: evidence that ends the process ends no
//! watch.
//!
//! It writes a line to stdout before each case, and one for each when all reports have their names:
//! [`Line`]. Whoever started it knows from them which case ended it.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use hvtriage::{AnalyzeError, Diagnosis, Options, Severity};

use super::arguments::{BatchArguments, GivenToAll};
use super::reports::{Unnamed, unanalyzed};
use crate::output::fail;
use crate::store;

/// What a batch tells; numbers are those of cases in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The analysis of a case begins.
    Begin(usize),
    /// The report of a case is there, and what it says.
    Reported(usize, String),
    /// The report of a case is not there, and why.
    Unwritten(usize, String),
}

impl Line {
    fn write(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self {
            Self::Begin(number) => writeln!(out, "begin {number}")?,
            Self::Reported(number, words) => writeln!(out, "reported {number} {words}")?,
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
            "reported" => Some(Self::Reported(number, words.to_owned())),
            "unwritten" => Some(Self::Unwritten(number, words.to_owned())),
            _ => None,
        }
    }
}

/// Runs the batch.
pub(super) fn run(arguments: &BatchArguments) -> ExitCode {
    let BatchArguments { given, jobs, names } = arguments;
    let store = match store::open(&given.store) {
        Ok(store) => store,
        Err(message) => return fail(&message),
    };
    let mut options = Options::default().jobs(*jobs).store(store);
    options = given.rules.iter().fold(options, |options, path| options.rules(path));
    #[cfg(feature = "sigma")]
    for path in &given.sigma {
        options = options.sigma(path);
    }
    if let Some(folder) = &given.temp_dir {
        options = options.temporary(folder);
    }
    let mut unnamed = Unnamed::default();
    let mut lines = Vec::new();
    for (number, name) in names.iter().enumerate() {
        if Line::Begin(number).write().is_err() {
            // Nobody listens: the watch has ended.
            return ExitCode::FAILURE;
        }
        lines.push(match analyze(name, given, &options, &mut unnamed) {
            Ok(words) => Line::Reported(number, words),
            Err(reason) => Line::Unwritten(number, reason),
        });
    }
    if let Err(error) = unnamed.name() {
        let reason = unwritable(&given.out, &error);
        lines = (0..names.len()).map(|number| Line::Unwritten(number, reason.clone())).collect();
    }
    let told = lines.iter().try_for_each(Line::write);
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn analyze(
    name: &OsStr,
    given: &GivenToAll,
    options: &Options,
    unnamed: &mut Unnamed,
) -> Result<String, String> {
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
    let written = unnamed.write(&given.out, name, &given.format, &diagnosis);
    written.map_err(|error| unwritable(&given.out, &error))?;
    Ok(words(&diagnosis))
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
    one_line(&format!("cannot write the report to {}: {error}", folder.display()))
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
        let reported = Line::Reported(0, "2 findings, gravest high".into());
        assert_eq!(Line::read("reported 0 2 findings, gravest high"), Some(reported));
        assert_eq!(Line::read("unwritten 12 "), Some(Line::Unwritten(12, String::new())));
        for other in ["", "begin", "begin x", "thread 'main' panicked", "end 1"] {
            assert_eq!(Line::read(other), None, "{other}");
        }
    }
}
