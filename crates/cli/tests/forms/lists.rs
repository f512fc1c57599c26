//! Lists and events as Parquet. What stands in the files is compared by other programs, see
//! `crates/report/tests/readers`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::golden::{refused, run};

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    entries.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
}

#[test]
fn all_lists_go_to_a_folder_and_one_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (all, again, one) = (path("new/all"), path("again"), path("one.parquet"));
    let analyze = ["analyze", "kb2636573", "--format", "parquet"];
    let succeeds = |more: &[&str]| {
        let output = run(&[analyze.as_slice(), more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert_eq!(succeeds(&["-o", &all]), b"");
    succeeds(&["-o", &again, "--jobs", "1"]);
    let written = files(Path::new(&all));
    assert_eq!(written.len(), 16, "{:?}", written.keys());
    assert!(written.values().all(|file| file.starts_with(b"PAR1") && file.ends_with(b"PAR1")));
    // One thread or all, and another process: the same bytes.
    assert!(written == files(Path::new(&again)));
    for list in ["findings", "facts"] {
        let wanted = &written[&format!("{list}.parquet")];
        succeeds(&["--table", list, "-o", &one]);
        assert!(*wanted == std::fs::read(&one).unwrap(), "{list}");
        assert!(*wanted == succeeds(&["--table", list]), "{list}");
    }
    // A folder that is there is written to again; a file is not one.
    succeeds(&["-o", &again]);
    assert!(written == files(Path::new(&again)));
    let message = refused(&[analyze.as_slice(), &["-o", &one]].concat());
    assert!(message.contains("name a folder"), "{message}");
    let message = refused(&analyze);
    assert!(message.contains("name a folder with --output"), "{message}");
}

#[test]
fn evidence_is_not_overwritten_by_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("findings.parquet");
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/kb2636573/HV22/System.evtx");
    std::fs::copy(sample, &log).unwrap();
    let before = std::fs::read(&log).unwrap();
    let case = folder.path().to_str().unwrap();
    let message = refused(&["analyze", case, "--format", "parquet", "-o", case]);
    assert!(message.contains("findings.parquet is evidence of this case"), "{message}");
    assert_eq!(files(folder.path()).len(), 1);
    assert_eq!(std::fs::read(&log).unwrap(), before);
}

#[test]
fn events_are_the_same_with_one_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for command in ["events", "timeline"] {
        for (name, jobs) in [("first", "1"), ("second", "4")] {
            let arguments = [command, "damaged", "--format", "parquet", "--jobs", jobs, "-o"];
            assert!(run(&[arguments.as_slice(), &[&path(name)]].concat()).status.success());
        }
        let files = files(folder.path());
        assert!(
            files["first"].starts_with(b"PAR1") && files["first"] == files["second"],
            "{command}"
        );
    }
}
