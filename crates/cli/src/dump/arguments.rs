//! What can be typed behind `hvtriage dump`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::{OutputArgument, ReadingArguments, StoreArguments};

#[derive(Debug, Args)]
pub(crate) struct DumpArguments {
    /// Dumps, and folders or archives with dumps
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Form of the output
    #[arg(long, value_enum, ignore_case = true, default_value_t = OutputFormat::Text)]
    pub(crate) format: OutputFormat,

    /// Show so many bytes of virtual memory from an address on, both in decimal or with 0x
    #[arg(long, value_name = "ADDRESS,SIZE", value_parser = memory)]
    pub(crate) memory: Option<(u64, u64)>,

    /// List every loaded module
    #[arg(long)]
    pub(crate) modules: bool,

    /// Show the stack itself, from the stack pointer on
    #[arg(long)]
    pub(crate) raw_stack: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgument,

    #[command(flatten)]
    pub(crate) store: StoreArguments,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

pub(crate) const AFTER_DUMP_HELP: &str = "\
Examples:
  hvtriage dump MEMORY.DMP
  hvtriage dump Minidump/ --format json -o crashes.json
  hvtriage dump MEMORY.DMP --images drivers/ --symbols symbols/ --modules
  hvtriage dump MEMORY.DMP --memory 0xfffff880016332b8,64

Images and symbols are taken from folders only, in the layout of a symbol server or any other, and from \
the local folders in _NT_SYMBOL_PATH. Nothing is fetched.

Exit codes:
  0  done
  2  wrong arguments: no such path, no dump found; or the output cannot be written
  3  with --strict: some evidence could not be read";

fn memory(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("'{text}' is no address and size, such as 0xfffff880016332b8,64");
    // Debuggers write fffff880`016332b8.
    let hexadecimal = |digits: &str| u64::from_str_radix(&digits.replace('`', ""), 16).ok();
    let number = |text: &str| match text.trim().strip_prefix("0x") {
        Some(digits) => hexadecimal(digits),
        None => text.trim().parse().ok().or_else(|| hexadecimal(text.trim())),
    };
    let (address, size) = text.split_once(',').ok_or_else(wrong)?;
    Ok((number(address).ok_or_else(wrong)?, number(size).ok_or_else(wrong)?))
}
