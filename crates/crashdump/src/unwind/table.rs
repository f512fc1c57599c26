//! The table of functions of an image.

use super::UnwindError;
use crate::image::{Directory, Image};

const ENTRY_BYTES: u32 = 12;
/// Entries that refer to another entry, one after the other.
const INDIRECT_LIMIT: u32 = 32;

/// A function, by relative addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where its unwind data stands.
    pub(super) data: u32,
}

/// The table of functions, sorted by their starts.
pub(super) struct Table<'i> {
    image: &'i Image<'i>,
    directory: Directory,
}

impl<'i> Table<'i> {
    pub(super) fn of(image: &'i Image<'i>) -> Option<Self> {
        Some(Self { image, directory: image.exceptions()? })
    }

    /// The function around `address`; none for a leaf.
    pub(super) fn find(&self, address: u32) -> Result<Option<Function>, UnwindError> {
        self.entry_around(address)?.map(|entry| self.direct(entry)).transpose()
    }

    /// The entry around `address`, which may only refer to another.
    fn entry_around(&self, address: u32) -> Result<Option<Function>, UnwindError> {
        let (mut low, mut high) = (0, self.directory.size / ENTRY_BYTES);
        // How many entries start at or before the address.
        while low < high {
            let middle = low.midpoint(high);
            if self.entry(middle)?.start <= address {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        let Some(index) = low.checked_sub(1) else { return Ok(None) };
        let entry = self.entry(index)?;
        Ok((address < entry.end).then_some(entry))
    }

    fn entry(&self, index: u32) -> Result<Function, UnwindError> {
        let at =
            index.checked_mul(ENTRY_BYTES).and_then(|at| self.directory.address.checked_add(at));
        at.and_then(|at| read(self.image, at)).ok_or(UnwindError::Unreadable)
    }

    /// The entry itself, or the one that it refers to: functions that the linker split share their
    /// unwind data so in binaries of Windows 8.1.
    fn direct(&self, mut entry: Function) -> Result<Function, UnwindError> {
        const IS_INDIRECT: u32 = 1;
        for _ in 0..INDIRECT_LIMIT {
            if entry.data & IS_INDIRECT == 0 {
                return Ok(entry);
            }
            entry = read(self.image, entry.data & !IS_INDIRECT).ok_or(UnwindError::Unreadable)?;
        }
        Err(UnwindError::Damaged)
    }
}

/// A stretch of code that an image's table of functions has an entry for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where its function starts: for a part that the linker moved away, elsewhere.
    pub(crate) function: u32,
}

/// The part of a function around `address`; none for a leaf.
///
/// # Errors
/// Where the table cannot be read, and for images of other processors, whose tables are different.
pub(crate) fn part_around(image: &Image<'_>, address: u32) -> Result<Option<Part>, UnwindError> {
    const IS_X64: u16 = 0x8664;
    if image.machine() != Some(IS_X64) {
        return Err(UnwindError::NoTable);
    }
    let table = Table::of(image).ok_or(UnwindError::NoTable)?;
    let Some(entry) = table.entry_around(address)? else { return Ok(None) };
    let mut function = table.direct(entry)?;
    for _ in 0..INDIRECT_LIMIT {
        match super::codes::chained(image, function.data) {
            Some(next) => function = next,
            None => {
                let Function { start, end, .. } = entry;
                return Ok(Some(Part { start, end, function: function.start }));
            }
        }
    }
    Err(UnwindError::Damaged)
}

/// The entry at a relative address.
pub(super) fn read(image: &Image<'_>, at: u32) -> Option<Function> {
    let mut bytes = [0; ENTRY_BYTES as usize];
    if !image.read(at, &mut bytes) {
        return None;
    }
    let [start, end, data] = *bytes.as_chunks::<4>().0 else { return None };
    let number = u32::from_le_bytes;
    Some(Function { start: number(start), end: number(end), data: number(data) })
}
