//! Drivers that were built (`samples/drivers`), mapped as the loader maps a file.

use super::ModuleSpec;
use super::block::Block;

/// The stand-in for the storage driver of a guest.
const STORVSC: &[u8] = include_bytes!("../../drivers/built/storvsc.sys");

/// The module of a guest's storage driver: the built file in place of the one that `module` describes.
pub(super) fn storvsc(module: ModuleSpec) -> ModuleSpec {
    let header = u32_at(STORVSC, 0x3C);
    ModuleSpec {
        size: u32_at(STORVSC, header + 0x50),
        timestamp: u32_at(STORVSC, header + 0x08),
        checksum: u32_at(STORVSC, header + 0x58),
        exports: Vec::new(),
        version: None,
        file: Some(STORVSC),
        ..module
    }
}

/// The parts of a file with their relative addresses, at `base`. It needs no relocation: its code is
/// independent of its place.
pub(super) fn parts(file: &[u8], base: u64) -> Vec<(u64, Vec<u8>)> {
    const SECTION_BYTES: u32 = 40;
    const RELOCATIONS: u32 = 5;
    let header = u32_at(file, 0x3C);
    let optional = header + 0x18;
    assert_eq!(u32_at(file, optional + 0x70 + RELOCATIONS * 8 + 4), 0, "nothing to relocate");
    let mut headers = Block::default();
    headers.put(0, part(file, 0, u32_at(file, optional + 0x3C)));
    // The loader notes where it put the image.
    headers.u64(u64::from(optional) + 0x18, base);
    let mut parts = vec![(0, headers.into_bytes())];
    let count = u32_at(file, header + 6) & 0xFFFF;
    let table = optional + (u32_at(file, header + 0x14) & 0xFFFF);
    for section in (0..count).map(|index| table + index * SECTION_BYTES) {
        let [mapped, address, size, offset] =
            [8, 12, 16, 20].map(|field| u32_at(file, section + field));
        let mut bytes = part(file, offset, size.min(mapped)).to_vec();
        bytes.resize(mapped as usize, 0);
        parts.push((u64::from(address), bytes));
    }
    parts
}

/// Bytes of a file that this repository holds.
#[allow(clippy::indexing_slicing, reason = "a wrong file ends the writing of samples")]
fn part(file: &[u8], at: u32, size: u32) -> &[u8] {
    &file[at as usize..(at + size) as usize]
}

fn u32_at(file: &[u8], at: u32) -> u32 {
    let bytes = part(file, at, 4).first_chunk().copied();
    u32::from_le_bytes(bytes.unwrap_or_default())
}
