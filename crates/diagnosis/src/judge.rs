//! From evidence to a judgement.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::cited_fields::cited_fields;
use crate::describe::note;
use crate::episodes::episodes;
use crate::evidence::Evidence;
use crate::finding::{Citation, Confidence, Finding, Judgement, RuleOrigin, Severity};
use crate::guests::guests;
use crate::ignore::IgnoreList;
use crate::incident::{Sighted, incidents};
use crate::matching::{GroupKey, Held, Match, SubjectKey, matches};
use crate::rule::{Rule, RuleSet, Said};
use crate::wanted::wanted;

/// A finding cites no more facts than this; its count tells how many there are.
const MAX_CITATIONS: usize = 24;
/// Citations with their fields, for each rule: a rule may hold on each of a million facts, and who looks at
/// single records looks at the first.
const MAX_CITED_IN_FULL: usize = 5000;
/// Of more machines a message tells the number.
const MAX_MACHINES_NAMED: usize = 5;

/// Holds every rule against the evidence. The result depends on the facts and the rules alone.
///
/// ```
/// use hvtriage_diagnosis::{Evidence, RuleSet, judge};
///
/// let rules = RuleSet::catalogue()?;
/// let judgement = judge(&Evidence::gather(Vec::new()), &rules);
/// assert!(judgement.findings.is_empty());
/// # Ok::<(), hvtriage_diagnosis::RuleError>(())
/// ```
#[must_use]
pub fn judge(evidence: &Evidence, rules: &RuleSet) -> Judgement {
    judge_and_tell(evidence, rules, &IgnoreList::default(), &mut |_| {})
}

/// The same without what is to be ignored, calling `told` with each finding as it arises, rule by rule.
#[must_use]
pub fn judge_and_tell(
    evidence: &Evidence,
    rules: &RuleSet,
    ignore: &IgnoreList,
    told: &mut dyn FnMut(&Finding),
) -> Judgement {
    let mut held = Held::new();
    let mut sighted: Vec<Sighted<'_>> = Vec::new();
    let mut wanted_logs = BTreeSet::new();
    let mut ignored = ignore.start();
    for (number, rule) in rules.rules().iter().enumerate() {
        // What is ignored takes nothing from what is shown.
        let (mut in_full, mut in_full_of_ignored) = (MAX_CITED_IN_FULL, MAX_CITED_IN_FULL);
        let groups = matches(evidence, rule, &held);
        let anchors: BTreeSet<usize> =
            groups.values().flatten().filter_map(Match::anchor).collect();
        held.insert(number, of_same_crashes(evidence, anchors));
        let episodes = groups.into_iter().flat_map(|(key, matches)| {
            episodes(evidence, rule, matches).into_iter().map(move |matches| (key.clone(), matches))
        });
        for (key, matches) in episodes {
            let Some(best) = best(&matches) else { continue };
            let machine = best.anchor().map_or(0, |anchor| evidence.machine_index(anchor));
            let (finding, cited) = finding(evidence, rule, &key, best, &matches);
            let finding = ignore.take(finding, evidence.machines(), &mut ignored);
            let Some(mut finding) = finding else {
                let ignored = ignored.findings.last_mut().map(|ignored| &mut ignored.finding);
                if let Some(finding) = ignored {
                    cite_in_full(evidence, finding, cited, &mut in_full_of_ignored);
                }
                continue;
            };
            cite_in_full(evidence, &mut finding, cited, &mut in_full);
            if rule.severity >= Severity::Medium {
                wanted_logs.extend(wanted(evidence, rule, best));
            }
            told(&finding);
            sighted.push(Sighted {
                rule,
                machine,
                finding,
                anchors: matches.iter().filter_map(Match::anchor).collect(),
                of_failure: matches.iter().flat_map(|one| &one.of_failure).copied().collect(),
                facts: matches.iter().flat_map(Match::all_facts).collect(),
            });
        }
    }
    ignored.sort();
    sighted.sort_by(|left, right| left.finding.order(&right.finding));
    let incidents = incidents(evidence, &sighted);
    Judgement {
        findings: sighted.into_iter().map(|one| one.finding).collect(),
        incidents,
        guests: guests(evidence),
        wanted_logs: wanted_logs.into_iter().collect(),
        ignored,
    }
}

/// Adds the fields of as many cited facts as there is room for.
fn cite_in_full(evidence: &Evidence, finding: &mut Finding, cited: Vec<usize>, room: &mut usize) {
    for (citation, fact) in finding.citations.iter_mut().zip(cited).take(*room) {
        citation.fields = cited_fields(evidence, fact);
        *room = room.saturating_sub(1);
    }
}

/// With what tells of the same crashes: a dump and the minidump beside it are judged as one.
fn of_same_crashes(evidence: &Evidence, anchors: BTreeSet<usize>) -> BTreeSet<usize> {
    let crashes = evidence.crashes();
    let numbers: BTreeSet<usize> =
        anchors.iter().filter_map(|anchor| crashes.number_of(*anchor)).collect();
    let told = numbers.into_iter().filter_map(|number| crashes.get(number));
    let others: Vec<usize> = told.flat_map(|crash| crash.facts.iter().copied()).collect();
    anchors.into_iter().chain(others).collect()
}

