//! `hvtriage rules`: what rules there are, and whether one's own are right.

mod arguments;

use std::io::{self, Write};
use std::process::ExitCode;

use hvtriage::{Rule, RuleSet, RulesRead, check_examples, read_rules};
use hvtriage_report::{RuleFormat, write_rule, write_rules};

use crate::output::{Output, WRONG_ARGUMENTS, complain, fail, unwritable};
use crate::rule_names::rule;
use crate::style;

pub(crate) use arguments::{AFTER_RULES_HELP, RulesCommand};
use arguments::{CheckArguments, ListArguments, RuleFormatName, ShowArguments, TestArguments};

/// Exit code for an example that is not as its rule says.
const EXAMPLE_FAILED: u8 = 1;

/// Runs the command.
pub(crate) fn run(command: &RulesCommand) -> ExitCode {
    let result = match command {
        RulesCommand::List(arguments) => list(arguments),
        RulesCommand::Show(arguments) => show(arguments),
        RulesCommand::Check(arguments) => check(arguments),
        RulesCommand::Test(arguments) => test(arguments),
    };
    result.unwrap_or_else(|message| fail(&message))
}

fn list(arguments: &ListArguments) -> Result<ExitCode, String> {
    let rules = right_rules(&arguments.given.rules)?;
    let format = arguments.format.into();
    let style = style::of(arguments.output.file.as_ref());
    Ok(print(arguments.output.file.as_ref(), |out| write_rules(&rules, format, style, out)))
}

fn show(arguments: &ShowArguments) -> Result<ExitCode, String> {
    let rules = right_rules(&arguments.given.rules)?;
    let rule = rule(&rules, &arguments.id)?;
    if !arguments.yaml {
        let format = arguments.format.into();
        return Ok(print(None, |out| write_rule(rule, format, style::of(None), out)));
    }
    let yaml = if rule.is_stock { RuleSet::catalogue_file(&rule.file) } else { None };
    let yaml = yaml.ok_or_else(|| format!("rule {} is your own: read {}", rule.id, rule.file))?;
    Ok(print(None, |out| out.write_all(yaml.as_bytes())))
}

/// The catalogue and right rules of the user; else the first error.
fn right_rules(paths: &[std::path::PathBuf]) -> Result<RuleSet, String> {
    let read = read_rules(paths).map_err(|error| error.to_string())?;
    match read.errors.first() {
        Some(error) => Err(error.to_string()),
        None => Ok(read.rules),
    }
}

fn check(arguments: &CheckArguments) -> Result<ExitCode, String> {
    let mut checked = Vec::new();
    if !arguments.paths.is_empty() {
        checked.push(check_own(&arguments.paths)?);
    }
    #[cfg(feature = "sigma")]
    if !arguments.sigma.is_empty() {
        checked.push(check_sigma(&arguments.sigma)?);
    }
    let is_right = checked.iter().all(|one| one.is_right);
    let lines: Vec<String> = checked.into_iter().filter_map(|one| one.line).collect();
    let printed = print(None, |out| lines.iter().try_for_each(|line| writeln!(out, "{line}")));
    Ok(if is_right { printed } else { ExitCode::from(WRONG_ARGUMENTS) })
}

/// What became of a kind of rules.
struct Checked {
    is_right: bool,
    /// How many can be read.
    line: Option<String>,
}

fn check_own(paths: &[std::path::PathBuf]) -> Result<Checked, String> {
    let read = read_rules(paths).map_err(|error| error.to_string())?;
    if tell_errors(&read) {
        return Ok(Checked { is_right: false, line: None });
    }
    let own: Vec<&Rule> = read.rules.rules().iter().filter(|rule| !rule.is_stock).collect();
    let examples = own.iter().map(|rule| rule.number_of_examples()).sum();
    let [rules, files, examples] = [
        counted(own.len(), "rule"),
        counted(read.files.len(), "file"),
        counted(examples, "example"),
    ];
    let line = format!("{rules} in {files} can be read, with {examples}");
    Ok(Checked { is_right: true, line: Some(line) })
}

/// A pack is mostly somebody else's: how many of its rules are of use is told though others are not.
#[cfg(feature = "sigma")]
fn check_sigma(paths: &[std::path::PathBuf]) -> Result<Checked, String> {
    let used = hvtriage::check_sigma(paths).map_err(|error| error.to_string())?;
    for problem in &used.problems {
        let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
        complain(&format!("{}: {}{hint}", problem.source, problem.message));
    }
    let plural = |number: u64| if number == 1 { "" } else { "s" };
    let (rules, files) = (used.rules, used.files);
    let line =
        format!("{rules} Sigma rule{} of {files} file{} can be used", plural(rules), plural(files));
    Ok(Checked { is_right: used.problems.is_empty(), line: Some(line) })
}

/// `1 rule`, `2 rules`.
fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn test(arguments: &TestArguments) -> Result<ExitCode, String> {
    let read = read_rules(&arguments.paths).map_err(|error| error.to_string())?;
    let has_errors = tell_errors(&read);
    let own = |rule: &&Rule| arguments.paths.is_empty() || !rule.is_stock;
    // An example of a rule of the catalogue may fail because of a rule that replaces another one.
    let failures = check_examples(&read.rules);
    for failure in &failures {
        complain(&failure.to_string());
    }
    let done = print(None, |out| {
        for rule in read.rules.rules().iter().filter(own) {
            let name = format!("rule {}, example ", rule.id);
            let failed = failures.iter().filter(|one| one.message.starts_with(&name)).count();
            let said = match (rule.number_of_examples(), failed) {
                (0, _) => "no examples".to_owned(),
                (all, 0) => format!("ok, {}", counted(all, "example")),
                (all, failed) => format!("{failed} of {} fail", counted(all, "example")),
            };
            writeln!(out, "{}: {said}", rule.id)?;
        }
        Ok(())
    });
    Ok(match (has_errors, failures.is_empty()) {
        (true, _) => ExitCode::from(WRONG_ARGUMENTS),
        (false, false) => ExitCode::from(EXAMPLE_FAILED),
        (false, true) => done,
    })
}

/// Tells what is wrong with files; whether there is something.
fn tell_errors(read: &RulesRead) -> bool {
    for error in &read.errors {
        complain(&error.to_string());
    }
    !read.errors.is_empty()
}

fn print(
    file: Option<&std::path::PathBuf>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> ExitCode {
    let written = Output::open(file).and_then(|mut out| {
        write(&mut out)?;
        out.finish()
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the rules", file, &error),
    }
}

impl From<RuleFormatName> for RuleFormat {
    fn from(name: RuleFormatName) -> Self {
        match name {
            RuleFormatName::Text => Self::Text,
            RuleFormatName::Json => Self::Json,
            RuleFormatName::Markdown => Self::Markdown,
        }
    }
}
