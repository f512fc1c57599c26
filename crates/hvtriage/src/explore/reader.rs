//! One file of an exploration: its events, rendered, in parts.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hvtriage_diagnosis::Problem;
use hvtriage_eventlog::{
    Chunk, Event, EvtxLog, LocalizedLog, LogFormat, Origin, ProviderMessages, Scanner, XmlExport,
};
use rayon::prelude::*;

use super::computers::Computers;
use super::{EventQuery, EventsRead, FoundEvent};
use crate::archive::ArchiveKind;
use crate::discover::Candidate;
use crate::examine::log_problem;
use crate::messages::SavedInArchive;
use crate::opened::{Evidence, EvidenceKind, Opened, open};
use crate::{Progress, collection, exports, messages};

/// Bytes of small files that are read together, and of a big one that are read at a time. What is
/// rendered of so much is in memory at once, so that a window is wide only as long as little of it
/// is wanted; a wide one lets threads wait for each other less often.
const NARROW_WINDOW_BYTES: u64 = 16 << 20;
const WIDE_WINDOW_BYTES: u64 = 64 << 20;
/// Bytes of logs for one rendered byte that make a window wide.
const FEW_RENDERED: u64 = 16;
/// Chunks that one thread takes at a time: 512 KiB.
const GROUP_CHUNKS: usize = 8;
const CHUNK_BYTES: u64 = 1 << 16;
/// Parts whose memory is kept: as many as a narrow window has.
const SPARE_PARTS: usize = 32;
/// Of an export that is too big to be rendered as a whole, so much is handed on at a time.
const EXPORT_OUTPUT_BYTES: usize = 1 << 20;

/// What a part of a file told.
#[derive(Default)]
pub(super) struct Part {
    bytes: Vec<u8>,
    is_log: bool,
    events: u64,
    found: u64,
    problems: Vec<Problem>,
}

impl Part {
    /// Hands on what was rendered; its memory is used again.
    pub(super) fn deliver(
        self,
        read: &mut EventsRead,
        write: &mut impl FnMut(&[u8]) -> io::Result<()>,
        spare: &Spare,
    ) -> io::Result<()> {
        read.logs = read.logs.saturating_add(self.is_log.into());
        read.events = read.events.saturating_add(self.events);
        read.found = read.found.saturating_add(self.found);
        read.problems.extend(self.problems);
        if self.bytes.is_empty() {
            return Ok(());
        }
        let written = write(&self.bytes);
        spare.give_back(self.bytes);
        written
    }
}

/// Memory for what is rendered, handed on from part to part: new memory costs more than filling it.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    fn take(&self) -> Vec<u8> {
        self.0.lock().ok().and_then(|mut spare| spare.pop()).unwrap_or_default()
    }

    fn give_back(&self, mut bytes: Vec<u8>) {
        bytes.clear();
        if let Ok(mut spare) = self.0.lock()
            && spare.len() < SPARE_PARTS
        {
            spare.push(bytes);
        }
    }
}

/// A log that is being read, and what tells the messages of its events.
struct Log<'a> {
    name: &'a str,
    texts: Option<&'a LocalizedLog>,
}

pub(super) struct Reader<'q, R> {
    pub(super) query: &'q EventQuery,
    pub(super) computers: Computers<'q>,
    pub(super) progress: &'q Progress,
    pub(super) render: R,
    pub(super) providers: ProviderMessages,
    pub(super) read_bytes: AtomicU64,
    pub(super) rendered_bytes: AtomicU64,
    pub(super) spare: Spare,
    pub(super) saved: messages::Saved,
}

