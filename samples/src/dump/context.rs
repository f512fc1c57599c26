//! Registers: the `CONTEXT` of x64.

use super::block::Block;

/// Bytes of a `CONTEXT`.
pub(super) const CONTEXT_SIZE: u64 = 0x4D0;
/// Control, integer, segment and floating-point registers of AMD64.
const ALL_BUT_DEBUG: u32 = 0x0010_000F;
pub(super) const KERNEL_CODE: u16 = 0x10;
pub(super) const KERNEL_STACK: u16 = 0x18;
const USER_DATA: u16 = 0x2B;
/// Interrupts on; bit 1 is always set.
pub(super) const FLAGS: u32 = 0x0001_0246;

/// The registers that are told; all others are zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub(super) rip: u64,
    pub(super) rsp: u64,
    pub(super) rcx: u64,
    pub(super) rdx: u64,
    pub(super) r8: u64,
    pub(super) r9: u64,
    /// Rbx, Rbp, Rsi, Rdi, R12 to R15.
    pub(super) preserved: [u64; 8],
}

/// The `CONTEXT` with `registers`.
pub(super) fn context(registers: &Registers) -> Block {
    let mut block = Block::zeros(CONTEXT_SIZE);
    block.u32(0x30, ALL_BUT_DEBUG);
    block.u32(0x34, 0x1F80);
    block.u16(0x38, KERNEL_CODE);
    for at in [0x3A, 0x3C, 0x40] {
        block.u16(at, USER_DATA);
    }
    block.u16(0x3E, 0x53);
    block.u16(0x42, KERNEL_STACK);
    block.u32(0x44, FLAGS);
    block.u64(0x80, registers.rcx);
    block.u64(0x88, registers.rdx);
    block.u64(0x98, registers.rsp);
    block.u64(0xB8, registers.r8);
    block.u64(0xC0, registers.r9);
    let places = [0x90, 0xA0, 0xA8, 0xB0, 0xD8, 0xE0, 0xE8, 0xF0];
    for (at, value) in places.into_iter().zip(registers.preserved) {
        block.u64(at, value);
    }
    block.u64(0xF8, registers.rip);
    block
}
