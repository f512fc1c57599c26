//! Where output goes, and what to say when it does not.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code for what the caller got wrong.
pub(crate) const WRONG_ARGUMENTS: u8 = 2;
/// Exit code for evidence that could not be read, with `--strict`.
pub(crate) const EVIDENCE_UNREAD: u8 = 3;

/// The file that is named, or stdout.
pub(crate) fn open(output: Option<&PathBuf>) -> io::Result<Box<dyn Write + Send>> {
    Ok(match output {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    })
}

/// Says that the output could not be written.
pub(crate) fn unwritable(what: &str, output: Option<&PathBuf>, error: &io::Error) -> ExitCode {
    let place = output.map_or_else(|| "stdout".into(), |path| path.to_string_lossy());
    fail(&format!("cannot write {what} to {place}: {error}"))
}

/// Whether writing to `output` would destroy evidence that is read from `path`.
pub(crate) fn is_same_file(output: &Path, path: &Path) -> bool {
    output.canonicalize().is_ok_and(|output| path.canonicalize().is_ok_and(|it| it == output))
}

/// Tells what went wrong; gives the exit code for it.
#[allow(clippy::print_stderr, reason = "the command is what talks")]
pub(crate) fn fail(message: &str) -> ExitCode {
    eprintln!("hvtriage: {message}");
    ExitCode::from(WRONG_ARGUMENTS)
}
