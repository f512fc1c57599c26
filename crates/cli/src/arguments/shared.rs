//! Options that several commands have: the same name, the same meaning.

use std::path::{Path, PathBuf};

use clap::Args;
use hvtriage_winfmt::FileTime;

use super::values::{end_time, jobs, time};

/// Where the output goes.
#[derive(Debug, Args)]
pub(crate) struct OutputArgument {
    /// Write to a file instead of stdout; it gets its name once it is whole
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "output")]
    pub(crate) file: Option<PathBuf>,
}

/// A span of time.
#[derive(Debug, Args)]
pub(crate) struct SpanArguments {
    /// Only what happened from this time on, with its zone: 2012-01-08T21:00:00Z, 2012-01-08T22:00+01:00, or a
    /// day, which begins at midnight UTC
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<FileTime>,

    /// Only what happened up to this time; a day counts to its end
    #[arg(long, value_name = "TIME", value_parser = end_time)]
    pub(crate) until: Option<FileTime>,
}

impl SpanArguments {
    /// Whether it is of all times.
    pub(crate) fn is_all(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Refuses a span that ends before it begins.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.since.zip(self.until) {
            Some((since, until)) if since > until => {
                Err(format!("--since {since} is later than --until {until}: swap them"))
            }
            _ => Ok(()),
        }
    }
}

/// How evidence is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "How evidence is read")]
pub(crate) struct ReadingArguments {
    /// Where to keep big members of archives, and what memory cannot hold, while evidence is read, instead
    /// of the system's folder for temporary files
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,

    /// Number of threads; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    pub(crate) jobs: usize,

    /// Exit with 3 when some evidence could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

/// The folder for temporary files that was typed, if it is one.
///
/// # Errors
/// It is none, in words.
pub(crate) fn temporary_folder(typed: Option<&PathBuf>) -> Result<Option<&Path>, String> {
    match typed {
        Some(folder) if !folder.is_dir() => {
            Err(format!("--temp-dir {}: no such folder", folder.display()))
        }
        typed => Ok(typed.map(PathBuf::as_path)),
    }
}

/// Rules of one's own.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Rules besides the catalogue")]
pub(crate) struct RulesArguments {
    /// Add the rules of a folder (its *.yaml) or of one file; may be repeated. One with the id of a rule of
    /// the catalogue takes its place
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
}

/// Stock rules.
#[cfg(feature = "sigma")]
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SigmaArguments {
    /// Also judge event logs by the Sigma rules in and below a folder, or by those of one file; may be
    /// repeated. What of them cannot be used is told at the end of the report
    #[arg(long, value_name = "PATH")]
    pub(crate) sigma: Vec<PathBuf>,
}

/// Where images and symbols are.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Images and symbols of dumps")]
pub(crate) struct StoreArguments {
    /// A folder with drivers and other images; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) images: Vec<PathBuf>,

    /// A folder with symbols (.pdb); may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) symbols: Vec<PathBuf>,
}

/// Where the texts of events come from.
#[derive(Debug, Args)]
pub(crate) struct ProvidersArguments {
    /// Show the message of each event: from LocaleMetaData/*.MTA beside its log, from the folders given with
    /// --providers, or as it came with the event
    #[arg(short, long)]
    pub(crate) message: bool,

    /// Take messages from the binaries (.dll, .exe, .sys, .mui) in a folder; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) providers: Vec<PathBuf>,
}
