//! The unloaded drivers of a small dump.

use hvtriage_winfmt::{Bytes, FileOffset, ParseError, VirtAddr, decode_utf16le};

use crate::kernel::names::base_name;
use crate::kernel::problems::Problems;
use crate::kernel::unloaded::plausible;
use crate::report::{UNREADABLE_NAME, UnloadedModule};

/// The kernel remembers 50; a list that is longer is a broken one.
const LIMIT: u64 = 64;
/// Bytes of the name that an entry keeps: 12 characters.
const NAME_SIZE: u64 = 24;

/// Reads the list at `at`: a count as wide as a pointer, then the entries.
pub(super) fn read(
    file: Bytes<'_>,
    at: u64,
    is_wide: bool,
    problems: &mut Problems,
) -> Vec<UnloadedModule> {
    let (prefix, stride) = if is_wide { (8, 0x38) } else { (4, 0x28) };
    let count = match file.u32_at(at, "unloaded driver count") {
        Ok(count) => u64::from(count),
        Err(error) => {
            problems.note(Some(error));
            return Vec::new();
        }
    };
    let table = file.tail(at.saturating_add(prefix));
    let room = table.len().checked_div(stride).unwrap_or(0).min(LIMIT);
    if count > room {
        let message = format!("{room} of {count} unloaded drivers can be read");
        problems.add(FileOffset(at), message);
    }
    let entries = (0..count.min(room))
        .filter_map(|index| read_entry(table.tail(index.saturating_mul(stride)), is_wide).ok());
    plausible(entries.collect(), prefix, problems)
}

fn read_entry(entry: Bytes<'_>, is_wide: bool) -> Result<UnloadedModule, ParseError> {
    let (name_at, start_at, end_at) = if is_wide { (0x10, 0x28, 0x30) } else { (0x08, 0x20, 0x24) };
    let address = |at: u64| {
        if is_wide {
            return entry.u64_at(at, "unloaded driver");
        }
        entry.u32_at(at, "unloaded driver").map(u64::from)
    };
    let size = u64::from(entry.u16_at(0, "unloaded driver name")?).min(NAME_SIZE) & !1;
    let name = entry.slice_at(name_at, size, "unloaded driver name")?;
    let name = decode_utf16le(name.as_slice());
    let name = name.split('\0').next().unwrap_or_default();
    Ok(UnloadedModule {
        name: if name.is_empty() { UNREADABLE_NAME.into() } else { base_name(name) },
        start: VirtAddr(address(start_at)?),
        end: VirtAddr(address(end_at)?),
        unloaded_at: None,
    })
}
