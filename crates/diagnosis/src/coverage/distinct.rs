//! How many events several files of one log hold together, each once.

use crate::{RecordRange, Source};

/// Ranges of one log that are compared; real logs have a few each.
const MAX_RANGES: usize = 20_000;
/// Ranges that one range is compared with: only hostile logs have more over one place.
const MAX_ACTIVE: usize = 256;

/// Events of `files`, which are of one log. What record ids do not tell apart counts as often as it is
/// there.
pub(super) fn events(files: &[&Source]) -> u64 {
    let all = files.iter().filter_map(|file| file.events).fold(0, u64::saturating_add);
    let ranges: Vec<&RecordRange> =
        files.iter().filter_map(|file| file.records.as_ref()).flatten().collect();
    if files.len() < 2 || ranges.len() > MAX_RANGES {
        return all;
    }
    all.saturating_sub(twice(ranges))
}

/// How many ids lie in more than one of `ranges`, counted for each but the first.
fn twice(mut ranges: Vec<&RecordRange>) -> u64 {
    ranges.sort_by_key(|range| (*range.ids.start(), *range.ids.end()));
    let mut active: Vec<&RecordRange> = Vec::new();
    let mut twice = 0_u64;
    for range in ranges {
        active.retain(|other| other.ids.end() >= range.ids.start());
        let same_time = active.iter().filter(|other| is_of_one_time(other, range));
        // All of them begin before it.
        let reach = same_time.map(|other| *other.ids.end().min(range.ids.end())).max();
        let overlap = reach.map(|reach| reach.saturating_sub(*range.ids.start()).saturating_add(1));
        twice = twice.saturating_add(overlap.unwrap_or_default());
        if active.len() < MAX_ACTIVE {
            active.push(range);
        }
    }
    twice
}

/// Whether ids that both have can be those of one event: after a log was cleared they are of others.
fn is_of_one_time(one: &RecordRange, other: &RecordRange) -> bool {
    match (one.times, other.times) {
        (Some((from, to)), Some((begin, end))) => from <= end && begin <= to,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::FileTime;

    use super::*;
    use crate::SourceKind;

    /// A file with these first and last ids, and times that are a hundred times as late, from `start` on.
    fn file(start: u64, ranges: &[(u64, u64)]) -> Source {
        let time = |id: u64| FileTime(start.saturating_add(id.saturating_mul(100)));
        let range = |(first, last): &(u64, u64)| RecordRange {
            ids: *first..=*last,
            times: Some((time(*first), time(*last))),
        };
        let events = ranges.iter().map(|(first, last)| (*first..=*last).count() as u64).sum();
        Source {
            events: Some(events),
            records: Some(ranges.iter().map(range).collect()),
            ..Source::new("System.evtx", SourceKind::EventLog, 1)
        }
    }

    fn together(files: &[Source]) -> u64 {
        events(&files.iter().collect::<Vec<_>>())
    }

    #[test]
    fn an_event_in_several_files_counts_once() {
        for (files, expected) in [
            (vec![file(0, &[(1, 100)])], 100),
            (vec![file(0, &[(1, 100)]), file(0, &[(1, 100)])], 100),
            (vec![file(0, &[(1, 100)]), file(0, &[(51, 150)])], 150),
            (vec![file(0, &[(51, 150)]), file(0, &[(1, 100)]), file(0, &[(90, 95)])], 150),
            (vec![file(0, &[(1, 100)]), file(0, &[(101, 200)])], 200),
            // A ring whose end was written over, and what a filter wanted of it.
            (vec![file(0, &[(500, 600), (400, 499)]), file(0, &[(410, 411), (550, 550)])], 201),
        ] {
            assert_eq!(together(&files), expected, "{files:?}");
        }
    }

    /// The log was cleared between: its ids start anew, and its events are others.
    #[test]
    fn ids_of_another_time_are_other_events() {
        assert_eq!(together(&[file(0, &[(1, 100)]), file(1_000_000, &[(1, 50)])]), 150);
        let three = [file(0, &[(1, 100)]), file(1_000_000, &[(1, 50)]), file(0, &[(1, 100)])];
        assert_eq!(together(&three), 150);
    }

    #[test]
    fn what_is_not_known_counts_as_it_is_there() {
        let unknown = Source { records: None, ..file(0, &[(1, 100)]) };
        assert_eq!(together(&[unknown.clone(), unknown.clone()]), 200);
        assert_eq!(together(&[unknown, file(0, &[(1, 100)])]), 200);
    }
}
