//! The image of a module, from the dump's memory and from a file at hand.
//!
//! A dump rarely holds all pages of an image: pages that were not used are in the page file, and a
//! small dump holds next to none. What memory does not have is taken from the file of the same name,
//! time stamp and size. Layout: the PE format, `IMAGE_NT_HEADERS`.

use hvtriage_winfmt::{Bytes, VirtAddr};

use crate::companions::{Companions, FileBytes, ImageKey};
use crate::memory::VirtualMemory;
use crate::report::Module;

/// Directories of the optional header that are used here.
pub(crate) const EXPORTS: u64 = 0;
pub(crate) const RESOURCES: u64 = 2;
const EXCEPTIONS: u64 = 3;
pub(crate) const DEBUG: u64 = 6;

/// Headers of images begin before.
const HEADER_LIMIT: u64 = 0x1000;
/// More sections than the loader takes.
const SECTION_LIMIT: u64 = 96;
const SECTION_BYTES: u64 = 40;

/// The image of one module.
pub(crate) struct Image<'m> {
    memory: Option<&'m VirtualMemory<'m>>,
    base: VirtAddr,
    size: u32,
    exceptions: Option<Directory>,
    file: Option<ImageFile>,
}

/// The file of an image, cut into its sections.
struct ImageFile {
    bytes: FileBytes,
    headers: u32,
    sections: Vec<Section>,
}

struct Section {
    address: u32,
    /// Bytes of the file that are mapped there.
    size: u32,
    offset: u32,
    /// Bytes that it takes in memory; what the file does not have is zeros.
    mapped: u32,
}

/// Relative address and size of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(crate) address: u32,
    pub(crate) size: u32,
}

impl<'m> Image<'m> {
    /// The image of `module`.
    pub(crate) fn of(
        module: &Module,
        memory: Option<&'m VirtualMemory<'m>>,
        companions: &dyn Companions,
    ) -> Self {
        let file = module
            .image_key()
            .and_then(|key| Some((companions.image(&key)?, key)))
            .and_then(|(bytes, key)| ImageFile::of(bytes, &key));
        let exceptions = module.exception_table.and_then(|(start, size)| {
            let address = u32::try_from(start.checked_sub(module.base)?).ok()?;
            Some(Directory { address, size })
        });
        Self { memory, base: module.base, size: module.size, exceptions, file }
    }

    /// Whether a file of the image is at hand.
    pub(crate) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Fills `buffer` with the bytes at a relative address; whether all of them could be had.
    pub(crate) fn read(&self, address: u32, buffer: &mut [u8]) -> bool {
        let end = u64::from(address).saturating_add(buffer.len() as u64);
        if end > u64::from(self.size) {
            return false;
        }
        let at = self.base.checked_add(address.into());
        let in_memory = self.memory.zip(at).is_some_and(|(it, at)| it.read(at, buffer).is_ok());
        in_memory || self.file.as_ref().is_some_and(|file| file.read(address, buffer))
    }

    pub(crate) fn u16(&self, address: u32) -> Option<u16> {
        let mut bytes = [0; 2];
        self.read(address, &mut bytes).then(|| u16::from_le_bytes(bytes))
    }

    pub(crate) fn u32(&self, address: u32) -> Option<u32> {
        let mut bytes = [0; 4];
        self.read(address, &mut bytes).then(|| u32::from_le_bytes(bytes))
    }

    /// For which processor it is, an `IMAGE_FILE_MACHINE` value.
    pub(crate) fn machine(&self) -> Option<u16> {
        let header = self.u32(0x3C).filter(|at| u64::from(*at) < HEADER_LIMIT)?;
        let is_image = self.u32(header)? == u32::from_le_bytes(*b"PE\0\0");
        is_image.then(|| self.u16(header.checked_add(4)?)).flatten()
    }

    /// The table of functions, as the kernel or else the header says.
    pub(crate) fn exceptions(&self) -> Option<Directory> {
        self.exceptions.or_else(|| self.directory(EXCEPTIONS))
    }

