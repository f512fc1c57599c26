//! The events of all machines in order of time.
//!
//! Logs are read as [`read_events`] reads them; what is rendered is sorted in runs that fit into memory,
//! which wait in files without names, and the runs are merged.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use hvtriage_eventlog::Event;

use super::runs::{Runs, Stamped};
use super::{EventQuery, EventsError, EventsRead, FoundEvent, read_events};
use crate::Progress;
use crate::interpret::logged;

/// What is rendered of events stays in memory up to this size.
const RUN_BYTES: usize = 64 << 20;
/// Events of one time that are told apart; hostile logs have millions.
const APART: usize = 4096;

/// Reads the events of the logs at `paths` and hands them over in order of time; those of one time in the
/// order of [`read_events`], those without a time last. An event that several logs hold (by computer,
/// channel, record id and time) comes once. Memory does not grow with the size of the logs.
///
/// # Errors
/// As [`read_events`], and when a file in the folder for temporary files cannot be written.
pub fn read_timeline<P: AsRef<Path>>(
    paths: &[P],
    query: &EventQuery,
    progress: &Progress,
    render: impl Fn(&FoundEvent<'_>, &mut Vec<u8>) + Sync,
    mut write: impl FnMut(&[u8]) -> io::Result<()> + Send,
) -> Result<EventsRead, EventsError> {
    let mut runs = Runs::new(query.temporary.clone(), RUN_BYTES);
    let stamped = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        Stamped::write(time(found.event), key(found.event), out, |out| render(found, out));
    };
    let mut read = read_events(paths, query, progress, stamped, |bytes| runs.add(bytes))?;
    let mut told = Told::default();
    read.found = 0;
    runs.merge(|one| {
        if told.is_new(one.time, one.key) {
            read.found = read.found.saturating_add(1);
            write(one.bytes)?;
        }
        Ok(())
    })
    .map_err(EventsError::Write)?;
    Ok(read)
}

/// What an event means, where the event dictionary has it. Nothing is known here of the Windows that wrote
/// it: where the meaning depends on it, the words say that it is one or the other.
#[must_use]
pub fn event_meaning(event: &Event) -> Option<String> {
    hvtriage_diagnosis::event_meaning(&logged(event), None)
}

fn time(event: &Event) -> u64 {
    event.time_created.map_or(u64::MAX, |time| time.0)
}

/// What copies of an event share; 0 where nothing tells copies.
fn key(event: &Event) -> u64 {
    if event.record_id == 0 || event.computer.is_empty() || event.channel.is_empty() {
        return 0;
    }
    let mut hash = DefaultHasher::new();
    (&event.computer, &event.channel, event.record_id, event.id).hash(&mut hash);
    hash.finish().max(1)
}

/// The events of one time that were handed over.
#[derive(Default)]
struct Told {
    time: u64,
    keys: HashSet<u64>,
}

impl Told {
    fn is_new(&mut self, time: u64, key: u64) -> bool {
        if time != self.time || self.keys.len() >= APART {
            self.time = time;
            self.keys.clear();
        }
        key == 0 || self.keys.insert(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_told_once_and_what_cannot_be_compared_always() {
        let mut told = Told::default();
        let asked = [(1, 7), (1, 7), (1, 8), (1, 0), (1, 0), (2, 7)];
        let new: Vec<bool> = asked.into_iter().map(|(time, key)| told.is_new(time, key)).collect();
        assert_eq!(new, [true, false, true, true, true, true]);
    }
}
