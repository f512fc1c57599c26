//! `hvtriage timeline`: the events of all machines in order of time.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use hvtriage_report::TimelineFormat;

use crate::arguments::{OutputArgument, ProvidersArguments, ReadingArguments};
use crate::event_command::{EventCommand, Order};
use crate::event_output::{EventForm, parquet_to};
use crate::selection::EventSelection;

#[derive(Debug, Args)]
pub(crate) struct TimelineArguments {
    /// Files, folders and archives with event logs
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the output
    #[arg(long, value_enum, ignore_case = true, default_value_t = TimelineFormatName::Text)]
    format: TimelineFormatName,

    #[command(flatten)]
    pub(crate) texts: ProvidersArguments,

    #[command(flatten)]
    output: OutputArgument,

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
    #[cfg_attr(not(feature = "parquet"), value(hide = true))]
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
    let TimelineArguments { paths, selection, texts, reading, output, .. } = arguments;
    let command = EventCommand {
        paths,
        order: Order::OfTime,
        selection,
        with_slack: false,
        texts,
        reading,
        output,
    };
    command.run(form(arguments))
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
