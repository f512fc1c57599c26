//! What is said of one dump.

mod process;
mod stack;
mod system;
mod version;

use std::fmt;

use hvtriage_winfmt::{FileOffset, FileTime, Guid, VirtAddr};

use crate::bugcheck::Bugcheck;
use crate::companions::{ImageKey, PdbKey};
use crate::header::KernelHeader;

pub use process::{UserAnnotation, UserAssertion, UserHandle, UserMemory, UserProcess, UserThread};
pub use stack::{CrashState, ExceptionRecord, FrameTrust, StackFrame, Symbol, SymbolSource};
pub use system::{Firmware, Stated, SystemFacts};
pub use version::ModuleVersion;

/// The families of dump files, told apart by signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DumpFormat {
    /// `PAGEDU64`: a kernel dump with the 64-bit header.
    Kernel64,
    /// `PAGEDUMP`: a kernel dump with the 32-bit header.
    Kernel32,
    /// `MDMP`: a user-mode minidump.
    User,
}

/// The processor family of the machine that crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MachineType {
    /// 32-bit x86.
    X86,
    /// x64.
    Amd64,
    /// 64-bit ARM.
    Arm64,
    /// 32-bit ARM.
    Arm,
    /// Any other value, as stored.
    Other(u32),
}

/// On which side of Hyper-V the crashed machine stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// A parent partition.
    Host,
    /// A virtual machine of Hyper-V.
    Guest,
    /// The modules do not tell.
    #[default]
    Unknown,
}

/// Stands for the name of a module whose name cannot be read.
pub const UNREADABLE_NAME: &str = "(unreadable name)";

/// A loaded module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Base name in lower case, with its extension; [`UNREADABLE_NAME`] where it cannot be read.
    pub name: String,
    /// The path, where the dump holds one.
    pub path: Option<String>,
    /// Where the image starts.
    pub base: VirtAddr,
    /// Size of the image in bytes.
    pub size: u32,
    /// The time stamp of the PE header: the first half of the symbol server's key. On Windows 10
    /// and later it is a hash, not a date.
    pub timestamp: Option<u32>,
    /// The checksum of the PE header.
    pub checksum: Option<u32>,
    /// Where the image's table of functions (`.pdata`) starts, and its size in bytes, as the
    /// kernel's entry of the module says on Windows 10 and later. Both lie in the image.
    pub exception_table: Option<(VirtAddr, u32)>,
    /// The symbols that were made with it, where the record that names them can be had.
    pub pdb: Option<PdbKey>,
    /// Its version resource, where the pages of it can be had.
    pub version: Option<ModuleVersion>,
}

impl Module {
    /// How far in it `address` lies, in bytes; `None` where it lies outside.
    #[must_use]
    pub fn offset_of(&self, address: VirtAddr) -> Option<u64> {
        address.checked_sub(self.base).filter(|offset| *offset < u64::from(self.size))
    }

    /// What a symbol server calls this image; `None` where the dump does not tell its name, its
    /// time stamp or its size.
    #[must_use]
    pub fn image_key(&self) -> Option<ImageKey> {
        let is_named = !self.name.is_empty() && self.name != UNREADABLE_NAME;
        let timestamp = self.timestamp.filter(|_| is_named && self.size != 0)?;
        Some(ImageKey { name: self.name.clone(), timestamp, size: self.size })
    }
}

/// A driver that had been unloaded before the crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnloadedModule {
    /// Base name in lower case; small dumps keep 12 characters of it. [`UNREADABLE_NAME`] where
    /// it cannot be read.
    pub name: String,
    /// First address that it covered.
    pub start: VirtAddr,
    /// First address after it.
    pub end: VirtAddr,
    /// When it was unloaded, UTC; only dumps of the kernel's memory tell.
    pub unloaded_at: Option<FileTime>,
}

