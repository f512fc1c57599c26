//! The loaded modules of a small dump.

use hvtriage_winfmt::{Bytes, FileOffset, ParseError, VirtAddr, decode_utf16le};

use super::Part;
use crate::kernel::names::{as_path, base_name};
use crate::kernel::problems::Problems;
use crate::report::{Module, UNREADABLE_NAME};

/// The longest name that is read, in characters.
const NAME_LIMIT: u64 = 512;
/// More drivers than any machine loads. Entries may share one name, so their number must be bounded by
/// more than the file's size.
const DRIVER_LIMIT: u64 = 4096;

/// Offsets in a driver entry: the offset of the name, then a copy of the kernel's entry.
struct Layout {
    stride: u64,
    base: u64,
    size: u64,
    checksum: u64,
    timestamp: u64,
}

const ENTRY64: Layout =
    Layout { stride: 0x90, base: 0x38, size: 0x48, checksum: 0x80, timestamp: 0x88 };
/// Not yet seen in a real file: follows the 32-bit structure's definition.
const ENTRY32: Layout =
    Layout { stride: 0x4C, base: 0x1C, size: 0x24, checksum: 0x44, timestamp: 0x48 };

pub(super) fn read(
    file: Bytes<'_>,
    list: Part,
    is_wide: bool,
    problems: &mut Problems,
) -> Vec<Module> {
    let layout = if is_wide { &ENTRY64 } else { &ENTRY32 };
    let table = file.tail(list.at);
    let room = table.len().checked_div(layout.stride).unwrap_or(0);
    if list.count > room {
        let message = format!("{room} of {} driver entries are in the file", list.count);
        problems.add(FileOffset(list.at), message);
    }
    if list.count.min(room) > DRIVER_LIMIT {
        let message = format!("{DRIVER_LIMIT} of {} driver entries are read", list.count);
        problems.add(FileOffset(list.at), message);
    }
    let entries = (0..list.count.min(room).min(DRIVER_LIMIT)).filter_map(|index| {
        let entry = table.tail(index.saturating_mul(layout.stride));
        read_entry(file, entry, layout, is_wide, problems).ok()
    });
    entries.collect()
}

fn read_entry(
    file: Bytes<'_>,
    entry: Bytes<'_>,
    layout: &Layout,
    is_wide: bool,
    problems: &mut Problems,
) -> Result<Module, ParseError> {
    let base = if is_wide {
        entry.u64_at(layout.base, "DllBase")?
    } else {
        u64::from(entry.u32_at(layout.base, "DllBase")?)
    };
    let name_at = u64::from(entry.u32_at(0, "DriverNameOffset")?);
    let name = name(file, name_at);
    problems.note(name.as_ref().err().cloned());
    let name = name.ok().filter(|name| !name.is_empty());
    // A module whose header was paged out has neither stamp nor checksum.
    let known = |at: u64, field: &'static str| {
        entry.u32_at(at, field).map(|value| (value != 0).then_some(value))
    };
    Ok(Module {
        name: name.as_deref().map_or_else(|| UNREADABLE_NAME.into(), base_name),
        path: name.and_then(as_path),
        base: VirtAddr(base),
        size: entry.u32_at(layout.size, "SizeOfImage")?,
        timestamp: known(layout.timestamp, "TimeDateStamp")?,
        checksum: known(layout.checksum, "CheckSum")?,
        exception_table: None,
        pdb: None,
        version: None,
    })
}

/// A count of characters, then the characters.
fn name(file: Bytes<'_>, at: u64) -> Result<String, ParseError> {
    let count = u64::from(file.u32_at(at, "driver name")?).min(NAME_LIMIT);
    let letters = file.slice_at(at.saturating_add(4), count.saturating_mul(2), "driver name")?;
    Ok(decode_utf16le(letters.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of zeros, which share the name at offset 0.
    #[test]
    fn the_number_of_drivers_is_bounded() {
        let bytes = vec![0; 5000 * 0x90];
        let mut problems = Problems::default();
        let list = Part { at: 0, count: 5000 };
        let drivers = read(Bytes::new(&bytes), list, true, &mut problems);
        assert_eq!(drivers.len() as u64, DRIVER_LIMIT);
        assert_eq!(problems.into_vec().len(), 1);
    }
}
