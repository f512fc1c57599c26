//! Walks over hand-made stacks.

use std::sync::Arc;

use hvtriage_winfmt::{Bytes, FileOffset};

use super::*;
use crate::companions::{FileBytes, ImageKey, PdbKey};
use crate::memory::{Block, BlockMemory};
use crate::unwind::tests::Written;

const KERNEL: u64 = 0xFFFF_F800_0100_0000;
const DRIVER: u64 = 0xFFFF_F880_0200_0000;
const STACK: u64 = 0xFFFF_F880_0010_0000;

/// Files of images by name.
struct Store(Vec<(&'static str, Vec<u8>)>);

impl Companions for Store {
    fn image(&self, key: &ImageKey) -> Option<FileBytes> {
        let (_, file) = self.0.iter().find(|(name, _)| *name == key.name)?;
        Some(Arc::new(file.clone()))
    }

    fn symbols(&self, _key: &PdbKey) -> Option<FileBytes> {
        None
    }
}

fn module(name: &str, base: u64) -> Module {
    Module {
        name: name.into(),
        path: None,
        base: VirtAddr(base),
        size: 0x3000,
        timestamp: Some(0),
        checksum: None,
        exception_table: None,
        pdb: None,
        version: None,
    }
}

/// 0x1000: stops the machine (sub rsp, 0x28). 0x1200: a fault with an error code (sub rsp, 0x20).
/// 0x1400: a system call.
fn kernel() -> Vec<u8> {
    let functions = [[0x1000, 0x1100, 0x600], [0x1200, 0x1300, 0x620], [0x1400, 0x1500, 0x640]];
    let mut image = Written::new(&functions);
    image.put(0x600, &[1, 4, 1, 0, 4, 0x42]);
    image.put(0x620, &[1, 4, 2, 0, 4, 0x32, 0, 0x1A]);
    image.put(0x640, &[1, 0, 1, 0, 0, 0x0A]);
    image.0
}

/// 0x1000: push rbx; sub rsp, 0x20. 0x1200: push rbp; mov rbp, rsp. 0x1400: nothing is kept.
fn driver() -> Vec<u8> {
    let functions = [[0x1000, 0x1100, 0x600], [0x1200, 0x1300, 0x620], [0x1400, 0x1500, 0x640]];
    let mut image = Written::new(&functions);
    image.put(0x600, &[1, 5, 2, 0, 5, 0x32, 1, 0x30]);
    image.put(0x620, &[1, 4, 2, 5, 4, 0x03, 1, 0x50]);
    image.put(0x640, &[1, 0, 0, 0]);
    image.0
}

struct Place<'p> {
    machine: MachineType,
    pointer_size: u64,
    store: &'p Store,
    /// Where in memory each number stands.
    numbers: &'p [(u64, u64)],
}

impl Place<'_> {
    /// The stack from the innermost instruction, stack pointer and frame pointer on.
    fn walk(&self, start: [u64; 3], interrupted: Option<[u64; 3]>) -> Stack {
        let size = self.pointer_size;
        let mut file = Vec::new();
        let mut blocks = Vec::new();
        for (address, value) in self.numbers {
            let at = FileOffset(file.len() as u64);
            blocks.push(Block { address: VirtAddr(*address), at, size });
            file.extend_from_slice(&value.to_le_bytes()[..usize::try_from(size).unwrap()]);
        }
        let blocks = BlockMemory::new(&file, blocks);
        let memory = VirtualMemory::Blocks { blocks, pointer_size: size };
        let mask = if size == 4 { 0xFFFF_FFFF } else { u64::MAX };
        let modules = [module("ntoskrnl.exe", KERNEL & mask), module("driver.sys", DRIVER & mask)];
        let drivers = Drivers { modules: &modules, unloaded: &[] };
        let mut walker = Walker::new(&memory, drivers, self.store);
        let start = self.registers(start);
        let interrupted = interrupted.map(|it| self.registers(it));
        walker.walk(&start, interrupted.as_ref())
    }

    fn registers(&self, [instruction, stack, frame]: [u64; 3]) -> Registers {
        let places = match self.machine {
            MachineType::Amd64 => [0xF8, 0x98, 0xA0],
            MachineType::X86 => [0xB8, 0xC4, 0xB4],
            _ => [0x108, 0x100, 0xF0],
        };
        let mut context = vec![0; 0x4D0];
        let size = usize::try_from(self.pointer_size).unwrap();
        for (place, value) in places.into_iter().zip([instruction, stack, frame]) {
            context[place..place + size].copy_from_slice(&value.to_le_bytes()[..size]);
        }
        Registers::in_file(self.machine, Bytes::new(&context), 0).unwrap()
    }
}

