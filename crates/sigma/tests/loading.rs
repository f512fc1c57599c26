//! What cannot be used is left out, told, and keeps nothing else from being used.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_sigma::{Level, Loader, Maturity, SigmaRules, WindowsEvent};

fn load(files: &[(&str, &str)]) -> SigmaRules {
    let mut loader = Loader::default();
    for (file, text) in files {
        loader.add(file, text);
    }
    loader.finish()
}

const GOOD: &str = "
title: Good
id: 11111111-1111-4111-8111-111111111111
status: test
description: Looks for one.
references: [https://example.org/one]
falsepositives: [Administrators]
level: high
logsource: {product: windows, service: security}
detection: {s: {EventID: 1, User: x}, condition: s}
";

fn messages(rules: &SigmaRules) -> Vec<String> {
    rules.problems().iter().map(|it| format!("{}: {}", it.file, it.message)).collect()
}

#[test]
fn a_rule_keeps_what_it_says_of_itself() {
    let rules = load(&[("good.yml", GOOD)]);
    let rule = &rules.rules()[0];
    assert_eq!(rule.id, "11111111-1111-4111-8111-111111111111");
    assert_eq!((rule.title.as_str(), rule.file.as_str()), ("Good", "good.yml"));
    assert_eq!((rule.level, rule.maturity), (Some(Level::High), Maturity::Test));
    assert_eq!(rule.description.as_deref(), Some("Looks for one."));
    assert_eq!(rule.references, ["https://example.org/one"]);
    assert_eq!(rule.false_positives, ["Administrators"]);
    assert_eq!(rule.fields, ["EventID", "User"]);
    assert_eq!(rules.problems(), []);
}

#[test]
fn what_is_damaged_does_not_keep_the_rest_from_being_used() {
    let rules = load(&[
        ("cut.yml", "title: Cut\nlogsource: {product: windows, service: sec"),
        ("empty.yml", ""),
        ("good.yml", GOOD),
        ("list.yml", "- just\n- a list\n"),
        (
            "no-condition.yml",
            "title: x\nlogsource: {product: windows, service: security}\ndetection: {s: {A: 1}}\n",
        ),
        (
            "no-selection.yml",
            "title: y\nlogsource: {product: windows, service: security}\ndetection: {s: {A: 1}, condition: t}\n",
        ),
        (
            "modifier.yml",
            "title: z\nlogsource: {product: windows, service: security}\ndetection: {s: {'A|sounds_like': 1}, condition: s}\n",
        ),
        (
            "count.yml",
            "title: c\nlogsource: {product: windows, service: security}\ndetection: {s: {A: 1}, condition: s | count() by A > 5}\n",
        ),
        (
            "regex.yml",
            "title: r\nlogsource: {product: windows, service: security}\ndetection: {s: {'A|re': '(('}, condition: s}\n",
        ),
        ("tab.yml", "title: t\n\tlogsource: x\n"),
    ]);
    assert_eq!(rules.rules().len(), 1);
    let told: Vec<&str> = rules.problems().iter().map(|it| it.file.as_str()).collect();
    for file in [
        "cut.yml",
        "list.yml",
        "no-condition.yml",
        "no-selection.yml",
        "modifier.yml",
        "count.yml",
        "regex.yml",
        "tab.yml",
    ] {
        assert!(told.contains(&file), "{file} is not told of: {told:?}");
    }
    // YAML that is damaged is told with its line.
    let tab = messages(&rules).into_iter().find(|it| it.starts_with("tab.yml")).unwrap();
    assert!(tab.contains("line 2"), "{tab}");
    assert!(rules.problems().iter().all(|it| !it.message.contains('\n')));
    let event = WindowsEvent {
        channel: "Security",
        id: 1,
        values: vec![(Some("User"), "x")],
        ..WindowsEvent::default()
    };
    assert_eq!(rules.matches(&event).unwrap().len(), 1);
}

#[test]
fn what_cannot_be_routed_is_counted_by_log_source() {
    let of = |title: &str, source: &str| {
        format!(
            "title: rule {title}\nlogsource: {{{source}}}\ndetection: {{s: {{A: 1}}, condition: s}}\n"
        )
    };
    let (one, two, three) = (
        of("1", "product: linux, service: auth"),
        of("2", "product: linux, service: auth"),
        of("3", "product: windows"),
    );
    let rules = load(&[("1.yml", &one), ("2.yml", &two), ("3.yml", &three), ("4.yml", GOOD)]);
    assert_eq!(rules.rules().len(), 1);
    assert_eq!(
        messages(&rules),
        [
            "1.yml: 2 rules left out: the log source (product: linux, service: auth) is no Windows event log",
            "3.yml: 1 rule left out: the log source (product: windows) is no Windows event log",
        ]
    );
}

#[test]
fn a_second_rule_of_one_id_and_old_ones_are_left_out() {
    let old = GOOD.replace("status: test", "status: deprecated").replace("1111-", "2222-");
    let rules = load(&[("a.yml", GOOD), ("b.yml", &GOOD.replace("Good", "Copy")), ("c.yml", &old)]);
    assert_eq!(rules.rules().len(), 1);
    assert_eq!(
        messages(&rules),
        [
            "b.yml: 'Copy' has the id of a rule in a.yml",
            "c.yml: 1 rule left out: the status is deprecated"
        ]
    );
}

/// What a correlation counts is an everyday event; alone it is no finding.
#[test]
fn a_correlation_is_left_out_with_the_rules_that_it_counts() {
    let correlation = |generate: bool| {
        format!(
            "{GOOD}name: one_of_many
---
title: Many
correlation:
  type: event_count
  rules: [one_of_many]
  group-by: [User]
  timespan: 5m
  generate: {generate}
  condition: {{gte: 10}}
"
        )
    };
    let rules = load(&[("many.yml", &correlation(false))]);
    assert!(rules.rules().is_empty());
    assert_eq!(messages(&rules).len(), 2, "{:?}", messages(&rules));
    assert!(messages(&rules)[0].contains("'Many' is a correlation"), "{:?}", messages(&rules));
    let rules = load(&[("many.yml", &correlation(true))]);
    assert_eq!(rules.rules().len(), 1);
    assert_eq!(messages(&rules).len(), 1);
}

/// Whatever a pack holds that is not supported, its file is told on a line, and the others are used.
#[test]
fn what_is_not_supported_is_told_with_its_file_and_the_others_are_used() {
    let correlation = |kind: &str, condition: &str| {
        format!(
            "title: Many\ncorrelation: {{type: {kind}, rules: [elsewhere], group-by: [User], timespan: 5m, \
             condition: {{{condition}}}}}\n"
        )
    };
    let rule = |detection: &str| {
        format!(
            "title: x {detection}\nlogsource: {{product: windows, service: security}}\n\
             detection: {{{detection}}}\n"
        )
    };
    let unsupported = [
        correlation("event_count", "gte: 10"),
        correlation("value_count", "gte: 10, field: User"),
        correlation("temporal", ""),
        correlation("temporal_ordered", ""),
        correlation("value_sum", "gte: 10, field: Size"),
        correlation("value_avg", "gte: 10, field: Size"),
        correlation("value_percentile", "gte: 10, field: Size"),
        correlation("of_some_later_version", "gte: 10"),
        rule("s: {A: 1}, condition: s | count() by A > 5"),
        rule("s: {A: 1}, condition: s | near s"),
        rule("s: {'A|of_some_later_version': 1}, condition: s"),
        rule("s: {A: 1}, condition: 3 of nothing*"),
        "title: source\nlogsource: 5\ndetection: {s: {A: 1}, condition: s}\n".into(),
    ];
    for text in &unsupported {
        let rules =
            load(&[("a.yml", GOOD), ("b.yml", text), ("c.yml", &GOOD.replace("1111-", "3333-"))]);
        assert_eq!(rules.rules().len(), 2, "{text}");
        let told = rules.problems_of_each();
        assert!(!told.is_empty(), "{text}");
        for problem in told {
            assert_eq!(problem.file, "b.yml", "{text}: {problem:?}");
            assert!(!problem.message.contains('\n'), "{problem:?}");
        }
    }
}

/// A pack's writer wants to see each file; in a report a line is enough for all of them.
#[test]
fn what_is_left_out_is_told_in_short_and_file_by_file() {
    let old = |id: &str| GOOD.replace("status: test", "status: deprecated").replace("1111-", id);
    let rules = load(&[("a.yml", &old("2222-")), ("b.yml", &old("3333-")), ("c.yml", GOOD)]);
    assert_eq!(messages(&rules), ["a.yml: 2 rules left out: the status is deprecated"]);
    let each: Vec<&str> = rules.problems_of_each().iter().map(|it| it.file.as_str()).collect();
    assert_eq!(each, ["a.yml", "b.yml"]);
}

/// Somebody who knows the site says what the rules of a pack may let pass.
#[test]
fn a_filter_narrows_the_rules_that_it_names() {
    let filter = "
title: Our deployment account
logsource: {product: windows, service: security}
filter:
  rules: [11111111-1111-4111-8111-111111111111]
  selection: {Account: deploy}
  condition: not selection
";
    let rules = load(&[("good.yml", GOOD), ("our.yml", filter)]);
    assert_eq!(messages(&rules), [""; 0]);
    let holds = |account| {
        let values = vec![(Some("User"), "x"), (Some("Account"), account)];
        let event = WindowsEvent { channel: "Security", id: 1, values, ..WindowsEvent::default() };
        rules.matches(&event).unwrap().len()
    };
    assert_eq!((holds("anybody"), holds("deploy")), (1, 0));
}

#[test]
fn files_that_are_made_to_be_too_much_are_refused() {
    let started = std::time::Instant::now();
    let long = format!("{GOOD}# {}\n", "x".repeat(2 << 20));
    let deep = format!(
        "title: deep\nlogsource: {{product: windows, service: security}}\ndetection:\n  s: {{A: 1}}\n  condition: {}s{}\n",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    let flow = format!("title: flow\ndetection: {}\n", "[".repeat(100_000));
    let items = format!("title: items\ndetection:\n {}x\n", "- ".repeat(400_000));
    let documents = "---\n".repeat(200_000);
    let dashes = "title: dashes
logsource: {product: windows, service: security}
detection: {s: {'A|windash': '-a -b -c -d -e -f -g -h -i -j'}, condition: s}
";
    let mut bomb = String::from("title: bomb\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = level - 1;
        let refs = format!("*a{before}, ").repeat(9);
        bomb.push_str(&format!("a{level}: &a{level} [{refs}]\n"));
    }
    let rules = load(&[
        ("long.yml", &long),
        ("deep.yml", &deep),
        ("flow.yml", &flow),
        ("items.yml", &items),
        ("documents.yml", &documents),
        ("dashes.yml", dashes),
        ("bomb.yml", &bomb),
        ("good.yml", GOOD),
    ]);
    assert_eq!(rules.rules().len(), 1);
    let mut told: Vec<&str> = rules.problems().iter().map(|it| it.file.as_str()).collect();
    assert!(told.len() < 20, "one file fills the list: {told:?}");
    told.dedup();
    let refused = [
        "bomb.yml",
        "dashes.yml",
        "deep.yml",
        "documents.yml",
        "flow.yml",
        "items.yml",
        "long.yml",
    ];
    assert_eq!(told, refused);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
