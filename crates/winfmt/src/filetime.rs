//! FILETIME: 100-nanosecond ticks since 1601-01-01 UTC.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

const NANOSECONDS_PER_TICK: i128 = 100;

/// A point in time, in 100-nanosecond ticks since 1601-01-01 UTC.
///
/// Shown as RFC 3339 in UTC with all seven digits. A value past the year 9999, which only damage
/// makes, is shown as its raw number.
///
/// ```
/// use hvtriage_winfmt::FileTime;
///
/// let time: FileTime = "2024-12-09T11:31:23.2356205Z".parse().unwrap();
/// assert_eq!(time, FileTime(133_782_174_832_356_205));
/// assert_eq!(time.to_string(), "2024-12-09T11:31:23.2356205Z");
/// assert!("last week".parse::<FileTime>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

/// Text that is no RFC 3339 time with a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time such as 2024-12-09T11:31:23Z")]
pub struct FileTimeError(String);

impl FileTime {
    /// Ticks in a second.
    pub const TICKS_PER_SECOND: u64 = 10_000_000;

    /// 1970-01-01, from which Unix and C count seconds.
    pub const UNIX_EPOCH: Self = Self(116_444_736_000_000_000);

    /// Reads a time as event exports write it: RFC 3339, or the same without a zone and with a
    /// blank for the `T`, which means UTC.
    ///
    /// # Errors
    /// Anything else, and times before 1601.
    pub fn parse_export(text: &str) -> Result<Self, FileTimeError> {
        text.parse().or_else(|error| {
            let civil: DateTime = text.trim().parse().map_err(|_| error)?;
            let timestamp = Offset::UTC.to_timestamp(civil);
            timestamp.ok().and_then(Self::from_timestamp).ok_or_else(|| FileTimeError(text.into()))
        })
    }

    /// Reads a SYSTEMTIME that is in UTC: year, month, day of the week, day, hour, minute, second and
    /// milliseconds, 16 bits each. `None` where that is no time.
    ///
    /// ```
    /// use hvtriage_winfmt::FileTime;
    ///
    /// let stored = [0xDC, 7, 4, 0, 5, 0, 6, 0, 13, 0, 59, 0, 13, 0, 29, 0];
    /// let time = FileTime::from_system_time(stored).unwrap();
    /// assert_eq!(time.to_string(), "2012-04-06T13:59:13.0290000Z");
    /// ```
    #[must_use]
    pub fn from_system_time(stored: [u8; 16]) -> Option<Self> {
        const NANOSECONDS_PER_MILLISECOND: i32 = 1_000_000;
        let mut parts = stored.as_chunks().0.iter().map(|part| i16::from_le_bytes(*part));
        let (year, month, _weekday, day) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
        let nanosecond = i32::from(parts.next()?).checked_mul(NANOSECONDS_PER_MILLISECOND)?;
        let narrow = |part: i16| i8::try_from(part).ok();
        let civil = DateTime::new(
            year,
            narrow(month)?,
            narrow(day)?,
            narrow(hour)?,
            narrow(minute)?,
            narrow(second)?,
            nanosecond,
        );
        Self::from_timestamp(Offset::UTC.to_timestamp(civil.ok()?).ok()?)
    }

    /// The signed distance from `earlier`, in ticks.
    #[must_use]
    pub fn ticks_since(self, earlier: Self) -> i64 {
        let ticks = i128::from(self.0).saturating_sub(i128::from(earlier.0));
        i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
    }

    /// Milliseconds since 1970-01-01, as scripts of browsers count time; what is less of one is left out.
    ///
    /// ```
    /// use hvtriage_winfmt::FileTime;
    ///
    /// // A day, and a quarter of a second.
    /// let time: FileTime = "1970-01-02T00:00:00.2509Z".parse().unwrap();
    /// assert_eq!(time.unix_milliseconds(), 86_400_250);
    /// let before: FileTime = "1969-12-31T23:59:59Z".parse().unwrap();
    /// assert_eq!(before.unix_milliseconds(), -1000);
    /// ```
    #[must_use]
    pub fn unix_milliseconds(self) -> i64 {
        const TICKS: i64 = FileTime::TICKS_PER_SECOND.cast_signed() / 1000;
        self.ticks_since(Self::UNIX_EPOCH).div_euclid(TICKS)
    }

    /// The time `seconds` later, or the last one that can be told.
    #[must_use]
    pub fn saturating_add_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(Self::TICKS_PER_SECOND)))
    }

    /// The time `seconds` earlier, or the first one that can be told.
    #[must_use]
    pub fn saturating_sub_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(Self::TICKS_PER_SECOND)))
    }

    fn from_timestamp(timestamp: Timestamp) -> Option<Self> {
        let ticks = timestamp.as_nanosecond().div_euclid(NANOSECONDS_PER_TICK);
        u64::try_from(ticks.checked_add(i128::from(Self::UNIX_EPOCH.0))?).ok().map(Self)
    }
}

impl FromStr for FileTime {
    type Err = FileTimeError;

