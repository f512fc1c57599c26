//! The small dump of an ARM64 machine: what Windows writes of it, but for the copies of processor, process
//! and thread, whose layouts there are not known to us; the table says that they are absent.

use super::DumpSpec;
use super::block::Block;
use super::header::{Fields, header_of};
use super::modules::base_of;
use super::triage::{self, TABLE, TABLE_SIZE, put_part};

const ARM64: u32 = 0xAA64;
/// Context, exception, stack, drivers, broken driver, debugger data, data blocks.
const FIELDS: u32 = 0xCE3;
const OPTIONS: u32 = 0x41;
const CONTEXT_SIZE: u64 = 0x390;
/// Control, integer and floating-point registers of ARM64.
const CONTEXT_FLAGS: u32 = 0x0040_0007;
/// The processor runs in the kernel, on the stack of the kernel.
const STATE_OF_KERNEL: u32 = 0x0000_0004;
const STACK_END: u64 = 0xFFFF_B781_00B9_8000;
/// From one frame record on the stack to the next.
const FRAME_SIZE: u64 = 0x60;
const DEBUGGER_DATA_SIZE: u64 = 0x3A0;
const DEBUGGER_DATA: u64 = 0xC0_10A0;
const MODULE_LIST: u64 = 0xC0_1500;
const PROCESS_LIST: u64 = 0xC0_1510;
const BUG_CHECK_DATA: u64 = 0xC0_1520;
const PAGE_FRAMES: u64 = 0xC0_1560;

/// The dump. `spec.callers` are the return addresses above `KeBugCheckEx`, innermost first.
pub(super) fn triage(spec: &DumpSpec) -> Vec<u8> {
    let kernel = base_of(&spec.modules, "ntoskrnl.exe");
    let stack_pointer = STACK_END - (spec.callers.len() as u64 + 2) * FRAME_SIZE;
    let stack = stack(spec, stack_pointer);
    let instruction = kernel + 0x40_5D20;
    let fields = Fields {
        machine_type: ARM64,
        top_table: 0x1AD000,
        page_frames: kernel + PAGE_FRAMES,
        module_list: kernel + MODULE_LIST,
        process_list: kernel + PROCESS_LIST,
        debugger_data: kernel + DEBUGGER_DATA,
        context: context(spec, stack_pointer, instruction),
        instruction,
    };
    let mut file = header_of(spec, &fields, &[], 0);
    file.u32(0x1038, FIELDS);
    file.put(TABLE, &[0; TABLE_SIZE as usize]);
    file.u32(TABLE + 0x0C, 0x348);
    file.u32(TABLE + 0x10, 0xF00);
    file.u32(TABLE + 0x44, OPTIONS);
    put_part(&mut file, 0x28, stack.as_slice());
    file.u32(TABLE + 0x2C, stack.len() as u32);
    file.u64(TABLE + 0x48, stack_pointer);
    put_part(&mut file, 0x70, debugger_data(kernel).as_slice());
    file.u32(TABLE + 0x74, DEBUGGER_DATA_SIZE as u32);
    triage::put_unloaded(&mut file, &spec.unloaded);
    triage::put_drivers(&mut file, &spec.modules, |module| module.name.clone());
    let mut stop = Block::zeros(0x28);
    let numbers = [u64::from(spec.bugcheck)].into_iter().chain(spec.parameters);
    for (number, at) in numbers.zip((0..).step_by(8)) {
        stop.u64(at, number);
    }
    let mut pieces = vec![(kernel + BUG_CHECK_DATA, stop.into_bytes())];
    pieces.extend(spec.callers.first().map(|caller| call(*caller, instruction)));
    triage::put_blocks(&mut file, &pieces);
    let size = triage::finish(&mut file);
    file.u64(0xFA0, size);
    file.into_bytes()
}

/// Frame records: the address of the next one and the return address; the last one is followed by none.
fn stack(spec: &DumpSpec, stack_pointer: u64) -> Block {
    let mut stack = Block::zeros(STACK_END - stack_pointer);
    // The first return address is in the link register.
    for (caller, number) in spec.callers.iter().skip(1).zip(0..) {
        let at = number * FRAME_SIZE;
        stack.u64(at, stack_pointer + at + FRAME_SIZE);
        stack.u64(at + 8, *caller);
    }
    stack
}

/// The code round the return address `caller`: in front of it `instruction` is called.
fn call(caller: u64, instruction: u64) -> (u64, Vec<u8>) {
    const WINDOW: u64 = 0x100;
    const NO_OPERATION: [u8; 4] = 0xD503_201F_u32.to_le_bytes();
    const BRANCH_AND_LINK: u32 = 0x9400_0000;
    let start = caller - WINDOW / 2;
    let mut code = Block::filled(WINDOW, NO_OPERATION);
    // The distance counts instructions, in 26 bits.
    let distance = instruction.wrapping_sub(caller - 4) / 4;
    code.u32(WINDOW / 2 - 4, BRANCH_AND_LINK | (distance as u32 & 0x03FF_FFFF));
    (start, code.into_bytes())
}

fn context(spec: &DumpSpec, stack_pointer: u64, instruction: u64) -> Block {
    let mut context = Block::zeros(CONTEXT_SIZE);
    context.u32(0x00, CONTEXT_FLAGS);
    context.u32(0x04, STATE_OF_KERNEL);
    let arguments = [u64::from(spec.bugcheck)].into_iter().chain(spec.parameters);
    for (value, at) in arguments.zip((0x08..).step_by(8)) {
        context.u64(at, value);
    }
    context.u64(0xF0, stack_pointer);
    context.u64(0xF8, spec.callers.first().copied().unwrap_or(0));
    context.u64(0x100, stack_pointer);
    context.u64(0x108, instruction);
    context
}

fn debugger_data(kernel: u64) -> Block {
    let mut block = Block::zeros(DEBUGGER_DATA_SIZE);
    for at in [0x00, 0x08] {
        block.u64(at, kernel + DEBUGGER_DATA);
    }
    block.put(0x10, b"KDBG");
    block.u32(0x14, DEBUGGER_DATA_SIZE as u32);
    block.u64(0x18, kernel);
    block.u64(0x48, kernel + MODULE_LIST);
    block.u64(0x50, kernel + PROCESS_LIST);
    block.u64(0x88, kernel + BUG_CHECK_DATA);
    block.u64(0xC0, kernel + PAGE_FRAMES);
    block
}
