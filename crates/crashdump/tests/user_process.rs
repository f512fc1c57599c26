//! What user minidumps of the corpus say of their processes, and small files that ask for too much.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a missing corpus is told"
)]

mod corpus;

use std::time::Instant;

use hvtriage_crashdump::{CrashReport, UserProcess, examine};

/// What `minidump-stackwalk --json` 0.27.0 prints.
struct Expected {
    file: &'static str,
    process: u32,
    threads: usize,
    processor: &'static str,
    crashed: Option<u32>,
    instruction: u64,
    handles: usize,
    first_error: Option<&'static str>,
}

const EXPECTED: [Expected; 6] = [
    Expected {
        file: "tiny-exe-fastfail.dmp",
        process: 41_996,
        threads: 4,
        processor: "family 6 model 85 stepping 4",
        crashed: Some(24_440),
        instruction: 0x7ff7_5355_af42,
        handles: 0,
        first_error: Some("ERROR_ALREADY_EXISTS"),
    },
    Expected {
        file: "linux_inline.dmp",
        process: 2_146_002,
        threads: 1,
        processor: "family 6 model 85 stepping 4",
        crashed: Some(2_146_002),
        instruction: 0x21_61b6,
        handles: 0,
        first_error: None,
    },
    Expected {
        file: "minidump_crashpad_annotation.dmp",
        process: 54_806,
        threads: 7,
        processor: "family 0 model 0 stepping 0",
        crashed: Some(4_779_401),
        instruction: 0x1_030e_9c34,
        handles: 0,
        first_error: None,
    },
    Expected {
        file: "rm_pipeline-inlines-macos-segv.dmp",
        process: 80_556,
        threads: 11,
        processor: "family 6 model 70 stepping 1",
        crashed: Some(4611),
        instruction: 0x1_02a6_8cd4,
        handles: 0,
        first_error: None,
    },
    Expected {
        file: "tiny-exe-with-cet-xsave.dmp",
        process: 15_444,
        threads: 1,
        processor: "family 6 model 140 stepping 1",
        crashed: None,
        instruction: 0,
        handles: 147,
        first_error: Some("ERROR_SUCCESS"),
    },
    Expected {
        file: "thread_name_list.dmp",
        process: 6040,
        threads: 6,
        processor: "GenuineIntel family 6 model 158 stepping 9",
        crashed: Some(10_976),
        instruction: 0x40_15fd,
        handles: 0,
        first_error: None,
    },
];

fn report_of(file: &str) -> Option<CrashReport> {
    let folder = corpus::folder("dumps/user")?;
    Some(examine(&std::fs::read(folder.join(file)).unwrap()).unwrap())
}

#[test]
fn processes_are_what_the_other_reader_says() {
    for expected in &EXPECTED {
        let file = expected.file;
        let Some(report) = report_of(file) else { return };
        let process = report.process.expect(file);
        assert_eq!(process.process_id, Some(expected.process), "{file}");
        assert_eq!(process.threads.len(), expected.threads, "{file}");
        assert_eq!(process.processor.as_deref(), Some(expected.processor), "{file}");
        assert_eq!(process.crashed_thread, expected.crashed, "{file}");
        let instruction = report.state.map_or(0, |state| state.instruction.0);
        assert_eq!(instruction, expected.instruction, "{file}");
        assert_eq!(process.handles.len(), expected.handles, "{file}");
        assert_eq!(process.threads[0].last_error.as_deref(), expected.first_error, "{file}");
        assert_eq!(report.problems, [], "{file}");
    }
}

