//! Which logs of which machine cover which time, and what should be asked for.

mod distinct;
mod missing;
mod of_hosts;
mod of_stops;

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use crate::machine::first_label;
use crate::{Machine, Problem, Source, some_of};
pub use missing::{MissingLog, first_missing, missing};

/// The logs in which a host tells of its guests and of itself.
pub const LOGS_OF_A_HOST: [&str; 3] =
    ["System", "Microsoft-Windows-Hyper-V-VMMS-Admin", "Microsoft-Windows-Hyper-V-Worker-Admin"];

/// What the evidence has of one log of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredLog {
    /// The machine, by its display name.
    pub machine: String,
    /// The channel, `Microsoft-Windows-Hyper-V-VMMS-Admin`.
    pub channel: String,
    /// Events of all files of it, those of overlapping exports once as far as their record ids are known.
    pub events: u64,
    /// Time of its first event.
    pub first_time: Option<FileTime>,
    /// Time of its last event.
    pub last_time: Option<FileTime>,
    /// The files.
    pub sources: Vec<String>,
    /// Whether some of a file could not be read, so that the time between may have holes.
    pub is_damaged: bool,
}

/// The logs of `sources` by machine and channel, and which of them `problems` were met in. Files that do not
/// tell both are left out.
#[must_use]
pub fn coverage(sources: &[Source], machines: &[Machine], problems: &[Problem]) -> Vec<CoveredLog> {
    let unread = problems.iter().filter(|problem| problem.is_unread());
    let damaged: BTreeSet<&str> = unread.map(|problem| problem.source.as_str()).collect();
    let names = Names::of(machines);
    let mut logs: BTreeMap<(String, String), Vec<&Source>> = BTreeMap::new();
    for source in sources {
        let (Some(computer), Some(channel)) = (&source.computer, &source.channel) else { continue };
        let key = (names.shown(computer), channel.to_lowercase());
        logs.entry(key).or_default().push(source);
    }
    let covered = |((machine, channel), files): ((String, String), Vec<&Source>)| CoveredLog {
        machine,
        channel: files.iter().find_map(|file| file.channel.clone()).unwrap_or(channel),
        events: distinct::events(&files),
        first_time: files.iter().filter_map(|file| file.first_time).min(),
        last_time: files.iter().filter_map(|file| file.last_time).max(),
        sources: files.iter().map(|file| file.name.clone()).collect(),
        is_damaged: files.iter().any(|file| damaged.contains(file.name.as_str())),
    };
    logs.into_iter().map(covered).collect()
}

/// Machines by every name that is used for them.
struct Names<'a> {
    shown: BTreeMap<String, &'a str>,
}

impl<'a> Names<'a> {
    fn of(machines: &'a [Machine]) -> Self {
        let mut shown = BTreeMap::new();
        for machine in machines {
            for name in &machine.names {
                shown.insert(name.to_lowercase(), machine.name.as_str());
                // Events name other hosts by the short name.
                let short = short_name(name);
                shown.entry(short).or_insert(machine.name.as_str());
            }
        }
        Self { shown }
    }

    /// The display name of a computer, or its own where no fact speaks of it.
    fn shown(&self, computer: &str) -> String {
        let known = self.shown.get(&computer.to_lowercase());
        known.map_or_else(|| computer.to_owned(), |name| (*name).to_owned())
    }

    fn knows(&self, computer: &str) -> bool {
        let computer = computer.to_lowercase();
        self.shown.contains_key(&computer) || self.shown.contains_key(first_label(&computer))
    }
}

/// The first part of a computer's name, in lower case.
fn short_name(name: &str) -> String {
    first_label(name).to_lowercase()
}

/// The first of what a reason names, and how many more.
fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    some_of(names, SHOWN, ", ")
}
