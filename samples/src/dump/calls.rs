//! The stack that functions of built images leave when they call each other: every prolog does what the
//! image's tables for unwinding say, and every call pushes its return address.

use super::block::Block;
use super::built::{self, Step};
use super::context::{FLAGS, KERNEL_CODE, KERNEL_STACK, Registers};
use super::image::Prolog;
use super::stack::{Fault, Stack};
use super::{ModuleSpec, kernel};

/// From the outermost function's return address to the upper end of the stack: what the kernel keeps there.
const ABOVE: u64 = 0x250;
/// What lies below the stack's upper end.
const RESERVED: u64 = 0x6000;
/// No stop: the machine was dumped while it ran.
const LIVE_SYSTEM_DUMP: u32 = 0x161;
const KERNEL: &str = "ntoskrnl.exe";
/// Numbers of registers in the tables for unwinding.
const RBX: usize = 3;
const RBP: usize = 5;
const RSI: usize = 6;
const RDI: usize = 7;
/// The registers that a function must save before it uses them, beside the frame pointer.
const PRESERVED: [usize; 7] = [RBX, RSI, RDI, 12, 13, 14, 15];

/// A place in a function that was built, on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Base name of its module.
    pub image: &'static str,
    /// Its name in the linker's map.
    pub function: &'static str,
    /// How far from its start it is: behind the call, or at the instruction that failed.
    pub offset: u32,
    /// Bytes of stack that it took behind its prolog.
    pub taken: u64,
}

/// The place `offset` bytes from the start of `function`, which takes no stack behind its prolog.
#[must_use]
pub const fn call(image: &'static str, function: &'static str, offset: u32) -> Call {
    Call { image, function, offset, taken: 0 }
}

/// The bus hands a message of the host to the storage driver, which fails `offset` bytes from the start of
/// its callback.
#[must_use]
pub fn channel_callback(offset: u32) -> Vec<Call> {
    /// Four messages, and room for the arguments of the call.
    const TAKEN_BY_MESSAGES: u64 = 0x40;
    vec![
        call("storvsc.sys", "StorChannelVmbusCallback", offset),
        call("vmbus.sys", "BusSignalChannel", 0x2E),
        Call { taken: TAKEN_BY_MESSAGES, ..call("vmbus.sys", "BusMessageDpc", 0x53) },
        call(KERNEL, "KiRetireDpcList", 0x1BC),
        call(KERNEL, "KiIdleLoop", 0x5A),
    ]
}

/// A work item of the antivirus filter reads a buffer that is gone, in a function that needs no stack.
#[must_use]
pub fn scan_of_freed_buffer() -> Vec<Call> {
    vec![
        call("cavflt.sys", "CavFindMark", 0x13),
        call("cavflt.sys", "CavScanBuffer", 0x2E),
        call("cavflt.sys", "CavScanWorker", 0x13),
        call(KERNEL, "ExpWorkerThread", 0x111),
        call(KERNEL, "PspSystemThreadStartup", 0x5A),
        call(KERNEL, "KiStartSystemThread", 0x16),
    ]
}

/// The address of `place` among `modules`.
#[must_use]
pub fn address_of(place: &Call, modules: &[ModuleSpec]) -> u64 {
    function_of(place, modules).0 + u64::from(place.offset)
}

/// The places on the stack of a stop, innermost first: when an instruction failed the kernel's handlers
/// stand before `calls`, and `KeBugCheckEx` does, at its first instruction, unless the machine went on.
#[must_use]
pub fn whole_stack(code: u32, calls: &[Call], has_fault: bool) -> Vec<Call> {
    let mut stack = Vec::new();
    if code != LIVE_SYSTEM_DUMP {
        stack.push(call(KERNEL, "KeBugCheckEx", 0));
    }
    if has_fault {
        stack.push(call(KERNEL, "KiBugCheckDispatch", 0x69));
        stack.push(call(KERNEL, "KiPageFault", 0x260));
    }
    stack.extend(calls);
    stack
}

/// Stack and registers at the entry of `KeBugCheckEx`, on a stack whose upper end is `base`.
///
/// `stop` is the STOP code and its parameters.
pub(super) fn build(
    base: u64,
    modules: &[ModuleSpec],
    calls: &[Call],
    fault: Option<Fault>,
    stop: [u64; 5],
) -> (Stack, Registers) {
    let [code, first, second, third, last] = stop;
    let mut thread = Thread::new(base);
    let places = whole_stack(code as u32, calls, fault.is_some());
    let innermost = places.first().copied();
    for (place, number) in places.iter().rev().zip(1..) {
        let (start, prolog) = function_of(place, modules);
        for (_, step) in prolog.into_iter().filter(|(behind, _)| *behind <= place.offset) {
            thread.step(step, fault);
        }
        if let Some(fault) = fault.filter(|_| place.function == "KiPageFault") {
            thread.fill_trap_frame(fault);
        }
        thread.sp -= place.taken;
        thread.use_registers(number);
        if fault.is_some() && place.function == "KiBugCheckDispatch" {
            // The last argument of `KeBugCheckEx` is the first that goes over the stack.
            thread.write(thread.sp + 0x20, last);
        }
        let is_left_by_call = Some(*place) != innermost
            && fault.is_none_or(|fault| fault.instruction != start + u64::from(place.offset));
        if is_left_by_call {
            thread.push(start + u64::from(place.offset));
        }
    }
    let entry = places.first().map_or(0, |place| address_of(place, modules));
    let registers = Registers {
        rip: entry,
        rsp: thread.sp,
        rcx: code,
        rdx: first,
        r8: second,
        r9: third,
        preserved: [RBX, RBP, RSI, RDI, 12, 13, 14, 15].map(|number| thread.register(number)),
    };
    (thread.finish(), registers)
}

