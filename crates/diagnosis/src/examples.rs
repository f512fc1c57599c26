//! Rules held against their own examples.

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
    let is_cited = |role: &&String| finding.citations.iter().all(|one| one.role != **role);
    differs("severity", severity, finding.severity.word().into())
        .or_else(|| differs("confidence", confidence, finding.confidence.word().into()))
        .or_else(|| {
            differs("count", expected.count.map(|n| n.to_string()), finding.count.to_string())
        })
        .or_else(|| differs("subject", expected.subject.clone(), subject))
        .or_else(|| differs("machine", expected.machine.clone(), finding.machine.clone()))
        .or_else(|| differs("message", expected.message.clone(), finding.message.clone()))
        .or_else(|| expected.cites.iter().find(is_cited).map(|role| format!("{role} is not cited")))
}
