//! What all machines log, until it is put in order and packed.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::chance::Chance;
use crate::event::EventSpec;
use crate::scenario::{Evidence, Sample};

/// Number of an event that was logged, by which the truth cites it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Handle(usize);

/// Logs of all machines, by the archive in which they are sent.
#[derive(Debug, Default)]
pub(super) struct Journal {
    archives: BTreeMap<String, Archive>,
    loose: Vec<Sample>,
    next: usize,
}

#[derive(Debug, Default)]
struct Archive {
    logs: BTreeMap<String, Vec<(Handle, EventSpec)>>,
    /// When the machine did not run, by its clock.
    down: Vec<Range<u64>>,
    files: Vec<Sample>,
}

/// The archives, and where every event stands in them.
pub(super) struct Packed {
    pub(super) samples: Vec<Sample>,
    pub(super) places: BTreeMap<Handle, String>,
}

impl Journal {
    /// Adds an event to the log of its channel.
    pub(super) fn log(&mut self, archive: &str, event: EventSpec) -> Handle {
        let handle = Handle(self.next);
        self.next += 1;
        let log = file_of(event.channel);
        let logs = &mut self.archives.entry(archive.to_owned()).or_default().logs;
        logs.entry(log).or_default().push((handle, event));
        handle
    }

    /// Nothing that a machine would have logged in this time is in its log.
    pub(super) fn is_down(&mut self, archive: &str, time: Range<u64>) {
        self.archives.entry(archive.to_owned()).or_default().down.push(time);
    }

    /// Adds another file.
    pub(super) fn file(&mut self, archive: &str, name: &str, bytes: Vec<u8>) {
        let files = &mut self.archives.entry(archive.to_owned()).or_default().files;
        files.push(Sample { path: name.to_owned(), evidence: Evidence::Bytes(bytes) });
    }

    /// Adds a file that is in no archive.
    pub(super) fn loose(&mut self, name: &str, bytes: Vec<u8>) {
        self.loose.push(Sample { path: name.to_owned(), evidence: Evidence::Bytes(bytes) });
    }

    /// Every log in order of time, numbered from where its machine had come to.
    pub(super) fn pack(self, chance: &mut Chance) -> Packed {
        let mut packed = Packed { samples: self.loose, places: BTreeMap::new() };
        for (name, archive) in self.archives {
            let mut members = Vec::new();
            for (path, mut events) in archive.logs {
                let is_down = |time| archive.down.iter().any(|down| down.contains(&time));
                events.retain(|(_, event)| !is_down(event.time));
                // Two events of one moment stay as they were logged.
                events.sort_by_key(|(_, event)| event.time);
                let first_record = 1_000 + chance.below(60_000);
                for (record, (handle, _)) in (first_record..).zip(&events) {
                    packed.places.insert(*handle, format!("{name}.zip!{path}#record:{record}"));
                }
                let events = events.into_iter().map(|(_, event)| event).collect();
                members.push(Sample { path, evidence: Evidence::Log { first_record, events } });
            }
            members.extend(archive.files);
            let evidence = Evidence::Archive(members);
            packed.samples.push(Sample { path: format!("{name}.zip"), evidence });
        }
        packed
    }
}

/// The file in which Windows keeps a channel: `%4` stands for a slash.
fn file_of(channel: &str) -> String {
    format!("{}.evtx", channel.replace('/', "%4"))
}
