//! Where the processor stood when the machine crashed: which of the recorded moments matters.
//!
//! The context in a dump's header is that of the function that stopped the machine. What it stopped
//! for is in the record that a parameter points to, or in the trap frame that the processor's
//! exception left on the stack.

use hvtriage_winfmt::{Bytes, VirtAddr};

use crate::bugcheck::{Bugcheck, BugcheckInfo, describe};
use crate::exception::exception_record;
use crate::header::KernelHeader;
use crate::memory::VirtualMemory;
use crate::processor::{Registers, trap_machine_frame};
use crate::report::{CrashState, ExceptionRecord, MachineType};

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
    /// The exception that it was stopped for.
    pub(crate) exception: Option<ExceptionRecord>,
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
        let search = memory.zip(info).map(|(memory, info)| Search {
            bugcheck,
            info,
            machine,
            build: header.build(),
            memory,
        });
        let fault = search
            .as_ref()
            .and_then(|search| search.of_parameters().or_else(|| search.on_stack(stop.as_ref()?)));
        let exception = search.as_ref().and_then(Search::exception);
        Self { stop, fault, exception }
    }

    /// The moment that matters, as it is reported.
    pub(crate) fn state(&self, memory: Option<&VirtualMemory<'_>>) -> Option<CrashState> {
        let Moment { registers, record, basis, .. } = self.fault.as_ref().or(self.stop.as_ref())?;
        let instruction = VirtAddr(registers.instruction);
        Some(CrashState {
            basis: basis.clone(),
            record: *record,
            instruction,
            stack_pointer: VirtAddr(registers.stack_pointer().unwrap_or_default()),
            registers: registers.named(),
            instruction_bytes: memory.map_or_else(Vec::new, |memory| code_at(memory, instruction)),
            exception: self.exception.clone(),
        })
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

/// What the moment of the fault is looked for with.
struct Search<'s> {
    bugcheck: &'s Bugcheck,
    info: &'s BugcheckInfo,
    machine: MachineType,
    build: Option<u32>,
    memory: &'s VirtualMemory<'s>,
}

impl Search<'_> {
    /// The record that a parameter points to: a context holds all registers, a trap frame some.
    fn of_parameters(&self) -> Option<Moment> {
        let context = || {
            let (number, at) = self.place(self.info.context_record)?;
            Some(Moment {
                registers: Registers::in_memory(self.machine, self.memory, at)?,
                record: Some(at),
                basis: format!("context in parameter {number}"),
                kind: MomentKind::Context,
            })
        };
        let trap_frame = || {
            let (number, at) = self.place(self.info.trap_frame)?;
            self.trap_frame(at, format!("trap frame in parameter {number}"))
        };
        context().or_else(trap_frame)
    }

    /// The trap frame that the fault itself left on the stack below the function that stopped the
    /// machine. It is taken only when its instruction is the one that a parameter names: frames of
    /// older interrupts look alike.
    fn on_stack(&self, stop: &Moment) -> Option<Moment> {
        let number = self.info.instruction_address.or_else(|| self.of_double_fault())?;
        let instruction = self.bugcheck.parameter(number).filter(|address| *address != 0)?;
        let stack = stop.registers.stack_pointer()?;
        let at = self.machine_frame(stack, instruction)?;
        let record = VirtAddr(at.checked_sub(trap_machine_frame(self.machine)?)?);
        let basis = format!("trap frame on the stack, with the instruction of parameter {number}");
        self.trap_frame(record, basis)
    }

    /// For a double fault x64 gives the instruction as the last parameter, which the reference does
    /// not say; so it counts only where a trap frame with that instruction is found.
    fn of_double_fault(&self) -> Option<u8> {
        const UNEXPECTED_TRAP: u32 = 0x7F;
        const DOUBLE_FAULT: u64 = 8;
        let is_one = self.machine == MachineType::Amd64
            && self.bugcheck.base_code() == UNEXPECTED_TRAP
            && self.bugcheck.parameter(1) == Some(DOUBLE_FAULT);
        is_one.then_some(4)
    }

    fn exception(&self) -> Option<ExceptionRecord> {
        let (_, at) = self.place(self.info.exception_record)?;
        exception_record(self.machine, self.memory, at)
    }

    /// The address in a parameter, if there is one.
    fn place(&self, number: Option<u8>) -> Option<(u8, VirtAddr)> {
        let number = number?;
        let at = self.bugcheck.parameter(number).filter(|at| *at != 0)?;
        Some((number, VirtAddr(at)))
    }

    fn trap_frame(&self, at: VirtAddr, basis: String) -> Option<Moment> {
        Some(Moment {
            registers: Registers::in_trap_frame(self.machine, self.memory, at, self.build)?,
            record: Some(at),
            basis,
            kind: MomentKind::TrapFrame,
        })
    }

    /// The first place from `stack` on at which the processor pushed that it interrupted the kernel
    /// at `instruction`.
    fn machine_frame(&self, stack: u64, instruction: u64) -> Option<u64> {
        /// A kernel stack of x64.
        const STACK_BYTES: u64 = 0x6000;
        let pointer = self.memory.pointer_size();
        let start = stack.checked_next_multiple_of(pointer)?;
        let step = usize::try_from(pointer).ok()?;
        let number = |at: u64| self.memory.pointer(VirtAddr(at)).ok().map(|value| value.0);
        (start..start.saturating_add(STACK_BYTES)).step_by(step).find(|at| {
            number(*at) == Some(instruction)
                && self
                    .is_machine_frame(|index| number(at.checked_add(pointer.checked_mul(index)?)?))
        })
    }

    /// Whether what stands behind an instruction is what the processor pushes: code segment, flags, and
    /// on x64 the stack pointer and its segment.
    fn is_machine_frame(&self, number: impl Fn(u64) -> Option<u64>) -> bool {
        const FLAGS_LIMIT: u64 = 1 << 22;
        const FLAGS_ALWAYS: u64 = 2;
        // With five levels of page tables kernel space begins there, with four later.
        const KERNEL: u64 = 0xFF00_0000_0000_0000;
        let is_of = |segment: u64| {
            number(1) == Some(segment)
                && number(2).is_some_and(|it| it < FLAGS_LIMIT && it & FLAGS_ALWAYS != 0)
        };
        match self.machine {
            MachineType::Amd64 => {
                is_of(0x10)
                    && number(3).is_some_and(|stack| stack >= KERNEL)
                    && matches!(number(4), Some(0x18 | 0))
            }
            MachineType::X86 => is_of(8),
            MachineType::Arm64 | MachineType::Arm | MachineType::Other(_) => false,
        }
    }
}
