//! Physical pages that a bitmap lists: the n-th set bit is the n-th page of the file.

use hvtriage_winfmt::FileOffset;

use super::PAGE;

/// Bytes of bitmap between two counts: 4096 pages, so that 64 GiB cost 32 KiB of counts.
const BLOCK: usize = 512;

/// A bitmap of pages, with the number of set bits before every block of it.
#[derive(Clone, Debug)]
pub(crate) struct BitmapPages<'a> {
    bitmap: &'a [u8],
    /// Bits that count; the last byte may hold more.
    bits: u64,
    ranks: Vec<u64>,
    first_page: u64,
    present: u64,
    promised: u64,
}

impl<'a> BitmapPages<'a> {
    /// Pages of the first `bits` bits of `bitmap`, stored from byte `first_page` of a file of
    /// `file_size` bytes.
    pub(crate) fn new(bitmap: &'a [u8], bits: u64, first_page: FileOffset, file_size: u64) -> Self {
        let bits = bits.min((bitmap.len() as u64).saturating_mul(8));
        let mut ranks = Vec::with_capacity(bitmap.len().div_ceil(BLOCK));
        let mut set = 0_u64;
        for (index, block) in bitmap.chunks(BLOCK).enumerate() {
            ranks.push(set);
            let before = (index as u64).saturating_mul(BLOCK as u64).saturating_mul(8);
            set = set.saturating_add(count_ones(block, bits.saturating_sub(before)));
        }
        let room = file_size.saturating_sub(first_page.0).checked_div(PAGE).unwrap_or(0);
        let first_page = first_page.0;
        Self { bitmap, bits, ranks, first_page, present: set.min(room), promised: set }
    }

    /// Where page number `page` should stand; the file may end before it.
    pub(crate) fn place(&self, page: u64) -> Option<FileOffset> {
        if page >= self.bits {
            return None;
        }
        let byte = usize::try_from(page.checked_div(8)?).ok()?;
        let is_set = self.bitmap.get(byte)?.checked_shr((page & 7) as u32)? & 1 == 1;
        if !is_set {
            return None;
        }
        let block = byte.checked_div(BLOCK)?;
        let start = block.checked_mul(BLOCK)?;
        let before_in_block = page.checked_sub((start as u64).checked_mul(8)?)?;
        let rest = self.bitmap.get(start..)?;
        let rank = self.ranks.get(block)?.checked_add(count_ones(rest, before_in_block))?;
        self.first_page.checked_add(rank.checked_mul(PAGE)?).map(FileOffset)
    }

    /// Pages whose bytes are in the file.
    pub(crate) fn present(&self) -> u64 {
        self.present
    }

    /// Set bits.
    pub(crate) fn promised(&self) -> u64 {
        self.promised
    }

    /// The offset after the last page.
    pub(crate) fn end(&self) -> FileOffset {
        FileOffset(self.first_page.saturating_add(self.promised.saturating_mul(PAGE)))
    }
}

/// Set bits among the first `bits` bits of `bytes`, lowest bit of each byte first.
fn count_ones(bytes: &[u8], bits: u64) -> u64 {
    let whole = usize::try_from(bits >> 3).unwrap_or(usize::MAX).min(bytes.len());
    let (whole_bytes, rest) = bytes.split_at_checked(whole).unwrap_or((bytes, &[]));
    let (words, odd) = whole_bytes.as_chunks::<8>();
    let in_words = words.iter().map(|word| u64::from(u64::from_le_bytes(*word).count_ones()));
    let in_odd = odd.iter().map(|byte| u64::from(byte.count_ones()));
    let mask = 0xFF_u8.checked_shr(8_u32.saturating_sub((bits & 7) as u32)).unwrap_or(0);
    let last = rest.first().map_or(0, |byte| u64::from((byte & mask).count_ones()));
    in_words.chain(in_odd).fold(last, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One bit after the other, which is what the ranks must agree with.
    fn naive(bitmap: &[u8], bits: u64, page: u64) -> Option<u64> {
        let is_set = |page: u64| bitmap[(page / 8) as usize] >> (page % 8) & 1 == 1;
        if page >= bits || !is_set(page) {
            return None;
        }
        Some((0..page).filter(|page| is_set(*page)).count() as u64)
    }

    #[test]
    fn ranks_agree_with_counting_bit_by_bit() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let bitmap: Vec<u8> = (0..BLOCK * 2 + 77)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect();
        let all = bitmap.len() as u64 * 8;
        for bits in [all, all - 3, 4099, 1] {
            let pages = BitmapPages::new(&bitmap, bits, FileOffset(0xA038), u64::MAX);
            for page in (0..all + 9).filter(|page| page % 7 == 0 || *page > all - 20) {
                let expected =
                    naive(&bitmap, bits, page).map(|rank| FileOffset(0xA038 + rank * PAGE));
                assert_eq!(pages.place(page), expected, "page {page} of {bits}");
            }
            let set = (0..bits).filter(|page| naive(&bitmap, bits, *page).is_some()).count() as u64;
            assert_eq!(pages.promised(), set);
        }
    }

    /// The last byte counts only as far as the bits go: 12 bits of `ff ff` are 12 pages.
    #[test]
    fn a_partial_last_byte_counts() {
        let pages = BitmapPages::new(&[0xff, 0xff], 12, FileOffset(0x3000), 0x3000 + 5 * PAGE);
        assert_eq!((pages.promised(), pages.present()), (12, 5));
        assert_eq!(pages.place(11), Some(FileOffset(0x3000 + 11 * PAGE)));
        assert_eq!(pages.place(12), None);
    }
}
