//! Which text does a message table hold for a number?
//!
//! `MESSAGE_RESOURCE_DATA` is a count and as many `MESSAGE_RESOURCE_BLOCK`s: lowest number, highest
//! number, offset of the entries. A `MESSAGE_RESOURCE_ENTRY` is its own length with this header, a
//! flag that is 1 for UTF-16, and the text.

use hvtriage_winfmt::{Bytes, decode_utf16le};

const BLOCK: u64 = 12;
const ENTRY_HEADER: u64 = 4;
const IS_UTF16: u16 = 1;
/// `LANG_ENGLISH`, `SUBLANG_ENGLISH_US`.
const ENGLISH: u32 = 0x0409;
const NEUTRAL: u32 = 0;

/// The number that manifests write for no message.
pub(super) const NO_MESSAGE: u32 = u32::MAX;

/// The messages of one resource.
#[derive(Clone, Debug, Default)]
pub(super) struct MessageTable {
    /// 0 is read first.
    pub(super) rank: u8,
    /// All texts, one behind the other.
    texts: String,
    /// Number of a message, and where its text begins and ends; sorted by number.
    entries: Vec<(u32, u32, u32)>,
    /// Whether all of the resource could be read.
    pub(super) is_whole: bool,
}

impl MessageTable {
    pub(super) fn read(language: u32, data: Bytes<'_>) -> Self {
        let rank = match language {
            ENGLISH => 0,
            NEUTRAL => 1,
            _ => 2,
        };
        let mut table = Self { rank, ..Self::default() };
        table.is_whole = table.read_blocks(data).is_some();
        // The first one of a number counts, as it does for Windows, which stops at the first block.
        table.entries.sort_by_key(|(number, ..)| *number);
        table.entries.dedup_by_key(|(number, ..)| *number);
        table.texts.shrink_to_fit();
        table.entries.shrink_to_fit();
        table
    }

    /// `None` at the first thing that cannot be read; what stands before is kept.
    fn read_blocks(&mut self, data: Bytes<'_>) -> Option<()> {
        // Entries do not overlap, so that together they take no more than the resource.
        let mut bytes_left = data.len();
        for index in 0..u64::from(data.u32_at(0, "blocks").ok()?) {
            let at = index.checked_mul(BLOCK)?.checked_add(4)?;
            let low = data.u32_at(at, "block").ok()?;
            let high = data.u32_at(at.checked_add(4)?, "block").ok()?;
            let mut entry = u64::from(data.u32_at(at.checked_add(8)?, "block").ok()?);
            for number in low..=high {
                let length = data.u16_at(entry, "entry").ok()?;
                let flags = data.u16_at(entry.checked_add(2)?, "entry").ok()?;
                let size = u64::from(length).checked_sub(ENTRY_HEADER)?;
                let text = data.slice_at(entry.checked_add(ENTRY_HEADER)?, size, "entry").ok()?;
                bytes_left = bytes_left.checked_sub(u64::from(length))?;
                self.push(number, text.as_slice(), flags)?;
                entry = entry.checked_add(u64::from(length))?;
            }
        }
        Some(())
    }

    fn push(&mut self, number: u32, text: &[u8], flags: u16) -> Option<()> {
        let text = if flags & IS_UTF16 != 0 {
            decode_utf16le(text)
        } else {
            // The code page is not known; ASCII is the same in all of them.
            match std::str::from_utf8(text) {
                Ok(text) => text.to_owned(),
                Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
            }
        };
        let start = u32::try_from(self.texts.len()).ok()?;
        self.texts.push_str(text.trim_end_matches('\0'));
        let end = u32::try_from(self.texts.len()).ok()?;
        self.entries.push((number, start, end));
        Some(())
    }

    /// The text of a message, inserts and all.
    pub(super) fn get(&self, number: u32) -> Option<&str> {
        let found = self.entries.binary_search_by_key(&number, |(number, ..)| *number).ok()?;
        let (_, start, end) = self.entries.get(found)?;
        self.texts.get(usize::try_from(*start).ok()?..usize::try_from(*end).ok()?)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        self.texts.len().saturating_add(self.entries.len().saturating_mul(12))
    }
}
