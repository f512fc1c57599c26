//! Files that belong to a dump but are not in it: images of its modules and their symbols.
//!
//! This crate opens no file. Whoever has a local store implements [`Companions`]; an examination
//! asks for what it needs by the keys that symbol servers use, and never needs an answer.

use std::sync::Arc;

use hvtriage_winfmt::Guid;

/// What a symbol server calls an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageKey {
    /// Base name in lower case, with its extension.
    pub name: String,
    /// The time stamp of the PE header.
    pub timestamp: u32,
    /// `SizeOfImage` of the PE header, in bytes.
    pub size: u32,
}

/// What a symbol server calls a file of symbols.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PdbKey {
    /// Base name as the linker wrote it, such as `storvsc.pdb`.
    pub name: String,
    /// The signature that the image and its symbols share.
    pub guid: Guid,
    /// How often the symbols were written since that signature was made.
    pub age: u32,
}

/// The bytes of a whole file, shared between examinations.
pub type FileBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Images and symbols that a caller has at hand. They are as hostile as any evidence.
pub trait Companions: Sync {
    /// The file of an image, in the layout of a file; `None` when it is not at hand.
    fn image(&self, key: &ImageKey) -> Option<FileBytes>;

    /// The file of symbols; `None` when it is not at hand.
    fn symbols(&self, key: &PdbKey) -> Option<FileBytes>;
}

/// No store at all: everything is said from the dump alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCompanions;

impl Companions for NoCompanions {
    fn image(&self, _key: &ImageKey) -> Option<FileBytes> {
        None
    }

    fn symbols(&self, _key: &PdbKey) -> Option<FileBytes> {
        None
    }
}
