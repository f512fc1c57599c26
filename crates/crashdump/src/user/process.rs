//! The process of a minidump: its threads, times, memory, and what it left word of.

use std::collections::HashMap;

use hvtriage_winfmt::{Bytes, VirtAddr};
use minidump::system_info::Cpu;
use minidump::{
    CrashReason, Minidump, MinidumpAssertion, MinidumpBreakpadInfo, MinidumpContext,
    MinidumpException, MinidumpMiscInfo, MinidumpSystemInfo, MinidumpThread, MinidumpThreadList,
};

use super::streams::{Texts, bytes_of};
use super::{annotations, handles, memory, stream, system_words, unix_time};
use crate::memory::VirtualMemory;
use crate::report::{CrashReport, CrashState, DumpProblem, UserAssertion, UserProcess, UserThread};

/// `ThreadListStream`.
const THREAD_LIST: u32 = 3;
/// `ThreadNamesStream`.
const THREAD_NAMES: u32 = 24;
/// More threads than a process has; each of them takes a stack.
const THREAD_LIMIT: u32 = 0x1_0000;
/// Bytes at the instruction pointer that are kept.
const INSTRUCTION_BYTES: u64 = 16;

/// What the dump says of its process goes to `report`, with the registers at the exception. Gives the
/// memory of the process.
pub(super) fn read<'a>(
    dump: &'a Minidump<'a, &'a [u8]>,
    file: Bytes<'a>,
    system: Option<&MinidumpSystemInfo>,
    exception: Option<&MinidumpException<'_>>,
    report: &mut CrashReport,
) -> VirtualMemory<'a> {
    let misc: Option<MinidumpMiscInfo> = stream(dump, report, "miscellaneous information", false);
    let writer: Option<MinidumpBreakpadInfo> = stream(dump, report, "writer's information", false);
    let (blocks, memory) = memory::read(dump, file, &mut report.problems);
    let mut texts = Texts::new(file);
    let mut process = UserProcess {
        processor: system.and_then(|system| system.cpu_info()).map(|words| words.into_owned()),
        crashed_thread: exception
            .map(|exception| exception.thread_id)
            .or_else(|| writer.as_ref().and_then(|writer| writer.requesting_thread_id)),
        writing_thread: writer.as_ref().and_then(|writer| writer.dump_thread_id),
        memory,
        ..UserProcess::default()
    };
    if let Some(misc) = &misc {
        process.process_id = misc.raw.process_id().copied();
        process.created = misc.raw.process_create_time().copied().and_then(unix_time);
        process.user_seconds = misc.raw.process_user_time().copied();
        process.kernel_seconds = misc.raw.process_kernel_time().copied();
    }
    process.process_id = process.process_id.or_else(|| system_words::process_id(dump, file));
    let assertion: Option<MinidumpAssertion> = stream(dump, report, "assertion", false);
    process.assertion = assertion.as_ref().map(words_of);

    let names = thread_names(dump, file, &mut texts);
    let threads = threads(dump, file, report);
    let threads = threads.as_ref().map_or(&[][..], |list| &list.threads);
    let pointer_size = system.map_or(8, |system| pointer_bytes(system.cpu));
    let contexts = Contexts { system, misc: misc.as_ref() };
    let memory = VirtualMemory::Blocks { blocks, pointer_size };
    process.threads = threads.iter().map(|thread| one(thread, contexts, &memory, &names)).collect();
    report.state = crash_state(&process, threads, exception, contexts, &memory);

    if let Some(list) = bytes_of(dump, file, handles::STREAM) {
        let (handles, count) = handles::read(list, &mut texts);
        if (handles.len() as u64) < count {
            let message = format!("{} of {count} handles are read", handles.len());
            report.problems.push(DumpProblem { at: list.file_offset(0), message });
        }
        process.handles = handles;
    }
    if let Some(info) = bytes_of(dump, file, annotations::STREAM) {
        process.annotations = annotations::read(info, file, &report.modules, &mut texts);
    }
    process.annotations.extend(system_words::read(dump, file));
    report.problems.extend(texts.left_out());
    report.process = Some(process);
    memory
}

/// What it takes to read the registers of a thread.
#[derive(Clone, Copy)]
struct Contexts<'a> {
    system: Option<&'a MinidumpSystemInfo>,
    misc: Option<&'a MinidumpMiscInfo>,
}

