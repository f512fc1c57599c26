//! Data that drivers put behind the dump proper.

use super::SecondarySpec;
use super::block::Block;

/// The mark of the whole: build 19041, free.
const BUILD: u32 = 0xF000_4A61;

/// Appends all `pieces`, if there is one, with their headers.
pub(super) fn append(file: &mut Vec<u8>, pieces: &[SecondarySpec]) {
    if pieces.is_empty() {
        return;
    }
    let mut block = Block::default();
    block.put(0, b"DumpBlob");
    block.u32(8, 0x10);
    block.u32(12, BUILD);
    for piece in pieces {
        let at = block.len();
        let size = piece.data.len() as u64;
        // Data is filled up to 4 bytes.
        let filling = size.next_multiple_of(4) - size;
        block.u32(at, 0x20);
        block.put(at + 0x04, &guid_bytes(&piece.guid));
        block.u32(at + 0x14, size as u32);
        block.u32(at + 0x18, 0);
        block.u32(at + 0x1C, filling as u32);
        block.put(at + 0x20, &piece.data);
        block.put(at + 0x20 + size, &vec![0; filling as usize]);
    }
    file.extend(block.into_bytes());
}

/// A GUID as Windows stores it: the first three groups are little-endian numbers.
fn guid_bytes(text: &str) -> [u8; 16] {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let [a, b, c, d, e, f, g, h, rest @ ..] =
        u128::from_str_radix(&digits, 16).unwrap_or_default().to_be_bytes();
    let [i, j, k, l, m, n, o, p] = rest;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
}

/// The tables of the firmware of a virtual machine of Hyper-V, as Windows keeps them: who made it, and
/// the number that the host knows it by.
pub(super) fn smbios(virtual_machine: [u8; 16]) -> Vec<u8> {
    // Firmware: vendor, version and date by the numbers of their strings; where it begins, its size.
    let mut tables = vec![0, 0x18, 0, 0, 1, 2, 0, 0xF0, 3, 3];
    tables.extend([0x90, 0xDA, 0xCB, 0x7F, 1, 0, 0, 0, 0x33, 0x05, 8, 2, 0xFF, 0xFF]);
    put_strings(&mut tables, &["American Megatrends Inc.", "090006", "05/23/2012"]);
    // System of version 2.1: without the two strings that came later.
    tables.extend([1, 0x19, 1, 0, 1, 2, 3, 4]);
    tables.extend(virtual_machine);
    // Woken by the power switch.
    tables.push(6);
    let serial = "7162-3549-0263-1749-6158-5012-33";
    put_strings(&mut tables, &["Microsoft Corporation", "Virtual Machine", "7.0", serial]);
    // The end.
    tables.extend([127, 4, 2, 0, 0, 0]);
    // Calling method, version 2.3, revision, size of the tables.
    let mut all = vec![0, 2, 3, 0];
    all.extend((tables.len() as u32).to_le_bytes());
    all.extend(tables);
    all
}

fn put_strings(table: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        table.extend(text.bytes().chain([0]));
    }
    table.push(0);
}
