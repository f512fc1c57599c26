//! Events of many files: in order, with any number of threads, and each once in a diagnosis.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::path::{Path, PathBuf};

use hvtriage::{
    EventFilter, EventQuery, EventsRead, FoundEvent, Options, Progress, analyze, read_events,
};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

/// A line for each event, and what was told beside them.
fn lines(paths: &[PathBuf], query: &EventQuery) -> (Vec<String>, EventsRead) {
    let mut bytes = Vec::new();
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        let FoundEvent { source, event, .. } = found;
        let line = format!("{source} {} {} {:?}\n", event.offset, event.record_id, event.payload);
        out.extend_from_slice(line.as_bytes());
    };
    let read = read_events(paths, query, &Progress::default(), render, |part| {
        bytes.extend_from_slice(part);
        Ok(())
    });
    let text = String::from_utf8(bytes).unwrap();
    (text.lines().map(str::to_owned).collect(), read.unwrap())
}

#[test]
fn one_thread_gives_what_many_give() {
    let one = lines(&[samples()], &EventQuery::default().jobs(1));
    for jobs in [2, 7] {
        let many = lines(&[samples()], &EventQuery::default().jobs(jobs));
        assert_eq!(one.0, many.0);
        assert_eq!(one.1.problems, many.1.problems);
        assert_eq!((one.1.events, one.1.found), (many.1.events, many.1.found));
    }
    assert_eq!(one.0.len() as u64, one.1.found);
    assert_eq!(one.1.events, one.1.found);
    assert!(one.0.len() > 400);
}

/// A filter gives what reading everything and then choosing gives.
#[test]
fn a_filter_loses_nothing() {
    let worker = EventFilter::default().provider("*hyper-v-worker", None, &[18590, 23014]);
    let levels = EventFilter::default().level(1).level(2);
    let since = EventFilter::default().since("2012-01-10T00:00:00Z".parse().unwrap());
    let ids = EventFilter::default().provider("*", None, &[41, 6008]);
    let guid = "331c3b3a-2005-44c2-ac5e-77220c37d6b4".parse().ok();
    let power = EventFilter::default().provider("no such name", guid, &[]);
    for filter in [worker, levels, since, ids, power] {
        let mut expected = Vec::new();
        let all = EventQuery::default();
        let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
            if filter.wants(found.event) {
                out.extend_from_slice(
                    format!("{} {}\n", found.source, found.event.offset).as_bytes(),
                );
            }
        };
        let collect = |part: &[u8]| {
            expected.extend_from_slice(part);
            Ok(())
        };
        read_events(&[samples()], &all, &Progress::default(), render, collect).unwrap();
        let expected = String::from_utf8(expected).unwrap();
        let (found, _) = lines(&[samples()], &EventQuery::new(filter.clone()));
        let found: Vec<String> = found
            .iter()
            .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, expected.lines().collect::<Vec<_>>(), "{filter:?}");
        assert!(!found.is_empty(), "{filter:?}");
    }
}

/// A log, its export as XML, and a copy of a part of it are one evidence: each event counts once.
#[test]
fn a_log_and_its_exports_count_once() {
    let case = samples().join("kb2636573");
    let folder = std::env::temp_dir().join(format!("hvtriage-events-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("exports")).unwrap();
    let mut xml = b"<Events>".to_vec();
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        let event = found.xml.unwrap();
        let event = event.split_once("?>").map_or(event, |(_, event)| event);
        out.extend_from_slice(event.as_bytes());
    };
    let query = EventQuery::default().with_xml();
    read_events(&[&case], &query, &Progress::default(), render, |part| {
        xml.extend_from_slice(part);
        Ok(())
    })
    .unwrap();
    xml.extend_from_slice(b"</Events>");
    std::fs::write(folder.join("exports/all.xml"), &xml).unwrap();
    let options = Options::default();
    let alone = analyze(&[&case], &options).unwrap();
    let both = analyze(&[case.clone(), folder.join("exports")], &options).unwrap();
    let exported = analyze(&[folder.join("exports")], &options).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();

    let told = |diagnosis: &hvtriage::Diagnosis| -> Vec<String> {
        diagnosis.findings.iter().map(|it| format!("{} {}", it.rule, it.message)).collect()
    };
    assert!(!alone.findings.is_empty());
    assert_eq!(told(&alone), told(&both));
    for (one, two) in alone.findings.iter().zip(&both.findings) {
        assert_eq!(one.citations.len(), two.citations.len());
    }
    // What the dump of the case tells is missing in the export; nothing else is.
    let of_events = exported.sources[0].events;
    let in_logs: u64 = alone.sources.iter().filter_map(|source| source.events).sum();
    assert_eq!(of_events, Some(in_logs));
}
