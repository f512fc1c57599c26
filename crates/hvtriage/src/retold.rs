//! What the log of the cluster service tells again counts once.
//!
//! Its section `System` repeats events that the System log has, its trace tells of them before they are
//! logged, and two collections of it overlap. None of its lines has a record id, so what is the same is
//! known by machine, kind, what it is about, and time.

use std::collections::{BTreeSet, HashMap};

use hvtriage_diagnosis::{CLUSTER_TRACE, CsvStateKind, Fact, FactKind, MachineName, Place};
use hvtriage_winfmt::FileTime;

/// A message is repeated with its time, cut to milliseconds.
const APART_IN_MESSAGES: u64 = FileTime::TICKS_PER_SECOND;
/// The service traces that a resource hangs, dumps its process, and then logs it.
const APART_IN_TRACES: u64 = 60 * FileTime::TICKS_PER_SECOND;

/// How far the times of a cluster log may be from those of the System log beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockDoubt {
    /// They were local, and brought to UTC by an offset that summer time may have changed.
    OfSummerTime,
    /// They are taken for UTC, and may be local times of any zone.
    OfZone,
}

/// By the names of their sources.
pub(crate) type ClockDoubts = HashMap<String, ClockDoubt>;

/// The facts without those of cluster logs that others tell, too. Of several cluster logs the first in
/// order is cited, and a message before a trace.
pub(crate) fn without_retold(facts: Vec<Fact>, doubts: &ClockDoubts) -> Vec<Fact> {
    let is_told = |fact: &Fact| !is_of_cluster_log(fact);
    if facts.iter().all(is_told) {
        return facts;
    }
    let mut known = Known::default();
    facts.iter().filter(|fact| is_told(fact)).for_each(|fact| known.add(fact));
    let mut is_kept = vec![true; facts.len()];
    for of_traces in [false, true] {
        for (fact, is_kept) in facts.iter().zip(&mut is_kept) {
            if is_of_cluster_log(fact) && is_trace(fact) == of_traces {
                *is_kept = !known.tells(fact, doubts.get(&*fact.locator.source).copied());
                if *is_kept {
                    known.add(fact);
                }
            }
        }
    }
    facts.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(fact, _)| fact).collect()
}

fn is_of_cluster_log(fact: &Fact) -> bool {
    matches!(fact.locator.place, Place::Line { .. }) && what(&fact.kind).is_some()
}

fn is_trace(fact: &Fact) -> bool {
    matches!(&fact.kind, FactKind::Event(event) if *event.channel == *CLUSTER_TRACE)
}

const PROVIDER: &str = "Microsoft-Windows-FailoverClustering";

/// What happened, without when and where.
#[derive(PartialEq, Eq, Hash)]
enum What {
    NodeLost(String),
    Volume(CsvStateKind, String),
    /// Id and first value, which is the node, the resource or the volume.
    Event(u32, String),
}

fn what(kind: &FactKind) -> Option<What> {
    match kind {
        FactKind::NodeLost { node } => Some(What::NodeLost(label(node))),
        FactKind::CsvState { volume, state, .. } => {
            Some(What::Volume(*state, volume.to_lowercase()))
        }
        FactKind::Event(event) if event.provider.eq_ignore_ascii_case(PROVIDER) => {
            let first = event.values.get(0).map(|value| value.text.trim().to_lowercase());
            // 1146 and 1177 have no values; what stands there in exports of them means nothing.
            let first = first.filter(|_| !matches!(event.id, 1146 | 1177));
            Some(What::Event(event.id, first.unwrap_or_default()))
        }
        _ => None,
    }
}

/// A computer without its domain, which logs name and cluster logs do not.
fn label(name: &str) -> String {
    name.split('.').next().unwrap_or_default().to_lowercase()
}

/// When something is known to have happened on a machine; times that are not known are left out.
#[derive(Default)]
struct Known(HashMap<(String, What), BTreeSet<FileTime>>);

impl Known {
    fn add(&mut self, fact: &Fact) {
        if let Some(what) = what(&fact.kind) {
            self.0.entry((machine(fact), what)).or_default().extend(fact.time);
        }
    }

    /// Whether what `fact` says is known. Without its time it cannot be told from what is.
    fn tells(&self, fact: &Fact, doubt: Option<ClockDoubt>) -> bool {
        let Some(what) = what(&fact.kind) else { return false };
        let Some(times) = self.0.get(&(machine(fact), what)) else { return false };
        let apart = if is_trace(fact) { APART_IN_TRACES } else { APART_IN_MESSAGES };
        let Some(time) = fact.time else { return true };
        let is_known = |ticks: u64| {
            let first = FileTime(ticks.saturating_sub(apart));
            times.range(first..=FileTime(ticks.saturating_add(apart))).next().is_some()
        };
        ClockDoubt::offsets(doubt).any(|offset| {
            is_known(time.0.saturating_sub(offset)) || is_known(time.0.saturating_add(offset))
        })
    }
}

impl ClockDoubt {
    /// How far off the times may be, in ticks. Zones are whole half hours, but for a few, from UTC.
    fn offsets(doubt: Option<Self>) -> impl Iterator<Item = u64> {
        const HALF_HOUR: u64 = 30 * 60 * FileTime::TICKS_PER_SECOND;
        const FURTHEST_ZONE: u64 = 14 * 2;
        let (step, most) = match doubt {
            None => (1, 0),
            Some(Self::OfSummerTime) => (2, 2),
            Some(Self::OfZone) => (1, FURTHEST_ZONE),
        };
        (0..=most).step_by(step).map(|halves| halves.saturating_mul(HALF_HOUR))
    }
}

