//! Evidence that was sent twice, in archives.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod packed;

use std::fs;
use std::path::Path;

use hvtriage::{Diagnosis, Options, analyze};
use packed::sample;

/// The files below folders of these names, all of them in each.
fn zip(folders: &[&str], files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let in_folder = |folder: &&str| -> packed::Files {
        files.iter().map(|(name, bytes)| (format!("{folder}{name}"), bytes.clone())).collect()
    };
    packed::zip(&folders.iter().flat_map(in_folder).collect::<Vec<_>>())
}

/// What a diagnosis counts, wherever that stands.
fn told(diagnosis: &Diagnosis) -> Vec<(String, String, u64)> {
    let findings = diagnosis.findings.iter();
    findings.map(|it| (it.rule.clone(), it.machine.clone(), it.count)).collect()
}

fn names(diagnosis: &Diagnosis, root: &Path) -> Vec<(String, Vec<String>)> {
    let root = format!("{}/", root.display());
    let below = |name: &String| name.strip_prefix(&root).unwrap().to_owned();
    let sources = diagnosis.sources.iter();
    sources.map(|it| (below(&it.name), it.copies.iter().map(below).collect())).collect()
}

/// The case in one archive twice, in another, and in a copy of that: each content is a source once, under
/// the name that stands first, and dumps are crashes once. Ten runs, since threads take turns.
#[test]
fn the_same_content_in_archives_is_told_once_with_all_its_names() {
    let folder = sample("kb2636573");
    let plain = analyze(&[&folder], &Options::default()).unwrap();
    let files = packed::files(&folder);
    let root = tempfile::tempdir().unwrap();
    // What the archives also hold makes them differ.
    let with = |more: &str| [files.clone(), vec![(more.to_owned(), more.into())]].concat();
    fs::write(root.path().join("a.zip"), zip(&["1/", "2/"], &with("a"))).unwrap();
    fs::write(root.path().join("b.zip"), zip(&["", "x.zip/"], &with("b"))).unwrap();
    fs::write(root.path().join("c.zip"), zip(&["", "x.zip/"], &with("b"))).unwrap();
    let mut first: Option<Vec<(String, Vec<String>)>> = None;
    for run in 0..10 {
        let options = Options::default().jobs(1 + run % 4);
        let archives = analyze(&[root.path()], &options).unwrap();
        assert_eq!(told(&archives), told(&plain));
        assert_eq!(archives.crashes.len(), plain.crashes.len());
        assert_eq!(archives.sources.len(), plain.sources.len());
        assert!(archives.problems.is_empty(), "{:?}", archives.problems);
        let named = names(&archives, root.path());
        for (name, copies) in &named {
            let within = name.strip_prefix("a.zip!1/").unwrap();
            let expected = ["a.zip!2/", "b.zip!", "b.zip!x.zip/", "c.zip!", "c.zip!x.zip/"];
            assert_eq!(*copies, expected.map(|place| format!("{place}{within}")));
        }
        assert_eq!(first.get_or_insert_with(|| named.clone()), &named);
    }
}

/// An archive beside what was unpacked of it: the file leads, since it can be opened by anything else.
#[test]
fn a_file_leads_before_the_member_of_an_archive() {
    let folder = sample("guest-18590-host");
    let plain = analyze(&[&folder], &Options::default()).unwrap();
    let files = packed::files(&folder);
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.zip"), zip(&[""], &files)).unwrap();
    packed::unpack(&files, &root.path().join("unpacked"));
    let both = analyze(&[root.path()], &Options::default()).unwrap();
    assert_eq!(told(&both), told(&plain));
    assert_eq!(both.sources.len(), plain.sources.len());
    for (name, copies) in names(&both, root.path()) {
        let within = name.strip_prefix("unpacked/").unwrap();
        assert_eq!(copies, [format!("a.zip!{within}")]);
    }
}
