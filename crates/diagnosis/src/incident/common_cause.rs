//! Findings of several machines that have one cause, or of one machine that have one at several times.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::FileTime;

use super::Sighted;
use super::links::Links;
use crate::crash::{Crashed, Signature};
use crate::evidence::Evidence;
use crate::fact::{FactKind, MigrationPhase};
use crate::kind::Kind;
use crate::rule::{Rule, Theme};
use crate::volumes::volume_in;

/// Whoever sets a host right does so within some days; until then it refuses one guest after the other.
const SAME_REFUSAL_SECONDS: u64 = 24 * 60 * 60;
/// Both hosts tell of one migration within this time.
const SAME_MIGRATION_SECONDS: u64 = 5 * 60;
/// A full volume stops one virtual machine after the other.
const SAME_VOLUME_SECONDS: u64 = 60 * 60;
/// A scanner was loaded this long before what it does.
const SCANNER_SECONDS: u64 = 14 * 24 * 60 * 60;
/// A machine logs what became of it and of its dump within this time after it came up.
const SAME_START_SECONDS: u64 = 15 * 60;
/// A migration takes no longer.
const LONGEST_MIGRATION_SECONDS: u64 = 12 * 60 * 60;
/// Facts that are looked at for one finding.
const MAX_LOOKED_AT: usize = 1000;

