//! What can be typed of configuration.

use clap::Args;
use hvtriage::Day;

/// The day on which it is.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct TodayArgument {
    /// The day against which `until` in hvtriage.toml is held, such as 2026-12-31, instead of the present one
    /// (UTC): with it, the same evidence gives the same report at any time
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Day>,
}

/// Arguments of `hvtriage config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(flatten)]
    pub(super) today: TodayArgument,
}

pub(crate) const AFTER_CONFIG_HELP: &str = "\
hvtriage.toml is looked for in the current folder and those above it; --config FILE or HVTRIAGE_CONFIG names \
another, --no-config uses none. One that lies in the evidence is not used unless it is named.

  rules = [\"my-rules\"]                  # as --rules; paths are relative to the file
  symbols = [\"symbols\"]                 # as --symbols, and so images, providers, sigma

  [[ignore]]
  rule = \"KP-41\"
  machine = \"HV01\"                      # optional, and so guest and file; '*' stands for anything
  reason = \"test machine, is switched off at night\"
  until = 2026-12-31                     # optional: the last day";
