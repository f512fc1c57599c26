//! Opens a kernel dump with the `kdmp-parser` package, to be measured beside hvtriage.

use std::path::Path;

use kdmp_parser::parse::KernelDumpParser;

fn main() {
    for path in std::env::args().skip(1) {
        let parser = KernelDumpParser::new(Path::new(&path));
        let modules = parser.map(|parser| parser.kernel_modules().len());
        assert!(modules.is_ok(), "{path}: {modules:?}");
    }
}
