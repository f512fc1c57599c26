//! The tables behind the incidents: dumps, and what could not be read.

use std::io::{self, Write};

use hvtriage_diagnosis::{Bugcheck, CrashedDump, Diagnosis};
use hvtriage_winfmt::FileTime;

use super::layout::{count, more, up, wrapped};
use super::page::Page;
use crate::words::{PROBLEMS, hex, known, printable};

/// More problems than this of one file are counted and not listed.
const PROBLEMS_SHOWN: usize = 5;

pub(super) fn crashes(crashes: &[CrashedDump], out: &mut Page<'_>) -> io::Result<()> {
    if crashes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading(DUMPS_HEADING)?;
    for crash in crashes {
        writeln!(out, "  {}", printable(&crash.source))?;
        wrapped(out, "    ", &about(crash))?;
        if let Some(bugcheck) = &crash.bugcheck {
            writeln!(out, "    {}", stop_code(crash, bugcheck))?;
            for (index, parameter) in bugcheck.parameters.iter().enumerate() {
                let meaning = crash.parameter_meanings.get(index).map_or("", String::as_str);
                let number = index.saturating_add(1);
                wrapped(out, &format!("      P{number} {:<18}  ", hex(*parameter)), meaning)?;
            }
        }
        if let Some(exception) = &crash.exception {
            wrapped(out, "    ", exception)?;
        }
        if let Some(text) = cause(crash) {
            wrapped(out, "    ", &text)?;
        }
    }
    Ok(())
}

pub(crate) const DUMPS_HEADING: &str = "Crash dumps";
pub(crate) const DUMP_COLUMNS: [&str; 6] =
    ["time", "dump", "what", "caused by", "build", "process"];

/// A dump in a row.
pub(crate) fn dump_row(crash: &CrashedDump) -> [String; 6] {
    let what = match (&crash.bugcheck, &crash.exception) {
        (Some(bugcheck), _) => Some(stop_code(crash, bugcheck)),
        (None, exception) => exception.clone(),
    };
    let blamed = crash.blamed.as_ref();
    [
        known(crash.system_time.map(FileTime::to_the_second)),
        crash.source.clone(),
        known(what),
        known(blamed.map(|blame| format!("{}+{}", blame.module, hex(blame.offset)))),
        known(crash.os_build),
        known(crash.process.as_ref()),
    ]
}

/// What kind of dump it is, of what machine and when.
pub(crate) fn about(crash: &CrashedDump) -> String {
    let dump = if crash.dump_type.contains("dump") { "" } else { " dump" };
    let mut about = vec![format!("{}{dump}", crash.dump_type), crash.machine_type.clone()];
    about.extend(crash.os_build.map(|build| format!("build {build}")));
    about.extend(crash.system_time.map(|time| format!("at {}", time.to_the_second())));
    about.extend(crash.uptime_seconds.map(|seconds| format!("up {}", up(seconds))));
    about.extend(crash.process.as_ref().map(|process| format!("in {process}")));
    about.push(format!("{} modules", crash.module_count));
    about.join(", ")
}

/// `STOP 0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL`.
pub(crate) fn stop_code(crash: &CrashedDump, bugcheck: &Bugcheck) -> String {
    let name = crash.bugcheck_name.as_deref().unwrap_or("unknown code");
    let stored = crash.stored_code.filter(|stored| *stored != bugcheck.code);
    let stored = stored.map_or_else(String::new, |code| format!(" (stored as {code:#X})"));
    format!("STOP {:#X} {name}{stored}", bugcheck.code)
}

/// On what the crash is laid, or where the fault is, and why.
pub(crate) fn cause(crash: &CrashedDump) -> Option<String> {
    match (&crash.blamed, &crash.fault) {
        (Some(blame), _) => {
            let function = blame.function.as_ref().map(|name| format!(" ({name})"));
            let (offset, function) = (hex(blame.offset), function.unwrap_or_default());
            let (module, basis) = (&blame.module, &blame.basis);
            Some(format!("probably caused by {module}+{offset}{function}: {basis}"))
        }
        (None, Some(fault)) => {
            let offset = hex(fault.offset);
            Some(format!("fault at {}+{offset}: {}", fault.module, fault.basis))
        }
        (None, None) => {
            let address = hex(crash.fault_address?);
            Some(format!("fault at {address}, which lies in no module"))
        }
    }
}

pub(super) fn problems(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    if diagnosis.problems.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading(PROBLEMS)?;
    for group in diagnosis.problems.chunk_by(|left, right| left.source == right.source) {
        let source = group.first().map(|problem| printable(&problem.source)).unwrap_or_default();
        writeln!(out, "  {source}")?;
        for problem in group.iter().take(PROBLEMS_SHOWN) {
            let at = problem.at.map_or_else(String::new, |at| format!("{at}: "));
            let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
            wrapped(out, "    ", &format!("{at}{}{hint}", problem.message))?;
        }
        more(out, "    ", group.len(), PROBLEMS_SHOWN)?;
    }
    Ok(())
}

/// What became of Sigma rules, where some were given.
pub(super) fn sigma(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    let Some(used) = &diagnosis.sigma else { return Ok(()) };
    let (rules, files) = (count(used.rules, "rule"), count(used.files, "file"));
    writeln!(out)?;
    out.heading("Sigma rules")?;
    writeln!(out, "  {rules} of {files} judged the event logs.")?;
    for problem in used.problems.iter().take(RULE_PROBLEMS_SHOWN) {
        let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
        wrapped(out, "  ", &format!("{}: {}{hint}", problem.source, problem.message))?;
    }
    more(out, "  ", used.problems.len(), RULE_PROBLEMS_SHOWN)
}

/// More rules that cannot be used than this are counted and not listed.
const RULE_PROBLEMS_SHOWN: usize = 20;
