//! The `hvtriage` command: arguments in, a report on stdout, an exit code out.

mod analyze;
mod arguments;
mod diff;
mod dump;
mod events;
mod explain;
mod output;
mod panics;
mod progress;
mod report_format;
mod rule_names;
mod rules;
mod schema;
mod selection;
mod shell;
mod store;
mod timeline;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let Arguments { global, command } = Arguments::parse();
    if global.quiet {
        output::be_quiet();
    }
    panics::run(move || run(command))
}

fn run(command: Command) -> ExitCode {
    match command {
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Events(arguments) => events::run(&arguments),
        Command::Timeline(arguments) => timeline::run(&arguments),
        Command::Dump(arguments) => dump::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::WatchBatch(arguments) => watch::run_batch(&arguments),
        Command::Rules(command) => rules::run(&command),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    }
}
