//! `hvtriage events`: from arguments to events and an exit code.

mod arguments;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hvtriage::{
    EventFilter, EventQuery, EventsError, EventsRead, FoundEvent, Problem, event_meaning,
};
use hvtriage_report::{EventFormat, EventRow};

use crate::arguments::{ProvidersArguments, ReadingArguments, temporary_folder};
use crate::event_output::{EventForm, EventOutput, parquet_to};
use crate::output::{EVIDENCE_UNREAD, fail, overwritten, tell, unwritable};
use crate::progress::with_progress;
use crate::selection::{EventSelection, SeenProviders};

use arguments::EventFormatName;
pub(crate) use arguments::{AFTER_EVENTS_HELP, EventsArguments};

/// Problems that are told one by one.
const TOLD_PROBLEMS: usize = 20;

/// Runs the command.
pub(crate) fn run(arguments: &EventsArguments) -> ExitCode {
    let EventsArguments { paths, selection, reading, output, .. } = arguments;
    let output = output.file.as_ref();
    let form = match check(paths, selection, reading, output).and_then(|()| form(arguments)) {
        Ok(form) => form,
        Err(wrong) => return fail(&wrong),
    };
    ended(write(arguments, form), output, reading.strict)
}

/// Refuses what is known to be wrong before evidence is read.
pub(crate) fn check(
    paths: &[PathBuf],
    selection: &EventSelection,
    reading: &ReadingArguments,
    output: Option<&PathBuf>,
) -> Result<(), String> {
    selection.span.check()?;
    temporary_folder(reading.temp_dir.as_ref())?;
    match overwritten(output, paths) {
        Some(evidence) => {
            Err(format!("--output {evidence} is among the evidence: name another file"))
        }
        None => Ok(()),
    }
}

/// What to read, where it is read, and the texts of messages.
pub(crate) fn query(
    filter: EventFilter,
    texts: &ProvidersArguments,
    reading: &ReadingArguments,
) -> EventQuery {
    let mut query = EventQuery::new(filter).jobs(reading.jobs);
    if texts.message {
        query = query.with_messages();
    }
    if let Some(folder) = &reading.temp_dir {
        query = query.temporary(folder);
    }
    texts.providers.iter().fold(query, |query, folder| query.providers(folder))
}

/// Why there are no events.
pub(crate) enum Ended {
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

/// Tells how the reading of events ended.
pub(crate) fn ended(
    read: Result<EventsRead, Ended>,
    output: Option<&PathBuf>,
    is_strict: bool,
) -> ExitCode {
    match read {
        Ok(read) => {
            tell_problems(&read.problems);
            let is_unread = is_strict && read.problems.iter().any(Problem::is_unread);
            if is_unread { ExitCode::from(EVIDENCE_UNREAD) } else { ExitCode::SUCCESS }
        }
        // The reader has seen enough (`| head`): that is its right.
        Err(Ended::Read(EventsError::Write(error)))
            if error.kind() == io::ErrorKind::BrokenPipe =>
        {
            ExitCode::SUCCESS
        }
        Err(Ended::Read(EventsError::Write(error))) => unwritable("the events", output, &error),
        Err(Ended::Read(error)) => fail(&error.to_string()),
        Err(Ended::Unknown(message)) => fail(&message),
    }
}

fn form(arguments: &EventsArguments) -> Result<EventForm, String> {
    Ok(EventForm::Events(match arguments.format {
        EventFormatName::Jsonl => EventFormat::JsonLines,
        EventFormatName::Xml => EventFormat::Xml,
        EventFormatName::Csv => EventFormat::Csv,
        EventFormatName::Parquet => return parquet_to(arguments.output.file.as_ref()),
    }))
}

fn write(arguments: &EventsArguments, form: EventForm) -> Result<EventsRead, Ended> {
    let filter = arguments.selection.filter();
    let filter = if arguments.recover { filter.with_slack() } else { filter };
    let mut query = query(filter, &arguments.texts, &arguments.reading);
    if form == EventForm::Events(EventFormat::Xml) {
        query = query.with_xml();
    }
    let providers = SeenProviders::of(&arguments.selection);
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        providers.see(&found.event.provider.name);
        write_event(form, found, out);
    };
    let mut out = EventOutput::new(form, arguments.output.file.as_ref());
    let read = with_progress(|progress| {
        hvtriage::read_events(&arguments.paths, &query, progress, render, |bytes| out.write(bytes))
    })?;
    if let Some(wrong) = providers.unknown(&read) {
        return Err(wrong);
    }
    out.finish().map_err(EventsError::Write)?;
    Ok(read)
}

/// Appends what `form` has for an event.
pub(crate) fn write_event(form: EventForm, found: &FoundEvent<'_>, out: &mut Vec<u8>) {
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
