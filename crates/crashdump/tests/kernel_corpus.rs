//! The real kernel dumps of the corpus say what its manifest says of them.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a missing corpus is told"
)]

mod corpus;

use hvtriage_crashdump::{
    BlameConfidence, CrashReport, DumpFormat, FrameTrust, MachineType, Role, Stated, examine,
};

/// One row of the manifest.
struct Expected {
    file: &'static str,
    build: u32,
    machine: MachineType,
    processors: u32,
    code: u32,
    parameters: [u64; 4],
    /// Module and offset that the instruction address parameter names.
    fault: Option<(&'static str, u64)>,
    blamed: Option<(&'static str, BlameConfidence)>,
    /// How the registers were found, the record they stand in, instruction and stack pointer.
    state: (&'static str, Option<u64>, u64, u64),
    /// 15 characters at most; `EpicGamesLauncher.exe` is stored as `EpicGamesLaunc`.
    process: &'static str,
    uptime_seconds: u64,
    modules: usize,
    unloaded: usize,
}

const EXPECTED: [Expected; 8] = [
    Expected {
        file: "13a.dmp",
        build: 26100,
        machine: MachineType::Amd64,
        processors: 12,
        code: 0x13a,
        parameters: [0x12, 0xffff_8307_e900_0140, 0xffff_8308_6a55_0000, 0],
        fault: None,
        blamed: None,
        state: ("context in the header", None, 0xffff_f803_e96b_87e0, 0xffff_bc84_4367_e6a8),
        process: "svchost.exe",
        uptime_seconds: 834,
        modules: 203,
        unloaded: 10,
    },
    Expected {
        file: "1a.dmp",
        build: 26100,
        machine: MachineType::Amd64,
        processors: 12,
        code: 0x1a,
        parameters: [0x41792, 0xffff_dd01_0bc5_d3f8, 0x20_0000_0000, 0],
        fault: None,
        blamed: None,
        state: ("context in the header", None, 0xffff_f804_97ab_87e0, 0xffff_b98e_1eb8_7378),
        process: "msedge.exe",
        uptime_seconds: 7975,
        modules: 201,
        unloaded: 10,
    },
    Expected {
        file: "50_1.dmp",
        build: 26100,
        machine: MachineType::Amd64,
        processors: 12,
        code: 0x50,
        parameters: [0xffff_bd0e_4cf6_a558, 0, 0xffff_f800_af46_0702, 2],
        fault: Some(("ntoskrnl.exe", 0x86_0702)),
        blamed: None,
        state: (
            "trap frame on the stack, with the instruction of parameter 3",
            Some(0xffff_f507_c53c_f250),
            0xffff_f800_af46_0702,
            0xffff_f507_c53c_f3e0,
        ),
        process: "Discord.exe",
        uptime_seconds: 29,
        modules: 203,
        unloaded: 10,
    },
    Expected {
        file: "7e_1.dmp",
        build: 19041,
        machine: MachineType::Amd64,
        processors: 4,
        code: 0x1000_007e,
        parameters: [
            0xffff_ffff_c000_001d,
            0xffff_f801_d566_634e,
            0xffff_838d_7cc2_6478,
            0xffff_838d_7cc2_5cb0,
        ],
        fault: Some(("nvlddmkm.sys", 0x12_634e)),
        blamed: Some(("nvlddmkm.sys", BlameConfidence::High)),
        state: (
            "context in parameter 4",
            Some(0xffff_838d_7cc2_5cb0),
            0xffff_f801_d566_634e,
            0xffff_838d_7cc2_66b0,
        ),
        process: "System",
        uptime_seconds: 267,
        modules: 189,
        unloaded: 12,
    },
    Expected {
        file: "9f.dmp",
        build: 19041,
        machine: MachineType::Amd64,
        processors: 20,
        code: 0x9f,
        parameters: [3, 0xffff_d68f_e35b_8050, 0xffff_d007_d628_7ba0, 0xffff_d68f_e383_b8a0],
        fault: None,
        // Its request waits in disk.sys; the device at the bottom is of this driver. The numbers were
        // followed by hand: IRP, stack location, device, driver, start of the driver.
        blamed: Some(("iastorac.sys", BlameConfidence::Low)),
        state: ("context in the header", None, 0xffff_f804_709f_e8f0, 0xffff_d007_d628_7b68),
        process: "EpicGamesLaunc",
        uptime_seconds: 2140,
        modules: 184,
        unloaded: 6,
    },
    Expected {
        file: "d1.dmp",
        build: 19041,
        machine: MachineType::Amd64,
        processors: 12,
        code: 0xd1,
        parameters: [0x29, 2, 0, 0xffff_f800_a56d_1ae9],
        fault: Some(("ks.sys", 0x1ae9)),
        // A framework, and its callers are unknown without its image.
        blamed: Some(("ks.sys", BlameConfidence::Low)),
        state: (
            "trap frame on the stack, with the instruction of parameter 4",
            Some(0xffff_f98a_6645_eca0),
            0xffff_f800_a56d_1ae9,
            0xffff_f98a_6645_ee30,
        ),
        process: "audiodg.exe",
        uptime_seconds: 2236,
        modules: 210,
        unloaded: 17,
    },
    // The manifest shows `#` for the process: it was read at the x64 offset. The ARM64 structure
    // holds the name elsewhere, and it is `System`.
    Expected {
        file: "triage_arm64.dmp",
        build: 22000,
        machine: MachineType::Arm64,
        processors: 8,
        code: 0x1c8,
        parameters: [0x1b58, 0xffff_f803_f3a2_0860, 0, 0],
        fault: None,
        blamed: None,
        state: ("context in the header", None, 0xffff_f803_f32d_e014, 0xffff_e00e_0e4b_c4a0),
        process: "System",
        uptime_seconds: 796,
        modules: 245,
        unloaded: 11,
    },
    Expected {
        file: "triage_x64.dmp",
        build: 19041,
        machine: MachineType::Amd64,
        processors: 16,
        code: 0x1000_007e,
        parameters: [
            0xffff_ffff_c000_0005,
            0xffff_f804_8b58_334c,
            0xffff_8504_2989_1ee8,
            0xffff_8504_2989_1720,
        ],
        fault: Some(("amdppm.sys", 0x334c)),
        blamed: Some(("amdppm.sys", BlameConfidence::High)),
        state: (
            "context in parameter 4",
            Some(0xffff_8504_2989_1720),
            0xffff_f804_8b58_334c,
            0xffff_8504_2989_2120,
        ),
        process: "System",
        uptime_seconds: 3,
        modules: 151,
        unloaded: 4,
    },
];

fn check(expected: &Expected, report: &CrashReport) {
    let file = expected.file;
    assert_eq!(report.format, DumpFormat::Kernel64, "{file}");
    assert_eq!((report.dump_type.as_str(), report.dump_type_code), ("triage", Some(4)), "{file}");
    assert_eq!(report.os_build, Some(expected.build), "{file}");
    assert_eq!(report.machine_type, expected.machine, "{file}");
    assert_eq!(report.processor_count, Some(expected.processors), "{file}");
    let bugcheck = report.bugcheck.expect(file);
    assert_eq!(bugcheck.code, expected.code, "{file}");
    assert_eq!(bugcheck.parameters, expected.parameters, "{file}");
    let fault = report.fault.as_ref().map(|fault| {
        (fault.module.as_deref().unwrap_or_default(), fault.offset.unwrap_or_default())
    });
    assert_eq!(fault, expected.fault, "{file}");
    let blamed = report.blame.as_ref().map(|blame| (blame.module.as_str(), blame.confidence));
    assert_eq!(blamed, expected.blamed, "{file}");
    let state = report.state.as_ref().expect(file);
    let record = state.record.map(|at| at.0);
    let found = (state.basis.as_str(), record, state.instruction.0, state.stack_pointer.0);
    assert_eq!(found, expected.state, "{file}");
    assert!(!state.instruction_bytes.is_empty(), "{file}");
    check_stack(report, file);
    assert_eq!(report.process_name.as_deref(), Some(expected.process), "{file}");
    let seconds = report.uptime_ticks.map(|ticks| ticks / 10_000_000);
    assert_eq!(seconds, Some(expected.uptime_seconds), "{file}");
    assert_eq!(report.modules.len(), expected.modules, "{file}");
    assert_eq!(report.unloaded.len(), expected.unloaded, "{file}");
    // Only this machine had the services of a parent partition loaded (vmbusr, storvsp).
    let role = if file == "triage_x64.dmp" { Role::Host } else { Role::Unknown };
    assert_eq!(report.role, role, "{file}");
    assert_eq!(report.problems, [], "{file}");
}

/// None of the images is at hand, so little is certain: the frame of the registers, that of the trap
/// frame, and on ARM64 the chain of frame pointers.
fn check_stack(report: &CrashReport, file: &str) {
    let trusts: Vec<FrameTrust> = report.stack.iter().map(|frame| frame.trust).collect();
    assert_eq!(trusts.first(), Some(&FrameTrust::Context), "{file}");
    let is_arm = report.machine_type == MachineType::Arm64;
    let trap = report.state.as_ref().and_then(|state| state.record).filter(|_| {
        report.state.as_ref().is_some_and(|state| state.basis.starts_with("trap frame"))
    });
    let state = report.state.as_ref().expect(file);
    for (index, frame) in report.stack.iter().enumerate().skip(1) {
        let expected = match (is_arm, trap, index) {
            (true, ..) => FrameTrust::FramePointer,
            (false, Some(_), 1) => FrameTrust::MachineFrame,
            _ => FrameTrust::Scanned,
        };
        assert_eq!(frame.trust, expected, "{file}: frame {index}");
        if expected == FrameTrust::MachineFrame {
            assert_eq!(frame.instruction, state.instruction, "{file}");
        }
        assert!(frame.module.is_some() && frame.stack_pointer >= report.stack[0].stack_pointer);
    }
    assert!(report.stack.len() > 3, "{file}");
}

#[test]
fn every_dump_says_what_the_manifest_says() {
    let Some(folder) = corpus::folder("dumps/kernel") else { return };
    for expected in &EXPECTED {
        let bytes = std::fs::read(folder.join(expected.file)).unwrap();
        check(expected, &examine(&bytes).unwrap());
    }
}

/// What stands behind a dump, worked out by adding up the sizes in the file by hand.
struct Behind {
    file: &'static str,
    pieces: usize,
    total_bytes: u64,
    /// Offset and size of the SMBIOS tables.
    smbios: Option<(u64, u64)>,
}

const fn behind(
    file: &'static str,
    pieces: usize,
    total_bytes: u64,
    smbios: Option<(u64, u64)>,
) -> Behind {
    Behind { file, pieces, total_bytes, smbios }
}

const SECONDARY: [Behind; 8] = [
    behind("13a.dmp", 21, 0x14_4900, Some((854_882, 1956))),
    behind("1a.dmp", 20, 0x29_0f1a, Some((1_402_092, 1956))),
    behind("50_1.dmp", 19, 0xb_28f0, Some((667_034, 1956))),
    behind("7e_1.dmp", 32, 0x8_e15d, Some((794_148, 1901))),
    behind("9f.dmp", 35, 0x14_6110, Some((3_186_756, 4964))),
    behind("d1.dmp", 36, 0x12_6cf2, Some((2_022_676, 2824))),
    behind("triage_arm64.dmp", 42, 0x7_c5b5, Some((763_692, 942))),
    behind("triage_x64.dmp", 20, 0x2_6577, None),
];

#[test]
fn data_behind_the_dump_is_listed() {
    let Some(folder) = corpus::folder("dumps/kernel") else { return };
    for Behind { file, pieces, total_bytes, smbios } in SECONDARY {
        let report = examine(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        assert_eq!(report.secondary.len(), pieces, "{file}");
        let total: u64 = report.secondary.iter().map(|piece| piece.size_bytes).sum();
        assert_eq!(total, total_bytes, "{file}");
        let tables = report.secondary.iter().find(|piece| piece.name == Some("SMBIOS tables"));
        assert_eq!(tables.map(|piece| (piece.at.0, piece.size_bytes)), smbios, "{file}");
    }
}

/// Ids of process and thread.
type Ids = (u32, u32);
/// Product of the machine, product of its board, version of the BIOS.
type Names = [&'static str; 3];

/// Found by another program in the bytes of the structures.
const MACHINES: [(&str, Option<Ids>, Option<Names>); 8] = [
    ("13a.dmp", Some((12_028, 17_216)), Some(["B550M-C", "B550M-C", "P1.40"])),
    ("1a.dmp", Some((22_980, 22_972)), Some(["B550M-C", "B550M-C", "P1.40"])),
    ("50_1.dmp", Some((5720, 16_220)), Some(["B550M-C", "B550M-C", "P1.40"])),
    ("7e_1.dmp", Some((4, 7408)), Some(["P5G41T-M LE", "P5G41T-M LE", "1001"])),
    ("9f.dmp", Some((11_040, 10_624)), Some(["System Product Name", "PRIME Z490-P", "1202"])),
    ("d1.dmp", Some((4304, 16_812)), Some(["To Be Filled By O.E.M.", "B560M-ITX/ac", "P1.60"])),
    // The offsets of this processor family are not known for certain.
    (
        "triage_arm64.dmp",
        None,
        Some(["Galaxy Book Go (Wi-Fi)", "NP340XLA-KA1US", "P00AJW.028.210506.WY.1858"]),
    ),
    ("triage_x64.dmp", Some((4, 264)), None),
];

#[test]
fn the_machine_and_what_ran_on_it_are_told() {
    let Some(folder) = corpus::folder("dumps/kernel") else { return };
    for (file, ids, firmware) in MACHINES {
        let report = examine(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        let system = report.system;
        let id = |stated: Option<Stated<u32>>| stated.map(|it| it.value);
        assert_eq!(id(system.process_id).zip(id(system.thread_id)), ids, "{file}");
        let found = system.firmware.as_ref().map(|it| {
            [&it.product, &it.board_product, &it.bios_version]
                .map(|text| text.as_deref().unwrap_or_default())
        });
        assert_eq!(found, firmware, "{file}");
        // The writers blank the ids of machines.
        assert!(system.firmware.is_none_or(|it| it.uuid.is_none()), "{file}");
        let edition = system.edition.map(|it| it.value);
        // Suites of 0x310 or 0x110; 0x200 is `VER_SUITE_PERSONAL`.
        let is_home = ["13a.dmp", "1a.dmp", "50_1.dmp", "9f.dmp"].contains(&file);
        let expected = if is_home { "workstation, Home" } else { "workstation" };
        assert_eq!(edition.as_deref(), Some(expected), "{file}");
        let irql = system.irql.map(|it| it.value);
        assert_eq!(irql, (file == "d1.dmp").then_some(2), "{file}");
        let reason = system.role_reason.unwrap_or_default();
        assert_eq!(reason.starts_with("storvsp.sys"), file == "triage_x64.dmp", "{file}");
    }
}

#[test]
fn names_and_stamps_are_plausible() {
    let Some(folder) = corpus::folder("dumps/kernel") else { return };
    for expected in &EXPECTED {
        let report = examine(&std::fs::read(folder.join(expected.file)).unwrap()).unwrap();
        let kernel = report.modules.iter().find(|module| module.name == "ntoskrnl.exe");
        assert!(kernel.is_some_and(|kernel| kernel.timestamp.is_some()), "{}", expected.file);
        for module in &report.modules {
            let is_name = module.name.contains('.') && module.name.is_ascii();
            assert!(is_name && module.base.0 >> 47 == 0x1_ffff && module.size > 0, "{module:?}");
        }
        for driver in &report.unloaded {
            assert!(driver.start < driver.end && driver.name.is_ascii(), "{driver:?}");
        }
    }
}

/// Cutting a real dump anywhere, or turning bytes of its tables around, makes problems only.
#[test]
fn damage_to_a_real_dump_is_survived() {
    let Some(folder) = corpus::folder("dumps/kernel") else { return };
    let whole = std::fs::read(folder.join("d1.dmp")).unwrap();
    // The debugger's extra data stands behind the dump proper, whose size this field holds.
    let size = u32::from_le_bytes(whole[0x2004..0x2008].try_into().unwrap()) as usize;
    for size in (8..0x2100).step_by(61).chain((0x2100..size).step_by(0x3_1357)) {
        let report = examine(&whole[..size]).unwrap();
        assert!(!report.problems.is_empty(), "cut at {size:#x}");
    }
    let mut bytes = whole[..0x4_0000].to_vec();
    for at in (0x2000..0x2080).chain((8..0x2000).step_by(67)) {
        let old = bytes[at];
        for new in [!old, 0, 0xff] {
            bytes[at] = new;
            let _ = examine(&bytes);
        }
        bytes[at] = old;
    }
}
