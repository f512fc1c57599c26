//! Where the kernel's functions and variables stand in its image.

use super::ModuleSpec;
use super::built;
use super::image::{Function, Prolog};

/// Addresses in one kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    pub(super) base: u64,
    /// The functions that show on every stack, sorted; none for an image that has its own tables.
    pub(super) functions: &'static [Function],
    /// The end of the last variable that is written.
    pub(super) end: u64,
    pub(super) ke_bug_check_ex: u64,
    /// The return address in the handler of page faults.
    pub(super) after_dispatch: u64,
    /// The return address in the function that calls `KeBugCheckEx` for handlers.
    pub(super) after_bug_check: u64,
    pub(super) in_idle_loop: u64,
    pub(super) in_retire_dpc_list: u64,
    /// The debugger data block.
    pub(super) debugger_data: u64,
    pub(super) ps_loaded_module_list: u64,
    pub(super) ps_active_process_head: u64,
    /// The STOP code and its four parameters, 8 bytes each.
    pub(super) ki_bug_check_data: u64,
    pub(super) mm_unloaded_drivers: u64,
    pub(super) mm_last_unloaded_driver: u64,
    pub(super) mm_pfn_database: u64,
    pub(super) ki_processor_block: u64,
    pub(super) nt_build_lab: u64,
    /// The control region of the first processor.
    pub(super) first_processor: u64,
}

const fn function(start: u32, end: u32, prolog: Prolog) -> Function {
    Function { start, end, prolog }
}

/// The functions of a kernel of which there is no file: the same in every release, as are its variables.
const FUNCTIONS: [Function; 8] = [
    function(0x7_DC00, 0x7_DFC0, Prolog::TrapFrame),
    function(0x7_F180, 0x7_F280, Prolog::ExceptionFrame),
    function(0x7_FC40, 0x7_FD00, Prolog::Plain),
    function(0x8_AF20, 0x8_B0E0, Prolog::Plain),
    function(0x8_B100, 0x8_B400, Prolog::Plain),
    function(0x9_5000, 0x9_5200, Prolog::Plain),
    function(0x9_5400, 0x9_5500, Prolog::Plain),
    function(0x9_5600, 0x9_5640, Prolog::Plain),
];

/// Their names, in the same order.
const NAMES: [&str; 8] = [
    "KiPageFault",
    "KiBugCheckDispatch",
    "KeBugCheckEx",
    "KiIdleLoop",
    "KiRetireDpcList",
    "ExpWorkerThread",
    "PspSystemThreadStartup",
    "KiStartSystemThread",
];

/// The function `name` of a kernel of which there is no file.
pub(super) fn invented_function(name: &str) -> Option<Function> {
    let mut functions = FUNCTIONS.into_iter().zip(NAMES);
    functions.find(|(_, known)| *known == name).map(|(function, _)| function)
}

/// The kernel at `base`, of which `module` tells whether it was built.
pub(super) fn at(base: u64, module: Option<&ModuleSpec>) -> Kernel {
    match module {
        Some(module) if module.file.is_some() => built(base, module),
        _ => invented(base),
    }
}

fn invented(base: u64) -> Kernel {
    Kernel {
        base,
        functions: &FUNCTIONS,
        end: base + 0x21_0000,
        ke_bug_check_ex: base + 0x7_FC40,
        after_dispatch: base + 0x7_DE60,
        after_bug_check: base + 0x7_F1E9,
        in_idle_loop: base + 0x8_AF7A,
        in_retire_dpc_list: base + 0x8_B2BC,
        debugger_data: base + 0x1F_10A0,
        ps_loaded_module_list: base + 0x1F_1500,
        ps_active_process_head: base + 0x1F_1510,
        ki_bug_check_data: base + 0x1F_1520,
        mm_unloaded_drivers: base + 0x1F_1550,
        mm_last_unloaded_driver: base + 0x1F_1558,
        mm_pfn_database: base + 0x1F_1560,
        ki_processor_block: base + 0x1F_1600,
        nt_build_lab: base + 0x1F_1E00,
        first_processor: base + 0x1F_3000,
    }
}

/// By its linker's map.
fn built(base: u64, module: &ModuleSpec) -> Kernel {
    let symbol = |name: &str| base + u64::from(built::symbol(&module.name, name));
    Kernel {
        base,
        functions: &[],
        end: base + u64::from(module.size),
        ke_bug_check_ex: symbol("KeBugCheckEx"),
        after_dispatch: symbol("KiPageFault") + 0x260,
        after_bug_check: symbol("KiBugCheckDispatch") + 0x69,
        in_idle_loop: symbol("KiIdleLoop") + 0x5A,
        in_retire_dpc_list: symbol("KiRetireDpcList") + 0x1BC,
        debugger_data: symbol("KdDebuggerDataBlock"),
        ps_loaded_module_list: symbol("PsLoadedModuleList"),
        ps_active_process_head: symbol("PsActiveProcessHead"),
        ki_bug_check_data: symbol("KiBugCheckData"),
        mm_unloaded_drivers: symbol("MmUnloadedDrivers"),
        mm_last_unloaded_driver: symbol("MmLastUnloadedDriver"),
        mm_pfn_database: symbol("MmPfnDatabase"),
        ki_processor_block: symbol("KiProcessorBlock"),
        nt_build_lab: symbol("NtBuildLab"),
        first_processor: symbol("KiInitialPCR"),
    }
}
