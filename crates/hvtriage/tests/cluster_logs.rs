//! Cluster logs tell what event logs tell, and what both tell counts once.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;

use hvtriage::{Diagnosis, Options, analyze};
use hvtriage_diagnosis::{Place, SourceKind};

const HEAD: &str = "[=== Cluster ===]\n\nBuild Number 17763\n\
    UTC = localtime + time zone offset;the time zone offset of this machine is 420 minutes, or 7 hours\n\
    The logs were generated using Coordinated Universal Time (UTC).\n\
    Current node: name (HV1) id (1)\n\n[=== Resources ===]\n\n[=== System ===]\n";

/// What happened: id, time of day, level in the log, message in it, values.
type Happened = (u32, &'static str, &'static str, &'static str, &'static [&'static str]);

const STORY: [Happened; 4] = [
    (
        1230,
        "10:00:05.123",
        "ERR ",
        "A component on the server did not respond in a timely fashion. This caused the cluster \
         resource 'Cluster Disk 1' (resource type 'Physical Disk', DLL 'clusres.dll') to exceed its \
         time-out threshold. As part of cluster health detection, recovery actions will be taken.",
        &["Cluster Disk 1", "Physical Disk", "clusres.dll"],
    ),
    (
        1135,
        "10:01:00.250",
        "ERR ",
        "Cluster node 'HV2' was removed from the active failover cluster membership. The Cluster \
         service on this node may have stopped.",
        &["HV2"],
    ),
    (
        5142,
        "10:01:10.999",
        "ERR ",
        "Cluster Shared Volume 'Volume1' ('Cluster Disk 1') is no longer accessible from this cluster \
         node because of error '(1460)'. Please troubleshoot.",
        &["Volume1", "Cluster Disk 1", "(1460)"],
    ),
    (
        1177,
        "10:02:00.000",
        "ERR ",
        "The Cluster service is shutting down because quorum was lost. This could be due to the loss",
        &[],
    ),
];

const TRACE: &str = "\
    00000f44.00000a58::2022/12/15-10:00:01.000 ERR   [RHS] RhsCall::DeadlockMonitor: Call ISALIVE timed \
    out by 16 milliseconds for resource 'Cluster Disk 1'.\n\
    000011d0.00000f80::2022/12/15-10:00:01.100 WARN  [RCM] rcm::RcmResource::HandleMonitorReply: \
    Resource 'Cluster Disk 1' has crashed or deadlocked; marking it to run in a separate monitor.\n\
    000011d0.00000f80::2022/12/15-10:01:59.900 ERR   lost quorum (status = 5925)\n";

fn log_of(with_messages: bool) -> Vec<u8> {
    let mut text = HEAD.to_owned();
    for (_, time, level, message, _) in STORY.iter().filter(|_| with_messages) {
        writeln!(text, "[System] 00000f44.00000a58::2022/12/15-{time} {level}  {message}").unwrap();
    }
    text += "[=== Cluster Logs ===]\n";
    text += TRACE;
    let units = std::iter::once(0xFEFF)
        .chain(text.replace('\n', "\r\n").encode_utf16().collect::<Vec<_>>());
    units.flat_map(u16::to_le_bytes).collect()
}

/// The System log of HV1 as `wevtutil` exports it.
fn export() -> Vec<u8> {
    let mut xml = String::from("<Events>");
    for (record, (id, time, .., values)) in (1_u32..).zip(STORY) {
        let data: String = values.iter().map(|value| format!("<Data>{value}</Data>")).collect();
        write!(
            xml,
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
             <Provider Name='Microsoft-Windows-FailoverClustering'/><EventID>{id}</EventID>\
             <Level>2</Level><TimeCreated SystemTime='2022-12-15T{time}4567Z'/>\
             <EventRecordID>{record}</EventRecordID><Channel>System</Channel>\
             <Computer>HV1.contoso.example</Computer></System><EventData>{data}</EventData></Event>"
        )
        .unwrap();
    }
    (xml + "</Events>").into_bytes()
}

fn diagnose(files: &[(&str, Vec<u8>)]) -> Diagnosis {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    analyze(&[folder.path()], &Options::default().jobs(1)).unwrap()
}

/// Rule, subject and number of citations of each finding; whether all are lines of a text.
fn findings(diagnosis: &Diagnosis) -> (Vec<(String, Option<String>, usize)>, bool) {
    let citations = diagnosis.findings.iter().flat_map(|finding| &finding.citations);
    let is_line = |place: &Place| matches!(place, Place::Line { .. });
    let are_lines = citations.clone().all(|one| is_line(&one.locator.place));
    let row = |finding: &hvtriage_diagnosis::Finding| {
        (finding.rule.clone(), finding.subject.clone(), finding.citations.len())
    };
    let mut rows: Vec<_> = diagnosis.findings.iter().map(row).collect();
    rows.sort();
    (rows, are_lines)
}

const RULES: [&str; 4] = ["CLUS-1135", "CLUS-1146-1230", "CLUS-1177", "CSV-5142"];

#[test]
fn a_cluster_log_alone_tells_what_the_system_log_does() {
    let of_log = diagnose(&[("HV1_cluster.log", log_of(true))]);
    let of_events = diagnose(&[("System.xml", export())]);
    let (rows, are_lines) = findings(&of_log);
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), RULES);
    assert!(are_lines);
    assert_eq!(rows, findings(&of_events).0);
    assert_eq!(of_log.incidents.len(), of_events.incidents.len());
    assert_eq!(of_log.tables.redirections.len(), 1);
    assert!(of_log.problems.is_empty(), "{:?}", of_log.problems);
    assert_eq!(of_log.sources.first().unwrap().kind, SourceKind::ClusterLog);
    let machine = of_log.machines.iter().find(|machine| machine.name == "HV1").unwrap();
    assert_eq!(machine.os_build, Some(17763));
}

