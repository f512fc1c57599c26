//! What happened at times that have nothing to do with each other makes a finding each.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::crash::Signature;
use crate::evidence::Evidence;
use crate::kind::Kind;
use crate::matching::Match;
use crate::rule::{Rule, Theme};

/// What lies further apart than this has no cause in common that could be seen.
const APART_SECONDS: u64 = 12 * 60 * 60;
/// What comes back more often than this is one trouble that goes on.
const MAX_EPISODES: usize = 3;
/// Crashes without a STOP code have little in common but that they happened.
const MAX_EPISODES_OF_CRASHES: usize = 12;

/// The matches of one machine and subject, in order of time, as one list a finding.
pub(crate) fn episodes(evidence: &Evidence, rule: &Rule, matches: Vec<Match>) -> Vec<Vec<Match>> {
    // What is counted on all machines is one trouble.
    if rule.is_across_machines {
        return vec![matches];
    }
    let most = match rule.theme {
        Theme::Crash => MAX_EPISODES_OF_CRASHES,
        Theme::Csv | Theme::Storage | Theme::Cluster => MAX_EPISODES,
        Theme::Network if is_of_migrations(rule) => MAX_EPISODES,
        Theme::Network
        | Theme::Integration
        | Theme::Antivirus
        | Theme::Security
        | Theme::Settings => 1,
    };
    let Some(numbers) = numbers(evidence, rule, &matches, most) else { return vec![matches] };
    let mut episodes: Vec<Vec<Match>> = Vec::new();
    for (number, one) in numbers.into_iter().zip(matches) {
        match episodes.get_mut(number) {
            Some(episode) => episode.push(one),
            None => episodes.push(vec![one]),
        }
    }
    episodes
}

/// The number of each match's episode; `None` where there would be more than `most`.
fn numbers(evidence: &Evidence, rule: &Rule, matches: &[Match], most: usize) -> Option<Vec<usize>> {
    let mut count: usize = 0;
    let mut last: BTreeMap<Option<Signature>, (usize, Option<FileTime>)> = BTreeMap::new();
    let mut numbers = Vec::with_capacity(matches.len());
    for one in matches {
        let time = one.anchor().and_then(|anchor| evidence.time(anchor));
        // Crashes of one signature are one pattern, however far apart.
        let signature = (rule.theme == Theme::Crash).then(|| signature(evidence, one)).flatten();
        let goes_on = |(_, last): &&(usize, Option<FileTime>)| {
            let is_near = |(last, time): (FileTime, FileTime)| {
                time <= last.saturating_add_seconds(APART_SECONDS)
            };
            signature.is_some() || last.zip(time).is_none_or(is_near)
        };
        let number = match last.get(&signature).filter(goes_on) {
            Some((number, _)) => *number,
            None if count >= most => return None,
            None => {
                let next = count;
                count = count.saturating_add(1);
                next
            }
        };
        numbers.push(number);
        last.insert(signature, (number, time));
    }
    Some(numbers)
}

fn signature(evidence: &Evidence, one: &Match) -> Option<Signature> {
    let crashes = evidence.crashes();
    crashes.get(crashes.number_of(one.anchor()?)?)?.signature.clone()
}

/// Set-up of the network goes wrong at every start alike; a migration that fails is an event.
fn is_of_migrations(rule: &Rule) -> bool {
    let kinds = rule.when.first().map_or(&[][..], |anchor| anchor.kinds.as_slice());
    !kinds.is_empty()
        && kinds.iter().all(|kind| matches!(kind, Kind::LiveMigration | Kind::VmFileError))
}
