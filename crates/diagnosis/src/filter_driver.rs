//! Drivers that filter files, disks or the network, by file name.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// What is known of a filter driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterDriver {
    /// Base name, lower case, with `.sys`.
    pub file: &'static str,
    /// `antivirus`, `edr`, `backup`, ...; `microsoft` and `..._inbox` come with Windows.
    pub category: &'static str,
    /// Who makes it.
    pub vendor: &'static str,
}

const TABLE: &str = include_str!("../data/filter_drivers.tsv");

static BY_FILE: LazyLock<HashMap<&str, FilterDriver>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(row);
    rows.map(|driver| (driver.file, driver)).collect()
});

/// Those who have a scanner in the table.
static SCANNER_MAKERS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let scanners = BY_FILE.values().filter(|driver| driver.category == "antivirus");
    scanners.filter_map(|driver| maker(driver.vendor)).collect()
});

/// The first word of a vendor's name, which is written in several ways: `Trend Micro Inc.`,
/// `Trend Micro, Inc.`
fn maker(vendor: &str) -> Option<String> {
    let word = vendor.split([' ', ',']).next().filter(|word| word.len() >= MIN_MAKER_LENGTH);
    word.map(str::to_ascii_lowercase)
}

/// Shorter words are no name of one vendor.
const MIN_MAKER_LENGTH: usize = 4;

impl FilterDriver {
    /// The driver called `file`. Vendors put versions behind the name (`mfehidk01.sys`), so digits
    /// at its end are left out where the name itself is not known.
    #[must_use]
    pub fn find(file: &str) -> Option<Self> {
        let file = file.to_ascii_lowercase();
        if let Some(driver) = BY_FILE.get(file.as_str()) {
            return Some(*driver);
        }
        let stem = file.strip_suffix(".sys")?;
        let without_version = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if without_version.len() < MIN_STEM_LENGTH || without_version == stem {
            return None;
        }
        BY_FILE.get(format!("{without_version}.sys").as_str()).copied()
    }

    /// Whether it does not come with Windows.
    #[must_use]
    pub fn is_third_party(self) -> bool {
        self.category != "microsoft" && !self.category.ends_with("_inbox")
    }

    /// Whether it scans or guards files for malware and does not come with Windows. Products are made
    /// of several drivers, of which only some have an altitude of scanners: the other security drivers
    /// of a vendor who has scanners count, too.
    pub(crate) fn is_antivirus(self) -> bool {
        match self.category {
            "antivirus" | "edr" => true,
            "security" | "security_other" => {
                maker(self.vendor).is_some_and(|maker| SCANNER_MAKERS.contains(maker.as_str()))
            }
            _ => false,
        }
    }

    /// File and vendor, `mfehidk.sys (McAfee/Trellix)`.
    pub(crate) fn label(self, file: &str) -> String {
        if self.vendor.is_empty() { file.into() } else { format!("{file} ({})", self.vendor) }
    }
}

/// Shorter stems are no evidence of a vendor.
const MIN_STEM_LENGTH: usize = 5;

fn row(line: &'static str) -> Option<FilterDriver> {
    let mut columns = line.split('\t');
    let file = columns.next()?;
    let category = columns.next()?;
    let vendor = columns.nth(1).unwrap_or_default();
    Some(FilterDriver { file, category, vendor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_driver() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(BY_FILE.len(), lines);
        assert!(BY_FILE.keys().all(|file| file.ends_with(".sys")));
    }

    /// Altitude 321300 is McAfee's in Microsoft's list; WdFilter comes with Windows.
    #[test]
    fn known_drivers() {
        let find = |file| FilterDriver::find(file).unwrap();
        assert!(find("MFEHIDK.SYS").is_antivirus());
        assert_eq!(find("mfehidk01.sys").vendor, "McAfee/Trellix");
        assert!(find("csagent.sys").is_antivirus());
        // Further drivers of products that scan.
        assert!(find("symefasi64.sys").is_antivirus());
        assert!(find("bdsandbox.sys").is_antivirus());
        assert!(!find("wdfilter.sys").is_antivirus());
        assert!(!find("wdfilter.sys").is_third_party());
        assert!(!find("csvflt.sys").is_third_party());
        assert_eq!(find("veeamfct.sys").category, "backup");
        assert_eq!(FilterDriver::find("storvsc.sys"), None);
    }
}
