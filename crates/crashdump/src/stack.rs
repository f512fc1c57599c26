//! The stack of the thread that crashed, innermost frame first.

mod chain;
mod scan;

use std::collections::HashMap;

use hvtriage_winfmt::VirtAddr;

use crate::companions::Companions;
use crate::crash_state::{Moment, MomentKind, Moments};
use crate::fault::Drivers;
use crate::image::Image;
use crate::memory::VirtualMemory;
use crate::processor::Registers;
use crate::report::{FrameTrust, MachineType, Module, StackFrame};
use crate::symbols::Symbolizer;
use crate::unwind::{Found, to_caller};

/// More frames than a kernel stack of 24 KiB has room for without deep recursion.
const FRAME_LIMIT: usize = 512;
/// How large the stack of a kernel thread of x64 is; those of other processors are smaller.
const STACK_BYTES: u64 = 0x6000;
/// How often one stack leads to another: that of a fatal fault, of interrupts, of deferred calls, of a
/// thread, and one that was made for a call that needs room.
const SWITCH_LIMIT: u32 = 6;

/// Walks stacks.
pub(crate) struct Walker<'w> {
    pub(crate) memory: &'w VirtualMemory<'w>,
    pub(crate) drivers: Drivers<'w>,
    pub(crate) companions: &'w dyn Companions,
    pub(crate) symbolizer: Symbolizer<'w>,
    images: HashMap<VirtAddr, Image<'w>>,
}

/// A stack, and why it goes no further.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    pub(crate) frames: Vec<StackFrame>,
    pub(crate) end: Option<String>,
}

impl<'w> Walker<'w> {
    pub(crate) fn new(
        memory: &'w VirtualMemory<'w>,
        drivers: Drivers<'w>,
        companions: &'w dyn Companions,
    ) -> Self {
        let symbolizer = Symbolizer::new(companions, memory);
        Self { memory, drivers, companions, symbolizer, images: HashMap::new() }
    }

    /// The stack of a crash.
    ///
    /// A context that the fault left holds every register, so the stack begins there. A trap frame
    /// holds only some, so that it begins where the machine was stopped, and passes the trap frame.
    pub(crate) fn of_crash(&mut self, moments: &Moments) -> Stack {
        match (&moments.fault, &moments.stop) {
            (Some(Moment { registers, kind: MomentKind::Context, .. }), _) => {
                self.walk(registers, None)
            }
            (Some(trap), Some(stop)) => self.walk(&stop.registers, Some(&trap.registers)),
            (Some(only), None) | (None, Some(only)) => self.walk(&only.registers, None),
            (None, None) => Stack::default(),
        }
    }

    /// The stack from `start` on. Where it cannot be unwound, it goes on from `interrupted`, a moment
    /// further out that the processor itself has recorded.
    pub(crate) fn walk(&mut self, start: &Registers, interrupted: Option<&Registers>) -> Stack {
        match start.machine() {
            MachineType::Amd64 => self.unwind(start, interrupted),
            MachineType::X86 | MachineType::Arm64 => self.chain(start, interrupted),
            MachineType::Arm | MachineType::Other(_) => Stack::default(),
        }
    }

    /// The stack of a process of a system whose images have no unwind data that is read here.
    pub(crate) fn walk_without_images(&mut self, start: &Registers) -> Stack {
        let machine = start.machine();
        if matches!(machine, MachineType::Arm | MachineType::Other(_)) {
            return Stack::default();
        }
        let mut stack = self.chain(start, None);
        // Compilers of other systems use the register for other things on x64; a chain that turns
        // back was none.
        if machine == MachineType::Amd64 && stack.end == Some(turns_back()) {
            stack.frames.truncate(1);
            let from = start.stack_pointer().unwrap_or_default();
            self.scan(machine, from, &mut stack.frames);
            stack.end = Some("the chain of frame pointers turns back".into());
        }
        stack
    }

