//! An analysis that is watched, broken off and bounded.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hvtriage::{Advance, AnalyzeError, Analyzer, CaseLimits, Options, Progress, analyze};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name)
}

fn options() -> Options {
    Options::default().jobs(2)
}

#[test]
fn findings_are_told_as_they_arise_and_are_those_of_the_diagnosis() {
    let case = sample("antivirus-on-host");
    let mut told = Vec::new();
    let diagnosis = Analyzer::new(options())
        .on_finding(|finding| told.push((finding.rule.clone(), finding.machine.clone())))
        .analyze(&[&case])
        .unwrap();
    let of_diagnosis = diagnosis.findings.iter();
    let mut known: Vec<_> =
        of_diagnosis.map(|finding| (finding.rule.clone(), finding.machine.clone())).collect();
    known.sort();
    told.sort();
    assert!(!told.is_empty());
    assert_eq!(told, known);
    assert_eq!(diagnosis.findings, analyze(&[&case], &options()).unwrap().findings);
}

#[test]
fn the_facts_are_told_once_before_the_findings() {
    let case = sample("kb2636573");
    let told = Mutex::new(Vec::new());
    let add = |what: String| told.lock().unwrap().push(what);
    let mut facts = Vec::new();
    Analyzer::new(options())
        .on_evidence(|evidence| {
            add("evidence".to_owned());
            facts = evidence.facts().to_vec();
            let kinds: Vec<&str> = evidence.told_facts().map(|fact| fact.kind).collect();
            assert_eq!(kinds.len(), facts.len());
            assert!(kinds.contains(&"crash") && kinds.contains(&"live_migration"), "{kinds:?}");
        })
        .on_finding(|finding| add(finding.rule.clone()))
        .analyze(&[&case])
        .unwrap();
    assert_eq!(*told.lock().unwrap(), ["evidence", "KP-41", "KB2636573"]);
    let (read, _) = hvtriage::read_facts(&[&case], &options()).unwrap();
    let read: Vec<_> = read.into_iter().map(|fact| fact.locator).collect();
    assert!(read.iter().all(|locator| facts.iter().any(|fact| fact.locator == *locator)));
}

#[test]
fn progress_counts_every_file_and_all_that_is_decoded() {
    let steps = Mutex::new(Vec::<Advance>::new());
    Analyzer::new(options())
        .on_progress(|advance| {
            steps.lock().unwrap().push(advance);
            ControlFlow::Continue(())
        })
        .analyze(&[sample("kb2636573")])
        .unwrap();
    let mut files: Vec<u64> = steps.lock().unwrap().iter().map(|step| step.files).collect();
    files.sort_unstable();
    // Seven files of evidence, the story, and what is expected.
    assert_eq!(files, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let steps = steps.into_inner().unwrap();
    assert!(steps.iter().all(|step| step.all_files == 9));
    let last = steps.iter().max_by_key(|step| step.bytes).unwrap();
    assert_eq!(last.bytes, last.found_bytes);
}

#[test]
fn a_break_ends_it_before_further_files_are_read() {
    let read = AtomicU64::new(0);
    let broken_off = Analyzer::new(Options::default().jobs(1))
        .on_progress(|_| {
            read.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        })
        .analyze(&[sample("cluster-16-hosts")]);
    assert!(matches!(broken_off, Err(AnalyzeError::BrokenOff)));
    assert_eq!(read.into_inner(), 1);
    let progress = Progress::default();
    progress.break_off();
    let broken_off = Analyzer::new(options()).progress(&progress).analyze(&[sample("kb2636573")]);
    assert!(matches!(broken_off, Err(AnalyzeError::BrokenOff)));
    assert_eq!(progress.done_bytes(), 0);
}

#[test]
fn what_lies_beyond_a_limit_is_told_and_the_rest_is_judged() {
    let case = sample("kb2636573");
    let limited = |limits| {
        let diagnosis = Analyzer::new(options()).limits(limits).analyze(&[&case]).unwrap();
        let [problem] = diagnosis.problems.as_slice() else { panic!("{:?}", diagnosis.problems) };
        assert!(problem.message.contains("lies beyond the limit of"), "{problem:?}");
        (diagnosis.sources.len(), problem.source.clone())
    };
    // In the order of their names: HV21 has two logs, HV22 three.
    let (sources, next) = limited(CaseLimits::default().files(4));
    assert_eq!(sources, 4);
    assert!(next.contains("kb2636573/HV22/"), "{next}");
    let first = std::fs::metadata(case.join("HV21"))
        .and_then(|_| std::fs::read_dir(case.join("HV21")))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum::<u64>();
    let (sources, next) = limited(CaseLimits::default().bytes(first));
    assert_eq!(sources, std::fs::read_dir(case.join("HV21")).unwrap().count());
    assert!(next.contains("kb2636573/HV22/"), "{next}");
}

#[test]
fn no_further_files_are_read_once_there_are_enough_facts() {
    let folder = tempfile::tempdir().unwrap();
    let log =
        std::fs::read(sample("guest-18590-host").join(first_log("guest-18590-host"))).unwrap();
    for number in 0..300 {
        // Files of one content are read once.
        let mut bytes = log.clone();
        bytes.extend_from_slice(format!("{number:03}").as_bytes());
        std::fs::write(folder.path().join(format!("{number:03}.evtx")), bytes).unwrap();
    }
    let all = Analyzer::new(options()).analyze(&[folder.path()]).unwrap();
    assert_eq!(all.sources.len(), 300);
    let limits = CaseLimits::default().facts(1);
    let some = Analyzer::new(options()).limits(limits).analyze(&[folder.path()]).unwrap();
    assert_eq!(some.sources.len(), 256, "a window of files");
    assert!(some.problems.iter().any(|it| it.source.ends_with("256.evtx")), "{:?}", some.problems);
}

/// The first log of a sample, below its folder.
fn first_log(sample_name: &str) -> PathBuf {
    let folder = sample(sample_name);
    let logs = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter();
    let mut logs =
        logs.filter_map(Result::ok).filter(|it| it.path().extension() == Some("evtx".as_ref()));
    logs.next().unwrap().path().strip_prefix(&folder).unwrap().to_owned()
}