    /// A directory of its header, if it has one that lies inside.
    pub(crate) fn directory(&self, number: u64) -> Option<Directory> {
        let field = |at: u64| self.u32(u32::try_from(at).ok()?);
        let optional = optional_header(&field)?;
        let place = optional.directories.checked_add(number.checked_mul(8)?)?;
        if number >= u64::from(field(optional.directories.checked_sub(4)?)?) {
            return None;
        }
        let (address, size) = (field(place)?, field(place.checked_add(4)?)?);
        let end = address.checked_add(size)?;
        (size > 0 && end <= self.size).then_some(Directory { address, size })
    }
}

struct OptionalHeader {
    directories: u64,
}

fn optional_header(field: &dyn Fn(u64) -> Option<u32>) -> Option<OptionalHeader> {
    let is_image = field(0)? & 0xFFFF == u32::from(u16::from_le_bytes(*b"MZ"));
    let header = u64::from(field(0x3C)?);
    if !is_image || header >= HEADER_LIMIT || field(header)? != u32::from_le_bytes(*b"PE\0\0") {
        return None;
    }
    let optional = header.checked_add(0x18)?;
    let directories = match field(optional)? & 0xFFFF {
        0x10B => optional.checked_add(0x60)?,
        0x20B => optional.checked_add(0x70)?,
        _ => return None,
    };
    Some(OptionalHeader { directories })
}

/// Whether `bytes` are the image that `key` names, by the time stamp and size in its header.
#[must_use]
pub fn is_image(bytes: &[u8], key: &ImageKey) -> bool {
    let file = Bytes::new(bytes);
    let field = |at: u64| file.u32_at(at, "PE header").ok();
    let stamped = || {
        optional_header(&field)?;
        let header = u64::from(field(0x3C)?);
        Some((field(header.checked_add(8)?)?, field(header.checked_add(0x50)?)?))
    };
    stamped() == Some((key.timestamp, key.size))
}

impl ImageFile {
    /// The file, if it is that of the module: a store may be wrong.
    fn of(bytes: FileBytes, key: &ImageKey) -> Option<Self> {
        let file = Bytes::new((*bytes).as_ref());
        if !is_image((*bytes).as_ref(), key) {
            return None;
        }
        let field = |at: u64| file.u32_at(at, "PE header").ok();
        let header = u64::from(field(0x3C)?);
        let headers = field(header.checked_add(0x54)?)?;
        let short = |at: u64| file.u16_at(at, "PE header").ok().map(u64::from);
        let count = short(header.checked_add(6)?)?.min(SECTION_LIMIT);
        let table = header.checked_add(0x18)?.checked_add(short(header.checked_add(0x14)?)?)?;
        let section = |index: u64| {
            let at = table.checked_add(index.checked_mul(SECTION_BYTES)?)?;
            Some(Section {
                mapped: field(at.checked_add(8)?)?,
                address: field(at.checked_add(12)?)?,
                size: field(at.checked_add(16)?)?,
                offset: field(at.checked_add(20)?)?,
            })
        };
        let sections = (0..count).map_while(section).collect();
        Some(Self { headers, sections, bytes })
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> bool {
        let length = buffer.len() as u64;
        let inside = |start: u32, size: u32| {
            let into = u64::from(address.checked_sub(start)?);
            (into.checked_add(length)? <= u64::from(size)).then_some(into)
        };
        let place = inside(0, self.headers).or_else(|| {
            self.sections.iter().find_map(|section| {
                inside(section.address, section.size.min(section.mapped.max(section.size)))?
                    .checked_add(section.offset.into())
            })
        });
        let bytes = place.and_then(|place| {
            let start = usize::try_from(place).ok()?;
            (*self.bytes).as_ref().get(start..start.checked_add(buffer.len())?)
        });
        if let Some(bytes) = bytes {
            buffer.copy_from_slice(bytes);
        }
        bytes.is_some()
    }
}
