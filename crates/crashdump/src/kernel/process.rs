//! The process that was running.

use hvtriage_winfmt::VirtAddr;

use super::debugger_data::DebuggerData;
use crate::header::KernelHeader;
use crate::memory::VirtualMemory;
use crate::report::MachineType;

/// More processors than any Windows runs on.
const PROCESSOR_LIMIT: u32 = 2048;
/// Bytes of the name's field.
pub(super) const NAME_SIZE: usize = 15;
/// Offset of the stack's lower end in a thread, on every 64-bit system.
const STACK_LIMIT: u64 = 0x30;

/// Offset of `ImageFileName` in an `EPROCESS`, where it is known.
pub(super) fn image_name_offset(machine: MachineType, build: Option<u32>) -> Option<u64> {
    match (machine, build?) {
        (MachineType::Amd64, 7600..=7601) => Some(0x2E0),
        (MachineType::Amd64, 9200..=9600) => Some(0x438),
        (MachineType::Amd64, 10240) => Some(0x448),
        (MachineType::Amd64, 10586..=18363) => Some(0x450),
        (MachineType::Amd64, 19041..=22631) => Some(0x5A8),
        (MachineType::Amd64, 26100..=26200) => Some(0x338),
        // Seen in a small dump of build 22000.
        (MachineType::Arm64, 22000..=22631) => Some(0x560),
        _ => None,
    }
}

/// Name of the process on whose thread's stack the header's context stands.
pub(super) fn name(
    memory: &VirtualMemory<'_>,
    debugger_data: &DebuggerData,
    header: &KernelHeader,
    machine: MachineType,
) -> Option<String> {
    let offset = image_name_offset(machine, header.build())?;
    let thread = crashed_thread(memory, debugger_data, header)?;
    let process = memory.pointer(thread.checked_add(debugger_data.thread_process()?)?).ok()?;
    let name = memory.ascii(process.checked_add(offset)?, NAME_SIZE).ok()?;
    (!name.is_empty()).then_some(name)
}

/// The running thread of the processor that stopped the machine: the only one, or the one whose
/// stack the saved stack pointer lies in. On a DPC's stack no thread can be told.
fn crashed_thread(
    memory: &VirtualMemory<'_>,
    debugger_data: &DebuggerData,
    header: &KernelHeader,
) -> Option<VirtAddr> {
    let blocks = debugger_data.processor_blocks()?;
    let current = debugger_data.current_thread()?;
    let count = header.processor_count.unwrap_or(1).min(PROCESSOR_LIMIT);
    let thread_of = |processor: u32| {
        let place = u64::from(processor).checked_mul(memory.pointer_size())?;
        let block = memory.pointer(blocks.checked_add(place)?).ok()?;
        memory.pointer(block.checked_add(current)?).ok()
    };
    if count == 1 {
        return thread_of(0);
    }
    let stack_pointer = header.stack_pointer?;
    let upper_end = debugger_data.thread_initial_stack()?;
    (0..count).filter_map(thread_of).find(|thread| {
        let at = |offset| thread.checked_add(offset).and_then(|at| memory.pointer(at).ok());
        let (low, high) = (at(STACK_LIMIT), at(upper_end));
        low.zip(high).is_some_and(|(low, high)| low <= stack_pointer && stack_pointer < high)
    })
}
