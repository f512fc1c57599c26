//! Crash dumps, put together from the description of a machine, or of a [`process`].
//!
//! [`write()`] builds the machine's memory first: page tables of four or five levels with small, large,
//! transition and paged-out entries; the kernel's variables and its debugger data; modules with
//! their images; processors, threads, processes and the stack that led to the stop (see [`calls`]). Then it
//! stores that memory in the layout of the kind that is asked for. Only pages that hold
//! something are kept, so that files stay small.

mod address_space;
mod arm64;
mod block;
mod built;
pub mod calls;
mod context;
mod debugger_data;
mod drivers;
mod header;
mod header32;
mod image;
mod kernel;
mod machine;
mod machine32;
pub mod modules;
mod pages;
mod physical;
mod pool;
pub mod process;
mod release;
mod running;
mod secondary;
mod stack;
mod tables32;
mod triage;

/// How the memory is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DumpKind {
    /// Type 1: pages in runs.
    #[default]
    Full,
    /// Type 2: the kernel dump up to Windows 7 and Server 2008 R2, with a bitmap.
    Summary,
    /// Type 3: the header alone.
    Header,
    /// Type 4: the small dump that Windows writes.
    Triage,
    /// Type 4: the small dump that a debugger writes.
    TriageByDebugger,
    /// Type 5: the bitmap layout since Windows 8 and Server 2012, of the kernel's memory.
    Bitmap,
    /// Type 5 with all memory: another signature.
    BitmapFull,
    /// Type 6: the same layout for the kernel's memory, for active memory and for live dumps.
    BitmapKernel,
    /// Type 7: the same layout where Windows chose what to keep.
    BitmapAutomatic,
    /// Type 8: ranges of pages, which a debugger writes of the kernel's memory.
    Ranges,
    /// Type 9: the same with the memory of processes.
    RangesWithProcesses,
    /// Type 0xA: the same with all memory.
    RangesFull,
}

impl DumpKind {
    /// The header's `DumpType`.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Summary => 2,
            Self::Header => 3,
            Self::Triage | Self::TriageByDebugger => 4,
            Self::Bitmap | Self::BitmapFull => 5,
            Self::BitmapKernel => 6,
            Self::BitmapAutomatic => 7,
            Self::Ranges => 8,
            Self::RangesWithProcesses => 9,
            Self::RangesFull => 0xA,
        }
    }
}

/// What computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Architecture {
    /// x64: every kind of dump.
    #[default]
    X64,
    /// ARM64: the small dump that Windows writes, and no other kind.
    Arm64,
    /// x86 with page tables of two levels: full and small dumps.
    X86,
    /// x86 with page tables of three levels and wide entries: full and small dumps.
    X86Pae,
}

/// Data that a driver puts behind the dump proper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondarySpec {
    /// Its name, such as `bc5c008f-1e3a-44d7-988d-86f6884c6758`.
    pub guid: String,
    /// The data.
    pub data: Vec<u8>,
}

/// How the first page of a module's image can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderPage {
    /// Mapped.
    #[default]
    Present,
    /// Not mapped, but still in its physical page, and so in the dump.
    Transition,
    /// In the page file: time stamp and version cannot be read from the dump.
    InPageFile,
}

/// A loaded module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleSpec {
    /// Its base name; the kernel's is `ntoskrnl.exe`.
    pub name: String,
    /// Its path as the kernel knows it, such as `\SystemRoot\system32\drivers\vmbus.sys`.
    pub path: String,
    /// Address of its image, on a page.
    pub base: u64,
    /// Bytes of its image: at least four pages.
    pub size: u32,
    /// Seconds since 1970, as the linker wrote them into the image.
    pub timestamp: u32,
    /// Checksum of the image's file.
    pub checksum: u32,
    /// Names of exported functions with their relative addresses.
    pub exports: Vec<(String, u32)>,
    /// File version in the image's resources.
    pub version: Option<[u16; 4]>,
    /// Where the image's headers are; of the kernel they are always present.
    pub header: HeaderPage,
    /// The file that the loader mapped, for a module that was built; then it tells its size, time stamp
    /// and checksum, and what it exports and which version it is say nothing here.
    pub file: Option<&'static [u8]>,
}

impl ModuleSpec {
    fn is_kernel(&self) -> bool {
        self.name == "ntoskrnl.exe"
    }