fn machine(fact: &Fact) -> String {
    match &fact.machine {
        MachineName::Computer(name) => label(name),
        MachineName::Source(source) => source.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Locator, LoggedEvent};
    use hvtriage_winfmt::FileOffset;

    use super::*;

    fn fact(machine: &str, second: Option<u64>, place: Place, kind: FactKind) -> Fact {
        Fact {
            locator: Locator { source: "x".into(), place },
            time: second.map(|second| FileTime(second.saturating_mul(FileTime::TICKS_PER_SECOND))),
            machine: MachineName::Computer(machine.into()),
            os_build: None,
            kind,
        }
    }

    fn event(id: u32, channel: &str, value: &str) -> FactKind {
        FactKind::Event(Box::new(LoggedEvent {
            provider: "Microsoft-Windows-FailoverClustering".into(),
            id,
            channel: channel.into(),
            values: [value].into_iter().collect(),
            ..LoggedEvent::default()
        }))
    }

    fn logged(second: u64, kind: FactKind) -> Fact {
        let place = Place::Record { id: second, offset: FileOffset(second) };
        fact("HV1.contoso.example", Some(second), place, kind)
    }

    fn line(second: Option<u64>, kind: FactKind) -> Fact {
        let place = Place::Line { number: 1, offset: FileOffset(0) };
        fact("hv1", second, place, kind)
    }

    fn kept(facts: Vec<Fact>) -> Vec<bool> {
        let is_line = |fact: &Fact| matches!(fact.locator.place, Place::Line { .. });
        without_retold(facts, &ClockDoubts::new()).iter().map(is_line).collect()
    }

    /// Whether a line `seconds` away from what the System log has stays.
    fn stays(seconds: u64, doubt: Option<ClockDoubt>) -> bool {
        let node = || FactKind::NodeLost { node: "hv2".into() };
        let facts =
            vec![line(Some(seconds.saturating_add(100_000)), node()), logged(100_000, node())];
        let doubts = doubt.map(|doubt| ("x".to_owned(), doubt)).into_iter().collect();
        without_retold(facts, &doubts).len() == 2
    }

    #[test]
    fn a_clock_that_is_not_sure_does_not_make_two_of_one() {
        let (summer, zone) = (Some(ClockDoubt::OfSummerTime), Some(ClockDoubt::OfZone));
        assert!(stays(3600, None) && !stays(3600, summer) && !stays(3600, zone));
        assert!(stays(7200, summer) && !stays(7200, zone));
        assert!(!stays(5 * 3600 + 1800, zone) && stays(5 * 3600 + 900, zone));
        assert!(!stays(14 * 3600, zone) && stays(15 * 3600, zone));
        assert!(!stays(0, None) && !stays(1, zone) && stays(2, zone));
    }

    #[test]
    fn what_the_system_log_has_is_cited_from_it() {
        let node = |node: &str| FactKind::NodeLost { node: node.into() };
        let message = |second| line(second, node("hv2"));
        assert_eq!(kept(vec![message(Some(100)), logged(100, node("HV2"))]), [false]);
        assert_eq!(kept(vec![message(Some(101)), logged(100, node("HV2"))]), [false]);
        assert_eq!(kept(vec![message(None), logged(100, node("HV2"))]), [false]);
        // At another time; another node.
        assert_eq!(kept(vec![message(Some(103)), logged(100, node("HV2"))]), [true, false]);
        assert_eq!(kept(vec![message(Some(100)), logged(100, node("HV3"))]), [true, false]);
        // Alone, and in two collections.
        assert_eq!(kept(vec![message(Some(100))]), [true]);
        assert_eq!(kept(vec![message(Some(100)), message(Some(100))]), [true]);
    }

    #[test]
    fn a_trace_is_what_the_event_tells_that_follows_it() {
        let trace = |second| line(Some(second), event(1230, CLUSTER_TRACE, "Disk 1"));
        let message = |second| line(Some(second), event(1230, "System", "Disk 1"));
        assert_eq!(kept(vec![trace(100), trace(101), message(130)]), [true]);
        let left = without_retold(vec![trace(100), message(130)], &ClockDoubts::new());
        assert!(!is_trace(&left[0]), "{left:?}");
        assert_eq!(kept(vec![trace(100), logged(150, event(1230, "System", "disk 1"))]), [false]);
        assert_eq!(kept(vec![trace(100), trace(170)]), [true, true]);
        let other = event(1230, "System", "Disk 2");
        assert_eq!(kept(vec![trace(100), logged(100, other)]), [true, false]);
    }

    /// Every pause of a volume counts, as it does in the System log.
    #[test]
    fn messages_that_come_again_are_told_again() {
        let paused = || FactKind::CsvState {
            volume: "Volume1".into(),
            resource: None,
            state: CsvStateKind::Paused,
            drivers: Vec::new(),
            status: None,
        };
        let facts = vec![line(Some(100), paused()), line(Some(110), paused())];
        assert_eq!(kept(facts), [true, true]);
    }

    #[test]
    fn lines_that_tell_something_else_stay() {
        let build = || line(Some(100), FactKind::OsVersion { build: 14393 });
        assert_eq!(kept(vec![build(), build()]), [true, true]);
    }
}
