//! `hvtriage.toml`: what is given to every run without being typed, and what is known and ignored.
//!
//! What is typed comes first, and what the file has comes in addition. The reference is
//! `docs/configuration.md`.

mod arguments;
mod find;
mod parse;
mod show;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hvtriage::{Day, Ignore, IgnoreList, RuleSet, Selection, reason_of};
use hvtriage_winfmt::FileTime;

pub(crate) use arguments::{AFTER_CONFIG_HELP, ConfigArguments, TodayArgument};
pub(crate) use find::FILE_NAME;
use find::{Found, find};
use parse::parse;
pub(crate) use show::run;

use crate::arguments::{GlobalArguments, ProvidersArguments, RulesArguments, StoreArguments};
use crate::output::tell;
use crate::rule_names;

/// Nobody writes more of it by hand.
const MAX_BYTES: u64 = 4 << 20;

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Config {
    file: Option<Found>,
    rules: Vec<Placed<PathBuf>>,
    sigma: Vec<Placed<PathBuf>>,
    symbols: Vec<Placed<PathBuf>>,
    images: Vec<Placed<PathBuf>>,
    providers: Vec<Placed<PathBuf>>,
    ignore: Vec<Placed<Ignore>>,
}

/// A value and the line on which it stands.
#[derive(Debug)]
struct Placed<T> {
    line: usize,
    value: T,
}

impl Config {
    /// Reads the file that the arguments, the environment or the current folder name, if there is one.
    /// One among `evidence` came with it and is nobody's wish.
    ///
    /// # Errors
    /// It cannot be read or is wrong, in words with line and column.
    pub(crate) fn load(global: &GlobalArguments, evidence: &[PathBuf]) -> Result<Self, String> {
        match find(global, evidence)? {
            Some(found) => Self::read(found),
            None => Ok(Self::default()),
        }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub(crate) fn at(path: &Path) -> Result<Self, String> {
        Self::read(Found { path: path.to_owned(), by: "--config" })
    }

    fn read(found: Found) -> Result<Self, String> {
        let path = found.path.clone();
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let size = std::fs::metadata(&path).map_err(|error| wrong(&reason_of(&error)))?.len();
        if size > MAX_BYTES {
            return Err(wrong(&format!("more than {} MiB are no configuration", MAX_BYTES >> 20)));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&reason_of(&error)))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let config = parse(&text, folder).map_err(|error| format!("{}:{error}", path.display()))?;
        Ok(Self { file: Some(found), ..config })
    }

    /// The file.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|found| found.path.as_path())
    }

    /// Adds its rules to those that were typed.
    pub(crate) fn add_rules(&self, typed: &mut RulesArguments) {
        add(&mut typed.rules, &self.rules);
    }

    /// Adds its Sigma rules to those that were typed.
    #[cfg(feature = "sigma")]
    pub(crate) fn add_packs(&self, typed: &mut crate::arguments::SigmaArguments) {
        add(&mut typed.sigma, &self.sigma);
    }

    /// Says that Sigma rules are asked for that this program cannot read.
    #[cfg(not(feature = "sigma"))]
    pub(crate) fn tell_unused_packs(&self) {
        if !self.sigma.is_empty() {
            tell(
                "this hvtriage was built without Sigma rules: those of the configuration are not used",
            );
        }
    }

    /// Adds its folders of images and symbols to those that were typed.
    pub(crate) fn add_store(&self, typed: &mut StoreArguments) {
        add(&mut typed.images, &self.images);
        add(&mut typed.symbols, &self.symbols);
    }

    /// Adds its folders of providers where messages are asked for: they take time.
    pub(crate) fn add_providers(&self, typed: &mut ProvidersArguments) {
        if typed.message || !typed.providers.is_empty() {
            self.add_own_providers(&mut typed.providers);
        }
    }

    /// Adds its folders of providers to those that were typed.
    pub(crate) fn add_own_providers(&self, typed: &mut Vec<PathBuf>) {
        add(typed, &self.providers);
    }

    /// What it ignores.
    pub(crate) fn ignore(&self, today: TodayArgument) -> IgnoreList {
        let entries = self.ignore.iter().map(|entry| entry.value.clone());
        IgnoreList::new(entries.collect(), today.day())
    }

    /// Whether it names rules that can be known without a pack: the ids of Sigma rules are not.
    fn names_rules(&self) -> bool {
        !self.ignore.is_empty() && self.sigma.is_empty()
    }

    /// Says which of its entries name none of `rules`: they ignore nothing.
    pub(crate) fn tell_unknown_rules(&self, rules: &RuleSet) {
        let Some(found) = self.file.as_ref().filter(|_| self.names_rules()) else { return };
        let path = found.path.display();
        for (line, wrong) in self.unknown_rules(rules) {
            tell(&format!("{path}:{line}: {wrong}"));
        }
    }

    /// The lines of entries that name no rule, and what may have been meant.
    fn unknown_rules(&self, rules: &RuleSet) -> Vec<(usize, String)> {
        let names_one = |pattern: &str| {
            let pattern = Selection::default().rule(pattern);
            rules.rules().iter().any(|rule| pattern.takes_rule(&rule.id))
        };
        let wrong = self.ignore.iter().filter(|entry| !names_one(&entry.value.rule));
        wrong.map(|it| (it.line, rule_names::unknown(rules, &it.value.rule))).collect()
    }

    /// How many of its entries are over: it changes when one ends.
    pub(crate) fn expired(&self, today: TodayArgument) -> usize {
        let today = today.day();
        let untils = self.ignore.iter().filter_map(|entry| entry.value.until);
        untils.filter(|until| *until < today).count()
    }
}

fn add(typed: &mut Vec<PathBuf>, own: &[Placed<PathBuf>]) {
    typed.extend(own.iter().map(|placed| placed.value.clone()));
}

impl TodayArgument {
    /// The day that was typed, or that it is.
    pub(crate) fn day(self) -> Day {
        self.today.unwrap_or_else(today)
    }
}

/// The day that it is, in UTC.
fn today() -> Day {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    FileTime::UNIX_EPOCH.saturating_add_seconds(since.as_secs()).into()
}

/// Says that a file is not used.
fn tell_unused(path: &Path) {
    let path = path.display();
    tell(&format!("{path} lies in the evidence and is not used; --config {path} uses it"));
}
