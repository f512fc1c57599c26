//! Windows crash dumps: borrowed bytes in, the facts of the crash out.
//!
//! The principal function is [`examine`]: it takes the bytes of a kernel dump of either bitness
//! (full, kernel summary, bitmap, triage) or of a user minidump and returns a [`CrashReport`]: STOP
//! code with explained parameters, modules, the faulting address as module and offset, and the
//! module that may be blamed. [`identify`] tells dumps from other files, and [`bugcheck`] is the
//! table of STOP codes.
//!
//! ```
//! use hvtriage_crashdump::{DumpFormat, bugcheck, identify};
//!
//! assert_eq!(identify(b"PAGEDU64\x0f\0\0\0"), Some(DumpFormat::Kernel64));
//! assert_eq!(identify(b"ElfFile\0"), None);
//!
//! let info = bugcheck::describe(0xD1).unwrap();
//! assert_eq!(info.name, "DRIVER_IRQL_NOT_LESS_OR_EQUAL");
//! assert_eq!(info.instruction_address, Some(4));
//! ```
//!
//! Damage never ends an examination: it becomes a [`DumpProblem`] with its offset, and the rest
//! is read. Memory and time are bounded by the size of the file; a dump is never read whole, and
//! physical memory costs a few bytes for each run or for each 16 MiB, not for each page.
#![forbid(unsafe_code)]

pub mod bugcheck;

mod blame;
mod companions;
mod crash_state;
mod exception;
mod fault;
mod header;
mod image;
mod kernel;
mod memory;
mod pe;
mod power_request;
mod processor;
mod read_memory;
mod report;
mod role;
mod stack;
mod symbols;
mod unwind;
mod user;
mod version;

pub use bugcheck::Bugcheck;
pub use companions::{Companions, FileBytes, ImageKey, NoCompanions, PdbKey};
pub use header::{DumpAttribute, HeaderException, KernelHeader, PhysicalRun, attributes_in_words};
use hvtriage_winfmt::{Bytes, ErrorKind, FileOffset, ParseError};
pub use image::is_image;
pub use read_memory::{MemoryPiece, read_memory};
pub use report::{
    Blame, BlameConfidence, CrashReport, CrashState, DumpFormat, DumpProblem, ExceptionRecord,
    FaultAddress, Firmware, FrameTrust, MachineType, MemorySummary, Module, ModuleVersion, Role,
    SecondaryData, StackFrame, Stated, Symbol, SymbolSource, SystemFacts, UNREADABLE_NAME,
    UnloadedModule, UserAnnotation, UserAssertion, UserException, UserHandle, UserMemory,
    UserProcess, UserThread,
};
pub use symbols::is_symbols;

/// The family of a dump, by its signature; `None` for any other file.
#[must_use]
pub fn identify(bytes: &[u8]) -> Option<DumpFormat> {
    const MINIDUMP_VERSION: [u8; 2] = [0x93, 0xA7];
    match bytes.first_chunk::<8>()? {
        b"PAGEDU64" => Some(DumpFormat::Kernel64),
        b"PAGEDUMP" => Some(DumpFormat::Kernel32),
        [b'M', b'D', b'M', b'P', low, high, ..] if [*low, *high] == MINIDUMP_VERSION => {
            Some(DumpFormat::User)
        }
        _ => None,
    }
}

/// Everything that can be said of one dump.
///
/// It is safe to pass any bytes: this does not panic, and uses memory and time that the size of
/// the file bounds.
///
/// # Errors
/// Only bytes that are no dump by their signature; damage is in [`CrashReport::problems`].
pub fn examine(bytes: &[u8]) -> Result<CrashReport, ParseError> {
    examine_with(bytes, &NoCompanions)
}

/// The same with images and symbols at hand, which make stacks longer and name functions.
///
/// # Errors
/// As [`examine`].
pub fn examine_with(bytes: &[u8], companions: &dyn Companions) -> Result<CrashReport, ParseError> {
    match identify(bytes) {
        Some(DumpFormat::User) => Ok(user::examine(bytes, companions)),
        Some(format) => Ok(kernel::examine(bytes, format, companions)),
        None => {
            let kind = match Bytes::new(bytes).u64_at(0, "dump signature") {
                Ok(found) => ErrorKind::Invalid { found },
                Err(error) => error.kind,
            };
            Err(ParseError::new(kind, "dump signature", FileOffset(0)))
        }
    }
}
