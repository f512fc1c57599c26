//! The tables of what happened, for programs.

use hvtriage_diagnosis::{
    CoveredLog, FilterOfMachine, Host, Locator, Migration, MissingLog, Redirection, Stop,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::citation::{CitationJson, citation};
use super::time::{Time, time};
use crate::words;

fn citations(facts: &[Locator]) -> Vec<CitationJson<'_>> {
    facts.iter().map(citation).collect()
}

/// A crash, or a restart without a shutdown.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Stop")]
pub(super) struct StopJson<'a> {
    machine: &'a str,
    is_guest: bool,
    time: Option<Time>,
    last_alive: Option<Time>,
    back: Option<Time>,
    code: Option<String>,
    parameters: Option<[String; 4]>,
    is_linux: bool,
    blamed: Option<&'a str>,
    told_by: &'a [&'static str],
    alike: u64,
    alike_machines: u64,
    alike_of_unnamed: u64,
    also_known: Vec<AlsoKnownJson>,
    dump_path: Option<&'a str>,
    no_dump: Option<&'a str>,
    small_dump_at_most: bool,
    citations: Vec<CitationJson<'a>>,
}

/// An issue to look up.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "AlsoKnown")]
struct AlsoKnownJson {
    id: &'static str,
    about: &'static str,
}

pub(super) fn stop(stop: &Stop) -> StopJson<'_> {
    StopJson {
        machine: &stop.machine,
        is_guest: stop.is_guest,
        time: time(stop.time),
        last_alive: time(stop.last_alive),
        back: time(stop.back),
        code: stop.bugcheck.map(|bugcheck| words::hex(bugcheck.code)),
        parameters: stop.bugcheck.map(|bugcheck| bugcheck.parameters.map(words::hex)),
        is_linux: stop.is_linux,
        blamed: stop.blamed.as_deref(),
        told_by: &stop.told_by,
        alike: stop.alike,
        alike_machines: stop.alike_machines,
        alike_of_unnamed: stop.alike_of_unnamed,
        also_known: stop
            .also_known
            .iter()
            .map(|issue| AlsoKnownJson { id: issue.id, about: issue.about })
            .collect(),
        dump_path: stop.dump_path.as_deref(),
        no_dump: stop.no_dump.as_deref(),
        small_dump_at_most: stop.is_small_dump_at_most,
        citations: citations(&stop.facts),
    }
}

/// The move of a virtual machine from host to host.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Migration")]
pub(super) struct MigrationJson<'a> {
    vm: &'a str,
    kind: &'static str,
    source: Option<&'a str>,
    destination: Option<&'a str>,
    hosts: &'a [String],
    start: Option<Time>,
    end: Option<Time>,
    blackout_seconds: Option<f64>,
    outcome: &'static str,
    reason: Option<&'a str>,
    citations: Vec<CitationJson<'a>>,
}

pub(super) fn migration(migration: &Migration) -> MigrationJson<'_> {
    MigrationJson {
        vm: &migration.vm,
        kind: if migration.is_live { "live" } else { "quick" },
        source: migration.source.as_deref(),
        destination: migration.destination.as_deref(),
        hosts: &migration.hosts,
        start: time(migration.start),
        end: time(migration.end),
        blackout_seconds: migration.blackout_seconds,
        outcome: migration.outcome.word(),
        reason: migration.reason.as_deref(),
        citations: citations(&migration.facts),
    }
}

/// A machine that runs virtual machines or is a node of a cluster.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Host")]
pub(super) struct HostJson<'a> {
    machine: &'a str,
    is_host: bool,
    is_node: bool,
    os_build: Option<u32>,
    generation: Option<&'a str>,
    hardware: Option<&'a str>,
    other_builds: &'a [u32],
    last_boot: Option<Time>,
    stops: u64,
    vms: u64,
}

pub(super) fn host(host: &Host) -> HostJson<'_> {
    HostJson {
        machine: &host.machine,
        is_host: host.is_host,
        is_node: host.is_node,
        os_build: host.os_build,
        generation: host.generation,
        hardware: host.hardware.as_deref(),
        other_builds: &host.other_builds,
        last_boot: time(host.last_boot),
        stops: host.stops,
        vms: host.vms,
    }
}

/// A host that told of a redirection.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "RedirectedHost")]
struct RedirectedHostJson<'a> {
    machine: &'a str,
    start: Option<Time>,
    end: Option<Time>,
}

/// A time during which hosts did not reach a cluster volume directly.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Redirection")]
pub(super) struct RedirectionJson<'a> {
    machine: &'a str,
    hosts: Vec<RedirectedHostJson<'a>>,
    volume: &'a str,
    states: Vec<&'static str>,
    drivers: &'a [String],
    status: Option<&'a str>,
    start: Option<Time>,
    end: Option<Time>,
    vms: &'a [String],
    vms_of_unknown_volume: Option<u64>,
    citations: Vec<CitationJson<'a>>,
}

pub(super) fn redirection(redirection: &Redirection) -> RedirectionJson<'_> {
    RedirectionJson {
        machine: &redirection.machine,
        hosts: redirection
            .hosts
            .iter()
            .map(|host| RedirectedHostJson {
                machine: &host.machine,
                start: time(host.start),
                end: time(host.end),
            })
            .collect(),
        volume: &redirection.volume,
        states: redirection.states.iter().map(|state| state.word()).collect(),
        drivers: &redirection.drivers,
        status: redirection.status.as_deref(),
        start: time(redirection.start),
        end: time(redirection.end),
        vms: &redirection.vms,
        vms_of_unknown_volume: redirection.vms_of_unknown_volume,
        citations: citations(&redirection.facts),
    }
}

/// A filter driver of a machine.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Filter")]
pub(super) struct FilterJson<'a> {
    machine: &'a str,
    driver: &'a str,
    version: Option<&'a str>,
    vendor: Option<&'a str>,
    category: Option<&'a str>,
    altitude_group: Option<&'a str>,
    is_of_windows: Option<bool>,
    first: Option<Time>,
    last: Option<Time>,
    unloaded: Option<Time>,
    citation: CitationJson<'a>,
}

pub(super) fn filter(filter: &FilterOfMachine) -> FilterJson<'_> {
    FilterJson {
        machine: &filter.machine,
        driver: &filter.driver,
        version: filter.version.as_deref(),
        vendor: filter.vendor,
        category: filter.category,
        altitude_group: filter.altitude_group,
        is_of_windows: filter.is_of_windows,
        first: time(filter.first),
        last: time(filter.last),
        unloaded: time(filter.unloaded),
        citation: citation(&filter.citation),
    }
}

/// The time that a log covers.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Coverage")]
pub(super) struct CoverageJson<'a> {
    machine: &'a str,
    channel: &'a str,
    events: u64,
    first_time: Option<Time>,
    last_time: Option<Time>,
    sources: &'a [String],
    is_damaged: bool,
}

pub(super) fn coverage(log: &CoveredLog) -> CoverageJson<'_> {
    CoverageJson {
        machine: &log.machine,
        channel: &log.channel,
        events: log.events,
        first_time: time(log.first_time),
        last_time: time(log.last_time),
        sources: &log.sources,
        is_damaged: log.is_damaged,
    }
}

/// What would tell more.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Missing")]
pub(super) struct MissingJson<'a> {
    machine: &'a str,
    what: &'a str,
    reason: &'a str,
    is_lost: bool,
}

pub(super) fn missing(missing: &MissingLog) -> MissingJson<'_> {
    MissingJson {
        machine: &missing.machine,
        what: &missing.what,
        reason: &missing.reason,
        is_lost: missing.is_lost,
    }
}
