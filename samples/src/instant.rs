//! Fixed points in time as FILETIME: 100 ns ticks since 1601-01-01 UTC.

/// Ticks of 100 ns in one second.
pub const SECOND: u64 = 10_000_000;
/// Ticks of 100 ns in one minute.
pub const MINUTE: u64 = 60 * SECOND;
/// Ticks of 100 ns in one hour.
pub const HOUR: u64 = 60 * MINUTE;
/// Ticks of 100 ns in one day.
pub const DAY: u64 = 24 * HOUR;

/// The FILETIME of a UTC calendar time; years from 1601 on.
#[must_use]
pub const fn utc(year: u64, month: u64, day: u64, hour: u64, minute: u64, second: u64) -> u64 {
    (days_since_1601(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second) * SECOND
}

/// Days from 1601-01-01 to the given day of the Gregorian calendar.
const fn days_since_1601(year: u64, month: u64, day: u64) -> u64 {
    // The year is counted from March, so that the leap day is its last day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    // The same count for 1601-01-01, that is month 10 of the year 1600.
    days - (1600 * 365 + 400 - 16 + 4 + 306)
}

/// The parts of a FILETIME: year, month, day, hour, minute, second, ticks within the second.
#[must_use]
pub const fn parts(filetime: u64) -> [u64; 7] {
    let seconds = filetime / SECOND;
    // Days since 1600-03-01, the start of a 400-year era.
    let days = seconds / 86_400 + 306;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 1600 + era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    [year, month, day, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60, filetime % SECOND]
}

/// A Windows SYSTEMTIME (16 bytes: year, month, day of week, day, hour, minute, second,
/// millisecond) of a FILETIME.
#[must_use]
pub fn system_time(filetime: u64) -> [u8; 16] {
    let [year, month, day, hour, minute, second, ticks] = parts(filetime);
    // 1601-01-01 was a Monday, which is day 1 of the week.
    let day_of_week = (filetime / DAY + 1) % 7;
    let fields = [year, month, day_of_week, day, hour, minute, second, ticks / 10_000];
    let mut bytes = [0; 16];
    for (place, field) in bytes.chunks_exact_mut(2).zip(fields) {
        place.copy_from_slice(&u16::try_from(field).unwrap_or(u16::MAX).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        // The Unix epoch is 11,644,473,600 seconds after 1601.
        assert_eq!(utc(1970, 1, 1, 0, 0, 0), 11_644_473_600 * SECOND);
        assert_eq!(utc(1601, 1, 1, 0, 0, 0), 0);
        // `date -u -d 2012-01-08T21:14:00 +%s` is 1326057240.
        assert_eq!(utc(2012, 1, 8, 21, 14, 0), (11_644_473_600 + 1_326_057_240) * SECOND);
        assert_eq!(utc(2012, 2, 29, 0, 0, 0) + DAY, utc(2012, 3, 1, 0, 0, 0));
    }

    #[test]
    fn parts_undo_utc() {
        for filetime in (0..2_000).map(|step| step * 97 * DAY + step * 7_919 * SECOND) {
            let [year, month, day, hour, minute, second, _] = parts(filetime);
            assert_eq!(utc(year, month, day, hour, minute, second), filetime);
        }
    }

    #[test]
    fn system_time_knows_the_weekday() {
        // 2012-01-08 was a Sunday.
        let bytes = system_time(utc(2012, 1, 8, 21, 14, 0));
        assert_eq!(bytes, [0xDC, 7, 1, 0, 0, 0, 8, 0, 21, 0, 14, 0, 0, 0, 0, 0]);
    }
}
