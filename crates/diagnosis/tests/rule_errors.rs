//! What the rule language refuses, with the place of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::RuleSet;

/// A rule that is right, line by line.
const RIGHT: &str = "\
id: X-1
title: A title
severity: high
confidence: low
theme: crash
message: '{crash.bugcheck} on {machine}'
when:
  crash:
    kind: crash
    bugcheck.code: 0xD1
supported_by:
  migration:
    kind: live_migration
    within: 10m before crash
explain: What it means.
remedy: What to do.
";

fn error_of(yaml: &str) -> String {
    let mut rules = RuleSet::default();
    let error = rules.load("my.yaml", yaml).unwrap_err();
    assert!(rules.rules().is_empty());
    error.to_string()
}

/// Replaces `old` in the right rule and checks the beginning of the error.
fn check(old: &str, new: &str, expected: &str) {
    assert!(RIGHT.contains(old), "{old}");
    let error = error_of(&RIGHT.replacen(old, new, 1));
    assert!(error.starts_with(expected), "expected {expected}\n   found {error}");
}

#[test]
fn the_right_rule_is_right() {
    let mut rules = RuleSet::default();
    rules.load("my.yaml", RIGHT).unwrap();
    assert_eq!(rules.rules()[0].id, "X-1");
}

#[test]
fn unknown_words_are_refused_at_their_place() {
    check(
        "title:",
        "titel:",
        "my.yaml:2:1: unknown key 'titel' (did you mean 'title'?); a rule has id, title,",
    );
    check(
        "kind: crash",
        "kind: crush",
        "my.yaml:9:11: unknown kind 'crush' (did you mean 'crash'?); kinds are crash,",
    );
    check(
        "bugcheck.code",
        "bugcheck.cod",
        "my.yaml:10:5: a fact of kind crash has no field 'bugcheck.cod' (did you mean 'bugcheck.code'?); it has ",
    );
    check(
        "bugcheck.code:",
        "bugcheck.code|above:",
        "my.yaml:10:5: unknown modifier 'above'; modifiers are gte,",
    );
    check(
        "high",
        "grave",
        "my.yaml:3:11: severity must be one of info, low, medium, high, critical",
    );
    check("theme: crash", "theme: c", "my.yaml:5:8: theme must be one of crash, integration,");
    check(
        "before crash",
        "before crush",
        "my.yaml:14:13: 'crush' is bound nowhere above; bound are",
    );
    check("{machine}", "{crash.x}", "my.yaml:6:10: a fact of kind crash has no field 'x'; it has ");
}

#[test]
fn a_key_that_stands_twice_and_an_id_that_no_event_has_are_refused() {
    check(
        "severity: high",
        "severity: high\nseverity: low",
        "my.yaml:4:1: the key 'severity' stands here a second time",
    );
    let event = "kind: event\n    event.provider: disk\n    event.id: [11, 99999999999]";
    check(
        "kind: live_migration",
        event,
        "my.yaml:15:20: 99999999999 is larger than the id of any event",
    );
}

#[test]
fn wrong_types_are_refused_at_their_place() {
    check("0xD1", "many", "my.yaml:10:20: bugcheck.code must be a number, this is text");
    check("10m before", "soon before", "my.yaml:14:13: 'soon before crash' is not such as");
    check("A title", "[a]", "my.yaml:2:8: title must be text, this is a list");
    check("{machine}", "{machine", "my.yaml:6:10: a brace '{' is not closed");
    check(
        "bugcheck.code: 0xD1",
        "blamed.module|gte: a",
        "my.yaml:10:24: modifier 'gte' does not fit blamed.module",
    );
    check("bugcheck.code: 0xD1", "role: boss", "my.yaml:10:11: role must be one of host, guest,");
}

