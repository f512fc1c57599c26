//! Which events a rule sees: those of its own log source, and no others.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_sigma::{Loader, SigmaRules, WindowsEvent};

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

fn load(rules: &[String]) -> SigmaRules {
    let mut loader = Loader::default();
    for (number, rule) in rules.iter().enumerate() {
        loader.add(&format!("{number}.yml"), rule);
    }
    loader.finish()
}

fn rule(title: &str, source: &str, detection: &str) -> String {
    format!("title: {title}\nlogsource: {{product: windows, {source}}}\ndetection: {detection}\n")
}

fn titles(rules: &SigmaRules, event: &WindowsEvent<'_>) -> Vec<String> {
    let found = rules.matches(event).unwrap();
    found.iter().map(|one| rules.rules()[one.rule].title.clone()).collect()
}

fn requests(rules: &SigmaRules) -> BTreeMap<&'static str, Vec<u32>> {
    let mut requests: BTreeMap<&'static str, Vec<u32>> = BTreeMap::new();
    for request in rules.requests() {
        requests.entry(request.channel).or_default().extend(request.ids);
    }
    requests
}

/// A rule of nothing but a negation holds for every event that it is shown.
#[test]
fn a_negation_holds_in_its_own_log_only() {
    let nothing = "{f: {NoSuchField: x}, condition: not f}";
    let rules = load(&[
        rule("system", "service: system", nothing),
        rule("security", "service: security", nothing),
        rule("file_event", "category: file_event", nothing),
        rule("sysmon", "service: sysmon", nothing),
        rule("powershell", "service: powershell", nothing),
    ]);
    let seen_by =
        |channel, id| titles(&rules, &WindowsEvent { channel, id, ..WindowsEvent::default() });
    assert_eq!(seen_by("System", 7045), ["system"]);
    assert_eq!(seen_by("SECURITY", 4624), ["security"]);
    assert_eq!(seen_by(SYSMON, 11), ["file_event", "sysmon"]);
    assert_eq!(seen_by(SYSMON, 1), ["sysmon"]);
    assert_eq!(seen_by("PowerShellCore/Operational", 4104), ["powershell"]);
    for other in
        ["Application", "Windows PowerShell", "", "Systems", "Microsoft-Windows-Hyper-V-VMMS-Admin"]
    {
        assert_eq!(seen_by(other, 1), [""; 0], "{other}");
    }
}

/// A rule answers the same for an event whether others are loaded beside it or not, and whatever
/// stands in the request is what it can hold for.
#[test]
fn rules_do_not_see_each_other() {
    let detections = [
        "{s: {EventID: [1, 7045]}, condition: s}",
        "{s: {'A|contains': x}, condition: s}",
        "{s: {A: null}, condition: s}",
        "{s: {EventID: 11}, f: {A: x}, condition: s and not f}",
        "{f: {'A|startswith': x}, condition: not f}",
        "{w: [axb, yy], condition: w}",
        "{a_1: {EventID: 1}, a_2: {A: y}, condition: 1 of a_*}",
    ];
    let sources = [
        "service: system",
        "service: security",
        "service: sysmon",
        "category: file_event",
        "category: process_creation",
        "service: application",
    ];
    let mut all = Vec::new();
    for source in sources {
        for detection in detections {
            all.push(rule(
                &format!("{source} {detection}").replace([':', '{', '}', '[', ']', ','], "_"),
                source,
                detection,
            ));
        }
    }
    let together = load(&all);
    assert_eq!(together.rules().len(), all.len(), "{:?}", together.problems());
    let alone: Vec<SigmaRules> = all.iter().map(|rule| load(std::slice::from_ref(rule))).collect();
    let mut held = BTreeSet::new();
    for channel in ["System", "Security", SYSMON, "Application", "Setup"] {
        for id in [1, 11, 4688, 7045] {
            for value in ["x", "axb", "y", ""] {
                let values = vec![(Some("A"), value)];
                let event = WindowsEvent { channel, id, values, ..WindowsEvent::default() };
                let mut one_by_one: Vec<String> = Vec::new();
                for rule in &alone {
                    let titles = titles(rule, &event);
                    let wanted = rule.requests().any(|request| {
                        request.channel == channel
                            && (request.ids.is_empty() || request.ids.contains(&id))
                    });
                    assert!(wanted || titles.is_empty(), "{titles:?} was not asked for");
                    held.extend(titles.clone());
                    one_by_one.extend(titles);
                }
                assert_eq!(titles(&together, &event), one_by_one, "{event:?}");
            }
        }
    }
    // The comparison is worth something: most of the rules hold for some of the events.
    assert!(held.len() >= all.len() * 3 / 4, "{} of {}", held.len(), all.len());
}