#[test]
fn registers_and_names_of_threads() {
    let Some(report) = report_of("thread_name_list.dmp") else { return };
    let threads: Vec<(u32, Option<&str>)> = report
        .process
        .as_ref()
        .unwrap()
        .threads
        .iter()
        .map(|thread| (thread.id, thread.name.as_deref()))
        .collect();
    let expected = [
        (6564, Some("main thread")),
        (3296, None),
        (3164, None),
        (11_960, None),
        (8820, Some("sleep thread")),
        (10_976, Some("overflow thread")),
    ];
    assert_eq!(threads, expected);
    let state = report.state.unwrap();
    let expected = [
        ("eax", 0xf_0ff0),
        ("ebp", 0x1cc_ff70),
        ("ebx", 0xf_0ff0),
        ("ecx", 0x6590_004c),
        ("edi", 0x40_15b0),
        ("edx", 0x2ae0),
        ("eflags", 0x1_0212),
        ("eip", 0x40_15fd),
        ("esi", 0x40_15b0),
        ("esp", 0x1cc_ff58),
    ];
    let mut registers = state.registers;
    registers.sort_unstable();
    assert_eq!(registers, expected);
}

#[test]
fn handles_have_types() {
    let Some(report) = report_of("tiny-exe-with-cet-xsave.dmp") else { return };
    let process = report.process.unwrap();
    let first: Vec<_> = process.handles[..2]
        .iter()
        .map(|handle| (handle.value, handle.type_name.as_deref(), handle.object_name.as_deref()))
        .collect();
    assert_eq!(first, [(4, Some("File"), None), (8, Some("Event"), None)]);
}

/// The texts stand so in the files, as `strings` shows.
#[test]
fn annotations_are_kept_with_their_origin() {
    let Some(report) = report_of("minidump_crashpad_annotation.dmp") else { return };
    let annotations = report.process.unwrap().annotations;
    let value = |origin: &str, name: &str| {
        let found = annotations.iter().find(|it| it.origin == origin && it.name == name);
        found.map(|annotation| annotation.value.as_str())
    };
    assert_eq!(value("process", "prod"), Some("xcuitest"));
    assert_eq!(value("ios_crash_xcuitests", "exceptionName"), Some("NSRangeException"));
    let Some(report) = report_of("rm_linux-mini.dmp") else { return };
    let annotations = report.process.unwrap().annotations;
    let release = annotations.iter().find(|it| it.name == "release").unwrap();
    assert_eq!(release.value, "Ubuntu 16.04.3 LTS");
    let ranges = annotations.iter().find(|it| it.name == "mapped ranges").unwrap();
    assert_eq!(ranges.value, "35");
}

