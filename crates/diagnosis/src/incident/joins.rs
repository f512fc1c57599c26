//! Findings that are of one failure since they rest on the same, or are of one trouble of one time.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use super::links::Links;
use super::{Sighted, common_cause};
use crate::clusters::NODES_TELL_SECONDS;
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, FactKind};
use crate::finding::Severity;
use crate::kind::Kind;
use crate::rule::Theme;

/// A redirected volume and what stands in its way are seen within this time; so is what makes one
/// migration after the other fail.
const SAME_TROUBLE_SECONDS: u64 = 60 * 60;
/// A host logs what is wrong with its network set-up at every start, within this time.
const SAME_SET_UP_SECONDS: u64 = 24 * 60 * 60;
/// A finding that goes on for longer happens about the time of everything and says nothing by it.
const LONG_SECONDS: u64 = 24 * 60 * 60;

/// Joins findings by what they rest on, and by theme and time.
pub(super) fn join(evidence: &Evidence, sighted: &[Sighted<'_>], links: &mut Links) {
    let sets: Vec<Vec<usize>> =
        links.index.sets().map(|set| set.iter().copied().collect()).collect();
    sets.into_iter().for_each(|set| links.join_all(set));
    join_by_theme(evidence, sighted, links);
    common_cause::join(evidence, sighted, links);
}

/// When a finding was seen, and its number.
type Seen = Vec<(FileTime, usize)>;

/// Findings of one cause often share no fact: one guest after the other is outdated, a filter is
/// loaded and a volume is redirected.
fn join_by_theme(evidence: &Evidence, sighted: &[Sighted<'_>], links: &mut Links) {
    // The guests of one customer, whatever the hosts.
    let mut first_of_rule: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut lacks_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut set_up_of: BTreeMap<usize, Seen> = BTreeMap::new();
    let mut network_of: BTreeMap<usize, Seen> = BTreeMap::new();
    let mut migrations_of: BTreeMap<(usize, &str), Seen> = BTreeMap::new();
    let mut files_of: BTreeMap<usize, Seen> = BTreeMap::new();
    // Volumes of every cluster are called alike, so those of two have nothing in common.
    let mut volumes: BTreeMap<(&str, String), Seen> = BTreeMap::new();
    let mut clusters: BTreeMap<&str, Seen> = BTreeMap::new();
    let mut requests_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, one) in sighted.iter().enumerate() {
        let times = || times(evidence, one, index);
        match one.rule.theme {
            Theme::Integration => {
                let key = (one.rule.id.as_str(), evidence.domain(one.machine));
                links.join(index, *first_of_rule.entry(key).or_insert(index));
            }
            // One update mends what a machine lacks.
            Theme::Security => links.join(index, *lacks_of.entry(one.machine).or_insert(index)),
            Theme::Network
                if is_of(evidence, one, &[Kind::Offload, Kind::RssCapabilityFailure]) =>
            {
                set_up_of.entry(one.machine).or_default().extend(all_times(evidence, one, index));
            }
            Theme::Network if is_of(evidence, one, &[Kind::LiveMigration, Kind::VmFileError]) => {
                let rule = one.rule.id.as_str();
                migrations_of.entry((one.machine, rule)).or_default().extend(times());
            }
            Theme::Network => network_of.entry(one.machine).or_default().extend(times()),
            // A backup redirects every volume of its cluster, every night.
            Theme::Csv if is_on_request(evidence, one) => {
                let cluster = evidence.cluster_key(one.machine);
                links.join(index, *requests_of.entry(cluster).or_insert(index));
            }
            Theme::Csv | Theme::Antivirus | Theme::Storage => {
                files_of.entry(one.machine).or_default().extend(times());
                // All nodes tell of one volume.
                let volume = one.finding.subject.as_ref().filter(|_| one.rule.theme == Theme::Csv);
                if let Some(volume) = volume {
                    let key = (evidence.cluster_key(one.machine), volume.to_lowercase());
                    volumes.entry(key).or_default().extend(times());
                }
            }
            // All nodes tell that one of them is gone.
            Theme::Cluster => {
                clusters.entry(evidence.cluster_key(one.machine)).or_default().extend(times());
            }
            // Each setting is a matter of its own.
            Theme::Crash | Theme::Settings => {}
        }
    }
    let mut near = |seen: &mut Seen, seconds| join_near(seen, seconds, links);
    clusters.values_mut().for_each(|seen| near(seen, NODES_TELL_SECONDS));
    volumes.values_mut().for_each(|seen| near(seen, NODES_TELL_SECONDS));
    set_up_of.values_mut().for_each(|seen| near(seen, SAME_SET_UP_SECONDS));
    migrations_of.values_mut().for_each(|seen| near(seen, SAME_TROUBLE_SECONDS));
    network_of.values_mut().for_each(|seen| near(seen, SAME_TROUBLE_SECONDS));
    files_of.values_mut().for_each(|seen| near(seen, SAME_TROUBLE_SECONDS));
}

/// Whether somebody asked for all that a finding rests on.
fn is_on_request(evidence: &Evidence, one: &Sighted<'_>) -> bool {
    one.anchors.iter().all(|anchor| {
        let kind = evidence.fact(*anchor).map(|fact| &fact.kind);
        matches!(kind, Some(FactKind::CsvState { state: CsvStateKind::RedirectedByRequest, .. }))
    })
}

/// Whether what a finding rests on is of one of these kinds.
fn is_of(evidence: &Evidence, one: &Sighted<'_>, kinds: &[Kind]) -> bool {
    let fact = one.anchors.first().and_then(|anchor| evidence.fact(*anchor));
    fact.is_some_and(|fact| kinds.contains(&Kind::of(&fact.kind)))
}

fn all_times<'a>(
    evidence: &'a Evidence,
    one: &'a Sighted<'_>,
    index: usize,
) -> impl Iterator<Item = (FileTime, usize)> + 'a {
    one.anchors.iter().filter_map(move |anchor| Some((evidence.time(*anchor)?, index)))
}

