//! What differs between releases of Windows: offsets in its structures, and where things lie.

/// Offsets of fields, sizes and address ranges of one release on x64.
///
/// A zero offset is one that we do not know; it is left out of the dump.
#[derive(Clone, Copy, Debug)]
pub(super) struct Release {
    /// The first build that is laid out so.
    pub(super) build: u32,
    /// The build string of the kernel, without the build number at its start.
    pub(super) lab: &'static str,
    pub(super) debugger_data_size: u64,
    pub(super) processor: Processor,
    pub(super) thread: Thread,
    pub(super) process: Process,
    /// Whether the list of modules holds the time stamps.
    pub(super) has_stamp_in_list: bool,
    pub(super) places: Places,
}

/// `KPRCB`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Processor {
    pub(super) size: u64,
    /// The pointer to the context that was saved at the stop.
    pub(super) context_pointer: u64,
    /// The context itself, inside of `ProcessorState`.
    pub(super) context: u64,
}

/// `KTHREAD`, and the end of the `ETHREAD` around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) size: u64,
    pub(super) stack_base: u64,
    pub(super) kernel_stack: u64,
    pub(super) apc_process: u64,
    pub(super) trap_frame: u64,
    pub(super) environment: u64,
    pub(super) state: u64,
    pub(super) process: u64,
    pub(super) ids: u64,
}

/// `EPROCESS`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub(super) size: u64,
    /// The process id; the links of the list of processes follow it.
    pub(super) id: u64,
    pub(super) image_name: u64,
}

/// Where the kernel puts what it allocates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) pool: u64,
    /// The control regions of the processors after the first.
    pub(super) processors: u64,
    /// The upper end of the stack that stopped.
    pub(super) stack_base: u64,
    pub(super) page_frames: u64,
}

const WINDOWS_7_PLACES: Places = Places {
    pool: 0xFFFF_FA80_0184_0000,
    processors: 0xFFFF_F880_0084_0000,
    stack_base: 0xFFFF_F880_0097_2000,
    page_frames: 0xFFFF_FA80_0000_0000,
};
const WINDOWS_8_PLACES: Places = Places {
    pool: 0xFFFF_E000_0184_0000,
    processors: 0xFFFF_D000_204C_0000,
    stack_base: 0xFFFF_D000_2059_8000,
    page_frames: 0xFFFF_FA80_0000_0000,
};
const WINDOWS_10_PLACES: Places = Places {
    pool: 0xFFFF_A70C_0184_0000,
    processors: 0xFFFF_B781_00AA_0000,
    stack_base: 0xFFFF_B781_00B9_8000,
    page_frames: 0xFFFF_9F80_0000_0000,
};

/// With page tables of five levels the kernel's half is larger, and Windows uses it.
const FIVE_LEVEL_PLACES: Places = Places {
    pool: 0xFF1A_8C0C_0184_0000,
    processors: 0xFF0A_B781_00AA_0000,
    stack_base: 0xFF0A_B781_00B9_8000,
    page_frames: 0xFF00_9F80_0000_0000,
};

const WINDOWS_7_THREAD: Thread = Thread {
    size: 0x498,
    stack_base: 0x278,
    kernel_stack: 0x38,
    apc_process: 0x70,
    trap_frame: 0x1D8,
    environment: 0xB8,
    state: 0x164,
    process: 0x210,
    ids: 0x3B0,
};
const WINDOWS_8_THREAD: Thread = Thread {
    size: 0x7D0,
    stack_base: 0x38,
    kernel_stack: 0x58,
    apc_process: 0xB8,
    trap_frame: 0x90,
    environment: 0xF0,
    state: 0x184,
    process: 0x220,
    ids: 0x620,
};

/// Newest last.
const RELEASES: [Release; 7] = [
    Release {
        build: 7600,
        lab: "17514.amd64fre.win7sp1_rtm.101119-1850",
        debugger_data_size: 0x340,
        processor: Processor { size: 0x4D00, context_pointer: 0x4BD8, context: 0x120 },
        thread: WINDOWS_7_THREAD,
        process: Process { size: 0x4D0, id: 0x180, image_name: 0x2E0 },
        has_stamp_in_list: false,
        places: WINDOWS_7_PLACES,
    },
    Release {
        build: 9200,
        lab: "16384.amd64fre.win8_rtm.120725-1247",
        debugger_data_size: 0x360,
        processor: Processor { size: 0x5B00, context_pointer: 0x5968, context: 0x120 },
        thread: WINDOWS_8_THREAD,
        process: Process { size: 0x700, id: 0x2E0, image_name: 0x438 },
        has_stamp_in_list: false,
        places: WINDOWS_8_PLACES,
    },
    Release {
        build: 9600,
        lab: "17031.amd64fre.winblue_gdr.140221-1952",
        debugger_data_size: 0x360,
        processor: Processor { size: 0x5B00, context_pointer: 0x5980, context: 0x120 },
        thread: WINDOWS_8_THREAD,
        process: Process { size: 0x700, id: 0x2E0, image_name: 0x438 },
        has_stamp_in_list: false,
        places: WINDOWS_8_PLACES,
    },
    Release {
        build: 10586,
        lab: "0.amd64fre.rs1_release.160715-1616",
        debugger_data_size: 0x370,
        processor: Processor { size: 0x6900, context_pointer: 0x6280, context: 0x130 },
        thread: WINDOWS_8_THREAD,
        process: Process { size: 0x800, id: 0x2E8, image_name: 0x450 },
        has_stamp_in_list: true,
        places: WINDOWS_10_PLACES,
    },
    Release {
        build: 16299,
        lab: "1.amd64fre.rs5_release.180914-1434",
        debugger_data_size: 0x370,
        processor: Processor { size: 0x7900, context_pointer: 0x62C0, context: 0x1F0 },
        thread: Thread { ids: 0x638, ..WINDOWS_8_THREAD },
        process: Process { size: 0x850, id: 0x2E8, image_name: 0x450 },
        has_stamp_in_list: true,
        places: WINDOWS_10_PLACES,
    },
    Release {
        build: 19041,
        lab: "1.amd64fre.vb_release.191206-1406",
        debugger_data_size: 0x380,
        processor: Processor { size: 0xAF00, context_pointer: 0x85C0, context: 0x1F0 },
        thread: Thread { size: 0x898, ids: 0x478, ..WINDOWS_8_THREAD },
        process: Process { size: 0xA40, id: 0x440, image_name: 0x5A8 },
        has_stamp_in_list: true,
        places: WINDOWS_10_PLACES,
    },
    Release {
        build: 26100,
        lab: "1.amd64fre.ge_release.240331-1435",
        debugger_data_size: 0x3A0,
        processor: Processor { size: 0xCF00, context_pointer: 0x8FC0, context: 0x1F0 },
        thread: Thread { size: 0x788, ids: 0, ..WINDOWS_8_THREAD },
        process: Process { size: 0x840, id: 0x1D0, image_name: 0x338 },
        has_stamp_in_list: true,
        places: WINDOWS_10_PLACES,
    },
];

/// The release that `build` belongs to, the oldest one for builds before it; on a machine with page
/// tables of so many levels.
pub(super) fn of_build(build: u32, table_levels: u32) -> Release {
    let [oldest, ..] = RELEASES;
    let release = RELEASES.into_iter().rev().find(|release| release.build <= build);
    let release = release.unwrap_or(oldest);
    if table_levels == 5 { Release { places: FIVE_LEVEL_PLACES, ..release } } else { release }
}