/// Address and prolog of the function of `place`.
fn function_of(place: &Call, modules: &[ModuleSpec]) -> (u64, Vec<(u32, Step)>) {
    let Some(module) = modules.iter().find(|module| module.name == place.image) else {
        return (0, Vec::new());
    };
    if module.file.is_some() {
        let start = built::symbol(place.image, place.function);
        return (module.base + u64::from(start), built::prolog(place.image, start));
    }
    let function = kernel::invented_function(place.function);
    function.map_or((module.base, Vec::new()), |function| {
        (module.base + u64::from(function.start), steps_of(function.prolog))
    })
}

/// The steps of a prolog of the kernel of which there is no file.
fn steps_of(prolog: Prolog) -> Vec<(u32, Step)> {
    match prolog {
        Prolog::Plain => vec![(2, Step::Push(RBX)), (6, Step::Allocate(0x20))],
        Prolog::ExceptionFrame => vec![(7, Step::Allocate(0x138))],
        Prolog::TrapFrame => {
            vec![(0, Step::MachineFrame), (1, Step::Push(RBP)), (8, Step::Allocate(0x158))]
        }
    }
}

/// What a thread's functions change.
struct Thread {
    base: u64,
    sp: u64,
    registers: [u64; 16],
    /// The registers that the function that runs has saved.
    saved: Vec<usize>,
    trap_frame: Option<u64>,
    /// From `base - RESERVED` on.
    memory: Block,
}

impl Thread {
    /// A thread whose first function was called by nobody.
    fn new(base: u64) -> Self {
        let mut thread = Self {
            base,
            sp: base - ABOVE,
            registers: [0; 16],
            saved: Vec::new(),
            trap_frame: None,
            memory: Block::zeros(RESERVED),
        };
        thread.push(0);
        thread
    }

    fn step(&mut self, step: Step, fault: Option<Fault>) {
        match step {
            Step::Push(register) => {
                self.push(self.register(register));
                self.saved.push(register);
            }
            Step::Allocate(size) => self.sp -= size,
            Step::FramePointer { register, offset } => {
                self.set(register, self.sp + offset);
            }
            Step::Save { register, offset } => {
                self.write(self.sp + offset, self.register(register));
                self.saved.push(register);
            }
            Step::MachineFrame => self.machine_frame(fault),
        }
    }

    /// What the processor pushes when an instruction fails.
    fn machine_frame(&mut self, fault: Option<Fault>) {
        let Some(fault) = fault else { return };
        let stack_pointer = self.sp;
        self.sp = self.sp / 0x10 * 0x10;
        let words = [
            u64::from(KERNEL_STACK),
            stack_pointer,
            u64::from(FLAGS),
            u64::from(KERNEL_CODE),
            fault.instruction,
            if fault.is_write { 2 } else { 0 },
        ];
        for word in words {
            self.push(word);
        }
    }

    /// The registers that the handler keeps in its `KTRAP_FRAME`, which begins where its frame does.
    fn fill_trap_frame(&mut self, fault: Fault) {
        self.trap_frame = Some(self.sp);
        const DISPATCH_LEVEL: u64 = 2;
        const FLOATING_POINT_CONTROL: u64 = 0x1F80;
        let valid = mark(0xC0);
        // The built callback stores through R8 and loads through Rcx.
        let (rcx, r8) =
            if fault.is_write { (valid, fault.address) } else { (fault.address, valid) };
        for (at, value) in [
            (0x28, DISPATCH_LEVEL << 8 | FLOATING_POINT_CONTROL << 32),
            (0x38, rcx),
            (0x48, r8),
            (0xD0, fault.address),
        ] {
            self.write(self.sp + at, value);
        }
    }

    /// The function with this number uses what it has saved, but for its frame pointer.
    fn use_registers(&mut self, number: u64) {
        for register in std::mem::take(&mut self.saved) {
            if PRESERVED.contains(&register) {
                self.set(register, mark(number << 4 | register as u64));
            }
        }
    }

    fn push(&mut self, value: u64) {
        self.sp -= 8;
        self.write(self.sp, value);
    }

    fn write(&mut self, address: u64, value: u64) {
        self.memory.u64(address - (self.base - RESERVED), value);
    }

    fn register(&self, number: usize) -> u64 {
        self.registers.get(number).copied().unwrap_or(0)
    }

    fn set(&mut self, number: usize, value: u64) {
        if let Some(register) = self.registers.get_mut(number) {
            *register = value;
        }
    }

    fn finish(self) -> Stack {
        let used = (self.sp - (self.base - RESERVED)) as usize;
        Stack {
            top: self.sp,
            base: self.base,
            limit: self.base - RESERVED,
            trap_frame: self.trap_frame,
            bytes: self.memory.into_bytes().split_off(used),
        }
    }
}

/// An address in the pool that only `number` stands for.
fn mark(number: u64) -> u64 {
    0xFFFF_FA80_0300_0000 + number * 0x40
}
