//! Kernel dumps of every type, told apart by what stands at the end of the header.

mod address_space;
mod contents;
mod debugger_data;
mod modules;
mod names;
mod problems;
mod process;
mod ranges;
mod secondary;
mod smbios;
mod summary;
mod system;
mod triage;
mod unloaded;

use hvtriage_winfmt::{Bytes, FileOffset};

use self::contents::Contents;
use self::debugger_data::DebuggerData;
use self::problems::Problems;
use self::process::Ids;
use crate::blame::{Traces, blame_of};
use crate::bugcheck::Bugcheck;
use crate::companions::Companions;
use crate::crash_state::Moments;
use crate::fault::{Drivers, fault_of};
use crate::header::{DumpAttribute, KernelHeader, attributes_in_words};
use crate::memory::{PhysicalMemory, VirtualMemory};
use crate::power_request::holders_of;
use crate::report::{CrashReport, DumpFormat, MachineType, MemorySummary};
use crate::role::role_of;
use crate::stack::{Stack, Walker};
use crate::version;

/// Everything that can be said of a kernel dump.
pub(crate) fn examine(file: &[u8], format: DumpFormat, companions: &dyn Companions) -> CrashReport {
    let bytes = Bytes::new(file);
    let mut problems = Problems::default();
    let (header, cut) = KernelHeader::read(bytes, format);
    problems.note(cut);
    let mut report = from_header(format, &header);
    warn_of_attributes(&header, &mut problems);

    let (dump_type, contents) = contents::open(bytes, &header, &mut problems);
    report.dump_type = dump_type;
    let memory = match contents {
        Contents::Nothing => None,
        Contents::Physical(physical) => {
            report.memory = Some(pages_of(&physical, &header, &mut problems));
            report.secondary = secondary::read(bytes, physical.end(), &mut problems);
            address_space::open(physical, report.machine_type, &header, &mut problems)
        }
        Contents::Triage(triage) => {
            triage.check_size(&mut problems);
            warn_of_missing_end(bytes, &header, &mut problems);
            report.secondary = secondary::read(bytes, triage.end(), &mut problems);
            report.modules = triage.modules(&mut problems);
            report.unloaded = triage.unloaded(&mut problems);
            report.process_name = triage.process_name(report.machine_type, header.build());
            let ids = triage.ids(report.machine_type, header.build());
            tell_ids(&mut report, ids);
            Some(VirtualMemory::Blocks {
                blocks: triage.memory(header.debugger_data, &mut problems),
                pointer_size: header.pointer_size,
            })
        }
    };
    if let Some(memory) = &memory {
        from_memory(&mut report, memory, &header, &mut problems);
    }
    version::describe(&mut report.modules, memory.as_ref(), companions);
    judge(&mut report, bytes, &header, memory.as_ref(), companions);
    if problems.is_contradictory() {
        report.is_contradictory = true;
        report.blame = None;
    }
    report.header = Some(header);
    report.problems = problems.into_vec();
    report
}

/// The memory of a kernel dump, and nothing else of it.
pub(crate) fn memory_of(file: &[u8], format: DumpFormat) -> Option<VirtualMemory<'_>> {
    let bytes = Bytes::new(file);
    let mut problems = Problems::default();
    let (header, _) = KernelHeader::read(bytes, format);
    let machine = MachineType::from_code(header.machine.unwrap_or(0));
    match contents::open(bytes, &header, &mut problems).1 {
        Contents::Nothing => None,
        Contents::Physical(physical) => {
            address_space::open(physical, machine, &header, &mut problems)
        }
        Contents::Triage(triage) => Some(VirtualMemory::Blocks {
            blocks: triage.memory(header.debugger_data, &mut problems),
            pointer_size: header.pointer_size,
        }),
    }
}

fn from_header(format: DumpFormat, header: &KernelHeader) -> CrashReport {
    CrashReport {
        dump_type_code: header.dump_type,
        bugcheck: header
            .bugcheck_code
            .filter(|code| *code != 0)
            .map(|code| Bugcheck { code, parameters: header.bugcheck_parameters }),
        bugcheck_at: header.bugcheck_at,
        os_build: header.build(),
        machine_type: MachineType::from_code(header.machine.unwrap_or(0)),
        processor_count: header.processor_count,
        product_type: header.product_type,
        attributes: attributes_in_words(header.attributes.unwrap_or(0)),
        system_time: header.system_time,
        uptime_ticks: header.uptime_ticks,
        ..CrashReport::new(format, "")
    }
}

fn warn_of_attributes(header: &KernelHeader, problems: &mut Problems) {
    if header.has(DumpAttribute::InsufficientDumpFileSize) {
        let message = "the page file was too small for the dump, so a part of it is missing";
        problems.add(FileOffset(0), message);
    }
}

