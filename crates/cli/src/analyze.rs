//! `hvtriage analyze`: from arguments to a report and an exit code.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use hvtriage::{Diagnosis, Options, Severity};
use hvtriage_report::Format;

use crate::arguments::{AnalyzeArguments, OutputFormat, SeverityName, swapped};
use crate::output::{self, EVIDENCE_UNREAD, Output, fail};
use crate::progress::with_progress;
use crate::store;

const DONE: u8 = 0;
const SEVERITY_MET: u8 = 1;

/// Runs the command.
pub(crate) fn run(arguments: &AnalyzeArguments) -> ExitCode {
    if let Some(wrong) = swapped(arguments.since, arguments.until) {
        return fail(&wrong);
    }
    let store = match store::open(&arguments.store) {
        Ok(store) => store,
        Err(message) => return fail(&message),
    };
    let options = options(arguments).store(store);
    let analyzed = with_progress(|progress| {
        hvtriage::analyze_with_progress(&arguments.paths, &options, progress)
    });
    let diagnosis = match analyzed {
        Ok(diagnosis) => diagnosis,
        Err(error) => return fail(&error.to_string()),
    };
    if let Some(evidence) = overwritten(arguments, &diagnosis) {
        return fail(&format!("--output {evidence} is evidence of this case: name another file"));
    }
    match write(arguments, &diagnosis) {
        Ok(()) => {}
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => {
            return output::unwritable("the report", arguments.output.as_ref(), &error);
        }
    }
    ExitCode::from(exit_code(arguments, &diagnosis))
}

/// The piece of evidence that the report would overwrite.
fn overwritten(arguments: &AnalyzeArguments, diagnosis: &Diagnosis) -> Option<String> {
    let output = arguments.output.as_ref()?;
    let problems = diagnosis.problems.iter().map(|problem| &problem.source);
    let mut named = diagnosis.sources.iter().map(|source| &source.name).chain(problems);
    let is_output = |name: &&String| output::is_same_file(output, Path::new(name));
    named.find(is_output).cloned()
}

fn options(arguments: &AnalyzeArguments) -> Options {
    let mut options = Options::default().jobs(arguments.jobs);
    if let Some(time) = arguments.since {
        options = options.since(time);
    }
    if let Some(time) = arguments.until {
        options = options.until(time);
    }
    if let Some(folder) = &arguments.temp_dir {
        options = options.temporary(folder);
    }
    #[cfg(feature = "sigma")]
    for path in &arguments.sigma {
        options = options.sigma(path);
    }
    arguments.rules.iter().fold(options, |options, path| options.rules(path))
}

fn write(arguments: &AnalyzeArguments, diagnosis: &Diagnosis) -> io::Result<()> {
    let format = match arguments.format {
        OutputFormat::Text => Format::Text,
        OutputFormat::Json => Format::Json,
    };
    let mut out = Output::open(arguments.output.as_ref())?;
    hvtriage_report::write(diagnosis, format, &mut out)?;
    out.finish()
}

fn exit_code(arguments: &AnalyzeArguments, diagnosis: &Diagnosis) -> u8 {
    let is_met = |name| {
        let limit = severity(name);
        diagnosis.findings.iter().any(|finding| finding.severity >= limit)
    };
    if arguments.fail_on.is_some_and(is_met) {
        SEVERITY_MET
    } else if arguments.strict && !diagnosis.problems.is_empty() {
        EVIDENCE_UNREAD
    } else {
        DONE
    }
}

fn severity(name: SeverityName) -> Severity {
    match name {
        SeverityName::Info => Severity::Info,
        SeverityName::Low => Severity::Low,
        SeverityName::Medium => Severity::Medium,
        SeverityName::High => Severity::High,
        SeverityName::Critical => Severity::Critical,
    }
}
