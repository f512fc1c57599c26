//! Which findings belong to one failure.

mod about;
mod alone;
mod befallen;
mod common_cause;
mod host_death;
mod index;
mod involved;
mod joins;
mod links;
mod pattern;
mod restarts;
mod storage_loss;
mod tellers;
mod timeline;
mod words;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Evidence;
use crate::finding::{Confidence, Finding, Incident, Severity};
use crate::rule::Rule;
use about::About;
use befallen::Lookups;
use index::Index;
use links::{Links, Why};
use restarts::Restarts;
use words::Members;
pub(crate) use words::part_in_words;

/// A finding with what it was seen in.
#[derive(Clone, Debug)]
pub(crate) struct Sighted<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) machine: usize,
    pub(crate) finding: Finding,
    /// Every fact that the rule's first binding holds, in order.
    pub(crate) anchors: Vec<usize>,
    /// Every fact of every binding.
    pub(crate) facts: BTreeSet<usize>,
    /// Those of them that are of one failure with the anchors.
    pub(crate) of_failure: BTreeSet<usize>,
}

/// The incidents of findings, which are in order, the gravest first.
pub(crate) fn incidents(evidence: &Evidence, sighted: &[Sighted<'_>]) -> Vec<Incident> {
    let mut links = Links::new(Index::of(evidence, sighted), sighted.len());
    joins::join(evidence, sighted, &mut links);
    host_death::link(evidence, &host_death::deaths(evidence), &mut links);
    storage_loss::link(evidence, sighted, &mut links);
    let members = links.incidents(sighted.len());
    let mut lookups = Lookups::default();
    let mut incidents: Vec<Incident> = members
        .into_iter()
        .map(|numbers| incident(evidence, sighted, &links, numbers, &mut lookups))
        .collect();
    in_order(&mut incidents);
    incidents
}

/// The gravest first, then the earliest.
pub(crate) fn in_order(incidents: &mut [Incident]) {
    incidents.sort_by(|left, right| {
        let key =
            |one: &Incident| (Reverse(one.severity), one.start, one.findings.first().copied());
        key(left).cmp(&key(right))
    });
}

fn incident(
    evidence: &Evidence,
    sighted: &[Sighted<'_>],
    links: &Links,
    mut numbers: Vec<usize>,
    lookups: &mut Lookups,
) -> Incident {
    lead_first(sighted, links, &mut numbers);
    let all: Vec<&Sighted<'_>> = numbers.iter().filter_map(|index| sighted.get(*index)).collect();
    let facts: BTreeSet<usize> = all.iter().flat_map(|one| &one.facts).copied().collect();
    let restarted = numbers.iter().filter_map(|it| links.restarts(*it)).flatten();
    let restarted: Restarts = restarted.map(|(vm, start)| (*vm, *start)).collect();
    let mut about = About::of(evidence, &facts);
    about.facts.retain(|fact| !restarts::tells(evidence, &restarted, *fact));
    let (start, end) = timeline::span(evidence, &all);
    let restarts = restarts::moment(evidence, &restarted);
    let timeline = timeline::timeline(evidence, &facts, &about.facts, restarts);
    let vms = befallen::befallen(evidence, links, &numbers, &all, lookups);
    let vms: BTreeSet<String> =
        vms.into_iter().filter_map(|vm| Some(evidence.vms().get(vm)?.display())).collect();
    let members = Members { evidence, links, numbers: &numbers, all: &all };
    Incident {
        title: members.title(),
        machine: members.machines(),
        severity: all.iter().map(|one| one.finding.severity).max().unwrap_or(Severity::Info),
        confidence: all.first().map_or(Confidence::Low, |lead| lead.finding.confidence),
        start,
        end,
        vms: vms.into_iter().collect(),
        machines: involved::machines(evidence, &facts),
        part_of: None,
        timeline,
        summary: members.summary(&about),
        findings: numbers,
    }
}

/// What the others follow from goes first, then a cause before what it explains; the order of findings
/// is the gravest first already.
fn lead_first(sighted: &[Sighted<'_>], links: &Links, numbers: &mut [usize]) {
    let rule_of = |index: &usize| sighted.get(*index).map(|one| one.rule);
    let rules: BTreeMap<&str, &Rule> =
        numbers.iter().filter_map(rule_of).map(|rule| (rule.id.as_str(), rule)).collect();
    let mut explanations: BTreeMap<&str, usize> = BTreeMap::new();
    for explained in rules.values().flat_map(|rule| &rule.explains) {
        let count = explanations.entry(explained).or_default();
        *count = count.saturating_add(1);
    }
    numbers.sort_by_key(|index| {
        let id = rule_of(index).map_or("", |rule| rule.id.as_str());
        let consequence = links.consequence(*index);
        let is_effect = consequence.and_then(|it| it.why.last().copied());
        let rank = match is_effect {
            None => 0,
            Some(Why::NodeMissed) => 1,
            Some(Why::HostDied | Why::StorageLost) => 2,
        };
        (rank, explanations.get(id).copied().unwrap_or_default(), *index)
    });
}