impl<R: Fn(&FoundEvent<'_>, &mut Vec<u8>) + Sync> Reader<'_, R> {
    /// How much to read at a time, by what was rendered so far.
    pub(super) fn window(&self) -> u64 {
        let read = self.read_bytes.load(Ordering::Relaxed);
        let rendered = self.rendered_bytes.load(Ordering::Relaxed);
        let is_known = read >= NARROW_WINDOW_BYTES;
        if is_known && rendered.saturating_mul(FEW_RENDERED) < read {
            WIDE_WINDOW_BYTES
        } else {
            NARROW_WINDOW_BYTES
        }
    }

    pub(super) fn file(
        &self,
        candidate: &Candidate,
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let name = &candidate.name;
        let (kind, bytes) = match open(candidate, self.progress) {
            Ok(Opened::Evidence(kind, bytes)) => (kind, bytes),
            Ok(Opened::Archive(kind, bytes)) => return self.archive(name, kind, &bytes, emit),
            Ok(Opened::Other) => return Ok(()),
            Err(problem) => return emit(Part { problems: vec![problem], ..Part::default() }),
        };
        let mut problems = Vec::new();
        let is_binary = matches!(kind, EvidenceKind::Log(LogFormat::Evtx));
        let texts = (is_binary && self.query.with_messages)
            .then(|| self.saved.beside(&candidate.path, &mut problems));
        if !problems.is_empty() {
            emit(Part { problems, ..Part::default() })?;
        }
        self.evidence(&Log { name, texts: texts.flatten().as_ref() }, kind, &bytes, emit)
    }

    fn evidence(
        &self,
        log: &Log<'_>,
        kind: EvidenceKind,
        bytes: &[u8],
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        match kind {
            EvidenceKind::Log(LogFormat::Evtx) => self.binary_log(log, &EvtxLog::open(bytes), emit),
            EvidenceKind::Log(LogFormat::Xml) => self.xml(log, bytes, emit),
            EvidenceKind::Log(format) => self.export(log, format, bytes, emit),
            EvidenceKind::Dump(_) | EvidenceKind::Inventory(_) | EvidenceKind::ClusterLog => Ok(()),
        }
    }

    fn archive(
        &self,
        name: &str,
        kind: ArchiveKind,
        bytes: &[u8],
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut result = Ok(());
        let folder = self.query.temporary.clone();
        let (saved, problems) = if self.query.with_messages {
            SavedInArchive::collect(name, kind, bytes, folder.clone())
        } else {
            Default::default()
        };
        emit(Part { problems, ..Part::default() })?;
        let problems =
            collection::each_window(name, kind, bytes, folder, self.progress, |members| {
                if result.is_ok() {
                    result = self.members(members, &saved, emit);
                }
            });
        result?;
        emit(Part { problems, ..Part::default() })
    }

    fn members(
        &self,
        members: &[Evidence],
        saved: &SavedInArchive,
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let read = |one: &Evidence, emit: &mut dyn FnMut(Part) -> io::Result<()>| {
            let log = Log { name: &one.name, texts: saved.beside(&one.name) };
            self.evidence(&log, one.kind, &one.bytes, emit)
        };
        if let [one] = members {
            return read(one, emit);
        }
        let parts: Vec<Vec<Part>> = members
            .par_iter()
            .map(|one| {
                let mut parts = Vec::new();
                // Collecting does not fail.
                let _ = read(one, &mut |part| {
                    parts.push(part);
                    Ok(())
                });
                parts
            })
            .collect();
        parts.into_iter().flatten().try_for_each(emit)
    }

    fn binary_log(
        &self,
        log: &Log<'_>,
        evtx: &EvtxLog<'_>,
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let problems = evtx.problems().iter().map(|it| log_problem(log.name, it.clone())).collect();
        emit(Part { is_log: true, problems, ..Part::default() })?;
        let mut rest = evtx.chunks();
        while !rest.is_empty() {
            let count = usize::try_from(self.window() / CHUNK_BYTES).unwrap_or(1);
            let (window, after) = rest.split_at(count.clamp(1, rest.len()));
            rest = after;
            let parts: Vec<Part> = window
                .par_chunks(GROUP_CHUNKS)
                .map_init(Scanner::default, |scanner, chunks| {
                    let mut part = Part { bytes: self.spare.take(), ..Part::default() };
                    for chunk in chunks {
                        self.chunk(log, chunk, scanner, &mut part);
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

    fn chunk(&self, log: &Log<'_>, chunk: &Chunk<'_>, scanner: &mut Scanner, part: &mut Part) {
        let filter = &self.query.filter;
        let decoded = if self.query.with_xml {
            let decoded = chunk.events(scanner, filter);
            for (event, xml) in decoded.events.iter().zip(chunk.xml(&decoded.events)) {
                self.event(log, event, xml.as_deref(), part);
            }
            decoded
        } else {
            chunk.each_event(scanner, filter, |event| self.event(log, event, None, part))
        };
        part.events = part.events.saturating_add(decoded.coverage.events);
        part.problems.extend(decoded.problems.into_iter().map(|it| log_problem(log.name, it)));
    }

    fn event(&self, log: &Log<'_>, event: &Event, xml: Option<&str>, part: &mut Part) {
        if !self.computers.takes(&event.computer) {
            return;
        }
        let message =
            self.query.with_messages.then(|| messages::of_event(event, log.texts, &self.providers));
        let message = message.flatten();
        let message = message.as_deref();
        (self.render)(&FoundEvent { source: log.name, event, xml, message }, &mut part.bytes);
        part.found = part.found.saturating_add(1);
    }

    fn xml(
        &self,
        log: &Log<'_>,
        bytes: &[u8],
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        emit(Part { is_log: true, ..Part::default() })?;
        let add = |part: &mut Part, event: Event, xml: &str| {
            self.event(log, &event, Some(xml).filter(|_| self.query.with_xml), part);
        };
        let export = XmlExport::open(bytes);
        exports::read_xml(&export, &self.query.filter, add, |mut part: Part, told| {
            part.events = told.coverage.events;
            part.problems.extend(told.problems.into_iter().map(|it| log_problem(log.name, it)));
            emit(part)
        })?;
        self.progress.done(bytes.len() as u64);
        Ok(())
    }

    fn export(
        &self,
        log: &Log<'_>,
        format: LogFormat,
        bytes: &[u8],
        emit: &mut dyn FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut part = Part { is_log: true, ..Part::default() };
        let mut result = Ok(());
        let filter = &self.query.filter;
        let problems = exports::read_each(format, bytes, filter.wants_slack(), |event| {
            if event.origin != Origin::Slack {
                part.events = part.events.saturating_add(1);
            }
            if result.is_ok() && filter.wants(&event) {
                self.event(log, &event, None, &mut part);
            }
            if part.bytes.len() > EXPORT_OUTPUT_BYTES && result.is_ok() {
                result = emit(std::mem::take(&mut part));
            }
        });
        result?;
        self.progress.done(bytes.len() as u64);
        part.problems.extend(problems.into_iter().map(|it| log_problem(log.name, it)));
        part.problems.extend(exports::caution(log.name, format));
        emit(part)
    }
}
