//! What can be typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hvtriage_report::Table;
use hvtriage_winfmt::FileTime;

use crate::analyze::{AnalyzeFormat, table};
use crate::diff::{AFTER_DIFF_HELP, DiffArguments};
use crate::explain::ExplainArguments;
use crate::schema::SchemaArguments;
use crate::selection::EventSelection;
use crate::shell::{CompletionsArguments, ManArguments};
use crate::timeline::{AFTER_TIMELINE_HELP, TimelineArguments};
use crate::watch::{AFTER_WATCH_HELP, BatchArguments, WatchArguments};

/// Offline analysis of Hyper-V event logs and crash dumps.
///
/// Nothing is uploaded and nothing is fetched. Evidence is recognised by its content, so file names
/// and folders may be anything.
#[derive(Debug, Parser)]
#[command(name = "hvtriage", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read files and folders as one case and write a diagnosis.
    #[command(after_help = AFTER_HELP)]
    Analyze(AnalyzeArguments),
    /// Write the events of logs, all or those that are asked for.
    #[command(after_help = AFTER_EVENTS_HELP)]
    Events(EventsArguments),
    /// Merge the events of all machines in order of time.
    #[command(after_help = AFTER_TIMELINE_HELP)]
    Timeline(TimelineArguments),
    /// Say what crashed and how that is known, a page for each dump.
    #[command(after_help = AFTER_DUMP_HELP)]
    Dump(DumpArguments),
    /// Watch a folder: report each case that is dropped into it.
    #[command(after_help = AFTER_WATCH_HELP)]
    Watch(WatchArguments),
    /// Analyze cases for a watch.
    #[command(hide = true)]
    WatchBatch(BatchArguments),
    /// Show the rules that judge the evidence, and check your own.
    #[command(subcommand, after_help = AFTER_RULES_HELP)]
    Rules(RulesCommand),
    /// Say what is known of a rule, a STOP code, an error or an event.
    Explain(ExplainArguments),
    /// Compare two JSON reports: what is new, gone and as before.
    #[command(after_help = AFTER_DIFF_HELP)]
    Diff(DiffArguments),
    /// Write the JSON Schema of the JSON report.
    Schema(SchemaArguments),
    /// Write a script with which a shell completes what is typed.
    Completions(CompletionsArguments),
    /// Write manual pages.
    Man(ManArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List all rules, those of the catalogue and your own
    List(ListArguments),
    /// Show what a rule means, what to do then, and where to read on
    Show(ShowArguments),
    /// Read rules and say what is wrong with them, with file, line and column
    Check(CheckArguments),
    /// Run the examples of rules; without a path, those of the catalogue
    Test(TestArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Add the rules of a folder (its *.yaml) or of one file; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// Form of the list
    #[arg(long, value_enum, default_value_t = RuleFormatName::Text)]
    pub(crate) format: RuleFormatName,

    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Id of the rule, such as KB2636573
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// Add the rules of a folder (its *.yaml) or of one file; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// Form of what is shown
    #[arg(long, value_enum, default_value_t = RuleFormatName::Text)]
    pub(crate) format: RuleFormatName,

    /// Show the file of the rule: a rule of yours with the same id takes its place
    #[arg(long, conflicts_with = "format")]
    pub(crate) yaml: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Folders with rules (their *.yaml), or files
    #[cfg_attr(feature = "sigma", arg(required_unless_present = "sigma", value_name = "PATH"))]
    #[cfg_attr(not(feature = "sigma"), arg(required = true, value_name = "PATH"))]
    pub(crate) paths: Vec<PathBuf>,

    /// Also read the Sigma rules in and below a folder, or those of one file; may be repeated. Each file
    /// that is not used as it stands is told
    #[cfg(feature = "sigma")]
    #[arg(long, value_name = "DIR")]
    pub(crate) sigma: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Folders with rules (their *.yaml), or files
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RuleFormatName {
    /// For people
    Text,
    /// JSON
    Json,
    /// A page of Markdown
    Markdown,
}

const AFTER_HELP: &str = "\
Examples:
  hvtriage analyze collection/
  hvtriage analyze HV01/ HV02/ guest/MEMORY.DMP --since 2012-01-08T00:00:00Z
  hvtriage analyze collection/ --format json -o report.json
  hvtriage analyze collection/ --format csv --table guests -o guests.csv
  hvtriage analyze collection/ --format markdown -o ticket.md

Exit codes:
  0  done
  1  a finding of the severity given with --fail-on, or graver
  2  wrong arguments: no such path, no evidence found, a rule with an error
  3  with --strict: some evidence could not be read";

const AFTER_EVENTS_HELP: &str = "\
Examples:
  hvtriage events HV01/System.evtx --level critical,error
  hvtriage events collection/ --provider Microsoft-Windows-Hyper-V-Netvsc --id 1,3,10-13
  hvtriage events collection/ --provider '*Hyper-V*' --since 2012-01-08 --format csv -o events.csv

Exit codes:
  0  done, whether there were events or not
  2  wrong arguments: no such path, no event log found; or the output cannot be written
  3  with --strict: some evidence could not be read";

const AFTER_DUMP_HELP: &str = "\
Examples:
  hvtriage dump MEMORY.DMP
  hvtriage dump Minidump/ --format json -o crashes.json
  hvtriage dump MEMORY.DMP --images drivers/ --symbols symbols/ --modules
  hvtriage dump MEMORY.DMP --memory 0xfffff880016332b8,64

Images and symbols are taken from folders only, in the layout of a symbol server or any other, and from
the local folders in _NT_SYMBOL_PATH. Nothing is fetched.

Exit codes:
  0  done
  2  wrong arguments: no such path, no dump found; or the output cannot be written
  3  with --strict: some evidence could not be read";

const AFTER_RULES_HELP: &str = "\
Examples:
  hvtriage rules list
  hvtriage rules show KB2636573
  hvtriage rules show KP-41 --yaml > my-rules/KP-41.yaml
  hvtriage rules check my-rules/
  hvtriage rules check --sigma sigma/rules/windows/
  hvtriage rules test my-rules/

Exit codes:
  0  done
  1  an example of a rule is not as it says
  2  wrong arguments: no such path or rule, a rule with an error";

#[derive(Debug, Args)]
pub(crate) struct DumpArguments {
    /// Dumps, and folders or archives with dumps
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) store: StoreArguments,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) format: OutputFormat,

    /// Show so many bytes of virtual memory from an address on, both in decimal or with 0x
    #[arg(long, value_name = "ADDRESS,SIZE", value_parser = memory)]
    pub(crate) memory: Option<(u64, u64)>,

    /// List every loaded module
    #[arg(long)]
    pub(crate) modules: bool,

    /// Show the stack itself, from the stack pointer on
    #[arg(long)]
    pub(crate) raw_stack: bool,

    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Where to keep big members of archives while they are read, instead of the system's folder for
    /// temporary files
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,

    /// Number of threads; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    pub(crate) jobs: usize,

    /// Exit with 3 when some evidence could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Where images and symbols are.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// A folder with drivers and other images; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) images: Vec<PathBuf>,

    /// A folder with symbols (.pdb); may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) symbols: Vec<PathBuf>,
}

