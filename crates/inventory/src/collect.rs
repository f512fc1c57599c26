//! From objects to items: what belongs to one virtual machine becomes one item.

use std::sync::Arc;

use hvtriage_winfmt::{FileOffset, Text};

use crate::cim_xml;
use crate::item::{InventoryProblem, Item, ItemKind, Items, Property};
use crate::object::Object;

/// A cluster has some thousand virtual machines with six services each.
const MAX_ITEMS: usize = 100_000;
/// A guest tells some thirty pairs, and programs in it may add some.
const MAX_PAIRS: usize = 512;
/// Bytes of memory for all that is kept. A cell of one letter in a table takes some fifty times its
/// size; fifty thousand whole items take less than this.
const MAX_KEPT_BYTES: usize = 128 << 20;
/// What a value takes beside its letters.
const BYTES_BESIDE: usize = 128;
/// A hostile file could otherwise have one for each of its bytes.
const MAX_PROBLEMS: usize = 64;

/// Gathers objects in the order in which they are read.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    drafts: Vec<Draft>,
    /// Key-value pairs that came one by one, until another guest's begin.
    open: Option<Draft>,
    problems: Vec<(usize, String)>,
    kept_bytes: usize,
    is_full: bool,
}

/// An item whose place is one in the text.
#[derive(Debug)]
struct Draft {
    at: usize,
    kind: ItemKind,
    properties: Vec<Property>,
    exchange: Vec<(Arc<str>, String)>,
}

impl Collector {
    /// Whether it takes no more; a reader may stop then.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    pub(crate) fn problem(&mut self, at: usize, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((at, message.into()));
        }
    }

    /// Whether so much is damaged that reading on is in vain.
    pub(crate) fn has_too_many_problems(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Adds an object; what it is not known to be, it is not kept as.
    pub(crate) fn add(&mut self, object: Object) {
        if object.is_pair() {
            self.add_pair(object);
            return;
        }
        let Some(kind) = object.kind() else { return };
        self.close_group();
        let mut exchange = Vec::new();
        for value in object.properties.iter().flat_map(|property| &property.values) {
            if cim_xml::is_instance(value) {
                exchange.extend(cim_xml::pairs(value).into_iter().filter_map(pair_of));
            }
        }
        if kind == ItemKind::GuestItems && exchange.is_empty() && object.is_told_as_columns() {
            let told = object.properties.iter();
            exchange = told
                .filter(|one| is_among(&TOLD, &one.name))
                .filter_map(|one| Some((Arc::clone(&one.name), one.values.first()?.clone())))
                .collect();
        }
        exchange.truncate(MAX_PAIRS);
        let Object { at, properties, .. } = object;
        self.push(Draft { at, kind, properties: kept(properties), exchange });
    }

    /// A name that comes again begins what the next guest tells.
    fn add_pair(&mut self, object: Object) {
        let at = object.at;
        let owner: Vec<Property> =
            object.properties.iter().filter(|one| is_among(&OWNERS, &one.name)).cloned().collect();
        let owner = kept(owner);
        let Some((name, data)) = pair_of(object) else { return };
        let belongs = self.open.as_ref().is_some_and(|open| {
            open.properties == owner
                && open.exchange.len() < MAX_PAIRS
                && open.exchange.iter().all(|(known, _)| !known.eq_ignore_ascii_case(&name))
        });
        if !belongs {
            self.close_group();
            self.open = Some(Draft {
                at,
                kind: ItemKind::GuestItems,
                properties: owner,
                exchange: Vec::new(),
            });
        }
        if let Some(open) = &mut self.open {
            open.exchange.push((name, data));
        }
    }

    fn close_group(&mut self) {
        if let Some(open) = self.open.take() {
            self.push(open);
        }
    }

    fn push(&mut self, draft: Draft) {
        if self.is_full {
            return;
        }
        let bytes = self.kept_bytes.saturating_add(draft.bytes());
        if self.drafts.len() >= MAX_ITEMS {
            self.is_full = true;
            self.problems.push((draft.at, format!("holds more than {MAX_ITEMS} items")));
        } else if bytes > MAX_KEPT_BYTES {
            self.is_full = true;
            let count = self.drafts.len();
            let message = format!("holds more than is kept of one file; {count} items are read");
            self.problems.push((draft.at, message));
        } else {
            self.kept_bytes = bytes;
            self.drafts.push(draft);
        }
    }

    /// The items, with their places in the file.
    pub(crate) fn finish(mut self, text: &Text<'_>) -> Items {
        self.close_group();
        self.drafts.sort_by_key(|draft| draft.at);
        self.problems.sort();
        let mut offsets = text.offsets();
        let items = (1_u64..).zip(self.drafts).map(|(number, draft)| Item {
            number,
            offset: FileOffset(offsets.of(draft.at)),
            kind: draft.kind,
            properties: draft.properties,
            exchange: draft.exchange,
        });
        let items = items.collect();
        let mut offsets = text.offsets();
        let problems = self
            .problems
            .into_iter()
            .map(|(at, message)| InventoryProblem { at: FileOffset(offsets.of(at)), message });
        Items { items, problems: problems.collect() }
    }
}