/// What findings may have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Common<'a> {
    /// Crashes that one rule knows, in one driver on machines of one domain, or with one code of one
    /// machine.
    Crash(&'a str, Signature, String, Option<Crashed>),
    /// A migration of a virtual machine.
    Migration(usize),
    /// One reason for which a host takes in no virtual machine.
    Refusal(&'a str, String),
    /// A volume of a cluster, in lower case.
    Volume(&'a str, String),
}

/// Joins findings that have the same in common, at the same time where that matters.
pub(super) fn join(evidence: &Evidence, sighted: &[Sighted<'_>], links: &mut Links) {
    let mut of_common: BTreeMap<Common<'_>, Vec<(Option<FileTime>, usize)>> = BTreeMap::new();
    // Rules that tell a reason: that a migration failed is none.
    let reasons: BTreeSet<&str> = sighted
        .iter()
        .filter(|one| one.rule.theme == Theme::Network && !one.rule.explains.is_empty())
        .map(|one| one.rule.id.as_str())
        .collect();
    for (index, one) in sighted.iter().enumerate() {
        for (common, time) in common(evidence, one, &reasons) {
            of_common.entry(common).or_default().push((time, index));
        }
    }
    for (common, mut seen) in of_common {
        let seconds = match common {
            Common::Crash(..) => None,
            Common::Migration(_) => Some(SAME_MIGRATION_SECONDS),
            Common::Refusal(..) => Some(SAME_REFUSAL_SECONDS),
            Common::Volume(..) => Some(SAME_VOLUME_SECONDS),
        };
        seen.sort_unstable();
        for ((time, first), (next, second)) in seen.iter().zip(seen.iter().skip(1)) {
            let is_near = |seconds| {
                let times = time.zip(*next);
                times.is_some_and(|(time, next)| next <= time.saturating_add_seconds(seconds))
            };
            if seconds.is_none_or(is_near) {
                links.join(*first, *second);
            }
        }
    }
    join_scanners(evidence, sighted, links);
    join_lost_dumps(evidence, sighted, links);
}

/// What went wrong with the dump of a crash is logged beside it, and tells no STOP code.
fn join_lost_dumps(evidence: &Evidence, sighted: &[Sighted<'_>], links: &mut Links) {
    let kinds = || Kind::ALL.into_iter().filter(|kind| kind.is_of_crash());
    for (index, one) in sighted.iter().enumerate() {
        if one.rule.theme != Theme::Crash {
            continue;
        }
        for anchor in one.anchors.iter().take(MAX_LOOKED_AT) {
            let is_event =
                evidence.fact(*anchor).is_some_and(|fact| matches!(fact.kind, FactKind::Event(_)));
            let Some(time) = evidence.time(*anchor).filter(|_| is_event) else { continue };
            let span = Some(time.saturating_sub_seconds(SAME_START_SECONDS))
                ..Some(time.saturating_add_seconds(SAME_START_SECONDS));
            let near = kinds().flat_map(|kind| {
                evidence.between(evidence.of_kind(kind), &span).iter().take(MAX_LOOKED_AT)
            });
            let machine = evidence.machine_index(*anchor);
            let own = near.filter(|fact| evidence.machine_index(**fact) == machine);
            let own =
                own.filter(|fact| evidence.fact(**fact).is_some_and(|it| it.kind.vm().is_none()));
            if let Some(crash) = own.copied().find_map(|fact| evidence.crashes().number_of(fact)) {
                let of_crash = links.of_crash(crash);
                links.join_all(of_crash.into_iter().chain([index]));
            }
        }
    }
}

/// A scanner and what it does first: what it does weeks later to another guest is another failure.
fn join_scanners(evidence: &Evidence, sighted: &[Sighted<'_>], links: &mut Links) {
    let is_load = |index: &usize| {
        let kind = evidence.fact(*index).map(|fact| &fact.kind);
        matches!(kind, Some(FactKind::FilterLoaded { .. }))
    };
    let of_scanners = || {
        let numbered = sighted.iter().enumerate();
        numbered.filter(|(_, one)| one.rule.theme == Theme::Antivirus)
    };
    let mut finding_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, one) in of_scanners() {
        for anchor in one.anchors.iter().filter(|anchor| is_load(anchor)).take(MAX_LOOKED_AT) {
            finding_of.insert(*anchor, index);
        }
    }
    let mut effects: BTreeMap<usize, (FileTime, usize)> = BTreeMap::new();
    for (index, one) in of_scanners() {
        let first = one.anchors.first().filter(|anchor| !is_load(anchor));
        let Some(time) = first.and_then(|anchor| evidence.time(*anchor)) else { continue };
        let from = Some(time.saturating_sub_seconds(SCANNER_SECONDS));
        let recent = one.facts.iter().filter(|fact| evidence.time(**fact) >= from);
        for scanner in recent.filter_map(|fact| finding_of.get(fact)) {
            let effect = effects.entry(*scanner).or_insert((time, index));
            *effect = (*effect).min((time, index));
        }
    }
    effects.into_iter().for_each(|(scanner, (_, effect))| links.join(scanner, effect));
}

fn common<'a>(
    evidence: &'a Evidence,
    one: &'a Sighted<'_>,
    reasons: &BTreeSet<&str>,
) -> Vec<(Common<'a>, Option<FileTime>)> {
    let rule = one.rule.id.as_str();
    let anchors = one.anchors.iter().take(MAX_LOOKED_AT);
    match one.rule.theme {
        Theme::Crash => {
            let crashes = evidence.crashes();
            let known = anchors.filter_map(|it| crashes.get(crashes.number_of(*it)?));
            let told = known.filter_map(|crash| {
                let signature = crash.signature.clone()?;
                let crashed = signature.module.is_none().then_some(crash.crashed);
                let domain = evidence.domain(one.machine);
                Some((Common::Crash(rule, signature, domain, crashed), None))
            });
            told.collect()
        }
        Theme::Network => {
            anchors.flat_map(|it| of_migration(evidence, one.rule, *it, reasons)).collect()
        }
        Theme::Storage | Theme::Csv => anchors
            .filter_map(|anchor| {
                let volume = volume(evidence, *anchor)?.to_lowercase();
                let cluster = evidence.cluster_key(one.machine);
                Some((Common::Volume(cluster, volume), evidence.time(*anchor)))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What a failed migration has in common with others: its virtual machine, and the reason for which its
/// destination refused. A rule that explains no other tells no reason.
fn of_migration<'a>(
    evidence: &Evidence,
    rule: &'a Rule,
    anchor: usize,
    reasons: &BTreeSet<&str>,
) -> Vec<(Common<'a>, Option<FileTime>)> {
    let time = evidence.time(anchor);
    let vm = evidence.of_same_record(anchor).find_map(|fact| evidence.vms_of(fact).first());
    let destination = vm.and_then(|vm| destination(evidence, *vm, time?));
    // Who tells of no migration to another host is the one that refused.
    let own_name = || evidence.machine_of(anchor).map(|machine| machine.name.clone());
    let host = destination.or_else(own_name).filter(|_| !rule.explains.is_empty());
    let migration = vm.map(|vm| (Common::Migration(*vm), time));
    // The host that refuses and those that were refused tell one reason by two rules.
    let explained = rule.explains.iter().filter(|id| reasons.contains(id.as_str()));
    let reasons = std::iter::once(&rule.id).chain(explained);
    let refusals = host.into_iter().flat_map(|host| {
        reasons.clone().map(move |reason| (Common::Refusal(reason, host.clone()), time))
    });
    migration.into_iter().chain(refusals).collect()
}

/// The host to which a virtual machine was being migrated at a time.
fn destination(evidence: &Evidence, vm: usize, time: FileTime) -> Option<String> {
    let span = Some(time.saturating_sub_seconds(LONGEST_MIGRATION_SECONDS))..Some(time);
    let steps = evidence.between(evidence.of_kind(Kind::LiveMigration), &span).iter().rev();
    let host = steps.take(MAX_LOOKED_AT).find_map(|step| {
        let is_of_vm = evidence.vms_of(*step).contains(&vm);
        match &evidence.fact(*step).filter(|_| is_of_vm)?.kind {
            FactKind::LiveMigration {
                phase: MigrationPhase::Started,
                other_host: Some(host),
                ..
            } => Some(host),
            _ => None,
        }
    })?;
    let known = evidence.machine_called(host).and_then(|host| evidence.machines().get(host));
    Some(known.map_or_else(|| host.to_lowercase(), |machine| machine.name.clone()))
}

/// The cluster shared volume of a path that a fact names.
fn volume(evidence: &Evidence, anchor: usize) -> Option<&str> {
    match &evidence.fact(anchor)?.kind {
        FactKind::VmFileError { path, .. } => volume_in(path.as_deref()?),
        FactKind::Event(event) => event.values.iter().find_map(|value| volume_in(value.text)),
        _ => None,
    }
}
