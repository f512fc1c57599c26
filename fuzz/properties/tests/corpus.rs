//! The scan and the full decode over real logs, where they are at hand.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::path::{Path, PathBuf};

use hvtriage_eventlog::{EvtxLog, Scanner};
use hvtriage_fuzz_properties::compare;

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(logs(&path));
        } else if path.extension().is_some_and(|extension| extension == "evtx") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every record and every value of the corpus.
#[test]
fn the_scan_agrees_with_the_full_decode() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    if !corpus.is_dir() {
        eprintln!("left out: no real evidence at {} (set HVTRIAGE_CORPUS)", corpus.display());
        return;
    }
    let mut scanner = Scanner::default();
    let (mut same, mut irregular) = (0, 0);
    let mut differences = Vec::new();
    for path in logs(&corpus) {
        let bytes = std::fs::read(&path).unwrap();
        for chunk in EvtxLog::open(&bytes).chunks() {
            let comparison = compare(chunk, &mut scanner);
            same += comparison.same;
            irregular += comparison.irregular;
            if let Some(difference) = comparison.difference {
                differences.push(format!("{}: {difference}", path.display()));
            }
        }
    }
    eprintln!("{same} alike, {irregular} left to the full decode");
    assert!(differences.is_empty(), "{}: {}", differences.len(), differences[0]);
    assert!(same > 20_000, "{same}");
}
