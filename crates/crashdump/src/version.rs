//! The version resource of an image: a tree of directories, and at its end a tree of blocks.
//!
//! Only the pages of the tree that lead to the version are read, never an image as a whole.
//! Layout: the PE format, `.rsrc` section, and `VS_VERSIONINFO` of the Windows SDK.

use hvtriage_winfmt::{Bytes, FileVersion, decode_utf16le};

use crate::companions::{Companions, NoCompanions};
use crate::image::{Directory, Image, RESOURCES};
use crate::memory::VirtualMemory;
use crate::report::{Module, ModuleVersion};
use crate::symbols::pdb_key;

/// Bytes of a version resource that are read; real ones have less than 2000.
const RESOURCE_LIMIT: u32 = 8192;
/// Characters of a text that are kept.
const TEXT_LIMIT: usize = 256;

/// Fills in what the images of `modules` say of themselves, as far as their pages can be had: from
/// memory, and only where that does not hold them from a file at hand.
pub(crate) fn describe(
    modules: &mut [Module],
    memory: Option<&VirtualMemory<'_>>,
    companions: &dyn Companions,
) {
    for module in modules {
        let in_memory = Image::of(module, memory, &NoCompanions);
        module.pdb = pdb_key(&in_memory);
        module.version = version_of(&in_memory);
        if module.pdb.is_some() && module.version.is_some() {
            continue;
        }
        let image = Image::of(module, memory, companions);
        if image.has_file() {
            module.pdb = module.pdb.take().or_else(|| pdb_key(&image));
            module.version = module.version.take().or_else(|| version_of(&image));
        }
    }
}

/// The version resource of `image`, in the first of its languages.
pub(crate) fn version_of(image: &Image<'_>) -> Option<ModuleVersion> {
    /// `RT_VERSION`.
    const VERSION: u32 = 16;
    let root = image.directory(RESOURCES)?;
    let names = entry(image, root, 0, Some(VERSION))?;
    let languages = entry(image, root, below(names)?, None)?;
    let data = entry(image, root, below(languages)?, None)?;
    let is_leaf = data & SUBDIRECTORY == 0;
    let place = inside(root, data, 16).filter(|_| is_leaf)?;
    let (address, size) = (image.u32(place)?, image.u32(place.checked_add(4)?)?);
    read_info(&read_as_far_as_possible(image, address, size.min(RESOURCE_LIMIT)))
}

/// The mark of an entry that leads to another directory.
const SUBDIRECTORY: u32 = 0x8000_0000;

fn below(entry: u32) -> Option<u32> {
    (entry & SUBDIRECTORY != 0).then_some(entry & !SUBDIRECTORY)
}

/// The relative address of `size` bytes at an offset of the resources.
fn inside(root: Directory, offset: u32, size: u32) -> Option<u32> {
    let end = offset.checked_add(size)?;
    (end <= root.size).then(|| root.address.checked_add(offset))?
}

/// Where the entry `wanted` of the directory at `offset` leads, or else its first entry.
fn entry(image: &Image<'_>, root: Directory, offset: u32, wanted: Option<u32>) -> Option<u32> {
    const HEADER_BYTES: u32 = 16;
    const ENTRY_BYTES: u32 = 8;
    /// Entries are sorted, and a version has 15 kinds of resources before it at most.
    const ENTRY_LIMIT: u32 = 32;
    let header = inside(root, offset, HEADER_BYTES)?;
    let named = u32::from(image.u16(header.checked_add(12)?)?);
    let numbered = u32::from(image.u16(header.checked_add(14)?)?);
    // Named entries come first; a kind that Windows knows has a number.
    let (first, count) = if wanted.is_some() { (named, numbered) } else { (0, 1) };
    (0..count.min(ENTRY_LIMIT)).find_map(|index| {
        let index = first.checked_add(index)?;
        let into = HEADER_BYTES.checked_add(index.checked_mul(ENTRY_BYTES)?)?;
        let at = inside(root, offset.checked_add(into)?, ENTRY_BYTES)?;
        let is_it = wanted.is_none_or(|wanted| image.u32(at) == Some(wanted));
        is_it.then(|| image.u32(at.checked_add(4)?))?
    })
}

