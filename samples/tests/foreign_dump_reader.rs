//! kdmp-parser and minidump, which share nothing with this workspace, read the dumps of machines of the types
//! that they know and the dump of a process.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a panic in a test is how a test fails"
)]

use std::path::PathBuf;

use hvtriage_samples::dump::modules::{host_2008r2, host_2012r2};
use hvtriage_samples::dump::{Architecture, ModuleSpec};
use hvtriage_samples::scenario::dump_types::{crashed_process, machines};
use kdmp_parser::gxa::Gxa;
use kdmp_parser::parse::KernelDumpParser;
use kdmp_parser::structs::DumpType;
use minidump::{
    Minidump, MinidumpException, MinidumpModuleList, MinidumpSystemInfo, MinidumpThreadList,
    Module as _,
};

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

/// Header, modules and what the type says of the rest.
#[test]
fn every_type_that_is_known() {
    let mut read = 0;
    for (name, spec) in machines() {
        let expected = match spec.kind.code() {
            1 => DumpType::Full,
            5 => DumpType::Bmp,
            6 => DumpType::LiveKernelMemory,
            8 => DumpType::KernelMemory,
            9 => DumpType::KernelAndUserMemory,
            0xA => DumpType::CompleteMemory,
            _ => continue,
        };
        if spec.architecture != Architecture::X64 || spec.table_levels != 4 {
            continue;
        }
        let dump = open(&format!("dump-types/{name}"));
        assert_eq!(dump.dump_type(), expected, "{name}");
        let header = dump.headers();
        assert_eq!((header.minor_version, header.bug_check_code), (spec.build, spec.bugcheck));
        assert_eq!(header.bug_check_code_parameters, spec.parameters, "{name}");
        assert_eq!(dump.kernel_modules().len(), spec.modules.len(), "{name}");
        for module in &spec.modules {
            let found = dump.kernel_modules().find(|(range, _)| range.start.u64() == module.base);
            let (range, _) = found.unwrap();
            assert_eq!(range.end.u64() - range.start.u64(), u64::from(module.size), "{name}");
        }
        read += 1;
    }
    assert_eq!(read, 9);
}

#[test]
fn dump_of_a_process() {
    let spec = crashed_process();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("dump-types/process.mdmp");
    let dump = Minidump::read_path(path).unwrap();
    let system = dump.get_stream::<MinidumpSystemInfo>().unwrap();
    let raw = &system.raw;
    assert_eq!([raw.major_version, raw.minor_version, raw.build_number], spec.windows);
    let modules = dump.get_stream::<MinidumpModuleList>().unwrap();
    let found: Vec<_> = modules
        .iter()
        .map(|module| (module.name.clone(), module.base_address(), module.size()))
        .collect();
    let expected: Vec<_> = spec
        .modules
        .iter()
        .map(|module| (module.path.clone(), module.base, u64::from(module.size)))
        .collect();
    assert_eq!(found, expected);
    let own = modules.main_module().unwrap();
    assert_eq!(own.debug_file().unwrap(), "vmwp.pdb");
    assert_eq!(own.version().unwrap(), "10.0.19041.1");
    let threads = dump.get_stream::<MinidumpThreadList>().unwrap();
    assert_eq!(threads.threads.len(), spec.threads.len());
    let exception = dump.get_stream::<MinidumpException>().unwrap();
    assert_eq!(exception.thread_id, spec.threads[0].id);
    let memory = dump.get_memory().unwrap();
    for thread in &spec.threads {
        let at = thread.stack_pointer;
        let stack = memory.memory_at_address(at).unwrap();
        assert_eq!(stack.get_memory_at_address::<u64>(at), thread.stack.first().copied());
    }
}
