//! Names of functions of real images, against what LLVM's reader of symbols says of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::companions::{FileBytes, ImageKey};

/// One image and its symbols, whatever is asked for.
struct Pair {
    image: Vec<u8>,
    symbols: Vec<u8>,
}

impl Companions for Pair {
    fn image(&self, _key: &ImageKey) -> Option<FileBytes> {
        Some(Arc::new(self.image.clone()))
    }

    fn symbols(&self, _key: &PdbKey) -> Option<FileBytes> {
        Some(Arc::new(self.symbols.clone()))
    }
}

impl Pair {
    fn read(image: &str, symbols: &str) -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
        let corpus = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
        let file = |name: &str| std::fs::read(corpus.join("pe").join(name));
        corpus
            .is_dir()
            .then(|| Self { image: file(image).unwrap(), symbols: file(symbols).unwrap() })
    }

    fn module(&self) -> Module {
        let number = |at: usize| u32::from_le_bytes(self.image[at..at + 4].try_into().unwrap());
        let header = number(0x3C) as usize;
        Module {
            name: "test.sys".into(),
            path: None,
            base: VirtAddr(0xFFFF_F880_0100_0000),
            size: number(header + 0x50),
            timestamp: Some(number(header + 8)),
            checksum: None,
            exception_table: None,
        }
    }

    /// The name of the function at an address, by the symbols.
    fn name(&self, address: u32) -> Option<(u32, String)> {
        let module = self.module();
        let image = Image::of(&module, None, self);
        match Names::of(&image, self) {
            Names::Symbols(functions) => functions.around(address),
            Names::Exports(_) => None,
        }
    }
}

/// `llvm-pdbutil dump --publics`: offsets in the section at 0x1000.
#[test]
#[allow(clippy::print_stderr, reason = "a missing corpus is told")]
fn functions_have_the_names_that_another_reader_gives_them() {
    let told = [
        ("seh_x64/nested_collided", 352, "nested_exception"),
        ("seh_x64/nested_collided", 2560, "__scrt_initialize_type_info"),
        ("seh_x64/xcpt4", 15_929, "_local_unwind"),
        ("seh_x64/xcpt4", 14_276, "__scrt_get_dyn_tls_dtor_callback"),
        ("dump_syms_regtest64", 27_472, "_fclose_nolock"),
        ("dump_syms_regtest64", 14_416, "_FindPESection"),
        ("CrashWithException", 256, "X::foo"),
        ("CrashWithException", 1812, "std::bad_alloc::~bad_alloc"),
    ];
    for (file, offset, name) in told {
        let Some(pair) = Pair::read(&format!("{file}.exe"), &format!("{file}.pdb")) else {
            eprintln!("left out: no real evidence (set HVTRIAGE_CORPUS)");
            return;
        };
        let start = 0x1000 + offset;
        for address in [start, start + 1] {
            assert_eq!(pair.name(address), Some((start, name.to_owned())), "{file}");
        }
    }
}

/// Symbols of another build of the same program would name other functions.
#[test]
fn symbols_with_another_signature_are_not_used() {
    let Some(pair) = Pair::read("CrashWithException.exe", "seh_x64/xcpt4.pdb") else { return };
    assert_eq!(pair.name(0x1100), None);
}

#[test]
fn damaged_symbols_are_symbols_for_as_far_as_they_go_or_none() {
    let Some(pair) = Pair::read("CrashWithException.exe", "CrashWithException.pdb") else { return };
    let module = pair.module();
    let image = Image::of(&module, None, &pair);
    let key = pdb_key(&image).unwrap();
    assert_eq!((key.name.as_str(), key.age), ("CrashWithException.pdb", 1));
    let names = |bytes: Vec<u8>| {
        let bytes: FileBytes = Arc::new(bytes);
        pdb::Functions::read(&bytes, &key).and_then(|functions| functions.around(0x1100))
    };
    let whole = names(pair.symbols.clone());
    assert_eq!(whole.as_ref().map(|it| it.1.as_str()), Some("X::foo"));
    let size = pair.symbols.len();
    for cut in (0..size).step_by(size / 60) {
        let _ = names(pair.symbols[..cut].to_vec());
    }
    for at in (0..size).step_by(size / 150) {
        for value in [0, 0xFF] {
            let mut damaged = pair.symbols.clone();
            damaged[at..(at + 8).min(size)].fill(value);
            let _ = names(damaged);
        }
    }
}
