//! The kernel stack of the thread that stopped the machine.

use super::block::Block;
use super::context::{FLAGS, KERNEL_CODE, KERNEL_STACK};
use super::kernel::Kernel;
use super::physical::PAGE;

/// From the stack pointer at the stop to the stack's upper end.
const SIZE: u64 = 0x1528;
/// What lies below the stack's upper end.
const RESERVED: u64 = 6 * PAGE;
/// Locals and the saved Rbx of a function.
const PLAIN_FRAME: u64 = 0x28;
const EXCEPTION_FRAME: u64 = 0x138;
const TRAP_FRAME: u64 = 0x190;

/// The used part of the stack.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    /// The stack pointer at the stop: the lowest address.
    pub(super) top: u64,
    /// The highest address.
    pub(super) base: u64,
    /// The lowest address that the stack may reach.
    pub(super) limit: u64,
    pub(super) trap_frame: Option<u64>,
    pub(super) bytes: Vec<u8>,
}

/// The fault that led to the stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) instruction: u64,
    pub(super) address: u64,
    pub(super) is_write: bool,
}

/// The stack that ends at `base`, on which `KeBugCheckEx` was just entered.
///
/// With a fault, the kernel's trap handlers stand between it and the instruction that faulted;
/// `callers` are the return addresses above that instruction's frame, innermost first.
pub(super) fn build(
    base: u64,
    kernel: &Kernel,
    fault: Option<Fault>,
    callers: &[u64],
    fourth_parameter: u64,
) -> Stack {
    let top = base - SIZE;
    let mut block = Block::zeros(SIZE);
    let mut trap_frame = None;
    let mut callers = callers.iter();
    let mut at = 0;
    if let Some(fault) = fault {
        block.u64(0, kernel.after_bug_check);
        // The fifth argument of `KeBugCheckEx` is the first that goes over the stack.
        block.u64(0x28, fourth_parameter);
        at += 8 + EXCEPTION_FRAME;
        block.u64(at, kernel.after_dispatch);
        at += 8;
        let stack_pointer = top + at + TRAP_FRAME;
        put_trap_frame(&mut block, at, fault, stack_pointer);
        trap_frame = Some(top + at);
        at += TRAP_FRAME + PLAIN_FRAME;
    } else if let Some(caller) = callers.next() {
        block.u64(0, *caller);
        at += 8 + PLAIN_FRAME;
    }
    for caller in callers {
        block.u64(at, *caller);
        at += 8 + PLAIN_FRAME;
    }
    Stack { top, base, limit: base - RESERVED, trap_frame, bytes: block.into_bytes() }
}

/// A `KTRAP_FRAME`, whose end is what the processor pushes: error code and machine frame.
fn put_trap_frame(block: &mut Block, at: u64, fault: Fault, stack_pointer: u64) {
    const DISPATCH_LEVEL: u8 = 2;
    block.u8(at + 0x29, DISPATCH_LEVEL);
    block.u32(at + 0x2C, 0x1F80);
    block.u64(at + 0x38, fault.address);
    block.u64(at + 0xD0, fault.address);
    block.u64(at + 0x160, if fault.is_write { 2 } else { 0 });
    block.u64(at + 0x168, fault.instruction);
    block.u64(at + 0x170, u64::from(KERNEL_CODE));
    block.u64(at + 0x178, u64::from(FLAGS));
    block.u64(at + 0x180, stack_pointer);
    block.u64(at + 0x188, u64::from(KERNEL_STACK));
}
