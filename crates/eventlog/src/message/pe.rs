//! Which resources of a PE file hold messages?
//!
//! `goblin` reads the headers and the entries of resource directories. Its readers of sections and
//! of whole files copy names without limit, so sections are read here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use goblin::pe::data_directories::DataDirectory;
use goblin::pe::header::Header;
use goblin::pe::options::ParseOptions;
use goblin::pe::resource::{ImageResourceDirectory, RT_MESSAGETABLE, ResourceEntry};
use hvtriage_winfmt::{Bytes, decode_utf16le};

/// The type under which a manifest stands, a name and not a number.
const MANIFEST_TYPE: &str = "WEVT_TEMPLATE";
const DIRECTORY_HEADER: u64 = 16;
const COFF_HEADER: u64 = 20;
const SECTION_HEADER: u64 = 40;
/// The Windows loader takes no more.
const SECTION_LIMIT: u16 = 96;
/// Directory entries that are looked at. Binaries with the most icons have some thousands.
const ENTRY_LIMIT: usize = 65_536;
/// Message tables and manifests that are read: one for each language.
const RESOURCE_LIMIT: usize = 1024;

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Messages,
    Manifest,
}

/// A resource that holds messages or refers to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource<'a> {
    pub(super) kind: Kind,
    pub(super) language: u32,
    pub(super) data: Bytes<'a>,
}

/// The message tables and manifests of a file, and whether all of them could be read; `None` when
/// it is no PE file.
pub(super) fn resources(bytes: &[u8]) -> Option<(Vec<Resource<'_>>, bool)> {
    catch_unwind(AssertUnwindSafe(|| {
        let mut walk = Walk::open(bytes)?;
        walk.types();
        Some((walk.found, walk.is_whole))
    }))
    .ok()
    .flatten()
}

struct Section {
    address: u32,
    size: u32,
    raw_size: u32,
    raw_offset: u32,
}

struct Walk<'a> {
    file: Bytes<'a>,
    sections: Vec<Section>,
    /// The resource directory; empty when there is none.
    tree: &'a [u8],
    entries_left: usize,
    /// Resources do not overlap, so that together they take no more than the file.
    bytes_left: u64,
    found: Vec<Resource<'a>>,
    is_whole: bool,
}

impl<'a> Walk<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let header = Header::parse(bytes).ok()?;
        let optional = header.optional_header?;
        let file = Bytes::new(bytes);
        let coff = u64::from(header.dos_header.pe_pointer).checked_add(4)?;
        let table = coff
            .checked_add(COFF_HEADER)?
            .checked_add(u64::from(header.coff_header.size_of_optional_header))?;
        let count = header.coff_header.number_of_sections.min(SECTION_LIMIT);
        let sections = (0..u64::from(count))
            .filter_map(|index| {
                section(file, table.checked_add(index.checked_mul(SECTION_HEADER)?)?)
            })
            .collect();
        let mut walk = Self {
            file,
            sections,
            tree: &[],
            entries_left: ENTRY_LIMIT,
            bytes_left: file.len(),
            found: Vec::new(),
            is_whole: true,
        };
        if let Some(directory) = optional.data_directories.get_resource_table()
            && directory.size > 0
        {
            match walk.at_address(directory.virtual_address, directory.size) {
                Some(tree) => walk.tree = tree.as_slice(),
                None => walk.is_whole = false,
            }
        }
        Some(walk)
    }

    /// First level: the types.
    fn types(&mut self) {
        for entry in self.entries(0) {
            let kind = match entry.id() {
                Some(RT_MESSAGETABLE) => Kind::Messages,
                Some(_) => continue,
                None if self.name(entry).as_deref() == Some(MANIFEST_TYPE) => Kind::Manifest,
                None => continue,
            };
            // Second level: resources of the type. Third: their languages.
            for resource in self.below(entry) {
                for language in self.below(resource) {
                    self.take(kind, language);
                }
            }
        }
    }

    fn take(&mut self, kind: Kind, entry: ResourceEntry) {
        let data = entry.offset_to_data().and_then(|at| self.data(u64::from(at)));
        let left = data.and_then(|data| self.bytes_left.checked_sub(data.len()));
        match (data, left) {
            (Some(data), Some(left)) if self.found.len() < RESOURCE_LIMIT => {
                self.bytes_left = left;
                self.found.push(Resource { kind, language: entry.name_offset(), data });
            }
            _ => self.is_whole = false,
        }
    }

    fn below(&mut self, entry: ResourceEntry) -> Vec<ResourceEntry> {
        if !entry.data_is_directory() {
            self.is_whole = false;
            return Vec::new();
        }
        self.entries(entry.offset_to_directory())
    }

    fn entries(&mut self, offset: u32) -> Vec<ResourceEntry> {
        if self.tree.is_empty() {
            return Vec::new();
        }
        let mut options = ParseOptions::default();
        options.resolve_rva = false;
        let at = DataDirectory { virtual_address: offset, size: 0 };
        let entries = ImageResourceDirectory::parse_with_opts(self.tree, at, &[], 0, &options)
            .ok()
            .and_then(|directory| {
                let start = u64::from(offset).checked_add(DIRECTORY_HEADER)?;
                directory.next_iter(usize::try_from(start).ok()?, self.tree).ok()
            });
        let Some(entries) = entries else {
            self.is_whole = false;
            return Vec::new();
        };
        let found: Vec<_> = entries.filter_map(Result::ok).take(self.entries_left).collect();
        self.entries_left = self.entries_left.saturating_sub(found.len());
        if self.entries_left == 0 {
            self.is_whole = false;
        }
        found
    }

    fn name(&self, entry: ResourceEntry) -> Option<String> {
        let tree = Bytes::new(self.tree);
        let at = u64::from(entry.name_offset());
        let letters = u64::from(tree.u16_at(at, "name").ok()?);
        let size = letters.checked_mul(2).filter(|_| letters <= MANIFEST_TYPE.len() as u64)?;
        let text = tree.slice_at(at.checked_add(2)?, size, "name").ok()?;
        Some(decode_utf16le(text.as_slice()))
    }

    fn data(&self, entry: u64) -> Option<Bytes<'a>> {
        let tree = Bytes::new(self.tree);
        let address = tree.u32_at(entry, "resource").ok()?;
        let size = tree.u32_at(entry.checked_add(4)?, "resource").ok()?;
        self.at_address(address, size)
    }

    /// `size` bytes of the file that Windows would map to `address`.
    fn at_address(&self, address: u32, size: u32) -> Option<Bytes<'a>> {
        self.sections.iter().find_map(|section| {
            let inside = address.checked_sub(section.address)?;
            if inside >= section.size.max(section.raw_size) {
                return None;
            }
            let at = u64::from(section.raw_offset).checked_add(u64::from(inside))?;
            self.file.slice_at(at, u64::from(size), "resource").ok()
        })
    }
}

fn section(file: Bytes<'_>, at: u64) -> Option<Section> {
    let field = |offset: u64| file.u32_at(at.checked_add(offset)?, "section").ok();
    Some(Section {
        size: field(8)?,
        address: field(12)?,
        raw_size: field(16)?,
        raw_offset: field(20)?,
    })
}
