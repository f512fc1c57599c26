//! Writes logs to measure with: one big log, or a folder of many small ones.
//!
//! `write-logs big MEBIBYTES FILE` and `write-logs small COUNT FOLDER`. The same arguments give the
//! same bytes. Events are of 48 providers with 5 layouts each, every one a template of its own, in
//! proportions as they are in a real log: a few make up most of it, and many occur now and then.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "it writes from numbers of its own"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use hvtriage_samples::chance::mix;
use hvtriage_samples::event::{EventSpec, Payload, Value};
use hvtriage_samples::evtx::write_log;
use hvtriage_samples::instant::{SECOND, utc};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let written = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["big", size, file] => size.parse().ok().map(|size| big(size, Path::new(file))),
        ["small", count, folder] => count.parse().ok().map(|count| small(count, Path::new(folder))),
        _ => None,
    };
    match written {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => tell(&format!("cannot write: {error}")),
        None => tell("usage: write-logs big MEBIBYTES FILE | write-logs small COUNT FOLDER"),
    }
}

#[expect(clippy::print_stderr, reason = "a command tells its user why it failed")]
fn tell(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

/// Average bytes of a record of [`event`], chunks' own bytes included.
const RECORD_BYTES: u64 = 388;

fn big(mebibytes: u64, file: &Path) -> io::Result<()> {
    let providers = providers();
    let count = (mebibytes << 20) / RECORD_BYTES;
    let events: Vec<EventSpec> = (0..count).map(|number| event(&providers, number)).collect();
    fs::write(file, write_log(&events, 1))
}

fn small(count: u64, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let providers = providers();
    for log in 0..count {
        let first = log * 1_000;
        let events: Vec<EventSpec> =
            (first..first + 20 + log % 90).map(|number| event(&providers, number)).collect();
        let file: PathBuf = folder.join(format!("log-{log:05}.evtx"));
        fs::write(file, write_log(&events, first + 1))?;
    }
    Ok(())
}

struct Provider {
    name: &'static str,
    guid: &'static str,
    channel: &'static str,
}

const PROVIDERS: u64 = 48;
const LAYOUTS: u64 = 5;

fn providers() -> Vec<Provider> {
    (0..PROVIDERS)
        .map(|number| Provider {
            // The few real ones are those that a search asks for.
            name: match number {
                5 => "Microsoft-Windows-Hyper-V-Netvsc",
                9 => "Microsoft-Windows-Hyper-V-Worker",
                _ => leak(format!("Contoso-Component-{number:02}")),
            },
            guid: leak(format!(
                "{{{:08x}-17c0-4a55-9d00-0000000000{number:02x}}}",
                number * 0x0123_4567
            )),
            channel: if number % 3 == 0 { "System" } else { "Contoso-Component/Operational" },
        })
        .collect()
}

/// The process ends before these names could become many.
fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn event(providers: &[Provider], number: u64) -> EventSpec {
    let chance = mix(number);
    // The product of two chances: small numbers are frequent.
    let index = (chance % PROVIDERS) * ((chance >> 8) % PROVIDERS) / PROVIDERS;
    let provider = &providers[index as usize];
    let layout = (chance >> 16) % LAYOUTS;
    EventSpec {
        provider: provider.name,
        guid: Some(provider.guid),
        event_source: None,
        id: (layout * 10 + 1 + index % 3) as u16,
        qualifiers: None,
        version: (layout % 2) as u8,
        level: [4, 4, 4, 3, 2][layout as usize],
        task: index as u16,
        keywords: 0x8000_0000_0000_0000,
        process: 4 + (chance >> 24) as u32 % 9_000,
        thread: 8 + (chance >> 32) as u32 % 9_000,
        channel: provider.channel,
        computer: "HV99.contoso.example",
        time: utc(2012, 1, 1, 0, 0, 0) + number * SECOND / 3,
        user: (layout == 3).then(|| "S-1-5-18".to_owned()),
        payload: payload(layout, chance),
    }
}

const WORDS: [&str; 8] = [
    "volume",
    "adapter",
    "was started",
    "SQL01",
    "C:\\ClusterStorage\\Volume1",
    "0x0",
    "ended",
    "with",
];

fn words(chance: u64, count: u64) -> String {
    let word = |place| WORDS[(chance >> (place * 3)) as usize % WORDS.len()];
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn payload(layout: u64, chance: u64) -> Payload {
    let number = Value::U32((chance >> 20) as u32);
    match layout {
        0 => Payload::EventData(vec![("Status", number), ("Text", Value::text(words(chance, 4)))]),
        1 => Payload::EventData(vec![
            ("Device", Value::text(words(chance, 2))),
            ("Length", Value::U64(chance)),
            ("Flags", Value::Hex32(chance as u32)),
            ("IsOnline", Value::Bool(chance.is_multiple_of(2))),
            ("When", Value::Time(utc(2012, 1, 1, 0, 0, 0) + chance % (1 << 40))),
        ]),
        2 => Payload::Classic {
            strings: vec![words(chance, 3), words(chance >> 5, 1)],
            binary: vec![],
        },
        3 => Payload::UserData {
            element: "EventLog",
            namespace: "http://contoso.example/events",
            auto_namespace: false,
            values: vec![("VmName", Value::text(words(chance, 1))), ("Code", number)],
        },
        _ => Payload::Classic { strings: vec![words(chance, 6)], binary: vec![7; 40] },
    }
}