/// The surest match speaks for all; among equals the one with most evidence, then the first.
fn best(matches: &[Match]) -> Option<&Match> {
    matches.iter().min_by_key(|one| {
        let evident = one.facts.iter().flatten().count();
        (Reverse(one.confidence), Reverse(one.severity), Reverse(evident), one.anchor())
    })
}

fn finding(
    evidence: &Evidence,
    rule: &Rule,
    key: &GroupKey,
    best: &Match,
    matches: &[Match],
) -> (Finding, Vec<usize>) {
    let machine = best.anchor().and_then(|anchor| evidence.machine_of(anchor));
    let machine = machine.map_or("", |machine| machine.name.as_str());
    let subject = match &key.subject {
        SubjectKey::None => None,
        SubjectKey::Vm(vm) => evidence.vms().get(*vm).map(|vm| vm.display()),
        SubjectKey::Text(text) => Some(text.clone()),
    };
    let count = matches.len() as u64;
    let times = || matches.iter().filter_map(|one| evidence.logged_time(one.anchor()?));
    let fact_of = |number: usize| best.facts.get(number).copied().flatten();
    let (citations, cited) = citations(evidence, rule, best, matches);
    let finding = Finding {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        origin: if rule.is_stock { RuleOrigin::Catalogue } else { RuleOrigin::User },
        theme: Some(rule.theme),
        severity: matches.iter().map(|one| one.severity).max().unwrap_or(Severity::Info),
        confidence: matches.iter().map(|one| one.confidence).max().unwrap_or(Confidence::Low),
        machine: machine.to_owned(),
        time: times().min(),
        last_time: times().max(),
        count,
        message: rule.message.fill(&Said {
            evidence,
            fact_of,
            count,
            machine,
            machines: &machines_in_words(evidence, matches),
            subject: subject.as_deref(),
        }),
        subject,
        explain: rule.explain.clone(),
        remedy: remedy(rule, best).to_owned(),
        references: rule.references.clone(),
        false_positives: Vec::new(),
        citations,
    };
    (finding, cited)
}

/// What to do: what the first support that was found says of it, else what the rule says.
fn remedy<'a>(rule: &'a Rule, best: &Match) -> &'a str {
    let supports = best.facts.iter().skip(rule.when.len()).zip(&rule.supported_by);
    let mut found = supports.filter(|(fact, _)| fact.is_some()).map(|(_, support)| support);
    found.find_map(|support| support.remedy.as_deref()).unwrap_or(&rule.remedy)
}

/// The machines of the anchors. Dumps that name no machine may be of one or of many.
fn machines_in_words(evidence: &Evidence, matches: &[Match]) -> String {
    let anchors = || matches.iter().filter_map(Match::anchor);
    let of = |index: usize| evidence.machine_index(index);
    let (mut named, mut nameless) = (BTreeSet::new(), BTreeSet::new());
    for index in anchors() {
        let is_nameless = evidence.is_nameless(of(index));
        let set = if is_nameless { &mut nameless } else { &mut named };
        set.insert(of(index));
    }
    let name = |index: &usize| evidence.machines().get(*index).map(|it| it.name.clone());
    let mut words: Vec<String> = named.iter().take(MAX_MACHINES_NAMED).filter_map(name).collect();
    if let more @ 1.. = named.len().saturating_sub(MAX_MACHINES_NAMED) {
        words.push(format!("{more} more"));
    }
    match nameless.len() {
        0 => {}
        1 => words.push("a dump that names no machine".into()),
        many => words.push(format!("{many} dumps that name no machine")),
    }
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) }
}

/// The facts of the best match, then those of the others in order of time, each once; without their fields,
/// and the numbers of the facts beside them.
fn citations(
    evidence: &Evidence,
    rule: &Rule,
    best: &Match,
    matches: &[Match],
) -> (Vec<Citation>, Vec<usize>) {
    let names: Vec<&str> = rule
        .when
        .iter()
        .chain(rule.supported_by.iter().map(|support| &support.binding))
        .map(|binding| binding.name.as_str())
        .collect();
    let mut cited = BTreeSet::new();
    let (mut citations, mut facts) = (Vec::new(), Vec::new());
    for one in std::iter::once(best).chain(matches) {
        let bound =
            one.facts.iter().enumerate().filter_map(|(number, index)| Some((number, (*index)?)));
        for (number, index) in bound.chain(one.nearby.iter().copied()) {
            let (Some(fact), Some(name)) = (evidence.fact(index), names.get(number)) else {
                continue;
            };
            if citations.len() < MAX_CITATIONS && cited.insert(index) {
                facts.push(index);
                citations.push(Citation {
                    locator: fact.locator.clone(),
                    time: fact.time,
                    role: (*name).to_owned(),
                    note: note(evidence, index),
                    message: None,
                    fields: Vec::new(),
                });
            }
        }
    }
    (citations, facts)
}
