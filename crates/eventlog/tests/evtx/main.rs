//! Binary logs: damage of every kind, and values of every type.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod damage;
mod filter;
mod oddities;
mod recovery;
mod values;

use hvtriage_eventlog::{Decoded, Event, EventFilter, EvtxLog, Scanner};

const HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65_536;
const CHUNK_HEADER_BYTES: usize = 512;

/// A log of several hundred records in some chunks.
fn sample() -> Vec<u8> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/healthy-host/guest-WEB61/System.evtx");
    std::fs::read(path).unwrap()
}

/// Everything that a log yields.
fn read(bytes: &[u8]) -> Decoded {
    read_with(bytes, &EventFilter::default())
}

fn read_with(bytes: &[u8], filter: &EventFilter) -> Decoded {
    let log = EvtxLog::open(bytes);
    let mut all = Decoded { problems: log.problems().to_vec(), ..Decoded::default() };
    let mut scanner = Scanner::default();
    for chunk in log.chunks() {
        let decoded = chunk.events(&mut scanner, filter);
        all.events.extend(decoded.events);
        all.problems.extend(decoded.problems);
        all.coverage.join(decoded.coverage);
    }
    all
}

/// What an event says, wherever it stands.
fn content(event: &Event) -> Event {
    Event { offset: Default::default(), origin: Default::default(), ..event.clone() }
}

fn contents(decoded: &Decoded) -> Vec<Event> {
    decoded.events.iter().map(content).collect()
}

/// A record as its own bytes tell it: where it begins and ends, and whether the definition of its
/// template stands in it.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    end: usize,
    id: u64,
    is_resident: bool,
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// The records of a whole log, by a walk that shares nothing with the reader.
fn places(bytes: &[u8]) -> Vec<Place> {
    let mut places = Vec::new();
    for chunk in (HEADER_BYTES..bytes.len()).step_by(CHUNK_BYTES) {
        let free_space = chunk + u32_at(bytes, chunk + 48);
        let mut start = chunk + CHUNK_HEADER_BYTES;
        while start < free_space {
            let end = start + u32_at(bytes, start + 4);
            // Some template is defined in the record when an instance gives the place behind itself.
            let is_resident = (start + 24..end - 10)
                .any(|at| bytes[at] == 0x0C && u32_at(bytes, at + 6) == at + 10 - chunk);
            places.push(Place { start, end, id: u64_at(bytes, start + 8), is_resident });
            start = end;
        }
    }
    places
}
