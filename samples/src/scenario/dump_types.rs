//! One crash of one small machine in every kind of dump.

use super::{Evidence, Folder, Sample};
use crate::dump::calls::{Call, address_of, call, scan_of_freed_buffer};
use crate::dump::modules::{base_of, guest_with_filter, unloaded_after};
use crate::dump::process::{self, ProcessModule, ProcessSpec, ProcessThread};
use crate::dump::{
    Architecture, DumpKind, DumpSpec, ModuleSpec, SecondarySpec, UnloadedSpec,
    virtual_machine_tables, write,
};
use crate::instant::{DAY, HOUR, MINUTE, utc};

/// The folder, and the process whose dump is not one of a machine.
const FOLDER: &str = "dump-types";
const PROCESS: &str = "process.mdmp";

/// What the filter's worker reads; its page is gone.
const FREED: u64 = 0xFFFF_FA80_0C21_7000;
/// What firmware tells of the machine.
const SMBIOS: &str = "bc5c008f-1e3a-44d7-988d-86f6884c6758";
const STORAGE: &str = "da82441d-7142-4bc1-b844-0807c5a4b67f";
/// The number by which the host knows the machine, as the firmware stores it.
const VIRTUAL_MACHINE: [u8; 16] = [
    0x0E, 0x64, 0xD1, 0xB5, 0xF9, 0x83, 0x27, 0x4A, 0x9C, 0xE0, 0x4D, 0x76, 0xF1, 0xA8, 0x2B, 0x07,
];

const TOO_SMALL_FILE: u32 = 1 << 2;
const WRITTEN_BY_KERNEL: u32 = 1 << 3;
const LIVE: u32 = 1 << 4;
const OFFLINE: u32 = 1 << 5;
const FILTERED: u32 = 1 << 6;
const DECRYPTED: u32 = 1 << 9;

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new(FOLDER);
    for (name, spec) in machines() {
        folder.add(name, Evidence::Bytes(write(&spec)));
    }
    folder.add(PROCESS, Evidence::Bytes(process::write(&crashed_process())));
    folder.samples
}

/// Every dump of a machine by its file's name.
#[must_use]
pub fn machines() -> Vec<(&'static str, DumpSpec)> {
    use DumpKind::{
        Bitmap, BitmapAutomatic, BitmapFull, BitmapKernel, Full, Header, Ranges, RangesFull,
        RangesWithProcesses, Summary, Triage, TriageByDebugger,
    };
    let tables =
        SecondarySpec { guid: SMBIOS.to_owned(), data: virtual_machine_tables(VIRTUAL_MACHINE) };
    let storage =
        SecondarySpec { guid: STORAGE.to_owned(), data: b"no errors on the dump device".to_vec() };
    let with = |kind, build, attributes| DumpSpec { attributes, ..filter_fails(kind, build) };
    let mut machines = vec![
        ("full.dmp", with(Full, 7601, 0)),
        ("summary.dmp", with(Summary, 7601, 0)),
        ("header.dmp", with(Header, 9600, TOO_SMALL_FILE)),
        (
            "triage-by-kernel.dmp",
            DumpSpec {
                secondary: vec![tables.clone(), SecondarySpec::default(), storage.clone()],
                ..with(Triage, 19041, WRITTEN_BY_KERNEL)
            },
        ),
        ("triage-by-debugger.dmp", with(TriageByDebugger, 7601, 0)),
        ("bitmap-kernel-of-2012.dmp", with(Bitmap, 9200, 0)),
        ("bitmap-full.dmp", with(BitmapFull, 9600, 0)),
        (
            "bitmap-kernel.dmp",
            DumpSpec { secondary: vec![tables], ..with(BitmapKernel, 19041, DECRYPTED) },
        ),
        ("bitmap-automatic.dmp", with(BitmapAutomatic, 9600, 0)),
        ("bitmap-active.dmp", with(BitmapKernel, 14393, FILTERED)),
        ("live.dmp", DumpSpec { attributes: LIVE, ..runs_on(BitmapKernel, 19041) }),
        ("ranges-kernel.dmp", with(Ranges, 19041, OFFLINE)),
        ("ranges-kernel-and-processes.dmp", with(RangesWithProcesses, 19041, 0)),
        ("ranges-full.dmp", with(RangesFull, 26100, 0)),
        ("five-levels.dmp", DumpSpec { table_levels: 5, ..with(Full, 26100, 0) }),
        ("arm64-triage.dmp", stopped_arm64()),
        ("x86.dmp", stopped_x86(Full, Architecture::X86)),
        ("x86-pae.dmp", stopped_x86(Full, Architecture::X86Pae)),
        ("x86-triage.dmp", stopped_x86(Triage, Architecture::X86Pae)),
    ];
    // Each is another crash.
    for ((_, spec), number) in machines.iter_mut().zip(0..) {
        spec.system_time_filetime = utc(2021, 3, 14, 15, 9, 26) + number * DAY;
        spec.uptime_ticks = 3 * HOUR + number * MINUTE;
        spec.processors = 1;
    }
    machines
}

