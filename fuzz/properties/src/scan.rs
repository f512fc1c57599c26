//! The scan of a binary log and the full decode say the same.

use std::collections::BTreeMap;

use hvtriage_eventlog::{Chunk, Event, EventFilter, EvtxLog, LogProblem, Origin, Scanner};

/// How the two ways of reading a chunk compare.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Events that both give, all values alike.
    pub same: usize,
    /// Events that only the scan gives: the rest of their chunk keeps the full decode from them.
    pub only_scan: usize,
    /// Records that the scan left to the full decode.
    pub irregular: usize,
    /// The first event that differs, or that the scan misses.
    pub difference: Option<String>,
}

/// Of so many problems of a chunk the rest is left out.
const MANY_PROBLEMS: usize = 64;

/// Any bytes are a log: what the scan gives of a record, the full decode gives, too, if it can read
/// the record at all; and the scan misses none.
pub fn scan_and_full_decode(bytes: &[u8]) {
    let log = EvtxLog::open(bytes);
    let mut scanner = Scanner::default();
    for chunk in log.chunks() {
        let comparison = compare(chunk, &mut scanner);
        assert!(comparison.difference.is_none(), "{}", comparison.difference.unwrap_or_default());
    }
}

/// Compares the two ways of reading a chunk.
#[must_use]
pub fn compare(chunk: &Chunk<'_>, scanner: &mut Scanner) -> Comparison {
    let mut comparison = Comparison::default();
    let filter = EventFilter::default();
    assert_each_event(chunk, scanner, &filter);
    assert_each_event(chunk, scanner, &EventFilter::default().with_slack());
    let mut values = Vec::new();
    let mut scanned = BTreeMap::new();
    let scan = chunk.records(scanner, &filter, |record| {
        let mut event = record.to_event(&mut values)?;
        event.origin = Origin::Stored;
        scanned.insert(event.offset.0, event);
        Ok(())
    });
    comparison.irregular = scan.irregular_records();
    let decoded = chunk.events(scanner, &filter);
    // What is not read is told: a record that the log ends in, one whose template is lost. Behind
    // damage the two ways may look for the next record in different places.
    let is_told = |offset: u64| {
        let is_it = |problem: &LogProblem| {
            problem.at.0 == offset || (problem.at.0 < offset && problem.message.contains("damaged"))
        };
        decoded.problems.iter().any(is_it) || decoded.problems.len() > MANY_PROBLEMS
    };
    let all: BTreeMap<u64, Event> = decoded
        .events
        .into_iter()
        .map(|event| (event.offset.0, Event { origin: Origin::Stored, ..event }))
        .collect();
    for full in chunk.decode_in_full().events {
        let offset = full.offset.0;
        match (scanned.remove(&offset), all.get(&offset)) {
            (Some(event), _) if event == full => {
                comparison.same = comparison.same.saturating_add(1);
            }
            (Some(event), _) => comparison.differ(&event, &full),
            (None, Some(event)) if *event == full => {}
            (None, Some(event)) => comparison.differ(event, &full),
            (None, None) if is_told(offset) => {}
            (None, None) => {
                comparison.difference.get_or_insert(format!("the scan misses {full:#?}"));
            }
        }
    }
    comparison.only_scan = scanned.len();
    comparison
}

impl Comparison {
    fn differ(&mut self, scan: &Event, full: &Event) {
        self.difference.get_or_insert_with(|| {
            let (scan, full) = (format!("{scan:#?}"), format!("{full:#?}"));
            let differs = scan.lines().zip(full.lines()).find(|(one, two)| one != two);
            format!(
                "first difference (scan, full decode): {differs:#?}\nscan: {scan}\nfull: {full}"
            )
        });
    }
}

/// Handing events over one by one gives the same as collecting them.
fn assert_each_event(chunk: &Chunk<'_>, scanner: &mut Scanner, filter: &EventFilter) {
    let mut one_by_one = Vec::new();
    let told = chunk.each_event(scanner, filter, |event| one_by_one.push(event.clone()));
    let collected = chunk.events(scanner, filter);
    assert!(one_by_one == collected.events, "events one by one are others than those collected");
    assert_eq!((told.coverage, told.problems), (collected.coverage, collected.problems));
}
