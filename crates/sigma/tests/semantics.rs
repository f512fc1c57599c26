//! What rules hold for which events, by the Sigma specification and its taxonomy.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_sigma::{Loader, SigmaRules, WindowsEvent};

fn load(files: &[(&str, &str)]) -> SigmaRules {
    let mut loader = Loader::default();
    for (file, text) in files {
        loader.add(file, text);
    }
    loader.finish()
}

/// A rule for the Security log with these detections.
fn security(detection: &str) -> SigmaRules {
    let rule = format!(
        "title: A rule\nlogsource: {{product: windows, service: security}}\ndetection:\n{detection}\n"
    );
    let rules = load(&[("rule.yml", &rule)]);
    assert_eq!((rules.rules().len(), rules.problems()), (1, &[][..]), "{detection}");
    rules
}

fn event<'a>(channel: &'a str, id: u32, values: &[(&'a str, &'a str)]) -> WindowsEvent<'a> {
    let values = values.iter().map(|(name, text)| (Some(*name), *text)).collect();
    WindowsEvent { channel, id, values, computer: "HV01", ..WindowsEvent::default() }
}

fn holds(rules: &SigmaRules, event: &WindowsEvent<'_>) -> bool {
    !rules.matches(event).unwrap().is_empty()
}

/// Whether detections hold for event 4688 of the Security log with these values.
fn holds_for(detection: &str, values: &[(&str, &str)]) -> bool {
    holds(&security(detection), &event("Security", 4688, values))
}

#[test]
fn texts_are_compared_whole_and_without_regard_to_case() {
    let rule = "  s: {User: Admin}\n  condition: s";
    assert!(holds_for(rule, &[("User", "ADMIN")]));
    assert!(!holds_for(rule, &[("User", "Admin2")]));
    assert!(!holds_for(rule, &[("user", "Admin")]), "field names are compared as they are");
    assert!(!holds_for("  s: {User|cased: Admin}\n  condition: s", &[("User", "ADMIN")]));
}

#[test]
fn modifiers_compare_parts() {
    let path = [("Image", r"C:\Windows\System32\whoami.exe")];
    for (modifier, hit, miss) in [
        ("contains", "system32", "system33"),
        ("startswith", r"c:\windows", r"\windows"),
        ("endswith", r"\WHOAMI.EXE", r"\whoami"),
        ("re", r"who[a-m]+i\.exe$", r"WHO[A-M]+I\.EXE$"),
    ] {
        let rule = |text| format!("  s: {{'Image|{modifier}': '{text}'}}\n  condition: s");
        assert!(holds_for(&rule(hit), &path), "{modifier}");
        assert!(!holds_for(&rule(miss), &path), "{modifier}");
    }
    let all = "  s: {'Image|contains|all': [windows, who]}\n  condition: s";
    assert!(holds_for(all, &path));
    let not_all = "  s: {'Image|contains|all': [windows, why]}\n  condition: s";
    assert!(!holds_for(not_all, &path));
    let any = "  s: {'Image|contains': [windows, why]}\n  condition: s";
    assert!(holds_for(any, &path));
}

#[test]
fn networks_are_compared_as_addresses() {
    let rule = "  s: {'IpAddress|cidr': [10.1.0.0/16, 'fe80::/10']}\n  condition: s";
    assert!(holds_for(rule, &[("IpAddress", "10.1.255.7")]));
    assert!(holds_for(rule, &[("IpAddress", "fe80::1")]));
    assert!(!holds_for(rule, &[("IpAddress", "10.2.0.1")]));
    assert!(!holds_for(rule, &[("IpAddress", "-")]));
}

#[test]
fn wildcards_stand_for_text_unless_they_are_escaped() {
    let rule = |text: &str| format!("  s: {{Path: '{text}'}}\n  condition: s");
    assert!(holds_for(&rule(r"C:\\*\a?.exe"), &[("Path", r"C:\x\y\ab.exe")]));
    assert!(!holds_for(&rule(r"C:\\*\a?.exe"), &[("Path", r"C:\x\y\a.exe")]));
    // The backslash before a letter is one, before a star it escapes, and two are one.
    assert!(holds_for(&rule(r"what\*"), &[("Path", "what*")]));
    assert!(!holds_for(&rule(r"what\*"), &[("Path", "whatever")]));
    assert!(holds_for(&rule(r"C:\\*"), &[("Path", r"C:\temp")]));
    assert!(holds_for(&rule(r"really\?"), &[("Path", "really?")]));
}

#[test]
fn numbers_and_texts_meet() {
    for value in ["7", "'7'"] {
        let rule = format!("  s: {{LogonType: {value}}}\n  condition: s");
        assert!(holds_for(&rule, &[("LogonType", "7")]), "{value}");
        assert!(!holds_for(&rule, &[("LogonType", "77")]), "{value}");
    }
    let above = "  s: {'Port|gte': 1024}\n  condition: s";
    assert!(holds_for(above, &[("Port", "1024")]));
    assert!(!holds_for(above, &[("Port", "1023")]));
    assert!(!holds_for(above, &[("Port", "many")]));
    // YAML makes a number of it, Windows writes it so.
    let mask = "  s: {AccessMask: 0x1410}\n  condition: s";
    assert!(holds_for(mask, &[("AccessMask", "0x1410")]));
    assert!(holds_for(mask, &[("AccessMask", "5136")]));
    assert!(!holds_for(mask, &[("AccessMask", "0x1411")]));
}

