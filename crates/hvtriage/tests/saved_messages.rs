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

use hvtriage::{EventQuery, FoundEvent, Options, Progress, analyze, read_events};

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

/// The messages of what findings cite of the logs in `folder`, by the file's name.
fn cited(folder: &Path) -> BTreeSet<(String, Option<String>)> {
    let diagnosis = analyze(&[folder], &Options::default()).unwrap();
    let citations = diagnosis.findings.iter().flat_map(|finding| &finding.citations);
    let name = |source: &str| source.rsplit('/').next().unwrap().to_owned();
    citations.map(|one| (name(&one.locator.source), one.message.clone())).collect()
}

/// Of a dump there is no message, and of a log only where something tells it.
#[test]
fn a_finding_cites_the_message_that_was_saved_beside_its_log() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [("HV22", "A.evtx"), ("HV21", "B.evtx")] {
        let log = "Microsoft-Windows-Hyper-V-High-Availability-Admin.evtx";
        std::fs::copy(packed::sample(&format!("kb2636573/{from}/{log}")), folder.path().join(to))
            .unwrap();
    }
    for name in ["System.evtx", "MEMORY.DMP"] {
        let from = packed::sample(&format!("kb2636573/guest-SQL07/{name}"));
        std::fs::copy(from, folder.path().join(name)).unwrap();
    }
    let saved = folder.path().join("LocaleMetaData");
    std::fs::create_dir(&saved).unwrap();
    let texts = messages(&records(&folder.path().join("A.evtx")), " It was moved.\r\n");
    std::fs::write(saved.join("A_1033.MTA"), texts).unwrap();

    let text = |name: &str, text: Option<&str>| (name.to_owned(), text.map(str::to_owned));
    let expected = [
        text("A.evtx", Some("It was moved.")),
        text("B.evtx", None),
        text("MEMORY.DMP", None),
        text("System.evtx", None),
    ];
    assert_eq!(cited(folder.path()), BTreeSet::from(expected));
}

/// What an export renders is cited, in UTF-16 as Windows writes it and in UTF-8.
#[test]
fn a_finding_cites_the_message_of_an_export() {
    let path = packed::sample("cluster-2008r2-outdated-guests/HV03/Hyper-V-Integration-Admin.xml");
    let bytes = std::fs::read(path).unwrap();
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).unwrap();
    let rendered = "<RenderingInfo Culture='en-US'><Message>Could not connect: &lt;b&gt;\
                    </Message></RenderingInfo></Event>";
    let text = text.trim_start_matches('\u{feff}').replace("</Event>", rendered);
    let in_utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
    };
    let as_utf8 = text.replace("encoding=\"utf-16\"", "encoding=\"utf-8\"");
    // Another program may write it with a prefix, blanks in its end tags and an element of the same name.
    let prefixed = as_utf8.replace("<Event ", "<e:Event ").replace("</Event>", "</e:Event >");
    let nested = prefixed.replace("<RenderingInfo", "<x><y><Event/></y></x><RenderingInfo");
    let in_utf8 = [as_utf8, prefixed, nested].map(String::into_bytes);
    let in_utf16 = [in_utf16(u16::to_le_bytes), in_utf16(u16::to_be_bytes)];
    for bytes in in_utf16.into_iter().chain(in_utf8) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("log.xml"), bytes).unwrap();
        let message = Some("Could not connect: <b>".to_owned());
        assert_eq!(cited(folder.path()), BTreeSet::from([("log.xml".to_owned(), message)]));
    }
}
