//! What can be typed behind every command.

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct GlobalArguments {
    /// Tell nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}
