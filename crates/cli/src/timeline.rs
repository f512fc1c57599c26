//! `hvtriage timeline`: the events of all machines in order of time.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use hvtriage::{EventQuery, EventsError, EventsRead, FoundEvent, event_meaning, read_timeline};
use hvtriage_report::{TimelineFormat, TimelineRow};

use crate::arguments::{jobs, swapped};
use crate::events::ended;
use crate::output::{Output, fail, overwritten};
use crate::progress::with_progress;
use crate::selection::EventSelection;

#[derive(Debug, Args)]
pub(crate) struct TimelineArguments {
    /// Files and folders with event logs
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only events of this computer, by its full or short name; may be repeated
    #[arg(long, value_name = "NAME")]
    machine: Vec<String>,

    #[command(flatten)]
    selection: EventSelection,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = TimelineFormatName::Text)]
    format: TimelineFormatName,

    /// Take messages from LocaleMetaData/*.MTA beside each log, or from the folders given with --providers
    #[arg(short, long)]
    message: bool,

    /// Take messages from the binaries (.dll, .exe, .sys, .mui) in a folder; may be repeated
    #[arg(long, value_name = "DIR")]
    providers: Vec<PathBuf>,

    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Where to keep what does not fit into memory while it is sorted, and big members of archives,
    /// instead of the system's folder for temporary files
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,

    /// Number of threads; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    jobs: usize,

    /// Exit with 3 when some evidence could not be read
    #[arg(long)]
    strict: bool,

    /// Do not tell on stderr what could not be read
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TimelineFormatName {
    /// A line an event, for people
    Text,
    /// The columns of EvtxECmd
    Csv,
    /// JSON lines for Timesketch
    Timesketch,
    /// JSON lines with the names of the Elastic Common Schema
    Ecs,
}

pub(crate) const AFTER_TIMELINE_HELP: &str = "\
Times are as each machine logged them. An event that several logs hold comes once.

Examples:
  hvtriage timeline HV01/ HV02/ guest/ --since 2012-01-08T21:00:00Z --level critical,error,warning
  hvtriage timeline collection/ --machine HV01 --machine SQL07 --format csv -o timeline.csv
  hvtriage timeline collection/ --format timesketch -o case.jsonl

Exit codes:
  0  done, whether there were events or not
  2  wrong arguments: no such path, no event log found; or the output cannot be written
  3  with --strict: some evidence could not be read";

/// Runs the command.
pub(crate) fn run(arguments: &TimelineArguments) -> ExitCode {
    if let Some(wrong) = swapped(arguments.selection.since, arguments.selection.until) {
        return fail(&wrong);
    }
    let output = arguments.output.as_ref();
    if let Some(evidence) = overwritten(output, &arguments.paths) {
        return fail(&format!("--output {evidence} is among the evidence: name another file"));
    }
    ended(write(arguments), output, arguments.quiet, arguments.strict)
}

fn write(arguments: &TimelineArguments) -> Result<EventsRead, EventsError> {
    let format = arguments.format.into();
    let query = query(arguments);
    // Nothing is created before there is something to write: a wrong path must not leave an empty file.
    let mut out = None;
    let start = || -> io::Result<Output> {
        let mut out = Output::open(arguments.output.as_ref())?;
        out.write_all(&TimelineFormat::head(format))?;
        Ok(out)
    };
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| render(format, found, out);
    let read = with_progress(|progress| {
        read_timeline(&arguments.paths, &query, &arguments.machine, progress, render, |bytes| {
            if out.is_none() {
                out = Some(start()?);
            }
            out.as_mut().map_or(Ok(()), |out| out.write_all(bytes))
        })
    })?;
    out.map_or_else(start, Ok).and_then(Output::finish).map_err(EventsError::Write)?;
    Ok(read)
}

fn query(arguments: &TimelineArguments) -> EventQuery {
    let mut query = EventQuery::new(arguments.selection.filter()).jobs(arguments.jobs);
    if arguments.message {
        query = query.with_messages();
    }
    if let Some(folder) = &arguments.temp_dir {
        query = query.temporary(folder);
    }
    arguments.providers.iter().fold(query, |query, folder| query.providers(folder))
}

fn render(format: TimelineFormat, found: &FoundEvent<'_>, out: &mut Vec<u8>) {
    let FoundEvent { source, event, message, .. } = *found;
    if format.takes(event) {
        let meaning = event_meaning(event);
        format.write(&TimelineRow { source, event, meaning: meaning.as_deref(), message }, out);
    }
}

impl From<TimelineFormatName> for TimelineFormat {
    fn from(name: TimelineFormatName) -> Self {
        match name {
            TimelineFormatName::Text => Self::Text,
            TimelineFormatName::Csv => Self::Csv,
            TimelineFormatName::Timesketch => Self::Timesketch,
            TimelineFormatName::Ecs => Self::Ecs,
        }
    }
}
