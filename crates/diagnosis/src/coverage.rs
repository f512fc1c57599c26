//! Which logs of which machine cover which time, and what should be asked for.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use crate::fact::Role;
use crate::finding::{Finding, Judgement, Severity};
use crate::wanted::WantedLog;
use crate::{Machine, MigrationOutcome, Source, Tables};

/// What the evidence has of one log of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredLog {
    /// The machine, by its display name.
    pub machine: String,
    /// The channel, `Microsoft-Windows-Hyper-V-VMMS-Admin`.
    pub channel: String,
    /// Events of all files of it; overlapping exports count twice.
    pub events: u64,
    /// Time of its first event.
    pub first_time: Option<FileTime>,
    /// Time of its last event.
    pub last_time: Option<FileTime>,
    /// The files.
    pub sources: Vec<String>,
}

/// Evidence that is not there and would tell more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingLog {
    /// The machine that has it, as it was named.
    pub machine: String,
    /// What to bring.
    pub what: String,
    /// What it would tell.
    pub reason: String,
}

/// More is not asked for at once.
const MAX_MISSING: usize = 50;

/// The logs in which a host tells of its guests and of itself.
const OF_A_HOST: [&str; 3] =
    ["System", "Microsoft-Windows-Hyper-V-VMMS-Admin", "Microsoft-Windows-Hyper-V-Worker-Admin"];

/// The logs of `sources` by machine and channel. Files that do not tell both are left out.
#[must_use]
pub fn coverage(sources: &[Source], machines: &[Machine]) -> Vec<CoveredLog> {
    let names = Names::of(machines);
    let mut logs: BTreeMap<(String, String), CoveredLog> = BTreeMap::new();
    for source in sources {
        let (Some(computer), Some(channel)) = (&source.computer, &source.channel) else { continue };
        let machine = names.shown(computer);
        let key = (machine.clone(), channel.to_lowercase());
        let log = logs.entry(key).or_insert_with(|| CoveredLog {
            machine,
            channel: channel.clone(),
            events: 0,
            first_time: None,
            last_time: None,
            sources: Vec::new(),
        });
        log.events = log.events.saturating_add(source.events.unwrap_or_default());
        log.first_time = log.first_time.into_iter().chain(source.first_time).min();
        log.last_time = log.last_time.max(source.last_time);
        log.sources.push(source.name.clone());
    }
    logs.into_values().collect()
}

/// What should be asked for, in the order of machines.
#[must_use]
pub fn missing(
    sources: &[Source],
    machines: &[Machine],
    logs: &[CoveredLog],
    judgement: &Judgement,
    tables: &Tables,
) -> Vec<MissingLog> {
    let mut missing = BTreeSet::new();
    missing_of_stops(logs, tables, &mut missing);
    missing_hosts(machines, tables, &mut missing);
    // A file that does not name its channel may be any of them.
    if !sources.iter().any(is_of_unknown_channel) {
        missing_by_rules(logs, &judgement.wanted_logs, &mut missing);
        missing_channels(machines, logs, &judgement.findings, &mut missing);
    }
    missing.into_iter().take(MAX_MISSING).collect()
}

fn is_of_unknown_channel(source: &Source) -> bool {
    source.kind.is_log() && source.channel.is_none() && source.events != Some(0)
}

/// The dump of a crash that only logs tell of, and the log of a guest that only its host speaks of.
fn missing_of_stops(logs: &[CoveredLog], tables: &Tables, missing: &mut BTreeSet<MissingLog>) {
    let with_logs: BTreeSet<&str> = logs.iter().map(|log| log.machine.as_str()).collect();
    for stop in &tables.stops {
        let has = |word| stop.told_by.contains(&word);
        let when =
            stop.time.map_or_else(String::new, |time| format!(" at {}", time.to_the_second()));
        if let Some(bugcheck) = stop.bugcheck.filter(|it| it.code != 0 && !has("dump")) {
            missing.insert(MissingLog {
                machine: stop.machine.clone(),
                what: "the memory dump, or the small dump beside it".into(),
                reason: format!("only logs tell of STOP {:#X}{when}", bugcheck.code),
            });
        }
        let has_log = with_logs.contains(stop.machine.as_str());
        if has("host") && !has("own log") && !has_log && !stop.is_linux {
            missing.insert(MissingLog {
                machine: stop.machine.clone(),
                what: "the System log".into(),
                reason: format!("only its host tells that it stopped{when}"),
            });
        }
    }
}

