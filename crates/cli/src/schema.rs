//! `hvtriage schema`: what the JSON report looks like, for programs that read it.

use std::io;
use std::process::ExitCode;

use clap::Args;

use crate::arguments::OutputArgument;
use crate::output::{Output, unwritable};

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    #[command(flatten)]
    output: OutputArgument,
}

pub(crate) const AFTER_SCHEMA_HELP: &str = "\
Examples:
  hvtriage schema -o report.schema.json
  hvtriage analyze collection/ --format json -o report.json    the report that it is of";

/// Runs the command.
pub(crate) fn run(arguments: &SchemaArguments) -> ExitCode {
    match write(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the schema", arguments.output.file.as_ref(), &error),
    }
}

fn write(arguments: &SchemaArguments) -> io::Result<()> {
    let mut out = Output::open(arguments.output.file.as_ref())?;
    hvtriage_report::write_schema(&mut out)?;
    out.finish()
}