#[test]
fn fields_of_the_system_element_have_their_names() {
    let mut event = event("Security", 4625, &[]);
    event.provider = "Microsoft-Windows-Security-Auditing";
    event.keywords = 0x8010_0000_0000_0000;
    event.level = 2;
    for (field, hit, miss) in [
        ("EventID", "4625", "4624"),
        ("Provider_Name", "Microsoft-Windows-Security-Auditing", "disk"),
        ("Keywords", "'0x8010000000000000'", "'0x8020000000000000'"),
        ("Level", "2", "3"),
        ("Computer", "hv01", "hv02"),
    ] {
        let rule = |text| security(&format!("  s: {{{field}: {text}}}\n  condition: s"));
        assert!(holds(&rule(hit), &event), "{field}");
        assert!(!holds(&rule(miss), &event), "{field}");
    }
}

/// A field that is missing, and one that Windows wrote without content, are both null; a rule asks so
/// for what it lets pass, and what it does not let pass is a false alarm.
#[test]
fn null_is_missing_or_without_content() {
    for filter in ["null", "[null, 'known']", "['known', null]"] {
        let rule =
            format!("  s: {{EventID: 4688}}\n  f: {{Parent: {filter}}}\n  condition: s and not f");
        assert!(!holds_for(&rule, &[]), "{filter}: missing");
        assert!(!holds_for(&rule, &[("Parent", "")]), "{filter}: empty");
        assert!(holds_for(&rule, &[("Parent", "other")]), "{filter}: something");
        let passes = filter.contains("known");
        assert_eq!(!holds_for(&rule, &[("Parent", "known")]), passes, "{filter}: a named one");
    }
    let exists = "  s: {'Parent|exists': true}\n  condition: s";
    assert!(!holds_for(exists, &[]));
    assert!(holds_for(exists, &[("Parent", "x")]));
    let empty = "  s: {Parent: ''}\n  condition: s";
    assert!(holds_for(empty, &[("Parent", "")]));
    assert!(!holds_for(empty, &[("Parent", "x")]));
    // What else is asked of the event stays.
    let two = "  s: {Parent: null, User: admin}\n  condition: s";
    assert!(holds_for(two, &[("User", "admin")]));
    assert!(!holds_for(two, &[("User", "guest")]));
}

#[test]
fn conditions_count_selections() {
    let selections = "  sel_a: {A: 1}\n  sel_b: {B: 1}\n  filter: {C: 1}\n";
    let holds = |condition: &str, values: &[(&str, &str)]| {
        holds_for(&format!("{selections}  condition: {condition}"), values)
    };
    let (a, b, c) = (("A", "1"), ("B", "1"), ("C", "1"));
    assert!(holds("1 of sel_*", &[b]));
    assert!(!holds("1 of sel_*", &[c]));
    assert!(!holds("all of sel_*", &[b]));
    assert!(holds("all of sel_*", &[a, b]));
    assert!(holds("all of sel_* and not filter", &[a, b]));
    assert!(!holds("all of sel_* and not filter", &[a, b, c]));
    assert!(holds("1 of them", &[c]));
    assert!(!holds("all of them", &[a, b]));
    assert!(holds("sel_a or (sel_b and filter)", &[b, c]));
}

#[test]
fn keywords_are_looked_for_in_all_texts() {
    let rule = "  words: ['*mimikatz*', 'sekurlsa']\n  condition: words";
    let rules = security(rule);
    let mut event = event("Security", 1, &[("CommandLine", "run MIMIKATZ now")]);
    assert!(holds(&rules, &event));
    event.values.clear();
    assert!(!holds(&rules, &event));
    event.message = Some("A process: mimikatz.exe");
    assert!(holds(&rules, &event));
    event.message = None;
    event.values.push((None, "C:\\mimikatz.exe"));
    assert!(holds(&rules, &event));
}

#[test]
fn values_without_a_name_are_called_data() {
    let rule = "  s: {'Data|contains': HostApplication=}\n  condition: s";
    let mut event = event("Security", 400, &[]);
    event.values = vec![(None, "Available"), (None, "HostApplication=powershell")];
    assert!(holds(&security(rule), &event));
    event.values.pop();
    assert!(!holds(&security(rule), &event));
}

#[test]
fn one_file_may_hold_several_rules() {
    let rules = load(&[(
        "two.yml",
        "
title: One
logsource: {product: windows, service: security}
detection: {s: {EventID: 1}, condition: s}
---
title: Two
logsource: {product: windows, service: system}
detection: {s: {EventID: 1}, condition: s}
",
    )]);
    assert_eq!(
        rules.rules().iter().map(|rule| rule.title.as_str()).collect::<Vec<_>>(),
        ["One", "Two"]
    );
    let found = rules.matches(&event("System", 1, &[])).unwrap();
    assert_eq!(found.iter().map(|one| one.rule).collect::<Vec<_>>(), [1]);
}

/// The regex package never takes more than linear time; what does not fit it is refused.
#[test]
fn a_hostile_pattern_ends() {
    let text = "a".repeat(100_000);
    let rule = "  s: {'X|re': '^(a+)+$'}\n  f: {'X|re': '(a*)*b'}\n  condition: s and not f";
    let started = std::time::Instant::now();
    assert!(holds_for(rule, &[("X", &text)]));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    let rules = load(&[(
        "big.yml",
        "
title: Big
logsource: {product: windows, service: security}
detection: {s: {'X|re': '((a{1000}){1000}){1000}'}, condition: s}
",
    )]);
    assert!(rules.rules().is_empty());
    assert!(rules.problems()[0].message.contains("size limit"), "{:?}", rules.problems());
}