    fn from_str(text: &str) -> Result<Self, FileTimeError> {
        let timestamp: Option<Timestamp> = text.trim().parse().ok();
        timestamp.and_then(Self::from_timestamp).ok_or_else(|| FileTimeError(text.into()))
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ascii() {
            Some(text) => formatter.write_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => write!(formatter, "FILETIME {:#x}", self.0),
        }
    }
}

impl FileTime {
    /// Date and time of day to the second, as people read them: `2012-01-08 21:00:00`.
    #[must_use]
    pub fn to_the_second(self) -> String {
        let text = self.to_string();
        match text.split_once('.') {
            Some((seconds, _)) => seconds.replace('T', " "),
            None => text,
        }
    }

    /// The text of date and time of day; `None` past the year 9999, which is no time that anything
    /// happened at.
    #[must_use]
    pub fn ascii(self) -> Option<[u8; 28]> {
        self.civil().filter(|civil| civil.year <= 9999).map(|civil| civil.ascii())
    }

    /// Date and time of day in UTC; `None` for a value that Windows takes for no time, one with the
    /// highest bit set.
    #[must_use]
    #[allow(
        clippy::arithmetic_side_effects,
        reason = "the range is checked; divisors are constants"
    )]
    pub fn civil(self) -> Option<CivilTime> {
        const DAY: u64 = 86_400 * FileTime::TICKS_PER_SECOND;
        i64::try_from(self.0).ok()?;
        let (days, ticks) = (self.0 / DAY, self.0 % DAY);
        // Days since 0000-03-01, in eras of 400 years (Howard Hinnant's `civil_from_days`).
        let days = days + 584_694;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let seconds = ticks / Self::TICKS_PER_SECOND;
        let narrow = |number: u64| u8::try_from(number).unwrap_or_default();
        Some(CivilTime {
            year: u32::try_from(era * 400 + year_of_era + u64::from(month <= 2)).ok()?,
            month: narrow(month),
            day: narrow(day),
            hour: narrow(seconds / 3600),
            minute: narrow(seconds / 60 % 60),
            second: narrow(seconds % 60),
            ticks: u32::try_from(ticks % Self::TICKS_PER_SECOND).ok()?,
        })
    }
}

/// A span of time that is open where it has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The earliest time in it.
    pub since: Option<FileTime>,
    /// The latest time in it.
    pub until: Option<FileTime>,
}

impl TimeRange {
    /// Whether `time` lies in it; what has no time does.
    #[must_use]
    pub fn holds(&self, time: Option<FileTime>) -> bool {
        let Some(time) = time else { return true };
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time <= until)
    }
}

/// A date and a time of day, as Windows writes them into event XML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CivilTime {
    /// Year; the last four digits of it are shown.
    pub year: u32,
    /// Month, from 1.
    pub month: u8,
    /// Day, from 1.
    pub day: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
    /// Ticks of 100 ns.
    pub ticks: u32,
}

impl CivilTime {
    /// Its text, such as `2012-01-08T21:00:00.0000000Z`.
    #[must_use]
    pub fn ascii(&self) -> [u8; 28] {
        let mut text = *b"0000-00-00T00:00:00.0000000Z";
        let fields = [
            (0..4, self.year),
            (5..7, self.month.into()),
            (8..10, self.day.into()),
            (11..13, self.hour.into()),
            (14..16, self.minute.into()),
            (17..19, self.second.into()),
            (20..27, self.ticks),
        ];
        for (range, mut number) in fields {
            for digit in text.get_mut(range).unwrap_or_default().iter_mut().rev() {
                *digit = u8::try_from(number % 10).unwrap_or_default().saturating_add(b'0');
                number /= 10;
            }
        }
        text
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.ascii()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The FILETIME epoch and the Unix epoch, as documented by Microsoft.
    #[test]
    fn epochs() {
        assert_eq!(FileTime(0).to_string(), "1601-01-01T00:00:00.0000000Z");
        assert_eq!(FileTime(116_444_736_000_000_000).to_string(), "1970-01-01T00:00:00.0000000Z");
    }

    #[test]
    fn damage_is_shown_raw() {
        assert_eq!(FileTime(u64::MAX).to_string(), "FILETIME 0xffffffffffffffff");
    }

    /// Nine digits are written by Event Viewer's own export (`874847300Z`); a file of event maps
    /// writes a blank and no zone.
    #[test]
    fn times_as_exports_write_them() {
        let nine = FileTime::parse_export("2017-11-21T10:57:53.874847300Z").unwrap();
        assert_eq!(nine.to_string(), "2017-11-21T10:57:53.8748473Z");
        let blank = FileTime::parse_export("2023-08-02 05:47:11.0063997").unwrap();
        assert_eq!(blank.to_string(), "2023-08-02T05:47:11.0063997Z");
        assert!(FileTime::parse_export("").is_err());
        assert!(FileTime::parse_export("1500-01-01T00:00:00Z").is_err());
    }

    #[test]
    fn distances_saturate() {
        assert_eq!(FileTime(5).ticks_since(FileTime(7)), -2);
        assert_eq!(FileTime(u64::MAX).ticks_since(FileTime(0)), i64::MAX);
    }
}
