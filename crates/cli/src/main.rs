//! The `hvtriage` command: arguments in, a report on stdout, an exit code out.

mod analyze;
mod arguments;
mod config;
mod diff;
mod dump;
mod event_command;
mod event_output;
mod events;
mod explain;
mod misunderstood;
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
mod style;
mod timeline;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, GlobalArguments};
use config::Config;

fn main() -> ExitCode {
    let Arguments { global, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood::answer(&error),
    };
    style::choose(global.color);
    if global.quiet {
        output::be_quiet();
    }
    panics::run(move || run(command, &global).unwrap_or_else(|message| output::fail(&message)))
}

/// Runs a command with what was typed and what its configuration adds.
fn run(command: Command, global: &GlobalArguments) -> Result<ExitCode, String> {
    let config = |evidence: &[PathBuf]| Config::load(global, evidence);
    Ok(match command {
        Command::Analyze(mut arguments) => {
            let config = config(&arguments.paths)?;
            config.add_rules(&mut arguments.given);
            config.add_store(&mut arguments.store);
            config.add_own_providers(&mut arguments.providers);
            #[cfg(feature = "sigma")]
            config.add_packs(&mut arguments.packs);
            #[cfg(not(feature = "sigma"))]
            config.tell_unused_packs();
            analyze::run(&arguments, &config)
        }
        Command::Events(mut arguments) => {
            config(&arguments.paths)?.add_providers(&mut arguments.texts);
            events::run(&arguments)
        }
        Command::Timeline(mut arguments) => {
            config(&arguments.paths)?.add_providers(&mut arguments.texts);
            timeline::run(&arguments)
        }
        Command::Dump(mut arguments) => {
            config(&arguments.paths)?.add_store(&mut arguments.store);
            dump::run(&arguments)
        }
        Command::Watch(arguments) => watch::run(&arguments, global),
        Command::WatchBatch(arguments) => watch::run_batch(&arguments, global),
        Command::Rules(mut command) => {
            if let Some(given) = command.given() {
                config(&[])?.add_rules(given);
            }
            rules::run(&command)
        }
        Command::Explain(mut arguments) => {
            config(&[])?.add_rules(&mut arguments.given);
            explain::run(&arguments)
        }
        Command::Config(arguments) => config::run(&arguments, global),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    })
}
