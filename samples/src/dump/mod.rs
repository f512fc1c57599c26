//! Kernel crash dumps of x64 Windows, put together from the description of a machine.
//!
//! [`write()`] builds the machine's memory first: page tables of four levels with small, large,
//! transition and paged-out entries; the kernel's variables and its debugger data; modules with
//! their images; processors, threads, processes and the stack that led to the stop. Then it
//! stores that memory in the layout of the kind that is asked for. Only pages that hold
//! something are kept, so that files stay small.

mod address_space;
mod block;
mod built;
pub mod calls;
mod context;
mod debugger_data;
mod drivers;
mod header;
mod image;
mod kernel;
mod machine;
pub mod modules;
mod pages;
mod physical;
mod pool;
mod release;
mod running;
mod stack;
mod triage;

/// How the memory is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DumpKind {
    /// Type 1: pages in runs.
    #[default]
    Full,
    /// Type 2: the kernel dump up to Windows 7 and Server 2008 R2, with a bitmap.
    Summary,
    /// Type 4: the small dump.
    Triage,
    /// Type 5: the bitmap layout since Windows 8 and Server 2012.
    Bitmap,
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
    let machine = machine::Machine::new(spec);
    match spec.kind {
        DumpKind::Full => pages::full(spec, &machine),
        DumpKind::Summary => pages::summary(spec, &machine),
        DumpKind::Triage => triage::triage(spec, &machine),
        DumpKind::Bitmap => pages::bitmap(spec, &machine),
    }
}
