//! A case in an archive is the case in a folder.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

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

#[test]
fn a_zip_in_a_cabinet_in_a_zip_says_what_the_folder_says() {
    let folder = analyze(&[sample("kb2636573")], &Options::default()).unwrap();
    let inner = zipped(&sample("kb2636573"));
    let outer = zip_of("case/collector.cab", &cabinet_of("logs.zip", &inner));
    let path = std::env::temp_dir().join(format!("hvtriage-nested-{}.zip", std::process::id()));
    std::fs::write(&path, outer).unwrap();
    let archive = analyze(&[&path], &Options::default().temporary(std::env::temp_dir()));
    std::fs::remove_file(&path).unwrap();
    let archive = archive.unwrap();
    assert!(!said(&folder).is_empty());
    assert_eq!(said(&archive), said(&folder));
    assert_eq!(archive.sources.len(), folder.sources.len());
    let name = &archive.sources[0].name;
    assert!(name.contains(".zip!case/collector.cab!logs.zip!") && !name.contains('\\'), "{name}");
    assert!(archive.problems.is_empty(), "{:?}", archive.problems);
}
