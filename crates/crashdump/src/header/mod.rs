//! The header of a kernel dump: every field of it, with either bitness in one shape.
//!
//! Windows fills what it does not set with the letters `PAGE`; such a field is absent.

mod attributes;
mod layout;
mod read;

pub use attributes::{DumpAttribute, attributes_in_words};
use hvtriage_winfmt::{Bytes, FileOffset, FileTime, ParseError, VirtAddr};

use crate::report::DumpFormat;

/// The header of a kernel dump. A field is `None` when it is unset or past the end of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelHeader {
    /// Size of the header in bytes: 0x2000 for 64-bit dumps, 0x1000 for 32-bit ones.
    pub size: u64,
    /// Size of a pointer of the crashed system, in bytes.
    pub pointer_size: u64,
    /// 0xF for a free build, 0xC for a checked one.
    pub major_version: Option<u32>,
    /// The base build number.
    pub minor_version: Option<u32>,
    /// CR3 of the crashed processor; the low bits may hold a process context identifier.
    pub directory_table_base: Option<u64>,
    /// The PFN database, or the variable that points to it.
    pub pfn_database: Option<VirtAddr>,
    /// Head of the list of loaded modules.
    pub loaded_module_list: Option<VirtAddr>,
    /// Head of the list of processes.
    pub active_process_head: Option<VirtAddr>,
    /// `IMAGE_FILE_MACHINE` value.
    pub machine: Option<u32>,
    /// Number of logical processors.
    pub processor_count: Option<u32>,
    /// The STOP code, with its small-dump variant bit.
    pub bugcheck_code: Option<u32>,
    /// Where the STOP code stands.
    pub bugcheck_at: FileOffset,
    /// The parameters of the STOP code; unset ones are 0.
    pub bugcheck_parameters: [u64; 4],
    /// A text of the writer's.
    pub version_user: Option<String>,
    /// Whether a 32-bit system used three-level page tables.
    pub has_pae: Option<bool>,
    /// Version of the secondary kernel data.
    pub secondary_version: Option<u8>,
    /// The kernel debugger data block.
    pub debugger_data: Option<VirtAddr>,
    /// Number of runs, as stored; the header has room for 42, or 86 in its 32-bit form.
    pub run_count: Option<u32>,
    /// Number of pages that the runs hold, as stored.
    pub page_count: Option<u64>,
    /// Runs of physical memory, as many as the header has room for.
    pub runs: Vec<PhysicalRun>,
    /// Where the processor context stands.
    pub context_at: FileOffset,
    /// Stack pointer of that context.
    pub stack_pointer: Option<VirtAddr>,
    /// Instruction pointer of that context; for most bugchecks inside the kernel's own handling.
    pub instruction_pointer: Option<VirtAddr>,
    /// The exception record; for most bugchecks a breakpoint in the kernel, not the fault.
    pub exception: Option<HeaderException>,
    /// The kind of dump.
    pub dump_type: Option<u32>,
    /// Bytes that the writer wanted to write: larger than the file in many good dumps.
    pub required_dump_space: Option<u64>,
    /// When the dump was taken, UTC.
    pub system_time: Option<FileTime>,
    /// Up time in units of 100 ns.
    pub uptime_ticks: Option<u64>,
    /// A text of the writer's.
    pub comment: Option<String>,
    /// Which parts a small dump has.
    pub mini_dump_fields: Option<u32>,
    /// State of the secondary data.
    pub secondary_data_state: Option<u32>,
    /// 1 workstation, 2 domain controller, 3 server.
    pub product_type: Option<u32>,
    /// Product suites, as bits.
    pub suite_mask: Option<u32>,
    /// What the writer said of its work.
    pub writer_status: Option<u32>,
    /// Attributes, as bits: see [`attributes_in_words`].
    pub attributes: Option<u32>,
    /// Number of the boot.
    pub boot_id: Option<u32>,
    /// The last line of the kernel's own diagnosis of the writing.
    pub diagnostic: Option<String>,
}

/// Consecutive physical pages that stand one after the other in the dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhysicalRun {
    /// Number of the first page.
    pub first_page: u64,
    /// How many pages follow one another.
    pub page_count: u64,
}

/// The exception record of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderException {
    /// Exception code.
    pub code: u32,
    /// Exception flags.
    pub flags: u32,
    /// Where the exception was raised.
    pub address: VirtAddr,
    /// How many information words are set, as stored.
    pub parameter_count: u32,
}

impl KernelHeader {
    /// Reads a header of `format`, and says whether the file ends inside it.
    pub(crate) fn read(bytes: Bytes<'_>, format: DumpFormat) -> (Self, Option<ParseError>) {
        let layout = match format {
            DumpFormat::Kernel32 => &layout::HEADER32,
            DumpFormat::Kernel64 | DumpFormat::User => &layout::HEADER64,
        };
        let cut = bytes.slice_at(0, layout.size, "DUMP_HEADER").err();
        (read::read(bytes, layout), cut)
    }

    /// Where the context record stands in the file.
    pub(crate) fn context_at(&self) -> u64 {
        if self.pointer_size == 4 { layout::HEADER32.context } else { layout::HEADER64.context }
    }

    /// The base build number.
    pub(crate) fn build(&self) -> Option<u32> {
        self.minor_version
    }

    /// Whether `attribute` is set.
    pub(crate) fn has(&self, attribute: DumpAttribute) -> bool {
        self.attributes.is_some_and(|bits| bits & attribute.bit() != 0)
    }
}
