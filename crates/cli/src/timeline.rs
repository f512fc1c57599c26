//! `hvtriage timeline`: the events of all machines in order of time.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use hvtriage::{EventsError, EventsRead, FoundEvent, read_timeline};
use hvtriage_report::TimelineFormat;

use crate::arguments::{OutputArgument, ProvidersArguments, ReadingArguments};
use crate::event_output::{EventForm, EventOutput, parquet_to};
use crate::events::{Ended, check, ended, query, write_event};
use crate::output::{fail, tell};
use crate::progress::with_progress;
use crate::selection::{EventSelection, SeenProviders};

#[derive(Debug, Args)]
pub(crate) struct TimelineArguments {
    /// Files and folders with event logs
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = TimelineFormatName::Text)]
    format: TimelineFormatName,

    #[command(flatten)]
    pub(crate) texts: ProvidersArguments,

    #[command(flatten)]
    output: OutputArgument,

    /// Only events of this computer, by its full or short name, in any case; '*' stands for anything; may be
    /// repeated
    #[arg(long, value_name = "NAME", help_heading = "Which events")]
    machine: Vec<String>,

    #[command(flatten)]
    selection: EventSelection,

    #[command(flatten)]
    reading: ReadingArguments,
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
    /// A table with types for DuckDB, pandas and Spark
    Parquet,
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
    let TimelineArguments { paths, selection, reading, output, .. } = arguments;
    let output = output.file.as_ref();
    let form = match check(paths, selection, reading, output).and_then(|()| form(arguments)) {
        Ok(form) => form,
        Err(wrong) => return fail(&wrong),
    };
    ended(write(arguments, form), output, reading.strict)
}

fn form(arguments: &TimelineArguments) -> Result<EventForm, String> {
    Ok(EventForm::Timeline(match arguments.format {
        TimelineFormatName::Text => TimelineFormat::Text,
        TimelineFormatName::Csv => TimelineFormat::Csv,
        TimelineFormatName::Timesketch => TimelineFormat::Timesketch,
        TimelineFormatName::Ecs => TimelineFormat::Ecs,
        TimelineFormatName::Parquet => return parquet_to(arguments.output.file.as_ref()),
    }))
}

fn write(arguments: &TimelineArguments, form: EventForm) -> Result<EventsRead, Ended> {
    let TimelineArguments { paths, machine, .. } = arguments;
    let query = query(arguments.selection.filter(), &arguments.texts, &arguments.reading);
    let providers = SeenProviders::of(&arguments.selection);
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        providers.see(&found.event.provider.name);
        write_event(form, found, out);
    };
    let mut out = EventOutput::new(form, arguments.output.file.as_ref());
    let read = with_progress(|progress| {
        read_timeline(paths, &query, machine, progress, render, |bytes| out.write(bytes))
    })?;
    if let Some(wrong) = providers.unknown(&read) {
        return Err(wrong);
    }
    for unknown in &read.unknown_machines {
        // Where not all events were read, it may have logged others.
        if arguments.selection.is_all() {
            return Err(Ended::Unknown(unknown.to_string()));
        }
        tell(&format!("no event of '{}' is among those asked for{}", unknown.name, unknown.hint()));
    }
    out.finish().map_err(EventsError::Write)?;
    Ok(read)
}