impl Draft {
    /// The memory that it takes, about.
    fn bytes(&self) -> usize {
        let values = self.properties.iter().flat_map(|one| &one.values).map(String::len);
        let told = self.exchange.iter().map(|(name, data)| name.len().saturating_add(data.len()));
        let texts = values.chain(told).map(|length| length.saturating_add(BYTES_BESIDE));
        texts.fold(BYTES_BESIDE, usize::saturating_add)
    }
}

/// The properties that are asked for, each once, as [`Object::get`] finds it. A virtual machine has
/// about a hundred others, and a hostile table thousands.
fn kept(properties: Vec<Property>) -> Vec<Property> {
    let mut kept: Vec<Property> = Vec::new();
    for property in properties {
        let is_known = || kept.iter().any(|one| one.name.eq_ignore_ascii_case(&property.name));
        if is_among(&KEPT, &property.name) && !is_known() {
            kept.push(property);
        }
    }
    kept.retain(|one| one.values.iter().any(|value| !value.is_empty()));
    kept.shrink_to_fit();
    kept
}

fn is_among(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// What tells which machine an item is of, its versions and its state; a cause is judged by no other.
const KEPT: [&str; 20] = [
    "VMName",
    "Name",
    "VMId",
    "Id",
    "SystemName",
    "ComputerName",
    "PSComputerName",
    "__SERVER",
    "HostName",
    "State",
    "Version",
    "IntegrationServicesVersion",
    "IntegrationServicesState",
    "Uptime",
    "Enabled",
    "OperationalStatus",
    "PrimaryOperationalStatus",
    "SecondaryOperationalStatus",
    "PrimaryStatusDescription",
    "Notes",
];

/// What a guest tells, where each has a column of its own.
const TOLD: [&str; 11] = [
    "FullyQualifiedDomainName",
    "OSName",
    "OSVersion",
    "OSBuildNumber",
    "OSMajorVersion",
    "OSMinorVersion",
    "CSDVersion",
    "IntegrationServicesVersion",
    "VirtualMachineId",
    "VirtualMachineName",
    "HostName",
];

/// Properties beside a pair that say whose it is.
const OWNERS: [&str; 7] =
    ["VMName", "VMId", "SystemName", "ComputerName", "PSComputerName", "__SERVER", "HostName"];

/// Name and data of a pair; a pair without data tells nothing.
fn pair_of(object: Object) -> Option<(Arc<str>, String)> {
    let name = object.get("Name")?.trim();
    let data = object.get("Data")?.trim();
    (!name.is_empty() && !data.is_empty()).then(|| (name.into(), data.to_owned()))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn property(name: &str, value: &str) -> Property {
        Property { name: name.into(), values: vec![value.into()] }
    }

    #[test]
    fn only_what_is_asked_for_is_kept_and_once() {
        let mut properties: Vec<_> = (0..4000).map(|n| property(&format!("c{n}"), "x")).collect();
        properties.extend([
            property("vmname", "A"),
            property("VMName", "B"),
            property("Uptime", ""),
            property("OperationalStatus", "Ok"),
        ]);
        let expected = [property("vmname", "A"), property("OperationalStatus", "Ok")];
        assert_eq!(kept(properties), expected);
    }

    #[test]
    fn memory_has_a_bound_that_is_told() {
        let mut collector = Collector::default();
        let value = "x".repeat(MAX_KEPT_BYTES / 4);
        for at in 0..8 {
            let properties =
                vec![property("Name", &value), property("IntegrationServicesState", "")];
            collector.add(Object { at, properties, ..Object::default() });
        }
        assert!(collector.is_full());
        assert_eq!((collector.drafts.len(), collector.problems.len()), (3, 1));
        assert_eq!(collector.problems[0].0, 3);
    }
}
