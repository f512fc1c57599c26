//! Facts, and the events that they come from whatever export those stand in.

use std::sync::Arc;

use hvtriage_diagnosis::{Fact, FactKind, Locator, MachineName, Place};
use hvtriage_eventlog::Event;
use hvtriage_winfmt::FileTime;

use crate::Options;
use crate::interpret::Wanted;

/// A fact, and the event it comes from.
#[derive(Debug)]
pub(crate) struct IdentifiedFact {
    pub(crate) fact: Fact,
    pub(crate) event: Option<EventIdentity>,
}

/// One event of one machine: overlapping exports of a log share it. The time is part of it because
/// record ids start anew when a log is cleared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventIdentity {
    pub(crate) log: Arc<LogIdentity>,
    pub(crate) place: PlaceInLog,
}

/// A channel of a computer, both in lower case. Shared, since one log has many events.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LogIdentity {
    computer: String,
    channel: String,
}

/// An event among those of its log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlaceInLog {
    record_id: u64,
    time: Option<FileTime>,
    event_id: u32,
    /// Whether it is the event as it stands, and not what is understood of it.
    is_logged: bool,
    /// Printed text has no record ids; the message tells one event from another then.
    message: Option<String>,
}

/// The facts of events of one source.
#[derive(Debug, Default)]
pub(crate) struct EventFacts {
    pub(crate) facts: Vec<IdentifiedFact>,
    /// Computer and channel of the last event as they were written, and what they mean: those of the
    /// next one are mostly the same.
    last: Option<(String, String, Arc<LogIdentity>)>,
}

impl EventFacts {
    /// Adds what `event` says, unless it lies outside of the window of `options`.
    pub(crate) fn add(
        &mut self,
        source: &Arc<str>,
        event: &Event,
        wanted: &Wanted,
        options: &Options,
    ) {
        for kind in wanted.facts_of(event) {
            // What Windows a machine runs is context for events inside the window, whenever it was
            // logged.
            let is_context = matches!(kind, FactKind::OsVersion { .. });
            if is_context || options.wants(event.time_created) {
                let log = self.log_of(event);
                self.facts.push(identified(source, event, kind, log));
            }
        }
    }

    fn log_of(&mut self, event: &Event) -> Arc<LogIdentity> {
        let is_of = |(computer, channel, _): &&(String, String, _)| {
            *computer == event.computer && *channel == event.channel
        };
        if let Some((.., log)) = self.last.as_ref().filter(is_of) {
            return Arc::clone(log);
        }
        let log = Arc::new(LogIdentity {
            computer: event.computer.to_lowercase(),
            channel: event.channel.to_lowercase(),
        });
        self.last = Some((event.computer.clone(), event.channel.clone(), Arc::clone(&log)));
        log
    }
}

fn identified(
    source: &Arc<str>,
    event: &Event,
    kind: FactKind,
    log: Arc<LogIdentity>,
) -> IdentifiedFact {
    let machine = match event.computer.trim() {
        "" => MachineName::Source((**source).to_owned()),
        computer => MachineName::Computer(computer.to_owned()),
    };
    let place = PlaceInLog {
        record_id: event.record_id,
        time: event.time_created,
        event_id: event.id,
        is_logged: matches!(kind, FactKind::Event(_)),
        message: event.message.clone().filter(|_| event.record_id == 0),
    };
    let fact = Fact {
        locator: Locator {
            source: Arc::clone(source),
            place: Place::Record { id: event.record_id, offset: event.offset },
        },
        // A local time must not be compared with other machines' times.
        time: event.time_created.filter(|_| !event.time_is_local),
        machine,
        os_build: None,
        kind,
    };
    IdentifiedFact { fact, event: Some(EventIdentity { log, place }) }
}