#[test]
fn events_are_asked_for_by_id_where_the_rules_name_ids() {
    let rules = load(&[
        rule("a", "service: security", "{s: {EventID: 4720}, condition: s}"),
        rule("b", "service: security", "{s: {EventID: [1102, 4720]}, condition: s}"),
        rule("c", "category: process_creation", "{s: {'CommandLine|contains': x}, condition: s}"),
        rule("d", "service: system", "{s: {A: 1}, condition: s}"),
    ]);
    let requests = requests(&rules);
    let expected = [
        (SYSMON, vec![1]),
        ("Security", vec![1102, 4720, 4688]),
        // One rule that may hold for any event wants them all.
        ("System", vec![]),
    ];
    assert_eq!(requests, BTreeMap::from(expected));
}

/// Event 4688 has a name, a parent and a command line. A rule that lets something pass by what only
/// Sysmon logs would let nothing pass.
#[test]
fn process_creation_is_audited_too_where_that_is_enough() {
    let rules = load(&[
        rule(
            "image",
            "category: process_creation",
            "{s: {'Image|endswith': '\\a.exe'}, condition: s}",
        ),
        rule(
            "signed",
            "category: process_creation",
            "{s: {'Image|endswith': '\\a.exe'}, f: {Company: Microsoft}, condition: s and not f}",
        ),
        rule(
            "parent",
            "category: process_creation",
            "{s: {'Image|endswith': '\\a.exe'}, f: {'ParentImage|endswith': '\\b.exe'}, condition: s and not f}",
        ),
    ]);
    let created = |channel, id, image, parent| {
        let (image_name, parent_name) = match channel {
            "Security" => ("NewProcessName", "ParentProcessName"),
            _ => ("Image", "ParentImage"),
        };
        let values = vec![(Some(image_name), image), (Some(parent_name), parent)];
        titles(&rules, &WindowsEvent { channel, id, values, ..WindowsEvent::default() })
    };
    let (a, b) = (r"C:\a.exe", r"C:\b.exe");
    assert_eq!(created(SYSMON, 1, a, a), ["image", "signed", "parent"]);
    assert_eq!(created("Security", 4688, a, a), ["image", "parent"]);
    assert_eq!(created("Security", 4688, a, b), ["image"]);
    assert_eq!(created("Security", 4688, b, b), [""; 0]);
    assert_eq!(created("Security", 4689, a, a), [""; 0]);
    // Who is asked shows what it saw, by the rule's name for it.
    let values = vec![(Some("NewProcessName"), a)];
    let event = WindowsEvent { channel: "Security", id: 4688, values, ..WindowsEvent::default() };
    let found = rules.matches(&event).unwrap();
    assert_eq!(rules.shown(found[0], &event), [("Image", a.to_owned())]);
}

/// Names of the channels: section 2 of `hyperv_events.md`.
#[test]
fn services_of_hyper_v_are_their_channels() {
    let nothing = "{f: {NoSuchField: x}, condition: not f}";
    let rules = load(&[
        rule("vmms", "service: hyper-v-vmms", nothing),
        rule("worker", "service: hyper-v-worker", nothing),
        rule("cluster", "service: hyper-v-high-availability", nothing),
    ]);
    let seen_by =
        |channel| titles(&rules, &WindowsEvent { channel, id: 1, ..WindowsEvent::default() });
    assert_eq!(seen_by("Microsoft-Windows-Hyper-V-VMMS-Admin"), ["vmms"]);
    assert_eq!(seen_by("Microsoft-Windows-Hyper-V-Worker-Admin"), ["worker"]);
    assert_eq!(seen_by("Microsoft-Windows-Hyper-V-High-Availability-Admin"), ["cluster"]);
    assert!(seen_by("Microsoft-Windows-Hyper-V-Config-Admin").is_empty());
}
