//! The kernel's debugger data block: what a debugger must know to find its way.

use super::block::Block;
use super::kernel;
use super::release::Release;

/// The `KDDEBUGGER_DATA64` of the kernel at `kernel`.
pub(super) fn block(release: &Release, kernel: u64) -> Block {
    let mut block = Block::zeros(release.debugger_data_size);
    let own = kernel + kernel::DEBUGGER_DATA;
    block.u64(0x00, own);
    block.u64(0x08, own);
    block.put(0x10, b"KDBG");
    block.u32(0x14, release.debugger_data_size as u32);
    block.u64(0x18, kernel);
    let variables = [
        (0x48, kernel::PS_LOADED_MODULE_LIST),
        (0x50, kernel::PS_ACTIVE_PROCESS_HEAD),
        (0x88, kernel::KI_BUG_CHECK_DATA),
        (0xC0, kernel::MM_PFN_DATABASE),
        (0x208, kernel::NT_BUILD_LAB),
        (0x218, kernel::KI_PROCESSOR_BLOCK),
        (0x220, kernel::MM_UNLOADED_DRIVERS),
        (0x228, kernel::MM_LAST_UNLOADED_DRIVER),
    ];
    for (at, variable) in variables {
        block.u64(at, kernel + variable);
    }
    let offsets = [
        (0x29A, release.thread.environment),
        (0x29C, release.thread.kernel_stack),
        (0x29E, 0x28),
        (0x2A0, release.thread.apc_process),
        (0x2A2, release.thread.state),
        (0x2A8, release.process.size),
        (0x2AE, 0x28),
        (0x2B0, release.processor.size),
        (0x2B4, 0x08),
        (0x2BC, release.processor.context),
        (0x2BE, 0x24),
        (0x2C0, release.thread.size),
        (0x2E0, release.processor.size + 0x180),
        (0x2E2, 0x18),
        (0x2E4, 0x20),
        (0x2E6, 0x180),
        (0x338, release.processor.context_pointer),
    ];
    for (at, offset) in offsets {
        block.u16(at, offset as u16);
    }
    block
}
