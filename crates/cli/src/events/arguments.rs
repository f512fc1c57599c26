//! What can be typed behind `hvtriage events`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::{OutputArgument, ProvidersArguments, ReadingArguments};
use crate::selection::EventSelection;

#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    /// Files, folders and archives with event logs
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the output
    #[arg(long, value_enum, ignore_case = true, default_value_t = EventFormatName::Jsonl)]
    pub(crate) format: EventFormatName,

    #[command(flatten)]
    pub(crate) texts: ProvidersArguments,

    /// Also show old events in space that a log has given up
    #[arg(long)]
    pub(crate) recover: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgument,

    #[command(flatten)]
    pub(crate) selection: EventSelection,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EventFormatName {
    /// One JSON object a line
    Jsonl,
    /// Event XML
    Xml,
    /// A table for spreadsheets
    Csv,
    /// A table with types for DuckDB, pandas and Spark
    #[cfg_attr(not(feature = "parquet"), value(hide = true))]
    Parquet,
}

pub(crate) const AFTER_EVENTS_HELP: &str = "\
Examples:
  hvtriage events HV01/System.evtx --level critical,error
  hvtriage events collection/ --provider '*Hyper-V-Netvsc' --id 1,3,10-13
  hvtriage events collection/ --machine HV01 --since 2012-01-08 --format csv -o events.csv

Exit codes:
  0  done, whether there were events or not
  2  wrong arguments: no such path, no event log found; or the output cannot be written
  3  with --strict: some evidence could not be read";
