//! The scenario folders and the evidence in them. README.md and expected.json of a folder are
//! written by hand and stand beside it.

mod antivirus;
mod cluster_2008r2;
mod damaged;
mod dump_facts;
pub mod dump_types;
mod dumps;
mod guest_crash_2016;
mod healthy;
mod mixed_2012r2;
mod queues;
mod storvsc;

pub use dump_facts::dump_facts;

use crate::event::EventSpec;
use crate::evtx::write_log;
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
    /// Anything else: dumps, damaged files.
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
    samples.extend(cluster_2008r2::files());
    samples.extend(damaged::files());
    samples.extend(dump_types::files());
    samples.extend(guest_crash_2016::files());
    samples.extend(healthy::files());
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
        let (Evidence::Log { first_record, events }
        | Evidence::Export { first_record, events, .. }) = &sample.evidence
        else {
            continue;
        };
        for (record, event) in (*first_record..).zip(events) {
            let line = [&sample.path, &record.to_string(), event.provider, &event.id.to_string()]
                .join("\t");
            table.push_str(&line);
            table.push('\n');
        }
    }
    table
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
