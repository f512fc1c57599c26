//! The drivers that had been unloaded, as the kernel remembers them.

use hvtriage_winfmt::{FileOffset, FileTime, VirtAddr};

use super::debugger_data::DebuggerData;
use super::names::{base_name, is_plausible, is_plausible_place};
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
    let slots: Vec<UnloadedModule> =
        newest_first.filter_map(|slot| read_slot(memory, array, slot)).collect();
    plausible(slots, memory.pointer_size(), problems)
}

/// Those that can have been drivers. Bytes that are no list would otherwise name drivers that nobody
/// ever wrote, which cover any address.
pub(super) fn plausible(
    slots: Vec<UnloadedModule>,
    pointer_size: u64,
    problems: &mut Problems,
) -> Vec<UnloadedModule> {
    let count = slots.len();
    let is_one = |driver: &UnloadedModule| {
        let has_name = driver.name == UNREADABLE_NAME || is_plausible(&driver.name);
        has_name && is_plausible_place(driver.start.0, driver.end.0, pointer_size)
    };
    let kept: Vec<UnloadedModule> = slots.into_iter().filter(is_one).collect();
    if let Some(lost) = count.checked_sub(kept.len()).filter(|lost| *lost > 0) {
        let message = format!("{lost} of {count} entries of unloaded drivers are none");
        problems.add(FileOffset(0), message);
    }
    kept
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
