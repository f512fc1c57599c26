//! `hvtriage events`: from arguments to events and an exit code.

mod arguments;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hvtriage::{EventQuery, EventsError, EventsRead, FoundEvent, Problem, event_meaning};
use hvtriage_report::{EventFormat, EventRow};

use crate::arguments::{swapped, temporary_folder};
use crate::event_output::{EventForm, EventOutput, parquet_to};
use crate::output::{EVIDENCE_UNREAD, fail, overwritten, tell, unwritable};
use crate::progress::with_progress;
use crate::selection::SeenProviders;

use arguments::EventFormatName;
pub(crate) use arguments::{AFTER_EVENTS_HELP, EventsArguments};

/// Problems that are told one by one.
const TOLD_PROBLEMS: usize = 20;

/// Runs the command.
pub(crate) fn run(arguments: &EventsArguments) -> ExitCode {
    if let Some(wrong) = swapped(arguments.selection.since, arguments.selection.until) {
        return fail(&wrong);
    }
    if let Err(wrong) = temporary_folder(arguments.reading.temp_dir.as_ref()) {
        return fail(&wrong);
    }
    let output = arguments.output.file.as_ref();
    if let Some(evidence) = overwritten(output, &arguments.paths) {
        return fail(&format!("--output {evidence} is among the evidence: name another file"));
    }
    let form = match form(arguments) {
        Ok(form) => form,
        Err(message) => return fail(message),
    };
    ended(write(arguments, form), output, arguments.reading.strict)
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

fn form(arguments: &EventsArguments) -> Result<EventForm, &'static str> {
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
    let mut query = EventQuery::new(filter).jobs(arguments.reading.jobs);
    if form == EventForm::Events(EventFormat::Xml) {
        query = query.with_xml();
    }
    if arguments.texts.message {
        query = query.with_messages();
    }
    if let Some(folder) = &arguments.reading.temp_dir {
        query = query.temporary(folder);
    }
    query = arguments.texts.providers.iter().fold(query, |query, folder| query.providers(folder));
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
