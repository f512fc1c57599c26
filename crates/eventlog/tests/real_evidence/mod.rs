//! Where real evidence of third parties is, if it is at hand.

use std::path::{Path, PathBuf};

/// The folder; without one, says on a line that what needs it is left out.
#[allow(clippy::print_stderr, reason = "a test says what it leaves out")]
pub(crate) fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("left out: no real evidence at {} (set HVTRIAGE_CORPUS)", folder.display());
    None
}
