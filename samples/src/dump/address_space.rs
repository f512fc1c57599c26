//! Virtual memory, with the page tables that a processor would walk.

use std::collections::BTreeMap;

use super::block::usize_of;
use super::physical::{FIRST_TABLE, LARGE, PAGE, PhysicalMemory};

/// Present, writable, accessed, dirty.
const VALID: u64 = 0x63;
/// The same for 2 MiB, and global.
const VALID_LARGE: u64 = 0x1E3;
const NO_EXECUTE: u64 = 1 << 63;
/// Not present, but still in its page: on the standby list, protection read-write.
const TRANSITION: u64 = 0x880;
/// Not present: in the page file, at this place of it.
const IN_PAGE_FILE: u64 = (0x0001_A2B3 << 32) | 0x80;
/// Where the kernel of every Windows before 10 sees the page tables themselves.
const SELF_MAP: u64 = 0x1ED;

/// Physical address of the top page table: the one that is made first.
pub(super) const TOP_TABLE: u64 = FIRST_TABLE * PAGE;

/// How a page of 4 KiB is mapped.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Valid(u64),
    Transition(u64),
    InPageFile,
}

/// The kernel's half of an address space; user addresses are not mapped.
#[derive(Clone, Debug, Default)]
pub(super) struct AddressSpace {
    memory: PhysicalMemory,
    small: BTreeMap<u64, Entry>,
    large: BTreeMap<u64, u64>,
}

impl AddressSpace {
    /// Maps all of `[start, end)` with pages of 2 MiB; only what is written of them is kept.
    pub(super) fn map_large(&mut self, start: u64, end: u64) {
        let size = PAGE * LARGE;
        for large in start / size..end.div_ceil(size) {
            let page = self.memory.new_large();
            self.large.insert(large, page);
        }
    }

    /// Lets the next write to the page of `address` go to a page in transition.
    pub(super) fn map_transition(&mut self, address: u64) {
        let page = self.memory.new_page();
        self.map_small(address, Entry::Transition(page));
    }

    /// The page of `address` is in the page file: nothing can be written to it.
    pub(super) fn map_page_file(&mut self, address: u64) {
        self.map_small(address, Entry::InPageFile);
    }

    /// Large pages stay what they are: they are never paged out.
    fn map_small(&mut self, address: u64, entry: Entry) {
        if !self.large.contains_key(&(address / (PAGE * LARGE))) {
            self.small.insert(address / PAGE, entry);
        }
    }

    /// Writes `bytes` at `address`, on new pages where none are mapped.
    pub(super) fn write(&mut self, address: u64, bytes: &[u8]) {
        let mut address = address;
        let mut rest = bytes;
        while !rest.is_empty() {
            let offset = address % PAGE;
            let count = rest.len().min(usize_of(PAGE - offset));
            let (now, later) = rest.split_at(count);
            if let Some(page) = self.page_for(address) {
                let start = usize_of(offset);
                if let Some(place) = self.memory.page_mut(page).get_mut(start..start + count) {
                    place.copy_from_slice(now);
                }
            }
            address += count as u64;
            rest = later;
        }
    }

    /// The bytes at `address`, zero where nothing is mapped.
    pub(super) fn read(&self, address: u64, size: u64) -> Vec<u8> {
        let byte = |address: u64| {
            let page = self.memory.page(self.find(address)?)?;
            page.get(usize_of(address % PAGE)).copied()
        };
        (address..address + size).map(|address| byte(address).unwrap_or(0)).collect()
    }

    /// Whether a page is kept for `address`.
    pub(super) fn is_kept(&self, address: u64) -> bool {
        self.find(address).is_some_and(|page| self.memory.page(page).is_some())
    }

    /// Writes page tables of `levels` levels, 4 or 5, and gives all pages.
    pub(super) fn finish(mut self, levels: usize) -> PhysicalMemory {
        let mut tables = Tables { memory: self.memory, known: BTreeMap::new(), levels };
        let top = tables.table(Path::default());
        tables.set(top, SELF_MAP, (top * PAGE) | VALID | NO_EXECUTE);
        for (large, page) in &self.large {
            let directory = tables.walk(large * LARGE, levels - 2);
            tables.set(directory, large % 0x200, (page * PAGE) | VALID_LARGE);
        }
        for (small, entry) in std::mem::take(&mut self.small) {
            let table = tables.walk(small, levels - 1);
            let value = match entry {
                Entry::Valid(page) => (page * PAGE) | VALID | NO_EXECUTE,
                Entry::Transition(page) => (page * PAGE) | TRANSITION,
                Entry::InPageFile => IN_PAGE_FILE,
            };
            tables.set(table, small % 0x200, value);
        }
        tables.memory
    }

    fn find(&self, address: u64) -> Option<u64> {
        if let Some(first) = self.large.get(&(address / (PAGE * LARGE))) {
            return Some(first + address / PAGE % LARGE);
        }
        match self.small.get(&(address / PAGE))? {
            Entry::Valid(page) | Entry::Transition(page) => Some(*page),
            Entry::InPageFile => None,
        }
    }

    fn page_for(&mut self, address: u64) -> Option<u64> {
        if self.find(address).is_none() && !self.small.contains_key(&(address / PAGE)) {
            let page = self.memory.new_page();
            self.small.insert(address / PAGE, Entry::Valid(page));
        }
        self.find(address)
    }
}

/// The indexes that lead to a table from the top one, each one up, so that 0 says "not stepped yet".
type Path = [u64; 4];

/// The page tables that were needed so far.
#[derive(Debug)]
struct Tables {
    memory: PhysicalMemory,
    /// The page of a table, by the way to it.
    known: BTreeMap<Path, u64>,
    levels: usize,
}

impl Tables {
    /// The table that `steps` steps lead to for the page `number`, made with all tables above it.
    fn walk(&mut self, number: u64, steps: usize) -> u64 {
        let indexes = [36, 27, 18, 9].map(|shift| number >> shift & 0x1FF);
        let mut path = Path::default();
        let mut table = self.table(path);
        // Of four levels the highest index is none.
        let indexes = indexes.into_iter().skip(5 - self.levels);
        for (index, step) in indexes.take(steps).zip(0..) {
            if let Some(place) = path.get_mut::<usize>(step) {
                *place = index + 1;
            }
            let next = self.table(path);
            self.set(table, index, (next * PAGE) | VALID);
            table = next;
        }
        table
    }

    fn table(&mut self, path: Path) -> u64 {
        if let Some(page) = self.known.get(&path) {
            return *page;
        }
        let page = self.memory.new_table();
        self.memory.page_mut(page);
        self.known.insert(path, page);
        page
    }

    fn set(&mut self, table: u64, index: u64, value: u64) {
        let at = usize_of(index * 8);
        if let Some(entry) = self.memory.page_mut(table).get_mut(at..at + 8) {
            entry.copy_from_slice(&value.to_le_bytes());
        }
    }
}
