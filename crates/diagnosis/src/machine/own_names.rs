//! Files that name no machine, and the computer that their content names.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::reason::{ReasonKind, Strength};
use crate::fact::{FactKind, MachineName};

/// What one source tells of the computer that it comes from.
#[derive(Default)]
struct Own<'a> {
    /// Names, with a fact that tells each.
    hosts: BTreeMap<String, usize>,
    domains: BTreeSet<&'a str>,
}

/// A registry export holds the computer's name; the items that a guest gave its host, exported of that
/// guest alone, hold its own.
pub(super) fn join_own_names(names: &mut Names<'_>) {
    let mut registries: BTreeMap<usize, Own<'_>> = BTreeMap::new();
    let mut items: BTreeMap<usize, Own<'_>> = BTreeMap::new();
    for (index, fact) in names.facts().iter().enumerate() {
        if !matches!(fact.machine, MachineName::Source(_)) {
            continue;
        }
        let name = names.of_fact(index);
        match &fact.kind {
            FactKind::RegistryValue { key, name: value, data } => {
                match told_by_registry(key, value) {
                    Some(Told::Host) => {
                        let own = registries.entry(name).or_default();
                        own.hosts.entry(data.trim().to_lowercase()).or_insert(index);
                    }
                    Some(Told::Domain) if !data.trim().is_empty() => {
                        registries.entry(name).or_default().domains.insert(data.trim());
                    }
                    _ => {}
                }
            }
            FactKind::GuestReport { vm, computer: Some(computer), .. }
                if vm.id.is_none() && vm.name.is_none() =>
            {
                let own = items.entry(name).or_default();
                own.hosts.entry(computer.trim().to_lowercase()).or_insert(index);
            }
            _ => {}
        }
    }
    for (source, own) in registries {
        join(names, source, &own, ReasonKind::Registry, "the registry in", "names");
    }
    for (source, own) in items {
        join(names, source, &own, ReasonKind::GuestReport, "the items of one guest in", "name");
    }
}

fn join(
    names: &mut Names<'_>,
    source: usize,
    own: &Own<'_>,
    kind: ReasonKind,
    what: &str,
    says: &str,
) {
    // Several names are those of several machines, or of one before and after.
    let mut hosts = own.hosts.iter().filter(|(host, _)| !host.is_empty());
    let (Some((host, fact)), None) = (hosts.next(), hosts.next()) else { return };
    let full = match own.domains.iter().next().filter(|_| own.domains.len() == 1) {
        Some(domain) if !host.contains('.') => {
            names.find_computer(&format!("{host}.{domain}"), None)
        }
        _ => None,
    };
    // A log may know the computer by its short name alone.
    let computer = match full {
        Some(full) => Some(full),
        None => names.find_computer(host, None).filter(|found| {
            let is_of_domain = |domain: &str| {
                own.domains.is_empty()
                    || own.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
            };
            names.domain(*found).is_none_or(is_of_domain)
        }),
    };
    if let Some(computer) = computer {
        let words =
            format!("{what} {} {says} the computer {}", names.shown(source), names.shown(computer));
        let reason = names.reason(Strength::Certain, kind, words, &[*fact]);
        names.join(source, computer, reason);
    }
}

enum Told {
    Host,
    Domain,
}

fn told_by_registry(key: &str, value: &str) -> Option<Told> {
    let ends = |end: &str| {
        let start = key.len().checked_sub(end.len());
        start.and_then(|start| key.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    let is = |name: &str| value.eq_ignore_ascii_case(name);
    if ends(r"\Control\ComputerName\ComputerName") && is("ComputerName") {
        return Some(Told::Host);
    }
    if !ends(r"\Services\Tcpip\Parameters") {
        return None;
    }
    if is("Hostname") || is("NV Hostname") {
        return Some(Told::Host);
    }
    (is("Domain") || is("NV Domain")).then_some(Told::Domain)
}
