//! What the caller got wrong. Damaged evidence is no error but a problem in the diagnosis.

use std::io;
use std::path::PathBuf;

use hvtriage_diagnosis::RuleError;

/// Why there is no diagnosis.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeError {
    /// A path does not exist or cannot be looked at.
    #[error("{}: {source}", path.display())]
    Path {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No file below the paths holds evidence.
    #[error(
        "no event log, event export or crash dump found in {files} files; expected .evtx, .xml or .dmp content"
    )]
    NoEvidence {
        /// Number of files that were looked at.
        files: usize,
    },
    /// A rule file cannot be read or is wrong.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The threads could not be started.
    #[error("cannot start {jobs} threads: {message}")]
    Threads {
        /// Number of threads asked for.
        jobs: usize,
        /// What the system said.
        message: String,
    },
}
