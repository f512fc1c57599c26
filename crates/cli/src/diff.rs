//! `hvtriage diff`: what changed from one report to another.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use hvtriage::reason_of;
use hvtriage_report::{DiffFormat, ReadReport, ReportDiff, read_report};

use crate::arguments::OutputArgument;
use crate::output::{Output, fail, is_same_file, tell, unwritable};
use crate::style;

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The earlier report, as `analyze --format json` wrote it
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The later one
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Form of the output
    #[arg(long, value_enum, ignore_case = true, default_value_t = DiffFormatName::Text)]
    format: DiffFormatName,

    #[command(flatten)]
    output: OutputArgument,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DiffFormatName {
    /// For people
    Text,
    /// One JSON object
    Json,
}

pub(crate) const AFTER_DIFF_HELP: &str = "\
A finding is known by its rule, machine and subject; a guest by its name, id and service.

Examples:
  hvtriage analyze collection/ --format json -o after.json
  hvtriage diff before.json after.json
  hvtriage diff before.json after.json --format json -o changes.json

Exit codes:
  0  done, whatever has changed
  2  a file is no report, or one of another major version; or the output cannot be written";

/// Runs the command.
pub(crate) fn run(arguments: &DiffArguments) -> ExitCode {
    let DiffArguments { old, new, format, output } = arguments;
    let output = &output.file;
    let is_read = |output: &PathBuf| is_same_file(output, old) || is_same_file(output, new);
    if output.as_ref().is_some_and(is_read) {
        return fail("--output is one of the reports: name another file");
    }
    let read = |path: &Path| {
        let report = read(path)?;
        if let Some(left_out) = report.left_out() {
            let path = path.display();
            tell(&format!("{path} shows a selection: {left_out}, which looks new or gone here"));
        }
        if let Some(span) = report.span() {
            let path = path.display();
            tell(&format!("{path} {span}: what lies outside looks new or gone here"));
        }
        Ok::<_, String>(report)
    };
    let diff = match read(old).and_then(|old| Ok(ReportDiff::new(old, read(new)?))) {
        Ok(diff) => diff,
        Err(message) => return fail(&message),
    };
    let format = match format {
        DiffFormatName::Text => DiffFormat::Text,
        DiffFormatName::Json => DiffFormat::Json,
    };
    let written = Output::open(output.as_ref()).and_then(|mut out| {
        diff.write(format, style::of(output.as_ref()), &mut out)?;
        out.finish()
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the comparison", output.as_ref(), &error),
    }
}

fn read(path: &Path) -> Result<ReadReport, String> {
    let bytes = std::fs::read(path)
        .map_err(|error| format!("{}: {}", path.display(), reason_of(&error)))?;
    read_report(&bytes).map_err(|error| format!("{} {error}", path.display()))
}