fn amd64<'p>(store: &'p Store, numbers: &'p [(u64, u64)]) -> Place<'p> {
    Place { machine: MachineType::Amd64, pointer_size: 8, store, numbers }
}

fn found(stack: &Stack) -> Vec<(u64, FrameTrust)> {
    stack.frames.iter().map(|frame| (frame.instruction.0, frame.trust)).collect()
}

/// A fault in a driver during a system call, as the processor and the functions above leave it.
fn fault() -> Vec<(u64, u64)> {
    let mut numbers = vec![(0x28, KERNEL + 0x1250), (0x50, 2)];
    let pushed = [DRIVER + 0x1050, 0x10, 0x50246, STACK + 0x100, 0x18];
    numbers.extend((0x58..).step_by(8).zip(pushed));
    numbers.extend([(0x120, 0xB), (0x128, KERNEL + 0x1450)]);
    let pushed = [0x7FF6_0000_1000, 0x33, 0x246, 0x12_FF00, 0x2B];
    numbers.extend((0x130..).step_by(8).zip(pushed));
    numbers.into_iter().map(|(at, value)| (STACK + at, value)).collect()
}

#[test]
fn a_fault_is_passed_and_the_process_is_not_entered() {
    let store = Store(vec![("ntoskrnl.exe", kernel()), ("driver.sys", driver())]);
    let numbers = fault();
    let stack = amd64(&store, &numbers).walk([KERNEL + 0x1080, STACK, 0], None);
    assert_eq!(
        found(&stack),
        [
            (KERNEL + 0x1080, FrameTrust::Context),
            (KERNEL + 0x1250, FrameTrust::Unwound),
            (DRIVER + 0x1050, FrameTrust::MachineFrame),
            (KERNEL + 0x1450, FrameTrust::Unwound),
        ]
    );
    let pointers: Vec<u64> =
        stack.frames.iter().map(|frame| frame.stack_pointer.0 - STACK).collect();
    assert_eq!(pointers, [0, 0x30, 0x100, 0x130]);
    assert_eq!(stack.end.as_deref(), Some("the rest belongs to the process"));
}

/// Without the kernel's image the stack goes on from the trap frame, and what is behind the driver is
/// looked for.
#[test]
fn a_stack_goes_on_from_the_interrupted_moment() {
    let store = Store(vec![("driver.sys", driver())]);
    let mut numbers = fault();
    numbers.extend([(STACK + 0x158, KERNEL + 0x1470), (STACK + 0x160, KERNEL + 0x10)]);
    let place = amd64(&store, &numbers);
    let start = [KERNEL + 0x1080, STACK, 0];
    let stack = place.walk(start, Some([DRIVER + 0x1050, STACK + 0x100, 0]));
    assert_eq!(
        found(&stack),
        [
            (KERNEL + 0x1080, FrameTrust::Context),
            (DRIVER + 0x1050, FrameTrust::MachineFrame),
            (KERNEL + 0x1450, FrameTrust::Unwound),
            (KERNEL + 0x1470, FrameTrust::Scanned),
        ],
        "KERNEL + 0x10 lies in the header"
    );
    assert!(stack.end.unwrap().starts_with("at ntoskrnl.exe: its table of functions"));
}

