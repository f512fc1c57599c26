//! Real files of third parties, where they are at hand.

use hvtriage_eventlog::{Added, EvtxLog, LocalizedLog, ProviderMessages};

use crate::real_evidence::corpus;

/// FNV-1a, so that no text of Microsoft's stands here.
fn hash(messages: &[String]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let bytes: Vec<u8> =
        messages.iter().flat_map(|text| format!("{text}\n").into_bytes()).collect();
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The number and the hash are those of a reader of the file's tables in forty lines of Python, which
/// knows neither the log nor the package.
#[test]
fn a_saved_log_has_its_messages() {
    let Some(corpus) = corpus() else { return };
    let log = std::fs::read(corpus.join("mta/test/test.evtx")).unwrap();
    let texts = std::fs::read(corpus.join("mta/test/LocaleMetaData/test_1033.MTA")).unwrap();
    let texts = LocalizedLog::open(&texts).unwrap();
    assert_eq!(texts.event_count(), 239);
    let log = EvtxLog::open(&log);
    let events: Vec<_> =
        log.chunks().iter().flat_map(|chunk| chunk.decode_in_full().events).collect();
    let messages: Vec<_> = (0..)
        .zip(&events)
        .map(|(position, event)| texts.message(event, Some(position)).unwrap())
        .collect();
    assert_eq!((messages.len(), hash(&messages)), (239, 0x2646_6d9e_d04c_f004));
    let without: Vec<_> = events.iter().map(|event| texts.message(event, None).unwrap()).collect();
    assert_eq!(without, messages);
    assert!(events.iter().all(|event| texts.names(event).unwrap().level.is_some()));
}

/// The message is what `pefile` and a reader of message tables in Python show; `wrestool` lists the
/// same resources.
#[test]
fn a_provider_of_a_test_suite_has_its_message() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("provider_pe");
    let file = std::fs::read(folder.join("wrc-test-wevt_template.dll")).unwrap();
    let mut messages = ProviderMessages::default();
    let added = messages.add("wrc-test-wevt_template.dll", &file).unwrap();
    assert_eq!(added, Added { providers: 1, events: 1, messages: 1, is_partial: false });
    let event = |version: u8| {
        let provider = "Name='any' Guid='{67883bbc-d592-4d02-8e29-66907fcb07d6}'";
        let id = format!("<EventID>1</EventID><Version>{version}</Version>");
        super::event(&super::system(provider, &id), &["a", "b"])
    };
    assert_eq!(messages.message(&event(1)).unwrap(), "A test value");
    assert_eq!(messages.message(&event(0)), None);

    // Its manifest is sixteen bytes of a longer one.
    let file = std::fs::read(folder.join("wevt_template_minimal_pe.bin")).unwrap();
    let added = messages.add("wevt_template_minimal_pe.bin", &file).unwrap();
    assert_eq!(added, Added { is_partial: true, ..Added::default() });
}
