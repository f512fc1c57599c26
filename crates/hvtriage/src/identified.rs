//! Facts, and the events that they come from whatever export those stand in.

use std::sync::Arc;

use hvtriage_diagnosis::{Fact, FactKind, Locator, MachineName, Place, SharedTexts};
use hvtriage_eventlog::Event;
use hvtriage_winfmt::FileTime;

use crate::Options;
use crate::interpret::Wanted;

/// A fact, and the event it comes from.
#[derive(Clone, Debug)]
pub(crate) struct IdentifiedFact {
    pub(crate) fact: Fact,
    pub(crate) event: Option<EventIdentity>,
    /// Whether it lies outside of the time that was asked for, so that it is counted and not judged.
    pub(crate) is_outside: bool,
}

/// A fact that no event tells and that is judged.
impl From<Fact> for IdentifiedFact {
    fn from(fact: Fact) -> Self {
        Self { fact, event: None, is_outside: false }
    }
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
    message: Option<Box<str>>,
}

/// The facts of events of one source.
#[derive(Debug, Default)]
pub(crate) struct EventFacts {
    pub(crate) facts: Vec<IdentifiedFact>,
    texts: SharedTexts,
    /// Of the last event: the next one is mostly of the same log.
    last: Option<LastLog>,
}

/// Computer and channel of an event as they were written, and what they mean.
#[derive(Debug)]
struct LastLog {
    computer: String,
    channel: String,
    log: Arc<LogIdentity>,
    machine: MachineName,
}

impl EventFacts {
    /// Adds what `event` says, and whether it lies outside of the window of `options`.
    pub(crate) fn add(
        &mut self,
        source: &Arc<str>,
        event: &Event,
        wanted: &Wanted,
        options: &Options,
    ) {
        for mut kind in wanted.facts_of(event) {
            // What Windows a machine runs is context for events inside the window, whenever it was
            // logged.
            let is_context = matches!(kind, FactKind::OsVersion { .. });
            let is_outside = !is_context && !options.wants(event.time_created);
            let (log, machine) = self.log_of(source, event);
            self.texts.share(&mut kind);
            let told = identified(source, event, kind, log, machine);
            self.facts.push(IdentifiedFact { is_outside, ..told });
        }
    }

    /// The log of an event and the machine that logged it, each shared by all events of one log.
    fn log_of(&mut self, source: &Arc<str>, event: &Event) -> (Arc<LogIdentity>, MachineName) {
        let is_of =
            |last: &&LastLog| last.computer == event.computer && last.channel == event.channel;
        if let Some(last) = self.last.as_ref().filter(is_of) {
            return (Arc::clone(&last.log), last.machine.clone());
        }
        let log = Arc::new(LogIdentity {
            computer: event.computer.to_lowercase(),
            channel: event.channel.to_lowercase(),
        });
        let machine = match event.computer.trim() {
            "" => MachineName::Source(Arc::clone(source)),
            computer => MachineName::Computer(computer.into()),
        };
        self.last = Some(LastLog {
            computer: event.computer.clone(),
            channel: event.channel.clone(),
            log: Arc::clone(&log),
            machine: machine.clone(),
        });
        (log, machine)
    }
}

fn identified(
    source: &Arc<str>,
    event: &Event,
    kind: FactKind,
    log: Arc<LogIdentity>,
    machine: MachineName,
) -> IdentifiedFact {
    let place = PlaceInLog {
        record_id: event.record_id,
        time: event.time_created,
        event_id: event.id,
        is_logged: matches!(kind, FactKind::Event(_)),
        message: event.message.as_deref().filter(|_| event.record_id == 0).map(Into::into),
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
    IdentifiedFact { event: Some(EventIdentity { log, place }), ..fact.into() }
}
