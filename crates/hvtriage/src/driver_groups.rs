//! The drivers of a dump, sorted by whose they are.

use std::collections::HashSet;
use std::sync::LazyLock;

use hvtriage_crashdump::Module;
use hvtriage_diagnosis::FilterDriver;

/// Drivers of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverGroup {
    /// The kind, in words: `Hyper-V guest`, `Windows`, or the kind of filter with its maker.
    pub name: String,
    /// Base names, in the order of the list of modules.
    pub drivers: Vec<String>,
    /// Whether they come with Windows and say nothing of Hyper-V, which is most drivers.
    pub is_ordinary: bool,
}

/// Whose a driver is, in the order in which groups are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Guest,
    Host,
    /// What guests and hosts load, or what earlier Windows loaded on both.
    EitherSide,
    /// Kind and vendor of a filter.
    Filter(String),
    /// Neither known by name nor by version resource.
    Other,
    Windows,
}

/// Drivers of Hyper-V that only one side of it loads. `vid.sys` and `winhvr.sys` are on every machine
/// since Windows 10.
const GUEST: [&str; 7] =
    ["storvsc", "netvsc", "dmvsc", "vmgencounter", "hyperkbd", "hypervideo", "vmbushid"];
const HOST: [&str; 5] = ["storvsp", "vmswitch", "vmbusr", "vmsproxy", "passthruparser"];

const EITHER_SIDE: [&str; 13] = [
    "vmbus.",
    "vmbkmcl",
    "winhv",
    "vid.",
    "hvsocket",
    "hvservice",
    "hvcrash",
    "hvboot",
    "vmstorfl",
    "vpci",
    "vfpext",
    "vmgid",
    "storflt",
];

const WINDOWS_TABLE: &str = include_str!("../data/windows_drivers.txt");

static WINDOWS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| WINDOWS_TABLE.lines().filter(|line| !line.starts_with('#')).collect());

pub(crate) fn driver_groups(modules: &[Module]) -> Vec<DriverGroup> {
    let mut sorted: Vec<(Kind, &Module)> =
        modules.iter().map(|module| (kind(module), module)).collect();
    sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
    let groups = sorted.chunk_by(|(left, _), (right, _)| left == right);
    groups.filter_map(|group| group.first().map(|(kind, _)| named(kind, group))).collect()
}

fn named(kind: &Kind, group: &[(Kind, &Module)]) -> DriverGroup {
    let name = match kind {
        Kind::Guest => "Hyper-V guest".to_owned(),
        Kind::Host => "Hyper-V host".to_owned(),
        Kind::Filter(name) => format!("filter: {name}"),
        Kind::EitherSide => "Hyper-V, guest or host".to_owned(),
        Kind::Other => "not known as drivers of Windows".to_owned(),
        Kind::Windows => "Windows".to_owned(),
    };
    let drivers = group.iter().map(|(_, module)| module.name.clone()).collect();
    DriverGroup { name, drivers, is_ordinary: *kind == Kind::Windows }
}

fn kind(module: &Module) -> Kind {
    let name = module.name.as_str();
    let is_one_of = |stems: &[&str]| stems.iter().any(|stem| name.starts_with(stem));
    if is_one_of(&GUEST) {
        return Kind::Guest;
    }
    if is_one_of(&HOST) {
        return Kind::Host;
    }
    // The hypervisor's interface is on every machine since Windows 10, whoever uses it.
    if is_one_of(&EITHER_SIDE) {
        return Kind::EitherSide;
    }
    let filter = FilterDriver::find(name);
    if let Some(filter) = filter.filter(|it| it.is_third_party()) {
        return Kind::Filter(filter_name(filter));
    }
    let company = module.version.as_ref().and_then(|version| version.company.as_deref());
    match is_of_windows(name, company) {
        Some(true) => Kind::Windows,
        _ => Kind::Other,
    }
}

/// Whether a driver comes with Windows, by the maker that its version resource tells, or else by its
/// name; `None` where neither tells.
pub(crate) fn is_of_windows(name: &str, company: Option<&str>) -> Option<bool> {
    if let Some(company) = company.map(str::to_ascii_lowercase) {
        return Some(company.contains("microsoft"));
    }
    match FilterDriver::find(name) {
        Some(filter) => Some(!filter.is_third_party()),
        None => is_windows_name(name).then_some(true),
    }
}

/// `antivirus, FSFilter Anti-Virus 321300, McAfee`.
fn filter_name(filter: FilterDriver) -> String {
    let category = filter.category.replace('_', " ");
    let place = filter.altitude_group().map(|group| format!("{group} {}", filter.altitude));
    let vendor = (!filter.vendor.is_empty()).then(|| filter.vendor.to_owned());
    let parts = [Some(category), place, vendor];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Drivers that write a dump or the hibernation file are copies of the drivers of the boot disk, with
/// another name: `dump_storvsc.sys`, `hiber_storport.sys`. The kernel gives the copies of its own
/// port drivers names that no file has, `dump_dumpstorport.sys`.
fn is_windows_name(name: &str) -> bool {
    let original = ["dump_", "hiber_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    WINDOWS.contains(original.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_lower_case_and_holds_no_filter_of_others() {
        let names: Vec<&str> =
            WINDOWS_TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(names.is_sorted());
        assert_eq!(names.len(), WINDOWS.len());
        for name in names {
            assert_eq!(name, name.to_ascii_lowercase());
            let filter = FilterDriver::find(name);
            assert!(filter.is_none_or(|filter| !filter.is_third_party()), "{name}: {filter:?}");
        }
    }

    #[test]
    fn a_driver_is_of_windows_by_its_maker_or_its_name() {
        assert_eq!(is_of_windows("acme.sys", Some("Microsoft Corporation")), Some(true));
        assert_eq!(is_of_windows("storvsc.sys", Some("ACME")), Some(false));
        assert_eq!(is_of_windows("netft.sys", None), Some(true));
        assert_eq!(is_of_windows("mfehidk.sys", None), Some(false));
        assert_eq!(is_of_windows("acme.sys", None), None);
    }

    #[test]
    fn copies_that_write_the_dump_are_whose_the_original_is() {
        assert!(is_windows_name("dump_storvsc.sys"));
        assert!(is_windows_name("hiber_dumpfve.sys"));
        assert!(!is_windows_name("dump_iastorac.sys"));
        assert!(!is_windows_name("storvsc"));
    }
}
