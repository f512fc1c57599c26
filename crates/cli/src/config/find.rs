//! Where the file is.

use std::path::{Path, PathBuf};

use hvtriage::reason_of;

use super::tell_unused;
use crate::arguments::GlobalArguments;

/// What the file is called.
pub(crate) const FILE_NAME: &str = "hvtriage.toml";
/// The variable that names another one.
const VARIABLE: &str = "HVTRIAGE_CONFIG";

/// The file, and who named it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) by: &'static str,
}

/// The file, if there is one.
pub(super) fn find(
    global: &GlobalArguments,
    evidence: &[PathBuf],
) -> Result<Option<Found>, String> {
    if global.no_config {
        return Ok(None);
    }
    let named = |path: PathBuf, by| {
        let is_there = path.is_file();
        let found = absolute(&path).map(|path| Some(Found { path, by }));
        if is_there { found } else { Err(format!("{by} {}: no such file", path.display())) }
    };
    if let Some(path) = &global.config {
        return named(path.clone(), "--config");
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return named(path.into(), VARIABLE);
    }
    let folder = std::env::current_dir()
        .map_err(|error| format!("the current folder: {}", reason_of(&error)))?;
    let evidence: Vec<PathBuf> = evidence.iter().filter_map(|it| it.canonicalize().ok()).collect();
    for above in folder.ancestors() {
        let path = above.join(FILE_NAME);
        if !path.is_file() {
            continue;
        }
        if is_evidence(&path, &evidence) {
            tell_unused(&path);
            continue;
        }
        let by =
            if above == folder { "the current folder" } else { "a folder above the current one" };
        return Ok(Some(Found { path, by }));
    }
    Ok(None)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{}: {}", path.display(), reason_of(&error)))
}

/// Whether it came with what is analyzed.
fn is_evidence(path: &Path, evidence: &[PathBuf]) -> bool {
    path.canonicalize().is_ok_and(|path| evidence.iter().any(|it| path.starts_with(it)))
}
