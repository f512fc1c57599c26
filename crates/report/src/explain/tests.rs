use hvtriage_diagnosis::RuleSet;

use super::*;
use crate::text::page::TextStyle;

fn told(word: &str) -> Result<String, String> {
    let rules = RuleSet::catalogue().unwrap();
    let told = |provider: &str, id: u32| -> Vec<(&'static str, &'static [&'static str])> {
        let kind = match (provider, id) {
            ("Microsoft-Windows-Hyper-V-Worker", 18590) => "guest_crash",
            ("Microsoft-Windows-Hyper-V-Worker", 18500) => "vm_state",
            ("EventLog", 6009) | ("Microsoft-Windows-Kernel-General", 12) => "os_version",
            ("Microsoft-Windows-Hyper-V-VMMS", 14094) => "hyper_v_host",
            _ => return Vec::new(),
        };
        vec![(kind, [].as_slice())]
    };
    let subject = Subject::find(word, &rules, &told)?;
    let mut out = Vec::new();
    write_subject(&subject, TextStyle::default(), &mut out).unwrap();
    Ok(String::from_utf8(out).unwrap())
}

/// Names as in Microsoft's reference of bug checks and in `winerror.h`.
#[test]
fn codes_rules_and_events_are_found() {
    for (word, begin) in [
        ("0xD1", "STOP 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL\n"),
        ("0x000000d1", "STOP 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL\n"),
        ("0x1000007E", "STOP 0x7E  SYSTEM_THREAD_EXCEPTION_NOT_HANDLED\n"),
        ("driver_irql_not_less_or_equal", "STOP 0xD1  "),
        ("0x80070020", "0x80070020  ERROR_SHARING_VIOLATION\n"),
        ("kb2636573", "KB2636573  Guest of 2008 R2 stops with 0xD1"),
        ("Hyper-V-Worker/18590", "Microsoft-Windows-Hyper-V-Worker  event 18590"),
        ("microsoft-windows-hyper-v-worker/18590", "Microsoft-Windows-Hyper-V-Worker  event"),
    ] {
        let text = told(word).unwrap();
        assert!(text.starts_with(begin), "{word}: {text}");
    }
    assert!(told("0xD1").unwrap().contains("rule KB2636573"));
    assert!(told("18590").unwrap().contains("Microsoft-Windows-Hyper-V-Worker  event 18590"));
}

/// As `winerror.h` and `ntstatus.h` number them.
#[test]
fn an_error_is_told_by_name_and_by_number() {
    let timeout = "0x000005B4  ERROR_TIMEOUT\n  Win32 error 1460, in events also 0x800705B4\n";
    for (word, wanted) in [
        ("ERROR_TIMEOUT", timeout),
        ("error_timeout", timeout),
        ("1460", timeout),
        ("0x800705B4", "0x800705B4  ERROR_TIMEOUT\n  Win32 error 1460\n"),
        ("STATUS_IO_TIMEOUT", "0xC00000B5  STATUS_IO_TIMEOUT\n"),
        ("VSS_E_BAD_STATE", "0x80042301  VSS_E_BAD_STATE\n"),
    ] {
        assert_eq!(told(word).unwrap(), wanted, "{word}");
    }
    assert!(told("ERROR_TIMEOUTT").is_err());
}

/// The catalogue raises KB2636573 to critical and to high confidence where a migration is found beside the dump.
#[test]
fn a_rule_says_what_its_findings_may_be_raised_to() {
    let text = told("KB2636573").unwrap();
    let told = "high severity, low confidence, theme crash\n  what is found beside that may raise it: up \
                to critical severity and high confidence\n";
    assert!(text.contains(told), "{text}");
}

/// In the catalogue guest-18590 is `when` of it, and KB2636573 is `supported_by` it. FailoverClustering
/// 1069 is asked for as it stands. 18602 of the worker is none of both.
#[test]
fn an_event_names_the_rules_that_use_it() {
    let text = told("Hyper-V-Worker/18590").unwrap();
    assert!(text.contains("\n  rule guest-18590  "), "{text}");
    let beside = text.split("also used by").nth(1).unwrap();
    assert!(beside.contains("KB2636573") && !beside.contains("guest-18590"), "{text}");
    assert!(told("FailoverClustering/1069").unwrap().contains("KB2913486"));
    assert!(!told("Hyper-V-Worker/18602").unwrap().contains("KB2636573"));
}

/// No rule asks for these events, but all that test the build of a machine, or lay a guest's failure to its
/// host, rest on them.
#[test]
fn an_event_that_no_rule_asks_for_says_what_rules_know_by_it() {
    for (word, tells, shown) in [
        ("EventLog/6009", "the build of the machine", "not by itself, but by what it tells"),
        ("Kernel-General/12", "the build of the machine", "in the timeline of an incident"),
        ("Hyper-V-VMMS/14094", "that the machine is a host", "in the timeline of an incident"),
        ("Hyper-V-Worker/18500", "on which host a guest is", "in the timeline of an incident"),
    ] {
        let text = told(word).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("it tells {tells}")), "{text}");
        assert!(text.contains(&format!("in a report {shown}")), "{text}");
        assert!(!text.contains("no rule looks at it"), "{text}");
    }
    // What nothing is known by.
    assert!(!told("Hyper-V-Worker/18602").unwrap().contains("it tells"));
}

/// No text for people has a name of the rule language in it.
#[test]
fn a_rule_says_in_words_what_it_looks_at() {
    let rules = RuleSet::catalogue().unwrap();
    for rule in rules.rules() {
        let text = told(&rule.id).unwrap();
        let head = text.split("what it means").next().unwrap();
        for kind in rule.kinds().into_iter().filter(|kind| kind.contains('_')) {
            assert!(!head.contains(kind), "{kind}: {text}");
        }
        let looks = head.split("looks at").nth(1).unwrap().trim();
        assert!(!looks.is_empty(), "{text}");
    }
    let stopped = told("KB2913486").unwrap();
    let wanted = "event 1069 or 21128 of Hyper-V-High-Availability or FailoverClustering";
    let stopped = stopped.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(stopped.contains(wanted), "{stopped}");
    assert!(stopped.contains("beside that a dump that was not saved"), "{stopped}");
    let restart = told("KP-41").unwrap();
    assert!(restart.contains("\n                If no dump was saved: Look at"), "{restart}");
}

#[test]
fn what_may_have_been_meant_is_said() {
    for (word, wanted) in [
        ("KB2636537", "did you mean 'KB2636573'?"),
        ("DRIVER_IRQL_NOT_LES_OR_EQUAL", "did you mean 'DRIVER_IRQL_NOT_LESS_OR_EQUAL'?"),
        ("Hyper-V-Wroker/18590", "did you mean 'Hyper-V-Worker/18590'?"),
        ("Hyper-V-Worker/65535", "event 65535 of Hyper-V-Worker is not known"),
        ("Hyper-V-Worker/x", "'x' is no id of an event"),
        ("0xFFFFFFFFF", "is no code of 32 bits"),
        ("0xx", "is no code of 32 bits"),
        ("", "nothing is known of ''"),
        ("65535", "a STOP code begins with 0x"),
        ("D1", "did you mean STOP 0xD1?"),
        ("d1", "did you mean STOP 0xD1?"),
        // 0xD1 is 13 times 16, and 1.
        ("209", "no event 209 is known; 209 is 0xD1: did you mean STOP 0xD1?"),
    ] {
        let error = told(word).unwrap_err();
        assert!(error.contains(wanted), "{word}: {error}");
    }
}
