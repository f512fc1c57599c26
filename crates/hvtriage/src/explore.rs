//! The events themselves, filtered and in order: what `hvtriage events` shows.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hvtriage_diagnosis::Problem;
use hvtriage_eventlog::{Chunk, Event, EventFilter, EvtxLog, LogFormat, Origin, Scanner};
use rayon::prelude::*;

use crate::discover::{Candidate, discover};
use crate::examine::{Opened, log_problem, open};
use crate::{AnalyzeError, Progress, exports};

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
    with_xml: bool,
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
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// What the caller got wrong.
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    /// The receiver of the events failed.
    #[error("cannot write the events: {0}")]
    Write(#[source] io::Error),
}

/// Bytes of small files that are read together, and of a big one that are read at a time. What is
/// rendered of so much is in memory at once, so that a window is wide only as long as little of it
/// is wanted; a wide one lets threads wait for each other less often.
const NARROW_WINDOW_BYTES: u64 = 16 << 20;
const WIDE_WINDOW_BYTES: u64 = 64 << 20;
/// Bytes of logs for one rendered byte that make a window wide.
const FEW_RENDERED: u64 = 16;
/// Files that are open at the same time.
const WINDOW_FILES: usize = 256;
/// Chunks that one thread takes at a time: 512 KiB.
const GROUP_CHUNKS: usize = 8;
const CHUNK_BYTES: u64 = 1 << 16;
/// Of an export that is too big to be rendered as a whole, so much is handed on at a time.
const EXPORT_OUTPUT_BYTES: usize = 1 << 20;

