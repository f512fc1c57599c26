//! What a report of `msinfo32` says of its machine.
//!
//! | category | cells | tells |
//! |---|---|---|
//! | summary | name, value: system, version, other description, its maker; then machine, maker, model | the machine, its Windows; who made it, and whether it is a virtual machine of Hyper-V |
//! | drivers | name, description, file, type, started, ... | filter drivers of others that are loaded |
//! | services | display name, name, ..., path | a host: its management service is installed |
//!
//! Rows are known by their order, since their names are in the language of the machine. The driver of ACPI
//! runs on every machine, so its row has the word for that.
//!
//! Left out: "a hypervisor has been detected", which hosts, guests and machines with virtualization-based
//! security all say; and error reports, whose times are local and whose form in such a report is published
//! nowhere.

use hvtriage_diagnosis::{Fact, FactKind, FilterDriver, MachineName, Place};
use hvtriage_inventory::{ReportRow, windows_build};

use super::inventory::{facts_of, names_a_computer};

/// Rows of the summary that are kept; what is asked for are the first ten, behind a heading.
const MAX_SUMMARY: usize = 16;
/// A machine has some ten filters of others.
const MAX_DRIVERS: usize = 1000;
/// Cells of a driver: file, and whether it is started.
const FILE: usize = 2;
const STARTED: usize = 4;
/// A driver has eleven cells, and had ten once.
const CELLS_OF_DRIVER: usize = 8;

/// Takes what is understood out of the rows of one report.
#[derive(Debug, Default)]
pub(crate) struct SystemReportFacts {
    /// Names and values.
    summary: Vec<(Place, String, String)>,
    /// Filters, each with the word that says whether it is started.
    drivers: Vec<(Place, String, String)>,
    /// The word for yes.
    yes: Option<String>,
    management_service: Option<Place>,
}

impl SystemReportFacts {
    /// Looks at one row.
    pub(crate) fn add(&mut self, row: &ReportRow<'_>) {
        let place = || Place::Record { id: row.number, offset: row.offset };
        let cell =
            |number: usize| row.cells.get(number).map(|cell| cell.trim()).unwrap_or_default();
        if row.is_summary {
            if self.summary.len() < MAX_SUMMARY {
                self.summary.push((place(), cell(0).to_owned(), cell(1).to_owned()));
            }
        } else if let Some(driver) =
            driver(cell(FILE)).filter(|_| row.cells.len() >= CELLS_OF_DRIVER)
        {
            if driver == "acpi.sys" {
                self.yes = Some(cell(STARTED).to_owned());
            }
            let is_filter = FilterDriver::find(&driver).is_some_and(FilterDriver::is_third_party);
            if is_filter && self.drivers.len() < MAX_DRIVERS {
                self.drivers.push((place(), driver, cell(STARTED).to_owned()));
            }
        } else if cell(1).eq_ignore_ascii_case("vmms")
            && row.cells.iter().any(|cell| cell.to_ascii_lowercase().contains("vmms.exe"))
        {
            self.management_service.get_or_insert_with(place);
        }
    }

    /// All that the report says.
    pub(crate) fn facts(self, source: &str) -> Vec<Fact> {
        let version = self.summary.iter().position(|(.., value)| windows_build(value).is_some());
        // Windows XP and 2003 have no other description, so all that follows stands a row before.
        let is_maker = |rows: usize| {
            let value = version.and_then(|at| self.summary.get(at.checked_add(rows)?));
            value.is_some_and(|(.., value)| value.trim() == "Microsoft Corporation")
        };
        let rows_before_maker = [2, 1].into_iter().find(|rows| is_maker(*rows));
        let behind = |rows: usize| {
            let moved = 2_usize.checked_sub(rows_before_maker?)?;
            self.summary.get(version?.checked_add(rows)?.checked_sub(moved.min(rows))?)
        };
        let name = behind(3).map(|(.., name)| name.clone()).filter(|name| is_computer(name));
        let machine = match name {
            Some(name) => MachineName::Computer(name.into()),
            None => MachineName::Source(source.into()),
        };
        let mut facts = Vec::new();
        if let Some((place, _, version)) = version.and_then(|at| self.summary.get(at)) {
            let build = windows_build(version);
            facts.extend(build.map(|build| (place.clone(), FactKind::OsVersion { build })));
        }
        if let (Some((.., maker)), Some((place, _, model))) = (behind(4), behind(5)) {
            if (maker.as_str(), model.as_str()) == ("Microsoft Corporation", "Virtual Machine") {
                let kind =
                    FactKind::Firmware { vm: None, id: None, serial: None, is_hyper_v_guest: true };
                facts.push((place.clone(), kind));
            }
            let later = self.summary.get(version.map_or(0, |at| at.saturating_add(5))..);
            let mut later = later.unwrap_or_default().iter();
            // Called so in every language; `SMBIOS Version` follows.
            let bios = later.find(|(_, name, _)| name.starts_with("BIOS"));
            let given = |text: &str| Some(text.trim()).filter(|it| !it.is_empty()).map(Box::from);
            let kind = FactKind::Hardware {
                maker: given(maker),
                model: given(model),
                bios: bios.and_then(|(.., bios)| given(bios)),
            };
            facts.push((place.clone(), kind));
        }
        facts.extend(self.management_service.map(|place| (place, FactKind::HyperVHost {})));
        let yes = self.yes.unwrap_or_else(|| "Yes".into());
        let loaded = self.drivers.into_iter().filter(|(.., started)| *started == yes);
        facts.extend(
            loaded.map(|(place, driver, _)| {
                (place, FactKind::FilterLoaded { driver, version: None })
            }),
        );
        facts_of(source, &machine, facts)
    }
}

