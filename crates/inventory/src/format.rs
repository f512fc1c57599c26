//! Which form of export some bytes are, by their content.

use hvtriage_winfmt::decode_text;

use crate::object::{COMPONENT, DATA_ITEM, SERVICE, VIRTUAL_MACHINE};
use crate::{list, registry, system_report, table};

/// A form of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum InventoryFormat {
    /// Instances of WMI classes as CIM-XML.
    CimXml,
    /// What `Export-Clixml` writes.
    CliXml,
    /// What `Export-Csv` writes.
    Csv,
    /// What `Format-List` prints.
    List,
    /// An export of the registry (`.reg`).
    Registry,
    /// What `msinfo32` writes, as XML (`.nfo`) or as text.
    SystemReport,
}

/// Bytes that are looked at. The first object of an export stands near its start.
const HEAD_BYTES: usize = 65_536;

/// The form of export that `bytes` hold, or `None` where they are not surely one that is read here.
#[must_use]
pub fn identify(bytes: &[u8]) -> Option<InventoryFormat> {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let head = decode_text(head);
    let start = head.text.trim_start_matches('\u{feff}').trim_start();
    if registry::is_export(start) {
        return Some(InventoryFormat::Registry);
    }
    // Binary files are not text in any encoding.
    if start.is_empty() || start.contains('\0') {
        return None;
    }
    if system_report::is_xml(start) || system_report::is_text(start) {
        return Some(InventoryFormat::SystemReport);
    }
    if start.starts_with('<') && start.contains(NAMESPACE) {
        let names_one = [VIRTUAL_MACHINE, SERVICE, COMPONENT, SERVICES_VERSION, SERVICES_STATE]
            .iter()
            .any(|name| start.contains(name));
        return names_one.then_some(InventoryFormat::CliXml);
    }
    // Its values are instances, which begin lines where the list is wrapped.
    if list::has_component(start) {
        return Some(InventoryFormat::List);
    }
    if has_instance(start) {
        return Some(InventoryFormat::CimXml);
    }
    if start.starts_with('<') {
        return None;
    }
    if table::Head::of(start).is_some_and(|table| table.is_inventory(start)) {
        return Some(InventoryFormat::Csv);
    }
    list::is_inventory(start).then_some(InventoryFormat::List)
}

/// The namespace of what `Export-Clixml` writes.
const NAMESPACE: &str = "http://schemas.microsoft.com/powershell/2004/04";
/// Properties of a virtual machine that a script chose.
const SERVICES_VERSION: &str = "IntegrationServicesVersion";
const SERVICES_STATE: &str = "IntegrationServicesState";

/// Each is looked for in its line, and a line may be all that is looked at.
const INSTANCES_LOOKED_AT: usize = 16;
/// A tag holds the name of its class, and a path at most.
const LETTERS_OF_TAG: usize = 256;

/// Whether an instance of a pair, or of what holds pairs, begins a line or stands behind another
/// element. Source text that quotes one has it elsewhere.
fn has_instance(text: &str) -> bool {
    text.match_indices("<INSTANCE").take(INSTANCES_LOOKED_AT).any(|(at, name)| {
        let before = text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default().trim();
        let tag = text.get(at.saturating_add(name.len())..).unwrap_or_default();
        let tag = tag.chars().take(LETTERS_OF_TAG).take_while(|one| !matches!(one, '<' | '>'));
        let tag: String = tag.collect();
        let is_one = tag.contains(DATA_ITEM) || tag.contains(COMPONENT);
        is_one && (line.is_empty() || (line.starts_with('<') && line.ends_with('>')))
    })
}

#[cfg(test)]
mod tests {
    use super::{COMPONENT, DATA_ITEM, INSTANCES_LOOKED_AT, has_instance};

    #[test]
    fn an_instance_begins_a_line_or_stands_behind_an_element() {
        assert!(has_instance(&format!("PS> x\r\n  <INSTANCE CLASSNAME=\"{DATA_ITEM}\">")));
        assert!(has_instance(&format!("<CIM><INSTANCE CLASSNAME=\"{COMPONENT}\">")));
        assert!(!has_instance(&format!("let it = <INSTANCE CLASSNAME=\"{DATA_ITEM}\">")));
    }

    #[test]
    fn a_tag_ends_where_the_next_begins_and_few_are_looked_at() {
        let instance = format!("\n<INSTANCE CLASSNAME=\"{DATA_ITEM}\">");
        assert!(!has_instance(&format!("<INSTANCE <b {DATA_ITEM}>")));
        assert!(!has_instance(&format!("<INSTANCE {} {DATA_ITEM}>", "é".repeat(256))));
        let before = |count| "<INSTANCE".repeat(count);
        assert!(has_instance(&(before(INSTANCES_LOOKED_AT - 1) + &instance)));
        assert!(!has_instance(&(before(INSTANCES_LOOKED_AT) + &instance)));
    }
}
