//! Every issue that is known is said by a rule, or the reviewed list tells why not.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hvtriage_diagnosis::{Confidence, RuleSet};

/// The reviewed list.
const LIST: &str = include_str!("known_issues.txt");

/// A line of the list.
struct Issue {
    strength: &'static str,
    id: &'static str,
    rules: Vec<&'static str>,
    /// Why no rule says it.
    reason: Option<&'static str>,
}

fn issues() -> Vec<Issue> {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    let issue = |line: &'static str| {
        let (told, reason) = match line.split_once(" - ") {
            Some((told, reason)) => (told, Some(reason)),
            None => (line, None),
        };
        let mut words = told.split_whitespace();
        let strength = words.next().unwrap_or_default();
        Issue { strength, id: words.next().unwrap_or_default(), rules: words.collect(), reason }
    };
    lines.map(issue).collect()
}

fn confidence_of() -> BTreeMap<String, Confidence> {
    let rules = RuleSet::catalogue().unwrap();
    rules.rules().iter().map(|rule| (rule.id.clone(), rule.confidence)).collect()
}

#[test]
fn every_issue_has_rules_or_a_reason() {
    let known = confidence_of();
    let mut seen = BTreeSet::new();
    for Issue { strength, id, rules, reason } in issues() {
        assert!(seen.insert(id), "{id} stands there twice");
        assert!(["definitive", "strong", "suggestive", "candidate"].contains(&strength), "{id}");
        assert_ne!(rules.is_empty(), reason.is_none(), "{id} needs rules or a reason");
        if strength == "candidate" {
            assert!(!known.contains_key(id), "{id} is a candidate and a rule");
            continue;
        }
        for rule in rules {
            let confidence = known.get(rule).unwrap_or_else(|| panic!("{id}: no rule {rule}"));
            assert!(
                strength != "suggestive" || *confidence < Confidence::High,
                "{id} is a hypothesis, and rule {rule} is sure of it"
            );
        }
    }
}

/// A rule of which no source is named might be anybody's guess.
#[test]
fn every_rule_says_an_issue() {
    // Events whose own text says all of it, and crashes whose dumps name the suspect.
    let of_no_issue = [
        "CLUS-1177",
        "CRASH-THIRD-PARTY",
        "DRIVER-REPEATED",
        "DUMP-STOP",
        "VM-FILE-ERROR",
        "VMMS-16050",
    ];
    let told: BTreeSet<&str> = issues().iter().flat_map(|issue| issue.rules.clone()).collect();
    let rules = confidence_of();
    let others: Vec<&String> = rules.keys().filter(|id| !told.contains(id.as_str())).collect();
    assert_eq!(others, of_no_issue);
}

/// The list against the facts, which are no part of the repository.
#[test]
fn the_list_holds_every_issue_of_the_facts() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts");
    let folder = std::env::var_os("HVTRIAGE_FACTS").map_or(beside, PathBuf::from);
    let Ok(facts) = std::fs::read_to_string(folder.join("known_issues.yaml")) else {
        eprintln!("left out: no facts at {} (set HVTRIAGE_FACTS)", folder.display());
        return;
    };
    let mut of_facts = BTreeMap::new();
    let mut id = "";
    for line in facts.lines() {
        if let Some(next) = line.strip_prefix("- id: ") {
            id = next.trim();
        } else if let Some(strength) = line.strip_prefix("  match_strength: ") {
            of_facts.insert(id.to_owned(), strength.trim().to_owned());
        }
    }
    let listed: BTreeMap<String, String> =
        issues().iter().map(|it| (it.id.to_owned(), it.strength.to_owned())).collect();
    for (id, strength) in &of_facts {
        // A candidate without a STOP code is known for nothing that could be looked up.
        let is_optional = strength == "candidate";
        assert!(is_optional || listed.get(id) == Some(strength), "{id}: {strength}");
    }
    for (id, strength) in &listed {
        assert_eq!(of_facts.get(id), Some(strength), "{id}");
    }
}
