//! What the hosts of guests that stopped could tell, where their logs do not cover that time.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::{CoveredLog, LOGS_OF_A_HOST, MissingLog, named, short_name};
use crate::{Migration, MigrationOutcome, Stop, Tables};

/// The System log of a host that runs is not quiet for so long; those of Hyper-V are.
const LONGEST_QUIET_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Logs of the hosts to which a guest was moved last before it stopped, unless its host tells of the stop.
pub(super) fn missing_of_hosts(
    logs: &[CoveredLog],
    tables: &Tables,
    missing: &mut BTreeSet<MissingLog>,
) {
    let mut reasons: BTreeMap<(&str, &str, &str), BTreeSet<String>> = BTreeMap::new();
    let with_logs: BTreeSet<&str> = logs.iter().map(|log| log.machine.as_str()).collect();
    let moved = LastMigrations::of(&tables.migrations);
    for stop in tables.stops.iter().filter(|stop| stop.is_guest && !stop.told_by.contains(&"host"))
    {
        let Some(time) = stop.last_alive.or(stop.time) else { continue };
        // Of hosts without any log the host's name alone is asked for elsewhere.
        for host in moved.hosts(stop, time).filter(|host| with_logs.contains(host)) {
            for channel in LOGS_OF_A_HOST {
                let Some(state) = state(logs, host, channel, time) else { continue };
                let guests = reasons.entry((host, channel, state)).or_default();
                guests.insert(format!("{} at {}", stop.machine, time.to_the_second()));
            }
        }
    }
    for ((host, channel, state), stops) in reasons {
        let what = format!("the log {channel}");
        if missing.iter().any(|one| one.machine == host && one.what == what) {
            continue;
        }
        missing.insert(MissingLog {
            machine: host.to_owned(),
            what,
            reason: format!(
                "{state}; a guest that was moved to or from it stopped: {}",
                named(stops.iter().map(String::as_str))
            ),
            is_lost: false,
        });
    }
}

/// Why a log does not tell of `time`; `None` where it does, or was only quiet.
fn state(logs: &[CoveredLog], host: &str, channel: &str, time: FileTime) -> Option<&'static str> {
    let of = |log: &&CoveredLog| log.machine == host && log.channel.eq_ignore_ascii_case(channel);
    let Some(log) = logs.iter().find(of) else { return Some("it is not there") };
    let quiet = log.last_time?.saturating_add_seconds(LONGEST_QUIET_SECONDS);
    if log.first_time? > time {
        Some("it begins later")
    } else if channel == "System" && quiet < time {
        Some("it ends more than a week before")
    } else {
        None
    }
}

/// Migrations of each guest, by the first part of its name in lower case, in order of
/// time.
struct LastMigrations<'a>(BTreeMap<String, Vec<(FileTime, &'a Migration)>>);

impl<'a> LastMigrations<'a> {
    fn of(migrations: &'a [Migration]) -> Self {
        let mut of_guest: BTreeMap<String, Vec<(FileTime, &Migration)>> = BTreeMap::new();
        for migration in migrations {
            if let Some(time) = migration.start.or(migration.end) {
                of_guest.entry(short_name(&migration.vm)).or_default().push((time, migration));
            }
        }
        for of_guest in of_guest.values_mut() {
            of_guest.sort_by_key(|(time, _)| *time);
        }
        Self(of_guest)
    }

    /// The host on which a guest was after its last migration before `time`; both hosts where it is not told which.
    fn hosts(&self, stop: &Stop, time: FileTime) -> impl Iterator<Item = &'a str> + use<'a> {
        let of_guest = self.0.get(&short_name(&stop.machine));
        let last = of_guest.and_then(|all| {
            let until = all.partition_point(|(begun, _)| *begun <= time);
            all.get(until.checked_sub(1)?).map(|(_, migration)| *migration)
        });
        let hosts = last.map(|last| {
            // What fails stays where it was. A host that it left is not the one on which it stopped.
            let has_moved = last.outcome != MigrationOutcome::Failed;
            let (now, before) = match has_moved {
                true => (&last.destination, &last.source),
                false => (&last.source, &last.destination),
            };
            match (now, before) {
                (Some(now), _) => std::slice::from_ref(now),
                (None, None) => last.hosts.as_slice(),
                (None, Some(_)) => &[],
            }
        });
        hosts.into_iter().flatten().map(String::as_str)
    }
}
