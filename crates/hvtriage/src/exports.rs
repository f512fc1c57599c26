//! The forms of event logs that are read from the first byte to the last.

use std::ops::Range;

use hvtriage_diagnosis::{Problem, SourceKind};
use hvtriage_eventlog::{
    Event, EventFilter, LogFormat, LogProblem, XmlExport, XmlPart, read_evt_each,
    read_evt_with_slack_each, read_listing_each,
};
use rayon::prelude::*;

/// Hands over each event of a log that is neither `.evtx` nor XML. Old events in space that the log
/// has given up come last, when they are wanted.
pub(crate) fn read_each(
    format: LogFormat,
    bytes: &[u8],
    with_slack: bool,
    found: impl FnMut(Event),
) -> Vec<LogProblem> {
    match format {
        LogFormat::Text => read_listing_each(bytes, found),
        _ if with_slack => read_evt_with_slack_each(bytes, found),
        _ => read_evt_each(bytes, found),
    }
}

/// Events of an export that one thread reads at a time.
const RANGE_EVENTS: usize = 256;
/// Ranges that are read before what they told is handed on.
const WINDOW_RANGES: usize = 64;

/// Reads an export on many threads, and hands over, in order, what `add` gathered of each range.
///
/// # Errors
/// Those of `deliver`, which end the reading.
pub(crate) fn read_xml<T: Default + Send, E>(
    export: &XmlExport<'_>,
    filter: &EventFilter,
    add: impl Fn(&mut T, Event, &str) + Sync,
    mut deliver: impl FnMut(T, XmlPart) -> Result<(), E>,
) -> Result<(), E> {
    let read = |range: Range<usize>| {
        let mut gathered = T::default();
        let part = export.read(range, filter, |event, xml| add(&mut gathered, event, xml));
        (gathered, part)
    };
    let ranges: Vec<Range<usize>> = (0..export.len())
        .step_by(RANGE_EVENTS)
        .map(|start| start..start.saturating_add(RANGE_EVENTS).min(export.len()))
        .collect();
    let mut next = 0_usize;
    for window in ranges.chunks(WINDOW_RANGES) {
        let parts: Vec<(T, XmlPart)> = window.par_iter().cloned().map(read).collect();
        for (range, (mut gathered, mut part)) in window.iter().zip(parts) {
            // The event before holds elements that were taken for the beginning of another.
            if next > range.start {
                (gathered, part) = read(next..range.end.max(next));
            }
            next = part.next;
            deliver(gathered, part)?;
        }
    }
    Ok(())
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