#[test]
fn what_is_missing_is_told() {
    check("remedy: What to do.\n", "", "my.yaml:1:1: the rule has no remedy");
    let case = "    within: 10m before crash\n    case: it moved\n";
    let wrong = "my.yaml:12:3: a case needs a remedy of its own";
    check("    within: 10m before crash\n", case, wrong);
    check("    kind: live_migration\n", "", "my.yaml:12:3: migration needs a kind: one of crash,");
    check(
        "    within: 10m before crash\n",
        "",
        "my.yaml:12:3: a support needs a relation to a binding of when",
    );
    check("What it means.", "''", "my.yaml:15:10: explain is empty");
}

#[test]
fn a_rule_may_name_only_rules_before_it() {
    let later = RIGHT.to_owned() + "unless:\n  known: {rule: X-2}\n";
    let error = error_of(&later);
    assert!(error.starts_with("my.yaml:18:17: there is no rule 'X-2' above this one"), "{error}");
}

/// The place of a rule is kept, since others above and below may be named.
#[test]
fn a_rule_takes_the_place_of_one_of_the_catalogue_once() {
    let mut rules = RuleSet::catalogue().unwrap();
    let ids = |rules: &RuleSet| -> Vec<String> {
        rules.rules().iter().map(|rule| rule.id.clone()).collect()
    };
    let before = ids(&rules);
    let own = RIGHT.replace("X-1", "KP-41");
    rules.load("my.yaml", &own).unwrap();
    assert_eq!(ids(&rules), before);
    let replaced = rules.rules().iter().find(|rule| rule.id == "KP-41").unwrap();
    assert_eq!((replaced.title.as_str(), replaced.file.as_str()), ("A title", "my.yaml"));
    let twice = rules.load("too.yaml", &own).unwrap_err();
    assert_eq!(twice.to_string(), "too.yaml:1:5: there is a rule 'KP-41' already, at my.yaml:1");
}

#[test]
fn a_file_with_an_error_changes_nothing() {
    let mut rules = RuleSet::catalogue().unwrap();
    let texts = |rules: &RuleSet| format!("{:?}", rules.rules());
    let before = texts(&rules);
    let indented: String = RIGHT.lines().map(|line| format!("  {line}\n")).collect();
    let own = indented.replacen("  id: X-1", "- id: KP-41", 1);
    rules.load("my.yaml", &format!("{own}- id: broken\n")).unwrap_err();
    assert_eq!(texts(&rules), before);
}

#[test]
fn examples_are_checked_too() {
    let with = |facts: &str| {
        format!("{RIGHT}examples:\n  - name: one\n    facts: [{facts}]\n    expect: none\n")
    };
    for (facts, expected) in [
        (
            "{kind: crash, dump: a, bugcheck.code: 1, x: 2}",
            "my.yaml:19:54: an example of crash cannot",
        ),
        ("{kind: crash, dump: a}", "my.yaml:19:13: a crash needs bugcheck.code"),
        ("{kind: crash, bugcheck.code: 1}", "my.yaml:19:13: the fact has neither machine nor dump"),
        ("{kind: os_version, machine: a, build: x}", "my.yaml:19:51: build must be a number"),
        (
            "{kind: os_version, machine: a, build: 1, time: now}",
            "my.yaml:19:60: 'now' is not a time",
        ),
    ] {
        let error = error_of(&with(facts));
        assert!(error.starts_with(expected), "expected {expected}\n   found {error}");
    }
}

#[test]
fn no_yaml_is_no_rule() {
    for yaml in ["", "- ", "a: [", "\u{0}", "id: X\nid: Y\n", "{{{{", "*a", "!!x y"] {
        let error = error_of(yaml);
        assert!(error.starts_with("my.yaml:"), "{yaml}: {error}");
    }
}

/// Every truncation of a real rule gives a rule or an error, never a panic.
#[test]
fn truncations_do_no_harm() {
    let whole = include_str!("../catalogue/antivirus/KB73596.yaml");
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        let mut rules = RuleSet::default();
        let _ = rules.load("cut.yaml", &whole[..end]);
    }
}
