//! Reading physical memory out of the file.

use hvtriage_winfmt::{FileOffset, PhysAddr};

use super::{BitmapPages, MemoryError, PAGE, RunPages};

/// Physical memory: which pages there are, and the file that holds them.
#[derive(Clone, Debug)]
pub(crate) struct PhysicalMemory<'a> {
    file: &'a [u8],
    pages: Pages<'a>,
}

#[derive(Clone, Debug)]
enum Pages<'a> {
    Runs(RunPages),
    Bitmap(BitmapPages<'a>),
}

impl<'a> PhysicalMemory<'a> {
    /// Memory in runs.
    pub(crate) fn of_runs(file: &'a [u8], runs: RunPages) -> Self {
        Self { file, pages: Pages::Runs(runs) }
    }

    /// Memory that a bitmap lists.
    pub(crate) fn of_bitmap(file: &'a [u8], bitmap: BitmapPages<'a>) -> Self {
        Self { file, pages: Pages::Bitmap(bitmap) }
    }

    /// Pages whose bytes are in the file.
    pub(crate) fn present(&self) -> u64 {
        match &self.pages {
            Pages::Runs(runs) => runs.present(),
            Pages::Bitmap(bitmap) => bitmap.present(),
        }
    }

    /// Pages that the dump's tables promise.
    pub(crate) fn promised(&self) -> u64 {
        match &self.pages {
            Pages::Runs(runs) => runs.promised(),
            Pages::Bitmap(bitmap) => bitmap.promised(),
        }
    }

    /// The offset after the last page that the dump's tables promise.
    pub(crate) fn end(&self) -> FileOffset {
        match &self.pages {
            Pages::Runs(runs) => runs.end(),
            Pages::Bitmap(bitmap) => bitmap.end(),
        }
    }

    /// Where the byte at `address` stands in the file.
    pub(crate) fn place(&self, address: PhysAddr) -> Result<FileOffset, MemoryError> {
        let page = address.0.checked_div(PAGE).unwrap_or(0);
        let place = match &self.pages {
            Pages::Runs(runs) => runs.place(page),
            Pages::Bitmap(bitmap) => bitmap.place(page),
        };
        let in_page = address.0 & PAGE.saturating_sub(1);
        place
            .and_then(|place| place.checked_add(in_page))
            .ok_or(MemoryError::NotInDump(PhysAddr(page.saturating_mul(PAGE))))
    }

    /// The bytes from `address` to the end of its page or of the file, at most `limit` of them and
    /// at least one.
    pub(crate) fn in_page(&self, address: PhysAddr, limit: u64) -> Result<&'a [u8], MemoryError> {
        let place = self.place(address)?;
        let left = PAGE.saturating_sub(address.0 & PAGE.saturating_sub(1));
        let cut = MemoryError::CutOff(place);
        let start = usize::try_from(place.0).map_err(|_| cut)?;
        let size = usize::try_from(left.min(limit)).map_err(|_| cut)?;
        let end = start.checked_add(size).ok_or(cut)?.min(self.file.len());
        self.file.get(start..end).filter(|bytes| !bytes.is_empty()).ok_or(cut)
    }

    /// Fills `buffer` from `address` on, page by page.
    pub(crate) fn read(&self, address: PhysAddr, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let mut at = address;
        let mut rest = buffer;
        while !rest.is_empty() {
            let part = self.in_page(at, rest.len() as u64)?;
            let (filled, unfilled) =
                rest.split_at_mut_checked(part.len()).ok_or(MemoryError::NotInDump(at))?;
            filled.copy_from_slice(part);
            rest = unfilled;
            let next = at.checked_add(part.len() as u64);
            at = match next {
                Some(next) => next,
                None if rest.is_empty() => return Ok(()),
                None => return Err(MemoryError::NotInDump(at)),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::header::PhysicalRun;

    const PATTERN_PAGES: u64 = 6;

    /// Pages 3, 4, 5 stand behind page 0x10, 0x11 and 0x20 in the file: neighbours in memory are
    /// no neighbours in the file.
    fn memory(file: &[u8]) -> PhysicalMemory<'_> {
        let runs = [(0x10, 2), (0x20, 1), (3, 3)]
            .map(|(first_page, page_count)| PhysicalRun { first_page, page_count });
        let scattered = RunPages::new(&runs, 0x1000, file.len() as u64);
        PhysicalMemory::of_runs(file, scattered)
    }

    /// A byte-by-byte oracle: where page `page` stands was worked out by hand.
    fn oracle(file: &[u8], address: u64) -> Option<u8> {
        let index = match address / 0x1000 {
            0x10 => 0,
            0x11 => 1,
            0x20 => 2,
            3 => 3,
            4 => 4,
            5 => 5,
            _ => return None,
        };
        file.get((0x1000 + index * 0x1000 + address % 0x1000) as usize).copied()
    }

    #[test]
    fn reads_of_any_size_and_alignment_equal_the_oracle() {
        let whole: Vec<u8> =
            (0..(PATTERN_PAGES + 1) * 0x1000).map(|at| (at.wrapping_mul(167) >> 3) as u8).collect();
        for file in [&whole[..], &whole[..0x6800]] {
            let memory = memory(file);
            for start in
                [0x2ffe, 0x3000, 0x37f1, 0x3fff, 0x4001, 0x5fff, 0x10fff, 0x1_1000, 0x20ffe]
            {
                for size in [0, 1, 2, 3, 0xfff, 0x1000, 0x1001, 0x1fff, 0x2800, 0x3001] {
                    let mut buffer = vec![0xEE; size as usize];
                    let read = memory.read(PhysAddr(start), &mut buffer);
                    let expected: Option<Vec<u8>> =
                        (start..start + size).map(|at| oracle(file, at)).collect();
                    assert_eq!(
                        read.is_ok(),
                        expected.is_some(),
                        "{size:#x} at {start:#x}: {read:?}"
                    );
                    if let Some(expected) = expected {
                        assert_eq!(buffer, expected, "{size:#x} at {start:#x}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_cut_file_is_told_apart_from_a_page_left_out() {
        let file = vec![0; 0x3000];
        let memory = memory(&file);
        assert_eq!((memory.present(), memory.promised()), (2, 6));
        let mut byte = [0];
        let cut = memory.read(PhysAddr(0x3000), &mut byte);
        assert_eq!(cut, Err(MemoryError::CutOff(FileOffset(0x4000))));
        let absent = memory.read(PhysAddr(0x6123), &mut byte);
        assert_eq!(absent, Err(MemoryError::NotInDump(PhysAddr(0x6000))));
        assert!(memory.read(PhysAddr(u64::MAX), &mut byte).is_err());
    }
}
