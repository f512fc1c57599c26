//! What can be typed behind `hvtriage analyze`.

use std::path::PathBuf;

use clap::Args;

use super::forms::{AnalyzeFormat, List, list};
use super::selected::SelectionArguments;
#[cfg(feature = "sigma")]
use crate::arguments::SigmaArguments;
use crate::arguments::{
    OutputArgument, ReadingArguments, RulesArguments, SeverityName, SpanArguments, StoreArguments,
};
use crate::config::TodayArgument;

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    /// Files, folders and archives with event logs, crash dumps and inventories, of all machines of the case
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the report
    #[arg(long, value_enum, ignore_case = true, default_value_t = AnalyzeFormat::Text)]
    pub(crate) format: AnalyzeFormat,

    /// The list that --format csv writes; without this it writes findings
    #[cfg_attr(
        feature = "parquet",
        doc = "(parquet writes this list or, without this, all into the folder that --output names)"
    )]
    #[arg(long, value_name = "TABLE", value_parser = list(), ignore_case = true)]
    pub(crate) table: Option<List>,

    /// Show the whole report and not only its first screen; a file that --output names has it always
    #[arg(long)]
    pub(crate) details: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgument,

    #[command(flatten)]
    pub(crate) span: SpanArguments,

    #[command(flatten)]
    pub(crate) today: TodayArgument,

    /// Exit with 1 when a finding of this severity or a graver one is shown
    #[arg(long, value_enum, ignore_case = true, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<SeverityName>,

    #[command(flatten)]
    pub(crate) selected: SelectionArguments,

    #[command(flatten)]
    pub(crate) given: RulesArguments,

    #[cfg(feature = "sigma")]
    #[command(flatten)]
    pub(crate) packs: SigmaArguments,

    #[command(flatten)]
    pub(crate) store: StoreArguments,

    /// Take the messages of cited events also from the binaries (.dll, .exe, .sys, .mui) in a folder; may be
    /// repeated. Those beside a log (LocaleMetaData/*.MTA) and in an export are taken without this
    #[arg(long, value_name = "DIR", help_heading = "Messages of events")]
    pub(crate) providers: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

pub(crate) const AFTER_ANALYZE_HELP: &str = "\
Examples:
  hvtriage analyze collection/
  hvtriage analyze HV01/ HV02/ guest/MEMORY.DMP --since 2012-01-08T00:00:00Z
  hvtriage analyze collection/ --details --machine SQL07 --severity high
  hvtriage analyze collection/ --format json -o report.json
  hvtriage analyze collection/ --format csv --table guests -o guests.csv
  hvtriage analyze collection/ --format markdown -o ticket.md

hvtriage.toml has what is always given, and findings that are ignored: `hvtriage config --help`.

Exit codes:
  0  done
  1  a finding is shown of the severity given with --fail-on, or a graver one
  2  wrong arguments: no such path, machine or rule, no evidence found, a rule with an error
  3  with --strict: some evidence could not be read";
