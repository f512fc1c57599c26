//! The drivers that had been unloaded, as the kernel remembers them.

use hvtriage_winfmt::{FileOffset, FileTime, VirtAddr};

use super::debugger_data::DebuggerData;
use super::names::base_name;
use super::problems::Problems;
use crate::memory::VirtualMemory;
use crate::report::{UNREADABLE_NAME, UnloadedModule};

/// The kernel remembers so many.
const SLOTS: u64 = 50;

/// The unloaded drivers, newest first; empty where the kernel kept none.
pub(super) fn read(
    memory: &VirtualMemory<'_>,
    debugger_data: &DebuggerData,
    problems: &mut Problems,
) -> Vec<UnloadedModule> {
    let Some(variable) = debugger_data.unloaded_drivers() else { return Vec::new() };
    let array = match memory.pointer(variable) {
        // The array is made when the first driver is unloaded.
        Ok(VirtAddr(0)) => return Vec::new(),
        Ok(array) => array,
        Err(reason) => {
            let message = format!("the unloaded drivers cannot be found: {reason}");
            problems.add(FileOffset(0), message);
            return Vec::new();
        }
    };
    // The index of the slot that is written next.
    let next = debugger_data
        .last_unloaded_driver()
        .and_then(|at| memory.u32(at).ok())
        .map_or(0, u64::from);
    let newest_first = (1..=SLOTS).filter_map(|age| {
        let slot = next.checked_rem(SLOTS)?.checked_add(SLOTS)?.checked_sub(age)?;
        slot.checked_rem(SLOTS)
    });
    newest_first.filter_map(|slot| read_slot(memory, array, slot)).collect()
}

fn read_slot(memory: &VirtualMemory<'_>, array: VirtAddr, slot: u64) -> Option<UnloadedModule> {
    let (stride, start, end, time) =
        if memory.pointer_size() == 4 { (0x18, 0x8, 0xC, 0x10) } else { (0x28, 0x10, 0x18, 0x20) };
    let entry = array.checked_add(slot.checked_mul(stride)?)?;
    let start = memory.pointer(entry.checked_add(start)?).ok()?;
    let end = memory.pointer(entry.checked_add(end)?).ok()?;
    if start.0 == 0 {
        return None;
    }
    let name = memory.unicode_string(entry).ok().filter(|name| !name.is_empty());
    let name = name.as_deref().map_or_else(|| UNREADABLE_NAME.into(), base_name);
    let ticks = entry.checked_add(time).and_then(|at| memory.u64(at).ok());
    let unloaded_at = ticks.filter(|ticks| *ticks != 0).map(FileTime);
    Some(UnloadedModule { name, start, end, unloaded_at })
}