fn memory(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("'{text}' is no address and size, such as 0xfffff880016332b8,64");
    // Debuggers write fffff880`016332b8.
    let hexadecimal = |digits: &str| u64::from_str_radix(&digits.replace('`', ""), 16).ok();
    let number = |text: &str| match text.trim().strip_prefix("0x") {
        Some(digits) => hexadecimal(digits),
        None => text.trim().parse().ok().or_else(|| hexadecimal(text.trim())),
    };
    let (address, size) = text.split_once(',').ok_or_else(wrong)?;
    Ok((number(address).ok_or_else(wrong)?, number(size).ok_or_else(wrong)?))
}

#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    /// Files and folders with event logs
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) selection: EventSelection,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = EventFormatName::Jsonl)]
    pub(crate) format: EventFormatName,

    /// Show the message of each event: from LocaleMetaData/*.MTA beside its log, from the folders
    /// given with --providers, or as it came with the event
    #[arg(short, long)]
    pub(crate) message: bool,

    /// Take messages from the binaries (.dll, .exe, .sys, .mui) in a folder; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) providers: Vec<PathBuf>,

    /// Also show old events in space that a log has given up
    #[arg(long)]
    pub(crate) recover: bool,

    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Where to keep big members of archives while they are read, instead of the system's folder for
    /// temporary files
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,

    /// Number of threads; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    pub(crate) jobs: usize,

    /// Exit with 3 when some evidence could not be read
    #[arg(long)]
    pub(crate) strict: bool,

    /// Do not tell on stderr what could not be read
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EventFormatName {
    /// One JSON object a line
    Jsonl,
    /// Event XML
    Xml,
    /// A table for spreadsheets
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    /// Files and folders with event logs (.evtx, exported XML) and crash dumps
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the report
    #[arg(long, value_enum, default_value_t = AnalyzeFormat::Text)]
    pub(crate) format: AnalyzeFormat,

    /// The list that --format csv writes; findings without this
    #[arg(long, value_name = "TABLE", value_parser = table())]
    pub(crate) table: Option<Table>,

    /// Show the whole report and not only its first screen; a file that --output names has it always
    #[arg(long)]
    pub(crate) details: bool,

    /// Write the report to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Leave out what happened before this time, such as 2012-01-08T21:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<FileTime>,

    /// Leave out what happened after this time; a day counts to its end
    #[arg(long, value_name = "TIME", value_parser = end_time)]
    pub(crate) until: Option<FileTime>,

    #[command(flatten)]
    pub(crate) store: StoreArguments,

    /// Where to keep big members of archives while they are read, instead of the system's folder for
    /// temporary files
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,

    /// Number of threads; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    pub(crate) jobs: usize,

    /// Add the rules of a folder (its *.yaml) or of one file; may be repeated. One with the id of a
    /// rule of the catalogue takes its place
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// Also judge event logs by the Sigma rules in and below a folder, or by those of one file; may be
    /// repeated. What of them cannot be used is told at the end of the report
    #[cfg(feature = "sigma")]
    #[arg(long, value_name = "DIR")]
    pub(crate) sigma: Vec<PathBuf>,

    /// Exit with 1 when there is a finding of this severity or a graver one
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<SeverityName>,

    /// Exit with 3 when some evidence could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SeverityName {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// What to say of a span of time that ends before it begins.
pub(crate) fn swapped(since: Option<FileTime>, until: Option<FileTime>) -> Option<String> {
    let (since, until) = since.zip(until)?;
    let message = || format!("--since {since} is later than --until {until}: swap them");
    (since > until).then(message)
}

/// A time with its zone, or a day, which begins at midnight UTC.
pub(crate) fn time(text: &str) -> Result<FileTime, String> {
    time_or_day(text, "T00:00:00Z")
}

/// The same, but a day counts to its end.
pub(crate) fn end_time(text: &str) -> Result<FileTime, String> {
    time_or_day(text, "T23:59:59.9999999Z")
}

fn time_or_day(text: &str, of_day: &str) -> Result<FileTime, String> {
    let day = || format!("{text}{of_day}").parse().ok();
    text.parse().or_else(|error: <FileTime as FromStr>::Err| day().ok_or_else(|| error.to_string()))
}

/// More threads than any machine has processors only cost time to start.
const MAX_JOBS: usize = 256;

pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if jobs <= MAX_JOBS => Ok(jobs),
        _ => Err(format!("a number from 0 to {MAX_JOBS} is wanted")),
    }
}