/// The bytes at `address` up to the first page that cannot be had.
fn read_as_far_as_possible(image: &Image<'_>, address: u32, size: u32) -> Vec<u8> {
    const PAGE: u32 = 4096;
    let mut bytes = Vec::new();
    let end = address.saturating_add(size);
    let mut at = address;
    while at < end {
        let next = (at & !PAGE.saturating_sub(1)).saturating_add(PAGE).min(end);
        let mut part = vec![0; usize::try_from(next.saturating_sub(at)).unwrap_or_default()];
        if !image.read(at, &mut part) {
            break;
        }
        bytes.append(&mut part);
        at = next;
    }
    bytes
}

/// `VS_VERSIONINFO`: the numbers, then blocks of text in one or more languages.
fn read_info(resource: &[u8]) -> Option<ModuleVersion> {
    /// `VS_FFI_SIGNATURE`.
    const MARK: u32 = 0xFEEF_04BD;
    let bytes = Bytes::new(resource);
    let whole = Block::read(bytes, 0, bytes.len()).filter(|it| it.key == "VS_VERSION_INFO")?;
    let number =
        |offset: u64| bytes.u32_at(whole.value.checked_add(offset)?, "VS_FIXEDFILEINFO").ok();
    if number(0)? != MARK {
        return None;
    }
    let file = FileVersion::from_numbers(number(8)?, number(12)?);
    let mut version = ModuleVersion { file, company: None, product: None, description: None };
    let tables = whole
        .children(bytes)
        .filter(|block| block.key == "StringFileInfo")
        .flat_map(|block| block.children(bytes));
    for text in tables.flat_map(|table| table.children(bytes)) {
        let place = match text.key.as_str() {
            "CompanyName" => &mut version.company,
            "ProductName" => &mut version.product,
            "FileDescription" => &mut version.description,
            _ => continue,
        };
        if place.is_none() {
            *place = text.text(bytes);
        }
    }
    Some(version)
}

/// A block of the tree: a key, a value, and more blocks.
struct Block {
    key: String,
    value: u64,
    /// Where its first child stands, if it has any.
    inner: u64,
    end: u64,
    /// Whether it says that it goes on behind the end of what it stands in.
    is_cut: bool,
}

impl Block {
    /// The block at `at`, which ends before `limit`.
    fn read(bytes: Bytes<'_>, at: u64, limit: u64) -> Option<Self> {
        const HEADER_BYTES: u64 = 6;
        const KEY_LIMIT: u64 = 64;
        let number = |offset: u64| bytes.u16_at(at.checked_add(offset)?, "version block").ok();
        let length = u64::from(number(0)?);
        let value_length = u64::from(number(2)?);
        let end = at.checked_add(length)?;
        let key_at = at.checked_add(HEADER_BYTES)?;
        let unit =
            |index: u64| bytes.u16_at(key_at.checked_add(index.checked_mul(2)?)?, "key").ok();
        let units: Vec<u16> =
            (0..KEY_LIMIT).map_while(unit).take_while(|unit| *unit != 0).collect();
        let key_bytes = (units.len() as u64).checked_add(1)?.checked_mul(2)?;
        let value = aligned(key_at.checked_add(key_bytes)?)?;
        let inner = aligned(value.checked_add(value_length)?)?;
        (length >= HEADER_BYTES).then(|| Self {
            key: String::from_utf16_lossy(&units),
            value,
            inner,
            end: end.min(limit),
            is_cut: end > limit,
        })
    }

    fn children<'b>(&self, bytes: Bytes<'b>) -> impl Iterator<Item = Self> + use<'b> {
        let (mut at, end) = (self.inner, self.end);
        std::iter::from_fn(move || {
            let child = (at < end).then(|| Self::read(bytes, at, end)).flatten()?;
            at = aligned(child.end)?;
            Some(child)
        })
    }

    /// The value as text, up to its NUL. Its length is of no use: some compilers of resources count
    /// bytes in it, others characters.
    fn text(&self, bytes: Bytes<'_>) -> Option<String> {
        let size = self.end.checked_sub(self.value)?;
        let value = bytes.slice_at(self.value, size, "version text").ok()?;
        let text = decode_utf16le(value.as_slice());
        let text: String =
            text.chars().take_while(|letter| *letter != '\0').take(TEXT_LIMIT).collect();
        let text = text.trim();
        (!text.is_empty() && !self.is_cut).then(|| text.to_owned())
    }
}

/// Keys, values and blocks start at multiples of four bytes.
fn aligned(at: u64) -> Option<u64> {
    at.checked_next_multiple_of(4)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