/// Hosts that others name in migrations that failed, and that have logged nothing here.
fn missing_hosts(machines: &[Machine], tables: &Tables, missing: &mut BTreeSet<MissingLog>) {
    let names = Names::of(machines);
    for migration in &tables.migrations {
        if migration.outcome != MigrationOutcome::Failed {
            continue;
        }
        for host in [&migration.source, &migration.destination].into_iter().flatten() {
            // An address names no machine that could be asked for.
            if !names.knows(host) && host.parse::<std::net::IpAddr>().is_err() {
                missing.insert(MissingLog {
                    machine: host.clone(),
                    what: "the Hyper-V and System logs".into(),
                    reason: format!("the migration of {} to or from it failed", migration.vm),
                });
            }
        }
    }
}

/// Logs in which rules would find what makes them surer, each with the rules that want it.
fn missing_by_rules(logs: &[CoveredLog], wanted: &[WantedLog], missing: &mut BTreeSet<MissingLog>) {
    /// More rules say nothing more.
    const MAX_RULES: usize = 3;
    let mut reasons: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for one in wanted {
        let is_there = |log: &CoveredLog| {
            let is_of = one.channels.iter().any(|it| log.channel.eq_ignore_ascii_case(it));
            log.machine == one.machine && is_of && log.first_time <= one.time
        };
        if let Some(channel) = one.channels.first().filter(|_| !logs.iter().any(is_there)) {
            let (from, to) = (one.from.word(), one.to.word());
            let reason = format!("it may raise {} from {from} to {to} confidence", one.rule);
            reasons.entry((&one.machine, channel)).or_default().insert(reason);
        }
    }
    for ((machine, channel), reasons) in reasons {
        let reasons: Vec<String> = reasons.into_iter().take(MAX_RULES).collect();
        missing.insert(MissingLog {
            machine: machine.to_owned(),
            what: format!("the log {channel}"),
            reason: reasons.join("; "),
        });
    }
}

/// Logs of hosts with findings that matter, where they do not cover the time of the finding.
fn missing_channels(
    machines: &[Machine],
    logs: &[CoveredLog],
    findings: &[Finding],
    missing: &mut BTreeSet<MissingLog>,
) {
    let mut by_machine: BTreeMap<&str, Vec<FileTime>> = BTreeMap::new();
    let grave = findings.iter().filter(|finding| finding.severity >= Severity::Medium);
    for finding in grave {
        let times = by_machine.entry(finding.machine.as_str()).or_default();
        times.extend([finding.time, finding.last_time].into_iter().flatten());
    }
    for machine in machines.iter().filter(|machine| machine.role == Role::Host) {
        let Some(times) = by_machine.get(machine.name.as_str()) else { continue };
        for channel in OF_A_HOST {
            let of_channel = |log: &&CoveredLog| {
                log.machine == machine.name && log.channel.eq_ignore_ascii_case(channel)
            };
            let log = logs.iter().find(of_channel);
            let first = log.and_then(|log| log.first_time);
            let Some(time) = times.iter().min() else { continue };
            let reason = match (log, first) {
                (None, _) => format!("it is not there; a finding is of {}", time.to_the_second()),
                // A log that begins later was written over; one that ends earlier was quiet.
                (Some(_), Some(first)) if first > *time => {
                    format!(
                        "it begins at {}, after a finding of {}",
                        first.to_the_second(),
                        time.to_the_second()
                    )
                }
                _ => continue,
            };
            missing.insert(MissingLog {
                machine: machine.name.clone(),
                what: format!("the log {channel}"),
                reason,
            });
        }
    }
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
                let short = name.split('.').next().unwrap_or_default().to_lowercase();
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
        let short = computer.split('.').next().unwrap_or_default();
        self.shown.contains_key(&computer) || self.shown.contains_key(short)
    }
}