#[test]
fn what_both_logs_tell_counts_once() {
    let both = [("HV1_cluster.log", log_of(true)), ("System.xml", export())];
    let of_events = diagnose(&[("System.xml", export())]);
    for trace_only in [false, true] {
        let mut files = both.clone();
        if trace_only {
            files = [("HV1_cluster.log", log_of(false)), ("System.xml", export())];
        }
        let of_both = diagnose(&files);
        let (rows, _) = findings(&of_both);
        assert_eq!(rows, findings(&of_events).0);
        assert_eq!(of_both.incidents.len(), of_events.incidents.len());
        assert_eq!(of_both.tables.redirections.len(), of_events.tables.redirections.len());
        let lines = of_both.findings.iter().flat_map(|finding| &finding.citations);
        let lines = lines.filter(|one| matches!(one.locator.place, Place::Line { .. }));
        assert_eq!(lines.count(), 0, "cited from the event log");
        // One machine, by its short and its full name.
        let hosts = of_both.machines.iter().filter(|one| one.name.starts_with("HV1")).count();
        assert_eq!(hosts, 1, "{:?}", of_both.machines);
    }
}

/// A log without a head may be in local time, and nothing in it says so: it is taken for UTC, and what it
/// tells half hours apart from the System log is the same.
#[test]
fn a_log_of_an_unknown_zone_does_not_tell_twice() {
    let of_west = TRACE.replace("-10:0", "-03:0").into_bytes();
    let alone = diagnose(&[("HV1_cluster.log", of_west.clone())]);
    assert_eq!(alone.findings.len(), 2);
    assert_eq!(alone.problems.len(), 1, "{:?}", alone.problems);
    let both = diagnose(&[("HV1_cluster.log", of_west), ("System.xml", export())]);
    assert_eq!(findings(&both), findings(&diagnose(&[("System.xml", export())])));
}

/// The same log in two collections.
#[test]
fn a_log_that_lies_there_twice_counts_once() {
    let mut longer = log_of(true);
    longer.extend("\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    let twice = diagnose(&[("HV1_cluster.log", log_of(true)), ("HV1_cluster_2.log", longer)]);
    let once = diagnose(&[("HV1_cluster.log", log_of(true))]);
    assert_eq!(findings(&twice), findings(&once));
}

/// Get-ClusterLog writes into the folders that collectors pack.
#[test]
fn a_log_in_an_archive_is_read() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("Reports/HV1_cluster.log", options).unwrap();
    std::io::Write::write_all(&mut archive, &log_of(true)).unwrap();
    let packed = diagnose(&[("logs.zip", archive.finish().unwrap().into_inner())]);
    let loose = diagnose(&[("HV1_cluster.log", log_of(true))]);
    assert_eq!(findings(&packed), findings(&loose));
}
