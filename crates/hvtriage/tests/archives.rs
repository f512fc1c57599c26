//! A case in an archive is the case in a folder.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

#[allow(dead_code, clippy::arithmetic_side_effects, reason = "zip has a writer at hand")]
#[path = "../src/archive/tests/by_hand.rs"]
mod by_hand;

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use hvtriage::{Diagnosis, Options, analyze};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name)
}

/// The files below `folder`, with `\` between folders, as Windows PowerShell 4 writes them.
fn zipped(folder: &Path) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name =
                entry.path().strip_prefix(folder).unwrap().to_string_lossy().replace('/', "\\");
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

/// The same in a 7z archive, and in a packed tape archive.
fn seven_zipped(folder: &Path) -> Vec<u8> {
    let files = files(folder).into_iter();
    let add = |archive: by_hand::SevenZip, (name, bytes): (String, Vec<u8>)| {
        archive.stored(&name, &bytes)
    };
    files.fold(by_hand::SevenZip::default(), add).finish()
}

fn tar_gz(folder: &Path) -> Vec<u8> {
    let gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(gz);
    for (name, bytes) in files(folder) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn cabinet_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = cab::CabinetBuilder::new();
    builder.add_folder(cab::CompressionType::MsZip).add_file(name);
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    writer.next_file().unwrap().unwrap().write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

fn zip_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

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
fn a_zip_in_a_cabinet_in_a_zip_says_what_the_folder_says() {
    let sample = sample("kb2636573");
    let folder = analyze(&[&sample], &Options::default()).unwrap();
    assert!(!said(&folder).is_empty());
    let nested = zip_of("case/collector.cab", &cabinet_of("logs.zip", &zipped(&sample)));
    let other = zip_of("case.7z", &cabinet_of("logs.tar.gz", &tar_gz(&sample)));
    for (name, bytes, inside) in [
        ("case.zip", nested, "case.zip!case/collector.cab!logs.zip!"),
        // Named wrongly as well.
        ("case.dat", other, "case.dat!case.7z!logs.tar.gz!logs.tar!"),
        ("case.7z", seven_zipped(&sample), "case.7z!"),
        ("case.tgz", tar_gz(&sample), "case.tgz!case!"),
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
        let of_logs = || {
            let logs = |it: &&hvtriage::Source| it.name.ends_with(".evtx");
            told.sources.iter().filter(logs)
        };
        assert_eq!(of_logs().count(), distinct, "{name}");
        assert_eq!(of_logs().map(|it| 1 + it.copies.len()).sum::<usize>(), logs, "{name}");
        assert!(told.problems.is_empty(), "{:?}", told.problems);
        assert!(told.sources.iter().all(|it| !it.name.contains('\\')));
    }
}
