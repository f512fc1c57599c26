//! The memory map: the one place in the workspace with `unsafe`.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a file, mapped and not read: a dump of 64 GiB costs no memory until it is touched.
#[derive(Debug)]
pub(crate) struct FileBytes {
    /// `None` for an empty file, which cannot be mapped.
    map: Option<Mmap>,
}

impl FileBytes {
    /// Maps the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or mapped.
    #[allow(unsafe_code, reason = "mapping a file is unsafe in Rust; see SAFETY below")]
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self { map: None });
        }
        // SAFETY: The map is private to this process and never written through, and the bytes are
        // only read as plain `u8`, of which every value is valid. What remains is that another
        // process changes or truncates the file while it is mapped: changed bytes are bytes that
        // every decoder must stand anyway, since it trusts none of them; a truncated file makes the
        // operating system end this process with SIGBUS, which no code here can prevent, so the
        // README asks for evidence that is no longer being written to.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map: Some(map) })
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
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
