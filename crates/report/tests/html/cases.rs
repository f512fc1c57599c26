//! Diagnoses that a page must stand: a big one, and one whose every name is hostile.

use hvtriage_diagnosis::{
    Citation, CitedField, Confidence, CoveredLog, Diagnosis, Finding, GuestAttention, GuestTrouble,
    Harmless, Incident, IntegrationState, Locator, MissingLog, Moment, MomentKind, Place, Problem,
    RuleOrigin, Severity, Source, SourceKind, Tables, Verdict,
};
use hvtriage_winfmt::{FileOffset, FileTime};

/// 5,000 findings in 500 incidents, and 2,000 guests on 64 hosts.
pub(crate) fn large() -> Diagnosis {
    let findings: Vec<Finding> =
        (0..5000).map(|number| finding(&large_name(number), number)).collect();
    let incidents = (0..500).map(|number| {
        let findings = (number * 10..number * 10 + 10).collect();
        incident(&large_name(number), number, findings)
    });
    Diagnosis {
        incidents: incidents.collect(),
        findings,
        guests: (0..2000).map(|number| guest(&format!("VM{number:04}"), number)).collect(),
        coverage: (0..640).map(|number| covered(&large_name(number / 10), number)).collect(),
        sources: (0..640).map(|number| source(&format!("HV{number}/System.evtx"))).collect(),
        ..Diagnosis::default()
    }
}

fn large_name(number: usize) -> String {
    format!("HV{:02}.contoso.example", number % 64)
}

/// What a name of evidence may be to do harm to who opens the page.
pub(crate) const HOSTILE: [&str; 9] = [
    "<script>window.harmed = 1</script>",
    "\"></td><img src=x onerror=\"window.harmed = 1\">",
    "</script><script>window.harmed = 1</script>",
    "<!--<script>",
    "' onmouseover='window.harmed = 1",
    "\u{202e}gpj.exe\u{2066}",
    "nul\0bell\u{7}\u{1b}[2J\u{2028}\u{2029}",
    "=HYPERLINK(\"http://example.com/\",\"x\")",
    "{{ 7 * 7 }}${7 * 7}&lt;b&gt;</style>",
];

/// Every text is one of the hostile ones.
pub(crate) fn hostile() -> Diagnosis {
    let each = || HOSTILE.iter().enumerate();
    let findings: Vec<Finding> = each()
        .map(|(number, name)| Finding {
            rule: (*name).into(),
            title: (*name).into(),
            subject: Some((*name).into()),
            explain: (*name).into(),
            remedy: (*name).into(),
            references: vec![
                "javascript:window.harmed = 1".into(),
                "https://example.com/\" onclick=\"window.harmed = 1".into(),
                (*name).into(),
            ],
            false_positives: vec![(*name).into()],
            ..finding(name, number)
        })
        .collect();
    Diagnosis {
        incidents: each().map(|(number, name)| incident(name, number, vec![number])).collect(),
        findings,
        guests: each().map(|(number, name)| guest(name, number)).collect(),
        coverage: each().map(|(number, name)| covered(name, number)).collect(),
        sources: HOSTILE.iter().map(|name| source(name)).collect(),
        problems: HOSTILE.iter().map(|name| Problem::new(*name, *name).hint(*name)).collect(),
        missing: HOSTILE.iter().map(|name| missing(name)).collect(),
        tables: troubles(each().map(|(number, name)| trouble(name, number)).collect()),
        ..Diagnosis::default()
    }
}

fn at(number: usize) -> FileTime {
    let start: FileTime = "2016-11-01T00:00:00Z".parse().unwrap();
    start.saturating_add_seconds(number as u64 * 60)
}

fn locator(source: &str, number: usize) -> Locator {
    let (id, offset) = (number as u64, FileOffset(0x1000 + number as u64));
    Locator { source: source.into(), place: Place::Record { id, offset } }
}

