//! What can be typed behind every command.

use std::path::PathBuf;

use clap::Args;

use crate::style::Color;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct GlobalArguments {
    /// Tell nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Whether text has colours
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        value_name = "WHEN",
        default_value_t,
        global = true
    )]
    pub(crate) color: Color,

    /// Take what is always given, and what is known and ignored, from this file instead of the hvtriage.toml in
    /// the current folder or above it; HVTRIAGE_CONFIG does the same
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,

    /// Use no such file
    #[arg(long, global = true, conflicts_with = "config")]
    pub(crate) no_config: bool,
}
