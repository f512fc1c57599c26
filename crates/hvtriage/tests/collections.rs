//! Collections as their collectors lay them out, in folders and in archives.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod packed;

use hvtriage::{Diagnosis, Options, analyze};
use packed::Files;

/// Logs of two hosts where `Get-SddcDiagnosticInfo` puts them, and one dump at `place`.
fn collection(place: &str) -> Files {
    let logs = packed::files(&packed::sample("kb2636573")).into_iter();
    let logs = logs.filter(|(name, _)| name.starts_with("HV") && name.ends_with(".evtx"));
    let mut files: Files = logs.map(|(name, bytes)| (format!("Node_{name}"), bytes)).collect();
    // A dump that does not say whose it is, nor whether of a guest.
    let dump = std::fs::read(packed::sample("dump-types/x86.dmp")).unwrap();
    files.push((place.to_owned(), dump));
    files
}

fn read(name: &str, bytes: &[u8]) -> Diagnosis {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    analyze(&[&path], &Options::default()).unwrap()
}

/// The machine that the dump is of, and why.
fn owner(diagnosis: &Diagnosis) -> (String, Vec<String>) {
    let dump = &diagnosis.crashes[0].source;
    let machine = diagnosis.machines.iter().find(|it| it.names.contains(dump)).unwrap();
    let reasons = machine.reasons.iter().map(|reason| reason.words.clone());
    (machine.name.clone(), reasons.filter(|words| words.contains("lies ")).collect())
}

#[test]
fn a_dump_in_a_collection_is_of_the_node_that_its_folder_names() {
    for (place, expected) in [
        ("Node_HV22/LocalDumps/x.dmp", "HV22.contoso.example"),
        // A node without logs has the name that its folder gives.
        ("Node_HV23/LocalDumps/x.dmp", "HV23"),
    ] {
        for (name, bytes) in packed::archives(&collection(place)) {
            let name = name.replace("case", "HealthTest-C1-20230102-0304");
            let diagnosis = read(&name, &bytes);
            let (machine, reasons) = owner(&diagnosis);
            assert_eq!(machine, expected, "{name}");
            let words = "lies where Get-SddcDiagnosticInfo puts the files of";
            assert!(reasons.iter().any(|it| it.contains(words)), "{reasons:?}");
            let collections = diagnosis.sources.iter().map(|it| it.collection.as_deref());
            assert!(collections.eq(vec![Some("Get-SddcDiagnosticInfo"); diagnosis.sources.len()]));
        }
    }
}

#[test]
fn a_folder_that_is_no_node_names_nobody() {
    for place in ["Node/x.dmp", "node_modules/x.dmp", "Nodes_HV22/x.dmp", "HV22/Node_1/x.dmp"] {
        let diagnosis = read("HealthTest-C1.zip", &packed::zip(&collection(place)));
        let dump = diagnosis.crashes[0].source.clone();
        let (machine, reasons) = owner(&diagnosis);
        assert_eq!((machine, reasons), (dump, vec![]), "{place}");
    }
}