/// The address that the bugcheck says was executing, whatever stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultAddress {
    /// The address.
    pub address: VirtAddr,
    /// The module that covers it.
    pub module: Option<String>,
    /// The distance from that module's base.
    pub offset: Option<u64>,
    /// Whether that module had been unloaded.
    pub is_unloaded: bool,
    /// Where the address was found, in words.
    pub basis: String,
}

/// The module that the dump itself points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// Its name.
    pub module: String,
    /// The faulting instruction, or the return address into the module, as an offset from its base;
    /// `None` where the module is blamed for what it holds, not for where it ran.
    pub offset: Option<u64>,
    /// The function that holds it, where symbols or exports name it.
    pub function: Option<Symbol>,
    /// Why this module, in words.
    pub basis: String,
    /// How sure that is.
    pub confidence: BlameConfidence,
    /// Whether the module had been unloaded.
    pub is_unloaded: bool,
}

/// How sure a blame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BlameConfidence {
    /// A driver of a framework in which an instruction failed, a caller behind frames that may have
    /// gaps, or the driver of a device whose request waits elsewhere.
    Low,
    /// The first caller outside of the kernel and its frameworks, or the driver that holds a blocked
    /// request: it may be a victim of another.
    Medium,
    /// The instruction that failed is its own.
    High,
}

/// The exception of a user minidump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserException {
    /// The exception code as stored.
    pub code: u32,
    /// Its name, such as `EXCEPTION_ACCESS_VIOLATION_READ`.
    pub description: String,
    /// The address of the exception: for an access violation the faulting instruction.
    pub address: VirtAddr,
    /// The memory address that was touched, for access violations.
    pub referenced: Option<VirtAddr>,
    /// The thread that raised it.
    pub thread: u32,
    /// The module that covers `address`.
    pub module: Option<String>,
    /// The distance of `address` from that module's base.
    pub offset: Option<u64>,
}

/// How much of the memory that the header promises is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemorySummary {
    /// Pages of 4096 bytes that are in the file.
    pub pages_present: u64,
    /// Pages that the dump's own tables promise.
    pub pages_promised: u64,
}

/// A piece of data that stands behind a kernel dump proper: what a driver or the writer added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondaryData {
    /// Who wrote it, by GUID; all zeros where the writer left it out.
    pub guid: Guid,
    /// What that GUID stands for, where it is known.
    pub name: Option<&'static str>,
    /// Where in the file the data starts.
    pub at: FileOffset,
    /// Bytes of it that are in the file.
    pub size_bytes: u64,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpProblem {
    /// Where in the file.
    pub at: FileOffset,
    /// What is wrong, as one lower-case clause with the values in it.
    pub message: String,
}

