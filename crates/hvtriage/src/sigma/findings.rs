//! Matches of all sources to findings, one a rule and machine.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hvtriage_diagnosis::{Confidence, Finding, Machine, RuleOrigin, Severity};
use hvtriage_sigma::{Level, Maturity, Rule};
use hvtriage_winfmt::FileTime;

use super::matches::{EventKey, Group, MAX_CITATIONS, Matches};

/// A message names no more event ids than this.
const MAX_IDS: usize = 5;

pub(super) fn findings(
    rules: &[Rule],
    matches: Vec<Matches>,
    machines: &[Machine],
) -> Vec<Finding> {
    let computers: BTreeSet<&str> =
        matches.iter().flat_map(|it| it.groups.keys()).map(|(_, name)| name.as_str()).collect();
    let names = Names::of(machines, &computers);
    let mut all: BTreeMap<(usize, String), Total> = BTreeMap::new();
    for ((rule, computer), group) in matches.into_iter().flat_map(|it| it.groups) {
        all.entry((rule, names.shown(&computer))).or_default().add(group);
    }
    let finding = |((rule, machine), total)| Some(finding(rules.get(rule)?, machine, total));
    all.into_iter().filter_map(finding).collect()
}

/// What machines are called in reports, by their names in canonical form.
struct Names(BTreeMap<String, String>);

impl Names {
    /// Those of machines that are known, and of computers that only matches name.
    fn of(machines: &[Machine], computers: &BTreeSet<&str>) -> Self {
        let known = machines
            .iter()
            .flat_map(|machine| machine.names.iter().map(|name| (name, machine.name.clone())));
        let mut names: BTreeMap<String, String> =
            known.map(|(name, shown)| (canonical(name), shown)).collect();
        for computer in computers {
            names.entry(canonical(computer)).or_insert_with(|| (*computer).to_owned());
        }
        Self(names)
    }

    fn shown(&self, computer: &str) -> String {
        self.0.get(&canonical(computer)).cloned().unwrap_or_else(|| computer.to_owned())
    }
}

/// Computers are called the same in any case.
fn canonical(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}

/// The events of one machine that one rule holds for, each once whatever it is copied into.
#[derive(Default)]
struct Total {
    seen: HashSet<EventKey>,
    first: Option<FileTime>,
    last: Option<FileTime>,
    ids: BTreeMap<u32, u64>,
    group: Group,
}

impl Total {
    fn add(&mut self, group: Group) {
        let mut fresh = HashSet::new();
        for hit in group.hits {
            if self.seen.insert(hit.event) {
                fresh.insert(hit.event);
                let count = self.ids.entry(hit.event_id).or_default();
                *count = count.saturating_add(1);
                self.first = self.first.into_iter().chain(hit.time).min();
                self.last = self.last.into_iter().chain(hit.time).max();
            }
        }
        // A copy is cited from the source that was read first.
        for cited in group.cited {
            if fresh.remove(&cited.event) {
                self.group.cite(cited);
            }
        }
    }
}

fn finding(rule: &Rule, machine: String, total: Total) -> Finding {
    let count = total.seen.len() as u64;
    let events = if count == 1 { "an event".to_owned() } else { format!("{count} events") };
    let ids = ids(&total.ids);
    let title = &rule.title;
    let mut citations: Vec<_> = total.group.cited.into_iter().map(|cited| cited.citation).collect();
    citations.truncate(MAX_CITATIONS);
    Finding {
        rule: rule.id.clone(),
        title: title.clone(),
        origin: RuleOrigin::Sigma,
        theme: None,
        severity: severity(rule.level),
        confidence: confidence(rule.maturity),
        message: format!(
            "{machine} logged {events} that the Sigma rule '{title}' looks for: {ids}."
        ),
        machine,
        subject: None,
        time: total.first,
        last_time: total.last,
        count,
        explain: rule.description.clone().unwrap_or_else(|| "The rule does not say.".into()),
        remedy: REMEDY.into(),
        references: rule.references.clone(),
        false_positives: rule.false_positives.clone(),
        citations,
    }
}

const REMEDY: &str = "Look at the cited events. A Sigma rule says what is worth a look; what it \
                      means for this machine is for whoever knows the machine to say.";

/// `4720 (3 times), 4722`.
fn ids(ids: &BTreeMap<u32, u64>) -> String {
    let named = |(id, count): (&u32, &u64)| match count {
        1 => format!("event {id}"),
        _ => format!("event {id} ({count} times)"),
    };
    let mut words: Vec<String> = ids.iter().take(MAX_IDS).map(named).collect();
    if let Some(more @ 1..) = ids.len().checked_sub(MAX_IDS) {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

fn severity(level: Option<Level>) -> Severity {
    match level {
        Some(Level::Informational) => Severity::Info,
        Some(Level::Low) | None => Severity::Low,
        Some(Level::Medium) => Severity::Medium,
        Some(Level::High) => Severity::High,
        Some(Level::Critical) => Severity::Critical,
    }
}

/// A rule does not say how it excludes other causes, so none is sure.
fn confidence(maturity: Maturity) -> Confidence {
    match maturity {
        Maturity::Stable | Maturity::Test => Confidence::Medium,
        Maturity::Experimental => Confidence::Low,
    }
}
