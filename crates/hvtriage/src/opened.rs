//! What a file is, by its content.

use std::path::Path;

use hvtriage_crashdump::DumpFormat;
use hvtriage_diagnosis::Problem;
use hvtriage_eventlog::LogFormat;
use hvtriage_inventory::InventoryFormat;
use hvtriage_winfmt::decode_text;

use crate::Progress;
use crate::archive::{self, ArchiveKind};
use crate::discover::Candidate;
use crate::map::FileBytes;
use crate::reason_of;

/// What a file is.
#[derive(Debug)]
pub(crate) enum Opened {
    Evidence(EvidenceKind, FileBytes),
    Archive(ArchiveKind, FileBytes),
    /// Nothing that is read.
    Other,
}

/// What kind of evidence a file is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EvidenceKind {
    Log(LogFormat),
    Dump(DumpFormat),
    Inventory(InventoryFormat),
    /// The text log of the cluster service.
    ClusterLog,
}

/// A piece of evidence that is open.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) name: String,
    pub(crate) kind: EvidenceKind,
    pub(crate) bytes: FileBytes,
}

/// Opens a file and looks what it is.
pub(crate) fn open(candidate: &Candidate, progress: &Progress) -> Result<Opened, Problem> {
    let bytes = FileBytes::open(&candidate.path).map_err(|error| {
        let message = format!("cannot be opened: {}", reason_of(&error));
        Problem::new(candidate.name.clone(), message).hint("check its permissions")
    })?;
    if let Some(kind) = archive::identify(&bytes) {
        return Ok(Opened::Archive(kind, bytes));
    }
    if let Some(kind) = kind_of(&bytes) {
        return Ok(Opened::Evidence(kind, bytes));
    }
    progress.done(bytes.len() as u64);
    match not_what_its_name_says(&candidate.name, &bytes) {
        Some(problem) => Err(problem),
        None => Ok(Opened::Other),
    }
}

/// What kind of evidence `bytes` are. The beginning of a file is enough to tell.
pub(crate) fn kind_of(bytes: &[u8]) -> Option<EvidenceKind> {
    // The logs in it would be taken for one log with a damaged beginning.
    if archive::unread(bytes).is_some() {
        return None;
    }
    let log = || hvtriage_eventlog::identify(bytes).map(EvidenceKind::Log);
    let dump = || hvtriage_crashdump::identify(bytes).map(EvidenceKind::Dump);
    let inventory = || hvtriage_inventory::identify(bytes).map(EvidenceKind::Inventory);
    let cluster = || hvtriage_clusterlog::identify(bytes).then_some(EvidenceKind::ClusterLog);
    log().or_else(dump).or_else(inventory).or_else(cluster)
}

/// Whether the file at `path` is evidence: a log, a dump or an inventory, by its content.
///
/// A program that writes into a folder it also reads should not write over such a file.
#[must_use]
pub fn is_evidence(path: &Path) -> bool {
    FileBytes::open(path)
        .is_ok_and(|bytes| kind_of(&bytes).is_some() || archive::identify(&bytes).is_some())
}

/// A file that is called like evidence or an archive and is none, or an archive that is not read.
pub(crate) fn not_what_its_name_says(name: &str, bytes: &[u8]) -> Option<Problem> {
    let problem = |message: String, hint: &str| Problem::new(name, message).hint(hint);
    if let Some(kind) = archive::unread(bytes) {
        let hint = "unpack it and analyze the folder";
        return Some(problem(format!("is {kind}, which is not read"), hint));
    }
    if archive::has_ending(name, &["zip"]) && archive::is_last_of_split(bytes) {
        let message = "is the last part of a zip archive that was split, which is not read";
        return Some(problem(message.into(), "join the parts (zip -s 0) and analyze the result"));
    }
    if is_table_of_events(bytes) {
        let message = "is a table of events (CSV), which is not read: its times have no zone";
        return Some(problem(message.into(), "ask for the log itself (wevtutil export-log)"));
    }
    let (like, begins) = if is_named_like_evidence(name) {
        ("evidence", "a log or dump does")
    } else if archive::is_named_like_archive(name) {
        ("an archive", "one does")
    } else {
        return None;
    };
    let what =
        if bytes.is_empty() { "is empty".into() } else { format!("does not begin as {begins}") };
    Some(problem(
        format!("is named like {like} but {what}"),
        "ask for the file again; a copy made while it was written is often empty or zeroed",
    ))
}

