//! How much memory would the package take for a `LocaleMetaData` file?
//!
//! Its pages name records by offset, and its tables name strings by number. Nothing forbids that
//! all of them name the largest one, and the package copies it each time: 180 KiB make 480 MiB. So the
//! file is walked as the package walks it, and what would be copied is added up. Where the walk meets
//! damage it ends, as the package does.

use std::collections::BTreeMap;

use hvtriage_winfmt::Bytes;

const FILE_HEADER: u64 = 24;
const SECTION_DESCRIPTOR: u64 = 20;
const PAGE: u64 = 888;
const PAGE_NEXT: u64 = 72;
const PAGE_SELF: u64 = 80;
const PAGE_RECORDS: u64 = 88;
const SLOT: u64 = 8;
const RECORD_HEADER: u64 = 8;
/// What an entry of a table takes beside its text.
const ENTRY_COST: u64 = 64;
/// Times the file's size that may be taken. A real one takes 1.7.
const PROPORTION: u64 = 16;

/// Whether reading `bytes` takes memory in proportion to their number.
pub(super) fn is_in_proportion(bytes: &[u8]) -> bool {
    let bytes = Bytes::new(bytes);
    let mut scale = Scale { left: bytes.len().saturating_mul(PROPORTION), texts: BTreeMap::new() };
    // Strings first: publishers refer to them.
    for name in ["MSG", "EVT", "PUB"] {
        let Some(section) = section(bytes, name) else { continue };
        if scale.weigh_section(section, name) == Walk::TooHeavy {
            return false;
        }
    }
    true
}

struct Scale {
    left: u64,
    /// Size of each string, by its number.
    texts: BTreeMap<u32, u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// To the end, or to where the package stops.
    Done,
    TooHeavy,
}

/// The first section called `name`.
fn section<'a>(bytes: Bytes<'a>, name: &str) -> Option<Bytes<'a>> {
    let wanted: Vec<u8> = name.bytes().flat_map(|letter| [letter, 0]).collect();
    let mut at = FILE_HEADER;
    for _ in 0..bytes.u32_at(20, "sections").ok()? {
        let start = bytes.u64_at(at, "section").ok()?;
        let size = bytes.u64_at(at.saturating_add(8), "section").ok()?;
        let name_size = u64::from(bytes.u32_at(at.saturating_add(16), "section").ok()?);
        at = at.saturating_add(SECTION_DESCRIPTOR);
        let stored = bytes.slice_at(at, name_size, "section").ok()?.as_slice();
        at = at.saturating_add(name_size);
        if stored.strip_suffix(&[0, 0]).unwrap_or(stored) == wanted || stored == wanted {
            return bytes.slice_at(start, size, "section").ok();
        }
    }
    None
}

impl Scale {
    fn take(&mut self, cost: u64) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }

    fn weigh_section(&mut self, section: Bytes<'_>, name: &str) -> Walk {
        let mut page = 0;
        for _ in 0..=section.len() / PAGE {
            let Ok(header) = section.slice_at(page, PAGE, "page") else { return Walk::Done };
            for slot in (PAGE_RECORDS..PAGE).step_by(8) {
                let Ok(offset) = header.u64_at(slot, "slot") else { return Walk::Done };
                if offset == 0 {
                    continue;
                }
                let Some((number, payload)) = record(section, offset) else { return Walk::Done };
                if self.weigh_record(name, number, payload).is_none() {
                    return Walk::TooHeavy;
                }
            }
            let next = header.u64_at(PAGE_NEXT, "page");
            match next {
                Ok(next) if header.u64_at(PAGE_SELF, "page") != Ok(next) => page = next,
                _ => return Walk::Done,
            }
        }
        Walk::Done
    }

    /// `None` when the scale is used up.
    fn weigh_record(&mut self, name: &str, number: u32, payload: Bytes<'_>) -> Option<()> {
        match name {
            "MSG" => {
                self.texts.entry(number).or_insert(payload.len());
                // UTF-16 takes up to half as much again in UTF-8.
                self.take(payload.len().saturating_mul(3) / 2)?;
                self.take(ENTRY_COST)
            }
            "PUB" => self.weigh_publisher(payload),
            _ => self.take(ENTRY_COST),
        }
    }

    /// Levels, tasks, opcodes and keywords, each a count and pairs of a value and a string's number;
    /// then the name.
    fn weigh_publisher(&mut self, payload: Bytes<'_>) -> Option<()> {
        self.take(payload.len().saturating_mul(3))?;
        let mut at = 0_u64;
        for _ in 0..4 {
            let Ok(count) = payload.u32_at(at, "count") else { return Some(()) };
            let size = u64::from(count).saturating_mul(SLOT);
            at = at.saturating_add(4);
            let Ok(pairs) = payload.slice_at(at, size, "table") else { return Some(()) };
            for pair in (0..pairs.len()).step_by(8) {
                let text = pairs.u32_at(pair.saturating_add(4), "string").unwrap_or(u32::MAX);
                let size = self.texts.get(&text).copied().unwrap_or_default();
                self.take(size.saturating_add(ENTRY_COST))?;
            }
            at = at.saturating_add(size);
        }
        Some(())
    }
}

fn record(section: Bytes<'_>, offset: u64) -> Option<(u32, Bytes<'_>)> {
    let number = section.u32_at(offset, "record").ok()?;
    let size = section.u32_at(offset.checked_add(4)?, "record").ok()?;
    let payload =
        section.slice_at(offset.checked_add(RECORD_HEADER)?, u64::from(size), "record").ok()?;
    Some((number, payload))
}
