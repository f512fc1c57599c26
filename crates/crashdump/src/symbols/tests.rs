//! Names of functions of real images, against what LLVM's reader of symbols says of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::companions::{FileBytes, ImageKey};

mod written;

use written::Written;

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
            pdb: None,
            version: None,
        }
    }

    /// The name of the function at an address, by the symbols.
    fn name(&self, address: u32) -> Option<(u32, String)> {
        let module = self.module();
        let image = Image::of(&module, None, self);
        match Names::of(&image, self) {
            Names::Symbols(functions) => functions.around(&image, address),
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
        // x86, where functions of C are decorated: `_main`, `@__security_check_cookie@4`.
        ("crash", 6416, "main"),
        ("crash", 6766, "__security_check_cookie"),
        ("crash", 10_220, "IsProcessorFeaturePresent"),
        ("crash", 3072, "google_breakpad::AutoExceptionHandler::~AutoExceptionHandler"),
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
        pdb::Functions::read(&bytes, &key)?.around(&image, 0x1100)
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

/// An image of x64 with a table of functions: start, end, unwind data. That at 0x2800 is plain; that at
/// 0x2810 is chained to the function at 0x1000.
fn image_with(functions: &[[u32; 3]]) -> Vec<u8> {
    let mut image = vec![0; 0x3000];
    let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3C, &0x80_u32.to_le_bytes());
    put(0x80, b"PE\0\0\x64\x86\x01\0");
    put(0x94, &0xF0_u16.to_le_bytes());
    put(0x98, &0x20B_u16.to_le_bytes());
    put(0x98 + 0x38, &0x3000_u32.to_le_bytes());
    put(0x98 + 0x3C, &0x3000_u32.to_le_bytes());
    put(0x98 + 0x6C, &16_u32.to_le_bytes());
    put(0x98 + 0x70 + 24, &0x400_u32.to_le_bytes());
    put(0x98 + 0x70 + 28, &(functions.len() as u32 * 12).to_le_bytes());
    for (index, value) in functions.iter().flatten().enumerate() {
        put(0x400 + index * 4, &value.to_le_bytes());
    }
    put(0x2800, &[1, 0, 0, 0]);
    put(0x2810, &[1 | 4 << 3, 0, 0, 0]);
    for (index, value) in [0x1000, 0x1100, 0x2800_u32].into_iter().enumerate() {
        put(0x2814 + index * 4, &value.to_le_bytes());
    }
    image
}

fn key() -> PdbKey {
    PdbKey { name: "test.pdb".into(), guid: Guid::from_bytes_le(written::GUID), age: 1 }
}

fn functions_of(pdb: &Written) -> (Option<pdb::Functions>, usize) {
    let bytes = pdb.bytes();
    let size = bytes.len();
    let bytes: FileBytes = Arc::new(bytes);
    (pdb::Functions::read(&bytes, &key()), size)
}

/// Public names tell no sizes. The image's table of functions says that 0x1180 is in a function without
/// a name, that 0x1280 is a part of the function at 0x1000 that was moved away, and that 0x1380 is a leaf
/// behind a function that ends at 0x1310.
#[test]
fn a_name_is_not_given_to_another_function() {
    let table = [
        [0x1000, 0x1100, 0x2800],
        [0x1140, 0x1200, 0x2800],
        [0x1240, 0x1300, 0x2810],
        [0x1300, 0x1310, 0x2800],
    ];
    let publics = [(0, "first"), (0x80, "inside"), (0x300, "third"), (0x400, "leaf")];
    let publics = publics.map(|(offset, name)| (offset, name.to_owned())).to_vec();
    let (functions, _) = functions_of(&Written { publics, ..Written::default() });
    let functions = functions.unwrap();
    let pair = Pair { image: image_with(&table), symbols: vec![] };
    let module = pair.module();
    let image = Image::of(&module, None, &pair);
    let name = |address| functions.around(&image, address);
    let named = |start, name: &str| Some((start, name.to_owned()));
    assert_eq!(name(0x1040), named(0x1000, "first"));
    assert_eq!(name(0x1090), named(0x1080, "inside"));
    assert_eq!(name(0x1180), None);
    assert_eq!(name(0x1280), named(0x1000, "first"));
    assert_eq!(name(0x1308), named(0x1300, "third"));
    assert_eq!(name(0x1380), None);
    assert_eq!(name(0x1410), named(0x1400, "leaf"));
    assert_eq!(name(0x0FFF), None);
    // Without the table the last name before the address is the best that can be said.
    let pair = Pair { image: vec![], symbols: vec![] };
    let image = Image::of(&module, None, &pair);
    assert_eq!(functions.around(&image, 0x1180), named(0x1080, "inside"));
}

/// A procedure tells its size, a public name at the same place is what other tools show.
#[test]
fn procedures_end_where_they_say() {
    let publics = vec![(0x10, "?f@X@@QEAAXXZ".to_owned())];
    let procedures = vec![(0x10, 0x20, "X::f".to_owned()), (0x40, 8, "local".to_owned())];
    let pdb = Written { publics, procedures, object_files: 1, ..Written::default() };
    let functions = functions_of(&pdb).0.unwrap();
    let pair = Pair { image: vec![], symbols: vec![] };
    let module = Pair { image: image_with(&[]), symbols: vec![] }.module();
    let image = Image::of(&module, None, &pair);
    assert_eq!(functions.around(&image, 0x102F), Some((0x1010, "X::f".into())));
    assert_eq!(functions.around(&image, 0x1030), None);
    assert_eq!(functions.around(&image, 0x1047), Some((0x1040, "local".into())));
    assert_eq!(functions.around(&image, 0x1048), None);
}

/// A file of 5 MB whose 60,000 object files share one stream of 2 MB would be read for hours, and its
/// names copied into 120 GB.
#[test]
fn streams_that_many_object_files_share_are_not_read_without_end() {
    let procedures = (0..33).map(|index| (index, 1, "a".repeat(60_000))).collect();
    let pdb = Written { procedures, object_files: 60_000, ..Written::default() };
    let begun = std::time::Instant::now();
    let (functions, size) = functions_of(&pdb);
    assert!(functions.unwrap().name_bytes() <= size);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// Finding a stream takes as long as there are streams before it.
#[test]
fn many_object_files_among_many_streams_end_soon() {
    let procedures = vec![(0, 1, "a".to_owned())];
    let (object_files, other_streams) = (60_000, 60_000);
    let pdb = Written { procedures, object_files, other_streams, ..Written::default() };
    let begun = std::time::Instant::now();
    assert!(functions_of(&pdb).0.is_some());
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn another_signature_or_age_is_another_build() {
    let bytes = Written { publics: vec![(0, "f".into())], ..Written::default() }.bytes();
    assert!(is_symbols(&bytes, &key()));
    assert!(!is_symbols(&bytes, &PdbKey { age: 2, ..key() }));
    assert!(!is_symbols(&bytes, &PdbKey { guid: Guid::from_bytes_le([8; 16]), ..key() }));
}

/// Every byte of a small file, wrong in four ways, and every length of it.
#[test]
fn any_damage_of_a_small_file_is_stood() {
    let publics = vec![(0, "f".to_owned()), (0x10, "?g@X@@QEAAXXZ".to_owned())];
    let procedures = vec![(0x40, 8, "local".to_owned())];
    let pdb = Written { publics, procedures, object_files: 2, ..Written::default() }.bytes();
    let pair = Pair { image: image_with(&[[0x1000, 0x1010, 0x2800]]), symbols: vec![] };
    let module = pair.module();
    let image = Image::of(&module, None, &pair);
    let ask = |bytes: Vec<u8>| {
        let bytes: FileBytes = Arc::new(bytes);
        let functions = pdb::Functions::read(&bytes, &key())?;
        for address in [0, 0x1000, 0x1010, 0x1044, 0x2000, u32::MAX] {
            let _ = functions.around(&image, address);
        }
        functions.around(&image, 0x1044)
    };
    assert_eq!(ask(pdb.clone()), Some((0x1040, "local".into())));
    for cut in 0..pdb.len() {
        let _ = ask(pdb[..cut].to_vec());
    }
    for at in (0..pdb.len()).filter(|at| pdb[*at] != 0 || at % 4 == 0) {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut damaged = pdb.clone();
            damaged[at] = value;
            let _ = ask(damaged);
        }
    }
}

/// Symbols of an image that was rearranged. The values were worked out from the two OMAP streams of the
/// file (by hand for the first, by a script for others) and `llvm-pdbutil dump --symbols`: the piece at
/// 0x106A was linked at 0x1070, what is at 0x1074 was added later, and 0x20ED was linked at 0x1DFB, which
/// is in the procedure `_setargv`, now at 0x2043. Without the tables it would be taken for another.
#[test]
fn a_rearranged_image_is_named_by_where_its_pieces_were() {
    let Some(pair) = Pair::read("crash.exe", "omap_stretched.pdb") else { return };
    let guid = "ABDA3C53-D807-4326-AA40-F41DD5382457".parse().unwrap();
    let key = PdbKey { name: "omap_stretched.pdb".into(), guid, age: 1 };
    let bytes: FileBytes = Arc::new(pair.symbols.clone());
    let functions = pdb::Functions::read(&bytes, &key).unwrap();
    let module = pair.module();
    let image = Image::of(&module, None, &pair);
    for (address, expected) in [
        (0x1000, Some((0x1000, "main"))),
        (0x106A, Some((0x106A, "google_breakpad::C::C"))),
        (0x1073, Some((0x106A, "google_breakpad::C::C"))),
        (0x1074, None),
        (0x1490, Some((0x1472, "__CxxUnhandledExceptionFilter"))),
        (0x20ED, Some((0x2043, "_setargv"))),
        (0x3F49, Some((0x3EAF, "wcscpy_s"))),
        (0x5E89, Some((0x5D83, "__free_lc_time"))),
        (0xE000, None),
    ] {
        let name = functions.around(&image, address);
        let name = name.as_ref().map(|(start, name)| (*start, name.as_str()));
        assert_eq!(name, expected, "{address:#x}");
    }
}
