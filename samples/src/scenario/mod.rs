//! The scenario folders and the evidence in them. README.md and expected.json of a folder are
//! written by hand and stand beside it.

mod antivirus;
mod cluster_16;
mod cluster_2008r2;
mod cluster_logs;
mod damaged;
mod dump_facts;
pub mod dump_types;
mod dumps;
mod guest_crash_2016;
mod healthy;
mod inventories;
mod mixed_2012r2;
mod queues;
mod storvsc;

pub use dump_facts::dump_facts;

use crate::archive;
use crate::event::EventSpec;
use crate::evtx::{crc32, write_log};
use crate::xml::{Encoding, write_events};

/// One file of a scenario.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Path below the samples folder, with `/`.
    pub path: String,
    /// What the file holds.
    pub evidence: Evidence,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// An event log.
    Log {
        /// EventRecordID of the first event.
        first_record: u64,
        /// The events in order.
        events: Vec<EventSpec>,
    },
    /// An export of events as text.
    Export {
        /// EventRecordID of the first event.
        first_record: u64,
        /// The events in order.
        events: Vec<EventSpec>,
        /// Encoding of the text.
        encoding: Encoding,
    },
    /// A zip archive of such files, whose paths begin at the archive.
    Archive(Vec<Sample>),
    /// Anything else: dumps, damaged files, tables.
    Bytes(Vec<u8>),
}

impl Sample {
    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match &self.evidence {
            Evidence::Log { first_record, events } => write_log(events, *first_record),
            Evidence::Export { first_record, events, encoding } => {
                write_events(events, *first_record, *encoding)
            }
            Evidence::Archive(members) => {
                let members = members.iter().map(|member| (member.path.as_str(), member.bytes()));
                archive::zip(members)
            }
            Evidence::Bytes(bytes) => bytes.clone(),
        }
    }
}

/// Every file of every scenario, in order of path.
#[must_use]
pub fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    samples.extend(antivirus::on_2008r2());
    samples.extend(antivirus::on_2012r2());
    samples.extend(cluster_16::files());
    samples.extend(cluster_2008r2::files());
    samples.extend(cluster_logs::files());
    samples.extend(damaged::files());
    samples.extend(dump_types::files());
    samples.extend(guest_crash_2016::files());
    samples.extend(healthy::files());
    samples.extend(inventories::files());
    samples.extend(mixed_2012r2::files());
    samples.extend(storvsc::with_migration());
    samples.extend(storvsc::without_migration());
    samples.extend(queues::files());
    samples.sort_by(|left, right| left.path.cmp(&right.path));
    samples
}

/// The records of every whole log and export, one a line: path, EventRecordID, provider, event id;
/// parted by tabs. The independent check compares what other programs read with it.
#[must_use]
pub fn record_table(samples: &[Sample]) -> String {
    let mut table = String::new();
    for sample in samples {
        for line in record_lines(sample) {
            table.push_str(&sample.path);
            table.push('\t');
            table.push_str(&line);
        }
    }
    table
}

/// The logs in archives, one a line: archive and path parted by `!`, the first EventRecordID, the
/// number of records, and the CRC-32 of their lines, which are those of [`record_table`] without the
/// path; a line for each record would be larger than the archives.
#[must_use]
pub fn archived_record_table(samples: &[Sample]) -> String {
    let mut table = String::new();
    for (archive, log) in archived_logs(samples) {
        let Evidence::Log { first_record, events } = &log.evidence else { continue };
        let sum = crc32(&[record_lines(log).concat().as_bytes()]);
        let line = format!("{archive}!{}\t{first_record}\t{}\t{sum:08x}\n", log.path, events.len());
        table.push_str(&line);
    }
    table
}

/// Every log in an archive, with the path of the archive.
pub fn archived_logs(samples: &[Sample]) -> impl Iterator<Item = (&str, &Sample)> {
    samples.iter().flat_map(|sample| {
        let members = match &sample.evidence {
            Evidence::Archive(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|member| (sample.path.as_str(), member))
    })
}

/// EventRecordID, provider and event id of every record of a whole log or export.
fn record_lines(sample: &Sample) -> Vec<String> {
    let (Evidence::Log { first_record, events } | Evidence::Export { first_record, events, .. }) =
        &sample.evidence
    else {
        return Vec::new();
    };
    let line = |(record, event): (u64, &EventSpec)| {
        format!("{record}\t{}\t{}\n", event.provider, event.id)
    };
    (*first_record..).zip(events).map(line).collect()
}

const INTEGRATION_LOG: &str = "Microsoft-Windows-Hyper-V-Integration-Admin.evtx";
const WORKER_LOG: &str = "Microsoft-Windows-Hyper-V-Worker-Admin.evtx";
const VMMS_LOG: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin.evtx";
const HIGH_AVAILABILITY_LOG: &str = "Microsoft-Windows-Hyper-V-High-Availability-Admin.evtx";

/// The files of one scenario, collected.
struct Folder {
    name: &'static str,
    samples: Vec<Sample>,
}

impl Folder {
    fn new(name: &'static str) -> Self {
        Self { name, samples: Vec::new() }
    }

    fn log(&mut self, path: &str, first_record: u64, events: Vec<EventSpec>) {
        self.add(path, Evidence::Log { first_record, events });
    }

    fn add(&mut self, path: &str, evidence: Evidence) {
        self.samples.push(Sample { path: format!("{}/{path}", self.name), evidence });
    }
}
