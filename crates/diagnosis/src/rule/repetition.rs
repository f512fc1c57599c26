//! How often something must have happened.

use hvtriage_winfmt::FileTime;

use super::relation::duration;
use crate::yaml::{Content, Entry, YamlError};

/// How many facts a rule asks for, and within which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repetition {
    at_least: u64,
    within_seconds: Option<u64>,
}

impl Repetition {
    /// The keys of the first binding that say it.
    pub(super) const KEYS: &'static [&'static str] = &["count|gte", "within"];

    /// Reads them; without them one fact is enough.
    pub(super) fn read(entry: &Entry) -> Result<Self, YamlError> {
        let entries = entry.value.as_map(&entry.key)?;
        let own = |key: &str| entries.iter().find(|entry| entry.key == key);
        let count = own("count|gte");
        let at_least = match count.map(|count| &count.value.content) {
            None => 1,
            Some(Content::Number(number)) if *number > 0 => *number,
            Some(_) => return Err(entry.error("count|gte must be a number above 0")),
        };
        let within_seconds = own("within")
            .map(|within| {
                if count.is_none() {
                    return Err(within.error(
                        "within needs count|gte here: the first binding has no other to lie near to",
                    ));
                }
                let text = within.value.as_text("within")?;
                let wrong = || within.value.error(format!("'{text}' is not such as 90s, 10m, 2h, 1d"));
                duration(text).ok_or_else(wrong)
            })
            .transpose()?;
        Ok(Self { at_least, within_seconds })
    }

    /// What asks for less: nothing, and the same without a span.
    #[cfg(test)]
    pub(crate) fn weaker(self) -> Vec<(&'static str, Self)> {
        let once = Self { at_least: 1, within_seconds: None };
        let whenever = Self { within_seconds: None, ..self };
        let mut weaker = vec![("count", once), ("within of the count", whenever)];
        weaker.retain(|(_, other)| *other != self);
        weaker
    }

    /// Takes out what did not happen often enough, and tells whether anything is left. `found` is
    /// in order of time; what has no time lies in no span.
    pub(crate) fn keep<T>(self, found: &mut Vec<T>, time: impl Fn(&T) -> Option<FileTime>) -> bool {
        let Some(seconds) = self.within_seconds else { return found.len() as u64 >= self.at_least };
        found.retain(|one| time(one).is_some());
        let times: Vec<FileTime> = found.iter().filter_map(time).collect();
        let mut in_some_span = Vec::with_capacity(times.len());
        for (first, start) in times.iter().enumerate() {
            let end = start.saturating_add_seconds(seconds);
            let behind = times.partition_point(|time| *time <= end);
            if behind.saturating_sub(first) as u64 >= self.at_least {
                in_some_span.resize(in_some_span.len().max(first), false);
                in_some_span.resize(behind.max(in_some_span.len()), true);
            }
        }
        let mut marks = in_some_span.into_iter();
        found.retain(|_| marks.next().unwrap_or(false));
        !found.is_empty()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    fn kept(at_least: u64, within_seconds: Option<u64>, seconds: &[u64]) -> Vec<u64> {
        let repetition = Repetition { at_least, within_seconds };
        let mut found = seconds.to_vec();
        let keep = repetition
            .keep(&mut found, |second| Some(FileTime(second * FileTime::TICKS_PER_SECOND)));
        assert_eq!(keep, !found.is_empty() && found.len() as u64 >= at_least);
        found
    }

    #[test]
    fn only_what_happened_often_in_a_span_is_kept() {
        assert_eq!(kept(3, Some(10), &[1, 5, 11, 50, 60]), [1, 5, 11]);
        // The last is one second too late.
        assert_eq!(kept(3, Some(10), &[1, 5, 12]), [0; 0]);
        // Spans that overlap, and one far away.
        assert_eq!(kept(2, Some(10), &[1, 9, 18, 40, 70, 80]), [1, 9, 18, 70, 80]);
        assert_eq!(kept(2, Some(0), &[4, 4, 5]), [4, 4]);
        assert_eq!(kept(1, Some(10), &[7]), [7]);
        assert_eq!(kept(4, Some(10), &[]), [0; 0]);
    }

    #[test]
    fn what_has_no_time_lies_in_no_span() {
        let mut found = vec![None, None, Some(FileTime(5))];
        assert!(!Repetition { at_least: 2, within_seconds: Some(60) }.keep(&mut found, |one| *one));
        let mut found = vec![None, None];
        assert!(
            Repetition { at_least: 2, within_seconds: None }
                .keep(&mut found, |_: &Option<FileTime>| None)
        );
    }
}
