//! What stops leave to be wished for: a dump, or the log of the guest.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::{CoveredLog, MissingLog, named};
use crate::{Stop, Tables};

/// Stops of one machine that want the same.
#[derive(Default)]
struct OfStops {
    times: Vec<Option<FileTime>>,
    /// What stops there were.
    stops: BTreeSet<String>,
    /// What the log says of their dumps.
    dumps: BTreeSet<String>,
}

/// A dump of a crash that only logs tell of, unless there is none; and the log of a guest that only its
/// host speaks of. Each once for a machine, however often it stopped.
pub(super) fn missing_of_stops(
    logs: &[CoveredLog],
    tables: &Tables,
    missing: &mut BTreeSet<MissingLog>,
) {
    let with_logs: BTreeSet<&str> = logs.iter().map(|log| log.machine.as_str()).collect();
    let mut by_want: BTreeMap<(&str, Want), OfStops> = BTreeMap::new();
    for stop in &tables.stops {
        for want in wants(stop, with_logs.contains(stop.machine.as_str())) {
            let of = by_want.entry((&stop.machine, want)).or_default();
            of.times.push(stop.last_alive.or(stop.time));
            let code = stop.bugcheck.map(|bugcheck| format!("STOP {:#X}", bugcheck.code));
            of.stops.extend(code);
            let saved = stop.dump_path.as_ref().map(|path| format!("saved as {path}"));
            of.dumps.extend(stop.no_dump.clone().or(saved));
        }
    }
    for ((machine, want), of) in by_want {
        missing.insert(MissingLog {
            machine: machine.to_owned(),
            what: want.what().into(),
            reason: want.reason(&of),
            is_lost: want == Want::DumpNextTime,
        });
    }
}

/// What a stop leaves to be wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Want {
    Dump,
    SmallDump,
    DumpNextTime,
    SystemLog,
}

fn wants(stop: &Stop, has_log: bool) -> Vec<Want> {
    let has = |word| stop.told_by.contains(&word);
    let mut wants = Vec::new();
    // A panic of Linux leaves its dump elsewhere, if any.
    let is_told = stop.bugcheck.is_some_and(|bugcheck| bugcheck.code != 0) && !stop.is_linux;
    if is_told && !has("dump") {
        wants.push(match (&stop.no_dump, stop.is_small_dump_at_most) {
            (Some(_), _) => Want::DumpNextTime,
            (None, true) => Want::SmallDump,
            (None, false) => Want::Dump,
        });
    }
    if has("host") && !has("own log") && !has_log && !stop.is_linux {
        wants.push(Want::SystemLog);
    }
    wants
}

impl Want {
    fn what(self) -> &'static str {
        match self {
            Self::Dump => "the memory dump, or the small dump beside it",
            Self::SmallDump => "the small dump, if there is one",
            Self::DumpNextTime => {
                "a dump of the next crash: choose a kernel or automatic memory dump, with a page file \
                 on the system drive that holds it and room for the dump there"
            }
            Self::SystemLog => "the System log",
        }
    }

    /// Why: the different stops, when they were, and what became of their dumps.
    fn reason(self, of: &OfStops) -> String {
        let times = || of.times.iter().flatten();
        let when = match (times().min(), times().max()) {
            (Some(first), Some(last)) if of.times.len() > 1 => format!(
                ", {} times from {} to {}",
                of.times.len(),
                first.to_the_second(),
                last.to_the_second()
            ),
            (Some(only), _) => format!(" at {}", only.to_the_second()),
            _ => String::new(),
        };
        let stops = named(of.stops.iter().map(String::as_str));
        match self {
            Self::SystemLog => format!("only its host tells that it stopped{when}"),
            Self::SmallDump => {
                format!("its log tells that no full dump of {stops} was saved{when}")
            }
            Self::Dump if of.dumps.is_empty() => format!("only logs tell of {stops}{when}"),
            Self::Dump => format!(
                "only logs tell of {stops}{when}; {}",
                named(of.dumps.iter().map(String::as_str))
            ),
            Self::DumpNextTime => {
                format!(
                    "there is none of {stops}{when}, since {}",
                    named(of.dumps.iter().map(String::as_str))
                )
            }
        }
    }
}