/// 0xD1 in the antivirus filter.
fn filter_fails(kind: DumpKind, build: u32) -> DumpSpec {
    let modules = guest_with_filter(build);
    let calls = scan_of_freed_buffer();
    let instruction = calls.first().map_or(0, |failed| address_of(failed, &modules));
    DumpSpec {
        kind,
        build,
        bugcheck: 0xD1,
        parameters: [FREED, 2, 0, instruction],
        unloaded: unloaded_after(&modules),
        modules,
        calls,
        ..DumpSpec::default()
    }
}

/// No stop: the dump was asked for.
fn runs_on(kind: DumpKind, build: u32) -> DumpSpec {
    let modules = guest_with_filter(build);
    DumpSpec {
        kind,
        build,
        bugcheck: 0x161,
        unloaded: unloaded_after(&modules),
        modules,
        calls: worker(),
        ..DumpSpec::default()
    }
}

/// A worker of the kernel.
fn worker() -> Vec<Call> {
    let places = [
        ("ExpWorkerThread", 0x111),
        ("PspSystemThreadStartup", 0x5A),
        ("KiStartSystemThread", 0x16),
    ];
    places.map(|(function, offset)| call("ntoskrnl.exe", function, offset)).to_vec()
}

/// A stop that the keyboard driver asked for.
fn stopped_arm64() -> DumpSpec {
    let modules = plain_modules(
        0xFFFF_F803_4E00_0000,
        &[("ntoskrnl.exe", 0xE0_0000), ("hal.dll", 0x6000), ("i8042prt.sys", 0x2_6000)],
    );
    let [kernel, driver] = ["ntoskrnl.exe", "i8042prt.sys"].map(|name| base_of(&modules, name));
    DumpSpec {
        kind: DumpKind::Triage,
        architecture: Architecture::Arm64,
        build: 26100,
        bugcheck: 0xE2,
        attributes: WRITTEN_BY_KERNEL,
        product_type: 1,
        callers: vec![driver + 0x1_2A38, driver + 0x84C4, kernel + 0x31_0E9C, kernel + 0x30_F0B4],
        unloaded: unloaded_after(&modules),
        modules,
        ..DumpSpec::default()
    }
}

/// 0xD1 in the filter of an x86 machine.
fn stopped_x86(kind: DumpKind, architecture: Architecture) -> DumpSpec {
    let modules = plain_modules(
        0x8260_0000,
        &[("ntoskrnl.exe", 0x41_2000), ("hal.dll", 0x3_7000), ("cavflt.sys", 0x8000)],
    );
    let [kernel, filter] = ["ntoskrnl.exe", "cavflt.sys"].map(|name| base_of(&modules, name));
    let end = modules.last().map_or(0, |module| module.base + u64::from(module.size));
    DumpSpec {
        kind,
        architecture,
        bugcheck: 0xD1,
        parameters: [0x9C21_7000, 2, 0, filter + 0x1013],
        callers: vec![filter + 0x105E, kernel + 0x7_E6D1, kernel + 0x20_59E3],
        unloaded: vec![UnloadedSpec {
            name: "dump_atapi.sys".to_owned(),
            start: end + 0x4000,
            end: end + 0xD000,
        }],
        modules,
        ..DumpSpec::default()
    }
}

/// Modules one behind the other, of which there are no files.
fn plain_modules(base: u64, rows: &[(&str, u32)]) -> Vec<ModuleSpec> {
    let mut base = base;
    let mut modules = Vec::new();
    for ((name, size), number) in rows.iter().zip(0_u32..) {
        modules.push(ModuleSpec {
            name: (*name).to_owned(),
            path: format!("\\SystemRoot\\system32\\drivers\\{name}"),
            base,
            size: *size,
            timestamp: 0x4CE7_9200 + number * 0x123,
            checksum: size + 0x1_2345 * (number + 1),
            ..ModuleSpec::default()
        });
        base += u64::from(*size);
    }
    modules
}

/// A worker process of Hyper-V that read what it must not.
#[must_use]
pub fn crashed_process() -> ProcessSpec {
    let module = |name: &str, base: u64, size: u32, number: u8| ProcessModule {
        path: format!("C:\\Windows\\System32\\{name}"),
        base,
        size,
        timestamp: 0x5DEB_D200 + u32::from(number),
        checksum: size + 0x1234,
        version: [10, 0, 19041, u16::from(number)],
        pdb: format!("{}.pdb", name.split('.').next().unwrap_or(name)),
        signature: [number; 16],
    };
    let (own, system) = (0x7FF6_1C2A_0000, 0x7FFB_9E40_0000);
    ProcessSpec {
        windows: [10, 0, 19041],
        time_filetime: utc(2021, 4, 20, 6, 30, 0),
        id: 4711,
        lived_seconds: 86_400,
        modules: vec![
            module("vmwp.exe", own, 0x31_0000, 1),
            module("ntdll.dll", system, 0x1F_5000, 2),
        ],
        threads: vec![
            ProcessThread {
                id: 5120,
                instruction: own + 0x4_2F1C,
                stack_pointer: 0x8E_4F7F_E000,
                stack: vec![0, 0, own + 0x3_0188, 0, system + 0x5_2651, 0],
            },
            ProcessThread {
                id: 5124,
                instruction: system + 0x9_D8F4,
                stack_pointer: 0x8E_4F8F_F000,
                stack: vec![own + 0x1_1111, 0],
            },
        ],
        read_address: 0x18,
    }
}
