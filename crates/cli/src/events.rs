//! `hvtriage events`: from arguments to events and an exit code.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use hvtriage::{EventQuery, EventsError, EventsRead, FoundEvent, Problem};
use hvtriage_report::{EventFormat, EventRow};

use crate::arguments::{EventFormatName, EventsArguments, swapped};
use crate::output::{EVIDENCE_UNREAD, Output, fail, overwritten, unwritable};
use crate::progress::with_progress;

/// Problems that are told one by one.
const TOLD_PROBLEMS: usize = 20;

/// Runs the command.
pub(crate) fn run(arguments: &EventsArguments) -> ExitCode {
    if let Some(wrong) = swapped(arguments.selection.since, arguments.selection.until) {
        return fail(&wrong);
    }
    if let Some(evidence) = overwritten(arguments.output.as_ref(), &arguments.paths) {
        return fail(&format!("--output {evidence} is among the evidence: name another file"));
    }
    let output = arguments.output.as_ref();
    ended(write(arguments), output, arguments.quiet, arguments.strict)
}

/// Tells how the reading of events ended.
pub(crate) fn ended(
    read: Result<EventsRead, EventsError>,
    output: Option<&PathBuf>,
    is_quiet: bool,
    is_strict: bool,
) -> ExitCode {
    match read {
        Ok(read) => {
            if !is_quiet {
                tell(&read.problems);
            }
            let is_unread = is_strict && read.problems.iter().any(Problem::is_unread);
            if is_unread { ExitCode::from(EVIDENCE_UNREAD) } else { ExitCode::SUCCESS }
        }
        // The reader has seen enough (`| head`): that is its right.
        Err(EventsError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(EventsError::Write(error)) => unwritable("the events", output, &error),
        Err(error) => fail(&error.to_string()),
    }
}

fn write(arguments: &EventsArguments) -> Result<EventsRead, EventsError> {
    let format = match arguments.format {
        EventFormatName::Jsonl => EventFormat::JsonLines,
        EventFormatName::Xml => EventFormat::Xml,
        EventFormatName::Csv => EventFormat::Csv,
    };
    let filter = arguments.selection.filter();
    let filter = if arguments.recover { filter.with_slack() } else { filter };
    let mut query = EventQuery::new(filter).jobs(arguments.jobs);
    if format == EventFormat::Xml {
        query = query.with_xml();
    }
    if arguments.message {
        query = query.with_messages();
    }
    if let Some(folder) = &arguments.temp_dir {
        query = query.temporary(folder);
    }
    query = arguments.providers.iter().fold(query, |query, folder| query.providers(folder));
    let render = |found: &FoundEvent<'_>, out: &mut Vec<u8>| {
        let FoundEvent { source, event, xml, message } = *found;
        format.write(&EventRow { source, event, xml, message }, out);
    };
    // Nothing is created before there is something to write: a wrong path must not leave an empty file.
    let mut out = None;
    let start = || -> io::Result<Output> {
        let mut out = Output::open(arguments.output.as_ref())?;
        out.write_all(&format.head())?;
        Ok(out)
    };
    let read = with_progress(|progress| {
        hvtriage::read_events(&arguments.paths, &query, progress, render, |bytes| {
            if out.is_none() {
                out = Some(start()?);
            }
            out.as_mut().map_or(Ok(()), |out| out.write_all(bytes))
        })
    })?;
    let end = || -> io::Result<()> {
        let mut out = out.map_or_else(start, Ok)?;
        out.write_all(format.tail())?;
        out.finish()
    };
    end().map_err(EventsError::Write)?;
    Ok(read)
}

#[allow(clippy::print_stderr, reason = "the command is what talks")]
fn tell(problems: &[Problem]) {
    for problem in problems.iter().take(TOLD_PROBLEMS) {
        let place = problem.at.map_or_else(String::new, |at| format!(" at {at}"));
        eprintln!("hvtriage: {}{place}: {}", problem.source, problem.message);
    }
    let more = problems.len().saturating_sub(TOLD_PROBLEMS);
    if more > 0 {
        eprintln!("hvtriage: {more} more problems are not told here; hvtriage analyze lists them");
    }
}
