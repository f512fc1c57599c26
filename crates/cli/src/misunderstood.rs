//! What was typed and is no command, where more can be said than that.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use crate::arguments::Arguments;
use crate::output::{WRONG_ARGUMENTS, fail};

/// Answers to what could not be parsed; gives the exit code for it. Help that was asked for comes here, too.
pub(crate) fn answer(error: &Error) -> ExitCode {
    match unknown_command(error) {
        // `hvtriage help --help`
        Some("--help" | "-h") => exit_code(Arguments::command().print_long_help(), 0),
        Some(word) if Path::new(word).exists() => {
            let path = if word.contains(char::is_whitespace) {
                format!("\"{word}\"")
            } else {
                word.to_owned()
            };
            fail(&format!("'{word}' is no command; to analyze it: hvtriage analyze {path}"))
        }
        _ => {
            let code = u8::try_from(error.exit_code()).unwrap_or(WRONG_ARGUMENTS);
            exit_code(error.print(), code)
        }
    }
}

fn unknown_command(error: &Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(word) if error.kind() == ErrorKind::InvalidSubcommand => Some(word),
        _ => None,
    }
}

/// A pipe that its reader closed is no failure.
fn exit_code(printed: io::Result<()>, code: u8) -> ExitCode {
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(WRONG_ARGUMENTS),
        _ => ExitCode::from(code),
    }
}