impl EventQuery {
    /// Asks for the events that `filter` wants.
    #[must_use]
    pub fn new(filter: EventFilter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Asks for the XML of each event, too.
    #[must_use]
    pub fn with_xml(mut self) -> Self {
        self.with_xml = true;
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
    let (read_bytes, rendered_bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let reader = Reader { query, progress, render, read_bytes, rendered_bytes };
    crate::in_pool(query.jobs, || {
        let mut rest = candidates.as_slice();
        while !rest.is_empty() {
            let (window, after) = rest.split_at(window_of(rest, reader.window()));
            rest = after;
            if let [one] = window {
                let mut emit = |part: Part| part.deliver(&mut read, &mut write);
                reader.file(one, &mut emit).map_err(EventsError::Write)?;
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
                    parts
                })
                .collect();
            for part in files.into_iter().flatten() {
                part.deliver(&mut read, &mut write).map_err(EventsError::Write)?;
            }
        }
        Ok::<(), EventsError>(())
    })??;
    if read.logs == 0 {
        let files = candidates.len();
        return Err(AnalyzeError::NoEvidence { files, problems: read.problems }.into());
    }
    Ok(read)
}

/// How many files are read together: at least one, and as many as the window is wide.
fn window_of(candidates: &[Candidate], window_bytes: u64) -> usize {
    let mut bytes = 0_u64;
    let fits = candidates.iter().take(WINDOW_FILES).take_while(|candidate| {
        let size = std::fs::metadata(&candidate.path).map_or(0, |metadata| metadata.len());
        bytes = bytes.saturating_add(size);
        bytes <= window_bytes
    });
    fits.count().clamp(1, candidates.len().max(1))
}

/// What a part of a file told.
#[derive(Default)]
struct Part {
    bytes: Vec<u8>,
    is_log: bool,
    events: u64,
    found: u64,
    problems: Vec<Problem>,
}

impl Part {
    fn deliver(
        self,
        read: &mut EventsRead,
        write: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        read.logs = read.logs.saturating_add(self.is_log.into());
        read.events = read.events.saturating_add(self.events);
        read.found = read.found.saturating_add(self.found);
        read.problems.extend(self.problems);
        if self.bytes.is_empty() { Ok(()) } else { write(&self.bytes) }
    }
}

struct Reader<'q, R> {
    query: &'q EventQuery,
    progress: &'q Progress,
    render: R,
    read_bytes: AtomicU64,
    rendered_bytes: AtomicU64,
}

impl<R: Fn(&FoundEvent<'_>, &mut Vec<u8>) + Sync> Reader<'_, R> {
    /// How much to read at a time, by what was rendered so far.
    fn window(&self) -> u64 {
        let read = self.read_bytes.load(Ordering::Relaxed);
        let rendered = self.rendered_bytes.load(Ordering::Relaxed);
        let is_known = read >= NARROW_WINDOW_BYTES;
        if is_known && rendered.saturating_mul(FEW_RENDERED) < read {
            WIDE_WINDOW_BYTES
        } else {
            NARROW_WINDOW_BYTES
        }
    }

    fn file(
        &self,
        candidate: &Candidate,
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let name = &candidate.name;
        let (format, bytes) = match open(candidate, self.progress) {
            Ok(Opened::Log(format, bytes)) => (format, bytes),
            Ok(Opened::Dump(..) | Opened::Other) => return Ok(()),
            Err(problem) => return emit(Part { problems: vec![problem], ..Part::default() }),
        };
        match format {
            LogFormat::Evtx => self.binary_log(name, &EvtxLog::open(&bytes), emit),
            _ => self.export(name, format, &bytes, emit),
        }
    }

    fn binary_log(
        &self,
        name: &str,
        log: &EvtxLog<'_>,
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let problems = log.problems().iter().map(|it| log_problem(name, it.clone())).collect();
        emit(Part { is_log: true, problems, ..Part::default() })?;
        let mut rest = log.chunks();
        while !rest.is_empty() {
            let count = usize::try_from(self.window() / CHUNK_BYTES).unwrap_or(1);
            let (window, after) = rest.split_at(count.clamp(1, rest.len()));
            rest = after;
            let parts: Vec<Part> = window
                .par_chunks(GROUP_CHUNKS)
                .map_init(Scanner::default, |scanner, chunks| {
                    let mut part = Part::default();
                    for chunk in chunks {
                        self.chunk(name, chunk, scanner, &mut part);
                        self.progress.done(chunk.size());
                    }
                    let read = chunks.iter().map(Chunk::size).sum();
                    self.read_bytes.fetch_add(read, Ordering::Relaxed);
                    self.rendered_bytes.fetch_add(part.bytes.len() as u64, Ordering::Relaxed);
                    part
                })
                .collect();
            parts.into_iter().try_for_each(&mut *emit)?;
        }
        Ok(())
    }

    fn chunk(&self, name: &str, chunk: &Chunk<'_>, scanner: &mut Scanner, part: &mut Part) {
        let filter = &self.query.filter;
        let decoded = if self.query.with_xml {
            let decoded = chunk.events(scanner, filter);
            for (event, xml) in decoded.events.iter().zip(chunk.xml(&decoded.events)) {
                self.event(&FoundEvent { source: name, event, xml: xml.as_deref() }, part);
            }
            decoded
        } else {
            chunk.each_event(scanner, filter, |event| {
                self.event(&FoundEvent { source: name, event, xml: None }, part);
            })
        };
        part.events = part.events.saturating_add(decoded.coverage.events);
        part.problems.extend(decoded.problems.into_iter().map(|it| log_problem(name, it)));
    }

    fn event(&self, found: &FoundEvent<'_>, part: &mut Part) {
        (self.render)(found, &mut part.bytes);
        part.found = part.found.saturating_add(1);
    }

    fn export(
        &self,
        name: &str,
        format: LogFormat,
        bytes: &[u8],
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut part = Part { is_log: true, ..Part::default() };
        let mut result = Ok(());
        let filter = &self.query.filter;
        let with_slack = filter.wants_slack();
        let problems = exports::read_each(format, bytes, with_slack, |event, xml| {
            if event.origin != Origin::Slack {
                part.events = part.events.saturating_add(1);
            }
            if filter.wants(&event) {
                let xml = xml.filter(|_| self.query.with_xml);
                self.event(&FoundEvent { source: name, event: &event, xml }, &mut part);
            }
            if part.bytes.len() > EXPORT_OUTPUT_BYTES && result.is_ok() {
                result = emit(std::mem::take(&mut part));
            }
        });
        result?;
        self.progress.done(bytes.len() as u64);
        part.problems.extend(problems.into_iter().map(|it| log_problem(name, it)));
        part.problems.extend(exports::caution(name, format));
        emit(part)
    }
}
