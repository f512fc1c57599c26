//! Rules held against their own examples.

use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::judge::judge;
use crate::rule::{Example, Expected, Rule, RuleError, RuleSet};
use crate::yaml::YamlError;

/// What the rules make of their examples other than these say, each with the place of the example.
#[must_use]
pub fn check_examples(rules: &RuleSet) -> Vec<RuleError> {
    let mut failures = Vec::new();
    for rule in rules.rules() {
        for example in &rule.examples {
            if let Err(message) = check(rules, rule, example) {
                let message = format!("rule {}, example '{}': {message}", rule.id, example.name);
                failures.push(RuleError::new(&example.file, YamlError { at: example.at, message }));
            }
        }
    }
    failures
}

fn check(rules: &RuleSet, rule: &Rule, example: &Example) -> Result<(), String> {
    let judgement = judge(&Evidence::gather(example.facts.clone()), rules);
    let found: Vec<&Finding> =
        judgement.findings.iter().filter(|finding| finding.rule == rule.id).collect();
    match (&example.expected, found.as_slice()) {
        (None, []) => Ok(()),
        (None, [finding, ..]) => Err(format!("holds, though it must not: {}", finding.message)),
        (Some(_), []) => Err("does not hold, though it must".into()),
        (Some(expected), found) => {
            let differences: Vec<String> =
                found.iter().filter_map(|finding| difference(expected, finding)).collect();
            match differences.first() {
                Some(first) if differences.len() == found.len() => Err(first.clone()),
                _ => Ok(()),
            }
        }
    }
}

/// What is not as expected.
fn difference(expected: &Expected, finding: &Finding) -> Option<String> {
    let differs = |what: &str, expected: Option<String>, found: String| {
        let expected = expected.filter(|expected| *expected != found)?;
        Some(format!("{what} is '{found}', not '{expected}'"))
    };
    let severity = expected.severity.map(|severity| severity.word().to_owned());
    let confidence = expected.confidence.map(|confidence| confidence.word().to_owned());
    let subject = finding.subject.clone().unwrap_or_default();
    let cited: BTreeSet<&str> = finding.citations.iter().map(|one| one.role.as_str()).collect();
    let cited = cited.into_iter().collect::<Vec<_>>().join(", ");
    differs("severity", severity, finding.severity.word().into())
        .or_else(|| differs("confidence", confidence, finding.confidence.word().into()))
        .or_else(|| {
            differs("count", expected.count.map(|n| n.to_string()), finding.count.to_string())
        })
        .or_else(|| differs("subject", expected.subject.clone(), subject))
        .or_else(|| differs("machine", expected.machine.clone(), finding.machine.clone()))
        .or_else(|| differs("message", expected.message.clone(), finding.message.clone()))
        .or_else(|| {
            let begins = expected.remedy.as_ref().filter(|it| !finding.remedy.starts_with(*it));
            differs("remedy", begins.cloned(), finding.remedy.clone())
        })
        .or_else(|| differs("cites", expected.cites.as_ref().map(|it| it.join(", ")), cited))
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]
mod tests {
    use super::*;
    use crate::rule::{Binding, Relation, Unless, Window};

    /// A rule without one of its conditions, and what was taken out.
    struct Mutant {
        rule: Rule,
        without: String,
    }

    /// Each way to leave one thing out of a rule.
    fn mutants(rule: &Rule) -> Vec<Mutant> {
        let mut mutants = Vec::new();
        let mut add = |without: String, change: &dyn Fn(&mut Rule)| {
            let mut rule = rule.clone();
            change(&mut rule);
            mutants.push(Mutant { rule, without });
        };
        for (number, binding) in rule.when.iter().enumerate() {
            for (what, change) in changes(binding) {
                add(what, &|rule| change(&mut rule.when[number]));
            }
        }
        for (number, support) in rule.supported_by.iter().enumerate() {
            for (what, change) in changes(&support.binding) {
                add(what, &|rule| change(&mut rule.supported_by[number].binding));
            }
            if support.raises_to.is_some() {
                add(format!("{} raises_to", support.binding.name), &|rule| {
                    rule.supported_by[number].raises_to = None;
                });
            }
            if support.raises_severity_to.is_some() {
                add(format!("{} raises_severity_to", support.binding.name), &|rule| {
                    rule.supported_by[number].raises_severity_to = None;
                });
            }
            if support.lowers_severity_to.is_some() {
                add(format!("{} lowers_severity_to", support.binding.name), &|rule| {
                    rule.supported_by[number].lowers_severity_to = None;
                });
            }
            if support.remedy.is_some() {
                add(format!("{} remedy", support.binding.name), &|rule| {
                    rule.supported_by[number].remedy = None;
                });
            }
            // What it asks for then is never there.
            let name = &support.binding.name;
            add(format!("support {name}"), &|rule| {
                rule.supported_by[number].binding.kinds.clear();
                rule.supported_by[number].binding.events = None;
                rule.supported_by[number].binding.relations.clear();
            });
        }
        for (number, unless) in rule.unless.iter().enumerate() {
            if let Unless::Fact(binding) = unless {
                for (what, change) in changes(binding) {
                    add(format!("unless: {what}"), &|rule| {
                        if let Unless::Fact(binding) = &mut rule.unless[number] {
                            change(binding);
                        }
                    });
                }
            }
            add(format!("unless number {number}"), &|rule| {
                rule.unless.remove(number);
            });
        }
        if !rule.needs_one_of.is_empty() {
            add("needs_one_of".into(), &|rule| rule.needs_one_of.clear());
        }
        for number in 0..rule.needs_one_of.len() {
            add(format!("needs_one_of number {number}"), &|rule| {
                rule.needs_one_of.remove(number);
            });
        }
        for (what, repetition) in rule.repetition.weaker() {
            add(what.into(), &|rule| rule.repetition = repetition);
        }
        mutants
    }

