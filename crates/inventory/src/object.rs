//! An object of any export, before it is known what it is.

use std::sync::Arc;

use crate::item::{ItemKind, Property};

/// An object with its properties, and where its text begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub(crate) at: usize,
    /// Its class and the ones that this derives from, where the export tells.
    pub(crate) classes: Arc<[String]>,
    pub(crate) properties: Vec<Property>,
}

/// The class of one key-value pair.
pub(crate) const DATA_ITEM: &str = "Msvm_KvpExchangeDataItem";
/// The class that holds all pairs of a virtual machine.
pub(crate) const COMPONENT: &str = "Msvm_KvpExchangeComponent";
pub(crate) const VIRTUAL_MACHINE: &str = "Microsoft.HyperV.PowerShell.VirtualMachine";
/// What all integration services derive from.
pub(crate) const SERVICE: &str = "Microsoft.HyperV.PowerShell.VMIntegrationComponent";

/// Names under which every guest tells of itself, and which nothing else is called.
const TOLD_BY_GUESTS: [&str; 6] = [
    "FullyQualifiedDomainName",
    "IntegrationServicesVersion",
    "OSName",
    "OSVersion",
    "OSBuildNumber",
    "OSMajorVersion",
];

/// Properties of what holds all pairs of a virtual machine.
const HOLD_PAIRS: [&str; 2] = ["GuestIntrinsicExchangeItems", "GuestExchangeItems"];

impl Object {
    /// The first value of the property called so, in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        found?.values.first().map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.properties.iter().any(|one| one.name.eq_ignore_ascii_case(name))
    }

    fn is_of_class(&self, class: &str) -> bool {
        // `Deserialized.` and `Selected.` stand before what was imported or chosen from.
        let is_it = |one: &String| one.strip_suffix(class).is_some_and(is_prefix_of_class);
        self.classes.iter().any(is_it)
    }

    /// Whether it is one key-value pair. Where no class says so, it has a name and data.
    pub(crate) fn is_pair(&self) -> bool {
        self.is_of_class(DATA_ITEM)
            || (self.classes.iter().all(|class| says_nothing(class))
                && self.has("Name")
                && self.has("Data"))
    }

    /// Whether it is a pair under a name that guests tell of themselves.
    pub(crate) fn is_well_known_pair(&self) -> bool {
        let is_known = |name: &str| TOLD_BY_GUESTS.iter().any(|it| it.eq_ignore_ascii_case(name));
        self.is_pair() && self.get("Name").is_some_and(is_known)
    }

    /// What it is, by its class or else by the names of its properties.
    pub(crate) fn kind(&self) -> Option<ItemKind> {
        if self.is_of_class(VIRTUAL_MACHINE) {
            return Some(ItemKind::VirtualMachine);
        }
        if self.is_of_class(SERVICE) {
            return Some(ItemKind::IntegrationService);
        }
        if self.is_of_class(COMPONENT) || self.holds_pairs() {
            return Some(ItemKind::GuestItems);
        }
        let has_name = self.has("VMName") || self.has("Name");
        let has_status = self.has("PrimaryStatusDescription") || self.has("OperationalStatus");
        if self.has("VMName") && self.has("Name") && self.has("Enabled") && has_status {
            return Some(ItemKind::IntegrationService);
        }
        let told = TOLD_BY_GUESTS.iter().filter(|name| self.has(name)).count();
        if self.is_told_as_columns() && told > 1 {
            return Some(ItemKind::GuestItems);
        }
        let has_services =
            self.has("IntegrationServicesVersion") || self.has("IntegrationServicesState");
        let is_listed = self.has("VMId") && self.has("State");
        (has_name && (has_services || is_listed)).then_some(ItemKind::VirtualMachine)
    }

    /// Whether it has the properties in which a host keeps the pairs of a guest. A list names no class but
    /// in a property.
    pub(crate) fn holds_pairs(&self) -> bool {
        HOLD_PAIRS.iter().any(|name| self.has(name))
    }

    /// Whether its properties are what the guest tells.
    pub(crate) fn is_told_as_columns(&self) -> bool {
        self.has("FullyQualifiedDomainName") || self.has("OSName")
    }
}

/// Whether a class is that of objects which a script made.
fn says_nothing(class: &str) -> bool {
    class.contains("PSCustomObject") || class == "System.Object"
}

/// What may stand before the name of a class: nothing, or words that end in a dot, or a namespace.
fn is_prefix_of_class(before: &str) -> bool {
    before.is_empty() || before.ends_with(['.', '\\', '/', ':'])
}
