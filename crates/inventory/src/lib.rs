//! Exports of what PowerShell, WMI and the registry know of machines: bytes in, values out.
//!
//! The principal type is [`Item`]: one virtual machine, one of its integration services, or what a
//! guest tells its host of itself (the key-value pairs of the data exchange), with the properties
//! by name that tell which machine it is, its versions and its state. Administrators export them in
//! many forms, and [`identify`] knows each by its content: CIM-XML of `GuestIntrinsicExchangeItems`,
//! `Export-Clixml`, `Export-Csv`, and `Format-List` sent to a file. An export of the registry (`.reg`)
//! gives its values one by one, through [`read_registry`], and what `msinfo32` writes of a machine its
//! rows, through [`read_system_report`].
//!
//! ```
//! use hvtriage_inventory::{ItemKind, identify, read_items};
//!
//! let csv = b"\"VMName\",\"State\",\"IntegrationServicesVersion\"\r\n\
//!             \"SQL01\",\"Running\",\"6.3.9600.17415\"\r\n";
//! let format = identify(csv).unwrap();
//! let read = read_items(format, csv);
//! assert_eq!(read.items[0].kind, ItemKind::VirtualMachine);
//! assert_eq!(read.items[0].get("integrationservicesversion"), Some("6.3.9600.17415"));
//! ```
//!
//! What is not surely one of these is not identified, since a collection holds many a text file.
//! Damage is data: what cannot be read becomes an [`InventoryProblem`] with its offset, and the rest
//! is read. Memory is bounded by the size of the file, whatever the file says of itself.
#![forbid(unsafe_code)]

mod cim_xml;
mod cli_xml;
mod collect;
mod format;
mod item;
mod list;
mod object;
mod registry;
mod system_report;
mod table;
mod xml;

pub use format::{InventoryFormat, identify};
pub use item::{InventoryProblem, Item, ItemKind, Items};
pub use registry::{RegistryData, RegistryEntry, read_registry};
pub use system_report::{ReportRow, read_system_report, windows_build};

use collect::Collector;

/// Reads the items of an export in `format`; a registry export has none, nor has a system report.
#[must_use]
pub fn read_items(format: InventoryFormat, bytes: &[u8]) -> Items {
    let text = hvtriage_winfmt::decode_text(bytes);
    let mut collector = Collector::default();
    match format {
        InventoryFormat::CimXml => cim_xml::read(&text.text, &mut collector),
        InventoryFormat::CliXml => cli_xml::read(&text.text, &mut collector),
        InventoryFormat::Csv => table::read(&text.text, &mut collector),
        InventoryFormat::List => list::read(&text.text, &mut collector),
        InventoryFormat::Registry | InventoryFormat::SystemReport => {}
    }
    collector.finish(&text)
}
