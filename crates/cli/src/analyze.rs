//! `hvtriage analyze`: from arguments to a report and an exit code.

mod arguments;
mod digests;
mod forms;
#[cfg(feature = "parquet")]
mod lists;
#[cfg(not(feature = "parquet"))]
#[path = "analyze/without_lists.rs"]
mod lists;
mod selected;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hvtriage::{Analyzer, Diagnosis, Options, Problem, RuleSet, Severity};

use crate::arguments::temporary_folder;
use crate::config::Config;
use crate::output::{self, EVIDENCE_UNREAD, fail};
use crate::progress::with_progress;
use crate::rule_names::right_rules;
use crate::store;

pub(crate) use arguments::{AFTER_ANALYZE_HELP, AnalyzeArguments};
pub(crate) use digests::digests;
use forms::{AnalyzeFormat, ReportWriter, wrong_list};

const DONE: u8 = 0;
const SEVERITY_MET: u8 = 1;

/// Runs the command.
pub(crate) fn run(arguments: &AnalyzeArguments, config: &Config) -> ExitCode {
    let checked = check(arguments).and_then(|()| rules(arguments, config));
    let rules = match checked {
        Ok(rules) => rules,
        Err(wrong) => return fail(&wrong),
    };
    let store = match store::open(&arguments.store) {
        Ok(store) => store,
        Err(message) => return fail(&message),
    };
    let selection = arguments.selected.selection();
    let options = options(arguments).store(store).ignore(config.ignore(arguments.today));
    let output = arguments.output.file.as_ref();
    let mut writer = ReportWriter::new(arguments);
    let analyzed = with_progress(|progress| {
        let analyzer = Analyzer::new(options).rules(rules).progress(progress);
        let analyzer = analyzer.on_evidence(|evidence| writer.lists.gathered(evidence));
        analyzer.on_finding(|finding| writer.lines.found(finding)).analyze(&arguments.paths)
    });
    let mut diagnosis = match analyzed {
        Ok(diagnosis) => diagnosis,
        Err(error) => return fail(&error.to_string()),
    };
    if let Err(unknown) = diagnosis.select(&selection) {
        return fail(&unknown.to_string());
    }
    tell_what_met_nothing(&diagnosis);
    if let Some(evidence) = overwritten(&writer.files(), &diagnosis) {
        return fail(&format!("--output {evidence} is evidence of this case: name another file"));
    }
    match writer.finish(&diagnosis) {
        Ok(()) => {}
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => {
            return output::unwritable("the report", output, &error);
        }
    }
    ExitCode::from(exit_code(arguments, &diagnosis))
}

/// Rules that were asked for, and entries of the configuration, that may be mistyped.
fn tell_what_met_nothing(diagnosis: &Diagnosis) {
    let unmet = diagnosis.left_out.iter().flat_map(|left| &left.unmet_rules);
    unmet.for_each(|unmet| output::tell(&unmet.to_string()));
    if let Some(unused) = hvtriage_report::unused_entries_in_words(diagnosis) {
        output::tell(&unused);
    }
}

/// Refuses what is known to be wrong before evidence is read.
fn check(arguments: &AnalyzeArguments) -> Result<(), String> {
    arguments.span.check()?;
    let wrong = wrong_list(arguments.format, arguments.table).or_else(|| lists::wrong(arguments));
    if let Some(wrong) = wrong {
        return Err(wrong.to_owned());
    }
    if let Some(wrong) = wrong_name(arguments) {
        return Err(wrong);
    }
    temporary_folder(arguments.reading.temp_dir.as_ref())?;
    // Lines are written before it is known which files are evidence.
    if arguments.format == AnalyzeFormat::Jsonl
        && let Some(evidence) =
            output::overwritten(arguments.output.file.as_ref(), &arguments.paths)
    {
        return Err(format!("--output {evidence} is among the evidence: name another file"));
    }
    Ok(())
}

/// The rules, which are read once; refuses ids that none of them has.
fn rules(arguments: &AnalyzeArguments, config: &Config) -> Result<RuleSet, String> {
    let rules = right_rules(&arguments.given)?;
    // The ids of Sigma rules are not known before the pack is read.
    #[cfg(feature = "sigma")]
    if !arguments.packs.sigma.is_empty() {
        return Ok(rules);
    }
    arguments.selected.check_rules(&rules)?;
    config.tell_unknown_rules(&rules);
    Ok(rules)
}

/// What is wrong with a file for text that is called as one of another form.
fn wrong_name(arguments: &AnalyzeArguments) -> Option<String> {
    const ENDINGS: [(&str, &str); 6] = [
        ("html", "html"),
        ("json", "json"),
        ("jsonl", "jsonl"),
        ("csv", "csv"),
        ("md", "markdown"),
        ("parquet", "parquet"),
    ];
    let file =
        arguments.output.file.as_ref().filter(|_| arguments.format == AnalyzeFormat::Text)?;
    let ending = file.extension()?.to_string_lossy().to_ascii_lowercase();
    let (_, format) = ENDINGS.iter().find(|(known, _)| *known == ending)?;
    let file = file.display();
    Some(format!("{file} would hold text: add --format {format}, or call it otherwise"))
}

/// The piece of evidence that the report would overwrite.
fn overwritten(files: &[PathBuf], diagnosis: &Diagnosis) -> Option<String> {
    let files: Vec<PathBuf> = files.iter().filter_map(|file| file.canonicalize().ok()).collect();
    if files.is_empty() {
        return None;
    }
    let problems = diagnosis.problems.iter().map(|problem| &problem.source);
    let mut named = diagnosis.sources.iter().map(|source| &source.name).chain(problems);
    let is_written =
        |name: &&String| Path::new(name).canonicalize().is_ok_and(|name| files.contains(&name));
    named.find(is_written).cloned()
}

fn options(arguments: &AnalyzeArguments) -> Options {
    let mut options = Options::default().jobs(arguments.reading.jobs);
    if let Some(time) = arguments.span.since {
        options = options.since(time);
    }
    if let Some(time) = arguments.span.until {
        options = options.until(time);
    }
    if let Some(folder) = &arguments.reading.temp_dir {
        options = options.temporary(folder);
    }
    #[cfg(feature = "sigma")]
    for path in &arguments.packs.sigma {
        options = options.sigma(path);
    }
    arguments.providers.iter().fold(options, |it, folder| it.providers(folder))
}

fn exit_code(arguments: &AnalyzeArguments, diagnosis: &Diagnosis) -> u8 {
    let is_met = |name| {
        let limit = Severity::from(name);
        diagnosis.findings.iter().any(|finding| finding.severity >= limit)
    };
    if arguments.fail_on.is_some_and(is_met) {
        SEVERITY_MET
    } else if arguments.reading.strict && diagnosis.problems.iter().any(Problem::is_unread) {
        EVIDENCE_UNREAD
    } else {
        DONE
    }
}
