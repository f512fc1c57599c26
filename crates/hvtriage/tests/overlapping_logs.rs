//! Logs that were exported more than once: each event counts once, whatever form it came in.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod packed;

use std::fs;
use std::path::Path;

use hvtriage::{Diagnosis, EventQuery, FoundEvent, Options, Progress, analyze, read_events};
use packed::Files;

const HEADER_BYTES: usize = 0x1000;
const CHUNK_BYTES: usize = 0x1_0000;

/// The events of a log as XML, one by one.
fn events_as_xml(path: &Path) -> Vec<String> {
    let mut bytes = Vec::new();
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        out.extend(found.xml.unwrap().bytes());
        out.push(0);
    };
    let query = EventQuery::default().with_xml();
    let read = read_events(&[path], &query, &Progress::default(), render, |part| {
        bytes.extend_from_slice(part);
        Ok(())
    });
    read.unwrap();
    let events = bytes.split(|byte| *byte == 0).filter(|event| !event.is_empty());
    events.map(|event| String::from_utf8(event.to_vec()).unwrap()).collect()
}

fn export(events: &[String]) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>{}</Events>", events.concat())
        .into()
}

/// A log as it is on the disk while Windows writes it: its header is that of the last start, and its chunk
/// counts fewer records than it holds.
fn in_use(log: &[u8]) -> Vec<u8> {
    let mut log = log.to_vec();
    // Offsets as in Schuster, "Introducing the Microsoft Vista event log file format", 2007.
    const FLAGS: usize = 120;
    const IS_DIRTY: u8 = 1;
    log[FLAGS] |= IS_DIRTY;
    const LAST_RECORD: usize = HEADER_BYTES + 16;
    const LAST_RECORD_ID: usize = HEADER_BYTES + 32;
    for at in [LAST_RECORD, LAST_RECORD_ID] {
        let last = u64::from_le_bytes(log[at..at + 8].try_into().unwrap());
        log[at..at + 8].copy_from_slice(&(last - 1).to_le_bytes());
    }
    log
}

fn logs(sample: &str) -> Files {
    let files = packed::files(&packed::sample(sample)).into_iter();
    files.filter(|(name, _)| name.ends_with(".evtx")).collect()
}

/// Everything that is concluded, with what it rests on.
fn concluded(diagnosis: &Diagnosis) -> String {
    let Diagnosis { machines, incidents, findings, guests, crashes, tables, missing, .. } =
        diagnosis;
    format!(
        "{machines:#?}{incidents:#?}{findings:#?}{guests:#?}{crashes:#?}{tables:#?}{missing:#?}"
    )
}

/// What is in `a` is there a second time in `b`; nothing but the list of files may tell.
fn told_once(a: &Files, b: &Files) -> Diagnosis {
    let root = tempfile::tempdir().unwrap();
    packed::unpack(a, &root.path().join("a"));
    let once = analyze(&[root.path().join("a")], &Options::default()).unwrap();
    packed::unpack(b, &root.path().join("b"));
    let twice = analyze(&[root.path()], &Options::default()).unwrap();
    assert_eq!(concluded(&twice), concluded(&once));
    assert_eq!(twice.event_count(), once.event_count());
    let events = |diagnosis: &Diagnosis| -> Vec<(String, String, u64)> {
        let logs = diagnosis.coverage.iter();
        logs.map(|log| (log.machine.clone(), log.channel.clone(), log.events)).collect()
    };
    assert_eq!(events(&twice), events(&once));
    // Of a log of one event some exports are the same.
    let files = twice.sources.iter().map(|source| 1 + source.copies.len());
    assert_eq!(files.sum::<usize>(), a.len() + b.len());
    twice
}

#[test]
fn a_log_and_its_export_as_xml_are_one() {
    let sample = packed::sample("kb2636573");
    let logs = logs("kb2636573");
    let mut exports = Files::new();
    for (name, _) in &logs {
        let events = events_as_xml(&sample.join(name));
        let half = events.len() / 2;
        exports.push((format!("{name}.xml"), export(&events)));
        exports.push((format!("{name}.first.xml"), export(&events[..half + 1])));
        exports.push((format!("{name}.second.xml"), export(&events[half..])));
        // What a filter wanted: each third.
        let some: Vec<String> = events.iter().step_by(3).cloned().collect();
        exports.push((format!("{name}.some.xml"), export(&some)));
    }
    let dump = packed::files(&sample).into_iter().filter(|(name, _)| name.ends_with(".DMP"));
    let evidence: Files = logs.iter().cloned().chain(dump).collect();
    let twice = told_once(&evidence, &exports);
    assert!(twice.findings.iter().any(|it| it.rule == "KB2636573"));
    // The other way about the exports are cited, and say the same.
    let only_exports: Files =
        exports.iter().filter(|(name, _)| name.ends_with(".evtx.xml")).cloned().collect();
    told_once(&only_exports, &logs);
}

#[test]
fn a_log_that_was_copied_while_in_use_and_its_export_are_one() {
    for sample in ["kb2636573", "guest-18590-host", "antivirus-on-host"] {
        let logs = logs(sample);
        let copied = logs.iter().map(|(name, bytes)| (name.clone(), in_use(bytes))).collect();
        told_once(&logs, &copied);
        told_once(&copied, &logs);
    }
}

/// Two exports of one log, which have a chunk in common: 65 events and more each, those in both once.
#[test]
fn exports_that_overlap_cover_their_log_once() {
    let log = fs::read(packed::sample("healthy-host/guest-WEB61/System.evtx")).unwrap();
    let ends = [HEADER_BYTES + CHUNK_BYTES, HEADER_BYTES + 2 * CHUNK_BYTES];
    assert_eq!(log.len(), ends[1]);
    let part = |from: usize, to: usize| [&log[..HEADER_BYTES], &log[from..to]].concat();
    let whole = vec![("System.evtx".to_owned(), log.clone())];
    let parts = vec![
        ("earlier.evtx".to_owned(), part(HEADER_BYTES, ends[0])),
        ("later.evtx".to_owned(), part(ends[0], ends[1])),
    ];
    told_once(&whole, &parts);
}
