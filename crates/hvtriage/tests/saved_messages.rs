//! Messages that Windows saved beside logs, in folders and in archives.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test fails"
)]

#[allow(dead_code, reason = "it also writes binaries")]
#[path = "../../eventlog/tests/messages/writer.rs"]
mod writer;

mod packed;

use std::collections::BTreeSet;
use std::path::Path;

use hvtriage::{EventQuery, FoundEvent, Progress, read_events};

/// Name of the log and message of each event.
fn told(path: &Path) -> (Vec<(String, Option<String>)>, usize) {
    let mut bytes = Vec::new();
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        let name = found.source.rsplit(['/', '!']).next().unwrap();
        out.extend(format!("{name}\t{}\n", found.message.unwrap_or("none")).into_bytes());
    };
    let query = EventQuery::default().with_messages();
    let read = read_events(&[path], &query, &Progress::default(), render, |part| {
        bytes.extend_from_slice(part);
        Ok(())
    });
    let lines = String::from_utf8(bytes).unwrap();
    let lines = lines.lines().map(|line| line.split_once('\t').unwrap());
    let told =
        lines.map(|(name, text)| (name.to_owned(), (text != "none").then(|| text.to_owned())));
    (told.collect(), read.unwrap().problems.len())
}

/// Id and provider of each record of a log.
fn records(path: &Path) -> Vec<(u64, String)> {
    let mut bytes = Vec::new();
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        let event = found.event;
        out.extend(format!("{} {}\n", event.record_id, event.provider.name).into_bytes());
    };
    let query = EventQuery::default();
    let read = read_events(&[path], &query, &Progress::default(), render, |part| {
        bytes.extend_from_slice(part);
        Ok(())
    });
    read.unwrap();
    let lines = String::from_utf8(bytes).unwrap();
    let lines = lines.lines().map(|line| line.split_once(' ').unwrap());
    lines.map(|(id, provider)| (id.parse().unwrap(), provider.to_owned())).collect()
}

/// A file of messages, `text` for each of these records.
fn messages(records: &[(u64, String)], text: &str) -> Vec<u8> {
    let events: Vec<Vec<u8>> = records.iter().map(|(id, _)| writer::mta_event(*id, 0)).collect();
    let texts = [writer::mta_text(text)];
    let providers: BTreeSet<&str> = records.iter().map(|(_, name)| name.as_str()).collect();
    let provider = |name| writer::mta_provider(name, [&[], &[], &[], &[]]);
    let providers: Vec<Vec<u8>> = providers.into_iter().map(provider).collect();
    writer::mta([("EVT", &events), ("MSG", &texts), ("PUB", &providers)])
}

/// Logs before and behind their messages, of several languages, in upper and lower case, and messages of
/// a log of the same name in another folder.
#[test]
fn a_log_is_joined_with_the_messages_beside_it_in_any_archive() {
    let path = packed::sample("kb2636573/HV21/System.evtx");
    let log = std::fs::read(&path).unwrap();
    let messages = |text: &str| messages(&records(&path), text);
    let file = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
    let files = [
        file("A/Alone.evtx", &log),
        file("A/LocaleMetaData/System_1031.MTA", &messages("deutsch")),
        file("A/LocaleMetaData/System_1033.MTA", &messages("english")),
        file("A/System.evtx", &log),
        file("B/System.evtx", &log),
        file("B/localemetadata/SYSTEM_1041.mta", &messages("nihongo")),
        file("C/System.evtx", &log),
    ];
    let folder = tempfile::tempdir().unwrap();
    packed::unpack(&files, &folder.path().join("case"));
    let (in_folder, problems) = told(&folder.path().join("case"));
    let texts: BTreeSet<_> = in_folder.iter().cloned().collect();
    let text = |name: &str, text: Option<&str>| (name.to_owned(), text.map(str::to_owned));
    let expected = [
        text("Alone.evtx", None),
        text("System.evtx", None),
        text("System.evtx", Some("english")),
        text("System.evtx", Some("nihongo")),
    ];
    assert_eq!(texts.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(problems, 0);
    for (name, bytes) in packed::archives(&files) {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(told(&path), (in_folder.clone(), 0), "{name}");
        let nested = packed::zip(&[(format!("x/{name}"), bytes)]);
        let outer = folder.path().join("outer.zip");
        std::fs::write(&outer, nested).unwrap();
        assert_eq!(told(&outer), (in_folder.clone(), 0), "{name} in a zip");
    }
}

#[test]
fn damaged_messages_are_a_problem_and_cost_no_event() {
    let log = std::fs::read(packed::sample("kb2636573/HV21/System.evtx")).unwrap();
    let messages = messages(&[(1, "EventLog".into())], "english");
    let files = [
        ("System.evtx".to_owned(), log),
        ("LocaleMetaData/System_1033.MTA".to_owned(), messages[..40].to_vec()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.zip");
    std::fs::write(&path, packed::zip(&files)).unwrap();
    let (events, problems) = told(&path);
    assert!(!events.is_empty() && events.iter().all(|(_, text)| text.is_none()));
    assert_eq!(problems, 1);
}
