//! Evidence that was sent twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::fs;
use std::path::Path;

use hvtriage::{Ignore, IgnoreList, Options, analyze};

/// The same logs in two collections, plain and in an archive that is there twice: each content is read
/// once, is told with all its names, and the findings are those of one collection.
#[test]
fn the_same_content_in_two_collections_is_read_once() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/guest-18590-host");
    let once = analyze(&[&sample], &Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for collection in ["first", "second"] {
        for source in &once.sources {
            let relative = Path::new(&source.name).strip_prefix(&sample).unwrap();
            let copy = folder.path().join(collection).join(relative);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&source.name, copy).unwrap();
        }
    }
    let twice = analyze(&[folder.path()], &Options::default()).unwrap();
    assert_eq!(twice.sources.len(), once.sources.len());
    for source in &twice.sources {
        assert!(source.name.contains("/first/"), "{source:?}");
        assert_eq!(source.copies, [source.name.replace("/first/", "/second/")]);
    }
    let told = |diagnosis: &hvtriage::Diagnosis| -> Vec<(String, String, u64)> {
        let findings = diagnosis.findings.iter();
        findings.map(|it| (it.rule.clone(), it.message.clone(), it.count)).collect()
    };
    assert!(!once.findings.is_empty());
    assert_eq!(told(&twice), told(&once));
}

/// An entry that names the copy takes nothing, since findings cite the file that was read: it says so.
#[test]
fn an_ignored_file_that_is_a_copy_is_told_as_one() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/guest-18590-host");
    let once = analyze(&[&sample], &Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cited = Path::new(&*once.findings[0].citations[0].locator.source);
    for name in ["a.evtx", "b.evtx"] {
        fs::copy(cited, folder.path().join(name)).unwrap();
    }
    let entry = |file: &str| Ignore {
        rule: "*".into(),
        machine: None,
        guest: None,
        file: Some(file.into()),
        reason: "known".into(),
        until: None,
    };
    let entries = ["b.evtx", "c.evtx", "a.evtx"].map(entry).to_vec();
    let list = IgnoreList::new(entries, "2026-11-27".parse().unwrap());
    let diagnosis = analyze(&[folder.path()], &Options::default().ignore(list)).unwrap();
    let ignored = diagnosis.ignored.unwrap();
    assert!(!ignored.findings.is_empty(), "the last entry takes them");
    let whys: Vec<&str> = ignored.unused.iter().map(|one| one.why.as_deref().unwrap()).collect();
    let original = &diagnosis.sources[0].name;
    assert!(original.ends_with("a.evtx"), "{original}");
    let of_copy = format!("'b.evtx' is left out as a copy of '{original}': name that");
    assert_eq!(whys, [of_copy.as_str(), "no file 'c.evtx' in this evidence"]);
}
