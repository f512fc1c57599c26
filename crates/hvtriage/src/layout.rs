//! What the folders of a collection tell: whose a file is that names no machine.
//!
//! Collectors put a folder or an archive for each machine: `Node_HV1/` with its logs and its
//! `Minidump/`, a zip of `winevt\Logs` with `MEMORY.DMP` beside it. So a dump that lies among logs of
//! one computer alone is likely of that computer.

mod collectors;
mod several;

use std::collections::{BTreeMap, BTreeSet};

use collectors::{Layouts, Recognized};
use hvtriage_diagnosis::{Fact, FactKind, MachineName, Source, SourceKind, first_label};
pub(crate) use several::each_its_own;

/// Folders in which Windows keeps dumps; the logs lie beside the folder then.
const OF_DUMPS: [&str; 3] = ["minidump", "livekernelreports", "windows"];
/// Folders that collectors put logs into, inside that of their machine.
const OF_LOGS: [&str; 8] =
    ["logs", "winevt", "system32", "windows", "eventlogs", "event logs", "events", "evtx"];

/// Tells of each source which collector it comes from, as far as its layout shows.
pub(crate) fn recognize(sources: &mut [Source]) -> Layout {
    let layouts = Layouts::of(sources.iter());
    let all: Vec<Option<(Recognized, Option<String>)>> =
        sources.iter().map(|it| recognized(&layouts, it)).collect();
    drop(layouts);
    let mut layout = Layout::default();
    for (source, recognized) in sources.iter_mut().zip(all) {
        let Some((Recognized { collector, computer }, copy)) = recognized else { continue };
        source.collection = Some(collector.to_owned());
        let Some(computer) = computer else { continue };
        // The full name, as logs there have it, or that they are of somebody else.
        if let Some(of_log) = &source.computer {
            let logs = layout.logs.entry(computer.to_lowercase()).or_default();
            logs.insert(of_log.clone());
        }
        layout.files.insert(source.name.clone(), Placed { collector, computer, copy });
    }
    layout
}

/// What the layouts of a source's names show: a computer where they agree on one, and the copy that shows it
/// where the file itself does not.
fn recognized(layouts: &Layouts<'_>, source: &Source) -> Option<(Recognized, Option<String>)> {
    let mut collector = None;
    let mut computers: BTreeMap<String, (Recognized, &str)> = BTreeMap::new();
    for name in names(source) {
        let Some(one) = layouts.recognize(source, name) else { continue };
        collector = collector.or(Some(one.collector));
        if let Some(computer) = &one.computer {
            computers.entry(computer.to_lowercase()).or_insert((one, name));
        }
    }
    if computers.len() == 1
        && let Some((one, name)) = computers.into_values().next()
    {
        return Some((one, (name != source.name).then(|| name.to_owned())));
    }
    Some((Recognized { collector: collector?, computer: None }, None))
}

/// What the layouts of collectors tell.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Of files, by their names.
    files: BTreeMap<String, Placed>,
    /// The computers of the logs that are laid out as those of a name.
    logs: BTreeMap<String, BTreeSet<String>>,
}

/// Where a collector put a file.
#[derive(Debug)]
struct Placed {
    collector: &'static str,
    computer: String,
    /// The copy that shows it.
    copy: Option<String>,
}

impl Layout {
    /// Where a collector put a file, and whose it is; not where logs laid out so are of others.
    fn owner(&self, source: &str) -> Option<(&Placed, &str)> {
        let placed = self.files.get(source)?;
        let Some(logs) = self.logs.get(&placed.computer.to_lowercase()) else {
            return Some((placed, &placed.computer));
        };
        let full = logs.iter().find(|log| is_named(log, &placed.computer))?;
        Some((placed, full))
    }
}

/// Whether a computer has a name; either may be short for the other.
fn is_named(computer: &str, name: &str) -> bool {
    let is_one_short = !computer.contains('.') || !name.contains('.');
    computer.eq_ignore_ascii_case(name)
        || (is_one_short && short_name(computer) == short_name(name))
}

