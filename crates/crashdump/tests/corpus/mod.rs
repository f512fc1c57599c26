//! Finding the corpus of real files, which is not part of the repository.

use std::path::{Path, PathBuf};

/// A folder of the corpus, or `None` (and one line to stderr) where the corpus is absent.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("HVTRIAGE_CORPUS").map_or(beside, PathBuf::from);
    let folder = corpus.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("test left out: there is no {}", folder.display());
    None
}