fn threads<'a>(
    dump: &'a Minidump<'a, &'a [u8]>,
    file: Bytes<'a>,
    report: &mut CrashReport,
) -> Option<MinidumpThreadList<'a>> {
    let list = bytes_of(dump, file, THREAD_LIST)?;
    let count = list.u32_at(0, "thread list").unwrap_or(0);
    if count > THREAD_LIMIT {
        let message = format!("a list of {count} threads is not read");
        report.problems.push(DumpProblem { at: list.file_offset(0), message });
        return None;
    }
    stream(dump, report, "thread list", false)
}

fn thread_names(
    dump: &Minidump<'_, &[u8]>,
    file: Bytes<'_>,
    texts: &mut Texts<'_>,
) -> HashMap<u32, String> {
    const ENTRY_BYTES: u64 = 12;
    let Some(list) = bytes_of(dump, file, THREAD_NAMES) else { return HashMap::new() };
    let entries = list.tail(4);
    let room = entries.len().checked_div(ENTRY_BYTES).unwrap_or(0).min(THREAD_LIMIT.into());
    let count = list.u32_at(0, "thread names").map_or(0, u64::from).min(room);
    let name = |index: u64| {
        let entry = entries.tail(index.saturating_mul(ENTRY_BYTES));
        let id = entry.u32_at(0, "thread name").ok()?;
        Some((id, texts.utf16(entry.u64_at(4, "thread name").ok()?)?))
    };
    (0..count).filter_map(name).collect()
}

fn one(
    thread: &MinidumpThread<'_>,
    contexts: Contexts<'_>,
    memory: &VirtualMemory<'_>,
    names: &HashMap<u32, String>,
) -> UserThread {
    let raw = &thread.raw;
    let context = contexts.system.and_then(|system| thread.context(system, contexts.misc));
    UserThread {
        id: raw.thread_id,
        name: names.get(&raw.thread_id).cloned(),
        suspend_count: raw.suspend_count,
        priority: raw.priority,
        instruction: context.as_ref().map(|it| VirtAddr(it.get_instruction_pointer())),
        stack_pointer: context.as_ref().map(|it| VirtAddr(it.get_stack_pointer())),
        stack_start: VirtAddr(raw.stack.start_of_memory_range),
        stack_bytes: raw.stack.memory.data_size.into(),
        last_error: last_error(raw.teb, memory),
    }
}

/// `LastErrorValue` stands 13 pointers into every `TEB`.
fn last_error(teb: u64, memory: &VirtualMemory<'_>) -> Option<String> {
    let at = VirtAddr(teb).checked_add(memory.pointer_size().checked_mul(13)?)?;
    let value = memory.u32(at).ok().filter(|_| teb != 0)?;
    Some(CrashReason::from_windows_error(value).to_string())
}

/// The registers at the exception, or else of the thread that asked for the dump.
fn crash_state(
    process: &UserProcess,
    threads: &[MinidumpThread<'_>],
    exception: Option<&MinidumpException<'_>>,
    contexts: Contexts<'_>,
    memory: &VirtualMemory<'_>,
) -> Option<CrashState> {
    let system = contexts.system?;
    let of_exception = exception.and_then(|it| it.context(system, contexts.misc));
    if let Some(context) = of_exception {
        return Some(state(&context, "context of the exception", memory));
    }
    let crashed = process.crashed_thread?;
    let thread = threads.iter().find(|thread| thread.raw.thread_id == crashed)?;
    let context = thread.context(system, contexts.misc)?;
    Some(state(&context, "context of the thread", memory))
}

fn state(context: &MinidumpContext, basis: &str, memory: &VirtualMemory<'_>) -> CrashState {
    let instruction = VirtAddr(context.get_instruction_pointer());
    CrashState {
        basis: basis.into(),
        record: None,
        instruction,
        stack_pointer: VirtAddr(context.get_stack_pointer()),
        registers: context.valid_registers().collect(),
        instruction_bytes: bytes_at(memory, instruction),
        exception: None,
    }
}

fn bytes_at(memory: &VirtualMemory<'_>, address: VirtAddr) -> Vec<u8> {
    let byte = |offset| {
        let mut byte = [0];
        memory.read(address.checked_add(offset)?, &mut byte).ok()?;
        Some(byte)
    };
    (0..INSTRUCTION_BYTES).map_while(byte).flatten().collect()
}

pub(super) fn pointer_bytes(cpu: Cpu) -> u64 {
    if matches!(cpu, Cpu::X86 | Cpu::Arm | Cpu::Ppc | Cpu::Sparc) { 4 } else { 8 }
}

fn words_of(assertion: &MinidumpAssertion) -> UserAssertion {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    UserAssertion {
        expression: text(assertion.expression()),
        function: text(assertion.function()),
        file: text(assertion.file()),
        line: assertion.raw.line,
    }
}
