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
/// A hostile file could otherwise have one for each of its bytes.
const MAX_PROBLEMS: usize = 64;

/// Gathers objects in the order in which they are read.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    drafts: Vec<Draft>,
    /// Key-value pairs that came one by one, until another guest's begin.
    open: Option<Draft>,
    problems: Vec<(usize, String)>,
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
                .filter_map(|one| Some((Arc::clone(&one.name), one.values.first()?.clone())))
                .collect();
        }
        exchange.truncate(MAX_PAIRS);
        let Object { at, properties, .. } = object;
        self.push(Draft { at, kind, properties, exchange });
    }

    /// A name that comes again begins what the next guest tells.
    fn add_pair(&mut self, object: Object) {
        let at = object.at;
        let owner: Vec<Property> = object
            .properties
            .iter()
            .filter(|one| OWNERS.iter().any(|owner| one.name.eq_ignore_ascii_case(owner)))
            .cloned()
            .collect();
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
        if self.drafts.len() < MAX_ITEMS {
            self.drafts.push(draft);
        } else if !self.is_full {
            self.is_full = true;
            self.problems.push((draft.at, format!("holds more than {MAX_ITEMS} items")));
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

/// Properties beside a pair that say whose it is.
const OWNERS: [&str; 7] =
    ["VMName", "VMId", "SystemName", "ComputerName", "PSComputerName", "__SERVER", "HostName"];

/// Name and data of a pair; a pair without data tells nothing.
fn pair_of(object: Object) -> Option<(Arc<str>, String)> {
    let name = object.get("Name")?.trim();
    let data = object.get("Data")?.trim();
    (!name.is_empty() && !data.is_empty()).then(|| (name.into(), data.to_owned()))
}
