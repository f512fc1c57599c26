//! The main job on real evidence of other people, against what its manifest says of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a missing corpus is told"
)]

use std::path::{Path, PathBuf};

use hvtriage::{Options, analyze};
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("left out: no real evidence at {} (set HVTRIAGE_CORPUS)", folder.display());
    None
}

fn report(path: &Path, jobs: usize) -> String {
    let diagnosis = analyze(&[path], &Options::default().jobs(jobs)).unwrap();
    let mut bytes = Vec::new();
    hvtriage_report::write(&diagnosis, hvtriage_report::Format::Json, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&report(path, 2)).unwrap()
}

/// The rows of the manifest whose first cell names a file below `folder`, cell by cell.
fn rows(corpus: &Path, folder: &str) -> Vec<Vec<String>> {
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.md")).unwrap();
    let head = format!("| `{folder}/");
    let rows = manifest.lines().filter(|line| line.starts_with(&head));
    rows.map(|row| row.split('|').map(|cell| cell.trim().replace(['`', '*'], "")).collect())
        .collect()
}

#[test]
fn kernel_dumps_say_what_the_manifest_says() {
    let Some(corpus) = corpus() else { return };
    let rows = rows(&corpus, "dumps/kernel");
    assert_eq!(rows.len(), 8);
    let report = json(&corpus.join("dumps/kernel"));
    let crashes = report["crashes"].as_array().unwrap();
    assert_eq!(crashes.len(), rows.len());
    for row in rows {
        let name = &row[1];
        let crash =
            crashes.iter().find(|it| it["source"].as_str().unwrap().ends_with(name.as_str()));
        let crash = crash.unwrap();
        assert_eq!(crash["os_build"].to_string(), row[3], "{name}");
        assert_eq!(crash["machine_type"], row[4], "{name}");
        assert_eq!(crash["bugcheck"]["code"], row[6], "{name}");
        let parameters: Vec<Value> =
            row[7].split(' ').map(|parameter| Value::from(format!("0x{parameter}"))).collect();
        assert_eq!(crash["bugcheck"]["parameters"], Value::Array(parameters), "{name}");
        match row[8].split_once('+') {
            Some((module, offset)) => {
                let found = crash["fault"]["module"].as_str().unwrap();
                assert_eq!(found.split('.').next(), Some(module), "{name}");
                assert_eq!(crash["fault"]["offset"], offset, "{name}");
            }
            None => assert!(crash["blamed"].is_null(), "{name}"),
        }
        assert_eq!(crash["uptime_seconds"].to_string(), row[11], "{name}");
        let counts: Vec<&str> = row[12].split('/').collect();
        assert_eq!(crash["module_count"].to_string(), counts[0], "{name}");
        assert_eq!(crash["unloaded_count"].to_string(), counts[1], "{name}");
    }
    // That it stopped is all that a dump by itself proves.
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["rule"] == "DUMP-STOP"), "{findings:#?}");
}

/// What is found in real logs was reviewed by hand: rule, file, and why it is right. Whatever is not
/// listed there is a false alarm.
const REVIEWED: &str = include_str!("reviewed_findings.tsv");

#[test]
fn real_logs_raise_no_false_alarm() {
    let Some(corpus) = corpus() else { return };
    let report = json(&corpus.join("evtx"));
    let reviewed: Vec<[&str; 2]> = REVIEWED
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').collect::<Vec<_>>().first_chunk::<2>().copied())
        .collect();
    let mut seen = vec![false; reviewed.len()];
    for finding in report["findings"].as_array().unwrap() {
        for citation in finding["citations"].as_array().unwrap() {
            let source = citation["source"].as_str().unwrap();
            let is_it =
                |[rule, file]: &[&str; 2]| finding["rule"] == *rule && source.ends_with(file);
            let place = reviewed.iter().position(is_it);
            seen[place.unwrap_or_else(|| panic!("not reviewed: {finding:#}"))] = true;
        }
    }
    assert!(seen.iter().all(|seen| *seen), "no longer found: {reviewed:?} {seen:?}");
    // The manifest's sixth cell is the number of records that the package `evtx` reads.
    let mut compared = 0;
    for row in rows(&corpus, "evtx") {
        let Some(records) = row[5].split_whitespace().next().and_then(|it| it.parse::<u64>().ok())
        else {
            continue;
        };
        let sources = report["sources"].as_array().unwrap();
        let source = sources.iter().find(|it| it["name"].as_str().unwrap().ends_with(&row[1]));
        let Some(source) = source else {
            let problems = report["problems"].as_array().unwrap();
            let told = problems.iter().any(|it| it["source"].as_str().unwrap().ends_with(&row[1]));
            assert!(told, "{} is neither read nor a problem", row[1]);
            continue;
        };
        assert!(source["events"].as_u64().unwrap() >= records, "{}: {source}", row[1]);
        compared += 1;
    }
    assert!(compared >= 20, "{compared} logs compared");
}

#[test]
fn one_thread_and_many_give_the_same_bytes_on_real_evidence() {
    let Some(corpus) = corpus() else { return };
    for folder in ["evtx", "event_xml", "dumps"] {
        let folder = corpus.join(folder);
        assert!(report(&folder, 1) == report(&folder, 7), "{}", folder.display());
    }
}

/// A zip file with `\\` between folders, as its manifest says; of its 316 files 309 begin
/// as logs do, of which 290 differ (counted with another unpacker).
#[test]
fn an_archive_reads_as_unpacked() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("archives/capattack.zip");
    let diagnosis = analyze(&[path], &Options::default()).unwrap();
    let names: usize = diagnosis.sources.iter().map(|source| 1 + source.copies.len()).sum();
    assert_eq!((diagnosis.sources.len(), names), (290, 309));
    assert!(diagnosis.sources.iter().all(|source| !source.name.contains('\\')));
    assert!(diagnosis.problems.is_empty(), "{:?}", diagnosis.problems);
}
