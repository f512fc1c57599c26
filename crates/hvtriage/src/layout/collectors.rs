//! How known collectors lay out what they collect, and where the name of a machine stands in it.
//!
//! A layout is a hint and no proof: customers rename and repack. So each is narrow, and what a log says
//! of itself goes first.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_diagnosis::Source;

use super::{folders, last_part, names};

/// A collector and what is typical of its files.
struct Collector {
    name: &'static str,
    sign: Sign,
}

/// What shows a collector.
enum Sign {
    /// A folder or archive of one machine: what stands before and behind its name. With a `root`, only
    /// below a folder that begins so, or beside another folder of its kind.
    OfMachine { before: &'static str, root: Option<&'static str> },
    /// A file: its machine, this mark, and what it holds, which begins with one of these words.
    Marked(&'static str, &'static [&'static str]),
    /// A log: its machine, and its channel with `-` for what no file name may have.
    Channel,
    /// A folder or archive that begins so.
    Named(&'static str),
    /// A file in folders that end so, or a log whose name has this in the place of `/`.
    OfWindows { folder: &'static str, slash: &'static str },
}

const COLLECTORS: [Collector; 7] = [
    // `Get-NodePath` in PrivateCloud.DiagnosticInfo.psm1, and its help: `HealthTest-<cluster>-<date>.ZIP`
    // (github.com/PowerShell/PrivateCloud.DiagnosticInfo).
    Collector {
        name: "Get-SddcDiagnosticInfo",
        sign: Sign::OfMachine { before: "Node_", root: Some("HealthTest") },
    },
    // `msdbg.$env:COMPUTERNAME`, and a zip of it with a date (github.com/microsoft/Get-NetView).
    Collector { name: "Get-NetView", sign: Sign::OfMachine { before: "msdbg.", root: None } },
    // `{Computername}_evt_System.evtx` (learn.microsoft.com, what Support Diagnostics collect), and the
    // `*_dmp_*` of TS_DumpCollector.ps1 in psSDP.
    Collector { name: "Support Diagnostics (SDP)", sign: Sign::Marked("_evt_", &[""]) },
    Collector {
        name: "Support Diagnostics (SDP)",
        sign: Sign::Marked("_dmp_", &["mini", "memory"]),
    },
    // `FwExportEventLog` in TSS.ps1: `$env:computerName-$EventLogFileName.evtx`
    // (learn.microsoft.com, TroubleShootingScript toolset).
    Collector { name: "TSS", sign: Sign::Channel },
    // The archive that people of sysnative.com and bleepingcomputer.com ask for.
    Collector { name: "Sysnative BSOD collection", sign: Sign::Named("Sysnative") },
    // `%SystemRoot%\System32\winevt\Logs`, where `Microsoft-Windows-Hyper-V-VMMS%4Admin.evtx` lies.
    Collector {
        name: "winevt\\Logs",
        sign: Sign::OfWindows { folder: "winevt/logs", slash: "%4" },
    },
];

/// What the layout of a source tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recognized {
    pub(super) collector: &'static str,
    /// Whose file it is, where the layout names it.
    pub(super) computer: Option<String>,
}

/// Folders by the one that they lie in, of those that are called as one of a machine.
pub(super) struct Layouts<'a> {
    beside: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Layouts<'a> {
    pub(super) fn of(sources: impl Iterator<Item = &'a Source>) -> Self {
        let mut beside: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let prefixes = COLLECTORS.iter().filter_map(|collector| match collector.sign {
            Sign::OfMachine { before, .. } => Some(before),
            _ => None,
        });
        let prefixes: Vec<&str> = prefixes.collect();
        for folder in sources.flat_map(names).flat_map(folders) {
            let name = last_part(folder);
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                let parent = folder.strip_suffix(name).unwrap_or_default();
                beside.entry(parent).or_default().insert(name);
            }
        }
        Self { beside }
    }

    /// The collector that laid out `source` where it is called `name`, if its layout shows one.
    pub(super) fn recognize(&self, source: &Source, name: &str) -> Option<Recognized> {
        COLLECTORS.iter().find_map(|collector| {
            let computer = self.shown(&collector.sign, source, name)?;
            Some(Recognized { collector: collector.name, computer })
        })
    }

    /// Whether `sign` is there, and whose file it is.
    fn shown(&self, sign: &Sign, source: &Source, full: &str) -> Option<Option<String>> {
        let file = last_part(full);
        match *sign {
            Sign::OfMachine { before, root } => {
                let folder = folders(full).find(|it| last_part(it).starts_with(before))?;
                let is_one = root.is_none_or(|root| self.is_below(folder, root));
                let name = computer_at_start(last_part(folder).strip_prefix(before)?)?;
                is_one.then(|| Some(name.to_owned()))
            }
            Sign::Marked(mark, words) => {
                let (name, what) = file.split_once(mark)?;
                let what = what.to_ascii_lowercase();
                let is_one = words.iter().any(|word| what.starts_with(word));
                (is_one && is_computer_name(name)).then(|| Some(name.to_owned()))
            }
            Sign::Channel => {
                let channel = source.channel.as_deref()?.replace(['/', ' '], "-");
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                let name = stem.strip_suffix(channel.as_str())?.strip_suffix('-')?;
                is_computer_name(name).then(|| Some(name.to_owned()))
            }
            Sign::Named(start) => {
                folders(full).any(|it| last_part(it).starts_with(start)).then_some(None)
            }
            Sign::OfWindows { folder, slash } => {
                let inside = folders(full).next().unwrap_or_default();
                let inside = inside.replace('\\', "/").to_lowercase();
                let is_log = source.kind.is_log();
                (is_log && (inside.ends_with(folder) || file.contains(slash))).then_some(None)
            }
        }
    }

