//! Guests and their integration services, for programs.

use hvtriage_diagnosis::{
    GuestAttention, GuestSight, GuestTrouble, Harmless, HostDrift, ReportedGuest, UnknowableGuest,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::citation::{CitationJson, citation};
use super::time::{Time, time};

/// A guest, and a service of it that does not fit its host.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Guest")]
pub(super) struct GuestJson<'a> {
    vm_name: &'a str,
    vm_id: Option<String>,
    hosts: &'a [String],
    service: &'a str,
    state: &'static str,
    verdict: &'static str,
    advice: Option<&'static str>,
    negotiated: Option<&'a str>,
    expected: Option<&'a str>,
    framework_negotiated: Option<&'a str>,
    framework_expected: Option<&'a str>,
    runs: Option<&'a str>,
    os_build: Option<u32>,
    integration_version: Option<&'a str>,
    guest_build: Option<&'a str>,
    guest_update: Option<&'a str>,
    host_build: Option<u32>,
    host_update: Option<&'a str>,
    system: &'static str,
    os_name: Option<&'a str>,
    computer: Option<&'a str>,
    shows: Option<&'a str>,
    first_seen: Option<Time>,
    last_seen: Option<Time>,
    count: u64,
    harmless: &'static str,
    reason: Option<&'a str>,
    history: Vec<SightJson<'a>>,
    citation: CitationJson<'a>,
}

/// What one host said of a guest as long as it was the same.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Sight")]
struct SightJson<'a> {
    host: &'a str,
    host_build: Option<u32>,
    state: &'static str,
    negotiated: Option<&'a str>,
    expected: Option<&'a str>,
    first: Option<Time>,
    last: Option<Time>,
    count: u64,
}

pub(super) fn guest(guest: &GuestAttention) -> GuestJson<'_> {
    let (harmless, reason) = match &guest.harmless {
        Harmless::Yes(reason) => ("yes", Some(reason.as_str())),
        Harmless::No => ("no", None),
        Harmless::Unknown(reason) => ("unknown", Some(reason.as_str())),
    };
    GuestJson {
        vm_name: &guest.vm_name,
        vm_id: guest.vm_id.map(|id| id.to_string()),
        hosts: &guest.hosts,
        service: &guest.service,
        state: guest.state.word(),
        verdict: guest.verdict.word(),
        advice: guest.advice,
        negotiated: guest.negotiated.as_deref(),
        expected: guest.expected.as_deref(),
        framework_negotiated: guest.framework_negotiated.as_deref(),
        framework_expected: guest.framework_expected.as_deref(),
        runs: guest.runs.as_deref(),
        os_build: guest.os_build,
        integration_version: guest.integration_version.as_deref(),
        guest_build: guest.guest_build.as_deref(),
        guest_update: guest.guest_update.as_deref(),
        host_build: guest.host_build,
        host_update: guest.host_update.as_deref(),
        system: guest.system,
        os_name: guest.os_name.as_deref(),
        computer: guest.computer.as_deref(),
        shows: guest.shows.as_deref(),
        first_seen: time(guest.first_seen),
        last_seen: time(guest.last_seen),
        count: guest.count,
        harmless,
        reason,
        history: guest.history.iter().map(sight).collect(),
        citation: citation(&guest.citation),
    }
}

fn sight(sight: &GuestSight) -> SightJson<'_> {
    SightJson {
        host: &sight.host,
        host_build: sight.host_build,
        state: sight.state.word(),
        negotiated: sight.negotiated.as_deref(),
        expected: sight.expected.as_deref(),
        first: time(sight.first),
        last: time(sight.last),
        count: sight.count,
    }
}

/// Hosts that share virtual machines and are not alike.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Drift")]
pub(super) struct DriftJson<'a> {
    hosts: Vec<DriftedHostJson<'a>>,
    vms: &'a [String],
    vm_count: u64,
}

/// One of these hosts.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DriftedHost")]
struct DriftedHostJson<'a> {
    name: &'a str,
    os_build: Option<u32>,
    services: Option<&'a str>,
    citation: CitationJson<'a>,
}

pub(super) fn drift(drift: &HostDrift) -> DriftJson<'_> {
    let hosts = drift.hosts.iter().map(|host| DriftedHostJson {
        name: &host.name,
        os_build: host.os_build,
        services: host.services.as_deref(),
        citation: citation(&host.citation),
    });
    DriftJson { hosts: hosts.collect(), vms: &drift.vms, vm_count: drift.vm_count }
}

/// A guest of whose integration services nothing tells.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Unknowable")]
pub(super) struct UnknowableJson<'a> {
    vm_name: &'a str,
    vm_id: Option<String>,
    hosts: &'a [String],
    lacks: &'static str,
    citation: CitationJson<'a>,
}

pub(super) fn unknowable(guest: &UnknowableGuest) -> UnknowableJson<'_> {
    UnknowableJson {
        vm_name: &guest.vm_name,
        vm_id: guest.vm_id.map(|id| id.to_string()),
        hosts: &guest.hosts,
        lacks: guest.lacks.word(),
        citation: citation(&guest.citation),
    }
}

/// What a guest or its hosts report of it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Reported")]
pub(super) struct ReportedJson<'a> {
    name: &'a str,
    vm_id: Option<String>,
    computer: Option<&'a str>,
    os_name: Option<&'a str>,
    os_build: Option<u32>,
    integration_version: Option<&'a str>,
    integration_state: Option<&'a str>,
    integration_state_meaning: Option<&'static str>,
    host: Option<&'a str>,
    hosts: &'a [String],
    citations: Vec<CitationJson<'a>>,
}

pub(super) fn reported(guest: &ReportedGuest) -> ReportedJson<'_> {
    ReportedJson {
        name: &guest.name,
        vm_id: guest.vm_id.map(|id| id.to_string()),
        computer: guest.computer.as_deref(),
        os_name: guest.os_name.as_deref(),
        os_build: guest.os_build,
        integration_version: guest.integration_version.as_deref(),
        integration_state: guest.integration_state.as_deref(),
        integration_state_meaning: guest.integration_state_meaning,
        host: guest.host.as_deref(),
        hosts: &guest.hosts,
        citations: guest.citations.iter().map(citation).collect(),
    }
}

/// What happened to a guest; `stops` are indexes into the stops of the report.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Trouble")]
pub(super) struct TroubleJson<'a> {
    guest: &'a str,
    vm_id: Option<String>,
    what: &'a str,
    count: u64,
    first: Option<Time>,
    last: Option<Time>,
    hosts: &'a [String],
    stops: &'a [usize],
    citations: Vec<CitationJson<'a>>,
}

pub(super) fn trouble(trouble: &GuestTrouble) -> TroubleJson<'_> {
    TroubleJson {
        guest: &trouble.guest,
        vm_id: trouble.vm_id.map(|id| id.to_string()),
        what: &trouble.what,
        count: trouble.count,
        first: time(trouble.first),
        last: time(trouble.last),
        hosts: &trouble.hosts,
        stops: &trouble.stops,
        citations: trouble.citations.iter().map(citation).collect(),
    }
}
