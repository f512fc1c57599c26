//! What the caller got wrong. Damaged evidence is no error but a problem in the diagnosis.

use std::io;
use std::path::PathBuf;

use hvtriage_diagnosis::{Problem, RuleError};

use crate::reason::reason_of;

/// Why there is no diagnosis.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeError {
    /// A path does not exist or cannot be looked at.
    #[error("{}: {}", path.display(), reason_of(source))]
    Path {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No file below the paths holds evidence.
    #[error(
        "no evidence to be read among {}{}",
        files_in_words(*files),
        first_of(problems)
    )]
    NoEvidence {
        /// Number of files that were looked at.
        files: usize,
        /// Why some of them could not be read.
        problems: Vec<Problem>,
    },
    /// No file below the paths is an event log.
    #[error("no event log to be read among {}{}", files_in_words(*files), first_or(problems, NOT_LOGS))]
    NoLog {
        /// Number of files that were looked at.
        files: usize,
        /// Why some of them could not be read.
        problems: Vec<Problem>,
    },
    /// No file below the paths is a dump.
    #[error("no crash dump to be read among {}{}", files_in_words(*files), first_of(problems))]
    NoDump {
        /// Number of files that were looked at.
        files: usize,
        /// Why some of them could not be read.
        problems: Vec<Problem>,
    },
    /// A rule file cannot be read or is wrong.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// None of the Sigma rules can be used.
    #[error(
        "no Sigma rule for Windows event logs among {files} files{}",
        first_rule_problem(problems)
    )]
    NoSigmaRule {
        /// Number of rule files that were read.
        files: usize,
        /// What is wrong with them.
        problems: Vec<Problem>,
    },
    /// The caller broke it off.
    #[error("the analysis was broken off")]
    BrokenOff,
    /// The threads could not be started.
    #[error("cannot start {jobs} threads: {message}")]
    Threads {
        /// Number of threads asked for.
        jobs: usize,
        /// What the system said.
        message: String,
    },
}

/// Who reads what is no event log.
const NOT_LOGS: &str =
    "; `hvtriage dump` reads crash dumps, and `hvtriage analyze` all kinds of evidence";

/// The first problem and how many more, or what would have been evidence.
fn first_of(problems: &[Problem]) -> String {
    first_or(
        problems,
        "; read are event logs (.evtx, .xml), crash dumps (.dmp) and inventories (.reg, .csv, .txt, \
         .xml), by their content and whatever they are called",
    )
}

fn files_in_words(files: usize) -> String {
    if files == 1 { "1 file".into() } else { format!("{files} files") }
}

/// The same of rules.
fn first_rule_problem(problems: &[Problem]) -> String {
    first_or(problems, " (*.yml, *.yaml)")
}

fn first_or(problems: &[Problem], without: &str) -> String {
    let Some(first) = problems.first() else { return without.into() };
    let hint = first.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
    let more = match problems.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("; {} {}{hint}{more}", first.source, first.message)
}
