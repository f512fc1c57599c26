//! Where the kernel's functions and variables stand in its image: the same in every release here.

use super::image::{Function, Prolog};

const fn function(start: u32, end: u32, prolog: Prolog) -> Function {
    Function { start, end, prolog }
}

/// The functions that show on every stack, sorted.
pub(super) const FUNCTIONS: [Function; 5] = [
    function(0x7_DC00, 0x7_DFC0, Prolog::TrapFrame),
    function(0x7_F180, 0x7_F280, Prolog::ExceptionFrame),
    function(KE_BUG_CHECK_EX as u32, 0x7_FD00, Prolog::Plain),
    function(0x8_AF20, 0x8_B0E0, Prolog::Plain),
    function(0x8_B100, 0x8_B400, Prolog::Plain),
];

pub(super) const KE_BUG_CHECK_EX: u64 = 0x7_FC40;
/// `KiPageFault+0x260`.
pub(super) const AFTER_DISPATCH: u64 = 0x7_DE60;
/// `KiBugCheckDispatch+0x69`.
pub(super) const AFTER_BUG_CHECK: u64 = 0x7_F1E9;
/// `KiIdleLoop+0x5a`.
pub(super) const IN_IDLE_LOOP: u64 = 0x8_AF7A;
/// `KiRetireDpcList+0x1bc`.
pub(super) const IN_RETIRE_DPC_LIST: u64 = 0x8_B2BC;

/// The debugger data block.
pub(super) const DEBUGGER_DATA: u64 = 0x1F_10A0;
pub(super) const PS_LOADED_MODULE_LIST: u64 = 0x1F_1500;
pub(super) const PS_ACTIVE_PROCESS_HEAD: u64 = 0x1F_1510;
/// The STOP code and its four parameters, 8 bytes each.
pub(super) const KI_BUG_CHECK_DATA: u64 = 0x1F_1520;
pub(super) const MM_UNLOADED_DRIVERS: u64 = 0x1F_1550;
pub(super) const MM_LAST_UNLOADED_DRIVER: u64 = 0x1F_1558;
pub(super) const MM_PFN_DATABASE: u64 = 0x1F_1560;
pub(super) const KI_PROCESSOR_BLOCK: u64 = 0x1F_1600;
pub(super) const NT_BUILD_LAB: u64 = 0x1F_1E00;
/// The control region of the first processor.
pub(super) const FIRST_PROCESSOR: u64 = 0x1F_3000;
