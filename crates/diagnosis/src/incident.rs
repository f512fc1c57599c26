//! Which findings belong to one failure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use crate::describe::describe;
use crate::evidence::Evidence;
use crate::fact::{CsvStateKind, Fact, FactKind, Locator};
use crate::finding::{Finding, Incident};
use crate::groups::Groups;
use crate::nearby::nearby;
use crate::rule::{Rule, Subject, Theme};

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

/// A redirected volume and what stands in its way are seen within this time.
const SAME_TROUBLE_SECONDS: u64 = 60 * 60;
/// Nodes of a cluster tell of one change of its membership within this time.
const SAME_MEMBERSHIP_SECONDS: u64 = 5 * 60;
/// A host logs what is wrong with its network set-up at every start, within this time.
const SAME_SET_UP_SECONDS: u64 = 24 * 60 * 60;
/// A timeline has no more lines than this.
const MAX_TIMELINE: usize = 200;
/// A summary names no more subjects than this.
const MAX_SUBJECTS: usize = 5;

/// The incidents of findings, which are in order, the gravest first.
pub(crate) fn incidents(evidence: &Evidence, sighted: &[Sighted<'_>]) -> Vec<Incident> {
    let mut groups = Groups::new(sighted.len());
    join_by_fact(evidence, sighted, &mut groups);
    join_by_theme(evidence, sighted, &mut groups);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..sighted.len() {
        members.entry(groups.root(index)).or_default().push(index);
    }
    let mut incidents: Vec<Incident> =
        members.into_values().map(|members| incident(evidence, sighted, members)).collect();
    incidents.sort_by(|left, right| {
        let key =
            |one: &Incident| (Reverse(one.severity), one.start, one.findings.first().copied());
        key(left).cmp(&key(right))
    });
    incidents
}

/// Findings that rest on one fact, or on facts of one crash, are of one failure.
fn join_by_fact(evidence: &Evidence, sighted: &[Sighted<'_>], groups: &mut Groups) {
    let crashes = evidence.crashes();
    let mut first_of: BTreeMap<(Option<usize>, usize), usize> = BTreeMap::new();
    for (index, one) in sighted.iter().enumerate() {
        // A crash may cite that a guest is outdated; that does not make all outdated guests part
        // of it. And a dump that shows which updates are missing does not say that they would have
        // helped.
        if matches!(one.rule.theme, Theme::Integration | Theme::Security | Theme::Settings) {
            continue;
        }
        for fact in &one.of_failure {
            let crash = crashes.number_of(*fact);
            let key = (crash, if crash.is_some() { 0 } else { *fact });
            let other = *first_of.entry(key).or_insert(index);
            groups.join(index, other);
        }
    }
}

/// Findings of one cause often share no fact: one guest after the other is outdated, a filter is
/// loaded and a volume is redirected.
fn join_by_theme(evidence: &Evidence, sighted: &[Sighted<'_>], groups: &mut Groups) {
    let mut first_of_rule: BTreeMap<&str, usize> = BTreeMap::new();
    let mut network_of: BTreeMap<usize, Vec<(FileTime, usize)>> = BTreeMap::new();
    let mut files_of: BTreeMap<usize, Vec<(FileTime, usize)>> = BTreeMap::new();
    let mut cluster: Vec<(FileTime, usize)> = Vec::new();
    let mut lacks_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, one) in sighted.iter().enumerate() {
        match one.rule.theme {
            Theme::Integration => {
                let other = *first_of_rule.entry(&one.rule.id).or_insert(index);
                groups.join(index, other);
            }
            Theme::Network => {
                network_of.entry(one.machine).or_default().extend(times(evidence, one, index));
            }
            Theme::Csv | Theme::Antivirus | Theme::Storage => {
                files_of.entry(one.machine).or_default().extend(times(evidence, one, index));
            }
            // All nodes tell that one of them is gone.
            Theme::Cluster => cluster.extend(times(evidence, one, index)),
            // One update mends what a machine lacks.
            Theme::Security => {
                groups.join(index, *lacks_of.entry(one.machine).or_insert(index));
            }
            // Each setting is a matter of its own.
            Theme::Crash | Theme::Settings => {}
        }
    }
    join_near(&mut cluster, SAME_MEMBERSHIP_SECONDS, groups);
    network_of.values_mut().for_each(|seen| join_near(seen, SAME_SET_UP_SECONDS, groups));
    files_of.values_mut().for_each(|seen| join_near(seen, SAME_TROUBLE_SECONDS, groups));
}

/// When a finding was seen. That somebody asked for redirection is no part of any trouble.
fn times<'a>(
    evidence: &'a Evidence,
    one: &'a Sighted<'_>,
    index: usize,
) -> impl Iterator<Item = (FileTime, usize)> + 'a {
    let is_trouble = |anchor: &&usize| {
        let on_request = |fact: &Fact| {
            matches!(fact.kind, FactKind::CsvState { state: CsvStateKind::RedirectedByRequest, .. })
        };
        !evidence.fact(**anchor).is_some_and(on_request)
    };
    let anchors = one.anchors.iter().filter(is_trouble);
    anchors.filter_map(move |anchor| Some((evidence.time(*anchor)?, index)))
}

/// Joins findings that were seen within `seconds` of each other.
fn join_near(seen: &mut [(FileTime, usize)], seconds: u64, groups: &mut Groups) {
    seen.sort_unstable();
    for (first, second) in seen.iter().zip(seen.iter().skip(1)) {
        if second.0 <= first.0.saturating_add_seconds(seconds) {
            groups.join(first.1, second.1);
        }
    }
}

