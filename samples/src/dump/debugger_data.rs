//! The kernel's debugger data block: what a debugger must know to find its way.

use super::block::Block;
use super::kernel::Kernel;
use super::release::Release;

/// The `KDDEBUGGER_DATA64` of `kernel`.
pub(super) fn block(release: &Release, kernel: &Kernel) -> Block {
    let mut block = Block::zeros(release.debugger_data_size);
    let own = kernel.debugger_data;
    block.u64(0x00, own);
    block.u64(0x08, own);
    block.put(0x10, b"KDBG");
    block.u32(0x14, release.debugger_data_size as u32);
    block.u64(0x18, kernel.base);
    let variables = [
        (0x48, kernel.ps_loaded_module_list),
        (0x50, kernel.ps_active_process_head),
        (0x88, kernel.ki_bug_check_data),
        (0xC0, kernel.mm_pfn_database),
        (0x208, kernel.nt_build_lab),
        (0x218, kernel.ki_processor_block),
        (0x220, kernel.mm_unloaded_drivers),
        (0x228, kernel.mm_last_unloaded_driver),
    ];
    for (at, variable) in variables {
        block.u64(at, variable);
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
