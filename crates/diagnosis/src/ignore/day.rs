//! Days of the calendar.

use std::fmt;
use std::str::FromStr;

use hvtriage_winfmt::FileTime;

/// A day in UTC, `2026-12-31`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(FileTime);

/// A text is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no day, such as 2026-12-31")]
pub struct DayError(String);

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let is_day = text.len() == "2026-12-31".len();
        let midnight = || format!("{text}T00:00:00Z").parse().ok();
        midnight().filter(|_| is_day).map(Self).ok_or_else(|| DayError(text.into()))
    }
}

impl From<FileTime> for Day {
    /// The day of a time.
    fn from(time: FileTime) -> Self {
        const TICKS_PER_DAY: u64 = 24 * 60 * 60 * 10_000_000;
        Self(FileTime(time.0.saturating_sub(time.0 % TICKS_PER_DAY)))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_the_second();
        formatter.write_str(text.split_once(' ').map_or(text.as_str(), |(day, _)| day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for day in ["2026-12-31", "2024-02-29", "1999-01-01"] {
            assert_eq!(day.parse::<Day>().unwrap().to_string(), day);
        }
        for wrong in ["2026-02-29", "2026-13-01", "26-1-1", "2026-12-31T10", "tomorrow", ""] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
        let time: FileTime = "2026-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(Day::from(time).to_string(), "2026-12-31");
        assert!("2026-12-31".parse::<Day>().unwrap() < "2027-01-01".parse::<Day>().unwrap());
    }
}
