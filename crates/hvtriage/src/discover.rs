//! From paths to files, in an order that no directory or machine changes.

use std::path::{Path, PathBuf};

use hvtriage_diagnosis::Problem;
use walkdir::WalkDir;

use crate::AnalyzeError;

/// Folders deeper than this are not entered; real collections nest less than ten.
const MAX_DEPTH: usize = 64;

/// A file that may hold evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// The name that reports cite: the path as the caller gave it, with `/` between its parts.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
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
                    let is_file = if entry.depth() == 0 {
                        entry.path().is_file()
                    } else {
                        entry.file_type().is_file()
                    };
                    if is_file {
                        let path = entry.into_path();
                        candidates.push(Candidate { name: name_of(&path), path });
                    }
                }
                Err(error) => problems.push(Problem {
                    source: error.path().map_or_else(String::new, name_of),
                    at: None,
                    message: "cannot be listed".to_owned()
                        + &error.io_error().map_or_else(String::new, |io| format!(": {io}")),
                    hint: Some("check the permissions of the folder".into()),
                }),
            }
        }
    }
    candidates.sort();
    candidates.dedup_by(|left, right| left.path == right.path);
    Ok(candidates)
}

fn name_of(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