/// For each source that names no machine, a fact that says whose it is: by the layout of its collector,
/// or for a dump because it lies among logs of one computer.
pub(crate) fn facts_of(sources: &[Source], layout: &Layout, facts: &[Fact]) -> Vec<Fact> {
    let among = Among::of(sources, facts);
    let known = facts.iter().filter_map(|fact| match &fact.machine {
        MachineName::Computer(name) => Some(&**name),
        _ => None,
    });
    let mut known: BTreeSet<String> = known.map(short_name).collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut beside = Vec::new();
    for fact in facts {
        let MachineName::Source(source) = &fact.machine else { continue };
        if told.contains(&**source) {
            continue;
        }
        // What an export of several machines says of one is not told by what lies beside it.
        let is_crash = matches!(fact.kind, FactKind::Crash { .. });
        let by_layout = layout.owner(source).map(|(placed, owner)| (Some(placed), owner));
        let by_logs = || among.owner(source).filter(|_| is_crash).map(|owner| (None, owner));
        let Some((placed, computer)) = by_layout.or_else(by_logs) else { continue };
        told.insert(source);
        let kind = FactKind::LiesBeside {
            computer: computer.to_owned(),
            collector: placed.map(|placed| placed.collector),
            copy: placed.and_then(|placed| placed.copy.clone()),
        };
        let says = |machine: MachineName| Fact {
            locator: fact.locator.clone(),
            time: fact.time,
            machine,
            os_build: None,
            kind: kind.clone(),
        };
        beside.push(says(fact.machine.clone()));
        // Nothing else names this computer.
        if known.insert(short_name(computer)) {
            beside.push(says(MachineName::Computer(computer.into())));
        }
    }
    beside
}

fn short_name(computer: &str) -> String {
    first_label(computer).to_lowercase()
}

/// The computers whose logs, or reports of the system, lie in and below folders.
struct Among<'a> {
    below: BTreeMap<&'a str, BTreeSet<&'a str>>,
    of_logs: BTreeSet<&'a str>,
}

impl<'a> Among<'a> {
    fn of(sources: &'a [Source], facts: &'a [Fact]) -> Self {
        // What msinfo32 wrote is of one computer, as a log is.
        let reports = sources.iter().filter(|source| source.kind == SourceKind::SystemReport);
        let reports: BTreeSet<&str> = reports.map(|source| source.name.as_str()).collect();
        let reported = facts.iter().filter_map(|fact| match &fact.machine {
            MachineName::Computer(name) => Some((&*fact.locator.source, &**name)),
            _ => None,
        });
        let reported = reported.filter(|(source, _)| reports.contains(source));
        let logs = sources.iter();
        let logs = logs.filter_map(|log| Some((log.name.as_str(), log.computer.as_deref()?)));
        let mut among = Self { below: BTreeMap::new(), of_logs: BTreeSet::new() };
        for (source, computer) in logs.chain(reported) {
            for folder in folders(source) {
                among.below.entry(folder).or_default().insert(computer);
            }
            // `Node_HV1/winevt/Logs` belongs to `Node_HV1`.
            among.of_logs.extend(without(&OF_LOGS, source));
        }
        among
    }

    fn owner(&self, dump: &str) -> Option<&'a str> {
        let folder = without(&OF_DUMPS, dump).last().filter(|it| self.of_logs.contains(it))?;
        let of = self.below.get(folder).filter(|of| of.len() == 1)?;
        of.first().copied()
    }
}

/// The folder that a source lies in, and those above it as long as they are called as one of `names`.
fn without<'a>(names: &'static [&str], source: &'a str) -> impl Iterator<Item = &'a str> {
    let mut is_inside = true;
    folders(source).take_while(move |folder| {
        let name = last_part(folder);
        let is_one = names.iter().any(|known| name.eq_ignore_ascii_case(known));
        std::mem::replace(&mut is_inside, is_one)
    })
}

/// The folders and archives that a source lies in, the innermost first.
fn folders(source: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(source), |folder| parent(folder))
}

/// The name of a source and those of its copies.
fn names(source: &Source) -> impl Iterator<Item = &str> {
    std::iter::once(&source.name).chain(&source.copies).map(String::as_str)
}

/// The name of a file, folder or archive in what it lies in.
fn last_part(name: &str) -> &str {
    name.rsplit(['/', '!', '\\']).next().unwrap_or_default()
}

