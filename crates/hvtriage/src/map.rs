//! The memory map: the one place in the workspace with `unsafe`.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a file, mapped and not read: a dump of 64 GiB costs no memory until it is touched.
/// What came out of an archive and is small is held in memory.
#[derive(Debug)]
pub(crate) struct FileBytes(Storage);

#[derive(Debug)]
enum Storage {
    Mapped(Mmap),
    /// Also an empty file, which cannot be mapped.
    Memory(Vec<u8>),
}

impl FileBytes {
    /// Maps the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or mapped.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::of_file(&File::open(path)?)
    }

    /// Holds `bytes`.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self(Storage::Memory(bytes))
    }

    /// Maps an open file, which may be closed then.
    ///
    /// # Errors
    /// When the file cannot be mapped.
    #[allow(unsafe_code, reason = "mapping a file is unsafe in Rust; see SAFETY below")]
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self::of(Vec::new()));
        }
        // SAFETY: The map is private to this process and never written through, and the bytes are
        // only read as plain `u8`, of which every value is valid. What remains is that another
        // process changes or truncates the file while it is mapped: changed bytes are bytes that
        // every decoder must stand anyway, since it trusts none of them; a truncated file makes the
        // operating system end this process with SIGBUS, which no code here can prevent, so the
        // README asks for evidence that is no longer being written to. A file without a name, as
        // archives are unpacked to, can be reached by nobody else.
        let map = unsafe { Mmap::map(file)? };
        Ok(Self(Storage::Mapped(map)))
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Storage::Mapped(map) => map,
            Storage::Memory(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_no_error() {
        let path = std::env::temp_dir().join(format!("hvtriage-map-{}", std::process::id()));
        std::fs::write(&path, b"").unwrap();
        assert!(FileBytes::open(&path).unwrap().is_empty());
        std::fs::write(&path, b"ElfFile").unwrap();
        assert_eq!(&*FileBytes::open(&path).unwrap(), b"ElfFile");
        std::fs::remove_file(&path).unwrap();
        assert!(FileBytes::open(&path).is_err());
    }
}
