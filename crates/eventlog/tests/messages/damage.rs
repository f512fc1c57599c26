//! Damaged and hostile files: no panic, and neither time nor memory out of proportion.

use std::time::{Duration, Instant};

use hvtriage_eventlog::{Event, LocalizedLog, MessageError, ProviderMessages};

use crate::writer::{self, Type};

/// Far more than any of it takes, even where other tests run beside it.
const LONG: Duration = Duration::from_secs(10);

fn every_cut_and_flip(bytes: &[u8], read: impl Fn(&[u8])) {
    for length in 0..bytes.len() {
        read(&bytes[..length]);
    }
    let mut damaged = bytes.to_vec();
    for at in 0..bytes.len() {
        for value in [0, 0x7f, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(4)] {
            damaged[at] = value;
            read(&damaged);
        }
        damaged[at] = bytes[at];
    }
}

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    result
}

#[test]
fn damaged_binaries_are_read_or_refused() {
    let manifest = super::manifest(&[(1, 1), (2, 2)], false);
    let file = writer::pe(&[
        (Type::Messages, super::ENGLISH, super::english()),
        (Type::Manifest, super::ENGLISH, manifest),
    ]);
    let event = super::by_guid(10, 0, &["1", "x"]);
    let classic =
        super::event(&super::system("Name='a'", "<EventID Qualifiers='16384'>12</EventID>"), &[]);
    let ask = |messages: &ProviderMessages, event: &Event| {
        let _ = (messages.message(event), messages.names(event));
    };
    every_cut_and_flip(&file, |bytes| {
        let mut messages = ProviderMessages::default();
        if messages.add("a.dll", bytes).is_ok() {
            ask(&messages, &event);
            ask(&messages, &classic);
        }
    });
}

#[test]
fn damaged_localized_logs_are_read_or_refused() {
    let event =
        super::event(&super::system("Name='One'", "<EventRecordID>50</EventRecordID>"), &[]);
    every_cut_and_flip(&super::localized(), |bytes| {
        if let Ok(log) = LocalizedLog::open(bytes) {
            let _ = (log.message(&event, Some(1)), log.names(&event));
        }
    });
}

/// All blocks have all messages: 1 MiB would hold half a million texts of 60 KiB.
#[test]
fn a_table_whose_blocks_overlap_stays_small() {
    let blocks = 40_000_u32;
    let mut table = blocks.to_le_bytes().to_vec();
    let entries = 4 + 12 * blocks;
    for _ in 0..blocks {
        table.extend([0, u32::MAX, entries].iter().flat_map(|value| value.to_le_bytes()));
    }
    for _ in 0..8 {
        table.extend([0, 0xf0, 1, 0]);
        table.extend([b'x', 0].repeat((0xf000 - 4) / 2));
    }
    let file = writer::pe(&[(Type::Messages, 0, table)]);
    let mut messages = ProviderMessages::default();
    let added = in_time(|| messages.add("a.dll", &file)).unwrap();
    assert!(added.is_partial);
    assert!((8..32).contains(&added.messages), "{added:?}");
}

/// All providers have all events: 2 MiB would hold a thousand million of them.
#[test]
fn a_manifest_whose_providers_share_events_stays_small() {
    let providers = 50_000_u32;
    let wevt = 16 + 20 * providers;
    let mut crim = b"CRIM\0\0\0\0\x03\0\x01\0".to_vec();
    crim.extend(providers.to_le_bytes());
    for _ in 0..providers {
        crim.extend(super::GUID);
        crim.extend(wevt.to_le_bytes());
    }
    crim.extend(b"WEVT\0\0\0\0\xff\xff\xff\xff\x01\0\0\0\0\0\0\0");
    crim.extend((wevt + 28).to_le_bytes());
    crim.extend([0; 4]);
    let events = 20_000_u32;
    crim.extend(b"EVNT\0\0\0\0");
    crim.extend(events.to_le_bytes());
    crim.resize(crim.len() + 4 + 48 * events as usize, 0);
    let file = writer::pe(&[(Type::Manifest, 0, crim)]);
    let mut messages = ProviderMessages::default();
    let added = in_time(|| messages.add("a.dll", &file)).unwrap();
    assert!(added.is_partial);
    assert!(added.events < 100_000, "{added:?}");
}

/// Each language of each resource is the whole file.
#[test]
fn resources_that_overlap_are_read_once() {
    let table = writer::texts(&[(1, &"x".repeat(30_000))]);
    let mut resources = Vec::new();
    for language in 0..1000 {
        resources.push((Type::Messages, language, Vec::new()));
    }
    resources.push((Type::Messages, 1000, table.clone()));
    let mut file = writer::pe(&resources);
    let size = (table.len() as u32).to_le_bytes();
    let names = |index: usize| 0x200 + 16 + 8 * resources.len() + 64 * index;
    let data = file[names(1000) + 48..names(1000) + 52].to_vec();
    for index in 0..1000 {
        file[names(index) + 48..names(index) + 52].copy_from_slice(&data);
        file[names(index) + 52..names(index) + 56].copy_from_slice(&size);
    }
    let mut messages = ProviderMessages::default();
    let added = in_time(|| messages.add("a.dll", &file)).unwrap();
    assert!(added.is_partial);
    assert!(added.messages < 4, "{added:?}");
}

/// Every name of a publisher is the longest text: the package makes 480 MiB of these 180 KiB.
#[test]
fn a_localized_log_whose_names_repeat_is_refused() {
    let text = [writer::mta_text(&"x".repeat(50_000))];
    let table: Vec<_> = (0..10_000).map(|value| (value, 0)).collect();
    let provider = [writer::mta_provider("One", [&table, &[], &[], &[]])];
    let file = writer::mta([("EVT", &[]), ("MSG", &text), ("PUB", &provider)]);
    let refused = in_time(|| LocalizedLog::open(&file)).err();
    assert_eq!(refused, Some(MessageError::OutOfProportion));
    // A hundred of them are in proportion to a file that has as many long texts.
    let texts: Vec<_> = (0..100).map(|_| writer::mta_text(&"x".repeat(50_000))).collect();
    let table: Vec<_> = (0..100).map(|value| (value, value)).collect();
    let provider = [writer::mta_provider("One", [&table, &table, &[], &[]])];
    let file = writer::mta([("EVT", &[]), ("MSG", &texts), ("PUB", &provider)]);
    assert!(LocalizedLog::open(&file).is_ok());
}

/// Every slot of the page is one record.
#[test]
fn a_localized_log_whose_records_overlap_is_refused() {
    let big = writer::mta_text(&"x".repeat(100_000));
    let mut file = writer::mta([("EVT", &[]), ("MSG", &[big]), ("PUB", &[])]);
    let start = 24 + 3 * 26 + 888;
    for slot in 0..100 {
        let at = start + 88 + 8 * slot;
        file[at..at + 8].copy_from_slice(&888_u64.to_le_bytes());
    }
    let refused = in_time(|| LocalizedLog::open(&file)).err();
    assert_eq!(refused, Some(MessageError::OutOfProportion));
}