fn parent(name: &str) -> Option<&str> {
    name.get(..name.rfind(['/', '!', '\\'])?)
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Bugcheck, Locator, Place, Role, StopAbout};
    use hvtriage_winfmt::FileOffset;

    use super::*;

    fn log(name: &str, computer: &str) -> Source {
        let source = Source::new(name, SourceKind::EventLog, 1);
        Source { computer: Some(computer.into()), ..source }
    }

    fn dump(name: &str) -> Fact {
        let place = Place::Field { name: "BugCheckCode", offset: FileOffset(0x38) };
        Fact {
            locator: Locator { source: name.into(), place },
            time: None,
            machine: MachineName::Source(name.into()),
            os_build: None,
            kind: FactKind::Crash {
                bugcheck: Bugcheck { code: 0xD1, parameters: [0; 4] },
                blamed: None,
                role: Role::Unknown,
                modules: Vec::new(),
                about: StopAbout::default(),
            },
        }
    }

    fn owner(sources: &[Source], of: &str) -> Option<String> {
        let mut sources = sources.to_vec();
        sources.push(Source::new(of, SourceKind::KernelDump, 1));
        let layout = recognize(&mut sources);
        let facts = facts_of(&sources, &layout, &[dump(of)]);
        match facts.first()?.kind.clone() {
            FactKind::LiesBeside { computer, .. } => Some(computer),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_dump_among_the_logs_of_one_computer_is_of_it() {
        let sources = [
            log("case/Node_HV1/System.evtx", "HV1"),
            log("case/Node_HV1/winevt/Logs/Application.evtx", "HV1"),
            log("case/Node_HV2/System.evtx", "HV2"),
            log("case/HV3.zip!System.evtx", "HV3"),
            log("case/HV3.zip!Logs\\Setup.evtx", "HV3"),
        ];
        for (dump, expected) in [
            ("case/Node_HV1/MEMORY.DMP", Some("HV1")),
            ("case/Node_HV1/Minidump/a.dmp", Some("HV1")),
            ("case/Node_HV1/Windows/Minidump/a.dmp", Some("HV1")),
            ("case/HV3.zip!MEMORY.DMP", Some("HV3")),
            ("case/HV3.zip!Windows\\Minidump\\a.dmp", Some("HV3")),
            // Beside the folders of several, or in one without logs.
            ("case/MEMORY.DMP", None),
            ("case/dumps/MEMORY.DMP", None),
            ("case/guest-SQL1.dmp", None),
            ("MEMORY.DMP", None),
        ] {
            assert_eq!(owner(&sources, dump).as_deref(), expected, "{dump}");
        }
    }

    /// The name that a collector gives, full where a log has it so; not where the logs there are of others.
    #[test]
    fn a_dump_where_a_collector_puts_those_of_one_computer_is_of_it() {
        let sources = [
            log("HealthTest-C1.zip!Node_HV1/System.evtx", "HV1.contoso.example"),
            log("HealthTest-C1.zip!Node_HV2/System.evtx", "HV2.contoso.example"),
            log("HealthTest-C1.zip!Node_HV4/System.evtx", "OTHER"),
            log("sdp/HV5_evt_System.evtx", "HV5"),
            log("sdp/HV6_evt_System.evtx", "HV6"),
        ];
        for (dump, expected) in [
            ("HealthTest-C1.zip!Node_HV1/WER/ReportQueue/x/a.dmp", Some("HV1.contoso.example")),
            // No log of it is there.
            ("HealthTest-C1.zip!Node_HV3/a.dmp", Some("HV3")),
            ("HealthTest-C1.zip!Node_HV4/WER/a.dmp", None),
            ("HealthTest-C1.zip!Node/a.dmp", None),
            ("sdp/HV6_dmp_Mini1.dmp", Some("HV6")),
            ("sdp/MEMORY.DMP", None),
        ] {
            assert_eq!(owner(&sources, dump).as_deref(), expected, "{dump}");
        }
    }

    /// `MEMORY.DMP` beside the collection that holds it, too.
    #[test]
    fn the_layout_of_a_copy_counts_where_copies_agree() {
        let (first, second) = ("HealthTest/Node_HV1/a.dmp", "HealthTest/Node_HV2/a.dmp");
        let third = "HealthTest/Node_HV3/a.dmp";
        for (copies, expected) in [
            (&[first][..], Some("HV1")),
            (&[first, "HealthTest2/Node_hv1/b.dmp"], Some("HV1")),
            (&[first, second], None),
            (&[first, second, third], None),
            (&[first, second, third, "b.dmp"], None),
        ] {
            let copies = copies.iter().map(|copy| (*copy).to_owned()).collect();
            let source = Source::new("a.dmp", SourceKind::KernelDump, 1);
            let mut sources = [Source { copies, ..source }];
            let layout = recognize(&mut sources);
            assert_eq!(layout.owner("a.dmp").map(|(_, computer)| computer), expected);
        }
    }

    #[test]
    fn a_folder_of_dumps_beside_that_of_one_host_says_nothing() {
        let sources = [log("case/host/System.evtx", "HV1")];
        assert_eq!(owner(&sources, "case/dumps/guest.dmp"), None);
        assert_eq!(owner(&sources, "case/guest.dmp"), None);
    }
}
