//! Every rule of the catalogue against its own examples.

use hvtriage_diagnosis::{RuleSet, check_examples};

/// The rule that the documentation shows is one.
#[test]
fn the_rule_of_the_documentation_holds_what_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, behind) = text.split_once("```yaml\n").unwrap();
    let (rule, _) = behind.split_once("```").unwrap();
    let mut rules = RuleSet::catalogue_with_examples().unwrap_or_else(|error| panic!("{error}"));
    rules.load("docs/rules.md", rule).unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<String> = check_examples(&rules).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_rule_makes_of_its_examples_what_they_say() {
    let rules = RuleSet::catalogue_with_examples().unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<String> = check_examples(&rules).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// An analysis reads the rules without their examples: both ways they must be the same rules.
#[test]
fn rules_are_the_same_with_and_without_their_examples() {
    let whole = RuleSet::catalogue_with_examples().unwrap_or_else(|error| panic!("{error}"));
    let rules = RuleSet::catalogue().unwrap_or_else(|error| panic!("{error}"));
    let ids = |rules: &RuleSet| -> Vec<(String, String, String)> {
        let texts = rules.rules().iter();
        texts.map(|it| (it.id.clone(), it.remedy.clone(), it.references.join(" "))).collect()
    };
    assert_eq!(ids(&whole), ids(&rules));
}

/// People read `If no dump was saved`, and not what a rule calls a fact.
#[test]
fn a_case_with_a_remedy_of_its_own_is_told_in_words() {
    let rules = RuleSet::catalogue().unwrap_or_else(|error| panic!("{error}"));
    let mut checked = 0;
    for rule in rules.rules() {
        for ((name, _), (case, _)) in rule.other_remedies().zip(rule.other_remedies_in_words()) {
            assert!(case.split(' ').count() > 3, "{}: if {case}", rule.id);
            assert_ne!(case, name.replace('_', " "), "{}", rule.id);
            checked += 1;
        }
    }
    assert!(checked >= 5, "only {checked} cases");
}

/// The first sentence of a remedy stands alone on the first screen: what to do, on one line of it.
#[test]
fn a_remedy_begins_with_a_step_that_fits_on_one_line() {
    const MOST_LETTERS: usize = 108;
    let rules = RuleSet::catalogue().unwrap_or_else(|error| panic!("{error}"));
    let mut checked = 0;
    for rule in rules.rules() {
        let others = rule.other_remedies().map(|(_, remedy)| remedy);
        for remedy in others.chain([rule.remedy.as_str()]) {
            let step = hvtriage_diagnosis::first_step(remedy);
            let letters = step.chars().count();
            assert!(letters <= MOST_LETTERS, "{}: {letters} letters: {step}", rule.id);
            checked += 1;
        }
    }
    assert!(checked > 130, "only {checked} remedies");
}