    fn contains(&self, address: u64) -> bool {
        (self.base..self.base + u64::from(self.size)).contains(&address)
    }
}

/// A driver that had been unloaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnloadedSpec {
    /// Its base name.
    pub name: String,
    /// Where its image began.
    pub start: u64,
    /// The address after its image.
    pub end: u64,
}

/// The machine, its stop, and how it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpSpec {
    /// How the memory is stored.
    pub kind: DumpKind,
    /// What computes.
    pub architecture: Architecture,
    /// Levels of the page tables of x64, 4 or 5.
    pub table_levels: u32,
    /// The header's `Attributes`, which builds before 9200 do not have.
    pub attributes: u32,
    /// What follows the dump proper.
    pub secondary: Vec<SecondarySpec>,
    /// Build of Windows, such as 7601.
    pub build: u32,
    /// The STOP code. For codes whose parameters name the instruction at fault (0xA, 0x1E, 0x3B,
    /// 0x50, 0x7E, 0xD1) a trap frame with it is on the stack, if it lies in a module or an
    /// unloaded driver.
    pub bugcheck: u32,
    /// The parameters of the STOP code.
    pub parameters: [u64; 4],
    /// When it stopped: 100 ns since 1601, UTC.
    pub system_time_filetime: u64,
    /// How long it had run, in 100 ns.
    pub uptime_ticks: u64,
    /// Count of processors: at least one, at most eight.
    pub processors: u32,
    /// 1 workstation, 2 domain controller, 3 server.
    pub product_type: u32,
    /// Loaded modules, in the order of their loading.
    pub modules: Vec<ModuleSpec>,
    /// Unloaded drivers, oldest first.
    pub unloaded: Vec<UnloadedSpec>,
    /// Name of the process that ran; 14 letters are kept.
    pub process_name: String,
    /// Return addresses on the stack, innermost first: below the instruction at fault, or below
    /// the call that stopped the machine. Without any, an idle processor's.
    pub callers: Vec<u64>,
    /// The same by the names of functions that were built, of which the first one is the one at fault; then
    /// `callers` says nothing.
    pub calls: Vec<calls::Call>,
}

impl Default for DumpSpec {
    fn default() -> Self {
        Self {
            kind: DumpKind::Full,
            architecture: Architecture::X64,
            table_levels: 4,
            attributes: 0,
            secondary: Vec::new(),
            build: 7601,
            bugcheck: 0xE2,
            parameters: [0; 4],
            system_time_filetime: 0,
            uptime_ticks: 0,
            processors: 4,
            product_type: 3,
            modules: Vec::new(),
            unloaded: Vec::new(),
            process_name: "System".to_owned(),
            callers: Vec::new(),
            calls: Vec::new(),
        }
    }
}

/// The bytes of the dump file.
#[must_use]
pub fn write(spec: &DumpSpec) -> Vec<u8> {
    let mut file = match spec.architecture {
        Architecture::X64 => write_x64(spec),
        Architecture::Arm64 => arm64::triage(spec),
        Architecture::X86 | Architecture::X86Pae => machine32::write(spec),
    };
    secondary::append(&mut file, &spec.secondary);
    file
}

/// The tables of the firmware of a virtual machine of Hyper-V, as they stand behind a dump; the host knows
/// it by the number `virtual_machine`.
#[must_use]
pub fn virtual_machine_tables(virtual_machine: [u8; 16]) -> Vec<u8> {
    secondary::smbios(virtual_machine)
}

fn write_x64(spec: &DumpSpec) -> Vec<u8> {
    let machine = machine::Machine::new(spec);
    match spec.kind {
        DumpKind::Full => pages::full(spec, &machine),
        DumpKind::Summary => pages::summary(spec, &machine),
        DumpKind::Header => pages::header_only(spec, &machine),
        DumpKind::Triage => triage::by_kernel(spec, &machine),
        DumpKind::TriageByDebugger => triage::by_debugger(spec, &machine),
        DumpKind::BitmapFull => pages::bitmap(spec, &machine, *b"FDMP"),
        DumpKind::Bitmap | DumpKind::BitmapKernel | DumpKind::BitmapAutomatic => {
            pages::bitmap(spec, &machine, *b"SDMP")
        }
        DumpKind::Ranges | DumpKind::RangesWithProcesses | DumpKind::RangesFull => {
            pages::ranges(spec, &machine)
        }
    }
}
