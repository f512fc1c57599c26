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

/// A time with its zone, or a day, which begins at midnight UTC.
pub(crate) fn time(text: &str) -> Result<FileTime, String> {
    time_or_day(text, "T00:00:00Z")
}

/// The same, but a day counts to its end.
pub(crate) fn end_time(text: &str) -> Result<FileTime, String> {
    time_or_day(text, "T23:59:59.9999999Z")
}

fn time_or_day(text: &str, of_day: &str) -> Result<FileTime, String> {
    let parse = |text: &str| -> Result<FileTime, <FileTime as FromStr>::Err> { text.parse() };
    let day = || parse(&format!("{text}{of_day}"));
    parse(text).or_else(|error| day().map_err(|_| error)).map_err(|error| {
        match parse(&format!("{text}Z")) {
            Ok(_) => format!("'{text}' has no zone: write {text}Z for UTC, or {text}+01:00"),
            Err(_) => error.to_string(),
        }
    })
}

/// More threads than any machine has processors only cost time to start.
const MAX_JOBS: usize = 256;

pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if jobs <= MAX_JOBS => Ok(jobs),
        _ => Err(format!("a number from 0 to {MAX_JOBS} is wanted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours are those of the zone: 22:10 at +01:00 is 21:10 in UTC.
    #[test]
    fn times_have_zones() {
        let utc = time("2012-01-08T21:10:00Z").unwrap();
        for text in [
            "2012-01-08T21:10Z",
            "2012-01-08T22:10+01:00",
            "2012-01-08T22:10:00+01:00",
            "2012-01-08 16:10:00-05:00",
            "2012-01-09T02:40+05:30",
        ] {
            assert_eq!(time(text), Ok(utc), "{text}");
        }
        for text in ["2012-01-08T21:10", "2012-01-08 21:10:00"] {
            let error = time(text).unwrap_err();
            assert!(error.contains("has no zone: write ") && error.contains("+01:00"), "{error}");
        }
        assert_eq!(time("2012-01-08"), time("2012-01-08T00:00Z"));
        assert_eq!(end_time("2012-01-08"), time("2012-01-08T23:59:59.9999999Z"));
        for text in ["", "yesterday", "2012-13-01", "21:10"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
