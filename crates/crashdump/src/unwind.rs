//! Going from a function of x64 to its caller, by the unwind data of its image.
//!
//! Layout and rules: Microsoft, "x64 exception handling": `RUNTIME_FUNCTION`, `UNWIND_INFO` and the
//! unwind codes, versions 1 and 2. Version 3 is experimental and refused.

mod codes;
mod epilog;
mod table;

use hvtriage_winfmt::VirtAddr;

use crate::image::Image;
use crate::memory::VirtualMemory;
use crate::processor::{RSP, Registers};
pub(crate) use table::{Part, part_around};

/// How the caller was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// By a return address.
    Caller,
    /// By what the processor pushed when it was interrupted; the instruction is exact.
    Interrupted {
        /// The interrupted code was that of a process, which a kernel dump does not hold.
        is_user: bool,
    },
}

/// Why the caller cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnwindError {
    #[error("its table of functions is neither in the dump nor at hand as a file (--images)")]
    NoTable,
    #[error("the unwind data cannot be read")]
    Unreadable,
    #[error("a call was made where no function is known")]
    NoFunction,
    #[error("unwind data of version {0} is not supported")]
    Version(u8),
    #[error("the unwind data is damaged")]
    Damaged,
    #[error("a register that the function keeps its frame by is not known")]
    UnknownRegister,
    #[error("the stack is not in the dump at {0}")]
    NoStack(VirtAddr),
}

/// Goes from `registers`, which stand in `image` at the relative address `at`, to the caller.
///
/// `is_exact` says that the instruction is one that was about to run, not a return address: it may
/// stand in the beginning or the end of its function then.
pub(crate) fn to_caller(
    registers: &mut Registers,
    image: &Image<'_>,
    at: u32,
    is_exact: bool,
    memory: &VirtualMemory<'_>,
) -> Result<Found, UnwindError> {
    let table = table::Table::of(image).ok_or(UnwindError::NoTable)?;
    // A call may be the last instruction of a function, so that its return address is another's.
    let inside = if is_exact { at } else { at.saturating_sub(1) };
    let Some(function) = table.find(inside)? else {
        // A function that calls another has unwind data.
        return if is_exact { leaf(registers, memory) } else { Err(UnwindError::NoFunction) };
    };
    if is_exact && epilog::undo(registers, image, &function, at, memory)? {
        return Ok(Found::Caller);
    }
    let interrupted = codes::undo(registers, image, &function, at, memory)?;
    match interrupted {
        Some(is_user) => Ok(Found::Interrupted { is_user }),
        None => leaf(registers, memory),
    }
}

/// A function without unwind data changes no register that its caller needs, the stack pointer
/// included.
fn leaf(registers: &mut Registers, memory: &VirtualMemory<'_>) -> Result<Found, UnwindError> {
    registers.instruction = pop(registers, memory)?;
    Ok(Found::Caller)
}

/// Takes a number off the stack.
fn pop(registers: &mut Registers, memory: &VirtualMemory<'_>) -> Result<u64, UnwindError> {
    let stack = registers.stack_pointer().ok_or(UnwindError::UnknownRegister)?;
    let value = stack_u64(memory, stack)?;
    registers.set(RSP, Some(stack.checked_add(8).ok_or(UnwindError::Damaged)?));
    Ok(value)
}

fn stack_u64(memory: &VirtualMemory<'_>, at: u64) -> Result<u64, UnwindError> {
    memory.u64(VirtAddr(at)).map_err(|_| UnwindError::NoStack(VirtAddr(at)))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
pub(crate) mod tests;
