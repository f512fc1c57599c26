//! The forms of event logs that are read from the first byte to the last.

use hvtriage_diagnosis::{Problem, SourceKind};
use hvtriage_eventlog::{
    Event, LogFormat, LogProblem, read_evt_each, read_evt_with_slack_each, read_listing_each,
    read_xml_each,
};

/// Hands over each event of a log that is not `.evtx`, with its XML where it has one. Old events in
/// space that the log has given up come last, when they are wanted.
pub(crate) fn read_each(
    format: LogFormat,
    bytes: &[u8],
    with_slack: bool,
    mut found: impl FnMut(Event, Option<&str>),
) -> Vec<LogProblem> {
    match format {
        LogFormat::Evt if with_slack => read_evt_with_slack_each(bytes, |event| found(event, None)),
        LogFormat::Evt => read_evt_each(bytes, |event| found(event, None)),
        LogFormat::Text => read_listing_each(bytes, |event| found(event, None)),
        _ => read_xml_each(bytes, |event, xml| found(event, Some(xml))),
    }
}

/// What such a log is called in a report.
pub(crate) fn kind_of(format: LogFormat) -> SourceKind {
    match format {
        LogFormat::Evtx | LogFormat::Evt => SourceKind::EventLog,
        LogFormat::Text => SourceKind::EventText,
        _ => SourceKind::EventXml,
    }
}

/// What everybody who reads such a log must know.
pub(crate) fn caution(source: &str, format: LogFormat) -> Option<Problem> {
    (format == LogFormat::Text).then(|| Problem {
        source: source.to_owned(),
        at: None,
        message: "is printed text: its times are local times of an unknown zone, and it has no \
                  values, so little of it can be judged or joined with other evidence"
            .into(),
        hint: Some("ask for the log itself (wevtutil export-log) or for XML (/f:xml)".into()),
    })
}