/// A table of events: what `Export-Csv` writes of `Get-WinEvent` and `Get-EventLog`, or the Event Viewer in
/// English. Some people choose columns, and some viewers write tabs.
fn is_table_of_events(bytes: &[u8]) -> bool {
    const HEAD_BYTES: usize = 1024;
    const TIMES: [&str; 4] = ["TimeCreated", "TimeGenerated", "TimeWritten", "Date and Time"];
    const IDS: [&str; 4] = ["Id", "EventId", "InstanceId", "Event ID"];
    // A letter, a quote, the class of PowerShell, or a mark of the byte order.
    let may_be = |byte: &u8| matches!(byte, b'"' | b'#' | b'A'..=b'Z' | 0xEF | 0xFE | 0xFF);
    if !bytes.first().is_some_and(may_be) {
        return false;
    }
    let head = decode_text(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).text;
    let head = head.trim_start_matches('\u{feff}');
    let columns = head.lines().find(|line| !line.starts_with("#TYPE")).unwrap_or_default();
    let names: Vec<&str> =
        columns.split([',', ';', '\t']).map(|name| name.trim().trim_matches('"')).collect();
    let has_one =
        |of: &[&str]| of.iter().any(|it| names.iter().any(|at| at.eq_ignore_ascii_case(it)));
    has_one(&TIMES) && has_one(&IDS)
}

fn is_named_like_evidence(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut ends = [".evtx", ".evt", ".dmp", ".mdmp", ".hdmp", "_cluster.log"].iter();
    ends.any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, bytes: &[u8]) -> Option<String> {
        not_what_its_name_says(name, bytes).map(|problem| problem.message)
    }

    /// The columns of PowerShell's two commands, and those of "Save as" in the Event Viewer.
    #[test]
    fn a_table_of_events_is_told() {
        let winevent = "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n\
                        \"Message\",\"Id\",\"Version\",\"ProviderName\",\"LogName\",\"TimeCreated\"\r\n";
        let eventlog =
            "\"EventID\",\"MachineName\",\"Source\",\"InstanceId\",\"TimeGenerated\"\r\n";
        let viewer = "\u{feff}Level,Date and Time,Source,Event ID,Task Category\r\nError,";
        let security = "Keywords,Date and Time,Source,Event ID,Task Category\r\nAudit Success,";
        let tabs = "Level\tDate and Time\tSource\tEvent ID\tTask Category\r\nError\t";
        let chosen = "TimeCreated,Id,LevelDisplayName,Message\r\n";
        for text in [winevent, eventlog, viewer, security, tabs, chosen] {
            let what = told("events.csv", text.as_bytes()).unwrap_or_default();
            assert!(what.starts_with("is a table of events"), "{what}");
        }
        let wide: Vec<u8> = winevent.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(told("events.csv", &[b"\xFF\xFE", &wide[..]].concat()).is_some());
        for other in ["\"Name\",\"Id\",\"State\"\r\n", "Time,Id\r\n", "Date and Time of it\r\n", ""]
        {
            assert_eq!(told("vms.csv", other.as_bytes()), None);
        }
    }

    #[test]
    fn what_is_called_an_archive_and_is_none_is_told() {
        let foreign = "is named like an archive but does not begin as one does";
        for end in ["zip", "cab", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst"] {
            let name = format!("case.{end}");
            assert_eq!(told(&name, &[0; 600]).as_deref(), Some(foreign));
            let empty = Some("is named like an archive but is empty");
            assert_eq!(told(&name, b"").as_deref(), empty);
        }
        assert_eq!(told("notes.txt", b""), None);
        let log = Some("is named like evidence but does not begin as a log or dump does");
        assert_eq!(told("System.evtx", b"none").as_deref(), log);
        let rar = Some("is a RAR archive, which is not read");
        let mut split = vec![0; 600];
        split.extend(b"PK\x05\x06\x02\0\x02\0");
        split.resize(622, 0);
        let last = Some("is the last part of a zip archive that was split, which is not read");
        assert_eq!(told("case.zip", &split).as_deref(), last);
        assert!(told("case.lz4", b"\x04\x22\x4D\x18").is_some());
        let image = [&b"MSWIM\0\0\0"[..], &[0; 504], b"ElfChnk\0"].concat();
        assert!(kind_of(&image).is_none());
        for name in ["case.zip", "case.rar", "case"] {
            assert_eq!(told(name, b"Rar!\x1A\x07\x01\0rest").as_deref(), rar);
        }
        assert_eq!(told("notes.txt", b"BZh9 is how it begins"), None);
    }
}
