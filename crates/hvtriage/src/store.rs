//! Local stores of images and symbols: folders, never a network.
//!
//! A store has either the layout of a symbol server (`name/key/name`) or any other; then its files are
//! found by their names and kept only when they are what is asked for by their content.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

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
    /// Files that bear the name of one that was asked for, and are of another build.
    others: Mutex<BTreeMap<String, PathBuf>>,
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

    /// Files that were asked for by name and are there in another build only, each with one such file,
    /// by name. Whoever collected them will want to know.
    #[must_use]
    pub fn other_builds(&self) -> Vec<(String, PathBuf)> {
        let others = self.others.lock().map(|others| others.clone()).unwrap_or_default();
        others.into_iter().collect()
    }

    fn note_other(&self, name: &str, path: &Path) {
        if let Ok(mut others) = self.others.lock() {
            let known = others.entry(name.to_owned()).or_insert_with(|| path.to_owned());
            // The same path whatever the order of threads.
            if path < known.as_path() {
                path.clone_into(known);
            }
        }
    }

    fn find(
        &self,
        first: (&OnceLock<ByName>, &[PathBuf]),
        second: (&OnceLock<ByName>, &[PathBuf]),
        (name, key): (&str, &str),
        is_it: impl Fn(&[u8]) -> bool,
    ) -> Option<Shared> {
        let name = name.to_lowercase();
        // A store of a symbol server may hold hundreds of builds of one file, each below its key.
        let is_below_key = |path: &&PathBuf| {
            let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
            let folder = folder.to_string_lossy();
            folder.trim_start_matches('0').eq_ignore_ascii_case(key.trim_start_matches('0'))
        };
        let mut other = None;
        let found = [first, second].into_iter().find_map(|(known, folders)| {
            let paths = known.get_or_init(|| list(folders)).get(&name)?;
            let below_key = paths.iter().filter(is_below_key);
            let elsewhere = paths.iter().filter(|path| !is_below_key(path));
            below_key.chain(elsewhere).take(MAX_OF_NAME).find_map(|path| {
                let bytes = FileBytes::open(path).ok();
                other = other.take().or_else(|| Some(path.clone()).filter(|_| bytes.is_some()));
                Some(Arc::new(bytes.filter(|bytes| is_it(bytes))?) as Shared)
            })
        });
        if let (None, Some(path)) = (&found, other) {
            self.note_other(&name, &path);
        }
        found
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
        // Stores differ in whether the time stamp has its leading zeros, and in case.
        let folder = format!("{:x}{:x}", key.timestamp, key.size);
        names.iter().find_map(|name| self.find(images, symbols, (name, &folder), is_it))
    }

    fn symbols(&self, key: &PdbKey) -> Option<Shared> {
        let images = (&self.image_files, self.images.as_slice());
        let symbols = (&self.symbol_files, self.symbols.as_slice());
        let is_it = |bytes: &[u8]| hvtriage_crashdump::is_symbols(bytes, key);
        let folder = format!("{}{:x}", key.guid.to_string().replace(['-', '{', '}'], ""), key.age);
        self.find(symbols, images, (&key.name, &folder), is_it)
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

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/drivers/built");

    /// A folder for one test, gone at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let name = format!("hvtriage-store-{test}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn put(&self, place: &str, built: &str) {
            let path = self.0.join(place);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(Path::new(BUILT).join(built), path).unwrap();
        }

        fn put_other(&self, place: &str) {
            let path = self.0.join(place);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"MZ of another build").unwrap();
        }

        fn images(&self) -> LocalStore {
            LocalStore::new(vec![self.0.clone()], vec![])
        }

        fn symbols(&self) -> LocalStore {
            LocalStore::new(vec![], vec![self.0.clone()])
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// As `llvm-readobj --file-headers --coff-debug-directory` shows the built driver.
    fn image_key() -> ImageKey {
        ImageKey { name: "storvsc.sys".into(), timestamp: 0xb89d_66bf, size: 0x7000 }
    }

    fn pdb_key() -> PdbKey {
        let guid = "C9AF5376-ADE4-6B92-4C4C-44205044422E".parse().unwrap();
        PdbKey { name: "storvsc.pdb".into(), guid, age: 1 }
    }

    #[test]
    fn any_layout_and_spelling_of_a_store_will_do() {
        for (index, (image, symbols)) in [
            (
                "storvsc.sys/B89D66BF7000/storvsc.sys",
                "storvsc.pdb/C9AF5376ADE46B924C4C44205044422E1/storvsc.pdb",
            ),
            (
                "StorVSC.sys/b89d66bf7000/STORVSC.SYS",
                "STORVSC.PDB/c9af5376ade46b924c4c44205044422e1/StorVsc.pdb",
            ),
            ("st/storvsc.sys/00B89D66BF7000/storvsc.sys", "st/storvsc.pdb/x/storvsc.pdb"),
            ("storvsc.sys", "storvsc.pdb"),
            ("Windows/System32/drivers/storvsc.sys", "build/x64/storvsc.pdb"),
        ]
        .into_iter()
        .enumerate()
        {
            let folder = Folder::new(&format!("layout{index}"));
            folder.put(image, "storvsc.sys");
            folder.put(symbols, "storvsc.pdb");
            for store in [folder.images(), folder.symbols()] {
                let found = store.image(&image_key()).unwrap_or_else(|| panic!("{image}"));
                assert_eq!(
                    (*found).as_ref(),
                    std::fs::read(Path::new(BUILT).join("storvsc.sys")).unwrap()
                );
                assert!(store.symbols(&pdb_key()).is_some(), "{symbols}");
            }
        }
    }

    #[test]
    fn a_file_that_is_another_inside_is_not_taken() {
        let folder = Folder::new("others");
        folder.put("storvsc.sys/B89D66BF7000/storvsc.sys", "storvsc.sys");
        folder.put("storvsc.pdb", "storvsc.pdb");
        folder.put("netvsc.sys", "storvsc.pdb");
        let store = folder.images();
        assert!(store.image(&image_key()).is_some() && store.other_builds().is_empty());
        assert!(store.image(&ImageKey { timestamp: 1, ..image_key() }).is_none());
        assert!(store.image(&ImageKey { size: 0x1000, ..image_key() }).is_none());
        assert!(store.image(&ImageKey { name: "netvsc.sys".into(), ..image_key() }).is_none());
        assert!(store.symbols(&PdbKey { age: 2, ..pdb_key() }).is_none());
        let guid = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        assert!(store.symbols(&PdbKey { guid, ..pdb_key() }).is_none());
        let others: Vec<String> = store.other_builds().into_iter().map(|(name, _)| name).collect();
        assert_eq!(others, ["netvsc.sys", "storvsc.pdb", "storvsc.sys"]);
    }

    /// A store that grew for years holds more builds of one driver than are looked at.
    #[test]
    fn of_many_builds_the_one_below_its_key_is_found() {
        let folder = Folder::new("builds");
        for build in 0..2 * MAX_OF_NAME {
            folder.put_other(&format!("storvsc.sys/{build:08X}9000/storvsc.sys"));
        }
        folder.put("storvsc.sys/B89D66BF7000/storvsc.sys", "storvsc.sys");
        assert!(folder.images().image(&image_key()).is_some());
    }

    #[test]
    fn a_kernel_goes_by_any_of_its_names() {
        let folder = Folder::new("kernel");
        folder.put("ntkrnlmp.exe", "storvsc.sys");
        let key = ImageKey { name: "ntoskrnl.exe".into(), ..image_key() };
        assert!(folder.images().image(&key).is_some());
        assert!(folder.images().image(&image_key()).is_none());
    }
}
