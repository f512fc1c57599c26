//! What the images in memory say of themselves.

use std::panic::{AssertUnwindSafe, catch_unwind};

use goblin::pe::data_directories::DataDirectory;
use goblin::pe::exception::ExceptionData;
use goblin::pe::export::{ExportAddressTableEntry, ExportData, ExportDirectoryTable};
use goblin::pe::header::Header;
use goblin::pe::options::ParseOptions;
use hvtriage_winfmt::VirtAddr;

use crate::memory::{MemoryError, PAGE, VirtualMemory};
use crate::report::Module;

/// The largest image that is copied out of the dump to look up a function. Drivers of Hyper-V
/// are below 4 MiB; the kernel itself is about 16 MiB.
const IMAGE_LIMIT: u32 = 32 << 20;
/// More functions than an image can export: ordinals have 16 bits.
const EXPORT_LIMIT: u32 = 0x1_0000;
/// The longest name of a function that is read.
const NAME_LIMIT: usize = 512;

/// Time stamp and checksum of a PE header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) timestamp: u32,
    pub(crate) checksum: u32,
}

/// Time stamp and checksum of the image at `base`, where its header is in memory.
pub(crate) fn stamp(memory: &VirtualMemory<'_>, base: VirtAddr) -> Option<Stamp> {
    let field = |offset: u32| {
        let at = base.checked_add(u64::from(offset)).ok_or(MemoryError::NotAnAddress(base))?;
        memory.u32(at)
    };
    let has_mark = field(0).ok()? & 0xFFFF == u32::from(u16::from_le_bytes(*b"MZ"));
    let header = field(0x3C).ok().filter(|at| *at < 0x1000 && has_mark)?;
    let at = |offset: u32| field(header.saturating_add(offset)).ok();
    if at(0)? != u32::from_le_bytes(*b"PE\0\0") {
        return None;
    }
    Some(Stamp { timestamp: at(0x08)?, checksum: at(0x58)? })
}

/// The exported function that holds the instruction at `offset` of `module`.
///
/// A function between two exports has no name: the answer is given only when the image's own
/// table of functions says that the one around `offset` starts at an export.
pub(crate) fn function_at(
    memory: &VirtualMemory<'_>,
    module: &Module,
    offset: u64,
) -> Option<String> {
    let rva = u32::try_from(offset).ok()?;
    let image = copy_image(memory, module)?;
    // The decoder is fed the memory of a crashed machine.
    catch_unwind(AssertUnwindSafe(|| exported_function(&image, rva))).ok().flatten()
}

/// The image as it lay in memory, with zeros for pages that are not in the dump; `None` when its
/// header is not, or when it is larger than the dump and so cannot be in it.
fn copy_image(memory: &VirtualMemory<'_>, module: &Module) -> Option<Vec<u8>> {
    let VirtualMemory::Paged { physical, .. } = memory else { return None };
    let in_dump = physical.present().saturating_mul(PAGE);
    if module.size > IMAGE_LIMIT || u64::from(module.size) > in_dump {
        return None;
    }
    stamp(memory, module.base)?;
    let mut image = vec![0; usize::try_from(module.size).ok()?];
    let mut at = module.base;
    for page in image.chunks_mut(usize::try_from(PAGE).ok()?) {
        // A page that cannot be read stays zero.
        if memory.read(at, page).is_err() {
            page.fill(0);
        }
        at = at.checked_add(PAGE)?;
    }
    Some(image)
}

/// The name of the export at which the function around `rva` starts.
fn exported_function(image: &[u8], rva: u32) -> Option<String> {
    let mut options = ParseOptions::default();
    options.resolve_rva = false;
    let header = Header::parse(image).ok()?;
    let directories = header.optional_header?.data_directories;
    let functions: &DataDirectory = directories.get_exception_table()?;
    let functions = ExceptionData::parse_with_opts(image, *functions, &[], 0, &options).ok()?;
    let function = functions.find_function(rva).ok().flatten()?;
    if rva < function.begin_address || rva >= function.end_address {
        return None;
    }
    let exports: &DataDirectory = directories.get_export_table()?;
    // The decoder makes room for as many entries as the directory claims.
    let counts =
        ExportDirectoryTable::parse(image, usize::try_from(exports.virtual_address).ok()?).ok()?;
    if counts.address_table_entries.max(counts.number_of_name_pointers) > EXPORT_LIMIT {
        return None;
    }
    let exports = ExportData::parse_with_opts(image, *exports, &[], 0, &options).ok()?;
    let is_start = |entry: &ExportAddressTableEntry| matches!(entry, ExportAddressTableEntry::ExportRVA(at) if *at == function.begin_address);
    let index = exports.export_address_table.iter().position(is_start)?;
    let ordinals = &exports.export_ordinal_table;
    let name = ordinals.iter().position(|ordinal| usize::from(*ordinal) == index)?;
    let name_at = usize::try_from(*exports.export_name_pointer_table.get(name)?).ok()?;
    let name: Vec<u8> = image
        .get(name_at..)?
        .iter()
        .take(NAME_LIMIT)
        .copied()
        .take_while(u8::is_ascii_graphic)
        .collect();
    String::from_utf8(name).ok().filter(|name| !name.is_empty())
}
