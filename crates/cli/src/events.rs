//! `hvtriage events`: the events of logs, log by log.

mod arguments;

use std::process::ExitCode;

use hvtriage_report::EventFormat;

use crate::event_command::{EventCommand, Order};
use crate::event_output::{EventForm, parquet_to};

use arguments::EventFormatName;
pub(crate) use arguments::{AFTER_EVENTS_HELP, EventsArguments};

/// Runs the command.
pub(crate) fn run(arguments: &EventsArguments) -> ExitCode {
    let EventsArguments { paths, selection, recover, texts, reading, output, .. } = arguments;
    let command = EventCommand {
        paths,
        order: Order::OfLogs,
        selection,
        with_slack: *recover,
        texts,
        reading,
        output,
    };
    command.run(form(arguments))
}

fn form(arguments: &EventsArguments) -> Result<EventForm, String> {
    Ok(EventForm::Events(match arguments.format {
        EventFormatName::Jsonl => EventFormat::JsonLines,
        EventFormatName::Xml => EventFormat::Xml,
        EventFormatName::Csv => EventFormat::Csv,
        EventFormatName::Parquet => return parquet_to(arguments.output.file.as_ref()),
    }))
}
