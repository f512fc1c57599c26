//! What the log of the cluster service tells again counts once.
//!
//! Its section `System` repeats events that the System log has, its trace tells of them before they are
//! logged, and two collections of it overlap. None of its lines has a record id, so what is the same is
//! known by machine, kind, what it is about, and time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hvtriage_diagnosis::{CLUSTER_TRACE, CsvStateKind, Fact, FactKind, MachineName, Place};
use hvtriage_winfmt::FileTime;

/// A message is repeated with its time, cut to milliseconds.
const APART_IN_MESSAGES: u64 = FileTime::TICKS_PER_SECOND;
/// The service traces that a resource hangs, dumps its process, and then logs it.
const APART_IN_TRACES: u64 = 60 * FileTime::TICKS_PER_SECOND;

const HALF_HOUR: u64 = 30 * 60 * FileTime::TICKS_PER_SECOND;
/// More things of one kind that happened within [`APART_IN_TRACES`] are not looked at.
const MAX_TELLERS: usize = 64;

/// How far the times of a cluster log may be from those of the System log beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    let doubt = |fact: &Fact| doubts.get(&*fact.locator.source).copied();
    let mut known = Known::default();
    facts.iter().filter(|fact| is_told(fact)).for_each(|fact| known.add(fact, doubt(fact)));
    let mut is_kept = vec![true; facts.len()];
    // Times that are sure are told rather than those that are not.
    for (of_traces, of_doubts) in [(false, false), (false, true), (true, false), (true, true)] {
        for (fact, is_kept) in facts.iter().zip(&mut is_kept) {
            let doubt = doubt(fact);
            if is_of_cluster_log(fact)
                && is_trace(fact) == of_traces
                && doubt.is_some() == of_doubts
            {
                *is_kept = !known.tells(fact, doubt);
                if *is_kept {
                    known.add(fact, doubt);
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
struct Known(HashMap<(String, What), BTreeMap<FileTime, Teller>>);

/// Who tells what happened at one time.
struct Teller {
    /// The source, where it is only one.
    source: Option<Arc<str>>,
    /// The greatest doubt of those who do.
    doubt: Option<ClockDoubt>,
}

impl Known {
    fn add(&mut self, fact: &Fact, doubt: Option<ClockDoubt>) {
        let Some(what) = what(&fact.kind) else { return };
        let times = self.0.entry((machine(fact), what)).or_default();
        let Some(time) = fact.time else { return };
        let source = &fact.locator.source;
        let teller = times
            .entry(time)
            .or_insert_with(|| Teller { source: Some(Arc::clone(source)), doubt: None });
        teller.source.take_if(|known| known != source);
        teller.doubt = teller.doubt.max(doubt);
    }

    /// Whether what `fact` says is known. Without its time it cannot be told from what is.
    fn tells(&self, fact: &Fact, doubt: Option<ClockDoubt>) -> bool {
        let Some(what) = what(&fact.kind) else { return false };
        let Some(times) = self.0.get(&(machine(fact), what)) else { return false };
        let apart = if is_trace(fact) { APART_IN_TRACES } else { APART_IN_MESSAGES };
        let Some(time) = fact.time else { return true };
        let about = |ticks: u64| {
            let first = FileTime(ticks.saturating_sub(apart));
            times.range(first..=FileTime(ticks.saturating_add(apart)))
        };
        // A log's own clock is one, however wrong: only what others tell may lie elsewhere.
        let is_other = |teller: &Teller| teller.source.as_ref() != Some(&fact.locator.source);
        let is_known = |ticks: u64, offset: u64| {
            about(ticks).take(MAX_TELLERS).any(|(_, teller)| {
                is_other(teller) && ClockDoubt::may_be_off(doubt.max(teller.doubt), offset)
            })
        };
        about(time.0).next().is_some()
            || ClockDoubt::offsets().any(|offset| {
                is_known(time.0.saturating_sub(offset), offset)
                    || is_known(time.0.saturating_add(offset), offset)
            })
    }
}

impl ClockDoubt {
    /// How far off times may be, in ticks. Zones are whole half hours, but for a few, from UTC.
    fn offsets() -> impl Iterator<Item = u64> {
        const FURTHEST_ZONE: u64 = 14 * 2;
        (1..=FURTHEST_ZONE).map(|halves| halves.saturating_mul(HALF_HOUR))
    }

    /// Whether times with this doubt may be off by so many ticks.
    fn may_be_off(doubt: Option<Self>, ticks: u64) -> bool {
        match doubt {
            None => false,
            Some(Self::OfSummerTime) => ticks == 2 * HALF_HOUR,
            Some(Self::OfZone) => true,
        }
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
        let of_system = of_source("System.evtx", logged(100_000, node()));
        let facts = vec![line(Some(seconds.saturating_add(100_000)), node()), of_system];
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

    fn of_source(source: &str, fact: Fact) -> Fact {
        let place = fact.locator.place;
        Fact { locator: Locator { source: source.into(), place }, ..fact }
    }

    /// A backup pauses a volume each half hour.
    #[test]
    fn what_one_log_tells_at_several_times_happened_so_often() {
        let node = || FactKind::NodeLost { node: "hv2".into() };
        let facts = || (0..28).map(|half| line(Some(half * 1800), node())).collect::<Vec<Fact>>();
        let doubts = || ClockDoubts::from([("x".to_owned(), ClockDoubt::OfZone)]);
        assert_eq!(without_retold(facts(), &doubts()).len(), 28);
    }

    /// One log is sure of its clock, the other one is not; their names decide nothing.
    #[test]
    fn the_log_that_is_sure_of_its_clock_is_cited() {
        let node = || FactKind::NodeLost { node: "hv2".into() };
        for (unsure, sure) in [("a", "b"), ("b", "a")] {
            let mut facts = vec![
                of_source(unsure, line(Some(100_000), node())),
                of_source(sure, line(Some(107_200), node())),
            ];
            facts.sort_by(|left, right| left.locator.cmp(&right.locator));
            let doubts = ClockDoubts::from([(unsure.to_owned(), ClockDoubt::OfZone)]);
            let left = without_retold(facts, &doubts);
            assert_eq!(left.len(), 1);
            assert_eq!(&*left[0].locator.source, sure);
        }
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
