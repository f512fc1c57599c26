//! The page ranges of a dump that a debugger wrote (`RDMP`): pairs of page number and count, then
//! the pages of all ranges, one after the other.

use hvtriage_winfmt::{Bytes, ErrorKind, FileOffset, ParseError};

use super::problems::Problems;
use crate::header::PhysicalRun;

/// Where the pairs start, and what each of them takes.
const FIRST_RANGE: u64 = 0x30;
const RANGE_BYTES: u64 = 16;
/// `DumpType` of the one kind whose list ends by its count of pages instead of by a zero.
const FULL_MEMORY: u32 = 0xA;
/// More ranges than a machine of 64 GiB has when every fourth page is left out. Each one takes 24
/// bytes here and 16 in the file.
const RANGE_LIMIT: usize = 1 << 22;

/// The ranges of a dump, and where their pages start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRanges {
    pub(super) ranges: Vec<PhysicalRun>,
    pub(super) first_page: FileOffset,
}

/// Whether the marks of such a list stand at the start of `bytes`.
pub(super) fn stand_at(bytes: Bytes<'_>) -> bool {
    bytes.as_slice().get(4..12) == Some(b"RDMPDUMP")
}

/// Reads the list that stands at the start of `bytes`, in a dump of type `dump_type`.
///
/// # Errors
/// A list that the file ends in, or whose pages would start inside it.
pub(super) fn read(
    bytes: Bytes<'_>,
    dump_type: Option<u32>,
    problems: &mut Problems,
) -> Result<PageRanges, ParseError> {
    const FIRST_PAGE: u64 = 0x18;
    const FIELD: &str = "RDMP FirstPageOffset";
    let first_page = bytes.u64_at(FIRST_PAGE, FIELD)?;
    let list_at = bytes.file_offset(FIRST_RANGE);
    let list_bytes = first_page.checked_sub(list_at.0).ok_or_else(|| {
        let kind = ErrorKind::Invalid { found: first_page };
        ParseError::new(kind, FIELD, bytes.file_offset(FIRST_PAGE))
    })?;
    // Both numbers say where the list ends. Only the first is needed.
    let metadata_bytes = bytes.u64_at(0x10, "RDMP MetadataSize")?;
    let metadata_end = bytes.file_offset(0x20).checked_add(metadata_bytes).map(|end| end.0);
    if metadata_end != Some(first_page) {
        let message =
            format!("{metadata_bytes} bytes of page ranges do not end at {first_page:#x}");
        problems.add(bytes.file_offset(0x10), message);
    }
    let page_count = if dump_type == Some(FULL_MEMORY) {
        Some(bytes.u64_at(0x28, "RDMP TotalNumberOfPages")?)
    } else {
        None
    };
    let promised = list_bytes.checked_div(RANGE_BYTES).unwrap_or(0);
    let list = Bytes::at(bytes.tail(FIRST_RANGE).as_slice(), list_at);
    let in_file = list.len().checked_div(RANGE_BYTES).unwrap_or(0);
    let found = collect(list, promised.min(in_file), page_count);
    if !found.is_ended && in_file < promised {
        let message = format!("the list of page ranges is cut after {in_file} of {promised}");
        problems.add(list_at, message);
    } else if found.ranges.len() >= RANGE_LIMIT {
        problems.add(list_at, format!("{RANGE_LIMIT} of {promised} page ranges are read"));
    }
    Ok(PageRanges { ranges: found.ranges, first_page: FileOffset(first_page) })
}

struct Collected {
    ranges: Vec<PhysicalRun>,
    /// Whether the list ended by itself.
    is_ended: bool,
}

fn collect(list: Bytes<'_>, count: u64, page_count: Option<u64>) -> Collected {
    let mut ranges = Vec::new();
    let mut pages = 0_u64;
    for index in 0..count {
        let at = index.saturating_mul(RANGE_BYTES);
        let number = |at| list.u64_at(at, "RDMP range").unwrap_or(0);
        let range =
            PhysicalRun { first_page: number(at), page_count: number(at.saturating_add(8)) };
        let is_last = match page_count {
            Some(page_count) => pages >= page_count,
            None => range.first_page == 0,
        };
        if is_last || range.page_count == 0 {
            return Collected { ranges, is_ended: true };
        }
        if ranges.len() >= RANGE_LIMIT {
            break;
        }
        pages = pages.saturating_add(range.page_count);
        ranges.push(range);
    }
    Collected { ranges, is_ended: page_count.is_some_and(|page_count| pages >= page_count) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    const AT: u64 = 0x2000;

    /// The list with `ranges`, room for four of them, and `pages` as its count of pages.
    fn list(ranges: &[(u64, u64)], pages: u64) -> Vec<u8> {
        let mut bytes = vec![0; 0x70];
        let mut put = |at: usize, bytes_at: &[u8]| {
            bytes[at..at + bytes_at.len()].copy_from_slice(bytes_at);
        };
        put(0, b"\x40\0\0\0RDMPDUMP");
        put(0x10, &0x50_u64.to_le_bytes());
        put(0x18, &(AT + 0x70).to_le_bytes());
        put(0x28, &pages.to_le_bytes());
        for (index, (first_page, page_count)) in ranges.iter().enumerate() {
            put(0x30 + index * 16, &first_page.to_le_bytes());
            put(0x38 + index * 16, &page_count.to_le_bytes());
        }
        bytes
    }

    fn ranges_of(bytes: &[u8], dump_type: u32) -> (Vec<(u64, u64)>, usize) {
        let mut problems = Problems::default();
        let found = read(Bytes::at(bytes, FileOffset(AT)), Some(dump_type), &mut problems).unwrap();
        assert_eq!(found.first_page, FileOffset(AT + 0x70));
        let ranges = found.ranges.iter().map(|range| (range.first_page, range.page_count));
        (ranges.collect(), problems.into_vec().len())
    }

    #[test]
    fn the_list_ends_at_page_0_or_at_the_count_of_pages() {
        let bytes = list(&[(0x100, 2), (7, 1), (0, 9), (4, 4)], 3);
        assert!(stand_at(Bytes::new(&bytes)));
        let expected = vec![(0x100, 2), (7, 1)];
        assert_eq!(ranges_of(&bytes, 8), (expected.clone(), 0));
        assert_eq!(ranges_of(&bytes, 9), (expected.clone(), 0));
        assert_eq!(ranges_of(&bytes, 0xA), (expected, 0));
        let from_page_0 = list(&[(0, 2), (7, 1)], 3);
        assert_eq!(ranges_of(&from_page_0, 0xA).0, [(0, 2), (7, 1)]);
    }

    #[test]
    fn a_list_that_is_cut_or_does_not_fit_is_said() {
        let bytes = list(&[(0x100, 2), (7, 1), (0x20, 1), (9, 1)], 100);
        assert_eq!(ranges_of(&bytes[..0x58], 8), (vec![(0x100, 2), (7, 1)], 1));
        let mut wrong = bytes.clone();
        wrong[0x10] = 0x60;
        assert_eq!(ranges_of(&wrong, 8).1, 1);
        let mut inside = bytes;
        inside[0x18..0x20].copy_from_slice(&(AT + 8).to_le_bytes());
        let read = read(Bytes::at(&inside, FileOffset(AT)), Some(8), &mut Problems::default());
        assert_eq!(read.unwrap_err().at, FileOffset(AT + 0x18));
    }
}
