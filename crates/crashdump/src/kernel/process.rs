//! The process that was running.

use hvtriage_winfmt::VirtAddr;

use super::debugger_data::DebuggerData;
use crate::bugcheck::{self, Bugcheck};
use crate::header::KernelHeader;
use crate::memory::VirtualMemory;
use crate::report::{MachineType, Stated};

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

/// Offsets of `UniqueProcessId` in an `EPROCESS` and of `Cid` in an `ETHREAD`, where both are known.
/// Those of builds 19041 and 26100 were seen to agree in real dumps.
fn id_offsets(machine: MachineType, build: Option<u32>) -> Option<(u64, u64)> {
    match (machine, build?) {
        (MachineType::Amd64, 7600..=7601) => Some((0x180, 0x3B0)),
        (MachineType::Amd64, 9600) => Some((0x2E0, 0x620)),
        (MachineType::Amd64, 17763) => Some((0x2E8, 0x638)),
        (MachineType::Amd64, 19041..=19045) => Some((0x440, 0x478)),
        (MachineType::Amd64, 22000) => Some((0x440, 0x4C8)),
        (MachineType::Amd64, 26100) => Some((0x1D0, 0x508)),
        _ => None,
    }
}

/// Process and thread by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    process: u32,
    thread: u32,
}

impl Ids {
    /// The ids in a process and a thread that are read by their offsets. A thread that is attached
    /// to another process, and a structure of another build, have ids that disagree: then there are
    /// none.
    pub(super) fn read(
        machine: MachineType,
        build: Option<u32>,
        process: impl Fn(u64) -> Option<u64>,
        thread: impl Fn(u64) -> Option<u64>,
    ) -> Option<Self> {
        let (process_id, client_id) = id_offsets(machine, build)?;
        let own = process(process_id)?;
        let ids = (thread(client_id)?, thread(client_id.checked_add(8)?)?);
        let is_id = |id: u64| id.is_multiple_of(4);
        let agree = ids.0 == own && is_id(own) && is_id(ids.1);
        agree.then(|| {
            Some(Self { process: u32::try_from(own).ok()?, thread: ids.1.try_into().ok()? })
        })?
    }

    /// Process, then thread, and where they stand.
    pub(super) fn stated(self) -> (Stated<u32>, Stated<u32>) {
        let process = "UniqueProcessId of the process, which Cid of the thread confirms";
        let process = Stated { value: self.process, basis: process.into() };
        (process, Stated { value: self.thread, basis: "Cid of the thread".into() })
    }
}

/// Name and ids of the process on whose thread's stack the header's context stands.
pub(super) fn running(
    memory: &VirtualMemory<'_>,
    debugger_data: &DebuggerData,
    header: &KernelHeader,
    machine: MachineType,
) -> Option<(Option<String>, Option<Ids>)> {
    let thread = crashed_thread(memory, debugger_data, header)?;
    let process = memory.pointer(thread.checked_add(debugger_data.thread_process()?)?).ok()?;
    let name = image_name_offset(machine, header.build())
        .and_then(|offset| memory.ascii(process.checked_add(offset)?, NAME_SIZE).ok())
        .filter(|name| !name.is_empty());
    let field = |of: VirtAddr| move |offset: u64| memory.u64(of.checked_add(offset)?).ok();
    Some((name, Ids::read(machine, header.build(), field(process), field(thread))))
}

/// The name of the process that a parameter of the STOP code points to, and where it was found.
pub(super) fn named(
    memory: &VirtualMemory<'_>,
    bugcheck: &Bugcheck,
    machine: MachineType,
    build: Option<u32>,
) -> Option<Stated<String>> {
    let number = bugcheck::describe(bugcheck.code)?.process?;
    let process = VirtAddr(bugcheck.parameter(number)?);
    let name = process.checked_add(image_name_offset(machine, build)?)?;
    let name = memory.ascii(name, NAME_SIZE).ok().filter(|name| !name.is_empty())?;
    Some(Stated { value: name, basis: format!("the process that parameter {number} points to") })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields of a process and of a thread, by their offsets.
    fn ids(build: u32, process: &[(u64, u64)], thread: &[(u64, u64)]) -> Option<Ids> {
        let field = |fields: &[(u64, u64)], offset: u64| {
            fields.iter().find(|(at, _)| *at == offset).map(|(_, value)| *value)
        };
        let (process, thread) = (|at| field(process, at), |at| field(thread, at));
        Ids::read(MachineType::Amd64, Some(build), process, thread)
    }

    #[test]
    fn ids_are_told_only_where_process_and_thread_agree() {
        let thread = [(0x3B0, 1204), (0x3B8, 2312)];
        let expected = Some(Ids { process: 1204, thread: 2312 });
        assert_eq!(ids(7601, &[(0x180, 1204)], &thread), expected);
        assert_eq!(ids(7601, &[(0x180, 1208)], &thread), None, "attached");
        assert_eq!(ids(7601, &[(0x180, 1204)], &[(0x3B0, 1204), (0x3B8, 2311)]), None);
        assert_eq!(ids(7601, &[(0x180, 1 << 32)], &[(0x3B0, 1 << 32), (0x3B8, 8)]), None);
        assert_eq!(ids(7602, &[(0x180, 1204)], &thread), None, "unknown build");
    }
}
