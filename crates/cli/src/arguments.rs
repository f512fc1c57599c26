//! What can be typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hvtriage_winfmt::FileTime;

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
}

const AFTER_HELP: &str = "\
Examples:
  hvtriage analyze collection/
  hvtriage analyze HV01/ HV02/ guest/MEMORY.DMP --since 2012-01-08T00:00:00Z
  hvtriage analyze collection/ --format json -o report.json

Exit codes:
  0  done
  1  a finding of the severity given with --fail-on, or graver
  2  wrong arguments: no such path, no evidence found, a rule with an error
  3  with --strict: some evidence could not be read";

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    /// Files and folders with event logs (.evtx, exported XML) and crash dumps
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the report
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) format: OutputFormat,

    /// Write the report to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Leave out what happened before this time, such as 2012-01-08T21:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<FileTime>,

    /// Leave out what happened after this time; a day counts to its end
    #[arg(long, value_name = "TIME", value_parser = end_time)]
    pub(crate) until: Option<FileTime>,

    /// Number of threads; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    pub(crate) jobs: usize,

    /// Add the rules of a folder (its *.yaml) or of one file; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

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

/// A time with its zone, or a day, which begins at midnight UTC.
fn time(text: &str) -> Result<FileTime, String> {
    time_or_day(text, "T00:00:00Z")
}

/// The same, but a day counts to its end.
fn end_time(text: &str) -> Result<FileTime, String> {
    time_or_day(text, "T23:59:59.9999999Z")
}

fn time_or_day(text: &str, of_day: &str) -> Result<FileTime, String> {
    let day = || format!("{text}{of_day}").parse().ok();
    text.parse().or_else(|error: <FileTime as FromStr>::Err| day().ok_or_else(|| error.to_string()))
}

/// More threads than any machine has processors only cost time to start.
const MAX_JOBS: usize = 256;

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if jobs <= MAX_JOBS => Ok(jobs),
        _ => Err(format!("a number from 0 to {MAX_JOBS} is wanted")),
    }
}