    type Change = Box<dyn Fn(&mut Binding)>;

    /// Each way to leave a condition or a relation out of a binding. A provider and the ids of an event
    /// are needed to find it at all; that others do not count is shown by leaving the ids out.
    fn changes(binding: &Binding) -> Vec<(String, Change)> {
        let mut changes: Vec<(String, Change)> = Vec::new();
        for (number, condition) in binding.conditions.iter().enumerate() {
            let path = condition.fields.first().map_or("", |(_, field)| field.field.path);
            if path == "key" && has_key_of_another(binding) {
                continue;
            }
            let name = format!("{} {path}", binding.name);
            changes.push((
                name,
                Box::new(move |binding| {
                    binding.conditions.remove(number);
                    binding.events = None;
                }),
            ));
        }
        for number in 0..binding.relations.len() {
            let Relation::Time(window) = binding.relations[number] else { continue };
            // Before or after: the other side of time counts for nothing.
            let wider = match (window.before, window.after) {
                (Some(0), _) => Window { before: None, ..window },
                (_, Some(0)) => Window { after: None, ..window },
                _ => continue,
            };
            changes.push((
                format!("{} the side of its window (relation {number})", binding.name),
                Box::new(move |binding| binding.relations[number] = Relation::Time(wider)),
            ));
        }
        for number in 0..binding.relations.len() {
            let relation = format!("{:?}", binding.relations[number]);
            let name = relation.split(['(', ' ']).next().unwrap_or_default();
            changes.push((
                format!("{} {name} (relation {number})", binding.name),
                Box::new(move |binding| {
                    binding.relations.remove(number);
                }),
            ));
        }
        changes
    }

    #[test]
    fn every_rule_of_the_catalogue_has_a_hit_a_near_miss_and_a_reference() {
        let catalogue = RuleSet::catalogue_with_examples().unwrap();
        for rule in catalogue.rules() {
            let holds = |wanted: bool| {
                rule.examples.iter().any(|example| example.expected.is_some() == wanted)
            };
            assert!(holds(true), "{} has no example that it finds", rule.id);
            assert!(holds(false), "{} has no near miss", rule.id);
            assert!(!rule.references.is_empty(), "{} has no reference", rule.id);
        }
    }

    /// A registry value that stands in the very key of another needs its own key only to be kept.
    fn has_key_of_another(binding: &Binding) -> bool {
        binding.relations.iter().any(|relation| match relation {
            Relation::Equal { own, .. } => own.iter().any(|(_, field)| field.field.path == "key"),
            _ => false,
        })
    }

    /// A condition that no example needs may be wrong or left out by accident, and nobody would know.
    #[test]
    fn each_condition_of_the_catalogue_is_needed_by_an_example() {
        let catalogue = RuleSet::catalogue_with_examples().unwrap();
        let mut survivors = Vec::new();
        for (number, rule) in catalogue.rules().iter().enumerate() {
            for mutant in mutants(rule) {
                let rules = catalogue.with(number, mutant.rule.clone());
                let is_noticed = rule
                    .examples
                    .iter()
                    .any(|example| check(&rules, &mutant.rule, example).is_err());
                if !is_noticed {
                    survivors.push(format!("{} without {}", rule.id, mutant.without));
                }
            }
        }
        assert!(survivors.is_empty(), "these survive:\n{}", survivors.join("\n"));
    }
}
