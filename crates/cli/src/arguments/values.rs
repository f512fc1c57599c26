//! Values that several commands take.

use std::str::FromStr;

use clap::ValueEnum;
use hvtriage::Severity;
use hvtriage_winfmt::FileTime;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SeverityName {
    /// Good to know; nothing to do
    Info,
    /// To be done at the next opportunity
    Low,
    /// To be planned
    Medium,
    /// Something failed or works badly now
    High,
    /// Machines stop, or data is at risk
    Critical,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Info => Self::Info,
            SeverityName::Low => Self::Low,
            SeverityName::Medium => Self::Medium,
            SeverityName::High => Self::High,
            SeverityName::Critical => Self::Critical,
        }
    }
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
