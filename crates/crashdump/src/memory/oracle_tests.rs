//! Reads of any place and size, against an oracle that knows every byte by its own map.

use std::collections::BTreeMap;

use hvtriage_winfmt::{FileOffset, PhysAddr, VirtAddr};

use super::{BitmapPages, PageTables, Paging, PhysicalMemory, RunPages, VirtualMemory};
use crate::header::PhysicalRun;

/// The top, and three tables below it, are these pages; the last maps 512 pages at `BASE`.
const TABLES: [u64; 4] = [1, 2, 3, 4];
const BASE: u64 = 0xffff_f800_0000_0000;
/// Numbers of the pages that data may be in.
const DATA: std::ops::Range<u64> = 0x10..0x50;
const MAPPED: u64 = 0x40;

/// xorshift64: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A machine, stored in one order of pages.
struct Stored {
    file: Vec<u8>,
    /// Offset in the file of each page that is stored.
    places: BTreeMap<u64, usize>,
    /// Physical page of each page from `BASE` on that is mapped.
    mapped: BTreeMap<u64, u64>,
    runs: Vec<PhysicalRun>,
    bitmap: Vec<u8>,
    start: u64,
}

impl Stored {
    /// Runs in some order behind the tables, or pages by number.
    fn new(numbers: &mut Numbers, is_by_number: bool) -> Self {
        let start = numbers.below(0x2000);
        let data: Vec<u64> = DATA.filter(|_| numbers.below(3) > 0).collect();
        let mut runs: Vec<PhysicalRun> = Vec::new();
        for first_page in data {
            match runs.last_mut() {
                Some(run) if run.first_page + run.page_count == first_page => run.page_count += 1,
                _ => runs.push(PhysicalRun { first_page, page_count: 1 }),
            }
        }
        if !is_by_number {
            for index in (1..runs.len()).rev() {
                runs.swap(index, numbers.below(index as u64 + 1) as usize);
            }
        }
        runs.insert(0, PhysicalRun { first_page: 1, page_count: 4 });
        let mut stored = Self {
            file: vec![0xCC; start as usize],
            places: BTreeMap::new(),
            mapped: BTreeMap::new(),
            bitmap: vec![0; 10],
            runs,
            start,
        };
        for page in
            stored.runs.iter().flat_map(|run| run.first_page..run.first_page + run.page_count)
        {
            stored.places.insert(page, stored.file.len());
            stored.bitmap[page as usize / 8] |= 1 << (page % 8);
            stored.file.extend((0..0x1000).map(|_| numbers.below(256) as u8));
        }
        stored.map(numbers);
        stored
    }

    fn map(&mut self, numbers: &mut Numbers) {
        for table in TABLES {
            let at = self.places[&table];
            self.file[at..at + 0x1000].fill(0);
        }
        for (table, index) in [(1, 0x1f0), (2, 0), (3, 0)] {
            self.put(table, index, ((table + 1) << 12) | 0x63);
        }
        for page in 0..MAPPED {
            let to = DATA.start + numbers.below(DATA.end - DATA.start);
            match numbers.below(8) {
                0 => self.put(4, page, 0x80),
                // In transition: bit 11, and not present.
                1 | 2 => {
                    self.put(4, page, (to << 12) | 0x880);
                    self.mapped.insert(page, to);
                }
                _ => {
                    self.put(4, page, (to << 12) | 0x8000_0000_0000_0063);
                    self.mapped.insert(page, to);
                }
            }
        }
    }

    fn put(&mut self, table: u64, index: u64, entry: u64) {
        let at = self.places[&table] + index as usize * 8;
        self.file[at..at + 8].copy_from_slice(&entry.to_le_bytes());
    }

    fn physical_byte(&self, file: &[u8], address: u64) -> Option<u8> {
        let place = self.places.get(&(address / 0x1000))?;
        file.get(place + (address % 0x1000) as usize).copied()
    }

    fn virtual_byte(&self, file: &[u8], address: u64) -> Option<u8> {
        let offset = address.checked_sub(BASE)?;
        let page = self.mapped.get(&(offset / 0x1000))?;
        self.physical_byte(file, page * 0x1000 + offset % 0x1000)
    }

    fn memory<'a>(&'a self, file: &'a [u8], is_bitmap: bool) -> PhysicalMemory<'a> {
        let size = file.len() as u64;
        if is_bitmap {
            let pages = BitmapPages::new(&self.bitmap, DATA.end, FileOffset(self.start), size);
            return PhysicalMemory::of_bitmap(file, pages);
        }
        PhysicalMemory::of_runs(file, RunPages::new(&self.runs, self.start, size))
    }
}

fn size_of_read(numbers: &mut Numbers) -> u64 {
    let limit = [1, 9, 0x1000, 0x3800][numbers.below(4) as usize];
    numbers.below(limit) + 1
}

#[test]
fn every_read_equals_the_oracle_in_every_order_of_pages() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut good, mut bad) = (0, 0);
    for round in 0..24 {
        let is_bitmap = round % 2 == 0;
        let stored = Stored::new(&mut numbers, is_bitmap);
        let tables_end = stored.start as usize + 0x4000;
        let cut = match round % 3 {
            0 => tables_end + numbers.below((stored.file.len() - tables_end) as u64) as usize,
            _ => stored.file.len(),
        };
        let file = &stored.file[..cut];
        let physical = stored.memory(file, is_bitmap);
        let virtual_memory = VirtualMemory::Paged {
            physical: physical.clone(),
            tables: PageTables::new(Paging::Long { levels: 4 }, 0x1002),
            pointer_size: 8,
        };
        for _ in 0..80 {
            let size = size_of_read(&mut numbers);
            let mut buffer = vec![0; size as usize];
            let at = numbers.below(DATA.end * 0x1000 + 0x1000);
            let expected: Option<Vec<u8>> =
                (at..at + size).map(|at| stored.physical_byte(file, at)).collect();
            let read = physical.read(PhysAddr(at), &mut buffer);
            assert_eq!(read.ok().map(|()| buffer.clone()), expected, "{size:#x} at {at:#x}");

            let at = BASE + numbers.below((MAPPED + 1) * 0x1000);
            let expected: Option<Vec<u8>> =
                (at..at + size).map(|at| stored.virtual_byte(file, at)).collect();
            let read = virtual_memory.read(VirtAddr(at), &mut buffer);
            *(if read.is_ok() { &mut good } else { &mut bad }) += 1;
            assert_eq!(read.ok().map(|()| buffer), expected, "{size:#x} at {at:#x}");
        }
    }
    assert!(good > 400 && bad > 400, "{good} reads were possible, {bad} were not");
}
