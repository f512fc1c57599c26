//! What should be asked for: evidence that is not there and would tell more.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::of_hosts::missing_of_hosts;
use super::of_stops::missing_of_stops;
use super::{CoveredLog, LOGS_OF_A_HOST, Names, named, short_name};
use crate::fact::Role;
use crate::finding::{Finding, Judgement, Severity};
use crate::rule::Theme;
use crate::wanted::WantedLog;
use crate::{Machine, Migration, MigrationOutcome, Source, Stop, Tables};

/// Evidence that is not there and would tell more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingLog {
    /// The machine that has it, as it was named.
    pub machine: String,
    /// What to bring.
    pub what: String,
    /// What it would tell.
    pub reason: String,
    /// Whether it was never written or is gone, so that only the next time can be better.
    pub is_lost: bool,
}

/// More is not asked for at once.
const MAX_MISSING: usize = 50;

/// What should be asked for, in the order of machines: all of it.
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
    if !sources.iter().any(Source::is_of_unknown_channel) {
        missing_nodes(machines, logs, &judgement.findings, &mut missing);
        missing_by_rules(logs, &judgement.wanted_logs, &mut missing);
        missing_channels(machines, logs, &judgement.findings, &mut missing);
        missing_of_hosts(logs, tables, &mut missing);
    }
    missing.into_iter().collect()
}

/// The first of what should be asked for. Where a span of time was judged, `of_all` is what all evidence asks
/// for: what it does not is at hand and lies outside.
#[must_use]
pub fn first_missing(missing: Vec<MissingLog>, of_all: Option<&[MissingLog]>) -> Vec<MissingLog> {
    // More names of a machine are known where more is judged.
    let key = |one: &MissingLog| (short_name(&one.machine), one.what.clone());
    let of_all: Option<BTreeSet<_>> = of_all.map(|all| all.iter().map(key).collect());
    let is_wanted = |one: &MissingLog| of_all.as_ref().is_none_or(|all| all.contains(&key(one)));
    missing.into_iter().filter(is_wanted).take(MAX_MISSING).collect()
}

/// A migration this long before or after a stop of its guest may have to do with it.
const ABOUT_A_MIGRATION_SECONDS: u64 = 60 * 60;

/// Hosts that others name and that have logged nothing here, in migrations that failed or about which the
/// guest stopped.
fn missing_hosts(machines: &[Machine], tables: &Tables, missing: &mut BTreeSet<MissingLog>) {
    let names = Names::of(machines);
    let stops = StopTimes::of(&tables.stops);
    let mut reasons: BTreeMap<String, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for migration in &tables.migrations {
        let reason = match migration.outcome {
            MigrationOutcome::Failed => "failed",
            _ if stops.is_about(migration) => "was about a stop of the guest",
            _ => continue,
        };
        for host in [&migration.source, &migration.destination].into_iter().flatten() {
            // An address names no machine that could be asked for.
            if !names.knows(host) && host.parse::<std::net::IpAddr>().is_err() {
                let of = reasons.entry(host.clone()).or_default().entry(reason).or_default();
                of.insert(&migration.vm);
            }
        }
    }
    for (host, reasons) in reasons {
        let said = reasons.iter().map(|(reason, vms)| {
            format!("the migration of {} to or from it {reason}", named(vms.iter().copied()))
        });
        missing.insert(MissingLog {
            machine: host,
            what: "the Hyper-V and System logs".into(),
            reason: said.collect::<Vec<_>>().join("; "),
            is_lost: false,
        });
    }
}

/// Nodes of a cluster with a grave finding of which nothing is at hand but what others say.
fn missing_nodes(
    machines: &[Machine],
    logs: &[CoveredLog],
    findings: &[Finding],
    missing: &mut BTreeSet<MissingLog>,
) {
    let names = Names::of(machines);
    let with_logs: BTreeSet<&str> = logs.iter().map(|log| log.machine.as_str()).collect();
    let grave = findings.iter().filter(|finding| finding.severity >= Severity::Medium);
    let grave: BTreeSet<&str> = grave.map(|finding| finding.machine.as_str()).collect();
    let asked = missing.iter().filter(|one| one.what.contains("System"));
    let mut asked: BTreeSet<String> = asked.map(|one| one.machine.clone()).collect();
    let machines = machines.iter().filter(|machine| grave.contains(machine.name.as_str()));
    let nodes = machines.flat_map(|machine| {
        let nodes = machine.cluster.iter().flat_map(|cluster| &cluster.nodes);
        nodes.map(|node| (machine.name.as_str(), node))
    });
    let is_at_hand = |node: &str| names.knows(node) || with_logs.contains(node);
    let unknown = nodes.filter(|(_, node)| !is_at_hand(node));
    let new = unknown.filter(|(_, node)| asked.insert((*node).clone()));
    missing.extend(new.take(MAX_MISSING).map(|(machine, node)| MissingLog {
        machine: node.clone(),
        what: "the System and Hyper-V logs".into(),
        reason: format!("it is a node of the cluster of {machine}"),
        is_lost: false,
    }));
}

/// When guests stopped, by the first part of their names in lower case, sorted.
struct StopTimes(BTreeMap<String, Vec<FileTime>>);

impl StopTimes {
    fn of(stops: &[Stop]) -> Self {
        let mut times: BTreeMap<String, Vec<FileTime>> = BTreeMap::new();
        for stop in stops {
            times.entry(short_name(&stop.machine)).or_default().extend(stop.time);
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        Self(times)
    }

    /// Whether the guest of a migration stopped about it.
    fn is_about(&self, migration: &Migration) -> bool {
        let from = migration.start.or(migration.end);
        let until = migration.end.or(migration.start);
        let (Some(from), Some(until)) = (from, until) else { return false };
        let Some(times) = self.0.get(&short_name(&migration.vm)) else { return false };
        let from = from.saturating_sub_seconds(ABOUT_A_MIGRATION_SECONDS);
        let next = times.partition_point(|time| *time < from);
        let last = until.saturating_add_seconds(ABOUT_A_MIGRATION_SECONDS);
        times.get(next).is_some_and(|time| *time <= last)
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
            is_lost: false,
        });
    }
}

/// Whether a log of a host may tell more of a finding: which services and drivers there are, and how they
/// are set up, no log of what happened decides. Filters are loaded in System.
fn may_tell(channel: &str, finding: &Finding) -> bool {
    match finding.theme {
        Some(Theme::Integration | Theme::Security | Theme::Settings) => false,
        Some(Theme::Antivirus) => channel == "System",
        _ => true,
    }
}

/// Logs of hosts with findings that matter, where they do not cover the time of the finding.
fn missing_channels(
    machines: &[Machine],
    logs: &[CoveredLog],
    findings: &[Finding],
    missing: &mut BTreeSet<MissingLog>,
) {
    let mut by_machine: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.severity >= Severity::Medium) {
        by_machine.entry(finding.machine.as_str()).or_default().push(finding);
    }
    for machine in machines.iter().filter(|machine| machine.role == Role::Host) {
        let Some(findings) = by_machine.get(machine.name.as_str()) else { continue };
        for channel in LOGS_OF_A_HOST {
            let told = findings.iter().filter(|finding| may_tell(channel, finding));
            let times: Vec<FileTime> =
                told.flat_map(|it| [it.time, it.last_time]).flatten().collect();
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
                is_lost: false,
            });
        }
    }
}