    /// Whether a folder of a machine lies below one that begins with `root`, or beside another one.
    fn is_below(&self, folder: &str, root: &str) -> bool {
        let parent = folder.strip_suffix(last_part(folder)).unwrap_or_default();
        let has_others = self.beside.get(parent).is_some_and(|beside| beside.len() > 1);
        has_others || folders(folder).any(|it| last_part(it).starts_with(root))
    }
}

/// The computer at the beginning of a folder's name, behind which a date and an ending may stand:
/// `HV01`, `HV-01-2023.01.02_03.04.05.zip`.
fn computer_at_start(text: &str) -> Option<&str> {
    let text = match text.to_ascii_lowercase().ends_with(".zip") {
        true => text.get(..text.len().saturating_sub(".zip".len()))?,
        false => text,
    };
    let is_date = |rest: &str| rest.len() >= 10 && !rest.contains(|it: char| it.is_alphabetic());
    let name = match text.rsplit_once('-') {
        Some((name, rest)) if is_date(rest) => name,
        _ => text,
    };
    is_computer_name(name).then_some(name)
}

/// Whether a computer can be called so: not by digits alone, and as the name of a host may be, with its domain
/// or without.
fn is_computer_name(name: &str) -> bool {
    const LONGEST: usize = 253;
    const LONGEST_LABEL: usize = 63;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label =
        |label: &str| (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_allowed);
    let first = name.split('.').next().unwrap_or_default();
    let has_letter = first.bytes().any(|byte| byte.is_ascii_alphabetic());
    has_letter && name.len() <= LONGEST && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::SourceKind;

    use super::*;

    fn recognized(names: &[&str]) -> Vec<Option<(&'static str, Option<String>)>> {
        let source = |name: &&str| {
            let kind = match name.rsplit_once('.') {
                Some((_, "evtx" | "xml")) => SourceKind::EventLog,
                _ => SourceKind::KernelDump,
            };
            let channel = name.contains("VMMS").then_some("Microsoft-Windows-Hyper-V-VMMS/Admin");
            let channel = channel.map(str::to_owned);
            Source { channel, ..Source::new(name, kind, 1) }
        };
        let sources: Vec<Source> = names.iter().map(source).collect();
        let layouts = Layouts::of(sources.iter());
        let told = sources.iter().map(|source| layouts.recognize(source, &source.name));
        told.map(|it| it.map(|it| (it.collector, it.computer))).collect()
    }

    fn one(name: &str) -> Option<(&'static str, Option<String>)> {
        recognized(&[name]).remove(0)
    }

    fn of(collector: &'static str, computer: &str) -> Option<(&'static str, Option<String>)> {
        Some((collector, Some(computer.to_owned())))
    }

    #[test]
    fn collectors_are_known_by_their_names_in_folders_and_archives() {
        let sddc = "Get-SddcDiagnosticInfo";
        let sdp = "Support Diagnostics (SDP)";
        for (name, expected) in [
            ("HealthTest-S2D-Cluster-20180522-1546.ZIP!Node_HV1/Minidump/a.dmp", of(sddc, "HV1")),
            ("case/HealthTest/Node_HV-2/MEMORY.DMP", of(sddc, "HV-2")),
            ("HealthTest.zip!Node_HV1\\MEMORY.DMP", of(sddc, "HV1")),
            ("HealthTest.zip!Node_HV1.contoso.example/a.dmp", of(sddc, "HV1.contoso.example")),
            ("c/msdbg.HV1/VMHost/a.dmp", of("Get-NetView", "HV1")),
            ("msdbg.HV-1-2023.01.02_03.04.05.zip!a.dmp", of("Get-NetView", "HV-1")),
            ("x.cab!HV1_evt_System.evtx", of(sdp, "HV1")),
            ("x.cab!SQL-7_dmp_Mini120823-01.dmp", of(sdp, "SQL-7")),
            ("MS_DATA/HV-1-Microsoft-Windows-Hyper-V-VMMS-Admin.evtx", of("TSS", "HV-1")),
            ("SysnativeFileCollectionApp.zip!a.dmp", Some(("Sysnative BSOD collection", None))),
            ("HV1/C/Windows/System32/winevt/Logs/System.evtx", Some(("winevt\\Logs", None))),
            ("HV1/Microsoft-Windows-Hyper-V-VMMS%4Admin.evtx", Some(("winevt\\Logs", None))),
        ] {
            assert_eq!(one(name), expected, "{name}");
        }
        // Two folders beside each other show it where the archive was renamed.
        let both = recognized(&["case.zip!Node_HV1/a.dmp", "case.zip!Node_HV2/b.dmp"]);
        assert_eq!(both, [of(sddc, "HV1"), of(sddc, "HV2")]);
    }

    #[test]
    fn names_that_only_look_like_it_are_nobodys() {
        for name in [
            "Node/MEMORY.DMP",
            "case/Node_HV1/MEMORY.DMP",
            "HealthTest/Node_1/MEMORY.DMP",
            "HealthTest/Node_/MEMORY.DMP",
            "HealthTest/node_modules/MEMORY.DMP",
            "HealthTest/Node_HV 1/MEMORY.DMP",
            "msdbg/MEMORY.DMP",
            "msdbg.2023.01.02/MEMORY.DMP",
            "my notes_evt_System.evtx",
            "_evt_System.evtx",
            "120823_dmp_1.dmp",
            "Microsoft-Windows-Hyper-V-VMMS-Admin.evtx",
            "winevt/System.evtx",
            "Windows/System32/winevt/Logs/MEMORY.DMP",
            "a/b.dmp",
        ] {
            assert_eq!(one(name), None, "{name}");
        }
    }
}
