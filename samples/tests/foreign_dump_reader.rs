//! kdmp-parser, which shares nothing with this workspace, reads the dumps of types 1 and 5.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a panic in a test is how a test fails"
)]

use std::path::PathBuf;

use hvtriage_samples::dump::ModuleSpec;
use hvtriage_samples::dump::modules::{host_2008r2, host_2012r2};
use kdmp_parser::gxa::Gxa;
use kdmp_parser::parse::KernelDumpParser;
use kdmp_parser::structs::DumpType;

fn open(path: &str) -> KernelDumpParser {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    KernelDumpParser::new(path).unwrap()
}

/// Every module of the list and the filter are in the dump, at their addresses.
fn assert_modules(dump: &KernelDumpParser, modules: &[ModuleSpec]) {
    assert_eq!(dump.kernel_modules().len(), modules.len() + 1);
    for module in modules {
        let found = dump.kernel_modules().find(|(range, _)| range.start.u64() == module.base);
        let (range, name) = found.unwrap();
        assert!(name.to_lowercase().ends_with(&module.name.to_lowercase()), "{name}");
        assert_eq!(range.end.u64() - range.start.u64(), u64::from(module.size));
    }
    assert!(dump.kernel_modules().any(|(_, name)| name.ends_with("mfehidk.sys")));
}

#[test]
fn complete_dump() {
    let dump = open("antivirus-2008r2-cluster/HV45/MEMORY.DMP");
    assert_eq!(dump.dump_type(), DumpType::Full);
    let header = dump.headers();
    assert_eq!((header.minor_version, header.bug_check_code), (7601, 0xD1));
    assert_modules(&dump, &host_2008r2());
}

#[test]
fn bitmap_dump() {
    let dump = open("antivirus-on-host/HV41/MEMORY.DMP");
    assert_eq!(dump.dump_type(), DumpType::Bmp);
    let header = dump.headers();
    assert_eq!((header.minor_version, header.bug_check_code), (9600, 0xD1));
    let [_, irql, access, instruction] = header.bug_check_code_parameters;
    assert_eq!((irql, access), (2, 0));
    let mut modules = dump.kernel_modules();
    let (_, blamed) = modules.find(|(range, _)| range.contains(&instruction.into())).unwrap();
    assert!(blamed.ends_with("mfehidk.sys"), "{blamed}");
    drop(modules);
    assert_modules(&dump, &host_2012r2());
}
