//! Machines: their names, what they are, and why.

use hvtriage_diagnosis::{ClockOffset, Cluster, Doubt, Machine, Reason, SeenRole};
use hvtriage_winfmt::FileTime;
use schemars::JsonSchema;
use serde::Serialize;

use super::citation::{CitationJson, citation};

/// A host or a guest, with all its names.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Machine")]
pub(super) struct MachineJson<'a> {
    name: &'a str,
    role: &'static str,
    roles: Vec<RoleJson<'a>>,
    names: &'a [String],
    vm_ids: Vec<String>,
    addresses: &'a [String],
    os_build: Option<u32>,
    reasons: Vec<ReasonJson<'a>>,
    doubts: Vec<DoubtJson<'a>>,
    cluster: Option<ClusterJson<'a>>,
    clock: Option<ClockJson<'a>>,
}

/// The cluster that a machine is a node of.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Cluster")]
struct ClusterJson<'a> {
    name: Option<&'a str>,
    nodes: &'a [String],
    reasons: Vec<ReasonJson<'a>>,
}

/// How far the clock of a machine is ahead of another one.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Clock")]
struct ClockJson<'a> {
    reference: &'a str,
    ahead_seconds: f64,
    within_seconds: f64,
    pairs: u64,
    basis: &'a str,
    is_applied: bool,
    words: String,
}

/// What a machine is, and what shows it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Role")]
struct RoleJson<'a> {
    role: &'static str,
    words: &'a str,
    citation: Option<CitationJson<'a>>,
}

/// Why names are held to be one machine.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Reason")]
struct ReasonJson<'a> {
    kind: &'static str,
    strength: &'static str,
    words: &'a str,
    citations: Vec<CitationJson<'a>>,
}

/// What speaks against it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Doubt")]
struct DoubtJson<'a> {
    words: &'a str,
    citations: Vec<CitationJson<'a>>,
}

pub(super) fn machine(machine: &Machine) -> MachineJson<'_> {
    MachineJson {
        name: &machine.name,
        role: machine.role.word(),
        roles: machine.roles.iter().map(role).collect(),
        names: &machine.names,
        vm_ids: machine.vm_ids.iter().map(ToString::to_string).collect(),
        addresses: &machine.addresses,
        os_build: machine.os_build,
        reasons: machine.reasons.iter().map(reason).collect(),
        doubts: machine.doubts.iter().map(doubt).collect(),
        cluster: machine.cluster.as_ref().map(cluster),
        clock: machine.clock.as_ref().map(clock),
    }
}

fn cluster(cluster: &Cluster) -> ClusterJson<'_> {
    ClusterJson {
        name: cluster.name.as_deref(),
        nodes: &cluster.nodes,
        reasons: cluster.reasons.iter().map(reason).collect(),
    }
}

fn clock(clock: &ClockOffset) -> ClockJson<'_> {
    ClockJson {
        reference: &clock.reference,
        ahead_seconds: clock.ahead_ticks as f64 / FileTime::TICKS_PER_SECOND as f64,
        within_seconds: clock.within_ticks as f64 / FileTime::TICKS_PER_SECOND as f64,
        pairs: clock.pairs,
        basis: &clock.basis,
        is_applied: clock.is_applied,
        words: clock.words(),
    }
}

fn role(role: &SeenRole) -> RoleJson<'_> {
    RoleJson {
        role: role.role.word(),
        words: &role.words,
        citation: role.locator.as_ref().map(citation),
    }
}

fn reason(reason: &Reason) -> ReasonJson<'_> {
    ReasonJson {
        kind: reason.kind.word(),
        strength: reason.strength.word(),
        words: &reason.words,
        citations: reason.locators.iter().map(citation).collect(),
    }
}

fn doubt(doubt: &Doubt) -> DoubtJson<'_> {
    DoubtJson { words: &doubt.words, citations: doubt.locators.iter().map(citation).collect() }
}
