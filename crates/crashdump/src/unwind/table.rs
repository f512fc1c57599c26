//! The table of functions of an image.

use super::UnwindError;
use crate::image::{Directory, Image};

const ENTRY_BYTES: u32 = 12;
/// Entries that refer to another entry, one after the other.
const INDIRECT_LIMIT: u32 = 32;

/// A function, or a part of one, by relative addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where its unwind data stands.
    pub(super) data: u32,
    /// Where the code begins that this data describes: elsewhere for a part whose entry refers to
    /// that of its function.
    pub(super) prolog: u32,
}

impl Function {
    /// How many bytes of the beginning that its data describes had run before `at`; `None` for all.
    ///
    /// A part that the linker moved away may stand in front of its function, and is only reached from
    /// behind the beginning.
    pub(super) fn reached(&self, at: u32) -> Option<u32> {
        (self.prolog == self.start).then(|| at.saturating_sub(self.start))
    }
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
    fn direct(&self, entry: Function) -> Result<Function, UnwindError> {
        const IS_INDIRECT: u32 = 1;
        let mut whole = entry;
        for _ in 0..INDIRECT_LIMIT {
            if whole.data & IS_INDIRECT == 0 {
                return Ok(Function { data: whole.data, prolog: whole.start, ..entry });
            }
            whole = read(self.image, whole.data & !IS_INDIRECT).ok_or(UnwindError::Unreadable)?;
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
    let function = whole_start(image, &table.direct(entry)?).ok_or(UnwindError::Damaged)?;
    Ok(Some(Part { start: entry.start, end: entry.end, function }))
}

/// Where the function around `address` starts: for a part that the linker moved away, the function
/// that it is a part of.
pub(super) fn function_start(image: &Image<'_>, address: u32) -> Option<u32> {
    let function = Table::of(image)?.find(address).ok().flatten()?;
    whole_start(image, &function)
}

/// Where the function starts that `function` is, or is a part of.
pub(super) fn whole_start(image: &Image<'_>, function: &Function) -> Option<u32> {
    let mut function = *function;
    for _ in 0..INDIRECT_LIMIT {
        match super::codes::chained(image, function.data) {
            Some(next) => function = next,
            None => return Some(function.prolog),
        }
    }
    None
}

/// The entry at a relative address.
pub(super) fn read(image: &Image<'_>, at: u32) -> Option<Function> {
    let mut bytes = [0; ENTRY_BYTES as usize];
    if !image.read(at, &mut bytes) {
        return None;
    }
    let [start, end, data] = *bytes.as_chunks::<4>().0 else { return None };
    let number = u32::from_le_bytes;
    let start = number(start);
    Some(Function { start, end: number(end), data: number(data), prolog: start })
}
