//! The machine at the moment of the stop: all that a dump can tell of.

use super::address_space::AddressSpace;
use super::context::Registers;
use super::kernel::Kernel;
use super::pool::Pool;
use super::release::{self, Release};
use super::running::{self, Running, Stopped};
use super::stack::{self, Fault, Stack};
use super::{DumpSpec, ModuleSpec, calls, debugger_data, drivers, kernel};

/// Base of the kernel in a machine whose list of modules names none.
const KERNEL_BASE: u64 = 0xFFFF_F800_01A0_B000;

/// Memory, and where the parts stand in it.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) memory: AddressSpace,
    pub(super) release: Release,
    pub(super) kernel: Kernel,
    pub(super) running: Running,
    pub(super) stack: Stack,
    pub(super) registers: Registers,
    /// Addresses of instructions that the stack leads to, innermost first.
    pub(super) instructions: Vec<u64>,
}

impl Machine {
    pub(super) fn new(spec: &DumpSpec) -> Self {
        let release = release::of_build(spec.build, spec.table_levels);
        let image = spec.modules.iter().find(|module| module.is_kernel());
        let base = image.map_or(KERNEL_BASE, |module| module.base);
        let kernel = kernel::at(base, image);
        let size = image.map_or(0, |module| u64::from(module.size));
        let mut memory = AddressSpace::default();
        memory.map_large(base, kernel.end.max(base + size));
        let mut pool = Pool::new(release.places.pool);

        let fault = fault_of(spec);
        let callers = callers_of(spec, &kernel, fault.is_some());
        let (stack, registers) = stack_of(spec, &release, &kernel, fault, &callers);
        memory.write(stack.top, &stack.bytes);

        put_images(&mut memory, &spec.modules, fault, &callers, &kernel);
        let head = kernel.ps_loaded_module_list;
        let has_stamp = release.has_stamp_in_list;
        drivers::put_module_list(&mut memory, &mut pool, &spec.modules, head, has_stamp);
        drivers::put_unloaded(&mut memory, &mut pool, &spec.unloaded, &kernel);
        put_variables(&mut memory, spec, &release, &kernel);
        let stopped = Stopped { registers, stack: &stack, process_name: &spec.process_name };
        let running =
            running::put(&mut memory, &mut pool, &release, &kernel, spec.processors, stopped);
        let faulting = fault.map(|fault| fault.instruction);
        let instructions = [registers.rip].into_iter().chain(faulting).chain(callers).collect();
        Self { memory, release, kernel, running, stack, registers, instructions }
    }
}

/// The stack at the entry of `KeBugCheckEx`, and the registers there.
fn stack_of(
    spec: &DumpSpec,
    release: &Release,
    kernel: &Kernel,
    fault: Option<Fault>,
    callers: &[u64],
) -> (Stack, Registers) {
    let base = release.places.stack_base;
    let [first, second, third, fourth] = spec.parameters;
    let code = u64::from(spec.bugcheck);
    if !spec.calls.is_empty() {
        let stop = [code, first, second, third, fourth];
        return calls::build(base, &spec.modules, &spec.calls, fault, stop);
    }
    let stack = stack::build(base, kernel, fault, callers, fourth);
    let registers = Registers {
        rip: kernel.ke_bug_check_ex,
        rsp: stack.top,
        rcx: code,
        rdx: first,
        r8: second,
        r9: third,
        ..Registers::default()
    };
    (stack, registers)
}

/// The instruction that the parameters of the stop name, with what it touched.
fn fault_of(spec: &DumpSpec) -> Option<Fault> {
    let [first, second, third, fourth] = spec.parameters;
    let (instruction, address, is_write) = match spec.bugcheck {
        0x0A | 0xD1 => (fourth, first, third == 1),
        0x50 => (third, first, second == 1),
        0x1E | 0x3B | 0x7E => (second, 0, false),
        _ => return None,
    };
    let is_code = spec.modules.iter().any(|module| module.contains(instruction))
        || spec.unloaded.iter().any(|driver| (driver.start..driver.end).contains(&instruction));
    is_code.then_some(Fault { instruction, address, is_write })
}

/// The return addresses of `spec`, else those of a processor that ran a deferred call when idle.
fn callers_of(spec: &DumpSpec, kernel: &Kernel, has_fault: bool) -> Vec<u64> {
    if !spec.calls.is_empty() {
        let behind_fault = spec.calls.iter().skip(usize::from(has_fault));
        return behind_fault.map(|place| calls::address_of(place, &spec.modules)).collect();
    }
    if spec.callers.is_empty() {
        vec![kernel.in_retire_dpc_list, kernel.in_idle_loop]
    } else {
        spec.callers.clone()
    }
}

fn put_images(
    memory: &mut AddressSpace,
    modules: &[ModuleSpec],
    fault: Option<Fault>,
    callers: &[u64],
    kernel: &Kernel,
) {
    let mut returns = callers.to_vec();
    if fault.is_some() {
        returns.extend([kernel.after_bug_check, kernel.after_dispatch]);
    }
    for module in modules {
        drivers::put_image(memory, module, kernel, &returns, fault.map(|fault| fault.instruction));
    }
}

fn put_variables(memory: &mut AddressSpace, spec: &DumpSpec, release: &Release, kernel: &Kernel) {
    let block = debugger_data::block(release, kernel);
    memory.write(kernel.debugger_data, block.as_slice());
    let numbers = [u64::from(spec.bugcheck)].into_iter().chain(spec.parameters);
    for (number, at) in numbers.zip((kernel.ki_bug_check_data..).step_by(8)) {
        memory.write(at, &number.to_le_bytes());
    }
    memory.write(kernel.mm_pfn_database, &release.places.page_frames.to_le_bytes());
    let lab = format!("{}.{}\0", spec.build, release.lab);
    memory.write(kernel.nt_build_lab, lab.as_bytes());
}
