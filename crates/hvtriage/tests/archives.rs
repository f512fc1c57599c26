//! A case in an archive is the case in a folder.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod packed;

use std::path::{Path, PathBuf};

use hvtriage::{Diagnosis, Options, Source, analyze};
use packed::{archives, cabinet, files, sample, seven_zip, tar_gz, zip};

/// What a diagnosis says, without where it stands.
fn said(diagnosis: &Diagnosis) -> Vec<String> {
    let findings = diagnosis.findings.iter().map(|finding| {
        let cited: Vec<&str> = finding
            .citations
            .iter()
            .map(|citation| citation.locator.source.rsplit(['/', '!']).next().unwrap_or_default())
            .collect();
        format!("{} {:?} {} {cited:?}", finding.rule, finding.confidence, finding.machine)
    });
    findings.collect()
}

/// What `bytes`, saved as `name`, tell.
fn analyzed(name: &str, bytes: &[u8]) -> Diagnosis {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    analyze(&[&path], &Options::default().temporary(folder.path())).unwrap()
}

#[test]
fn an_archive_however_nested_says_what_the_folder_says() {
    let sample = sample("kb2636573");
    let folder = analyze(&[&sample], &Options::default()).unwrap();
    assert!(!said(&folder).is_empty());
    let files = files(&sample);
    let around = |name: &str, bytes: Vec<u8>| vec![(name.to_owned(), bytes)];
    let nested = zip(&around("case/collector.cab", cabinet(&around("logs.zip", zip(&files)))));
    let other = seven_zip(&around("a/logs.tar.gz", tar_gz(&around("b.cab", cabinet(&files)))));
    let [in_zip, in_cabinet, in_7z, in_tar] = archives(&files);
    for ((name, bytes), inside) in [
        (in_zip, "case.zip!"),
        (in_cabinet, "case.cab!"),
        (in_7z, "case.7z!"),
        (in_tar, "case.tgz!case!"),
        (("case.zip", nested), "case.zip!case/collector.cab!logs.zip!"),
        // Named wrongly as well.
        (("case.dat", other), "case.dat!a/logs.tar.gz!logs.tar!b.cab!"),
    ] {
        let archive = analyzed(name, &bytes);
        assert_eq!(said(&archive), said(&folder), "{name}");
        assert_eq!(archive.sources.len(), folder.sources.len());
        let name = &archive.sources[0].name;
        assert!(name.contains(inside) && !name.contains('\\'), "{name}");
        assert!(archive.problems.is_empty(), "{:?}", archive.problems);
    }
}

/// Real archives: as many logs as `python3 -m zipfile` and the signature of a log count in them.
#[test]
fn archives_of_the_corpus_are_read_to_the_last_member() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    let archives = corpus.join("archives");
    if !archives.is_dir() {
        eprintln!("left out: no real evidence at {} (set HVTRIAGE_CORPUS)", corpus.display());
        return;
    }
    for (name, logs, distinct) in [("capattack.zip", 309, 290), ("python-evtx.zip", 6, 6)] {
        let told = analyze(&[archives.join(name)], &Options::default()).unwrap();
        let is_log = |it: &&Source| it.name.ends_with(".evtx");
        let of_logs = || told.sources.iter().filter(is_log);
        assert_eq!(of_logs().count(), distinct, "{name}");
        assert_eq!(of_logs().map(|it| 1 + it.copies.len()).sum::<usize>(), logs, "{name}");
        assert!(told.problems.is_empty(), "{:?}", told.problems);
        assert!(told.sources.iter().all(|it| !it.name.contains('\\')));
    }
}