    fn unwind(&mut self, start: &Registers, mut interrupted: Option<&Registers>) -> Stack {
        let mut stack = Stack::default();
        let mut registers = start.clone();
        let mut trust = FrameTrust::Context;
        let mut way = Way::default();
        while stack.frames.len() < FRAME_LIMIT {
            let is_exact = trust != FrameTrust::Unwound;
            stack.frames.push(self.frame(&registers, trust));
            if interrupted.is_some_and(|it| it.instruction == registers.instruction) {
                interrupted = None;
            }
            let before = registers.stack_pointer();
            let stepped = self.step(&mut registers, is_exact).and_then(|found| {
                let is_on = way.goes_on(before, registers.stack_pointer());
                if is_on { Ok(found) } else { Err(turns_back()) }
            });
            trust = match stepped {
                Ok(Found::Interrupted { is_user: true }) => {
                    stack.end = Some("the rest belongs to the process".into());
                    return stack;
                }
                // A thread begins with a call from nowhere.
                Ok(_) if registers.instruction == 0 => return stack,
                Ok(Found::Interrupted { is_user: false }) => FrameTrust::MachineFrame,
                Ok(Found::Caller) => FrameTrust::Unwound,
                Err(reason) => match interrupted.take() {
                    Some(further) if way.goes_on(before, further.stack_pointer()) => {
                        registers = further.clone();
                        FrameTrust::MachineFrame
                    }
                    _ => {
                        let from = before.unwrap_or_default();
                        self.scan(registers.machine(), from, &mut stack.frames);
                        stack.end = Some(reason);
                        return stack;
                    }
                },
            };
        }
        stack.end = Some(format!("it has more than {FRAME_LIMIT} frames"));
        stack
    }

    fn step(&mut self, registers: &mut Registers, is_exact: bool) -> Result<Found, String> {
        let at = VirtAddr(registers.instruction);
        let drivers = self.drivers;
        let Some((module, offset)) = drivers.loaded(at) else {
            return self.out_of_nowhere(registers, is_exact);
        };
        let offset = u32::try_from(offset).map_err(|error| error.to_string())?;
        let memory = self.memory;
        let image = self.image(module);
        to_caller(registers, image, offset, is_exact, memory)
            .map_err(|reason| format!("at {}: {reason}", module.name))
    }

    /// A call to a wrong address leaves its return address on the stack.
    fn out_of_nowhere(
        &mut self,
        registers: &mut Registers,
        is_exact: bool,
    ) -> Result<Found, String> {
        let drivers = self.drivers;
        let nowhere = || in_no_module(drivers, VirtAddr(registers.instruction));
        let stack = registers.stack_pointer().filter(|_| is_exact).ok_or_else(nowhere)?;
        let caller = self.memory.u64(VirtAddr(stack)).map_err(|_| nowhere())?;
        if self.is_behind_call(registers.machine(), VirtAddr(caller)) != Some(true) {
            return Err(nowhere());
        }
        registers.instruction = caller;
        registers.set(crate::processor::RSP, stack.checked_add(8));
        Ok(Found::Caller)
    }

    fn image(&mut self, module: &Module) -> &Image<'w> {
        let (memory, companions) = (self.memory, self.companions);
        self.images
            .entry(module.base)
            .or_insert_with(|| Image::of(module, Some(memory), companions))
    }

    fn frame(&mut self, registers: &Registers, trust: FrameTrust) -> StackFrame {
        self.frame_at(
            VirtAddr(registers.instruction),
            VirtAddr(registers.stack_pointer().unwrap_or_default()),
            trust,
        )
    }

    fn frame_at(
        &mut self,
        instruction: VirtAddr,
        stack_pointer: VirtAddr,
        trust: FrameTrust,
    ) -> StackFrame {
        let drivers = self.drivers;
        let place = drivers.resolve(instruction, String::new());
        let is_exact = matches!(trust, FrameTrust::Context | FrameTrust::MachineFrame);
        let symbol = drivers
            .loaded(instruction)
            .and_then(|(module, offset)| self.symbolizer.resolve(module, offset, is_exact));
        StackFrame {
            instruction,
            stack_pointer,
            module: place.module,
            offset: place.offset,
            is_unloaded: place.is_unloaded,
            symbol,
            trust,
        }
    }

    /// Name of the function at an address that was about to run.
    pub(crate) fn symbol_at(&mut self, address: VirtAddr) -> Option<crate::report::Symbol> {
        let drivers = self.drivers;
        let (module, offset) = drivers.loaded(address)?;
        self.symbolizer.resolve(module, offset, true)
    }
}

/// The way along stacks.
#[derive(Default)]
struct Way {
    switches: u32,
}

impl Way {
    /// Whether a step leads on: up the stack, or to another stack, which may lie anywhere.
    fn goes_on(&mut self, before: Option<u64>, after: Option<u64>) -> bool {
        let (Some(before), Some(after)) = (before, after) else { return false };
        match before.checked_sub(after) {
            None => true,
            Some(back) if back >= STACK_BYTES && self.switches < SWITCH_LIMIT => {
                self.switches = self.switches.saturating_add(1);
                true
            }
            Some(_) => false,
        }
    }
}

/// Why a place is in no image.
fn in_no_module(drivers: Drivers<'_>, place: VirtAddr) -> String {
    if drivers.modules.is_empty() {
        return format!("the dump holds no list of modules, so {place} is in none that is known");
    }
    format!("{place} lies in no module")
}

fn turns_back() -> String {
    "the stack turns back".to_owned()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
