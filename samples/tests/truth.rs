//! The cluster scenario holds what its story promises: hosts, guests, two weeks, and proofs that stand in
//! the evidence.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a panic in a test is how a test fails"
)]

use std::collections::BTreeSet;

use hvtriage_samples::event::{EventSpec, Payload, Value};
use hvtriage_samples::instant::{DAY, MINUTE, utc};
use hvtriage_samples::scenario::{Evidence, Sample, all, archived_logs};
use serde_json::Value as Json;

const FOLDER: &str = "cluster-16-hosts/";
const FROM: u64 = utc(2016, 10, 31, 0, 0, 0);
const TO: u64 = FROM + 14 * DAY;

/// Archive, log and events of every log of a host.
fn host_logs(samples: &[Sample]) -> Vec<(&str, &str, u64, &[EventSpec])> {
    let logs = archived_logs(samples).filter_map(|(archive, log)| {
        let Evidence::Log { first_record, events } = &log.evidence else { return None };
        let name = archive.strip_prefix(FOLDER)?.strip_suffix(".zip")?;
        Some((name, log.path.as_str(), *first_record, events.as_slice()))
    });
    logs.collect()
}

fn truth(samples: &[Sample]) -> Json {
    let sample = samples.iter().find(|sample| sample.path == format!("{FOLDER}truth.json"));
    serde_json::from_slice(&sample.unwrap().bytes()).unwrap()
}

/// Name and id of the guest of an event that carries both first, as those of Hyper-V do.
fn guest_of(event: &EventSpec) -> Option<(&str, &str)> {
    let Payload::UserData { values, .. } = &event.payload else { return None };
    match values.as_slice() {
        [(_, Value::Text(name)), (_, Value::Text(id)), ..] if id.len() == 36 => Some((name, id)),
        _ => None,
    }
}

#[test]
fn sixteen_hosts_four_hundred_guests_two_weeks() {
    let samples = all();
    let logs = host_logs(&samples);
    let hosts: BTreeSet<&str> =
        logs.iter().map(|log| log.0).filter(|name| name.starts_with("HV")).collect();
    assert_eq!(hosts.len(), 16);
    let of_hosts = || logs.iter().filter(|log| hosts.contains(log.0)).flat_map(|log| log.3);
    let guests: BTreeSet<(&str, &str)> = of_hosts()
        .filter_map(guest_of)
        .filter(|(name, _)| !["-", "Virtual machine"].contains(name))
        .collect();
    assert_eq!(guests.len(), 400);
    let (names, ids): (BTreeSet<&str>, BTreeSet<&str>) = guests.into_iter().unzip();
    assert_eq!((names.len(), ids.len()), (400, 400), "each guest has a name and an id of its own");
    // No clock is wrong by more than five minutes, and what began before midnight may end after it.
    let span = FROM - 5 * MINUTE..TO + 180 * MINUTE;
    assert!(of_hosts().all(|event| span.contains(&event.time)));
}

#[test]
fn records_of_a_log_are_in_order_of_time() {
    let samples = all();
    for (host, log, _, events) in host_logs(&samples) {
        let times: Vec<u64> = events.iter().map(|event| event.time).collect();
        assert!(times.is_sorted(), "{host} {log}");
    }
}

#[test]
fn twelve_troubles_are_proved_and_have_decoys() {
    let samples = all();
    let mut places: BTreeSet<String> = BTreeSet::new();
    for (host, log, first_record, events) in host_logs(&samples) {
        let records = first_record..first_record + events.len() as u64;
        places.extend(records.map(|record| format!("{host}.zip!{log}#record:{record}")));
    }
    let truth = truth(&samples);
    let troubles = truth["troubles"].as_array().unwrap();
    let ids: Vec<String> = (1..=12).map(|number| format!("T{number:02}")).collect();
    let found: Vec<&str> = troubles.iter().map(|trouble| trouble["id"].as_str().unwrap()).collect();
    assert_eq!(found, ids);
    for trouble in troubles {
        for list in ["proofs", "decoys"] {
            let list = trouble[list].as_array().unwrap();
            assert!(!list.is_empty(), "{}", trouble["id"]);
            for one in list {
                let place = one["place"].as_str().unwrap();
                assert!(place.ends_with("#offset:0x38") || places.contains(place), "{place}");
            }
        }
    }
}

/// The truth is told without a word of what hvtriage knows: no id of a rule stands in it.
#[test]
fn the_truth_knows_no_rules() {
    let samples = all();
    let truth = truth(&samples).to_string();
    let expected = samples.iter().find(|one| one.path == format!("{FOLDER}expected.json"));
    let expected: Json = serde_json::from_slice(&expected.unwrap().bytes()).unwrap();
    for finding in expected["findings"].as_array().unwrap() {
        let rule = finding["rule"].as_str().unwrap();
        assert!(!truth.contains(rule), "{rule}");
    }
}
