//! What a machine is called in the lists of a diagnosis.

use std::collections::BTreeSet;

use hvtriage_winfmt::Guid;

use super::UnknownMachine;
use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::glob::names_fit;
use crate::guests::ReportedGuest;
use crate::machine::{Machine, first_label};

/// Machines that were asked for: all their names, in lower case.
pub(super) struct About(BTreeSet<String>);

impl About {
    /// The machines of `diagnosis` that one of `patterns` means.
    pub(super) fn of(diagnosis: &Diagnosis, patterns: &[String]) -> Result<Self, UnknownMachine> {
        let guests = Guests::of(diagnosis);
        let mut names = BTreeSet::new();
        for pattern in patterns {
            let fits = |name: &str| names_fit(pattern, name);
            let mut found: BTreeSet<String> = BTreeSet::new();
            let mut ids: BTreeSet<Guid> = BTreeSet::new();
            for (name, id) in guests.0.iter().filter(|(name, _)| fits(name)) {
                found.insert(name.to_lowercase());
                ids.extend(id);
            }
            for machine in &diagnosis.machines {
                let is_vm = machine.vm_ids.iter().any(|id| ids.contains(id));
                if is_vm || fits(&machine.name) || machine.names.iter().any(|it| fits(it)) {
                    found.insert(machine.name.to_lowercase());
                    found.extend(machine.names.iter().map(|name| name.to_lowercase()));
                    found.extend(guests.called(&machine.vm_ids));
                    found.extend(guests.called_as(machine));
                }
            }
            if found.is_empty() {
                return Err(UnknownMachine::among(pattern, known_names(diagnosis)));
            }
            names.extend(found);
        }
        Ok(Self(names))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_lowercase())
    }

    pub(super) fn has_any<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> bool {
        names.into_iter().any(|name| self.has(name))
    }

    pub(super) fn has_finding(&self, finding: &Finding) -> bool {
        self.has(&finding.machine) || self.has_any(&finding.subject)
    }

    pub(super) fn has_reported(&self, guest: &ReportedGuest) -> bool {
        self.has(&guest.name) || self.has_any(&guest.computer) || self.has_any(&guest.hosts)
    }
}

/// Virtual machines that some list names, with their ids where it has them.
struct Guests<'a>(BTreeSet<(&'a str, Option<Guid>)>);

impl<'a> Guests<'a> {
    fn of(diagnosis: &'a Diagnosis) -> Self {
        let Diagnosis { guests, tables, incidents, .. } = diagnosis;
        let mut all: BTreeSet<(&str, Option<Guid>)> = BTreeSet::new();
        for guest in guests {
            all.insert((&guest.vm_name, guest.vm_id));
            all.extend(guest.computer.as_deref().map(|computer| (computer, guest.vm_id)));
        }
        for guest in &tables.reported_guests {
            all.insert((&guest.name, guest.vm_id));
            all.extend(guest.computer.as_deref().map(|computer| (computer, guest.vm_id)));
        }
        all.extend(tables.unknowable.iter().map(|guest| (guest.vm_name.as_str(), guest.vm_id)));
        all.extend(tables.guest_troubles.iter().map(|one| (one.guest.as_str(), one.vm_id)));
        let without_id = tables.migrations.iter().map(|one| &one.vm);
        let without_id = without_id
            .chain(tables.redirections.iter().flat_map(|one| &one.vms))
            .chain(tables.drifts.iter().flat_map(|one| &one.vms))
            .chain(tables.stops.iter().map(|stop| &stop.machine))
            .chain(incidents.iter().flat_map(|incident| &incident.vms));
        all.extend(without_id.map(|name| (name.as_str(), None)));
        Self(all)
    }

    /// Names of virtual machines without an id that are those of `machine`, which is one, without its domain.
    fn called_as(&self, machine: &Machine) -> impl Iterator<Item = String> {
        let labels = machine.names.iter().filter(|_| !machine.vm_ids.is_empty());
        let labels: BTreeSet<String> =
            labels.map(|name| first_label(name).to_lowercase()).collect();
        let names =
            self.0.iter().filter(|(_, id)| id.is_none()).map(|(name, _)| name.to_lowercase());
        names.filter(move |name| labels.contains(name))
    }

    /// What those with one of `ids` are called.
    fn called(&self, ids: &[Guid]) -> impl Iterator<Item = String> {
        let is_one = |id: &Option<Guid>| id.is_some_and(|id| ids.contains(&id));
        self.0.iter().filter(move |(_, id)| is_one(id)).map(|(name, _)| name.to_lowercase())
    }
}

/// What machines and virtual machines of `diagnosis` are called.
pub(crate) fn known_names(diagnosis: &Diagnosis) -> BTreeSet<&str> {
    let machines = diagnosis.machines.iter().flat_map(|machine| &machine.names);
    let guests = Guests::of(diagnosis).0.into_iter().map(|(name, _)| name);
    machines.map(String::as_str).chain(guests).collect()
}
