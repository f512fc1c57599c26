//! The record of an exception: what the processor or the kernel raised, and where.
//!
//! Layout: `EXCEPTION_RECORD64` and `EXCEPTION_RECORD32` (winnt.h).

use hvtriage_winfmt::VirtAddr;

use crate::bugcheck::status_name;
use crate::memory::VirtualMemory;
use crate::report::{ExceptionRecord, MachineType};

/// What a record has room for.
const INFORMATION_LIMIT: u32 = 15;
const ACCESS_VIOLATION: u32 = 0xC000_0005;
const IN_PAGE_ERROR: u32 = 0xC000_0006;

/// Where the fields stand that grow with a pointer.
struct Layout {
    address: u64,
    count: u64,
    information: u64,
}

fn layout(machine: MachineType) -> Option<Layout> {
    match machine {
        MachineType::Amd64 | MachineType::Arm64 => {
            Some(Layout { address: 0x10, count: 0x18, information: 0x20 })
        }
        MachineType::X86 | MachineType::Arm => {
            Some(Layout { address: 0x0C, count: 0x10, information: 0x14 })
        }
        MachineType::Other(_) => None,
    }
}

/// Offset of the address at which the exception was raised.
pub(crate) fn exception_address(machine: MachineType) -> Option<u64> {
    layout(machine).map(|layout| layout.address)
}

/// The record at `at`; `None` where it is not in the dump or was never filled.
pub(crate) fn exception_record(
    machine: MachineType,
    memory: &VirtualMemory<'_>,
    at: VirtAddr,
) -> Option<ExceptionRecord> {
    let layout = layout(machine)?;
    let number = |offset| memory.u32(at.checked_add(offset)?).ok();
    let pointer = |offset| memory.pointer(at.checked_add(offset)?).ok();
    let code = number(0).filter(|code| *code != 0)?;
    let count = number(layout.count)?.min(INFORMATION_LIMIT);
    let word = |index: u32| {
        let place = u64::from(index).checked_mul(memory.pointer_size())?;
        pointer(layout.information.checked_add(place)?).map(|value| value.0)
    };
    let information: Vec<u64> = (0..count).map_while(word).collect();
    Some(ExceptionRecord {
        at,
        code,
        name: status_name(u64::from(code)),
        address: pointer(layout.address)?,
        access: access(code, &information),
        information,
    })
}

/// What a failed access was after, in words.
fn access(code: u32, information: &[u64]) -> Option<String> {
    let [kind, address, ..] = information else { return None };
    if code != ACCESS_VIOLATION && code != IN_PAGE_ERROR {
        return None;
    }
    let kind = match kind {
        0 => "read of",
        1 => "write to",
        8 => "execution at",
        _ => return None,
    };
    Some(format!("{kind} {}", VirtAddr(*address)))
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::memory::{Block, BlockMemory};

    fn read(machine: MachineType, file: &[u8]) -> Option<ExceptionRecord> {
        let pointer_size = if machine == MachineType::X86 { 4 } else { 8 };
        let block = Block { address: VirtAddr(0x5000), at: FileOffset(0), size: file.len() as u64 };
        let blocks = BlockMemory::new(file, vec![block]);
        let memory = VirtualMemory::Blocks { blocks, pointer_size };
        exception_record(machine, &memory, VirtAddr(0x5000))
    }

    #[test]
    fn a_record_of_either_size() {
        let numbers = |numbers: &[u32]| -> Vec<u8> {
            numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
        };
        let high = 0xFFFF_F880;
        let wide = numbers(&[0xC000_0005, 0, 0, 0, 0x1234, high, 2, 0, 1, 0, 0x28, 0]);
        let record = read(MachineType::Amd64, &wide).unwrap();
        assert_eq!(record.address, VirtAddr(0xFFFF_F880_0000_1234));
        assert_eq!(record.information, [1, 0x28]);
        assert_eq!(record.access.as_deref(), Some("write to 0x28"));
        let narrow = numbers(&[0xC000_0005, 0, 0, 0x8123_4567, 2, 0, 0x30]);
        let record = read(MachineType::X86, &narrow).unwrap();
        assert_eq!((record.address, record.information), (VirtAddr(0x8123_4567), vec![0, 0x30]));
        // More words than there is room for, and than are in the dump.
        let claimed = numbers(&[0x8000_0003, 0, 0, 0, 0x1234, high, u32::MAX, 0, 1, 0]);
        let record = read(MachineType::Amd64, &claimed).unwrap();
        assert_eq!((record.information, record.access), (vec![1], None));
        assert_eq!(read(MachineType::Amd64, &[0; 0x98]), None);
    }
}
