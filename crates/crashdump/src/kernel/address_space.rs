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
        // Seen in no real file: the shape is the one that other memory analyzers walk from the
        // same number. So it counts only when it leads to what the header names.
        MachineType::Arm64 if finds(&physical, Paging::Arm64, root, header) => Paging::Arm64,
        MachineType::Arm64 | MachineType::Arm | MachineType::Other(_) => {
            let message = format!("the page tables of this {machine} dump cannot be walked");
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
    let shapes = [Paging::Long { levels: 4 }, Paging::Long { levels: 5 }];
    let found = shapes.into_iter().find(|shape| finds(physical, *shape, root, header));
    found.unwrap_or(Paging::Long { levels: 4 })
}

/// Whether tables of shape `paging` lead to one of the lists that the header names.
fn finds(physical: &PhysicalMemory<'_>, paging: Paging, root: u64, header: &KernelHeader) -> bool {
    let tables = PageTables::new(paging, root);
    let known = [header.loaded_module_list, header.debugger_data];
    known.into_iter().flatten().any(|address| {
        let place = tables.translate(physical, address);
        place.is_ok_and(|place| physical.in_page(place, 1).is_ok())
    })
}
