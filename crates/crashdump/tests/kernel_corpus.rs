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
    BlameConfidence, CrashReport, DumpFormat, FrameTrust, MachineType, Role, examine,
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
