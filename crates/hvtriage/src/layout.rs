//! What the folders of a collection tell: whose a file is that names no machine.
//!
//! Collectors put a folder or an archive for each machine: `Node_HV1/` with its logs and its
//! `Minidump/`, a zip of `winevt\Logs` with `MEMORY.DMP` beside it. So a dump that lies among logs of
//! one computer alone is likely of that computer.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_diagnosis::{Fact, FactKind, MachineName, Source};

/// Folders in which Windows keeps dumps; the logs lie beside the folder then.
const OF_DUMPS: [&str; 3] = ["minidump", "livekernelreports", "windows"];
/// Folders that collectors put logs into, inside that of their machine.
const OF_LOGS: [&str; 8] =
    ["logs", "winevt", "system32", "windows", "eventlogs", "event logs", "events", "evtx"];

/// For each source that names no machine, and lies among logs of one computer, a fact that says so.
pub(crate) fn facts_of(sources: &[Source], facts: &[Fact]) -> Vec<Fact> {
    let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut folders_of_logs: BTreeSet<&str> = BTreeSet::new();
    for source in sources {
        let Some(computer) = source.computer.as_deref() else { continue };
        for folder in folders(&source.name) {
            below.entry(folder).or_default().insert(computer);
        }
        // `Node_HV1/winevt/Logs` belongs to `Node_HV1`.
        folders_of_logs.extend(without(&OF_LOGS, &source.name));
    }
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut beside = Vec::new();
    for fact in facts {
        let MachineName::Source(source) = &fact.machine else { continue };
        // What an export of several machines says of one is not told by where it lies.
        if !matches!(fact.kind, FactKind::Crash { .. }) || !told.insert(source) {
            continue;
        }
        let folder = without(&OF_DUMPS, source).last().filter(|it| folders_of_logs.contains(it));
        let of = folder.and_then(|folder| below.get(folder));
        let Some(computer) = of.filter(|of| of.len() == 1).and_then(|of| of.first()) else {
            continue;
        };
        beside.push(Fact {
            locator: fact.locator.clone(),
            time: fact.time,
            machine: fact.machine.clone(),
            os_build: None,
            kind: FactKind::LiesBeside { computer: (*computer).to_owned() },
        });
    }
    beside
}

/// The folder that a source lies in, and those above it as long as they are called as one of `names`.
fn without<'a>(names: &'static [&str], source: &'a str) -> impl Iterator<Item = &'a str> {
    let mut is_inside = true;
    folders(source).take_while(move |folder| {
        let name = folder.rsplit(['/', '!', '\\']).next().unwrap_or_default();
        let is_one = names.iter().any(|known| name.eq_ignore_ascii_case(known));
        std::mem::replace(&mut is_inside, is_one)
    })
}

/// The folders and archives that a source lies in, the innermost first.
fn folders(source: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(source), |folder| parent(folder))
}

fn parent(name: &str) -> Option<&str> {
    name.get(..name.rfind(['/', '!', '\\'])?)
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Bugcheck, Locator, Place, Role, SourceKind, StopAbout};
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
        match facts_of(sources, &[dump(of)]).as_slice() {
            [] => None,
            [Fact { kind: FactKind::LiesBeside { computer }, .. }] => Some(computer.clone()),
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

    #[test]
    fn a_folder_of_dumps_beside_that_of_one_host_says_nothing() {
        let sources = [log("case/host/System.evtx", "HV1")];
        assert_eq!(owner(&sources, "case/dumps/guest.dmp"), None);
        assert_eq!(owner(&sources, "case/guest.dmp"), None);
    }
}
