//! `hvtriage schema`: what the JSON report looks like, for programs that read it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::output::{Output, unwritable};

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &SchemaArguments) -> ExitCode {
    match write(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the schema", arguments.output.as_ref(), &error),
    }
}

fn write(arguments: &SchemaArguments) -> io::Result<()> {
    let mut out = Output::open(arguments.output.as_ref())?;
    hvtriage_report::write_schema(&mut out)?;
    out.finish()
}
