//! The words and numbers that all output forms share.

use hvtriage_diagnosis::{Locator, Place, SourceKind};

/// The heading of the problems: some of them cost no evidence, and whoever uses it must know them.
pub(crate) const PROBLEMS: &str = "What could not be read, and what to know of the rest";

/// The heading of the logs and dumps that are not at hand.
pub(crate) const MISSING_HEADING: &str = "What would tell more";

pub(crate) fn source_kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::EventLog => "event_log",
        SourceKind::EventXml => "event_xml",
        SourceKind::EventText => "event_text",
        SourceKind::ClusterLog => "cluster_log",
        SourceKind::KernelDump => "kernel_dump",
        SourceKind::UserDump => "user_dump",
        SourceKind::VmInventory => "vm_inventory",
        SourceKind::RegistryExport => "registry_export",
        SourceKind::SystemReport => "system_report",
        _ => "other",
    }
}

/// A value of a table; `-` where it is not known, or there is none.
pub(crate) fn known(value: Option<impl ToString>) -> String {
    value
        .map(|value| value.to_string())
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "-".into())
}

/// A number as programs and people of this field write it.
pub(crate) fn hex(value: impl Into<u64>) -> String {
    format!("{:#x}", value.into())
}

/// Where a fact stands, for people.
pub(crate) fn locator(locator: &Locator) -> String {
    format!("{} {}", printable(&locator.source), place(&locator.place))
}

/// Where in its file a fact stands.
pub(crate) fn place(place: &Place) -> String {
    match place {
        Place::Record { id, offset } => format!("record {id} (offset {offset})"),
        Place::Line { number, offset } => format!("line {number} (offset {offset})"),
        Place::Field { name, offset } => format!("{name} (offset {offset})"),
    }
}

/// Text from evidence, safe for a terminal: whoever names a virtual machine must not be able to
/// move the cursor, colour the screen or fake a line of the report. Directional marks go too, since
/// they can make a name read backwards, and the separators of lines, which are no control characters.
pub(crate) fn printable(text: &str) -> String {
    let is_hidden = |letter| matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|letter| {
            if letter.is_control() || is_hidden(letter) {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_defused() {
        assert_eq!(
            printable("VM\u{1b}[2J\n\u{202e}gpj.exe"),
            "VM\u{fffd}[2J\u{fffd}\u{fffd}gpj.exe"
        );
        assert_eq!(printable("one\u{2028}two\u{2029}"), "one\u{fffd}two\u{fffd}");
        assert_eq!(printable("Größe 1"), "Größe 1");
    }
}
