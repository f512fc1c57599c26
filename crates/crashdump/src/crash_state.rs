//! Where the processor stood when the machine crashed: which of the recorded moments matters.
//!
//! The context in a dump's header is that of the function that stopped the machine. What it stopped
//! for is in the record that a parameter points to, or in the trap frame that the processor's
//! exception left on the stack.

use hvtriage_winfmt::{Bytes, VirtAddr};

use crate::bugcheck::{Bugcheck, BugcheckInfo, describe};
use crate::header::KernelHeader;
use crate::memory::VirtualMemory;
use crate::processor::{Registers, TRAP_FRAME_BYTES, TRAP_MACHINE_FRAME};
use crate::report::{CrashState, MachineType};

/// A moment, and how it was found.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) registers: Registers,
    pub(crate) record: Option<VirtAddr>,
    pub(crate) basis: String,
    pub(crate) kind: MomentKind,
}

/// What a moment was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MomentKind {
    /// A whole context, which holds every register.
    Context,
    /// A trap frame, which holds those that a call may change.
    TrapFrame,
}

/// The moments of a crash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments {
    /// What the header holds: where the machine was stopped.
    pub(crate) stop: Option<Moment>,
    /// What it was stopped for.
    pub(crate) fault: Option<Moment>,
}

impl Moments {
    pub(crate) fn of(
        file: Bytes<'_>,
        header: &KernelHeader,
        bugcheck: &Bugcheck,
        machine: MachineType,
        memory: Option<&VirtualMemory<'_>>,
    ) -> Self {
        let stop = Registers::in_file(machine, file, header.context_at()).map(|registers| Moment {
            registers,
            record: None,
            basis: "context in the header".into(),
            kind: MomentKind::Context,
        });
        let info = describe(bugcheck.code);
        let fault = memory.zip(info).and_then(|(memory, info)| {
            of_parameters(bugcheck, info, machine, memory)
                .or_else(|| on_stack(bugcheck, info, stop.as_ref()?, memory))
        });
        Self { stop, fault }
    }

    /// The moment that matters.
    pub(crate) fn crash(&self) -> Option<&Moment> {
        self.fault.as_ref().or(self.stop.as_ref())
    }
}

impl Moment {
    /// The moment as it is reported.
    pub(crate) fn state(&self, memory: Option<&VirtualMemory<'_>>) -> CrashState {
        let instruction = VirtAddr(self.registers.instruction);
        CrashState {
            basis: self.basis.clone(),
            record: self.record,
            instruction,
            stack_pointer: VirtAddr(self.registers.stack_pointer().unwrap_or_default()),
            registers: self.registers.named(),
            instruction_bytes: memory.map_or_else(Vec::new, |memory| code_at(memory, instruction)),
        }
    }
}

/// The bytes at an instruction, as far as they are there.
fn code_at(memory: &VirtualMemory<'_>, address: VirtAddr) -> Vec<u8> {
    const LONGEST_INSTRUCTION: u64 = 16;
    let byte = |index| {
        let mut byte = [0];
        memory.read(address.checked_add(index)?, &mut byte).ok()?;
        let [byte] = byte;
        Some(byte)
    };
    (0..LONGEST_INSTRUCTION).map_while(byte).collect()
}

/// The record that a parameter points to: a context holds all registers, a trap frame some.
fn of_parameters(
    bugcheck: &Bugcheck,
    info: &BugcheckInfo,
    machine: MachineType,
    memory: &VirtualMemory<'_>,
) -> Option<Moment> {
    let place = |number: Option<u8>| {
        let number = number?;
        let at = bugcheck.parameter(number).filter(|at| *at != 0)?;
        Some((number, VirtAddr(at)))
    };
    let context = || {
        let (number, at) = place(info.context_record)?;
        Some(Moment {
            registers: Registers::in_memory(machine, memory, at)?,
            record: Some(at),
            basis: format!("context in parameter {number}"),
            kind: MomentKind::Context,
        })
    };
    let trap_frame = || {
        let (number, at) = place(info.trap_frame).filter(|_| machine == MachineType::Amd64)?;
        Some(Moment {
            registers: Registers::in_trap_frame(memory, at)?,
            record: Some(at),
            basis: format!("trap frame in parameter {number}"),
            kind: MomentKind::TrapFrame,
        })
    };
    context().or_else(trap_frame)
}

/// The trap frame that the fault itself left on the stack below the function that stopped the
/// machine. It is taken only when its instruction is the one that a parameter names: frames of older
/// interrupts look alike.
fn on_stack(
    bugcheck: &Bugcheck,
    info: &BugcheckInfo,
    stop: &Moment,
    memory: &VirtualMemory<'_>,
) -> Option<Moment> {
    let number = info.instruction_address?;
    let instruction = bugcheck.parameter(number).filter(|address| *address != 0)?;
    if stop.registers.machine() != MachineType::Amd64 {
        return None;
    }
    let stack = stop.registers.stack_pointer()?;
    let at = machine_frame(memory, stack, |frame| frame.instruction == instruction)?;
    let record = VirtAddr(at.checked_sub(TRAP_MACHINE_FRAME)?);
    Some(Moment {
        registers: Registers::in_trap_frame(memory, record)?,
        record: Some(record),
        basis: format!("trap frame on the stack, with the instruction of parameter {number}"),
        kind: MomentKind::TrapFrame,
    })
}

/// What the processor pushes when it is interrupted.
struct MachineFrame {
    instruction: u64,
}

/// The first machine frame from `stack` on that `is_it`, of code that ran in the kernel.
fn machine_frame(
    memory: &VirtualMemory<'_>,
    stack: u64,
    is_it: impl Fn(&MachineFrame) -> bool,
) -> Option<u64> {
    const STACK_BYTES: u64 = 0x6000;
    const KERNEL_CODE: u64 = 0x10;
    const KERNEL_STACK: [u64; 2] = [0x18, 0];
    const FLAGS_LIMIT: u64 = 1 << 22;
    const FLAGS_ALWAYS: u64 = 2;
    let start = stack.next_multiple_of(8);
    let number = |at: u64| memory.u64(VirtAddr(at)).ok();
    let is_machine_frame = |at: u64| {
        let (segment, flags) = (number(at.checked_add(8)?)?, number(at.checked_add(16)?)?);
        let (stack, stack_segment) = (number(at.checked_add(24)?)?, number(at.checked_add(32)?)?);
        let is_one = segment == KERNEL_CODE
            && flags < FLAGS_LIMIT
            && flags & FLAGS_ALWAYS != 0
            && KERNEL_STACK.contains(&stack_segment)
            && stack > at;
        is_one.then_some(())
    };
    (start..start.saturating_add(STACK_BYTES.max(TRAP_FRAME_BYTES))).step_by(8).find(|at| {
        let Some(instruction) = number(*at) else { return false };
        is_it(&MachineFrame { instruction }) && is_machine_frame(*at).is_some()
    })
}
