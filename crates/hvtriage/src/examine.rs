//! One source to its facts: the unit of work that may run anywhere.
//!
//! The result depends on the bytes and the options alone, so sources and the chunks inside one log
//! are examined in parallel and gathered in order.

mod cluster_log;
mod inventory;
mod members;

use std::convert::Infallible;
use std::sync::Arc;

use hvtriage_crashdump::DumpFormat;
use hvtriage_diagnosis::{
    CrashedDump, Fact, FactKind, Locator, MachineName, Place, Problem, Source, SourceKind,
};
use hvtriage_eventlog::{
    Chunk, Coverage, Decoded, Event, EvtxLog, LogFormat, LogProblem, Scanner, XmlExport,
};
use hvtriage_inventory::InventoryFormat;
use rayon::prelude::*;

use crate::copies::Content;
use crate::discover::Candidate;
use crate::exports;
use crate::identified::{EventFacts, IdentifiedFact};
use crate::interpret::{Wanted, crash_fact, crash_row, firmware_fact, hardware_fact};
use crate::log_owner::{self, NameChange};
use crate::opened::{EvidenceKind, Opened, open};
use crate::retold::ClockDoubt;
use crate::sigma::{Matches, Sigma};
use crate::{Options, Progress};
pub(crate) use members::Compare;

/// What one file told.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    /// `None` when the file holds no evidence.
    pub(crate) source: Option<Source>,
    pub(crate) facts: Vec<IdentifiedFact>,
    /// The events that Sigma rules hold for.
    pub(crate) matches: Matches,
    pub(crate) crash: Option<CrashedDump>,
    pub(crate) problems: Vec<Problem>,
    /// Whether it is read here.
    pub(crate) content: Content,
    /// Whether its times may be others than they are taken for.
    pub(crate) clock_doubt: Option<ClockDoubt>,
}

impl Examined {
    /// The name of the source, where its times may be others than they are taken for.
    pub(crate) fn doubted(&self) -> Option<(String, ClockDoubt)> {
        Some((self.source.as_ref()?.name.clone(), self.clock_doubt?))
    }
}

/// What every piece of evidence is read with.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) options: &'a Options,
    pub(crate) wanted: &'a Wanted,
    pub(crate) sigma: Option<&'a Sigma>,
    pub(crate) progress: &'a Progress,
}

impl Reader<'_> {
    /// Reads one file, or everything in it when it is an archive.
    pub(crate) fn file(self, candidate: &Candidate, compare: Compare<'_>) -> Vec<Examined> {
        match open(candidate, self.progress) {
            Ok(Opened::Archive(kind, bytes)) => {
                self.archive(&candidate.name, kind, &bytes, compare)
            }
            Ok(Opened::Evidence(kind, bytes)) => {
                vec![self.examine(&candidate.name, &kind, &bytes)]
            }
            Ok(Opened::Other) => Vec::new(),
            Err(problem) => vec![Examined { problems: vec![problem], ..Examined::default() }],
        }
    }

    fn examine(self, name: &str, kind: &EvidenceKind, bytes: &[u8]) -> Examined {
        match *kind {
            EvidenceKind::Log(format) => examine_log(name, format, bytes, self),
            EvidenceKind::Dump(format) => {
                examine_dump(name, format, bytes, self.options, self.progress)
            }
            EvidenceKind::ClusterLog => {
                let examined = cluster_log::examine(name, bytes, self.wanted, self.options);
                self.progress.done(bytes.len() as u64);
                examined
            }
            EvidenceKind::Inventory(InventoryFormat::Registry) => {
                let examined = inventory::examine_registry(name, bytes, self.wanted);
                self.progress.done(bytes.len() as u64);
                examined
            }
            EvidenceKind::Inventory(InventoryFormat::SystemReport) => {
                let examined = inventory::examine_system_report(name, bytes);
                self.progress.done(bytes.len() as u64);
                examined
            }
            EvidenceKind::Inventory(format) => {
                let examined = inventory::examine_items(name, format, bytes);
                self.progress.done(bytes.len() as u64);
                examined
            }
        }
    }
}

