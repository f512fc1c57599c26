//! Machines: their names, what they are, and why.

use hvtriage_diagnosis::{Doubt, Machine, Reason, SeenRole};
use serde::Serialize;

use super::{CitationJson, citation};

#[derive(Serialize)]
pub(super) struct MachineJson<'a> {
    name: &'a str,
    role: &'static str,
    roles: Vec<RoleJson<'a>>,
    names: &'a [String],
    vm_ids: Vec<String>,
    os_build: Option<u32>,
    reasons: Vec<ReasonJson<'a>>,
    doubts: Vec<DoubtJson<'a>>,
}

#[derive(Serialize)]
struct RoleJson<'a> {
    role: &'static str,
    words: &'a str,
    citation: Option<CitationJson<'a>>,
}

#[derive(Serialize)]
struct ReasonJson<'a> {
    kind: &'static str,
    strength: &'static str,
    words: &'a str,
    citations: Vec<CitationJson<'a>>,
}

#[derive(Serialize)]
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
        os_build: machine.os_build,
        reasons: machine.reasons.iter().map(reason).collect(),
        doubts: machine.doubts.iter().map(doubt).collect(),
    }
}

fn role(role: &SeenRole) -> RoleJson<'_> {
    RoleJson {
        role: role.role.word(),
        words: &role.words,
        citation: role.locator.as_ref().map(|locator| citation(locator, None, None)),
    }
}

fn reason(reason: &Reason) -> ReasonJson<'_> {
    ReasonJson {
        kind: reason.kind.word(),
        strength: reason.strength.word(),
        words: &reason.words,
        citations: reason.locators.iter().map(|one| citation(one, None, None)).collect(),
    }
}

fn doubt(doubt: &Doubt) -> DoubtJson<'_> {
    DoubtJson {
        words: &doubt.words,
        citations: doubt.locators.iter().map(|one| citation(one, None, None)).collect(),
    }
}
