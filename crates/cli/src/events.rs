//! `hvtriage events`: from arguments to events and an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use hvtriage::{EventFilter, EventQuery, EventsError, EventsRead, FoundEvent, Problem};
use hvtriage_report::{EventFormat, EventRow};

use crate::arguments::{EventFormatName, EventsArguments, swapped};
use crate::output::{EVIDENCE_UNREAD, Output, fail, overwritten, unwritable};
use crate::progress::with_progress;

/// Problems that are told one by one.
const TOLD_PROBLEMS: usize = 20;

/// Runs the command.
pub(crate) fn run(arguments: &EventsArguments) -> ExitCode {
    if let Some(wrong) = swapped(arguments.since, arguments.until) {
        return fail(&wrong);
    }
    if let Some(evidence) = overwritten(arguments.output.as_ref(), &arguments.paths) {
        return fail(&format!("--output {evidence} is among the evidence: name another file"));
    }
    let output = arguments.output.as_ref();
    match write(arguments) {
        Ok(read) => {
            if !arguments.quiet {
                tell(&read.problems);
            }
            let is_unread = arguments.strict && !read.problems.is_empty();
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
    let mut query = EventQuery::new(filter(arguments)).jobs(arguments.jobs);
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

/// What is asked for. Ids without a provider are those of any.
fn filter(arguments: &EventsArguments) -> EventFilter {
    let ids: Vec<u32> = arguments.id.iter().cloned().flatten().collect();
    let mut filter = EventFilter::default();
    for provider in &arguments.provider {
        filter = filter.provider(provider, provider.parse().ok(), &ids);
    }
    if arguments.provider.is_empty() && !ids.is_empty() {
        filter = filter.provider("*", None, &ids);
    }
    for level in &arguments.level {
        filter = filter.level(*level);
    }
    if let Some(time) = arguments.since {
        filter = filter.since(time);
    }
    if let Some(time) = arguments.until {
        filter = filter.until(time);
    }
    if arguments.recover { filter.with_slack() } else { filter }
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
