//! Real logs and exports of third parties, where they are at hand.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod real_evidence;

use std::path::Path;

use hvtriage_eventlog::{
    Chunk, Container, Decoded, Event, EventFilter, EvtxLog, LogFormat, Scanner, identify, read_xml,
};
use real_evidence::corpus;

/// Records that other readers find in each file: the `evtx` package through its Python binding (0.14),
/// or a search for signatures in all chunks where that finds more (the `scan` of the manifest).
const RECORDS: &[(&str, usize)] = &[
    ("evtx/hyperv/w10_1507_guest_dirty_System.evtx", 449),
    (
        "evtx/malformed/2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx",
        1975,
    ),
    (
        "evtx/malformed/2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx",
        1795,
    ),
    ("evtx/malformed/2-vss_7-System.evtx", 1160),
    ("evtx/malformed/Application_no_crc32.evtx", 17),
    (
        "evtx/malformed/E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx",
        459,
    ),
    ("evtx/malformed/HelloForBusiness_dirty.evtx", 6),
    ("evtx/malformed/MSExchange_Management_wec.evtx", 1),
    ("evtx/malformed/Microsoft-Windows-LanguagePackSetup%4Operational.evtx", 17),
    ("evtx/malformed/Security_with_size_t.evtx", 636),
    ("evtx/malformed/dns_log_malformed.evtx", 5),
    ("evtx/malformed/issue_38.evtx", 1),
    ("evtx/malformed/issue_39.evtx", 394),
    ("evtx/malformed/issue_43.evtx", 1730),
    ("evtx/malformed/kernel_processor_power_complexdata.evtx", 162),
    ("evtx/malformed/post-Security.evtx", 126),
    ("evtx/malformed/sample-with-irregular-bool-values.evtx", 3028),
    ("evtx/malformed/sample_with_a_bad_chunk_magic.evtx", 298),
    ("evtx/malformed/security_bad_string_cache.evtx", 2261),
    ("evtx/malformed/sysmon_bad_chunks.evtx", 358),
    ("evtx/os/nifi_1344_events.evtx", 1344),
    ("evtx/os/nifi_3778_events_not_exported.evtx", 3778),
    ("evtx/os/win7_System.evtx", 1601),
    ("mta/test/test.evtx", 239),
];

fn read(chunk: &Chunk<'_>) -> Decoded {
    chunk.events(&mut Scanner::default(), &EventFilter::default())
}

fn events_of(path: &Path) -> Vec<Event> {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(identify(&bytes), Some(LogFormat::Evtx), "{}", path.display());
    EvtxLog::open(&bytes).chunks().iter().flat_map(|chunk| read(chunk).events).collect()
}

#[test]
fn no_log_yields_fewer_records_than_another_reader_finds() {
    let Some(corpus) = corpus() else { return };
    let mut short = Vec::new();
    for (name, least) in RECORDS {
        let events = events_of(&corpus.join(name));
        if events.len() < *least {
            short.push(format!("{name}: {} of {least}", events.len()));
        }
    }
    assert!(short.is_empty(), "{short:#?}");
}

fn export(corpus: &Path, name: &str) -> Event {
    let bytes = std::fs::read(corpus.join("event_xml").join(name)).unwrap();
    assert_eq!(identify(&bytes), Some(LogFormat::Xml), "{name}");
    let decoded = read_xml(&bytes);
    assert_eq!(decoded.problems, [], "{name}");
    assert_eq!(decoded.events.len(), 1, "{name}");
    decoded.events[0].clone()
}

fn texts(event: &Event) -> Vec<&str> {
    event.payload.values.iter().map(|value| value.text.as_str()).collect()
}

#[test]
fn every_export_is_read() {
    let Some(corpus) = corpus() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(corpus.join("event_xml")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".xml") {
            let event = export(&corpus, &name);
            assert!(event.time_created.is_some(), "{name}");
            assert!(!event.computer.is_empty(), "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 64);
}

/// Values read off the files by eye.
#[test]
fn exports_by_hand() {
    let Some(corpus) = corpus() else { return };
    let worker = export(&corpus, "worker_18590_guest_crash_w11.xml");
    assert_eq!(worker.payload.container, Container::UserData("VmlEventLog".into()));
    assert_eq!(
        texts(&worker),
        [
            "Virtual Machine",
            "D9E0EB0A-5B37-508E-9173-67E9ADE83ACF",
            "0x79",
            "0x6",
            "0x0",
            "0x0",
            "0x0",
            ""
        ]
    );
    assert_eq!(worker.payload.named("VmErrorCode0"), Some("0x79"));
    assert_eq!(worker.time_created.unwrap().to_string(), "2024-12-09T11:31:23.2356205Z");
    assert_eq!((worker.record_id, worker.level), (35726, 1));

    let migration = export(&corpus, "vmms_20415_livemigration_2012r2.xml");
    assert_eq!(migration.time_created.unwrap().to_string(), "2017-11-21T10:57:53.8748473Z");
    assert_eq!(migration.payload.named("Parameter2"), Some("0.5"));

    let restart = export(&corpus, "evtx_Kernel-Power_41_1.xml");
    assert_eq!(restart.payload.values.len(), 16);
    assert_eq!(restart.payload.values[0].as_u64(), Some(0));
    assert_eq!(restart.version, 8);

    let wer = export(&corpus, "evtx_WER-SystemErrorReporting_1001_1.xml");
    assert_eq!(wer.provider.event_source.as_deref(), Some("BugCheck"));
    assert_eq!(wer.qualifiers, Some(16384));
    assert_eq!(wer.payload.get(1), Some("C:\\Windows\\MEMORY.DMP"));

    let shutdown = export(&corpus, "evtx_EventLog_6008_1.xml");
    assert_eq!(texts(&shutdown)[2..], ["", "", "184", "", ""]);
    assert_eq!(shutdown.payload.binary.as_ref().unwrap()[..4], [0xe7, 0x07, 0x05, 0x00]);

    let switch = export(&corpus, "evtx_Hyper-V-VmSwitch_21_1.xml");
    assert_eq!(
        switch.payload.named("NicFName"),
        Some("Microsoft Network Adapter Multiplexor Driver")
    );
    let adapter = export(&corpus, "evtx_Hyper-V-Netvsc_1_1.xml");
    assert_eq!(texts(&adapter), ["3", "5.0", "0"]);
}

/// 4 KiB zeroed, as a log that was copied from a failing disk.
#[test]
fn a_log_without_its_header_is_read() {
    let Some(corpus) = corpus() else { return };
    let mut bytes =
        std::fs::read(corpus.join("evtx/malformed/security_bad_string_cache.evtx")).unwrap();
    bytes[..4096].fill(0);
    assert_eq!(identify(&bytes), Some(LogFormat::Evtx));
    let log = EvtxLog::open(&bytes);
    assert_eq!(log.problems().len(), 1);
    let count: usize = log.chunks().iter().map(|chunk| read(chunk).events.len()).sum();
    assert_eq!(count, 2261);
}
