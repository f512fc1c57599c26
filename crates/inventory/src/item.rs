//! What an export holds.

use std::sync::Arc;

use hvtriage_winfmt::FileOffset;

/// Everything that one export tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// The items, in the order in which they begin.
    pub items: Vec<Item>,
    /// What could not be read.
    pub problems: Vec<InventoryProblem>,
}

/// A virtual machine, a service of one, or what a guest tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number in the file, from 1 on.
    pub number: u64,
    /// Where it begins.
    pub offset: FileOffset,
    /// What it is.
    pub kind: ItemKind,
    /// Its properties that are asked for, unless they are empty.
    pub(crate) properties: Vec<Property>,
    /// What the guest tells its host, by name.
    pub(crate) exchange: Vec<(Arc<str>, String)>,
}

/// A property, and its values: one, or those of a list. It has at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) name: Arc<str>,
    pub(crate) values: Vec<String>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A virtual machine as its host knows it (`Get-VM`).
    VirtualMachine,
    /// One of its integration services (`Get-VMIntegrationService`).
    IntegrationService,
    /// What a guest tells its host of itself (`Msvm_KvpExchangeComponent`).
    GuestItems,
}

/// A place in an export that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryProblem {
    /// Its offset in the file.
    pub at: FileOffset,
    /// What is wrong, one lower-case clause.
    pub message: String,
}

impl Item {
    /// The property called so, in any case; of a list its first value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    /// All values of the property called so.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        let found = self.properties.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        found.map_or(&[], |property| property.values.as_slice())
    }

    /// What the guest tells under this name.
    #[must_use]
    pub fn told(&self, name: &str) -> Option<&str> {
        let found = self.exchange.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, data)| data.as_str())
    }
}