/// Everything that is said of one dump. What is absent from the dump is `None` or empty; what is
/// damaged is in `problems`.
#[derive(Clone, Debug, PartialEq)]
pub struct CrashReport {
    /// The family of the file.
    pub format: DumpFormat,
    /// The kind of dump in words, such as `full memory`, `triage`, `bitmap kernel`.
    pub dump_type: String,
    /// The `DumpType` field of a kernel dump.
    pub dump_type_code: Option<u32>,
    /// Every field of a kernel dump's header.
    pub header: Option<KernelHeader>,
    /// The STOP code with its parameters.
    pub bugcheck: Option<Bugcheck>,
    /// Where in the file the STOP code (or the exception of a user dump) stands.
    pub bugcheck_at: FileOffset,
    /// The exception of a user minidump.
    pub exception: Option<UserException>,
    /// The process of a user minidump.
    pub process: Option<UserProcess>,
    /// The build number, such as 7601. Kernel dumps know the base build only: 19041 for every
    /// Windows 10 from 2004 to 22H2.
    pub os_build: Option<u32>,
    /// `NtBuildLab` of a kernel dump; version and service pack of a user minidump.
    pub os_version: Option<String>,
    /// The processor family.
    pub machine_type: MachineType,
    /// How many logical processors there were.
    pub processor_count: Option<u32>,
    /// 1 workstation, 2 domain controller, 3 server.
    pub product_type: Option<u32>,
    /// The header's attributes, in words.
    pub attributes: Vec<String>,
    /// When the dump was taken, UTC.
    pub system_time: Option<FileTime>,
    /// How long the system had been up, in units of 100 ns.
    pub uptime_ticks: Option<u64>,
    /// Loaded modules, in the order of the dump.
    pub modules: Vec<Module>,
    /// Unloaded drivers, in the order of the dump.
    pub unloaded: Vec<UnloadedModule>,
    /// Image name of the process that was running; Windows keeps at most 15 characters.
    pub process_name: Option<String>,
    /// The address that the bugcheck names, resolved.
    pub fault: Option<FaultAddress>,
    /// The registers at the crash.
    pub state: Option<CrashState>,
    /// The stack of the thread that crashed, innermost frame first.
    pub stack: Vec<StackFrame>,
    /// Why the stack goes no further, where it does not end where its thread began.
    pub stack_end: Option<String>,
    /// The module that may be blamed; none rather than a wrong one.
    pub blame: Option<Blame>,
    /// Host or guest, by the modules and the firmware.
    pub role: Role,
    /// The machine and what ran on it, each with where it was found.
    pub system: SystemFacts,
    /// Physical memory in the dump.
    pub memory: Option<MemorySummary>,
    /// Data of drivers behind a kernel dump, in the order of the file.
    pub secondary: Vec<SecondaryData>,
    /// Whether two parts of the dump say different things of its memory, so that what was read of it
    /// may be wrong; nobody is blamed then.
    pub is_contradictory: bool,
    /// What could not be read.
    pub problems: Vec<DumpProblem>,
}

impl CrashReport {
    /// A report that says nothing yet but the family of the file.
    #[must_use]
    pub fn new(format: DumpFormat, dump_type: impl Into<String>) -> Self {
        Self {
            format,
            dump_type: dump_type.into(),
            dump_type_code: None,
            header: None,
            bugcheck: None,
            bugcheck_at: FileOffset(0),
            exception: None,
            process: None,
            os_build: None,
            os_version: None,
            machine_type: MachineType::Other(0),
            processor_count: None,
            product_type: None,
            attributes: Vec::new(),
            system_time: None,
            uptime_ticks: None,
            modules: Vec::new(),
            unloaded: Vec::new(),
            process_name: None,
            fault: None,
            state: None,
            stack: Vec::new(),
            stack_end: None,
            blame: None,
            role: Role::Unknown,
            system: SystemFacts::default(),
            memory: None,
            secondary: Vec::new(),
            is_contradictory: false,
            problems: Vec::new(),
        }
    }
}

impl MachineType {
    /// The meaning of an `IMAGE_FILE_MACHINE` value.
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        match code {
            0x14c => Self::X86,
            0x8664 => Self::Amd64,
            0xAA64 => Self::Arm64,
            0x1c4 => Self::Arm,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for MachineType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X86 => formatter.write_str("x86"),
            Self::Amd64 => formatter.write_str("x64"),
            Self::Arm64 => formatter.write_str("ARM64"),
            Self::Arm => formatter.write_str("ARM"),
            Self::Other(code) => write!(formatter, "machine {code:#x}"),
        }
    }
}

impl fmt::Display for BlameConfidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// As debuggers write it: `storvsc!StorChannelVmbusCallback+0x2b8`, or `storvsc.sys+0x12b8`; the bare
/// name where no place in it is blamed.
impl fmt::Display for Blame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stem = self.module.rsplit_once('.').map_or(self.module.as_str(), |(stem, _)| stem);
        match (&self.function, self.offset) {
            (Some(symbol), _) => {
                write!(formatter, "{stem}!{}+{:#x}", symbol.name, symbol.displacement)
            }
            (None, Some(offset)) => write!(formatter, "{}+{offset:#x}", self.module),
            (None, None) => formatter.write_str(&self.module),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Host => "host",
            Self::Guest => "guest",
            Self::Unknown => "unknown",
        })
    }
}
