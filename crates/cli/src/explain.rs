//! `hvtriage explain`: what is known of a rule, a code or an event.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use hvtriage::told_by_event;
use hvtriage_report::{Subject, write_subject};

use crate::arguments::RulesArguments;
use crate::output::{Output, fail, unwritable};
use crate::rule_names::right_rules;
use crate::style;

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A rule (KB2636573), a STOP code (0xD1, or its name), an error (0x80070020, 1460, ERROR_TIMEOUT), an event
    /// (Hyper-V-Worker/18590, or 18590 of any provider)
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,

    #[command(flatten)]
    pub(crate) given: RulesArguments,
}

pub(crate) const AFTER_EXPLAIN_HELP: &str = "\
Examples:
  hvtriage explain KB2636573                    a rule: what it means, what to do
  hvtriage explain 0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL
  hvtriage explain 0x80070020 0xC000009A        errors of Win32 and of the kernel
  hvtriage explain Hyper-V-Worker/18590 41      an event of a provider, or of any

Exit codes:
  0  done
  2  nothing is known of a word, or a rule has an error";

/// Runs the command.
pub(crate) fn run(arguments: &ExplainArguments) -> ExitCode {
    let rules = match right_rules(&arguments.given) {
        Ok(rules) => rules,
        Err(message) => return fail(&message),
    };
    let told = |provider: &str, id: u32| {
        told_by_event(provider, id).iter().map(|told| (told.kind, told.states)).collect()
    };
    let found = arguments.words.iter().map(|word| Subject::find(word, &rules, &told));
    let subjects: Vec<Subject<'_>> = match found.collect() {
        Ok(subjects) => subjects,
        Err(message) => return fail(&message),
    };
    match write(&subjects) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the explanation", None, &error),
    }
}

fn write(subjects: &[Subject<'_>]) -> io::Result<()> {
    let mut out = Output::open(None)?;
    for (number, subject) in subjects.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        write_subject(subject, style::of(None), &mut out)?;
    }
    out.finish()
}
