//! Version resources of the sample drivers, which LLVM's compiler of resources wrote from
//! `samples/drivers/src/version.rc` and `build.sh`; and such that are damaged.

use std::path::Path;
use std::sync::Arc;

use hvtriage_winfmt::{FileOffset, VirtAddr};

use super::*;
use crate::companions::{FileBytes, ImageKey, PdbKey};
use crate::memory::{Block, BlockMemory};

const BASE: VirtAddr = VirtAddr(0xFFFF_F880_0100_0000);
/// `llvm-readobj --sections` of `storvsc.sys`: where its resources are in the file and in memory.
const RSRC: usize = 0x1C00;
const RSRC_ADDRESS: u64 = 0x6000;

struct OneFile(Vec<u8>);

impl Companions for OneFile {
    fn image(&self, _key: &ImageKey) -> Option<FileBytes> {
        Some(Arc::new(self.0.clone()))
    }

    fn symbols(&self, _key: &PdbKey) -> Option<FileBytes> {
        None
    }
}

fn built(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/drivers/built");
    std::fs::read(Path::new(folder).join(name)).unwrap()
}

fn described(file: &[u8], memory: Option<&VirtualMemory<'_>>, has_file: bool) -> Module {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let header = number(0x3C) as usize;
    let module = Module {
        name: "test.sys".into(),
        path: None,
        base: BASE,
        size: number(header + 0x50),
        timestamp: Some(number(header + 8)),
        checksum: None,
        exception_table: None,
        pdb: None,
        version: None,
    };
    let mut modules = [module];
    if has_file {
        describe(&mut modules, memory, &OneFile(file.to_vec()));
    } else {
        describe(&mut modules, memory, &NoCompanions);
    }
    modules[0].clone()
}

fn storage_driver() -> ModuleVersion {
    ModuleVersion {
        file: FileVersion { major: 6, minor: 1, build: 7601, revision: 17514 },
        company: Some("hvtriage samples".into()),
        product: Some("hvtriage samples".into()),
        description: Some("Stand-in for a storage driver".into()),
    }
}

#[test]
fn a_file_at_hand_tells_its_version_and_its_symbols() {
    let module = described(&built("storvsc.sys"), None, true);
    assert_eq!(module.version, Some(storage_driver()));
    assert_eq!(module.pdb.map(|key| key.name), Some("storvsc.pdb".into()));

    let filter = described(&built("cavflt.sys"), None, true).version.unwrap();
    let expected = "4.2.1043.7, Stand-in for a file system filter, Contoso Antivirus";
    assert_eq!(filter.to_string(), expected);
    assert_eq!(described(&built("storvsc.sys"), None, false).version, None);
}

/// Memory with the header and the resources of an image, and nothing else of it.
fn of_memory(file: &[u8], resource_bytes: u64) -> Module {
    let block = |address: u64, at: usize, size: u64| Block {
        address: BASE.checked_add(address).unwrap(),
        at: FileOffset(at as u64),
        size,
    };
    let blocks = vec![block(0, 0, 0x400), block(RSRC_ADDRESS, RSRC, resource_bytes)];
    let blocks = BlockMemory::new(file, blocks);
    let memory = VirtualMemory::Blocks { blocks, pointer_size: 8 };
    described(file, Some(&memory), false)
}

#[test]
fn the_pages_of_the_resources_are_enough() {
    let file = built("storvsc.sys");
    let module = of_memory(&file, (file.len() - RSRC) as u64);
    assert_eq!((module.version, module.pdb), (Some(storage_driver()), None));
    assert_eq!(of_memory(&file, 0x40).version, None);
}

/// The directory of kinds leads to itself, and again; no leaf is found in three steps.
#[test]
fn directories_that_lead_in_a_circle_end() {
    let mut file = built("storvsc.sys");
    file[RSRC + 0x14..RSRC + 0x18].copy_from_slice(&SUBDIRECTORY.to_le_bytes());
    assert_eq!(of_memory(&file, 0x400).version, None);
}

/// 65535 entries of which the first is the one, or none before the end of the resources.
#[test]
fn counts_beyond_all_resources_are_bounded() {
    let mut file = built("storvsc.sys");
    file[RSRC + 0xE..RSRC + 0x10].copy_from_slice(&[0xFF, 0xFF]);
    assert_eq!(of_memory(&file, 0x400).version, Some(storage_driver()));
    file[RSRC + 0xC..RSRC + 0x10].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(of_memory(&file, 0x400).version, None);
}

/// Cut anywhere, a resource tells what stands before the cut, and never anything else.
#[test]
fn a_cut_resource_tells_what_is_left_of_it() {
    let file = built("storvsc.sys");
    // The key of the block starts 6 bytes behind its start.
    let key: Vec<u8> = "VS_VERSION_INFO".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let start = file.windows(key.len()).position(|bytes| bytes == key).unwrap() - 6;
    let size = usize::from(u16::from_le_bytes([file[start], file[start + 1]]));
    let resource = &file[start..start + size];
    assert_eq!(read_info(resource), Some(storage_driver()));
    for cut in 0..size {
        let found = read_info(&resource[..cut]);
        // Header and key take 6 + 32 bytes, so the mark stands at 40; the numbers end at 56.
        assert_eq!(found.is_some(), cut >= 56, "cut at {cut}");
        for text in found.into_iter().flat_map(|it| [it.company, it.product]).flatten() {
            assert_eq!(text, "hvtriage samples");
        }
    }
}

/// A block that says it has no bytes, or more than there are.
#[test]
fn blocks_of_impossible_lengths_end() {
    let file = built("storvsc.sys");
    let key: Vec<u8> = "StringFileInfo".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let inner = file.windows(key.len()).position(|bytes| bytes == key).unwrap() - 6;
    for (length, has_texts) in [(0_u16, false), (5, false), (0xFFFF, true)] {
        let mut file = file.clone();
        file[inner..inner + 2].copy_from_slice(&length.to_le_bytes());
        let version = of_memory(&file, 0x400).version.unwrap();
        assert_eq!(version.file, storage_driver().file);
        assert_eq!(version.company.is_some(), has_texts, "length {length}");
    }
}