/// A minidump with the one stream `kind`, whose bytes start at 0x2C, and `rest` behind them.
fn minidump(kind: u32, stream: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut bytes = b"MDMP\x93\xA7\0\0".to_vec();
    for number in [1, 0x20, 0, 0, 0, 0, kind, stream.len() as u32, 0x2C] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(stream);
    bytes.extend_from_slice(rest);
    bytes
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn process_of(file: &[u8]) -> (UserProcess, Vec<String>) {
    let begin = Instant::now();
    let report = examine(file).unwrap();
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    let problems = report.problems.into_iter().map(|problem| problem.message).collect();
    (report.process.unwrap(), problems)
}

/// The chain of details behind this handle comes back to its start.
#[test]
fn a_handle_whose_details_go_round_is_read() {
    let details = 0x2C + 16 + 40;
    let name = details + 12;
    let mut stream = words(&[16, 40, 1, 0]);
    stream.extend(words(&[0x44, 0, name, 0, 0, 0x1F_0003, 1, 1, details, 0]));
    let mut rest = words(&[details, 1, 0, 10]);
    rest.extend("Event".encode_utf16().flat_map(u16::to_le_bytes));
    let (process, _) = process_of(&minidump(12, &stream, &rest));
    assert_eq!(process.handles.len(), 1);
    let handle = &process.handles[0];
    assert_eq!((handle.value, handle.type_name.as_deref()), (0x44, Some("Event")));
    assert_eq!((handle.object_name.as_deref(), handle.granted_access), (None, 0x1F_0003));
}

/// Copied for each handle, the name would take 2.6 gigabytes.
#[test]
fn a_shared_name_is_not_copied_for_every_handle() {
    const COUNT: u32 = 20_000;
    let name = 0x2C + 16 + 32 * COUNT;
    let mut stream = words(&[16, 32, COUNT, 0]);
    for _ in 0..COUNT {
        stream.extend(words(&[1, 0, name, name, 0, 0, 0, 0]));
    }
    let mut rest = words(&[0x1_0000]);
    rest.extend([b'a', 0].repeat(0x8000));
    let file = minidump(12, &stream, &rest);
    let (process, problems) = process_of(&file);
    let names = process.handles.iter().flat_map(|it| [&it.type_name, &it.object_name]);
    let bytes: usize = names.flatten().map(String::len).sum();
    assert!(bytes <= file.len(), "{bytes} of names from {} bytes", file.len());
    assert!(problems.iter().any(|it| it.contains("names of this dump share")), "{problems:?}");
}

/// Copied for each key and value, the text would take 1.3 gigabytes.
#[test]
fn annotations_that_share_their_bytes_are_bounded() {
    const COUNT: u32 = 10_000;
    let dictionary = 0x2C + 52;
    let text = dictionary + 4 + 8 * COUNT;
    let mut stream = vec![0; 52];
    stream[0] = 1;
    stream[36..44].copy_from_slice(&words(&[4 + 8 * COUNT, dictionary]));
    let mut rest = words(&[COUNT]);
    for _ in 0..COUNT {
        rest.extend(words(&[text, text]));
    }
    rest.extend(words(&[0x1_0000]));
    rest.extend(vec![b'a'; 0x1_0001]);
    let file = minidump(0x4350_0001, &stream, &rest);
    let (process, problems) = process_of(&file);
    let bytes: usize = process.annotations.iter().map(|it| it.name.len() + it.value.len()).sum();
    assert!(bytes > 0 && bytes <= file.len(), "{bytes} of text from {} bytes", file.len());
    assert!(problems.iter().any(|it| it.contains("names of this dump share")), "{problems:?}");
}

/// 3,000 modules that all lead to the same list of 1,000 empty texts.
#[test]
fn modules_that_share_a_list_of_annotations_are_bounded() {
    let links = 0x2C + 52;
    let module = links + 4 + 12 * 3000;
    let list = module + 28;
    let text = list + 4 + 4 * 1000;
    let mut stream = vec![0; 52];
    stream[0] = 1;
    stream[44..52].copy_from_slice(&words(&[4 + 12 * 3000, links]));
    let mut rest = words(&[3000]);
    for _ in 0..3000 {
        rest.extend(words(&[0, 28, module]));
    }
    rest.extend(words(&[1, 4 + 4 * 1000, list, 0, 0, 0, 0, 1000]));
    rest.extend(words(&vec![text; 1000]));
    rest.extend(words(&[0, 0]));
    let (process, _) = process_of(&minidump(0x4350_0001, &stream, &rest));
    assert_eq!(process.annotations.len(), 4096);
    assert_eq!(process.annotations[0].origin, "unknown module");
}

/// A full dump of a process, of which the transfer left a part: two ranges of 0x100 and 0x200
/// bytes, and the file ends 0x80 bytes early.
#[test]
fn memory_that_the_file_cuts_is_counted() {
    let base = 0x2C_u64 + 48;
    let numbers = [2, base, 0x1_0000, 0x100, 0x2_0000, 0x200];
    let stream: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let file = minidump(9, &stream, &[0x5A; 0x280]);
    let (process, problems) = process_of(&file);
    let memory = process.memory.unwrap();
    assert_eq!((memory.ranges, memory.bytes_promised, memory.bytes_present), (2, 0x300, 0x280));
    let message = "640 of 768 bytes of memory are in the file";
    assert!(problems.iter().any(|it| it == message), "{problems:?}");
}

#[test]
fn counts_beyond_the_file_are_said() {
    let huge = words(&[u32::MAX, u32::MAX, u32::MAX, u32::MAX, 1, 2, 3, 4]);
    for (kind, says) in [
        (3, "a list of 4294967295 threads is not read"),
        (5, "1 of 4294967295 ranges of memory are read"),
        (12, "0 of 4294967295 handles are read"),
    ] {
        let (_, problems) = process_of(&minidump(kind, &huge, &[]));
        assert!(problems.iter().any(|it| it == says), "{kind}: {problems:?}");
    }
    let (process, _) = process_of(&minidump(24, &huge, &[]));
    assert!(process.threads.is_empty());
}