/// A small dump that the kernel wrote itself has the size that its header asks for; a debugger writes a
/// shorter one.
fn warn_of_missing_end(bytes: Bytes<'_>, header: &KernelHeader, problems: &mut Problems) {
    let size = bytes.len();
    if header.has(DumpAttribute::KernelGeneratedTriageDump)
        && let Some(required) = header.required_dump_space.filter(|required| *required > size)
    {
        let message = format!("{size} of {required} bytes are in the file, the rest is cut off");
        problems.add(FileOffset(size), message);
    }
}

fn pages_of(
    physical: &PhysicalMemory<'_>,
    header: &KernelHeader,
    problems: &mut Problems,
) -> MemorySummary {
    let (present, promised) = (physical.present(), physical.promised());
    if present < promised && !problems.is_contradictory() {
        let message = format!("{present} of {promised} pages are in the file, the rest is cut off");
        problems.add(FileOffset(header.size), message);
    }
    MemorySummary { pages_present: present, pages_promised: promised }
}

/// What the kernel's own variables add: for a dump with page tables the lists of drivers and the
/// process, for every dump the build string, and the STOP code where the header has none.
fn from_memory(
    report: &mut CrashReport,
    memory: &VirtualMemory<'_>,
    header: &KernelHeader,
    problems: &mut Problems,
) {
    let debugger_data = DebuggerData::read(memory, header);
    if let Err(message) = &debugger_data {
        problems.add(FileOffset(0), message.clone());
    }
    let debugger_data = debugger_data.ok();
    if matches!(memory, VirtualMemory::Paged { .. }) {
        let from_debugger = debugger_data.as_ref().and_then(DebuggerData::loaded_module_list);
        match header.loaded_module_list.or(from_debugger) {
            Some(head) => report.modules = modules::walk(memory, head, header.build(), problems),
            None => problems.add(FileOffset(0), "the header names no list of loaded modules"),
        }
    }
    let Some(debugger_data) = debugger_data else { return };
    if matches!(memory, VirtualMemory::Paged { .. }) {
        report.unloaded = unloaded::read(memory, &debugger_data, problems);
        let running = process::running(memory, &debugger_data, header, report.machine_type);
        let (name, ids) = running.unwrap_or_default();
        report.process_name = name;
        tell_ids(report, ids);
    }
    report.os_version = debugger_data.build_lab(memory);
    if report.bugcheck.is_none()
        && let Some((bugcheck, at)) = debugger_data.bugcheck(memory)
    {
        report.bugcheck = Some(bugcheck);
        report.bugcheck_at = at;
    }
}

fn tell_ids(report: &mut CrashReport, ids: Option<Ids>) {
    (report.system.process_id, report.system.thread_id) = ids.map(Ids::stated).unzip();
}

/// Role, fault, stack and blame, from what has been read.
fn judge(
    report: &mut CrashReport,
    file: Bytes<'_>,
    header: &KernelHeader,
    memory: Option<&VirtualMemory<'_>>,
    companions: &dyn Companions,
) {
    let firmware = smbios::of(file, &report.secondary);
    (report.role, report.system.role_reason) =
        role_of(&report.modules, report.os_build, firmware.as_ref());
    report.system.firmware = firmware;
    report.system.edition = system::edition(header);
    let Some(bugcheck) = report.bugcheck else { return };
    let machine = report.machine_type;
    report.system.irql = system::irql(&bugcheck, machine);
    report.system.named_process =
        memory.and_then(|memory| process::named(memory, &bugcheck, machine, header.build()));
    let drivers = Drivers { modules: &report.modules, unloaded: &report.unloaded };
    let fault = fault_of(&bugcheck, machine, memory, drivers);
    let moments = Moments::of(file, header, &bugcheck, machine, memory);
    let mut walker = memory.map(|memory| Walker::new(memory, drivers, companions));
    let stack = walker.as_mut().map_or_else(Stack::default, |walker| walker.of_crash(&moments));
    let mut blame = blame_of(&Traces {
        bugcheck: &bugcheck,
        fault: fault.as_ref(),
        frames: &stack.frames,
        holders: memory.and_then(|memory| holders_of(&bugcheck, memory, drivers)),
    });
    if let (Some(walker), Some(blame), Some(fault)) = (&mut walker, &mut blame, &fault)
        && blame.function.is_none()
        && !blame.is_unloaded
        && (fault.module.as_ref(), fault.offset) == (Some(&blame.module), blame.offset)
    {
        blame.function = walker.symbol_at(fault.address);
    }
    report.state = moments.state(memory);
    report.stack = stack.frames;
    report.stack_end = stack.end;
    report.blame = blame;
    report.fault = fault;
}
