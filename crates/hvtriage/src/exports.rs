//! The forms of event logs that are read from the first byte to the last.

use std::ops::Range;

use hvtriage_diagnosis::{Problem, ProblemKind, RecordRange, SourceKind};
use hvtriage_eventlog::{
    Coverage, Event, EventFilter, LogFormat, LogProblem, RecordRun, XmlExport, XmlPart,
    read_evt_each, read_evt_with_slack_each, read_listing_each,
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

/// Events of an export that are asked whose they are.
const EVENTS_ASKED: usize = 16;

/// Computer and channel of an export; `None` where events from all over it do not agree on both.
pub(crate) fn owner_of(export: &XmlExport<'_>) -> Option<(String, String)> {
    let step = export.len().div_ceil(EVENTS_ASKED).max(1);
    let last = export.len().checked_sub(1)?;
    let mut owner: Option<(String, String)> = None;
    for number in (0..last).step_by(step).chain([last]) {
        let mut is_alike = true;
        let only = number..number.saturating_add(1);
        export.read(only, &EventFilter::default(), |event, _| {
            let told = (event.computer, event.channel);
            is_alike &= owner.get_or_insert_with(|| told.clone()) == &told;
        });
        if !is_alike {
            return None;
        }
    }
    owner.filter(|(computer, channel)| !computer.is_empty() && !channel.is_empty())
}

/// The record ids of a log, in the words of the diagnosis.
pub(crate) fn records_of(coverage: &Coverage) -> Option<Vec<RecordRange>> {
    let range = |run: &RecordRun| RecordRange {
        ids: run.first..=run.last,
        times: run.first_time.zip(run.last_time),
    };
    Some(coverage.runs()?.iter().map(range).collect())
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
    let message = "is printed text: its times are local times of an unknown zone, and it has no \
                   values, so little of it can be judged or joined with other evidence";
    let hint = "ask for the log itself (wevtutil export-log) or for XML (/f:xml)";
    let caution = || Problem::new(source, message).hint(hint).kind(ProblemKind::Caution);
    (format == LogFormat::Text).then(caution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(owners: &[(&str, &str)]) -> Option<(String, String)> {
        let event = |(computer, channel): &(&str, &str)| {
            format!(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
                 <Provider Name='Disk'/><EventID>7</EventID><Channel>{channel}</Channel>\
                 <Computer>{computer}</Computer></System></Event>"
            )
        };
        let xml: String = owners.iter().map(event).collect();
        owner_of(&XmlExport::open(format!("<Events>{xml}</Events>").as_bytes()))
    }

    #[test]
    fn an_export_of_one_log_tells_whose_it_is() {
        let one = ("HV1", "System");
        let known = Some(("HV1".to_owned(), "System".to_owned()));
        assert_eq!(export(&[one]), known);
        assert_eq!(export(&[one; 100]), known);
        // Of several logs or computers, in the middle or at the end; of none.
        let mut mixed = [one; 100];
        mixed[49] = ("HV1", "Application");
        mixed[50..60].fill(("HV1", "Application"));
        assert_eq!(export(&mixed), None);
        assert_eq!(export(&[one, ("HV2", "System")]), None);
        assert_eq!(export(&[("", "System")]), None);
        assert_eq!(export(&[]), None);
    }
}
