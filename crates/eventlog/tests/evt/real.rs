//! Real logs, and another reader.

use hvtriage_eventlog::{LogFormat, Origin, identify};

use crate::real_evidence::corpus;
use crate::{texts, with_slack};

/// Number, time, level, keywords, task, id and end of the text of each event, as `evtexport` of libevt
/// 20200926 prints them (types 4, 1, 2, 16, 8); the data was read off a dump of the bytes.
#[test]
fn real_logs_say_what_another_reader_says() {
    let Some(corpus) = corpus() else { return };
    let classic = 0x0080_0000_0000_0000;
    let rows = [
        (1, "2021-07-21T02:40:16", 4, 0, 1, 1, "information", None),
        (2, "2021-07-21T02:40:46", 2, 0, 1, 2, "error", None),
        (3, "2021-07-21T02:41:00", 3, 0, 1, 3, "warning", None),
        (4, "2021-07-21T03:11:38", 0, 1 << 52, 99, 65534, "failure audit", Some((0x20, b'T'))),
        (5, "2021-07-21T03:16:51", 0, 1 << 53, 1, 5, "success audit", Some((0x24, b'T'))),
    ];
    for name in ["evtx/legacy/TestLog.evt", "evtx/malformed/TestLog-dirty.evt"] {
        let bytes = std::fs::read(corpus.join(name)).unwrap();
        assert_eq!(identify(&bytes), Some(LogFormat::Evt), "{name}");
        let decoded = with_slack(&bytes);
        assert_eq!(decoded.problems, [], "{name}");
        assert_eq!(decoded.events.len(), rows.len(), "{name}");
        for (event, row) in decoded.events.iter().zip(rows) {
            let (number, time, level, keywords, task, id, end, data) = row;
            assert_eq!((event.record_id, event.id, event.task), (number, id, task), "{name}");
            assert_eq!((event.level, event.keywords), (level, classic | keywords), "{name}");
            let found = event.time_created.unwrap().to_string();
            assert_eq!(found, format!("{time}.0000000Z"), "{name}");
            assert_eq!((event.provider.name.as_str(), event.qualifiers), ("TestApp", Some(0)));
            assert_eq!(
                (event.computer.as_str(), event.user_id.as_ref()),
                ("POPSICKL-79ADD4", None)
            );
            assert_eq!(event.payload.values.len(), 1, "{name}");
            assert!(texts(event)[0].ends_with(&format!(", {end}")), "{name}");
            let binary = event.payload.binary.as_ref().map(|data| (data.len(), data[0]));
            assert_eq!(binary, data, "{name}");
            assert_eq!(event.origin, Origin::Stored);
        }
    }
}
