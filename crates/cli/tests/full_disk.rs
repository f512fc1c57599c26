//! What is said where there is no room, or no right, to write.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and what is left out is told"
)]

mod small_disk;

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use small_disk::SmallDisk;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name)
}

fn hvtriage(arguments: &[&str], paths: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
    command.args(arguments).args(paths).output().unwrap()
}

/// The one line that a command says of a report that it cannot write.
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(output.stdout.is_empty());
    told
}

#[test]
fn a_report_for_which_there_is_no_room_is_refused_and_leaves_nothing() {
    let Some(disk) = SmallDisk::new(1) else { return };
    disk.fill();
    let report = disk.path().join("report.json");
    for command in
        [vec!["analyze", "--format", "json", "-o"], vec!["events", "-o"], vec!["dump", "-o"]]
    {
        let told = refusal(&hvtriage(&command, &[&report, &sample("kb2636573")]));
        assert!(told.contains("cannot write") && told.contains("no space left"), "{told}");
        assert!(told.contains(&*report.to_string_lossy()), "{told}");
        assert_eq!(disk.names(), ["filler"]);
    }
    // A report of yesterday stays as it is.
    fs::remove_file(disk.path().join("filler")).unwrap();
    fs::write(&report, "yesterday").unwrap();
    disk.fill();
    refusal(&hvtriage(&["analyze", "-o"], &[&report, &sample("kb2636573")]));
    assert_eq!(fs::read_to_string(&report).unwrap(), "yesterday");
}

#[test]
fn a_report_in_a_folder_that_must_not_be_written_to_is_refused() {
    let Some(disk) = SmallDisk::new(1) else { return };
    disk.forbid_writing();
    let report = disk.path().join("report.txt");
    let told = refusal(&hvtriage(&["analyze", "-o"], &[&report, &sample("kb2636573")]));
    assert!(
        told.contains("cannot write") && told.contains("the disk cannot be written to"),
        "{told}"
    );
    assert!(disk.names().is_empty());
}

/// An archive with a dump of 20 MiB, which is held in a file, and with a log.
fn archive(folder: &Path) -> PathBuf {
    let mut dump = b"PAGEDU64".to_vec();
    dump.resize(20 << 20, 0);
    let log = fs::read(sample("kb2636573/HV21/System.evtx")).unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("MEMORY.DMP", &dump), ("System.evtx", &log)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let path = folder.join("case.zip");
    fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    path
}

/// What does not fit beside its archive is a problem that names a way out, and the rest is read.
#[test]
fn members_of_archives_for_which_there_is_no_room_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path());
    let full = SmallDisk::new(1);
    // A folder in which nobody can make a file.
    let places = full.iter().map(SmallDisk::path).chain([Path::new("/proc")]);
    for place in places {
        let arguments = ["analyze", "--format", "json", "--temp-dir", place.to_str().unwrap()];
        let output = hvtriage(&arguments, &[&archive]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let names: Vec<&str> = report["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| source["name"].as_str().unwrap().rsplit('!').next().unwrap())
            .collect();
        assert_eq!(names, ["System.evtx"]);
        let [problem] = report["problems"].as_array().unwrap().as_slice() else {
            panic!("{report}")
        };
        assert!(problem["source"].as_str().unwrap().ends_with("!MEMORY.DMP"));
        assert!(problem["message"].as_str().unwrap().contains("folder for temporary files"));
        assert!(problem["hint"].as_str().unwrap().contains("--temp-dir"));
    }
    // A folder that is not there is refused before anything is read.
    let missing = folder.path().join("not there");
    let output = hvtriage(&["analyze", "--temp-dir", missing.to_str().unwrap()], &[&archive]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    // With room, it is read.
    let room = folder.path().to_str().unwrap();
    let output = hvtriage(&["analyze", "--format", "json", "--temp-dir", room], &[&archive]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["sources"].as_array().unwrap().len(), 2);
}
