//! Page tables of x86: two levels with entries of 4 bytes, or three with entries of 8.

use super::block::{Block, usize_of};
use super::physical::PAGE;

const PRESENT: u64 = 1;
/// Present, writable, accessed, dirty.
const VALID: u64 = 0x63;

/// The tables that map the virtual pages `pages` (sorted, by number) to the physical pages behind the tables,
/// in that order. The tables stand from the physical page `first` on; the first one is the top one.
pub(super) fn page_tables(pages: &[u64], first: u64, has_wide_entries: bool) -> Vec<Block> {
    let entries_per_table = if has_wide_entries { 0x200 } else { 0x400 };
    let mut covered: Vec<u64> = pages.iter().map(|page| page / entries_per_table).collect();
    covered.dedup();
    let upper = if has_wide_entries { wide_upper(&covered, first) } else { upper(&covered, first) };
    let first_behind = first + upper.len() as u64 + covered.len() as u64;
    let mut tables = upper;
    for part in &covered {
        let mut table = Block::zeros(PAGE);
        for (page, physical) in pages.iter().zip(first_behind..) {
            if page / entries_per_table == *part {
                let value = (physical * PAGE) | VALID;
                put(&mut table, page % entries_per_table, value, has_wide_entries);
            }
        }
        tables.push(table);
    }
    tables
}

/// The top table of two levels: an entry for each table that stands behind it.
fn upper(covered: &[u64], first: u64) -> Vec<Block> {
    let mut top = Block::zeros(PAGE);
    for (part, table) in covered.iter().zip(first + 1..) {
        put(&mut top, *part, (table * PAGE) | VALID, false);
    }
    vec![top]
}

/// The top table of three levels with its four entries, and the four tables that they lead to.
fn wide_upper(covered: &[u64], first: u64) -> Vec<Block> {
    let mut tables = vec![Block::zeros(PAGE); 5];
    for (part, table) in covered.iter().zip(first + 5..) {
        let directory = part / 0x200;
        if let Some(top) = tables.first_mut() {
            put(top, directory, ((first + 1 + directory) * PAGE) | PRESENT, true);
        }
        if let Some(directory) = tables.get_mut(usize_of(directory + 1)) {
            put(directory, part % 0x200, (table * PAGE) | VALID, true);
        }
    }
    tables
}

fn put(table: &mut Block, index: u64, value: u64, is_wide: bool) {
    if is_wide {
        table.u64(index * 8, value);
    } else {
        table.u32(index * 4, value as u32);
    }
}