fn incident(evidence: &Evidence, sighted: &[Sighted<'_>], mut members: Vec<usize>) -> Incident {
    // The order of findings is the gravest first already; a cause goes before what it explains.
    let rule_of = |index: &usize| sighted.get(*index).map(|one| one.rule);
    let rules: BTreeMap<&str, &Rule> =
        members.iter().filter_map(rule_of).map(|rule| (rule.id.as_str(), rule)).collect();
    let explanations = |id: &str| {
        rules.values().filter(|rule| rule.explains.iter().any(|explained| explained == id)).count()
    };
    let explained: BTreeMap<&str, usize> = rules.keys().map(|id| (*id, explanations(id))).collect();
    members.sort_by_key(|index| {
        let id = rule_of(index).map_or("", |rule| rule.id.as_str());
        (explained.get(id).copied(), *index)
    });
    let all: Vec<&Sighted<'_>> = members.iter().filter_map(|index| sighted.get(*index)).collect();
    let facts: BTreeSet<usize> = all.iter().flat_map(|one| &one.facts).copied().collect();
    let times: Vec<FileTime> = facts.iter().filter_map(|index| evidence.time(*index)).collect();
    let lead = all.first().map(|one| &one.finding);
    Incident {
        title: title(&all),
        machine: machines(evidence, &all),
        severity: all
            .iter()
            .map(|one| one.finding.severity)
            .max()
            .unwrap_or(crate::finding::Severity::Info),
        start: times.iter().min().copied(),
        end: times.iter().max().copied(),
        timeline: timeline(evidence, &facts, &nearby(evidence, &facts)),
        summary: lead.map(|lead| summary(lead, &all)).unwrap_or_default(),
        findings: members,
    }
}

/// Facts that have a time, in order; those that only happened about the same time say so.
fn timeline(
    evidence: &Evidence,
    facts: &BTreeSet<usize>,
    nearby: &BTreeSet<usize>,
) -> Vec<(FileTime, String, Locator)> {
    facts
        .union(nearby)
        .filter_map(|index| {
            let fact = evidence.fact(*index)?;
            let machine = evidence.machine_of(*index)?;
            let note = match fact.kind {
                FactKind::Crash { .. } => describe(&fact.kind),
                _ => format!("{}: {}", machine.name, describe(&fact.kind)),
            };
            let is_near = nearby.contains(index);
            let note = if is_near { format!("about that time: {note}") } else { note };
            Some((fact.time?, note, fact.locator.clone()))
        })
        .take(MAX_TIMELINE)
        .collect()
}

/// Findings of the same rule as the lead.
fn alike<'a>(all: &'a [&Sighted<'_>]) -> impl Iterator<Item = &'a Finding> {
    let rule = all.first().map(|one| one.finding.rule.as_str());
    all.iter().map(|one| &one.finding).filter(move |finding| Some(finding.rule.as_str()) == rule)
}

fn title(all: &[&Sighted<'_>]) -> String {
    let Some(lead) = all.first() else { return String::new() };
    let subjects: BTreeSet<&String> = alike(all).filter_map(|one| one.subject.as_ref()).collect();
    match subjects.len() {
        0 | 1 => lead.finding.title.clone(),
        count => match lead.rule.subject.as_ref().and_then(plural) {
            Some(noun) => format!("{} ({count} {noun})", lead.finding.title),
            None => lead.finding.title.clone(),
        },
    }
}

/// What several subjects of a rule are called.
fn plural(subject: &Subject) -> Option<&'static str> {
    let field = match subject {
        Subject::Vm => return Some("virtual machines"),
        Subject::Field(field) => field.fields.first()?.1.field.path,
    };
    ["volume", "adapter", "switch", "bugcheck.code"]
        .iter()
        .zip(["volumes", "adapters", "switches", "STOP codes"])
        .find_map(|(path, noun)| (*path == field).then_some(noun))
}

/// The lead's machine, and how many more logged the same.
fn machines(evidence: &Evidence, all: &[&Sighted<'_>]) -> String {
    let Some(lead) = all.first() else { return String::new() };
    let logged = all
        .iter()
        .filter(|one| one.rule.id == lead.rule.id)
        .flat_map(|one| &one.anchors)
        .map(|anchor| evidence.machine_index(*anchor));
    let others: BTreeSet<usize> = logged.filter(|machine| *machine != lead.machine).collect();
    match others.len() {
        0 => lead.finding.machine.clone(),
        count => format!("{} and {count} more", lead.finding.machine),
    }
}

/// What happened, to what else, and what to do first.
fn summary(lead: &Finding, all: &[&Sighted<'_>]) -> String {
    let mut text = lead.message.clone();
    let others: BTreeSet<&str> = alike(all)
        .filter_map(|one| one.subject.as_deref())
        .filter(|subject| Some(*subject) != lead.subject.as_deref())
        .collect();
    if !others.is_empty() {
        let named: Vec<&str> = others.iter().take(MAX_SUBJECTS).copied().collect();
        text.push_str(&format!(" The same holds of {}", named.join(", ")));
        match others.len().saturating_sub(named.len()) {
            0 => text.push('.'),
            more => text.push_str(&format!(" and {more} more.")),
        }
    }
    format!("{text} {}", first_sentence(&lead.remedy))
}

fn first_sentence(text: &str) -> &str {
    match text.split_once(". ") {
        Some((first, _)) => text.get(..first.len().saturating_add(1)).unwrap_or(first),
        None => text,
    }
}
