//! Every rule of the catalogue against its own examples.

use hvtriage_diagnosis::{RuleSet, check_examples};

#[test]
fn every_rule_makes_of_its_examples_what_they_say() {
    let rules = RuleSet::catalogue().unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<String> = check_examples(&rules).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