fn examine_log(name: &str, format: LogFormat, bytes: &[u8], reader: Reader<'_>) -> Examined {
    let Reader { wanted, progress, .. } = reader;
    let shared: Arc<str> = name.into();
    let (mut owner, mut of_export) = (None, None);
    let (kind, head, parts) = match format {
        LogFormat::Evtx => {
            let log = EvtxLog::open(bytes);
            owner = log_owner::owner(&log);
            let parts: Vec<LogPart> = log
                .chunks()
                .par_iter()
                .map_init(Scanner::default, |scanner, chunk| {
                    let part = LogPart::of(&shared, chunk.events(scanner, wanted.filter()), reader);
                    progress.done(chunk.size());
                    part
                })
                .collect();
            let of_chunks = log.chunks().iter().map(Chunk::size).fold(0, u64::saturating_add);
            progress.done((bytes.len() as u64).saturating_sub(of_chunks));
            (SourceKind::EventLog, log.problems().to_vec(), parts)
        }
        LogFormat::Xml => {
            let mut parts = Vec::new();
            let add = |part: &mut LogPart, event: Event, _: &str| {
                part.judge(&shared, &event, reader);
                part.told.add(&shared, &event, wanted, reader.options);
            };
            let export = XmlExport::open(bytes);
            of_export = exports::owner_of(&export);
            let result = exports::read_xml(&export, wanted.filter(), add, |mut part, told| {
                part.coverage = told.coverage;
                part.add_problems(name, told.problems);
                parts.push(part);
                Ok::<(), Infallible>(())
            });
            let Ok(()) = result;
            progress.done(bytes.len() as u64);
            (SourceKind::EventXml, Vec::new(), parts)
        }
        _ => {
            let mut part = LogPart::default();
            let add = |event: Event| part.add(&shared, &event, reader);
            let problems = exports::read_each(format, bytes, false, add);
            part.add_problems(name, problems);
            part.problems.extend(exports::caution(name, format));
            progress.done(bytes.len() as u64);
            (exports::kind_of(format), Vec::new(), vec![part])
        }
    };
    let mut examined = Examined::default();
    let mut coverage = Coverage::default();
    let mut source = Source::new(name, kind, bytes.len() as u64);
    (source.computer, source.channel) = of_export.unzip();
    if let Some(owner) = owner {
        (source.computer, source.channel) = (Some(owner.computer), Some(owner.channel));
        let changes = owner.changes.into_iter();
        examined.facts.extend(changes.map(|change| renaming(&shared, change)));
    }
    examined.problems.extend(head.into_iter().map(|problem| log_problem(name, problem)));
    for part in parts {
        coverage.join(part.coverage);
        examined.facts.extend(part.told.facts);
        examined.matches.join(part.matches);
        examined.problems.extend(part.problems);
    }
    examined.problems.extend(examined.matches.problem(name));
    source.events = Some(coverage.events);
    (source.first_time, source.last_time) = (coverage.first_time, coverage.last_time);
    source.records = exports::records_of(&coverage);
    examined.source = Some(source);
    examined
}

/// That a log goes on under another name, which is context for all that it says.
fn renaming(source: &Arc<str>, change: NameChange) -> IdentifiedFact {
    let place = Place::Record { id: change.record_id, offset: change.offset };
    let fact = Fact {
        locator: Locator { source: Arc::clone(source), place },
        time: change.time,
        machine: MachineName::Computer(change.to.as_str().into()),
        os_build: None,
        kind: FactKind::LogContinued { from: change.from, to: change.to },
    };
    fact.into()
}

/// What a part of a log told.
#[derive(Default)]
struct LogPart {
    coverage: Coverage,
    told: EventFacts,
    matches: Matches,
    problems: Vec<Problem>,
}

impl LogPart {
    fn of(name: &Arc<str>, decoded: Decoded, reader: Reader<'_>) -> Self {
        let mut part = Self { coverage: decoded.coverage, ..Self::default() };
        for event in &decoded.events {
            part.judge(name, event, reader);
            part.told.add(name, event, reader.wanted, reader.options);
        }
        part.add_problems(name, decoded.problems);
        part
    }

    /// Shows the event to Sigma rules. Those are for logs since Windows Vista with their named values:
    /// what older logs and printed text do not have would look like something that is missing.
    fn judge(&mut self, name: &Arc<str>, event: &Event, reader: Reader<'_>) {
        if let Some(sigma) = reader.sigma {
            sigma.judge(name, event, reader.options, &mut self.matches);
        }
    }

    fn add_problems(&mut self, name: &str, problems: Vec<LogProblem>) {
        self.problems.extend(problems.into_iter().map(|it| log_problem(name, it)));
    }

    fn add(&mut self, name: &Arc<str>, event: &Event, reader: Reader<'_>) {
        self.coverage.add(event.record_id, event.time_created);
        self.told.add(name, event, reader.wanted, reader.options);
    }
}

pub(crate) fn log_problem(source: &str, problem: LogProblem) -> Problem {
    Problem::new(source, problem.message).at(problem.at)
}

fn examine_dump(
    name: &str,
    format: DumpFormat,
    bytes: &[u8],
    options: &Options,
    progress: &Progress,
) -> Examined {
    let kind = match format {
        DumpFormat::User => SourceKind::UserDump,
        _ => SourceKind::KernelDump,
    };
    let source = Source::new(name, kind, bytes.len() as u64);
    let report = hvtriage_crashdump::examine_with(bytes, &*options.store);
    progress.done(bytes.len() as u64);
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            return Examined {
                source: Some(source),
                problems: vec![
                    Problem::new(name, format!("{}: {}", error.field, error.kind))
                        .at(error.at)
                        .hint("ask for the dump again, or for the minidump beside it"),
                ],
                ..Examined::default()
            };
        }
    };
    let time = report.system_time;
    let wanted = options.wants(time);
    Examined {
        source: Some(Source { first_time: time, last_time: time, ..source }),
        facts: [crash_fact, firmware_fact, hardware_fact]
            .map(|told| told(name, &report))
            .into_iter()
            .flatten()
            .map(|fact| IdentifiedFact { is_outside: !wanted, ..fact.into() })
            .collect(),
        crash: wanted.then(|| crash_row(name, &report)),
        problems: report
            .problems
            .into_iter()
            .map(|problem| Problem::new(name, problem.message).at(problem.at))
            .collect(),
        ..Examined::default()
    }
}
