//! What the commands that show events do alike: from what was typed to events and an exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hvtriage::{
    EventQuery, EventsError, EventsRead, FoundEvent, Problem, event_meaning, read_events,
    read_timeline,
};
use hvtriage_report::{EventFormat, EventRow};

use crate::arguments::{OutputArgument, ProvidersArguments, ReadingArguments, temporary_folder};
use crate::event_output::{EventForm, EventOutput};
use crate::output::{EVIDENCE_UNREAD, fail, overwritten, tell, unwritable};
use crate::progress::with_progress;
use crate::selection::{EventSelection, SeenProviders};

/// Problems that are told one by one.
const TOLD_PROBLEMS: usize = 20;

/// In which order events come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// Log by log, as they stand there.
    OfLogs,
    /// In order of time over all logs.
    OfTime,
}

/// What was typed.
pub(crate) struct EventCommand<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) order: Order,
    pub(crate) selection: &'a EventSelection,
    /// Also old events in space that a log has given up.
    pub(crate) with_slack: bool,
    pub(crate) texts: &'a ProvidersArguments,
    pub(crate) reading: &'a ReadingArguments,
    pub(crate) output: &'a OutputArgument,
}

/// Why there are no events.
enum Ended {
    /// They could not be read or written.
    Read(EventsError),
    /// A name was asked for that no event bears, and that looks mistyped.
    Unknown(String),
}

impl From<EventsError> for Ended {
    fn from(error: EventsError) -> Self {
        Self::Read(error)
    }
}

impl EventCommand<'_> {
    /// Writes the events in `form`, if that can be had.
    pub(crate) fn run(&self, form: Result<EventForm, String>) -> ExitCode {
        match self.check().and(form) {
            Ok(form) => self.ended(self.write(form)),
            Err(wrong) => fail(&wrong),
        }
    }

    /// Refuses what is known to be wrong before evidence is read.
    fn check(&self) -> Result<(), String> {
        self.selection.span.check()?;
        temporary_folder(self.reading.temp_dir.as_ref())?;
        match overwritten(self.output.file.as_ref(), self.paths) {
            Some(evidence) => {
                Err(format!("--output {evidence} is among the evidence: name another file"))
            }
            None => Ok(()),
        }
    }

    fn query(&self, form: EventForm) -> EventQuery {
        let filter = self.selection.filter();
        let filter = if self.with_slack { filter.with_slack() } else { filter };
        let mut query = EventQuery::new(filter).jobs(self.reading.jobs);
        if self.texts.message {
            query = query.with_messages();
        }
        if form == EventForm::Events(EventFormat::Xml) {
            query = query.with_xml();
        }
        if let Some(folder) = &self.reading.temp_dir {
            query = query.temporary(folder);
        }
        query = self.selection.machine.iter().fold(query, |query, name| query.machine(name));
        self.texts.providers.iter().fold(query, |query, folder| query.providers(folder))
    }

    fn write(&self, form: EventForm) -> Result<EventsRead, Ended> {
        let query = self.query(form);
        let providers = SeenProviders::of(self.selection);
        let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
            providers.see(&found.event.provider.name);
            write_event(form, found, out);
        };
        let mut out = EventOutput::new(form, self.output.file.as_ref());
        let write = |bytes: &[u8]| out.write(bytes);
        let read = with_progress(|progress| match self.order {
            Order::OfLogs => read_events(self.paths, &query, progress, render, write),
            Order::OfTime => read_timeline(self.paths, &query, progress, render, write),
        })?;
        if let Some(wrong) = providers.unknown(&read) {
            return Err(Ended::Unknown(wrong));
        }
        self.unknown_machines(&read)?;
        out.finish().map_err(EventsError::Write)?;
        Ok(read)
    }

    fn unknown_machines(&self, read: &EventsRead) -> Result<(), Ended> {
        for unknown in &read.unknown_machines {
            // Where not all events were read, it may have logged others.
            if self.selection.is_of_all_kinds() {
                return Err(Ended::Unknown(unknown.to_string()));
            }
            let (name, hint) = (&unknown.name, unknown.hint());
            tell(&format!("no event of '{name}' is among those asked for{hint}"));
        }
        Ok(())
    }

    /// Tells how the reading of events ended.
    fn ended(&self, read: Result<EventsRead, Ended>) -> ExitCode {
        match read {
            Ok(read) => {
                tell_problems(&read.problems);
                tell_nothing(&read);
                let is_strict = self.reading.strict;
                let is_unread = is_strict && read.problems.iter().any(Problem::is_unread);
                if is_unread { ExitCode::from(EVIDENCE_UNREAD) } else { ExitCode::SUCCESS }
            }
            // The reader has seen enough (`| head`): that is its right.
            Err(Ended::Read(EventsError::Write(error)))
                if error.kind() == io::ErrorKind::BrokenPipe =>
            {
                ExitCode::SUCCESS
            }
            Err(Ended::Read(EventsError::Write(error))) => {
                unwritable("the events", self.output.file.as_ref(), &error)
            }
            Err(Ended::Read(error)) => fail(&error.to_string()),
            Err(Ended::Unknown(message)) => fail(&message),
        }
    }
}

/// Appends what `form` has for an event.
fn write_event(form: EventForm, found: &FoundEvent<'_>, out: &mut Vec<u8>) {
    let FoundEvent { source, event, xml, message } = *found;
    let meaning = form.has_meaning().then(|| event_meaning(event)).flatten();
    form.write(&EventRow { source, event, xml, meaning: meaning.as_deref(), message }, out);
}

fn tell_problems(problems: &[Problem]) {
    for problem in problems.iter().take(TOLD_PROBLEMS) {
        let place = problem.at.map_or_else(String::new, |at| format!(" at {at}"));
        tell(&format!("{}{place}: {}", problem.source, problem.message));
    }
    let more = problems.len().saturating_sub(TOLD_PROBLEMS);
    if more > 0 {
        tell(&format!("{more} more problems are not told here; hvtriage analyze lists them"));
    }
}

/// An empty output looks like a failure.
fn tell_nothing(read: &EventsRead) {
    if read.found > 0 {
        return;
    }
    let logs = if read.logs == 1 { "1 log".to_owned() } else { format!("{} logs", read.logs) };
    tell(&match read.events {
        0 => format!("no event: {logs} read, and none in it"),
        1 => format!("no event is as asked for: 1 event of {logs} read"),
        events => format!("no event is as asked for: {events} events of {logs} read"),
    });
}
