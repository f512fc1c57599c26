//! The committed evidence is what the writer makes, byte for byte, and nothing else stands there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic in a test is how a test fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hvtriage_samples::scenario::{all, archived_record_table, dump_facts, record_table};

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn evidence_is_what_the_writer_makes() {
    let samples = all();
    for sample in &samples {
        let committed = fs::read(package().join(&sample.path)).unwrap_or_default();
        // Not assert_eq!, which would print both files.
        assert!(
            committed == sample.bytes(),
            "{} differs; run `cargo run -p hvtriage-samples --bin write-samples`",
            sample.path
        );
    }
    let table = fs::read_to_string(package().join("records.tsv")).unwrap_or_default();
    assert!(table == record_table(&samples), "records.tsv differs");
    let table = fs::read_to_string(package().join("archived-records.tsv")).unwrap_or_default();
    assert!(table == archived_record_table(&samples), "archived-records.tsv differs");
    let facts = fs::read_to_string(package().join("dumps.json")).unwrap_or_default();
    assert!(facts == dump_facts(), "dumps.json differs");
}

#[test]
fn scenario_folders_hold_nothing_else() {
    let samples = all();
    let mut expected: BTreeSet<PathBuf> = samples.iter().map(|s| PathBuf::from(&s.path)).collect();
    let scenarios: BTreeSet<&str> =
        samples.iter().filter_map(|sample| sample.path.split('/').next()).collect();
    for scenario in &scenarios {
        expected.insert(Path::new(scenario).join("README.md"));
        expected.insert(Path::new(scenario).join("expected.json"));
    }
    let mut found = BTreeSet::new();
    for scenario in scenarios {
        collect(&package(), Path::new(scenario), &mut found);
    }
    assert_eq!(found, expected);
}

#[test]
fn evidence_is_small() {
    let total: usize = all().iter().map(|sample| sample.bytes().len()).sum();
    assert!(total < 15 << 20, "{total} bytes");
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            collect(root, &path, found);
        } else {
            found.insert(path);
        }
    }
}
