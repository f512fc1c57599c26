//! `hvtriage completions` and `hvtriage man`: what shells and `man` want to know of the command.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use hvtriage::reason_of;

use crate::arguments::Arguments;
use crate::output::{Output, fail, unwritable};

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum, ignore_case = true)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder for the pages, hvtriage.1 and one for each command; it is made if need be
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) const AFTER_COMPLETIONS_HELP: &str = "\
Examples:
  hvtriage completions bash > /etc/bash_completion.d/hvtriage
  hvtriage completions zsh > \"${fpath[1]}/_hvtriage\"
  hvtriage completions fish > ~/.config/fish/completions/hvtriage.fish
  hvtriage completions powershell >> $PROFILE";

pub(crate) const AFTER_MAN_HELP: &str = "\
Example:
  hvtriage man /usr/local/share/man/man1 && man hvtriage-analyze";

/// Runs `completions`.
pub(crate) fn completions(arguments: &CompletionsArguments) -> ExitCode {
    // Written to memory first, since the generator panics where a pipe is closed.
    let mut script = Vec::new();
    generate(arguments.shell, &mut Arguments::command(), "hvtriage", &mut script);
    let written = Output::open(None).and_then(|mut out| {
        out.write_all(&script)?;
        out.finish()
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => unwritable("the completions", None, &error),
    }
}

/// Runs `man`.
pub(crate) fn man(arguments: &ManArguments) -> ExitCode {
    let folder = &arguments.folder;
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            fail(&format!("cannot write pages to {}: {}", folder.display(), reason_of(&error)))
        }
    }
}
