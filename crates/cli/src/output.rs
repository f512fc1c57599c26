//! Where output goes, and what to say when it does not.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use hvtriage::{is_evidence, reason_of};
use tempfile::{NamedTempFile, TempPath};

/// Exit code for what the caller got wrong.
pub(crate) const WRONG_ARGUMENTS: u8 = 2;
/// Exit code for evidence that could not be read, with `--strict`.
pub(crate) const EVIDENCE_UNREAD: u8 = 3;

/// What to do for Parquet where this command has none.
#[cfg(not(feature = "parquet"))]
pub(crate) const WITHOUT_PARQUET: &str = "this hvtriage was built without Parquet: build one that has it with \
    cargo install --path crates/cli --features parquet";

/// Where data goes: stdout, or a file that has its name only once it is whole. So a run that ends
/// early leaves no half of a report, and a name that is a second one of a piece of evidence is taken
/// from it without a change of its content.
pub(crate) struct Output {
    writer: BufWriter<Box<dyn Write + Send>>,
    unnamed: Option<Unnamed>,
}

/// A file that is not called by its name yet.
struct Unnamed {
    path: TempPath,
    name: PathBuf,
}

impl Output {
    /// Starts to write to the file that is named, or to stdout.
    pub(crate) fn open(output: Option<&PathBuf>) -> io::Result<Self> {
        let Some(name) = output else { return Ok(Self::direct(Box::new(io::stdout()))) };
        // A link stays one, and what it points to is replaced.
        let name = name.canonicalize().unwrap_or_else(|_| name.clone());
        if fs::metadata(&name).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(Self::direct(Box::new(File::create(name)?)));
        }
        let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty());
        match unnamed_in(folder.unwrap_or(Path::new("."))) {
            Ok((file, path)) => Ok(Self {
                writer: BufWriter::new(Box::new(file)),
                unnamed: Some(Unnamed { path, name }),
            }),
            // The file may be written where its folder may not.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Ok(Self::direct(Box::new(File::create(name)?)))
            }
            Err(error) => Err(error),
        }
    }

    fn direct(target: Box<dyn Write + Send>) -> Self {
        Self { writer: BufWriter::new(target), unnamed: None }
    }

    /// Ends the output and gives the file its name.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        drop(self.writer);
        match self.unnamed {
            Some(Unnamed { path, name }) => path.persist(name).map_err(|error| error.error),
            None => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// How the names of files begin and end that have not got their own yet.
pub(crate) const UNFINISHED_START: &str = ".hvtriage-";
pub(crate) const UNFINISHED_END: &str = ".part";

/// A file in `folder` that is removed unless it gets a name.
pub(crate) fn unnamed_in(folder: &Path) -> io::Result<(File, TempPath)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED_START).suffix(UNFINISHED_END);
    // As any new file: what the user's mask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map(NamedTempFile::into_parts)
}

/// Says that the output could not be written.
pub(crate) fn unwritable(what: &str, output: Option<&PathBuf>, error: &io::Error) -> ExitCode {
    let place = output.map_or_else(|| "stdout".into(), |path| path.to_string_lossy());
    fail(&format!("cannot write {what} to {place}: {}", reason_of(error)))
}

/// Whether writing to `output` would destroy evidence that is read from `path`.
pub(crate) fn is_same_file(output: &Path, path: &Path) -> bool {
    output.canonicalize().is_ok_and(|output| path.canonicalize().is_ok_and(|it| it == output))
}

/// The piece of evidence that `output` would overwrite while `paths` are read: one of them, or a file below
/// one that is evidence by its content. What this command wrote as JSON or CSV before may be overwritten.
pub(crate) fn overwritten(output: Option<&PathBuf>, paths: &[PathBuf]) -> Option<String> {
    let output = output?;
    let is_named = || paths.iter().any(|path| is_same_file(output, path));
    let is_read = || output.is_file() && is_below(output, paths) && is_evidence(output);
    (is_named() || is_read()).then(|| output.to_string_lossy().into_owned())
}

fn is_below(output: &Path, paths: &[PathBuf]) -> bool {
    let Ok(output) = output.canonicalize() else { return false };
    paths.iter().any(|path| path.canonicalize().is_ok_and(|it| output.starts_with(it)))
}

/// Whether nothing but errors is told, which is decided once, before anything is told.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Tells nothing but errors from now on.
pub(crate) fn be_quiet() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

/// Whether nothing but errors is told.
pub(crate) fn is_quiet() -> bool {
    IS_QUIET.load(Ordering::Relaxed)
}

/// Tells something on stderr that is good to know.
pub(crate) fn tell(message: &str) {
    if !is_quiet() {
        complain(message);
    }
}

/// Tells on stderr what is wrong.
#[allow(clippy::print_stderr, reason = "the command is what talks")]
pub(crate) fn complain(message: &str) {
    eprintln!("hvtriage: {message}");
}

/// Tells what went wrong; gives the exit code for it.
pub(crate) fn fail(message: &str) -> ExitCode {
    complain(message);
    ExitCode::from(WRONG_ARGUMENTS)
}
