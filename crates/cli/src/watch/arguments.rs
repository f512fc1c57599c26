//! What can be typed behind `hvtriage watch`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

#[cfg(feature = "sigma")]
use crate::arguments::SigmaArguments;
use crate::arguments::{RulesArguments, StoreArguments, jobs};
use crate::config::{Config, TodayArgument};
use crate::report_format::ReportFormat;

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// The folder into which cases are dropped: each file and each folder in it is one case
    #[arg(value_name = "DROP")]
    pub(crate) folder: PathBuf,

    /// Report every case that is there, and end
    #[arg(long)]
    pub(crate) once: bool,

    /// A case is complete when nothing of it has changed for this time: 500ms, 10s, 2m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) settle: Duration,

    /// The analysis of a case is ended, and told as a problem, when it takes longer than this; 0s is without
    /// an end
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = duration)]
    pub(crate) time_limit: Duration,

    /// Number of analyses at the same time; 0 takes as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0, value_parser = jobs)]
    pub(crate) jobs: usize,

    #[command(flatten)]
    pub(crate) given: GivenToAll,
}

/// What every analysis is given.
#[derive(Clone, Debug, Args)]
pub(crate) struct GivenToAll {
    /// The folder for the reports, NAME.txt, NAME.json, NAME.html and NAME.md for the case NAME; it is made if
    /// need be
    #[arg(long, value_name = "REPORTS")]
    pub(crate) out: PathBuf,

    /// Form of the reports; may be repeated
    #[arg(long, value_enum, ignore_case = true, value_name = "FORMAT", default_values = ["text", "json"])]
    pub(crate) format: Vec<ReportFormat>,

    /// Where to keep big members of archives while they are read, instead of the system's folder for
    /// temporary files
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) today: TodayArgument,

    #[command(flatten)]
    pub(crate) own: RulesArguments,

    #[cfg(feature = "sigma")]
    #[command(flatten)]
    pub(crate) packs: SigmaArguments,

    #[command(flatten)]
    pub(crate) store: StoreArguments,
}

impl GivenToAll {
    /// With what a configuration adds.
    pub(super) fn with(mut self, config: &Config) -> Self {
        config.add_rules(&mut self.own);
        config.add_store(&mut self.store);
        #[cfg(feature = "sigma")]
        config.add_packs(&mut self.packs);
        #[cfg(not(feature = "sigma"))]
        config.tell_unused_packs();
        self
    }
}

/// What `watch` gives to the process that analyzes a batch of cases.
#[derive(Debug, Args)]
pub(crate) struct BatchArguments {
    #[command(flatten)]
    pub(crate) given: GivenToAll,

    /// Number of threads
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: usize,

    /// Names of cases in the current folder
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<OsString>,
}

pub(crate) const AFTER_WATCH_HELP: &str = "\
Examples:
  hvtriage watch drop/ --out reports/
  hvtriage watch //server/cases --out /srv/reports --settle 2m --rules my-rules/
  hvtriage watch drop/ --out reports/ --once

A case is reported again when something is added to it, when rules or hvtriage.toml change, and by a watch with other \
images, other symbols or another version of hvtriage. A name that ends in .part, .tmp or ~ or begins with \
a dot is no case yet. REPORTS lies outside of DROP or directly in it. What was reported is kept in \
REPORTS/.hvtriage-watch.redb; Ctrl-C ends the watch, and the next one goes on where it was.

Exit codes:
  0  done, or ended by Ctrl-C
  2  wrong arguments: no such folder, a rule with an error, another watch with the same --out
  4  a report could not be written, or is incomplete for a reason outside of its case";

/// `500ms`, `10s`, `2m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time, such as 500ms, 10s, 2m or 1h");
    let digits = text.trim().trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let milliseconds: u64 = match text.trim().strip_prefix(digits) {
        Some("ms") => 1,
        Some("s") => 1000,
        Some("m") => 60 * 1000,
        Some("h") => 60 * 60 * 1000,
        _ => return Err(wrong()),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let table = [("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("1h", 3_600_000)];
        for (text, milliseconds) in table {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "10", "s", "-1s", "1.5s", "10 s", "99999999999999999999h", "10d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
