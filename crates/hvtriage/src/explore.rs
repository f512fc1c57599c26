//! The events themselves, filtered and in order: what `hvtriage events` shows.

mod computers;
mod reader;
mod runs;
mod timeline;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use hvtriage_diagnosis::{Problem, UnknownMachine};
use hvtriage_eventlog::{Event, EventFilter};
use rayon::prelude::*;

use crate::discover::{Candidate, discover, total_bytes};
use crate::{AnalyzeError, Progress, messages};
use computers::Computers;
use reader::{Part, Reader, Spare};

pub use timeline::{event_meaning, read_timeline};

/// Which events to read, and how.
///
/// ```
/// use hvtriage::{EventFilter, EventQuery};
///
/// let netvsc = EventFilter::default().provider("Microsoft-Windows-Hyper-V-Netvsc", None, &[1, 3]);
/// let query = EventQuery::new(netvsc).jobs(2);
/// # let _ = query;
/// ```
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    filter: EventFilter,
    machines: Vec<String>,
    with_xml: bool,
    with_messages: bool,
    providers: Vec<PathBuf>,
    temporary: Option<PathBuf>,
    jobs: usize,
}

/// An event, and where it is from.
#[derive(Clone, Copy, Debug)]
pub struct FoundEvent<'a> {
    /// The file, as the caller named it or its folder.
    pub source: &'a str,
    /// The event.
    pub event: &'a Event,
    /// Its XML, when the query asks for it: as the export has it, or as a binary record renders.
    pub xml: Option<&'a str>,
    /// Its message, when the query asks for it and something tells it.
    pub message: Option<&'a str>,
}

/// What [`read_events`] came across.
#[derive(Clone, Debug, Default)]
pub struct EventsRead {
    /// Files that are event logs.
    pub logs: u64,
    /// Events in them.
    pub events: u64,
    /// Events that were wanted.
    pub found: u64,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Machines that were asked for, of which no event is that the query wants.
    pub unknown_machines: Vec<UnknownMachine>,
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// What the caller got wrong.
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    /// A machine was asked for of which there is no event.
    #[error(transparent)]
    Machine(#[from] UnknownMachine),
    /// The receiver of the events failed.
    #[error("cannot write the events: {0}")]
    Write(#[source] io::Error),
}

impl EventQuery {
    /// Asks for the events that `filter` wants.
    #[must_use]
    pub fn new(filter: EventFilter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Asks for the events of this computer: by its full or short name, in any case, with `*` for any text. Of
    /// several any may be it; none are all.
    #[must_use]
    pub fn machine(mut self, name: impl Into<String>) -> Self {
        self.machines.push(name.into());
        self
    }

    /// Asks for the XML of each event, too.
    #[must_use]
    pub fn with_xml(mut self) -> Self {
        self.with_xml = true;
        self
    }

    /// Asks for the message of each event: that which came with it, or stands in
    /// `LocaleMetaData/*.MTA` beside its log, or in a binary of [`Self::providers`].
    #[must_use]
    pub fn with_messages(mut self) -> Self {
        self.with_messages = true;
        self
    }

    /// Takes messages from the binaries in a folder, too: `.dll`, `.exe`, `.sys` and their `.mui`.
    #[must_use]
    pub fn providers(mut self, folder: impl Into<PathBuf>) -> Self {
        self.providers.push(folder.into());
        self.with_messages()
    }

    /// As [`Options::temporary`](crate::Options::temporary).
    #[must_use]
    pub fn temporary(mut self, folder: impl Into<PathBuf>) -> Self {
        self.temporary = Some(folder.into());
        self
    }

    /// Uses `count` threads; 0 means as many as there are processors. The order is the same.
    #[must_use]
    pub fn jobs(mut self, count: usize) -> Self {
        self.jobs = count;
        self
    }
}

/// Reads the events of the logs at `paths`, file by file in the order of their names and, within a
/// file, as they stand. `render` turns an event into bytes, on many threads; `write` gets the bytes
/// in order. Memory does not grow with the size of a binary log.
///
/// # Errors
/// A path that does not exist, paths without any event log, and what `write` returns. Damage is in
/// [`EventsRead::problems`].
pub fn read_events<P: AsRef<Path>>(
    paths: &[P],
    query: &EventQuery,
    progress: &Progress,
    render: impl Fn(&FoundEvent<'_>, &mut Vec<u8>) + Sync,
    mut write: impl FnMut(&[u8]) -> io::Result<()> + Send,
) -> Result<EventsRead, EventsError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let mut read = EventsRead::default();
    let candidates = discover(&paths, &mut read.problems)?;
    progress.set_files(candidates.len() as u64);
    progress.found(total_bytes(&candidates));
    let providers = messages::of_providers(&query.providers, &mut read.problems)?;
    let (read_bytes, rendered_bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let (spare, saved) = (Spare::default(), messages::Saved::default());
    let computers = Computers::new(&query.machines);
    let reader = Reader {
        query,
        computers,
        progress,
        render,
        providers,
        read_bytes,
        rendered_bytes,
        spare,
        saved,
    };
    crate::in_pool(query.jobs, || {
        let mut rest = candidates.as_slice();
        while !rest.is_empty() {
            let (window, after) = rest.split_at(window_of(rest, reader.window()));
            rest = after;
            if let [one] = window {
                let mut emit = |part: Part| part.deliver(&mut read, &mut write, &reader.spare);
                reader.file(one, &mut emit).map_err(EventsError::Write)?;
                progress.file_done();
                continue;
            }
            let files: Vec<Vec<Part>> = window
                .par_iter()
                .map(|candidate| {
                    let mut parts = Vec::new();
                    // Collecting does not fail.
                    let _ = reader.file(candidate, &mut |part| {
                        parts.push(part);
                        Ok(())
                    });
                    progress.file_done();
                    parts
                })
                .collect();
            for part in files.into_iter().flatten() {
                part.deliver(&mut read, &mut write, &reader.spare).map_err(EventsError::Write)?;
            }
        }
        Ok::<(), EventsError>(())
    })??;
    if read.logs == 0 {
        let files = candidates.len();
        return Err(AnalyzeError::NoLog { files, problems: read.problems }.into());
    }
    read.unknown_machines = reader.computers.unknown();
    Ok(read)
}

/// Files that are open at the same time.
const WINDOW_FILES: usize = 256;

/// How many files are read together: at least one, and as many as the window is wide.
fn window_of(candidates: &[Candidate], window_bytes: u64) -> usize {
    let mut bytes = 0_u64;
    let fits = candidates.iter().take(WINDOW_FILES).take_while(|candidate| {
        bytes = bytes.saturating_add(candidate.size);
        bytes <= window_bytes
    });
    fits.count().clamp(1, candidates.len().max(1))
}
