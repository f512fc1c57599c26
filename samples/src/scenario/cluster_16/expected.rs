//! What a right diagnosis says of the planted troubles: `expected.json`. The table here is the only place
//! where the scenario knows of rules; it is written from the story.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::truth::{Places, Proof, Trouble, quoted};

/// A finding for each group of proofs of some roles.
struct Row {
    trouble: &'static str,
    roles: &'static [&'static str],
    rule: &'static str,
    severity: &'static str,
    /// What parts the proofs into findings.
    per: Per,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Per {
    Machine,
    MachineAndSubject,
    /// A guest counts once, on whichever hosts it was seen.
    Guest,
}

const fn row(
    trouble: &'static str,
    roles: &'static [&'static str],
    rule: &'static str,
    severity: &'static str,
    per: Per,
) -> Row {
    Row { trouble, roles, rule, severity, per }
}

use Per::{Guest, Machine, MachineAndSubject};

const TROUBLES: [Row; 35] = [
    row("T01", &["stop in storvsc"], "KB2636573", "critical", Machine),
    row("T01", &["unclean restart"], "KP-41", "high", MachineAndSubject),
    row("T02", &["scanner loaded", "stop in the scanner"], "AV-EXCLUSIONS", "high", Machine),
    row("T02", &["stop in the scanner"], "CRASH-THIRD-PARTY", "high", Machine),
    row("T02", &["unclean restart"], "KP-41", "high", MachineAndSubject),
    row("T02", &["guest down with its host"], "KP-41", "high", Machine),
    row("T02", &["node removed"], "CLUS-1135", "high", MachineAndSubject),
    row("T03", &["filters on the volume"], "CSV-FILTER-5125", "high", MachineAndSubject),
    row("T03", &["volume redirected"], "CSV-REDIRECT-5121", "medium", MachineAndSubject),
    row("T04", &["volume lost"], "CSV-5142", "critical", MachineAndSubject),
    row("T04", &["volume paused"], "CSV-5120", "medium", MachineAndSubject),
    row("T04", &["requests retried"], "STORAGE-RESET", "low", Machine),
    row("T04", &["guest stop"], "guest-18590", "high", MachineAndSubject),
    row(
        "T04",
        &["guest stop without a dump"],
        "guest-storage-lost-18590",
        "high",
        MachineAndSubject,
    ),
    row("T04", &["stop for want of a disk"], "guest-storage-lost", "high", Machine),
    row("T04", &["unclean restart"], "KP-41", "high", MachineAndSubject),
    row("T05", &["older services"], "IC-OLDER-4130", "medium", Guest),
    row("T05", &["service one behind"], "IC-MISMATCH-4010", "low", Guest),
    row("T06", &["no right to log on"], "KB2779204", "medium", Machine),
    row("T06", &["refused by the destination"], "KB2779204-SOURCE", "medium", Machine),
    row("T06", &["migration failed"], "LM-FAILED", "medium", MachineAndSubject),
    row("T07", &["unfit processors"], "KB2974384", "medium", MachineAndSubject),
    row("T08", &["volume nearly full"], "VMMS-16050", "medium", MachineAndSubject),
    row("T08", &["guest paused"], "VMMS-16060", "high", MachineAndSubject),
    row("T09", &["guest stop"], "guest-18590", "high", MachineAndSubject),
    row("T10", &["configuration held"], "KB961804", "high", MachineAndSubject),
    row("T10", &["scanner loaded"], "AV-EXCLUSIONS", "medium", Machine),
    row("T11", &["unclean restart"], "KP-41", "high", MachineAndSubject),
    row("T11", &["dump not saved"], "DUMP-WER", "medium", Machine),
    row("T11", &["no place for a dump"], "KB2756313", "low", Machine),
    row("T11", &["node removed"], "CLUS-1135", "high", MachineAndSubject),
    row("T12", &["stop by the cluster"], "STOP-9E", "critical", Machine),
    row("T12", &["resource hung"], "CLUS-1146-1230", "high", Machine),
    row("T12", &["unclean restart"], "KP-41", "high", MachineAndSubject),
    row("T12", &["node removed"], "CLUS-1135", "high", MachineAndSubject),
];

/// What leads the incident of a trouble: the cause, not what it did to others.
const LEADS: [(&str, &str, &str); 12] = [
    ("T01", "stop in storvsc", "KB2636573"),
    ("T02", "stop in the scanner", "CRASH-THIRD-PARTY"),
    ("T03", "filters on the volume", "CSV-FILTER-5125"),
    ("T04", "volume lost", "CSV-5142"),
    ("T05", "older services", "IC-OLDER-4130"),
    ("T06", "no right to log on", "KB2779204"),
    ("T07", "unfit processors", "KB2974384"),
    ("T08", "guest paused", "VMMS-16060"),
    ("T09", "guest stop", "guest-18590"),
    ("T10", "configuration held", "KB961804"),
    ("T11", "unclean restart", "KP-41"),
    ("T12", "stop by the cluster", "STOP-9E"),
];

