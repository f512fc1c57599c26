//! What can be typed behind `hvtriage rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::{OutputArgument, RulesArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List all rules, those of the catalogue and your own
    List(ListArguments),
    /// Show what a rule means, what to do then, and where to read on
    Show(ShowArguments),
    /// Read rules and say what is wrong with them, with file, line and column
    Check(CheckArguments),
    /// Run the examples of rules; without a path, those of the catalogue
    Test(TestArguments),
}

impl RulesCommand {
    /// The rules of one's own that are typed, where the command takes such beside the catalogue.
    pub(crate) fn given(&mut self) -> Option<&mut RulesArguments> {
        match self {
            Self::List(arguments) => Some(&mut arguments.given),
            Self::Show(arguments) => Some(&mut arguments.given),
            Self::Check(_) | Self::Test(_) => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Form of the list
    #[arg(long, value_enum, ignore_case = true, default_value_t = RuleFormatName::Text)]
    pub(crate) format: RuleFormatName,

    #[command(flatten)]
    pub(crate) output: OutputArgument,

    #[command(flatten)]
    pub(crate) given: RulesArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Id of the rule, such as KB2636573
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// Form of what is shown
    #[arg(long, value_enum, ignore_case = true, default_value_t = RuleFormatName::Text)]
    pub(crate) format: RuleFormatName,

    /// Show the file of the rule: a rule of yours with the same id takes its place
    #[arg(long, conflicts_with = "format")]
    pub(crate) yaml: bool,

    #[command(flatten)]
    pub(crate) given: RulesArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Folders with rules (their *.yaml), or files
    #[cfg_attr(feature = "sigma", arg(required_unless_present = "sigma", value_name = "PATH"))]
    #[cfg_attr(not(feature = "sigma"), arg(required = true, value_name = "PATH"))]
    pub(crate) paths: Vec<PathBuf>,

    /// Also read the Sigma rules in and below a folder, or those of one file; may be repeated. Each file
    /// that is not used as it stands is told
    #[cfg(feature = "sigma")]
    #[arg(long, value_name = "PATH")]
    pub(crate) sigma: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Folders with rules (their *.yaml), or files
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RuleFormatName {
    /// For people
    Text,
    /// JSON
    Json,
    /// A page of Markdown
    Markdown,
}

pub(crate) const AFTER_RULES_HELP: &str = "\
Examples:
  hvtriage rules list
  hvtriage rules show KB2636573
  hvtriage rules show KP-41 --yaml > my-rules/KP-41.yaml
  hvtriage rules check my-rules/
  hvtriage rules check --sigma sigma/rules/windows/
  hvtriage rules test my-rules/

Exit codes:
  0  done
  1  an example of a rule is not as it says
  2  wrong arguments: no such path or rule, a rule with an error";
