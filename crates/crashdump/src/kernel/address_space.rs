//! Which page tables a dump has.

use hvtriage_winfmt::FileOffset;

use super::problems::Problems;
use crate::header::KernelHeader;
use crate::memory::{PageTables, Paging, PhysicalMemory, VirtualMemory};
use crate::report::MachineType;

/// The kernel's address space over `physical`, or `None` where the machine's tables cannot be
/// walked.
pub(super) fn open<'a>(
    physical: PhysicalMemory<'a>,
    machine: MachineType,
    header: &KernelHeader,
    problems: &mut Problems,
) -> Option<VirtualMemory<'a>> {
    let Some(root) = header.directory_table_base else {
        problems.add(FileOffset(0x10), "the header names no page tables");
        return None;
    };
    let paging = match machine {
        MachineType::Amd64 => long_paging(&physical, root, header),
        MachineType::X86 if header.has_pae == Some(false) => Paging::Legacy,
        MachineType::X86 => Paging::Pae,
        MachineType::Arm64 | MachineType::Arm | MachineType::Other(_) => {
            let message = format!("page tables of {machine} are not supported yet");
            problems.add(FileOffset(0x10), message);
            return None;
        }
    };
    let tables = PageTables::new(paging, root);
    Some(VirtualMemory::Paged { physical, tables, pointer_size: header.pointer_size })
}

/// Four levels or five: no field of the header tells, so the shape that finds the module list
/// (or else the debugger's data) is taken.
fn long_paging(physical: &PhysicalMemory<'_>, root: u64, header: &KernelHeader) -> Paging {
    let known = [header.loaded_module_list, header.debugger_data];
    let finds = |paging: &Paging| {
        let tables = PageTables::new(*paging, root);
        known.into_iter().flatten().any(|address| {
            let place = tables.translate(physical, address);
            place.is_ok_and(|place| physical.in_page(place, 1).is_ok())
        })
    };
    let shapes = [Paging::Long { levels: 4 }, Paging::Long { levels: 5 }];
    shapes.into_iter().find(finds).unwrap_or(Paging::Long { levels: 4 })
}
