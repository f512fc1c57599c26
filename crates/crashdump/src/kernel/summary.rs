//! The two headers that place a page bitmap: both begin with `SDMP`.
//!
//! Up to Windows 7 and 2008 R2 the numbers are 32 bits wide (`SUMMARY_DUMP`); since Windows 8 they
//! are 64 bits wide, and the bitmap starts later.

use hvtriage_winfmt::{Bytes, ErrorKind, FileOffset, ParseError};

/// The letters `PAGE`, which fill what is not set.
const UNSET: u64 = 0x4547_4150;
const UNSET_WIDE: u64 = 0x4547_4150_4547_4150;
/// Pages of 256 TiB, more memory than any Windows supports. A damaged count would otherwise make the
/// whole of a large file a bitmap to look through.
const MAX_BITS: u64 = 1 << 36;

/// A page bitmap, and where its pages start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageTable<'a> {
    /// Whether it is the older of the two headers.
    pub(super) is_old: bool,
    /// The bitmap, as far as it is in the file.
    pub(super) bitmap: &'a [u8],
    /// Bits of the bitmap, as stored.
    pub(super) bits: u64,
    /// Pages that the header promises.
    pub(super) pages: u64,
    /// File offset of the first page.
    pub(super) first_page: FileOffset,
}

/// Reads the header that stands at the start of `bytes`, in the shape that `dump_type` suggests
/// or else in the other one; a shape is taken only when its numbers fit together.
///
/// # Errors
/// A header that makes sense in neither shape.
pub(super) fn read(bytes: Bytes<'_>, dump_type: Option<u32>) -> Result<PageTable<'_>, ParseError> {
    let prefers_new = matches!(dump_type, Some(5..=7));
    let shapes = if prefers_new { [read_new, read_old] } else { [read_old, read_new] };
    let [first, second] = shapes.map(|read| read(bytes));
    first.or_else(|error| second.map_err(|_| error))
}

fn read_old(bytes: Bytes<'_>) -> Result<PageTable<'_>, ParseError> {
    const BITMAP: u64 = 0x20;
    let first_page = u64::from(bytes.u32_at(0x0C, "SUMMARY_DUMP.HeaderSize")?);
    let bits = u64::from(bytes.u32_at(0x10, "SUMMARY_DUMP.BitmapSize")?);
    let pages = u64::from(bytes.u32_at(0x14, "SUMMARY_DUMP.Pages")?);
    let found = Found { is_old: true, bitmap_at: BITMAP, bits, pages, first_page };
    found.check(bytes, 0x0C, "SUMMARY_DUMP.HeaderSize")
}

fn read_new(bytes: Bytes<'_>) -> Result<PageTable<'_>, ParseError> {
    const BITMAP: u64 = 0x38;
    let first_page = bytes.u64_at(0x20, "bitmap dump FirstPage")?;
    let pages = bytes.u64_at(0x28, "bitmap dump TotalPresentPages")?;
    let bits = bytes.u64_at(0x30, "bitmap dump Pages")?;
    let found = Found { is_old: false, bitmap_at: BITMAP, bits, pages, first_page };
    found.check(bytes, 0x20, "bitmap dump FirstPage")
}

/// The numbers of either header.
struct Found {
    is_old: bool,
    bitmap_at: u64,
    bits: u64,
    pages: u64,
    first_page: u64,
}

impl Found {
    /// The numbers fit together when the bitmap ends before the first page and can hold as many
    /// set bits as are promised. The first page need not be aligned: 0xA038 is a real one.
    fn check<'a>(
        &self,
        bytes: Bytes<'a>,
        field_at: u64,
        field: &'static str,
    ) -> Result<PageTable<'a>, ParseError> {
        let size = self.bits.div_ceil(8);
        let end = bytes.file_offset(self.bitmap_at).checked_add(size);
        let fits = end.is_some_and(|end| end.0 <= self.first_page);
        let is_fill = |number: u64| number == UNSET || number == UNSET_WIDE;
        let is_fill = is_fill(self.first_page) || is_fill(self.bits);
        if is_fill || self.bits == 0 || self.bits > MAX_BITS || self.pages > self.bits || !fits {
            let kind = ErrorKind::Invalid { found: self.first_page };
            return Err(ParseError::new(kind, field, bytes.file_offset(field_at)));
        }
        let rest = bytes.tail(self.bitmap_at).as_slice();
        let in_file = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        Ok(PageTable {
            is_old: self.is_old,
            bitmap: rest.get(..in_file).unwrap_or_default(),
            bits: self.bits,
            pages: self.pages,
            first_page: FileOffset(self.first_page),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: u64 = 0x2000;

    fn old(header_size: u32, bits: u32, pages: u32) -> Vec<u8> {
        let mut bytes = b"SDMPDUMP".to_vec();
        for number in [0, header_size, bits, pages, bits.div_ceil(8), 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&[0b101, 0b1]);
        bytes
    }

    fn new(first_page: u64, pages: u64, bits: u64) -> Vec<u8> {
        let mut bytes = b"SDMPDUMP".to_vec();
        bytes.extend_from_slice(&b"PAGE".repeat(6));
        for number in [first_page, pages, bits] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&[0b111, 0]);
        bytes
    }

    fn read_at(bytes: &[u8], dump_type: Option<u32>) -> Result<PageTable<'_>, ParseError> {
        read(Bytes::at(bytes, FileOffset(AT)), dump_type)
    }

    #[test]
    fn the_two_headers_are_told_apart() {
        let bytes = old(0x3000, 9, 3);
        for dump_type in [Some(2), Some(6), None] {
            let table = read_at(&bytes, dump_type).unwrap();
            assert!(table.is_old, "{dump_type:?}");
            assert_eq!((table.bitmap, table.bits), (&[0b101, 1][..], 9));
            assert_eq!(table.first_page, FileOffset(0x3000));
        }
        let bytes = new(0x2043, 3, 16);
        for dump_type in [Some(5), Some(6), Some(7), Some(2), None] {
            let table = read_at(&bytes, dump_type).unwrap();
            assert!(!table.is_old, "{dump_type:?}");
            assert_eq!((table.bits, table.first_page), (16, FileOffset(0x2043)));
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        for bytes in [old(0x2021, 9, 3), old(0x3000, 9, 10), old(0x3000, 0, 0)] {
            let error = read_at(&bytes, Some(2)).unwrap_err();
            assert_eq!(error.at, FileOffset(AT + 0x0C));
        }
        let hostile = new(u64::MAX, 1, u64::MAX);
        assert!(read_at(&hostile, Some(5)).is_err());
        let fill = new(UNSET_WIDE, UNSET_WIDE, UNSET_WIDE);
        assert!(read_at(&fill, Some(5)).is_err());
        // A bitmap that the file cuts off is read as far as it goes.
        let cut = new(1 << 34, 1, 1 << 30);
        assert_eq!(read_at(&cut, Some(5)).unwrap().bitmap.len(), 2);
        assert!(read_at(b"SDMPDUMP", Some(5)).is_err());
    }
}
