//! A scan hands over what its filter wants, by provider and by log.

use hvtriage_eventlog::{Event, EventFilter};

use super::{read, read_with, sample};

/// The events that `filter` lets through are those that `is_wanted`, told apart without it.
fn compare(filter: &EventFilter, is_wanted: impl Fn(&Event) -> bool) -> usize {
    let bytes = sample();
    let all = read(&bytes).events;
    let wanted: Vec<&Event> = all.iter().filter(|event| is_wanted(event)).collect();
    let found = read_with(&bytes, filter);
    assert_eq!(found.events.iter().collect::<Vec<_>>(), wanted);
    assert_eq!(found.coverage.events as usize, all.len(), "what is not wanted is counted");
    assert!(all.iter().all(|event| filter.wants(event) == is_wanted(event)));
    wanted.len()
}

#[test]
fn a_log_is_wanted_by_its_name_and_its_events_by_their_ids() {
    let all = read(&sample()).events.len();
    let log = |name, ids: &[u32]| EventFilter::default().channel(name, ids);
    assert_eq!(compare(&log("System", &[]), |_| true), all);
    assert_eq!(compare(&log("SYSTEM", &[]), |_| true), all);
    assert_eq!(compare(&log("Security", &[]), |_| false), 0);
    assert_eq!(compare(&log("Syste", &[7036]), |_| false), 0);
    let some = compare(&log("System", &[6005, 7036]), |it| matches!(it.id, 6005 | 7036));
    assert!(some > 0 && some < all, "{some} of {all}");
}

#[test]
fn providers_and_logs_are_wanted_beside_each_other() {
    let filter = EventFilter::default().provider("EventLog", None, &[6005, 6009]);
    let by_provider = |it: &Event| it.provider.name == "EventLog" && matches!(it.id, 6005 | 6009);
    assert!(compare(&filter, by_provider) > 0);
    // Ids belong to the row that names them.
    let both = filter.clone().channel("System", &[7036]);
    let wanted = compare(&both, |it| by_provider(it) || it.id == 7036);
    assert!(wanted > compare(&filter, by_provider));
    let other_log = filter.clone().channel("Security", &[]);
    assert_eq!(compare(&other_log, by_provider), compare(&filter, by_provider));
}