/// What may be said of the decoys.
const DECOYS: [Row; 5] = [
    row("T03", &["redirection asked for"], "CSV-REDIRECT-5136", "info", MachineAndSubject),
    row("T04", &["volume paused for its snapshot"], "CSV-5120", "low", MachineAndSubject),
    row("T05", &["service of Linux"], "KB2956569", "info", Guest),
    row("T06", &["migration failed once"], "LM-FAILED", "low", MachineAndSubject),
    row("T07", &["no queue left"], "KB3001783-MAX", "info", Machine),
];

/// More of one group need not be cited.
const CITED: usize = 4;

/// The text of `expected.json`.
pub(super) fn expected(troubles: &[Trouble], places: &Places) -> String {
    let mut findings = Vec::new();
    for row in &TROUBLES {
        findings.extend(of_row(row, troubles, places, true));
    }
    for row in &DECOYS {
        findings.extend(of_row(row, troubles, places, false));
    }
    let mut text = String::from("{\n  \"story\": ");
    text.push_str(&quoted(STORY));
    let _ = write!(text, ",\n  \"findings\": [\n{}\n  ],\n", findings.join(",\n"));
    let befallen = troubles.iter().filter(|trouble| !trouble.guests.is_empty()).map(|trouble| {
        let guests: Vec<String> = trouble.guests.iter().map(|name| quoted(name)).collect();
        format!("    {}: [{}]", quoted(trouble.id), guests.join(", "))
    });
    let befallen: Vec<String> = befallen.collect();
    let _ = write!(text, "  \"guests_of\": {{\n{}\n  }},\n", befallen.join(",\n"));
    let absent: Vec<String> = ABSENT.iter().map(|rule| format!("    {}", quoted(rule))).collect();
    let _ = write!(text, "  \"absent_rules\": [\n{}\n  ],\n", absent.join(",\n"));
    text.push_str("  \"guests\": [],\n  \"crashes\": [],\n  \"problems\": [],\n");
    text.push_str("  \"incidents\": null\n}\n");
    text
}

const STORY: &str = "Sixteen hosts of two clusters with four hundred guests, two weeks, twelve troubles and \
                     what only looks like them.";

/// Rules whose conditions the decoys touch.
const ABSENT: [&str; 9] = [
    "EVENTLOG-6008",
    "WER-1001",
    "IC-INCOMPATIBLE-4000",
    "guest-storvsc-generic",
    "guest-triple-fault",
    "KB73596",
    "SEC-MS15-068",
    "SEC-MS15-105",
    "SEC-MS16-045",
];

fn of_row(row: &Row, troubles: &[Trouble], places: &Places, is_trouble: bool) -> Vec<String> {
    let Some(trouble) = troubles.iter().find(|trouble| trouble.id == row.trouble) else {
        return Vec::new();
    };
    let proofs = if is_trouble { &trouble.proofs } else { &trouble.decoys };
    let mut groups: BTreeMap<(Option<&str>, Option<&str>), Vec<&Proof>> = BTreeMap::new();
    for proof in proofs.iter().filter(|proof| row.roles.contains(&proof.role)) {
        let machine = (row.per != Guest).then_some(proof.machine.as_str());
        let subject = proof.subject.as_deref().filter(|_| row.per != Machine);
        groups.entry((machine, subject)).or_default().push(proof);
    }
    let findings = groups
        .into_iter()
        .map(|((_, subject), proofs)| finding(row, subject, &proofs, places, is_trouble));
    findings.collect()
}

fn finding(
    row: &Row,
    subject: Option<&str>,
    proofs: &[&Proof],
    places: &Places,
    is_trouble: bool,
) -> String {
    let machines: BTreeSet<&str> = proofs.iter().map(|proof| proof.machine.as_str()).collect();
    let machines: Vec<String> = machines.into_iter().map(quoted).collect();
    let machine = match machines.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let cites = proofs.iter().filter_map(|proof| proof.cited(places)).take(CITED);
    let cites: Vec<String> = cites.map(|place| format!("        {}", quoted(&place))).collect();
    let mut text = String::from("    {\n");
    let _ = writeln!(text, "      \"rule\": {},", quoted(row.rule));
    let _ = writeln!(text, "      \"severity\": {},", quoted(row.severity));
    let _ = writeln!(text, "      \"machine\": {machine},");
    if let Some(subject) = subject {
        let _ = writeln!(text, "      \"subject\": {},", quoted(subject));
    }
    if is_trouble {
        let _ = writeln!(text, "      \"trouble\": {},", quoted(row.trouble));
        let leads = LEADS.iter().any(|(trouble, role, rule)| {
            *trouble == row.trouble && row.roles.contains(role) && *rule == row.rule
        });
        let _ = writeln!(text, "      \"leads\": {leads},");
    }
    let _ = write!(text, "      \"cites\": [\n{}\n      ]\n    }}", cites.join(",\n"));
    text
}
