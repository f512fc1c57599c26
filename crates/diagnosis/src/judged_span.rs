//! A span of time that was asked for.

use std::fmt;

use hvtriage_winfmt::FileTime;

/// The time that was asked for, and how much of the evidence lies outside and was not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JudgedSpan {
    /// Its beginning, where it has one.
    pub since: Option<FileTime>,
    /// Its end, where it has one.
    pub until: Option<FileTime>,
    /// Events outside at which the rules would have looked, and such lines of cluster logs.
    pub events_outside: u64,
    /// Dumps of crashes outside.
    pub dumps_outside: u64,
}

impl JudgedSpan {
    /// `between 2012-01-08 21:00:00 and 2012-01-08 22:00:00`, as what lies in it does.
    #[must_use]
    pub fn words(&self) -> String {
        let time = FileTime::to_the_second;
        match (self.since, self.until) {
            (Some(since), Some(until)) => format!("between {} and {}", time(since), time(until)),
            (Some(since), None) => format!("since {}", time(since)),
            (None, Some(until)) => format!("until {}", time(until)),
            (None, None) => "at any time".to_owned(),
        }
    }
}

/// The sentence that every report of a span has.
impl fmt::Display for JudgedSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.words();
        let counts = [
            (self.events_outside, ["event", " that rules look at"]),
            (self.dumps_outside, ["dump", ""]),
        ];
        let outside: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, [what, which])| {
                format!("{count} {what}{}{which}", if *count == 1 { "" } else { "s" })
            })
            .collect();
        if outside.is_empty() {
            return write!(
                formatter,
                "Only what happened {span} was judged; no event or dump that rules look at lies outside."
            );
        }
        let is_one = self.events_outside.saturating_add(self.dumps_outside) == 1;
        let verb = if is_one { "was" } else { "were" };
        write!(
            formatter,
            "Only what happened {span} was judged; {} outside {verb} not, and causes may lie there.",
            outside.join(" and ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_with_what_lies_outside() {
        let time = |text: &str| Some(text.parse().unwrap());
        let (since, until) = (time("2012-01-08T21:00:00Z"), time("2012-01-08T22:00:00Z"));
        let told = |since, until, events_outside, dumps_outside| {
            JudgedSpan { since, until, events_outside, dumps_outside }.to_string()
        };
        assert_eq!(
            told(since, until, 3, 1),
            "Only what happened between 2012-01-08 21:00:00 and 2012-01-08 22:00:00 was judged; 3 events \
             that rules look at and 1 dump outside were not, and causes may lie there."
        );
        assert_eq!(
            told(since, None, 0, 1),
            "Only what happened since 2012-01-08 21:00:00 was judged; 1 dump outside was not, and \
             causes may lie there."
        );
        assert_eq!(
            told(None, until, 0, 0),
            "Only what happened until 2012-01-08 22:00:00 was judged; no event or dump that rules look at lies \
             outside."
        );
    }
}