/// Of an image at hand only addresses behind calls are candidates.
#[test]
fn what_no_call_stands_before_is_no_frame() {
    let mut image = driver();
    image[0x1FFB] = 0xE8;
    let store = Store(vec![("driver.sys", image)]);
    let numbers = [(STACK, DRIVER + 0x2000), (STACK + 8, DRIVER + 0x2010)];
    let stack = amd64(&store, &numbers).walk([KERNEL + 0x1080, STACK, 0], None);
    let frames = [(KERNEL + 0x1080, FrameTrust::Context), (DRIVER + 0x2000, FrameTrust::Scanned)];
    assert_eq!(found(&stack), frames);
}

/// A fatal fault has a stack of its own, which may lie above that of the thread.
#[test]
fn a_fault_leads_back_to_the_stack_of_the_thread() {
    let store = Store(vec![("ntoskrnl.exe", kernel()), ("driver.sys", driver())]);
    let thread = STACK - 0x10_0000;
    let mut numbers = vec![(thread + 0x20, 0xB), (thread + 0x28, 0)];
    let pushed = [0, DRIVER + 0x1050, 0x10, 0x50246, thread, 0x18];
    numbers.extend((STACK + 0x20..).step_by(8).zip(pushed));
    let stack = amd64(&store, &numbers).walk([KERNEL + 0x1250, STACK, 0], None);
    let frames =
        [(KERNEL + 0x1250, FrameTrust::Context), (DRIVER + 0x1050, FrameTrust::MachineFrame)];
    assert_eq!((found(&stack).as_slice(), stack.end), (frames.as_slice(), None));
}

/// Damaged stacks that lead back, to and fro between two places, or on and on.
#[test]
fn every_walk_ends() {
    let store = Store(vec![("driver.sys", driver())]);
    let turn = DRIVER + 0x1280;
    let back = [(STACK - 0x10, 0), (STACK - 8, turn)];
    let stack = amd64(&store, &back).walk([turn, STACK, STACK - 0x10], None);
    assert_eq!((stack.frames.len(), stack.end.as_deref()), (1, Some("the stack turns back")));

    let other = STACK + 0x10_0000;
    let to_and_fro = [(STACK, other), (STACK + 8, turn), (other, STACK), (other + 8, turn)];
    let stack = amd64(&store, &to_and_fro).walk([turn, STACK - 8, STACK], None);
    let limit = 2 * SWITCH_LIMIT as usize + 3;
    assert!(stack.frames.len() <= limit, "{} frames", stack.frames.len());
    assert_eq!(stack.end.as_deref(), Some("the stack turns back"));

    let long: Vec<(u64, u64)> =
        (0..0x1000).map(|index| (STACK + index * 8, DRIVER + 0x1480)).collect();
    let stack = amd64(&store, &long).walk([DRIVER + 0x1480, STACK, 0], None);
    assert_eq!(stack.frames.len(), FRAME_LIMIT);
    assert_eq!(stack.end.as_deref(), Some("it has more than 512 frames"));
}

/// A call through a pointer to freed code leaves its return address on top of the stack.
#[test]
fn a_call_to_nowhere_has_a_caller() {
    let mut image = driver();
    image[0x1052..0x1058].copy_from_slice(&[0xFF, 0x15, 0, 0, 0, 0]);
    let store = Store(vec![("driver.sys", image)]);
    let numbers = [(STACK, DRIVER + 0x1058), (STACK + 0x28, 0xB), (STACK + 0x30, 0)];
    let nowhere = 0xFFFF_F880_0999_0000;
    let stack = amd64(&store, &numbers).walk([nowhere, STACK, 0], None);
    let frames = [(nowhere, FrameTrust::Context), (DRIVER + 0x1058, FrameTrust::Unwound)];
    assert_eq!((found(&stack).as_slice(), stack.end), (frames.as_slice(), None));
}

