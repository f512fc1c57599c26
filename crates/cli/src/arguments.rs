//! What can be typed.

mod global;
mod shared;
mod values;

use clap::{Parser, Subcommand};

use crate::analyze::{AFTER_ANALYZE_HELP, AnalyzeArguments};
use crate::config::{AFTER_CONFIG_HELP, ConfigArguments};
use crate::diff::{AFTER_DIFF_HELP, DiffArguments};
use crate::dump::{AFTER_DUMP_HELP, DumpArguments};
use crate::events::{AFTER_EVENTS_HELP, EventsArguments};
use crate::explain::{AFTER_EXPLAIN_HELP, ExplainArguments};
use crate::rules::{AFTER_RULES_HELP, RulesCommand};
use crate::schema::{AFTER_SCHEMA_HELP, SchemaArguments};
use crate::shell::{AFTER_COMPLETIONS_HELP, AFTER_MAN_HELP, CompletionsArguments, ManArguments};
use crate::timeline::{AFTER_TIMELINE_HELP, TimelineArguments};
use crate::watch::{AFTER_WATCH_HELP, BatchArguments, WatchArguments};

pub(crate) use global::GlobalArguments;
#[cfg(feature = "sigma")]
pub(crate) use shared::SigmaArguments;
pub(crate) use shared::{
    OutputArgument, ProvidersArguments, ReadingArguments, RulesArguments, SpanArguments,
    StoreArguments, temporary_folder,
};
pub(crate) use values::{SeverityName, jobs};

/// Says what broke on Hyper-V hosts and guests, from event logs and crash dumps.
///
/// Name what was collected: files, folders, archives, of one machine or of many. Evidence is recognised by
/// its content, so names may be anything. Nothing is uploaded and nothing is fetched.
#[derive(Debug, Parser)]
#[command(name = "hvtriage", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Begin with:
  hvtriage analyze collection/               what broke, on one screen
  hvtriage analyze collection/ --details     the whole report, with its evidence
  hvtriage analyze collection/ --format html -o report.html
  hvtriage explain 0xD1                      what is known of a STOP code, a rule or an event

hvtriage.toml has what is always given, and findings that are ignored: `hvtriage config --help`.
`hvtriage COMMAND --help` tells of a command, with examples and exit codes.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read files and folders as one case, and report what broke, why and where it says so.
    #[command(after_help = AFTER_ANALYZE_HELP)]
    Analyze(AnalyzeArguments),
    /// Watch a folder, and report each case that is dropped into it.
    #[command(after_help = AFTER_WATCH_HELP)]
    Watch(WatchArguments),
    /// Compare two JSON reports: what is new, gone and as before.
    #[command(after_help = AFTER_DIFF_HELP)]
    Diff(DiffArguments),
    /// Merge the events of all machines in order of time.
    #[command(after_help = AFTER_TIMELINE_HELP)]
    Timeline(TimelineArguments),
    /// Write the events of logs, all or those that are asked for.
    #[command(after_help = AFTER_EVENTS_HELP)]
    Events(EventsArguments),
    /// Say what crashed and how that is known, a page for each dump.
    #[command(after_help = AFTER_DUMP_HELP)]
    Dump(DumpArguments),
    /// Say what is known of a rule, a STOP code, an error or an event, without any evidence.
    #[command(after_help = AFTER_EXPLAIN_HELP)]
    Explain(ExplainArguments),
    /// Show the rules that judge the evidence, and check your own.
    #[command(subcommand, after_help = AFTER_RULES_HELP)]
    Rules(RulesCommand),
    /// Show what hvtriage.toml puts in force, and where it was found.
    #[command(after_help = AFTER_CONFIG_HELP)]
    Config(ConfigArguments),
    /// Write the JSON Schema of the JSON report, for programs that read it.
    #[command(after_help = AFTER_SCHEMA_HELP)]
    Schema(SchemaArguments),
    /// Write a script with which a shell completes what is typed.
    #[command(after_help = AFTER_COMPLETIONS_HELP)]
    Completions(CompletionsArguments),
    /// Write manual pages, one for each command.
    #[command(after_help = AFTER_MAN_HELP)]
    Man(ManArguments),
    /// Analyze cases for a watch.
    #[command(hide = true)]
    WatchBatch(BatchArguments),
}
