//! What was changed on a machine, or in its cluster: updates, nodes that are gone, new names.
//!
//! | id | provider | values | seen in |
//! |---|---|---|---|
//! | 19 | WindowsUpdateClient | title, id, revision, ... | real records of Windows 7 and 10 |
//! | 20 | WindowsUpdateClient | HRESULT, title, id, revision, ... | a real record of Windows 10 |
//! | 2 | Servicing | package, state, its name, status, client | real records of Windows 10 and 11 |
//! | 3 | Servicing | as 2 | message tables since Windows 7 |
//! | 1135 | FailoverClustering | node | message tables |
//! | 6011 | EventLog | old name, new name | real records of Windows 10 |
//!
//! Servicing 1 is the beginning and 4 waits for a restart: neither has changed anything yet. What
//! Windows Installer installs (MsiInstaller) is no update of Windows.

use hvtriage_diagnosis::FactKind;
use hvtriage_eventlog::Event;

use super::values::{string, text};

/// `IntendedPackageState` of a package that is being installed, whatever the language of its name;
/// 5000 is one that is being removed.
const STATE_INSTALLED: &str = "5112";

/// Articles under which signatures of Microsoft's scanners come several times a day, for Windows
/// Defender, Security Essentials and Forefront: they change no component of Windows.
const SIGNATURES: [&str; 4] = ["KB915597", "KB2267602", "KB2310138", "KB2461484"];

/// WindowsUpdateClient 19 and 20: an update was installed, or failed to be.
pub(super) fn windows_update(event: &Event) -> Option<FactKind> {
    let (is_installed, position) = match event.id {
        19 => (true, 0),
        20 => (false, 1),
        _ => return None,
    };
    update(text(event, "updateTitle", position)?, is_installed, event.id)
}

/// Servicing 2 and 3: a package was installed, or failed to be.
pub(super) fn servicing(event: &Event) -> Option<FactKind> {
    let is_installed = match event.id {
        2 => true,
        3 => false,
        _ => return None,
    };
    let state = text(event, "IntendedPackageState", 1)?;
    let package = text(event, "PackageIdentifier", 0).filter(|_| state == STATE_INSTALLED)?;
    update(package, is_installed, event.id)
}

/// Features and programs of the store have no number and are no updates.
fn update(title: &str, is_installed: bool, event_id: u32) -> Option<FactKind> {
    let update = article(title).filter(|article| !SIGNATURES.contains(&article.as_str()))?;
    Some(FactKind::UpdateInstalled { update, is_installed, event_id })
}

/// The number of the article in a title, `Security Update for Windows 7 (KB2641653)`, or in the name
/// of a package, `Package_for_KB2636573~31bf3856ad364e35~amd64~~6.1.1.0`.
fn article(title: &str) -> Option<String> {
    const DIGITS: std::ops::RangeInclusive<usize> = 6..=8;
    title.split("KB").skip(1).find_map(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest.get(..digits).filter(|_| DIGITS.contains(&digits))?;
        Some(format!("KB{number}"))
    })
}

/// FailoverClustering 1135: a node left the cluster.
pub(super) fn cluster(event: &Event) -> Option<FactKind> {
    if event.id != 1135 {
        return None;
    }
    Some(FactKind::NodeLost { node: string(event, "NodeName", 0)? })
}

/// EventLog 6011: the computer was given another name.
pub(super) fn event_log(event: &Event) -> Option<FactKind> {
    if event.id != 6011 {
        return None;
    }
    let (from, to) = (string(event, "", 0)?, string(event, "", 1)?);
    (!from.eq_ignore_ascii_case(&to)).then_some(FactKind::ComputerRenamed { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpret::tests::{classic, fact_of};

    fn windows_update(id: u32, values: &[&str]) -> Option<FactKind> {
        classic("Microsoft-Windows-WindowsUpdateClient", id, values)
    }

    fn update(number: &str, is_installed: bool, event_id: u32) -> Option<FactKind> {
        Some(FactKind::UpdateInstalled { update: number.into(), is_installed, event_id })
    }

    /// Titles of real records.
    #[test]
    fn an_update_is_named_in_its_title() {
        let id = "{13ea86c3-b7d0-4f81-9e5c-3ccb5d584ce6}";
        let title = "Security Update for Windows 7 for x64-based Systems (KB2641653)";
        assert_eq!(windows_update(19, &[title, id, "101"]), update("KB2641653", true, 19));
        let failed = windows_update(20, &["0x80070643", title, id, "101"]);
        assert_eq!(failed, update("KB2641653", false, 20));
        for none in [
            "Feature update to Windows 10, version 1803",
            "9NBLGGH5PNB1-Microsoft.OneConnect",
            "Definition Update for Windows Defender - KB915597 (Definition 1.227.2715.0)",
            "KB",
            "KB12",
            "KB123456789",
        ] {
            assert_eq!(windows_update(19, &[none, id, "1"]), None, "{none}");
        }
        assert_eq!(windows_update(19, &[]), None);
    }

    fn servicing(id: u32, package: &str, state: &str) -> Option<FactKind> {
        let data = format!(
            "<UserData><CbsPackageChangeState><PackageIdentifier>{package}</PackageIdentifier>\
             <IntendedPackageState>{state}</IntendedPackageState>\
             <IntendedPackageStateTextized>Installiert</IntendedPackageStateTextized>\
             <ErrorCode>0x0</ErrorCode><Client>WindowsUpdateAgent</Client>\
             </CbsPackageChangeState></UserData>"
        );
        fact_of("Microsoft-Windows-Servicing", id, "Setup", "S-1-5-18", &data)
    }

    #[test]
    fn a_package_is_installed_once_it_is_in_that_state() {
        assert_eq!(servicing(2, "KB5032907", "5112"), update("KB5032907", true, 2));
        assert_eq!(servicing(3, "KB5032907", "5112"), update("KB5032907", false, 3));
        let package = "Package_for_KB2636573~31bf3856ad364e35~amd64~~6.1.1.0";
        assert_eq!(servicing(2, package, "5112"), update("KB2636573", true, 2));
        // Removed, begun, waiting for a restart, and a feature.
        assert_eq!(servicing(2, "KB5017308", "5000"), None);
        assert_eq!(servicing(1, "KB5032907", "5112"), None);
        assert_eq!(servicing(4, "KB5032907", "5112"), None);
        assert_eq!(servicing(2, "Microsoft-Hyper-V-Package", "5112"), None);
        assert_eq!(classic("MsiInstaller", 1022, &["Product", "KB2641653"]), None);
    }

    #[test]
    fn nodes_and_names() {
        let lost = |values: &[&str]| classic("Microsoft-Windows-FailoverClustering", 1135, values);
        assert_eq!(lost(&["HV2"]), Some(FactKind::NodeLost { node: "HV2".into() }));
        assert_eq!(lost(&[""]), None);
        let renamed = |values: &[&str]| classic("EventLog", 6011, values);
        assert_eq!(
            renamed(&["WIN-UUNEEV45F79", "HV2"]),
            Some(FactKind::ComputerRenamed { from: "WIN-UUNEEV45F79".into(), to: "HV2".into() })
        );
        assert_eq!(renamed(&["HV2", "hv2"]), None);
        assert_eq!(renamed(&["HV2"]), None);
    }
}