/// The name of a driver's file, in lower case; `None` where the path is of no driver.
fn driver(path: &str) -> Option<String> {
    let name = path.rsplit(['\\', '/']).next()?.to_ascii_lowercase();
    (name.len() > ".sys".len() && name.ends_with(".sys")).then_some(name)
}

/// The longest label of a name has 63 letters.
fn is_computer(name: &str) -> bool {
    const MAX_LETTERS: usize = 63;
    names_a_computer(name) && name.len() <= MAX_LETTERS && !name.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use hvtriage_inventory::read_system_report;

    use super::*;

    fn facts(text: &str) -> Vec<Fact> {
        let mut told = SystemReportFacts::default();
        assert_eq!(read_system_report(text.as_bytes(), |row| told.add(row)), []);
        told.facts("x.txt")
    }

    fn kinds(text: &str) -> Vec<FactKind> {
        facts(text).into_iter().map(|fact| fact.kind).collect()
    }

    fn summary(maker: &str, model: &str) -> String {
        format!(
            "System Name: HV1\r\n[System Summary]\r\n\r\nItem\tValue\t\r\nOS Name\tMicrosoft Windows \
             Server 2019\t\r\nVersion\t10.0.17763 Build 17763\t\r\nOther OS Description \tNot \
             Available\t\r\nOS Manufacturer\tMicrosoft Corporation\t\r\nSystem Name\tHV1\t\r\nSystem \
             Manufacturer\t{maker}\t\r\nSystem Model\t{model}\t\r\nSystem Type\tx64-based PC\t\r\nBIOS \
             Version/Date\tDell Inc. 2.1.8, 4/30/2019\t\r\nSMBIOS Version\t3.2\t\r\n"
        )
    }

    fn drivers(yes: &str, no: &str) -> String {
        let row = |name: &str, started: &str| {
            format!(
                "{name}\t{name} driver\tc:\\windows\\system32\\drivers\\{name}.sys\tKernel \
                 Driver\t{started}\tBoot\tx\tOK\tNormal\tNo\tYes\t\r\n"
            )
        };
        // Filters of McAfee and Symantec, one of Windows, and a driver that is no filter.
        let rows =
            [("acpi", yes), ("mfehidk", yes), ("symefa", no), ("fileinfo", yes), ("vid", yes)];
        let rows: String = rows.iter().map(|(name, started)| row(name, started)).collect();
        format!("[System Drivers]\r\n\r\nName\tDescription\tFile\t\r\n{rows}")
    }

    #[test]
    fn a_report_tells_its_machine_and_what_is_loaded() {
        let services = "[Services]\r\n\r\nHyper-V Virtual Machine Management\tvmms\tRunning\tAuto\tOwn \
                        Process\tc:\\windows\\system32\\vmms.exe\tNormal\tLocalSystem\t0\t\r\n";
        let of_host = summary("Dell Inc.", "PowerEdge R740") + &drivers("Yes", "No") + services;
        let found = facts(&of_host);
        let is_named = |fact: &Fact| fact.machine == MachineName::Computer("HV1".into());
        assert!(found.iter().all(is_named));
        let filter = FactKind::FilterLoaded { driver: "mfehidk.sys".into(), version: None };
        let hardware = |maker: &str, model: &str| FactKind::Hardware {
            maker: Some(maker.into()),
            model: Some(model.into()),
            bios: Some("Dell Inc. 2.1.8, 4/30/2019".into()),
        };
        let dell = hardware("Dell Inc.", "PowerEdge R740");
        let build = FactKind::OsVersion { build: 17763 };
        let expected = [build, dell, FactKind::HyperVHost {}, filter.clone()];
        assert_eq!(kinds(&of_host), expected);
        // In another language, and a virtual machine.
        let german = summary("Microsoft Corporation", "Virtual Machine")
            .replace("System Name\t", "Systemname\t")
            + &drivers("Ja", "Nein");
        let found = kinds(&german);
        assert!(matches!(found[1], FactKind::Firmware { is_hyper_v_guest: true, .. }));
        let virtual_machine = hardware("Microsoft Corporation", "Virtual Machine");
        assert_eq!(found[2..], [virtual_machine, filter]);
        assert!(facts(&german).iter().all(is_named));
    }

    /// Rows of a published report of Windows XP: there is no other description.
    #[test]
    fn a_report_of_2003_names_its_machine_and_not_its_maker() {
        let old = summary("HP", "ProLiant DL380 G4")
            .replace("Other OS Description \tNot Available\t\r\n", "")
            .replace("10.0.17763 Build 17763", "5.2.3790 Service Pack 2 Build 3790");
        let found = facts(&old);
        assert!(found.iter().all(|fact| fact.machine == MachineName::Computer("HV1".into())));
        assert_eq!(found[0].kind, FactKind::OsVersion { build: 3790 });
        let FactKind::Hardware { maker, model, .. } = &found[1].kind else { panic!("{found:?}") };
        let told = (maker.as_deref(), model.as_deref());
        assert_eq!(told, (Some("HP"), Some("ProLiant DL380 G4")));
        // Neither of both layouts: nothing is guessed.
        let other = summary("HP", "x").replace("Microsoft Corporation", "another");
        assert!(
            facts(&other).iter().all(|fact| fact.machine == MachineName::Source("x.txt".into()))
        );
    }

    #[test]
    fn a_report_without_its_summary_names_no_machine() {
        let found = facts(&format!("[a]\r\n{}", drivers("Yes", "No")));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].machine, MachineName::Source("x.txt".into()));
        assert_eq!(facts("[a]\r\na\tb\t\r\n"), []);
    }
}
