//! From paths to files, in an order that no directory or machine changes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use hvtriage_diagnosis::Problem;
use walkdir::WalkDir;

use crate::{AnalyzeError, reason_of};

/// Folders deeper than this are not entered; real collections nest less than ten.
const MAX_DEPTH: usize = 64;

/// A file that may hold evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// The name that reports cite: the path as the caller gave it, with `/` between its parts.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its size in bytes; 0 where it cannot be told.
    pub(crate) size: u64,
}

impl Candidate {
    pub(crate) fn new(name: String, path: PathBuf) -> Self {
        let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Self { name, path, size }
    }
}

/// The bytes of files together: told at the beginning, so that the rest is known.
pub(crate) fn total_bytes<'a>(candidates: impl IntoIterator<Item = &'a Candidate>) -> u64 {
    candidates.into_iter().map(|one| one.size).fold(0, u64::saturating_add)
}

/// All files below `paths`, each once, ordered by name. Links inside a folder are not followed, so
/// that a collection cannot lead out of itself.
pub(crate) fn discover(
    paths: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Result<Vec<Candidate>, AnalyzeError> {
    let mut candidates = Vec::new();
    for path in paths {
        if let Err(error) = std::fs::metadata(path) {
            return Err(AnalyzeError::Path { path: path.clone(), source: error });
        }
        for entry in WalkDir::new(path).max_depth(MAX_DEPTH).sort_by_file_name() {
            match entry {
                Ok(entry) => {
                    // A path that the caller names is followed even when it is a link.
                    let (is_file, is_folder) = if entry.depth() == 0 {
                        (entry.path().is_file(), entry.path().is_dir())
                    } else {
                        (entry.file_type().is_file(), entry.file_type().is_dir())
                    };
                    if entry.path_is_symlink() && entry.depth() > 0 {
                        problems.push(left_out(entry.path(), "is a link, which is not followed"));
                    } else if entry.depth() == MAX_DEPTH && is_folder {
                        problems.push(left_out(entry.path(), "lies too deep and is not entered"));
                    } else if is_file {
                        let path = entry.into_path();
                        candidates.push(Candidate::new(name_of(&path), path));
                    } else if !is_folder {
                        let what = "is no file but a pipe, a socket or a device, and is not read";
                        let hint = "write what comes out of it to a file";
                        problems.push(Problem::new(name_of(entry.path()), what).hint(hint));
                    }
                }
                Err(error) => {
                    let why = error
                        .io_error()
                        .map_or_else(String::new, |io| format!(": {}", reason_of(io)));
                    let folder = error.path().map_or_else(String::new, name_of);
                    let problem = Problem::new(folder, format!("cannot be listed{why}"));
                    problems.push(problem.hint("check the permissions of the folder"));
                }
            }
        }
    }
    candidates.sort();
    // `logs ./logs` names every file twice; below one path, where no link is followed, none is.
    if paths.len() > 1 {
        let mut seen = HashSet::new();
        let real = |one: &Candidate| one.path.canonicalize().unwrap_or_else(|_| one.path.clone());
        candidates.retain(|one| seen.insert(real(one)));
    }
    Ok(candidates)
}

fn left_out(path: &Path, what: &str) -> Problem {
    Problem::new(name_of(path), what).hint("give it on the command line if it belongs to the case")
}

pub(crate) fn name_of(path: &Path) -> String {
    let name = path.to_string_lossy();
    if cfg!(windows) { name.replace('\\', "/") } else { name.into_owned() }
}

/// A path as the caller gave it, as names of files below it begin: a folder ends with `/`.
pub(crate) fn given_name(path: &Path) -> String {
    let name = name_of(path);
    if path.is_dir() && !name.ends_with('/') { name + "/" } else { name }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    /// A pipe that nobody writes to would be waited for.
    #[test]
    fn what_is_no_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        std::fs::write(inside("a.evtx"), "log").unwrap();
        std::os::unix::fs::symlink(inside("a.evtx"), inside("link")).unwrap();
        let made = Command::new("mkfifo").arg(inside("pipe")).status().unwrap();
        assert!(made.success());
        let mut problems = Vec::new();
        let found = discover(&[folder.path().to_owned()], &mut problems).unwrap();
        assert_eq!(found.len(), 1);
        let told: Vec<(&str, &str)> = problems
            .iter()
            .map(|it| (it.source.rsplit('/').next().unwrap_or_default(), it.message.as_str()))
            .collect();
        let pipe = "is no file but a pipe, a socket or a device, and is not read";
        assert_eq!(told, [("link", "is a link, which is not followed"), ("pipe", pipe)]);
    }
}
