//! The real user minidumps of the corpus say what its manifest says of them.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a missing corpus is told"
)]

mod corpus;

use hvtriage_crashdump::{DumpFormat, FrameTrust, StackFrame, examine};

/// File, processor, exception (empty: none), number of modules.
const EXPECTED: [(&str, &str, &str, usize); 32] = [
    ("ascii_read_av.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("ascii_read_av_block_write.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("ascii_read_av_clobber_write.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("ascii_read_av_conditional.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("ascii_read_av_then_jmp.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("ascii_read_av_xchg_write.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("ascii_write_av.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 26),
    ("ascii_write_av_arg_to_call.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 26),
    ("exec_av_on_stack.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_EXEC", 26),
    ("linux_inline.dmp", "x64", "SIGILL / ILL_ILLOPN", 8),
    ("linux_null_dereference.dmp", "x64", "SIGSEGV", 8),
    ("linux_null_read_av.dmp", "x64", "SIGSEGV", 8),
    ("minidump2.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 13),
    ("minidump_32bit_crash_addr.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 13),
    ("minidump_crashpad_annotation.dmp", "x64", "unknown 0x43506e78 / 0x00000000", 354),
    ("null_read_av.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("null_write_av.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 26),
    ("read_av_clobber_write.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("read_av_conditional.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("read_av_non_null.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 26),
    ("rm_invalid-parameter.dmp", "x64", "STATUS_INVALID_PARAMETER", 31),
    ("rm_linux-mini.dmp", "x64", "SIGSEGV", 8),
    ("rm_pipeline-inlines-macos-segv.dmp", "x64", "EXC_BAD_ACCESS / KERN_INVALID_ADDRESS", 47),
    ("rm_simple-crashpad.dmp", "x64", "unknown 0x00000000 / 0x00000000", 40),
    ("rm_test.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 13),
    ("stack_exhaustion.dmp", "x86", "EXCEPTION_STACK_OVERFLOW", 26),
    ("thread_name_list.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_READ", 17),
    (
        "tiny-exe-fastfail.dmp",
        "x64",
        "EXCEPTION_STACK_BUFFER_OVERRUN / FAST_FAIL_FATAL_APP_EXIT",
        21,
    ),
    ("tiny-exe-with-cet-xsave-x86.dmp", "x86", "", 19),
    ("tiny-exe-with-cet-xsave.dmp", "x64", "", 25),
    ("write_av_non_canonical.dmp", "x64", "EXCEPTION_ACCESS_VIOLATION_READ", 15),
    ("write_av_non_null.dmp", "x86", "EXCEPTION_ACCESS_VIOLATION_WRITE", 26),
];

#[test]
fn every_dump_says_what_the_manifest_says() {
    let Some(folder) = corpus::folder("dumps/user") else { return };
    for (file, machine, exception, modules) in EXPECTED {
        let report = examine(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        assert_eq!(report.format, DumpFormat::User, "{file}");
        assert_eq!(report.machine_type.to_string(), machine, "{file}");
        let found = report.exception.map(|exception| exception.description);
        assert_eq!(found.unwrap_or_default(), exception, "{file}");
        assert_eq!(report.modules.len(), modules, "{file}");
    }
}

/// Two files are broken on purpose: they make problems, and no panic.
#[test]
fn broken_dumps_make_problems() {
    let Some(folder) = corpus::folder("dumps/user") else { return };
    for file in ["rm_invalid-range.dmp", "rm_invalid-record-count.dmp"] {
        let report = examine(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        assert!(!report.problems.is_empty(), "{file}");
    }
}

#[test]
fn every_cut_of_a_dump_is_survived() {
    let Some(folder) = corpus::folder("dumps/user") else { return };
    let whole = std::fs::read(folder.join("rm_test.dmp")).unwrap();
    for size in (8..whole.len()).step_by(37) {
        let _ = examine(&whole[..size]).unwrap();
    }
    let mut bytes = whole.clone();
    for at in (8..whole.len()).step_by(11) {
        bytes[at] = !bytes[at];
        let _ = examine(&bytes);
        bytes[at] = whole[at];
    }
}

/// The numbers and the record of symbols as a reading by hand of `MINIDUMP_MODULE` finds them:
/// 0x50001 and 0xA280884, and `RSDS` with age 2. The program itself has no version.
#[test]
fn modules_tell_their_version_and_their_symbols() {
    let Some(folder) = corpus::folder("dumps/user") else { return };
    let report = examine(&std::fs::read(folder.join("rm_test.dmp")).unwrap()).unwrap();
    let (program, library) = (&report.modules[0], &report.modules[1]);
    assert_eq!(program.version, None);
    let key = program.pdb.as_ref().unwrap();
    assert_eq!((key.name.as_str(), key.age), ("test_app.pdb", 1));
    assert_eq!(library.version.as_ref().unwrap().to_string(), "5.1.2600.2180");
    let key = library.pdb.as_ref().unwrap();
    assert_eq!((key.name.as_str(), key.age), ("ntdll.pdb", 2));
    assert_eq!(key.guid.to_string(), "36515fb5-d043-45e4-91f6-72fa2e2878c0");
}

/// Frames of the thread that crashed, as the manifest has them from another reader: of x86 both follow
/// the same chain of frame pointers.
const FRAMES: [(&str, usize); 20] = [
    ("ascii_read_av.dmp", 6),
    ("ascii_read_av_block_write.dmp", 6),
    ("ascii_read_av_clobber_write.dmp", 6),
    ("ascii_read_av_conditional.dmp", 6),
    ("ascii_read_av_then_jmp.dmp", 6),
    ("ascii_read_av_xchg_write.dmp", 6),
    ("ascii_write_av.dmp", 6),
    ("ascii_write_av_arg_to_call.dmp", 6),
    ("exec_av_on_stack.dmp", 4),
    ("minidump2.dmp", 4),
    ("minidump_32bit_crash_addr.dmp", 4),
    ("null_read_av.dmp", 6),
    ("null_write_av.dmp", 6),
    ("read_av_clobber_write.dmp", 4),
    ("read_av_conditional.dmp", 5),
    ("read_av_non_null.dmp", 4),
    ("rm_test.dmp", 4),
    ("stack_exhaustion.dmp", 246),
    ("thread_name_list.dmp", 4),
    ("write_av_non_null.dmp", 4),
];

#[test]
fn stacks_of_x86_are_as_long_as_the_manifest_says() {
    let Some(folder) = corpus::folder("dumps/user") else { return };
    for (file, frames) in FRAMES {
        let report = examine(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        assert_eq!(report.stack.len(), frames, "{file}: {:?}", report.stack_end);
        let first = &report.stack[0];
        assert_eq!(Some(first.instruction), report.state.map(|state| state.instruction), "{file}");
    }
}

/// The crash of a process of x64 with its stack in the dump and no image at hand: nothing is unwound.
#[test]
fn what_cannot_be_unwound_is_not_said_to_be() {
    let Some(folder) = corpus::folder("dumps/user") else { return };
    for file in ["write_av_non_canonical.dmp", "tiny-exe-fastfail.dmp", "rm_linux-mini.dmp"] {
        let report = examine(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        assert!(report.stack.len() > 1, "{file}");
        let is_unwound = |frame: &StackFrame| frame.trust == FrameTrust::Unwound;
        assert!(!report.stack.iter().any(is_unwound), "{file}");
        assert!(report.stack_end.is_some(), "{file}");
    }
}
