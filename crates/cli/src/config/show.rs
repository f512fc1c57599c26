//! `hvtriage config`: what is in force, and where it comes from.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use hvtriage::Ignore;

use super::{Config, ConfigArguments, FILE_NAME, Placed};
use crate::arguments::{GlobalArguments, RulesArguments};
use crate::output::{Output, fail, tell, unwritable};
use crate::rule_names::right_rules;
use crate::store;

/// Runs the command.
pub(crate) fn run(arguments: &ConfigArguments, global: &GlobalArguments) -> ExitCode {
    let config = match Config::load(global, &[]) {
        Ok(config) => config,
        Err(message) => return fail(&message),
    };
    // What is wrong with the rules is said by the commands that use them.
    let mut given = RulesArguments::default();
    config.add_rules(&mut given);
    if config.names_rules() {
        match right_rules(&given) {
            Ok(rules) => config.tell_unknown_rules(&rules),
            Err(wrong) => tell(&wrong),
        }
    }
    match config.show(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the configuration", None, &error),
    }
}

impl Config {
    fn show(&self, arguments: &ConfigArguments) -> io::Result<()> {
        let mut out = Output::open(None)?;
        match &self.file {
            Some(found) => writeln!(out, "file       {} ({})", found.path.display(), found.by)?,
            None => writeln!(
                out,
                "file       none: no {FILE_NAME} in the current folder or above it, or --no-config"
            )?,
        }
        paths("rules", &self.rules, &mut out)?;
        paths("sigma", &self.sigma, &mut out)?;
        paths("images", &self.images, &mut out)?;
        paths("symbols", &self.symbols, &mut out)?;
        for folder in store::folders_of_environment() {
            let variable = store::SYMBOL_PATH;
            writeln!(out, "symbols    {} ({variable})", folder.display())?;
        }
        paths("providers", &self.providers, &mut out)?;
        let today = arguments.today.day();
        for Placed { line, value } in &self.ignore {
            let is_over = value.until.is_some_and(|until| until < today);
            let over = if is_over { ", EXPIRED" } else { "" };
            writeln!(out, "ignore     {} (line {line}{over})", in_words(value))?;
        }
        if self.ignore.iter().any(|entry| entry.value.until.is_some()) {
            let typed = if arguments.today.today.is_some() { "--today" } else { "the clock" };
            writeln!(out, "today      {today} ({typed})")?;
        }
        out.finish()
    }
}

fn paths(name: &str, all: &[Placed<PathBuf>], out: &mut Output) -> io::Result<()> {
    for Placed { line, value } in all {
        let missing = if value.exists() { "" } else { ", does not exist" };
        writeln!(out, "{name:<10} {} (line {line}{missing})", value.display())?;
    }
    Ok(())
}

fn in_words(entry: &Ignore) -> String {
    let part = |word: &str, value: &Option<String>| {
        value.as_ref().map_or_else(String::new, |value| format!(", {word} {value}"))
    };
    let until = entry.until.map_or_else(String::new, |day| format!(", until {day}"));
    let (machine, guest, file) =
        (part("machine", &entry.machine), part("guest", &entry.guest), part("file", &entry.file));
    format!("{}{machine}{guest}{file}{until}: {}", entry.rule, entry.reason)
}