/// When a finding was seen in a way that says something. That somebody asked for redirection is no part
/// of any trouble, and filters are loaded at every start.
fn times<'a>(
    evidence: &'a Evidence,
    one: &'a Sighted<'_>,
    index: usize,
) -> impl Iterator<Item = (FileTime, usize)> + 'a {
    let kind_of = |anchor: &usize| evidence.fact(*anchor).map(|fact| &fact.kind);
    let is_load =
        move |anchor: &usize| matches!(kind_of(anchor), Some(FactKind::FilterLoaded { .. }));
    // What an inventory tells has no time.
    let is_timed_load = |anchor: &&usize| is_load(anchor) && evidence.time(**anchor).is_some();
    let first_load = one.anchors.iter().find(is_timed_load).copied();
    let is_long = one.finding.time.zip(one.finding.last_time).is_some_and(|(first, last)| {
        last > first.saturating_add_seconds(LONG_SECONDS) && one.rule.theme != Theme::Antivirus
    });
    let is_trouble = move |anchor: &&usize| {
        let on_request = matches!(
            kind_of(anchor),
            Some(FactKind::CsvState { state: CsvStateKind::RedirectedByRequest, .. })
        );
        !is_long && !on_request && (!is_load(anchor) || Some(**anchor) == first_load)
    };
    // What matters little and happens again and again would make a chain of what has nothing in common.
    let most = if one.finding.severity <= Severity::Low { 1 } else { usize::MAX };
    let anchors = one.anchors.iter().filter(is_trouble).take(most);
    anchors.filter_map(move |anchor| Some((evidence.time(*anchor)?, index)))
}

/// Joins findings that were seen within `seconds` of each other.
fn join_near(seen: &mut Seen, seconds: u64, links: &mut Links) {
    seen.sort_unstable();
    for (first, second) in seen.iter().zip(seen.iter().skip(1)) {
        if second.0 <= first.0.saturating_add_seconds(seconds) {
            links.join(first.1, second.1);
        }
    }
}
