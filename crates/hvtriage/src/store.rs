//! Local stores of images and symbols: folders, never a network.
//!
//! A store has either the layout of a symbol server (`name/key/name`) or any other; then its files are
//! found by their names and kept only when they are what is asked for by their content.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use hvtriage_crashdump::{Companions, FileBytes as Shared, ImageKey, PdbKey};
use walkdir::WalkDir;

use crate::map::FileBytes;

/// Folders deeper than this are not searched; a symbol server's store is three deep.
const MAX_DEPTH: usize = 8;
/// Files of one store that are remembered by name.
const MAX_FILES: usize = 1 << 20;
/// Files of one name that are looked at.
const MAX_OF_NAME: usize = 64;
/// The ends of names of files that may be asked for.
const ENDS: [&str; 7] = ["sys", "exe", "dll", "pdb", "efi", "ocx", "drv"];

/// Images and symbols in local folders. They are listed when something is asked for the first time.
#[derive(Debug, Default)]
pub struct LocalStore {
    images: Vec<PathBuf>,
    symbols: Vec<PathBuf>,
    image_files: OnceLock<ByName>,
    symbol_files: OnceLock<ByName>,
}

/// Paths by the name of the file in lower case: stores are copied between systems that tell cases
/// apart and systems that do not.
type ByName = HashMap<String, Vec<PathBuf>>;

impl LocalStore {
    /// A store of images in `images` and of symbols in `symbols`. Each folder is searched for both,
    /// since most people keep a driver beside its symbols.
    #[must_use]
    pub fn new(images: Vec<PathBuf>, symbols: Vec<PathBuf>) -> Self {
        Self { images, symbols, ..Self::default() }
    }

    /// Whether it has no folder at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.is_empty() && self.symbols.is_empty()
    }

    fn find(
        &self,
        first: (&OnceLock<ByName>, &[PathBuf]),
        second: (&OnceLock<ByName>, &[PathBuf]),
        name: &str,
        is_it: impl Fn(&[u8]) -> bool,
    ) -> Option<Shared> {
        let name = name.to_lowercase();
        [first, second].into_iter().find_map(|(known, folders)| {
            let paths = known.get_or_init(|| list(folders)).get(&name)?;
            paths.iter().take(MAX_OF_NAME).find_map(|path| {
                let bytes = FileBytes::open(path).ok().filter(|bytes| is_it(bytes))?;
                Some(Arc::new(bytes) as Shared)
            })
        })
    }
}

impl Companions for LocalStore {
    fn image(&self, key: &ImageKey) -> Option<Shared> {
        let images = (&self.image_files, self.images.as_slice());
        let symbols = (&self.symbol_files, self.symbols.as_slice());
        // The kernel is called so in memory, whichever of its files was started.
        const KERNELS: [&str; 4] = ["ntoskrnl.exe", "ntkrnlmp.exe", "ntkrnlpa.exe", "ntkrpamp.exe"];
        let names: &[&str] =
            if KERNELS.contains(&key.name.as_str()) { &KERNELS } else { &[key.name.as_str()] };
        let is_it = |bytes: &[u8]| hvtriage_crashdump::is_image(bytes, key);
        names.iter().find_map(|name| self.find(images, symbols, name, is_it))
    }

    fn symbols(&self, key: &PdbKey) -> Option<Shared> {
        let images = (&self.image_files, self.images.as_slice());
        let symbols = (&self.symbol_files, self.symbols.as_slice());
        // The signature is looked at by whoever reads the file; of several only one has it.
        let is_it = |bytes: &[u8]| hvtriage_crashdump::is_symbols(bytes, key);
        self.find(symbols, images, &key.name, is_it)
    }
}

fn list(folders: &[PathBuf]) -> ByName {
    let mut known = ByName::new();
    let files = folders
        .iter()
        .flat_map(|folder| WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name())
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && may_be_asked_for(entry.path()));
    for entry in files.take(MAX_FILES) {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        known.entry(name).or_default().push(entry.into_path());
    }
    known
}

fn may_be_asked_for(path: &Path) -> bool {
    let end = path.extension().unwrap_or_default();
    ENDS.iter().any(|one| end.eq_ignore_ascii_case(OsStr::new(one)))
}
