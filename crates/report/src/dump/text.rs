//! A page of text for each dump.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use hvtriage_crashdump::{CrashReport, FrameTrust, MachineType, PdbKey, UserMemory, UserProcess};

use super::memory::memory;
use super::{DumpPage, release, signature, stem};
use crate::text::layout::{count, up, wrapped};
use crate::text::page::Page;
use crate::text::table::table;
use crate::words::printable;

/// Frames that are shown; deeper ones are the same in every crash.
const FRAMES: usize = 40;
const SCANNED_FRAMES: usize = 12;
const PROBLEMS: usize = 10;
const ANNOTATIONS: usize = 12;
const ANNOTATION_LETTERS: usize = 200;
/// Files of one kind of crash that are named in the summary.
const FILES: usize = 8;

pub(super) fn write(
    pages: &[DumpPage<'_>],
    with_modules: bool,
    out: &mut Page<'_>,
) -> io::Result<()> {
    if pages.len() > 1 {
        groups(pages, out)?;
    }
    for page in pages {
        one(page, with_modules, out)?;
    }
    Ok(())
}

/// How many dumps there are of each signature, and when.
fn groups(pages: &[DumpPage<'_>], out: &mut Page<'_>) -> io::Result<()> {
    let mut groups: BTreeMap<String, Vec<&DumpPage<'_>>> = BTreeMap::new();
    for page in pages {
        groups.entry(signature(page.report)).or_default().push(page);
    }
    let mut groups: Vec<(String, Vec<&DumpPage<'_>>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, pages)| std::cmp::Reverse(pages.len()));
    writeln!(
        out,
        "{} of {} of {}",
        count(pages.len() as u64, "dump"),
        count(crashes(pages.iter()), "crash"),
        count(groups.len() as u64, "kind")
    )?;
    for (signature, pages) in &groups {
        let times = || pages.iter().filter_map(|page| page.report.system_time);
        let span = match (times().min(), times().max()) {
            (Some(first), Some(last)) if first == last => format!(", {}", first.to_the_second()),
            (Some(first), Some(last)) => {
                format!(", {} to {}", first.to_the_second(), last.to_the_second())
            }
            _ => String::new(),
        };
        let of = crashes(pages.iter().copied());
        writeln!(out, "  {of:>3}  {}{span}", printable(signature))?;
        for page in pages.iter().take(FILES) {
            writeln!(out, "         {}", printable(page.source))?;
        }
        crate::text::layout::more(out, "         ", pages.len(), FILES.min(pages.len()))?;
    }
    writeln!(out)
}

/// How many crashes dumps are of. A machine writes a full and a small dump of one crash, and copies are
/// kept in several places: they tell the same STOP code and parameters, or exception, at one time.
fn crashes<'a>(pages: impl Iterator<Item = &'a DumpPage<'a>>) -> u64 {
    let mut seen = BTreeSet::new();
    let mut unnamed = 0_u64;
    for page in pages {
        let report = page.report;
        let bugcheck = report.bugcheck.map(|it| (it.base_code(), it.parameters));
        let exception = report.exception.as_ref().map(|it| (it.code, it.address));
        match report.system_time {
            Some(time) if bugcheck.is_some() || exception.is_some() => {
                seen.insert((time, bugcheck, exception));
            }
            _ => unnamed = unnamed.saturating_add(1),
        }
    }
    unnamed.saturating_add(seen.len() as u64)
}

fn one(page: &DumpPage<'_>, with_modules: bool, out: &mut Page<'_>) -> io::Result<()> {
    let report = page.report;
    writeln!(out, "{}", printable(page.source))?;
    what(report, out)?;
    system(report, out)?;
    registers(report, out)?;
    stack(report, out)?;
    drivers(page, out)?;
    if with_modules {
        modules(report, out)?;
    }
    secondary(report, out)?;
    annotations(report, out)?;
    memory("Stack, as it is", page.raw_stack, report, out)?;
    memory("Memory", page.memory, report, out)?;
    problems(report, out)?;
    writeln!(out)
}

fn what(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    if let Some(bugcheck) = &report.bugcheck {
        let name = bugcheck.name().unwrap_or("unknown code");
        writeln!(out, "  STOP {:#X} {name}", bugcheck.base_code())?;
        let known = bugcheck.parameter_meanings();
        for (number, value) in (1_u8..).zip(bugcheck.parameters) {
            let meaning = known.iter().find(|one| one.number == number);
            let detail = meaning.and_then(|one| one.detail);
            let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
            let meaning = meaning.map_or("", |one| one.meaning);
            writeln!(out, "    {number}  {value:016x}  {meaning}{detail}")?;
        }
    }
    if let Some(exception) = &report.exception {
        let place = match (&exception.module, exception.offset) {
            (Some(module), Some(offset)) => format!("in {module}+{offset:#x}"),
            _ if report.modules.is_empty() => "in a place that is not known: no module list".into(),
            _ => "in no module".into(),
        };
        let at = match (exception.address.0, &report.state) {
            // Some codes are raised without an address; the thread stood somewhere all the same.
            (0, Some(state)) => format!("with the thread at {}", state.instruction),
            _ => format!("at {} {}", exception.address, printable(&place)),
        };
        let touched = exception.referenced.filter(|it| it.0 != 0);
        let touched = touched.map_or_else(String::new, |it| format!(", touching {it}"));
        writeln!(
            out,
            "  {} ({:#x}) {at}{touched}, thread {}",
            exception.description, exception.code, exception.thread,
        )?;
    } else if report.header.is_none() {
        writeln!(out, "  No exception in this dump")?;
    }
    match &report.blame {
        Some(blame) => {
            writeln!(
                out,
                "  Probably caused by {} ({} confidence)",
                printable(&blame.to_string()),
                blame.confidence
            )?;
            wrapped(out, "    because ", &blame.basis)?;
        }
        None if report.is_contradictory => {
            writeln!(out, "  Nobody is blamed: the dump contradicts itself (see its problems)")?;
        }
        None if report.bugcheck.is_some() => {
            writeln!(out, "  Nobody is blamed: the dump does not say whose fault it is")?;
        }
        None => {}
    }
    if let Some(fault) = &report.fault {
        let place = match (&fault.module, fault.offset) {
            (Some(module), Some(offset)) => format!("{}+{offset:#x}", stem(module)),
            _ if report.is_contradictory => "a place that is not known: see its problems".into(),
            _ if report.modules.is_empty() => "a place that is not known: no module list".into(),
            _ => "no module".into(),
        };
        let gone = if fault.is_unloaded { ", which had been unloaded" } else { "" };
        writeln!(out, "  Fault at {} in {}{gone}", fault.address, printable(&place))?;
    }
    Ok(())
}

fn system(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    const TICKS_PER_SECOND: u64 = 10_000_000;
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        rows.extend(value.map(|value| [name.to_owned(), value]));
    };
    row("Dump", Some(report.dump_type.clone()));
    row("Taken", report.system_time.map(|time| format!("{} UTC", time.to_the_second())));
    row("Up time", report.uptime_ticks.map(|ticks| up(ticks / TICKS_PER_SECOND)));
    let facts = &report.system;
    // Other systems have no products of Windows.
    let is_windows = report.header.is_some() || report.os_build.is_some();
    let product = report.product_type.filter(|_| is_windows).and_then(|it| match it {
        1 => Some("workstation"),
        2 => Some("domain controller"),
        3 => Some("server"),
        _ => None,
    });
    let edition = facts.edition.as_ref().map(|edition| edition.value.as_str()).or(product);
    let release = release(report).unwrap_or_default();
    let build = report.os_build.map(|build| format!("build {build}"));
    let windows = [Some(release), build, edition.map(str::to_owned)].into_iter().flatten();
    let windows: Vec<String> = windows.filter(|part| !part.is_empty()).collect();
    row("Windows", Some(windows.join(", ")).filter(|text| !text.is_empty()));
    row("Version", report.os_version.clone());
    let processors =
        report.processor_count.map(|it| format!("{}, ", count(u64::from(it), "processor")));
    row("Machine", Some(format!("{}{}", processors.unwrap_or_default(), report.machine_type)));
    row("Firmware", facts.firmware.as_ref().map(ToString::to_string));
    row("Serial", facts.firmware.as_ref().and_then(|it| it.serial.clone()));
    row("Id", facts.firmware.as_ref().and_then(|it| it.uuid).map(|id| id.to_string()));
    let nothing_told = match report.modules.is_empty() {
        true => "the dump holds no list of drivers",
        false => "its drivers do not tell",
    };
    let reason = facts.role_reason.as_deref().unwrap_or(nothing_told);
    row("Role", report.header.as_ref().map(|_| format!("{}: {reason}", report.role)));
    row("Process", process(report));
    if let Some(process) = &report.process {
        row("Processor", process.processor.clone());
        row("Threads", threads(process));
        let memory = |it: &UserMemory| {
            format!("{} of {} bytes, {} ranges", it.bytes_present, it.bytes_promised, it.ranges)
        };
        row("Content", process.memory.as_ref().map(memory));
    }
    row("Concerns", facts.named_process.as_ref().map(|it| format!("{} ({})", it.value, it.basis)));
    row("IRQL", facts.irql.as_ref().map(|irql| format!("{} ({})", irql.value, irql.basis)));
    let pages = |memory: hvtriage_crashdump::MemorySummary| {
        format!("{} of {} pages", memory.pages_present, memory.pages_promised)
    };
    row("Memory", report.memory.map(pages));
    row("Marks", Some(report.attributes.join(", ")).filter(|text| !text.is_empty()));
    writeln!(out)?;
    out.heading("  System")?;
    indented(&rows, out)
}

/// How many threads there are, and which one crashed.
fn threads(process: &UserProcess) -> Option<String> {
    let all = count(process.threads.len() as u64, "thread");
    let crashed = process.crashed_thread.map(|id| {
        let thread = process.threads.iter().find(|thread| thread.id == id);
        let name = thread.and_then(|thread| thread.name.as_ref());
        name.map_or_else(|| format!(", {id} crashed"), |name| format!(", {id} ({name}) crashed"))
    });
    (!process.threads.is_empty()).then(|| format!("{all}{}", crashed.unwrap_or_default()))
}

/// Name and ids of what was running, as far as they are known.
fn process(report: &CrashReport) -> Option<String> {
    let (process, thread) = (&report.system.process_id, &report.system.thread_id);
    let of_dump = report.process.as_ref().and_then(|process| process.process_id).map(u64::from);
    let id = process.as_ref().map(|id| id.value.into()).or(of_dump);
    let id = id.map(|id: u64| format!("id {id}"));
    let thread = thread.as_ref().map(|id| format!("thread {}", id.value));
    let parts: Vec<String> =
        [report.process_name.clone(), id, thread].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A table two columns further in.
fn indented<const N: usize>(rows: &[[String; N]], out: &mut Page<'_>) -> io::Result<()> {
    let mut lines = Vec::new();
    table(rows, &mut Page::plain(&mut lines))?;
    for line in String::from_utf8_lossy(&lines).lines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

fn registers(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    const IN_A_LINE: usize = 4;
    let Some(state) = &report.state else { return Ok(()) };
    let is_narrow = matches!(report.machine_type, MachineType::X86 | MachineType::Arm);
    let digits = if is_narrow { 8 } else { 16 };
    let place = state.record.map_or_else(String::new, |at| format!(", at {at}"));
    writeln!(out, "\n  Registers ({}{place})", printable(&state.basis))?;
    for line in state.registers.chunks(IN_A_LINE) {
        let cells: Vec<String> =
            line.iter().map(|(name, value)| format!("{name:>4}={value:0digits$x}")).collect();
        writeln!(out, "    {}", cells.join(" "))?;
    }
    if !state.instruction_bytes.is_empty() {
        let bytes: Vec<String> =
            state.instruction_bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(out, "    {}: {}", state.instruction, bytes.join(" "))?;
    }
    if let Some(record) = &state.exception {
        let words = [record.name.map(str::to_owned), record.access.clone()];
        let words: Vec<String> = words.into_iter().flatten().collect();
        let code = format!("{:#x}", record.code);
        writeln!(out, "    exception {code} at {}: {}", record.address, words.join(", "))?;
    }
    Ok(())
}

fn stack(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    if report.stack.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("  Stack")?;
    let sure = report.stack.iter().take_while(|frame| frame.trust < FrameTrust::Scanned).count();
    let shown = sure.min(FRAMES).saturating_add(SCANNED_FRAMES);
    let rows: Vec<[String; 3]> = report
        .stack
        .iter()
        .take(shown)
        .map(|frame| {
            let gone = if frame.is_unloaded { " (unloaded)" } else { "" };
            let place = format!("{frame}{gone}");
            [frame.stack_pointer.to_string(), place, frame.trust.to_string()]
        })
        .collect();
    indented(&rows, out)?;
    if let Some(rest) = report.stack.len().checked_sub(shown).filter(|rest| *rest > 0) {
        writeln!(out, "    and {rest} more (all in --format json)")?;
    }
    if report.stack.iter().any(|frame| frame.trust == FrameTrust::Scanned) {
        let text =
            "scanned frames look like return addresses and may be left over from earlier calls";
        writeln!(out, "    {text}")?;
    }
    match &report.stack_end {
        Some(end) => wrapped(out, "    it goes no further: ", end),
        None => Ok(()),
    }
}

fn drivers(page: &DumpPage<'_>, out: &mut Page<'_>) -> io::Result<()> {
    let report = page.report;
    if report.modules.is_empty() {
        return Ok(());
    }
    let (loaded, gone) = (report.modules.len() as u64, report.unloaded.len() as u64);
    writeln!(out, "\n  {}, {} unloaded", count(loaded, "module"), gone)?;
    for group in &page.drivers {
        let kind = printable(group.kind);
        if group.is_ordinary {
            writeln!(out, "    {kind}: {} (--modules)", count(group.names.len() as u64, "driver"))?;
        } else {
            wrapped(out, &format!("    {kind}: "), &group.names.join(", "))?;
        }
    }
    let names: Vec<&str> = report.unloaded.iter().map(|driver| driver.name.as_str()).collect();
    if names.is_empty() { Ok(()) } else { wrapped(out, "    unloaded: ", &names.join(", ")) }
}

fn modules(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    out.heading("  Modules: start, size, time stamp, checksum, name, version, symbols")?;
    let number = |value: Option<u32>| value.map_or_else(|| "-".into(), |it| format!("{it:08x}"));
    let rows: Vec<[String; 7]> = report
        .modules
        .iter()
        .map(|module| {
            [
                module.base.to_string(),
                format!("{:x}", module.size),
                number(module.timestamp),
                number(module.checksum),
                module.path.clone().unwrap_or_else(|| module.name.clone()),
                module.version.as_ref().map_or_else(|| "-".into(), ToString::to_string),
                module.pdb.as_ref().map_or_else(|| "-".into(), symbol_key),
            ]
        })
        .collect();
    indented(&rows, out)
}

/// Where a store of symbols keeps a file: `storvsc.pdb/C9AF5376ADE46B924C4C44205044422E1`.
fn symbol_key(pdb: &PdbKey) -> String {
    let guid = pdb.guid.to_string().replace('-', "").to_uppercase();
    format!("{}/{guid}{:X}", pdb.name, pdb.age)
}

/// What a process or its runtime left word of.
fn annotations(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    let Some(process) = &report.process else { return Ok(()) };
    if let Some(assertion) = &process.assertion {
        let place = assertion.file.as_ref().map(|file| format!(" ({file}:{})", assertion.line));
        let what = assertion.expression.as_deref().unwrap_or("an assertion of the C runtime");
        wrapped(out, "  Assertion: ", &format!("{what}{}", place.unwrap_or_default()))?;
    }
    if process.annotations.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("  Left word of")?;
    for one in process.annotations.iter().take(ANNOTATIONS) {
        let value: String = one.value.chars().take(ANNOTATION_LETTERS).collect();
        wrapped(
            out,
            &format!("    {} ", printable(&one.origin)),
            &format!("{}: {value}", one.name),
        )?;
    }
    let shown = ANNOTATIONS.min(process.annotations.len());
    crate::text::layout::more(out, "    ", process.annotations.len(), shown)
}

/// What drivers and the writer put behind the dump; pieces without a known name are only counted.
fn secondary(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    if report.secondary.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Behind the dump: {}", count(report.secondary.len() as u64, "piece"))?;
    let named = report.secondary.iter().filter_map(|piece| Some((piece.name?, piece.size_bytes)));
    let mut parts: Vec<String> = named.map(|(name, size)| format!("{name} ({size})")).collect();
    let unnamed = report.secondary.iter().filter(|piece| piece.name.is_none()).count();
    if unnamed > 0 {
        parts.push(format!("{unnamed} of writers that are not known"));
    }
    wrapped(out, "    ", &format!("{} (bytes)", parts.join(", ")))
}

fn problems(report: &CrashReport, out: &mut Page<'_>) -> io::Result<()> {
    if report.problems.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("  What could not be read")?;
    for problem in report.problems.iter().take(PROBLEMS) {
        wrapped(out, &format!("    {}: ", problem.at), &problem.message)?;
    }
    crate::text::layout::more(
        out,
        "    ",
        report.problems.len(),
        PROBLEMS.min(report.problems.len()),
    )
}
