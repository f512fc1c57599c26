//! The pages of the machine that are worth keeping.

use std::collections::BTreeMap;

use super::block::usize_of;

/// Bytes of a page.
pub(super) const PAGE: u64 = 0x1000;
/// Pages of a large page.
pub(super) const LARGE: u64 = 0x200;
/// The machine has so many pages: nearly 512 MiB. No multiple of 8, so that the last byte of a
/// bitmap counts only in part.
pub(super) const PAGE_COUNT: u64 = 0x1_FFF5;
/// Memory that the firmware keeps for itself lies between these runs of all pages.
pub(super) const ALL_RUNS: [(u64, u64); 2] = [(0x1, 0x9E), (0x100, PAGE_COUNT - 0x100)];

/// The page where Windows 7 keeps the system's top page table.
pub(super) const FIRST_TABLE: u64 = 0x187;
const FIRST_LARGE: u64 = 0x1800;
/// Small pages are handed out downwards, and after so many some are skipped: what lies side by
/// side in virtual memory does not in physical memory, and the pages come in several runs.
const RUN: u64 = 13;
const GAP: u64 = 3;

/// Pages by number.
#[derive(Clone, Debug, Default)]
pub(super) struct PhysicalMemory {
    pages: BTreeMap<u64, Vec<u8>>,
    small: u64,
    tables: u64,
    large: u64,
}

impl PhysicalMemory {
    /// Number of a page for data.
    pub(super) fn new_page(&mut self) -> u64 {
        let page = PAGE_COUNT - 1 - self.small - self.small / RUN * GAP;
        self.small += 1;
        page
    }

    /// Number of a page for page tables.
    pub(super) fn new_table(&mut self) -> u64 {
        self.tables += 1;
        FIRST_TABLE + self.tables - 1
    }

    /// Number of the first page of 2 MiB, aligned.
    pub(super) fn new_large(&mut self) -> u64 {
        self.large += 1;
        FIRST_LARGE + (self.large - 1) * LARGE
    }

    /// The bytes of a page, which is zero and kept from now on.
    pub(super) fn page_mut(&mut self, page: u64) -> &mut [u8] {
        self.pages.entry(page).or_insert_with(|| vec![0; usize_of(PAGE)])
    }

    pub(super) fn page(&self, page: u64) -> Option<&[u8]> {
        self.pages.get(&page).map(Vec::as_slice)
    }

    /// The pages that are kept, lowest number first.
    pub(super) fn pages(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.pages.iter().map(|(page, bytes)| (*page, bytes.as_slice()))
    }

    pub(super) fn count(&self) -> u64 {
        self.pages.len() as u64
    }

    /// First page and count of each run of pages that are kept.
    pub(super) fn runs(&self) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for page in self.pages.keys() {
            match runs.last_mut() {
                Some((first, count)) if *first + *count == *page => *count += 1,
                _ => runs.push((*page, 1)),
            }
        }
        runs
    }

    /// One bit for each page of the machine, set where it is kept; whole 32-bit words.
    pub(super) fn bitmap(&self) -> Vec<u8> {
        let mut bitmap = vec![0; usize_of(PAGE_COUNT.div_ceil(32) * 4)];
        for page in self.pages.keys() {
            if let Some(byte) = bitmap.get_mut(usize_of(page / 8)) {
                *byte |= 1 << (page % 8);
            }
        }
        bitmap
    }
}
