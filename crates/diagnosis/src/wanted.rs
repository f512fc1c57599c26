//! Which log would make a finding surer, by what its rule looks for and did not find.

use std::net::IpAddr;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::{FactKind, MigrationPhase};
use crate::finding::Confidence;
use crate::kind::Kind;
use crate::logged_event::EventRequest;
use crate::matching::Match;
use crate::rule::{Relation, Rule, Support};

/// A log in which a rule would find what raises its confidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedLog {
    /// The machine that writes it, by its display name.
    pub machine: String,
    /// The channels of which any may hold it, the likeliest first.
    pub channels: &'static [&'static str],
    /// About which time.
    pub time: Option<FileTime>,
    /// The rule's id.
    pub rule: String,
    /// What the rule is as it stands.
    pub from: Confidence,
    /// What it would be.
    pub to: Confidence,
}

/// What `rule` would still want for a match of it.
pub(crate) fn wanted(evidence: &Evidence, rule: &Rule, held: &Match) -> Vec<WantedLog> {
    let Some(anchor) = held.anchor() else { return Vec::new() };
    let supports = held.facts.iter().skip(rule.when.len());
    let open = rule.supported_by.iter().zip(supports).filter(|(_, fact)| fact.is_none());
    open.flat_map(|(support, _)| {
        let to = support.raises_to.filter(|to| *to > held.confidence);
        to.map(|to| of_support(evidence, rule, support, anchor, held.confidence, to))
    })
    .flatten()
    .collect()
}

fn of_support(
    evidence: &Evidence,
    rule: &Rule,
    support: &Support,
    anchor: usize,
    from: Confidence,
    to: Confidence,
) -> Vec<WantedLog> {
    let kinds = support.binding.kinds.iter();
    let logs = kinds.filter_map(|kind| {
        let channels = match &support.binding.events {
            Some(events) => channels_of(events),
            None => channels(*kind),
        };
        Some(WantedLog {
            machine: machine(evidence, support, anchor, *kind).filter(|_| !channels.is_empty())?,
            channels,
            time: evidence.logged_time(anchor),
            rule: rule.id.clone(),
            from,
            to,
        })
    });
    logs.collect()
}

/// The machine whose log would tell it, by its display name, or as others call it.
fn machine(evidence: &Evidence, support: &Support, anchor: usize, kind: Kind) -> Option<String> {
    let name = |machine: usize| Some(evidence.machines().get(machine)?.name.clone());
    support.binding.relations.iter().find_map(|relation| match relation {
        Relation::SameMachine(_) => name(evidence.machine_index(anchor)),
        Relation::SameVm(_) | Relation::MayBeSameVm(_)
            if kind.is_of_host() || support.binding.events.is_some() =>
        {
            let vm = *evidence.vms_of(anchor).first()?;
            let time = evidence.time(anchor)?;
            let host = evidence.placement().host_at(vm, time).and_then(name);
            host.or_else(|| left_for(evidence, vm, time))
        }
        _ => None,
    })
}

/// The host that a virtual machine left for last before `time`, as the host that it left called it when it
/// began. That it has left names none.
fn left_for(evidence: &Evidence, vm: usize, time: FileTime) -> Option<String> {
    /// Among more migrations of others it is not looked for.
    const MAX_LOOKED_AT: usize = 1024;
    let before = evidence.between(evidence.of_kind(Kind::LiveMigration), &(None..Some(time)));
    let of_vm =
        before.iter().rev().take(MAX_LOOKED_AT).filter(|it| evidence.vms_of(**it).contains(&vm));
    let told = of_vm.filter_map(|index| match &evidence.fact(*index)?.kind {
        FactKind::LiveMigration { phase, other_host, .. } => Some((*index, *phase, other_host)),
        _ => None,
    });
    let mut back = told.skip_while(|(_, phase, _)| *phase != MigrationPhase::FinishedAtSource);
    let (left, ..) = back.next()?;
    let is_start_or_end =
        |phase| matches!(phase, MigrationPhase::Started | MigrationPhase::FinishedAtSource);
    let mut of_host =
        back.filter(|(index, ..)| evidence.machine_index(*index) == evidence.machine_index(left));
    let (_, phase, other) = of_host.find(|(_, phase, _)| is_start_or_end(*phase))?;
    // An address names no machine that could be asked for.
    let is_name = |host: &String| host.parse::<IpAddr>().is_err();
    other.clone().filter(|host| phase == MigrationPhase::Started && is_name(host))
}

const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin";
const WORKER: &str = "Microsoft-Windows-Hyper-V-Worker-Admin";

/// The providers whose events rules ask for as they stand, and where they write them.
const CHANNELS: &[(&str, &[&str])] = &[
    ("Microsoft-Windows-Hyper-V-VMMS", &[VMMS]),
    ("Microsoft-Windows-Hyper-V-Worker", &[WORKER]),
    (
        "Microsoft-Windows-Hyper-V-High-Availability",
        &["Microsoft-Windows-Hyper-V-High-Availability-Admin"],
    ),
    ("Microsoft-Windows-FailoverClustering", &["System"]),
    ("Microsoft-Windows-Ntfs", &["System"]),
    ("Microsoft-Windows-NDIS", &["System"]),
    ("Service Control Manager", &["System"]),
    ("disk", &["System"]),
    ("storvsp", &["System"]),
    ("VMSMP", &["System"]),
    ("Application Error", &["Application"]),
];

/// The logs that hold events which a rule asks for as they stand.
fn channels_of(events: &EventRequest) -> &'static [&'static str] {
    let is_asked = |(name, _): &&(&str, &[&str])| events.providers.iter().any(|it| it.fits(name));
    CHANNELS.iter().find(is_asked).map_or(&[], |(_, channels)| channels)
}

/// The logs that hold such facts.
fn channels(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::LiveMigration => &[VMMS, "Microsoft-Windows-Hyper-V-High-Availability-Admin"],
        Kind::VmFileError => &[VMMS, WORKER],
        Kind::GuestCrash | Kind::GuestTripleFault | Kind::VmState => &[WORKER],
        Kind::BugcheckReported
        | Kind::DumpNotSaved
        | Kind::UncleanRestart
        | Kind::UnexpectedShutdown
        | Kind::CsvState
        | Kind::FilterLoaded
        | Kind::StorageReset
        | Kind::NodeLost => &["System"],
        _ => &[],
    }
}
