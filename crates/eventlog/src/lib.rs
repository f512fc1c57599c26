//! Windows event logs as borrowed bytes in, events out.
//!
//! The principal type is [`Event`]. It comes from a binary log through [`EvtxLog`], one 64 KiB
//! chunk at a time so that a caller may decode chunks in parallel, or from exported event XML
//! through [`read_xml`]. Both ways end in one XML reader, so that a log and its export say the same.
//!
//! ```
//! let xml = r#"<Event><System><Provider Name="Microsoft-Windows-Hyper-V-VMMS"/>
//!   <EventID>20415</EventID><EventRecordID>52262</EventRecordID></System>
//!   <UserData><VmlEventLog><VmName>SQL01</VmName></VmlEventLog></UserData></Event>"#;
//! let decoded = hvtriage_eventlog::read_xml(xml.as_bytes());
//! let event = &decoded.events[0];
//! assert_eq!((event.id, event.record_id), (20415, 52262));
//! assert_eq!(event.payload.named("vmname"), Some("SQL01"));
//! ```
//!
//! Damage is data: what cannot be read becomes a [`LogProblem`] with its offset, and the rest is
//! read. `EventRecordID` and `TimeCreated` of the System element are the truth; a record's own
//! header is not, since logs exist whose headers are zeroed or shifted by one record.
#![forbid(unsafe_code)]

mod coverage;
mod event;
mod evt;
mod evtx;
mod filter;
mod format;
mod listing;
mod message;
mod text;
mod xml;

pub use coverage::{Coverage, RecordRun};
pub use event::{Container, Event, Origin, Payload, PayloadValue, Provider};
pub use evt::{read_evt, read_evt_each, read_evt_with_slack_each};
pub use evtx::{Chunk, EvtxLog, Irregular, NamedValue, Record, Scan, Scanner, Utf16, Value};
pub use filter::EventFilter;
pub use format::{LogFormat, identify};
pub use listing::{read_listing, read_listing_each};
pub use message::{Added, LocalizedLog, MessageError, ProviderMessages, RenderedNames};
pub use xml::{XmlExport, XmlPart, read_xml, read_xml_each};

use hvtriage_winfmt::FileOffset;

/// What a log or a part of one yields.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The events, in the order in which they stand.
    pub events: Vec<Event>,
    /// What could not be read.
    pub problems: Vec<LogProblem>,
    /// How many events there are, wanted or not, and what time they span.
    pub coverage: Coverage,
}

impl Decoded {
    /// Gathers what a reader hands over, and what it could not read.
    fn gather(read: impl FnOnce(&mut dyn FnMut(Event)) -> Vec<LogProblem>) -> Self {
        let (mut events, mut coverage) = (Vec::new(), Coverage::default());
        let problems = read(&mut |event| {
            coverage.add(event.record_id, event.time_created);
            events.push(event);
        });
        Self { events, problems, coverage }
    }
}

/// A place in a log that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProblem {
    /// Its offset in the file.
    pub at: FileOffset,
    /// What is wrong, one lower-case clause.
    pub message: String,
}

/// A hostile part could otherwise have one for each of its bytes.
const MAX_PROBLEMS: usize = 64;

/// Adds a problem, up to a limit for one part of a log.
fn add_problem(problems: &mut Vec<LogProblem>, problem: LogProblem) {
    match problems.len() {
        0..MAX_PROBLEMS => problems.push(problem),
        MAX_PROBLEMS => problems.push(LogProblem {
            message: "further problems of this part of the log are left out".into(),
            ..problem
        }),
        _ => {}
    }
}

impl LogProblem {
    fn new(at: u64, message: impl Into<String>) -> Self {
        Self { at: FileOffset(at), message: message.into() }
    }
}