/// The trap handler of x86 keeps its frame pointer on the trap frame, whose first two fields repeat the
/// interrupted frame pointer and instruction; the chain may break before it, too.
#[test]
fn the_chain_of_x86_passes_the_interrupted_moment() {
    let store = Store(Vec::new());
    let (kernel, driver, stack) = (KERNEL & 0xFFFF_FFFF, DRIVER & 0xFFFF_FFFF, 0x8F00_0000);
    let whole = [
        (stack + 0x10, stack + 0x40),
        (stack + 0x14, kernel + 0x1250),
        (stack + 0x40, stack + 0x100),
        (stack + 0x44, driver + 0x1050),
        (stack + 0x100, 0),
        (stack + 0x104, kernel + 0x1450),
    ];
    let walk = |numbers: &[(u64, u64)]| {
        let place = Place { machine: MachineType::X86, pointer_size: 4, store: &store, numbers };
        let interrupted = [driver + 0x1050, stack + 0xB4, stack + 0x100];
        place.walk([kernel + 0x1080, stack, stack + 0x10], Some(interrupted))
    };
    let frames = [
        (kernel + 0x1080, FrameTrust::Context),
        (kernel + 0x1250, FrameTrust::FramePointer),
        (driver + 0x1050, FrameTrust::MachineFrame),
        (kernel + 0x1450, FrameTrust::FramePointer),
    ];
    assert_eq!(found(&walk(&whole)), frames);
    let broken = &whole[..2].iter().chain(&whole[4..]).copied().collect::<Vec<_>>();
    assert_eq!(found(&walk(broken)), frames);
}

/// Return addresses of ARM64 may carry a signature; the link register counts while its call leads to
/// the function that the processor stands in.
#[test]
fn the_chain_of_arm64() {
    let mut image = driver();
    // At 0x1150: bl to 0x1000.
    image[0x1150..0x1154].copy_from_slice(&(0x9400_0000_u32 | 0x03FF_FFAC).to_le_bytes());
    let store = Store(vec![("driver.sys", image)]);
    let signed = (KERNEL + 0x1450) & 0x00FF_FFFF_FFFF_FFFF | 0x2A00_0000_0000_0000;
    let numbers = [
        (STACK + 0x40, STACK + 0x80),
        (STACK + 0x48, signed),
        (STACK + 0x80, 0),
        (STACK + 0x88, 0),
    ];
    let place =
        Place { machine: MachineType::Arm64, pointer_size: 8, store: &store, numbers: &numbers };
    let mut start = place.registers([DRIVER + 0x1020, STACK, STACK + 0x40]);
    let walk = |start: &Registers| {
        let mut file = Vec::new();
        let mut blocks = Vec::new();
        for (address, value) in numbers {
            let at = FileOffset(file.len() as u64);
            blocks.push(Block { address: VirtAddr(address), at, size: 8 });
            file.extend_from_slice(&value.to_le_bytes());
        }
        let blocks = BlockMemory::new(&file, blocks);
        let memory = VirtualMemory::Blocks { blocks, pointer_size: 8 };
        let modules = [module("ntoskrnl.exe", KERNEL), module("driver.sys", DRIVER)];
        let drivers = Drivers { modules: &modules, unloaded: &[] };
        found(&Walker::new(&memory, drivers, &store).walk(start, None))
    };
    let caller = (KERNEL + 0x1450, FrameTrust::FramePointer);
    let here = (DRIVER + 0x1020, FrameTrust::Context);
    assert_eq!(walk(&start), [here, caller]);
    start.set(30, Some(DRIVER + 0x1154));
    assert_eq!(walk(&start), [here, (DRIVER + 0x1154, FrameTrust::FramePointer), caller]);
    // The call leads elsewhere: the register is left over from a call of this function's own.
    start.instruction = DRIVER + 0x1160;
    start.set(30, Some(DRIVER + 0x1158));
    assert_eq!(walk(&start), [(DRIVER + 0x1160, FrameTrust::Context), caller]);
}
