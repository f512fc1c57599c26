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
    /// Where it stands in the order of filters; text, since some have a fraction. Empty: none known,
    /// such as for those that are no mini-filters.
    pub altitude: &'static str,
    /// Who makes it.
    pub vendor: &'static str,
}

/// Load order groups of file system filters by the first and last altitude of each, from Microsoft's
/// page on altitudes.
const ALTITUDE_GROUPS: [(u32, u32, &str); 23] = [
    (420_000, 429_999, "Filter"),
    (400_000, 409_999, "FSFilter Top"),
    (360_000, 389_999, "FSFilter Activity Monitor"),
    (340_000, 349_999, "FSFilter Undelete"),
    (320_000, 329_999, "FSFilter Anti-Virus"),
    (300_000, 309_999, "FSFilter Replication"),
    (280_000, 289_999, "FSFilter Continuous Backup"),
    (260_000, 269_999, "FSFilter Content Screener"),
    (240_000, 249_999, "FSFilter Quota Management"),
    (220_000, 229_999, "FSFilter System Recovery"),
    (200_000, 209_999, "FSFilter Cluster File System"),
    (180_000, 189_999, "FSFilter HSM"),
    (170_000, 175_000, "FSFilter Imaging"),
    (160_000, 169_999, "FSFilter Compression"),
    (140_000, 149_999, "FSFilter Encryption"),
    (130_000, 139_999, "FSFilter Virtualization"),
    (120_000, 129_999, "FSFilter Physical Quota Management"),
    (100_000, 109_999, "FSFilter Open File"),
    (80_000, 89_999, "FSFilter Security Enhancer"),
    (60_000, 69_999, "FSFilter Copy Protection"),
    (40_000, 49_999, "FSFilter Bottom"),
    (20_000, 29_999, "FSFilter System"),
    (0, 19_999, "FSFilter Infrastructure"),
];

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

    /// The load order group of its altitude, `FSFilter Anti-Virus`.
    #[must_use]
    pub fn altitude_group(self) -> Option<&'static str> {
        let whole = self.altitude.split('.').next()?;
        let altitude: u32 = whole.parse().ok()?;
        let is_in = |(low, high, _): &&(u32, u32, _)| (*low..=*high).contains(&altitude);
        ALTITUDE_GROUPS.iter().find(is_in).map(|(_, _, name)| *name)
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

    /// One name for the maker of a scanner that is sold for servers, however the list of altitudes
    /// spells it and whoever owns the product today. Nothing for others: many vendors in the scanners'
    /// range of altitudes scan nothing, and Bitdefender's engine comes with products of others.
    pub(crate) fn scanner_maker(self) -> Option<&'static str> {
        let vendor = self.vendor.to_ascii_lowercase();
        let is_of = |(start, _): &&(&str, &str)| vendor.starts_with(start);
        let maker = SERVER_SCANNERS.iter().find(is_of).map(|(_, maker)| *maker);
        maker.filter(|_| self.is_antivirus())
    }

    /// File and vendor, `mfehidk.sys (McAfee/Trellix)`.
    pub(crate) fn label(self, file: &str) -> String {
        if self.vendor.is_empty() { file.into() } else { format!("{file} ({})", self.vendor) }
    }
}

/// How a vendor's name begins, in lower case, and the name of the maker.
const SERVER_SCANNERS: [(&str, &str); 28] = [
    ("ahnlab", "AhnLab"),
    ("avast", "Avast"),
    ("avg", "Avast"),
    ("avira", "Avira"),
    ("bit9", "Carbon Black"),
    ("vmware/carbon black", "Carbon Black"),
    ("comodo", "Comodo"),
    ("crowdstrike", "CrowdStrike"),
    ("cylance", "Cylance"),
    ("deep instinct", "Deep Instinct"),
    ("doctor web", "Doctor Web"),
    ("eset", "ESET"),
    ("f-secure", "WithSecure"),
    ("fireeye", "Trellix"),
    ("fortinet", "Fortinet"),
    ("g data", "G Data"),
    ("ikarus", "IKARUS"),
    ("k7 computing", "K7"),
    ("kaspersky", "Kaspersky"),
    ("malwarebytes", "Malwarebytes"),
    ("mcafee", "Trellix"),
    ("network associates", "Trellix"),
    ("panda", "Panda"),
    ("sentinelone", "SentinelOne"),
    ("sophos", "Sophos"),
    ("symantec", "Symantec"),
    ("trend micro", "Trend Micro"),
    ("webroot", "Webroot"),
];

/// Shorter stems are no evidence of a vendor.
const MIN_STEM_LENGTH: usize = 5;

fn row(line: &'static str) -> Option<FilterDriver> {
    let mut columns = line.split('\t');
    let file = columns.next()?;
    let category = columns.next()?;
    let altitude = columns.next()?;
    let vendor = columns.next().unwrap_or_default();
    Some(FilterDriver { file, category, altitude, vendor })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vendors' names as the list of altitudes spells them.
    #[test]
    fn one_name_for_a_maker() {
        let maker = |file| FilterDriver::find(file).unwrap().scanner_maker();
        assert_eq!(
            (maker("mfehidk.sys"), maker("savonaccess.sys")),
            (Some("Trellix"), Some("Sophos"))
        );
        assert_eq!(maker("csagent.sys"), Some("CrowdStrike"));
        // In the scanners' range of altitudes, and no scanner; a scanner's maker, and a backup filter.
        assert_eq!((maker("veeamfct.sys"), maker("wdfilter.sys")), (None, None));
        for (start, _) in SERVER_SCANNERS {
            let is_of = |driver: &&FilterDriver| {
                driver.vendor.to_ascii_lowercase().starts_with(start) && driver.is_antivirus()
            };
            assert!(BY_FILE.values().any(|driver| is_of(&driver)), "{start}");
        }
    }

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
        // Those of cluster shared volumes, of 2008 R2 and of 2012 and later.
        for file in ["csvfilter.sys", "csvflt.sys", "csvnsflt.sys", "csvfs.sys"] {
            assert_eq!((find(file).category, find(file).vendor), ("microsoft", "Microsoft"));
        }
        assert_eq!(find("veeamfct.sys").category, "backup");
        assert_eq!(find("wdfilter.sys").altitude_group(), Some("FSFilter Anti-Virus"));
        // 402120.5 is in the list: a fraction, in the range of 400000 to 409999.
        assert_eq!(find("360antisteal.sys").altitude_group(), Some("FSFilter Top"));
        assert_eq!(FilterDriver { altitude: "", ..find("wdfilter.sys") }.altitude_group(), None);
        assert_eq!(FilterDriver::find("storvsc.sys"), None);
    }
}
