//! Where the machine stood when it crashed: registers and the frames of the stack.

use std::fmt;

use hvtriage_winfmt::VirtAddr;

/// The registers of the processor at the crash, and how they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashState {
    /// Where the registers were found, in words, such as `trap frame in parameter 3`.
    pub basis: String,
    /// The address of that record, where it lies in memory.
    pub record: Option<VirtAddr>,
    /// The instruction pointer.
    pub instruction: VirtAddr,
    /// The stack pointer.
    pub stack_pointer: VirtAddr,
    /// Registers by name, in the order in which debuggers print them. A trap frame does not hold
    /// all of them; what it does not hold is not listed.
    pub registers: Vec<(&'static str, u64)>,
    /// The bytes at the instruction pointer, at most 16; empty when the page is not in the dump.
    pub instruction_bytes: Vec<u8>,
    /// The exception that the machine was stopped for, where a parameter points to its record; that of
    /// a process dump is [`CrashReport::exception`](crate::CrashReport::exception).
    pub exception: Option<ExceptionRecord>,
}

/// The record of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionRecord {
    /// Where the record lies in memory.
    pub at: VirtAddr,
    /// The exception code, such as 0xC0000005.
    pub code: u32,
    /// What that code means, where it is known.
    pub name: Option<&'static str>,
    /// Where it was raised.
    pub address: VirtAddr,
    /// What a failed access to memory was after, such as `read of 0x28`.
    pub access: Option<String>,
    /// What else the record holds, at most 15 numbers.
    pub information: Vec<u64>,
}

/// How a frame was found; the earlier, the surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FrameTrust {
    /// The registers themselves.
    Context,
    /// By the unwind data of the frame above it.
    Unwound,
    /// By the frame that the processor pushes on an interrupt or fault.
    MachineFrame,
    /// By the chain of frame pointers.
    FramePointer,
    /// Looks like a return address; may be left over from an earlier call.
    Scanned,
}

/// One step of a stack, the innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// The instruction, or the return address.
    pub instruction: VirtAddr,
    /// The stack pointer at this frame.
    pub stack_pointer: VirtAddr,
    /// The module that covers `instruction`.
    pub module: Option<String>,
    /// The distance from that module's base.
    pub offset: Option<u64>,
    /// Whether that module had been unloaded.
    pub is_unloaded: bool,
    /// The function, where symbols or exports name it.
    pub symbol: Option<Symbol>,
    /// How the frame was found.
    pub trust: FrameTrust,
}

/// A function by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, demangled, without its module.
    pub name: String,
    /// The distance of the address from its start.
    pub displacement: u64,
    /// Where the name comes from.
    pub source: SymbolSource,
}

/// Where the name of a function comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SymbolSource {
    /// A PDB with the signature of the module.
    Pdb,
    /// The exports of the image.
    Export,
}

impl fmt::Display for FrameTrust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Context => "context",
            Self::Unwound => "unwound",
            Self::MachineFrame => "machine frame",
            Self::FramePointer => "frame pointer",
            Self::Scanned => "scanned",
        })
    }
}

/// As debuggers write it: `storvsc!StorChannelVmbusCallback+0x2b8`, `storvsc+0x12b8`, or the bare
/// address.
impl fmt::Display for StackFrame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(module), Some(offset)) = (&self.module, self.offset) else {
            return write!(formatter, "{}", self.instruction);
        };
        let module = module.rsplit_once('.').map_or(module.as_str(), |(stem, _)| stem);
        match &self.symbol {
            Some(Symbol { name, displacement: 0, .. }) => write!(formatter, "{module}!{name}"),
            Some(symbol) => {
                write!(formatter, "{module}!{}+{:#x}", symbol.name, symbol.displacement)
            }
            None => write!(formatter, "{module}+{offset:#x}"),
        }
    }
}