fn finding(machine: &str, number: usize) -> Finding {
    const SEVERITIES: [Severity; 4] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    Finding {
        rule: format!("RULE-{}", number % 40),
        title: format!("Something of the kind {} happened", number % 40),
        origin: RuleOrigin::Catalogue,
        theme: None,
        severity: SEVERITIES[(number * 4 / 5000).min(3)],
        confidence: Confidence::High,
        machine: machine.into(),
        subject: None,
        time: Some(at(number)),
        last_time: Some(at(number)),
        count: 1,
        message: format!("{machine}: number {number} of what happened, told in one sentence."),
        explain: format!("What it means, for the kind {}.", number % 40).repeat(8),
        remedy: "What to do about it.".into(),
        references: vec!["https://support.microsoft.com/help/2636573".into()],
        false_positives: Vec::new(),
        citations: (0..4)
            .map(|index| Citation {
                locator: locator(&format!("{machine}/System.evtx"), number + index),
                time: Some(at(number + index)),
                role: "event".into(),
                note: format!("{machine} told it (event {})", 1000 + index),
                message: None,
                fields: vec![
                    CitedField::new("event.id", &(1000 + index).to_string()),
                    CitedField::new("VmName", &format!("vm-{number}")),
                ],
            })
            .collect(),
    }
}

fn incident(machine: &str, number: usize, findings: Vec<usize>) -> Incident {
    const KINDS: [MomentKind; 4] =
        [MomentKind::Migration, MomentKind::Storage, MomentKind::Stop, MomentKind::Start];
    let timeline = KINDS.iter().enumerate().map(|(index, kind)| Moment {
        time: at(number + index),
        last_time: at(number + index),
        count: 1,
        machine: machine.into(),
        vms: Vec::new(),
        text: format!("{machine}: what happened"),
        kind: *kind,
        is_about_that_time: index == 3,
        citation: locator(&format!("{machine}/System.evtx"), number + index),
    });
    Incident {
        title: format!("Incident of {machine}"),
        machine: machine.into(),
        severity: Severity::Critical,
        confidence: Confidence::High,
        start: Some(at(number)),
        end: Some(at(number + 3)),
        findings,
        vms: vec![machine.into()],
        machines: vec![machine.into()],
        part_of: None,
        timeline: timeline.collect(),
        summary: format!("{machine} stopped. First: look."),
    }
}

fn guest(name: &str, number: usize) -> GuestAttention {
    GuestAttention {
        vm_name: name.into(),
        vm_id: None,
        hosts: vec![large_name(number)],
        service: "Heartbeat".into(),
        negotiated: Some(format!("{}.{}", number % 7, number % 3)),
        expected: Some("3.0".into()),
        framework_negotiated: None,
        framework_expected: None,
        runs: None,
        os_build: None,
        integration_version: None,
        guest_build: None,
        host_build: Some(9600),
        state: IntegrationState::Older,
        first_seen: Some(at(number)),
        last_seen: Some(at(number + 1)),
        count: number as u64 + 1,
        harmless: Harmless::No,
        verdict: if number.is_multiple_of(2) { Verdict::Outdated } else { Verdict::Incompatible },
        advice: Some("Update its integration services."),
        system: "unknown",
        os_name: Some(name.into()),
        computer: Some(name.into()),
        shows: None,
        guest_update: None,
        host_update: None,
        history: Vec::new(),
        citation: locator("HV1/Hyper-V-Integration.evtx", number),
    }
}

/// Tables in which nothing but guests is.
pub(crate) fn troubles(guest_troubles: Vec<GuestTrouble>) -> Tables {
    let mut tables = Tables::default();
    tables.guest_troubles = guest_troubles;
    tables
}

/// What happened to a guest.
pub(crate) fn trouble(guest: &str, number: usize) -> GuestTrouble {
    GuestTrouble {
        guest: guest.into(),
        vm_id: None,
        what: format!("was harmed by {guest}"),
        count: 2,
        first: Some(at(number)),
        last: None,
        hosts: vec![guest.into()],
        stops: Vec::new(),
        citations: vec![locator(&format!("{guest}/System.evtx"), number)],
    }
}

fn missing(machine: &str) -> MissingLog {
    let [machine, what, reason] = [machine; 3].map(str::to_owned);
    MissingLog { machine, what, reason, is_lost: false }
}

fn covered(machine: &str, number: usize) -> CoveredLog {
    CoveredLog {
        machine: machine.into(),
        channel: format!("Microsoft-Windows-Log{}/Admin", number % 10),
        events: 1000,
        first_time: Some(at(number)),
        last_time: Some(at(number + 5000)),
        sources: Vec::new(),
        is_damaged: false,
    }
}

fn source(name: &str) -> Source {
    Source { copies: vec![name.into()], ..Source::new(name, SourceKind::EventLog, 69_632) }
}
