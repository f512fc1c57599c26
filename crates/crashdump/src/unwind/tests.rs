//! Unwinding against hand-made images, and against another program on real ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hvtriage_winfmt::FileOffset;
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic};
use pe_unwind_info::x86_64::{FunctionTableEntries, Register, UnwindState, XmmRegister};

use super::*;
use crate::companions::{Companions, FileBytes, ImageKey, PdbKey};
use crate::memory::{Block, BlockMemory};
use crate::report::{MachineType, Module};

/// Where the stack of the tests lies, and its size.
const STACK: u64 = 0xFFFF_F880_0010_0000;
const STACK_BYTES: u64 = 0x10_0000;

/// One file, whatever is asked for.
struct OneFile(Vec<u8>);

impl Companions for OneFile {
    fn image(&self, _key: &ImageKey) -> Option<FileBytes> {
        Some(Arc::new(self.0.clone()))
    }

    fn symbols(&self, _key: &PdbKey) -> Option<FileBytes> {
        None
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// The module that a file is the image of, by its header.
fn module_of(file: &[u8]) -> Module {
    let header = number(file, 0x3C) as usize;
    Module {
        name: "test.sys".into(),
        path: None,
        base: VirtAddr(0xFFFF_F880_0100_0000),
        size: number(file, header + 0x50),
        timestamp: Some(number(file, header + 8)),
        checksum: None,
        exception_table: None,
        pdb: None,
        version: None,
    }
}

/// A stack on which every number is another.
fn stack() -> Vec<u8> {
    (0..STACK_BYTES / 8)
        .flat_map(|index| (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1).to_le_bytes())
        .collect()
}

fn memory(file: &[u8]) -> VirtualMemory<'_> {
    let block = Block { address: VirtAddr(STACK), at: FileOffset(0), size: file.len() as u64 };
    VirtualMemory::Blocks { blocks: BlockMemory::new(file, vec![block]), pointer_size: 8 }
}

/// Registers that all point into the stack, each elsewhere.
fn registers() -> Registers {
    let mut context = vec![0; 0x4D0];
    for (index, place) in (0x78..0xF8).step_by(8).enumerate() {
        let value = STACK + STACK_BYTES / 2 + index as u64 * 0x1000;
        context[place..place + 8].copy_from_slice(&value.to_le_bytes());
    }
    context[0xF8..0x100].copy_from_slice(&1_u64.to_le_bytes());
    Registers::in_file(MachineType::Amd64, hvtriage_winfmt::Bytes::new(&context), 0).unwrap()
}

/// The other program's view of the same moment.
struct Other<'s> {
    registers: [u64; 16],
    stack: &'s [u8],
}

impl UnwindState for Other<'_> {
    fn read_register(&mut self, register: Register) -> u64 {
        self.registers[register as usize]
    }

    fn read_stack(&mut self, at: u64) -> Option<u64> {
        let at = usize::try_from(at.checked_sub(STACK)?).ok()?;
        Some(u64::from_le_bytes(self.stack.get(at..at + 8)?.try_into().ok()?))
    }

    fn write_register(&mut self, register: Register, value: u64) {
        self.registers[register as usize] = value;
    }

    fn write_xmm_register(&mut self, _register: XmmRegister, _value: u128) {}
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Every instruction of every function of six programs of other people's compilers: the caller's
/// stack pointer, return address and kept registers are those that the other program finds.
#[test]
#[allow(clippy::print_stderr, reason = "a missing corpus is told")]
fn every_instruction_is_unwound_as_another_program_does() {
    let Some(corpus) = corpus() else {
        eprintln!("left out: no real evidence (set HVTRIAGE_CORPUS)");
        return;
    };
    let (mut compared, mut ends) = (0, 0);
    for name in [
        "seh_x64/nested_collided.exe",
        "seh_x64/xcpt4.exe",
        "seh_x64/xframe_eh_dll.dll",
        "seh_x64/xframe_eh_exe.exe",
        "basic64.dll",
        "dump_syms_regtest64.exe",
    ] {
        let file = std::fs::read(corpus.join("pe").join(name)).unwrap();
        let (of_file, ends_of_file) = compare(name, &file);
        compared += of_file;
        ends += ends_of_file;
    }
    assert!(compared > 50_000 && ends > 2_000, "{compared} instructions, {ends} of ends");
}

/// How far above the stack pointer the return address stands, where only pops and additions come
/// before the return.
fn bytes_to_return(instructions: &[Instruction]) -> Option<u64> {
    let mut bytes = 0;
    for instruction in instructions {
        match instruction.mnemonic() {
            Mnemonic::Ret => return Some(bytes),
            Mnemonic::Pop => bytes += 8,
            Mnemonic::Add if instruction.op0_register() == iced_x86::Register::RSP => {
                bytes += instruction.immediate(1);
            }
            _ => return None,
        }
    }
    None
}

/// How many instructions were compared, and how many of them belong to ends of functions.
fn compare(name: &str, file: &[u8]) -> (usize, usize) {
    let module = module_of(file);
    let companions = OneFile(file.to_vec());
    let image = Image::of(&module, None, &companions);
    let directory = image.exceptions().unwrap();
    let mut table = vec![0; directory.size as usize];
    assert!(image.read(directory.address, &mut table), "{name}");
    let others = FunctionTableEntries::parse(&table);
    let stack = stack();
    let memory = memory(&stack);
    let (mut compared, mut ends) = (0, 0);
    for function in others.functions().unwrap() {
        let (start, end) = (function.begin_address.get(), function.end_address.get());
        let mut code = vec![0; (end - start) as usize];
        assert!(image.read(start, &mut code), "{name}: {start:#x}");
        let decoder = Decoder::with_ip(64, &code, start.into(), DecoderOptions::NONE);
        let instructions: Vec<Instruction> = decoder.into_iter().collect();
        for (index, instruction) in instructions.iter().enumerate() {
            let at = u32::try_from(instruction.ip()).unwrap();
            // The other program takes a jump in a loop for the end of a function, and knows no jump to
            // an address in a register, with which compilers end functions, too.
            let is_part = |it: &&Instruction| {
                matches!(it.mnemonic(), Mnemonic::Pop | Mnemonic::Add | Mnemonic::Lea)
            };
            let end = instructions[index..].iter().find(|it| !is_part(it));
            if end.is_some_and(|it| it.mnemonic() == Mnemonic::Jmp) {
                continue;
            }
            let mut ours = registers();
            let found = to_caller(&mut ours, &image, at, true, &memory);
            // What the end of a function does can be worked out from its instructions. (The other
            // program goes wrong where unwind data of version 2 tells where ends are: in the
            // runtime's `memcpy`, `basic64.dll` at 0x17021.)
            if let Some(bytes) = bytes_to_return(&instructions[index..]) {
                let stack = VirtAddr(registers().stack_pointer().unwrap() + bytes);
                assert_eq!(ours.instruction, memory.u64(stack).unwrap(), "{name}: {at:#x}");
                ends += 1;
                continue;
            }
            let mut state = Other {
                registers: std::array::from_fn(|index| registers().general(index).unwrap()),
                stack: &stack,
            };
            let theirs = others.unwind_frame_with_image(&mut state, file, at);
            let (Ok(_), Some(theirs)) = (&found, theirs) else {
                assert_eq!(found.is_ok(), theirs.is_some(), "{name}: {at:#x}: {found:?}");
                continue;
            };
            assert_eq!(ours.instruction, theirs, "{name}: return address at {at:#x}");
            for kept in [3, 4, 5, 6, 7, 12, 13, 14, 15] {
                let (ours, theirs) = (ours.general(kept), Some(state.registers[kept]));
                assert_eq!(ours, theirs, "{name}: register {kept} at {at:#x}");
            }
            compared += 1;
        }
    }
    (compared, ends)
}

/// An image of three pages: a header with a table of functions, and what the test puts behind it.
pub(crate) struct Written(pub(crate) Vec<u8>);

impl Written {
    /// `functions` are start, end and unwind data.
    pub(crate) fn new(functions: &[[u32; 3]]) -> Self {
        let mut image = Self(vec![0; 0x3000]);
        image.put(0, b"MZ");
        image.put(0x3C, &0x80_u32.to_le_bytes());
        image.put(0x80, b"PE\0\0");
        image.put(0x84, &[0x64, 0x86, 1, 0]);
        image.put(0x94, &0xF0_u16.to_le_bytes());
        image.put(0x98, &0x20B_u16.to_le_bytes());
        image.put(0x98 + 0x38, &0x3000_u32.to_le_bytes());
        image.put(0x98 + 0x3C, &0x3000_u32.to_le_bytes());
        image.put(0x98 + 0x6C, &16_u32.to_le_bytes());
        image.put(0x98 + 0x70 + 24, &0x400_u32.to_le_bytes());
        image.put(0x98 + 0x70 + 28, &(functions.len() as u32 * 12).to_le_bytes());
        for (index, entry) in functions.iter().enumerate() {
            for (place, value) in entry.iter().enumerate() {
                image.put(0x400 + index * 12 + place * 4, &value.to_le_bytes());
            }
        }
        // No end of a function anywhere.
        image.0[0x1000..].fill(0x90);
        image
    }

    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn unwind(&self, at: u32, is_exact: bool) -> (Result<Found, UnwindError>, Registers) {
        let module = module_of(&self.0);
        let companions = OneFile(self.0.clone());
        let image = Image::of(&module, None, &companions);
        let stack = stack();
        let memory = memory(&stack);
        let mut registers = registers();
        let found = to_caller(&mut registers, &image, at, is_exact, &memory);
        (found, registers)
    }
}

/// Where register `number` points at first, see [`registers`].
fn first(number: u64) -> u64 {
    STACK + STACK_BYTES / 2 + number * 0x1000
}

fn on_stack(at: u64) -> u64 {
    ((at - STACK) / 8).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}

/// push rbp; push rbx; sub rsp, 0x1238; lea rbp, [rsp + 0x20]; mov [rbp + 0x40 - 0x20], rsi
#[test]
fn codes_are_undone_as_far_as_they_had_run() {
    let mut image = Written::new(&[[0x1000, 0x1100, 0x600]]);
    let codes = [0x14, 0x64, 8, 0, 0x10, 3, 0x0B, 1, 0x47, 2, 4, 0x30, 1, 0x50];
    image.put(0x600, &[1, 0x14, 7, 0x25]);
    image.put(0x604, &codes);
    // Behind the prolog the frame register leads, whatever the stack pointer is.
    let frame = first(5) - 0x20;
    let (found, registers) = image.unwind(0x1080, false);
    assert_eq!(found, Ok(Found::Caller));
    assert_eq!(registers.general(6), Some(on_stack(frame + 0x40)));
    assert_eq!(registers.general(3), Some(on_stack(frame + 0x1238)));
    assert_eq!(registers.general(5), Some(on_stack(frame + 0x1240)));
    assert_eq!(registers.instruction, on_stack(frame + 0x1248));
    assert_eq!(registers.stack_pointer(), Some(frame + 0x1250));
    // Behind the first push nothing else has run.
    let (_, registers) = image.unwind(0x1001, true);
    assert_eq!(registers.general(5), Some(on_stack(first(4))));
    assert_eq!(registers.stack_pointer(), Some(first(4) + 16));
    // Before it a return address is all there is.
    let (_, registers) = image.unwind(0x1000, true);
    assert_eq!(
        (registers.general(5), registers.stack_pointer()),
        (Some(first(5)), Some(first(4) + 8))
    );
}

#[test]
fn a_leaf_has_a_return_address_alone() {
    let image = Written::new(&[[0x1000, 0x1010, 0x600]]);
    let (found, registers) = image.unwind(0x1800, true);
    assert_eq!(found, Ok(Found::Caller));
    assert_eq!(registers.instruction, on_stack(first(4)));
    let (found, _) = image.unwind(0x1800, false);
    assert_eq!(found, Err(UnwindError::NoFunction), "it has called another");
    // A return address behind the last instruction of a function is its own.
    let (found, _) = image.unwind(0x1010, false);
    assert_eq!(found, Err(UnwindError::Version(0)), "its unwind data is read");
}

/// What the processor pushes: an error code, the instruction, its segment, flags, the stack pointer.
#[test]
fn an_interrupt_gives_the_interrupted_moment() {
    let mut image = Written::new(&[[0x1000, 0x1100, 0x600]]);
    image.put(0x600, &[1, 0, 2, 0, 0, 0x12, 0, 0x1A]);
    let (found, registers) = image.unwind(0x1080, true);
    let frame = first(4) + 0x10 + 8;
    let is_user = on_stack(frame + 8) & 3 == 3;
    assert_eq!(found, Ok(Found::Interrupted { is_user }));
    assert_eq!(registers.instruction, on_stack(frame));
    assert_eq!(registers.stack_pointer(), Some(on_stack(frame + 24)));
}

/// A part that the linker moved away, chained to the function that it belongs to; and an entry that
/// only refers to another.
#[test]
fn parts_of_functions_are_unwound_as_the_whole() {
    let functions = [[0x1000, 0x1100, 0x600], [0x1400, 0x1500, 0x640], [0x1600, 0x1700, 0x681]];
    let mut image = Written::new(&functions);
    image.put(0x600, &[1, 4, 1, 0, 4, 0x42, 0, 0]);
    image.put(0x640, &[1 | 4 << 3, 0, 0, 0]);
    for (index, value) in functions[0].iter().enumerate() {
        image.put(0x644 + index * 4, &value.to_le_bytes());
        image.put(0x680 + index * 4, &value.to_le_bytes());
    }
    for at in [0x1080, 0x1480] {
        let (found, registers) = image.unwind(at, false);
        assert_eq!((found, registers.stack_pointer()), (Ok(Found::Caller), Some(first(4) + 0x30)));
    }
    let module = module_of(&image.0);
    let companions = OneFile(image.0.clone());
    let view = Image::of(&module, None, &companions);
    let part = |start, end| Ok(Some(Part { start, end, function: 0x1000 }));
    assert_eq!(part_around(&view, 0x1480), part(0x1400, 0x1500), "chained");
    assert_eq!(part_around(&view, 0x1680), part(0x1600, 0x1700), "referred to");
    assert_eq!(part_around(&view, 0x1580), Ok(None), "a leaf");
}

/// The entries of ARM64 have eight bytes and another meaning.
#[test]
fn the_table_of_another_processor_is_not_read_for_names() {
    let mut image = Written::new(&[[0x1000, 0x1100, 0x600]]);
    image.put(0x84, &[0x64, 0xAA]);
    let module = module_of(&image.0);
    let companions = OneFile(image.0.clone());
    let view = Image::of(&module, None, &companions);
    assert_eq!(part_around(&view, 0x1080), Err(UnwindError::NoTable));
}

/// The linker may put a part in front of its function, and a compiler may return from a part by a jump
/// to the rest of its function. Neither is the beginning or the end of anything.
#[test]
fn a_part_in_front_of_its_function_has_the_whole_frame() {
    let functions = [[0x1000, 0x1010, 0x681], [0x1020, 0x1030, 0x640], [0x1400, 0x1500, 0x600]];
    let mut image = Written::new(&functions);
    // sub rsp, 0x28
    image.put(0x600, &[1, 4, 1, 0, 4, 0x42, 0, 0]);
    image.put(0x640, &[1 | 4 << 3, 0, 0, 0]);
    for (index, value) in functions[2].iter().enumerate() {
        image.put(0x644 + index * 4, &value.to_le_bytes());
        image.put(0x680 + index * 4, &value.to_le_bytes());
    }
    for at in [0x1000_u32, 0x1020] {
        // jmp to 0x1440, in the middle of the function
        image.put(at as usize, &[0xE9]);
        image.put(at as usize + 1, &(0x1440_u32.wrapping_sub(at + 5)).to_le_bytes());
        let (found, registers) = image.unwind(at, true);
        let found = (found, registers.stack_pointer());
        assert_eq!(found, (Ok(Found::Caller), Some(first(4) + 0x30)), "{at:#x}");
        // jmp to a function without unwind data, in the place of a call and a return
        image.put(at as usize + 1, &(0x1800_u32.wrapping_sub(at + 5)).to_le_bytes());
        let (found, registers) = image.unwind(at, true);
        let found = (found, registers.stack_pointer());
        assert_eq!(found, (Ok(Found::Caller), Some(first(4) + 8)), "{at:#x}");
    }
}

/// `cfi_chained_loop.exe` was made by others so that a reader of its chain never ends.
#[test]
#[allow(clippy::print_stderr, reason = "a missing corpus is told")]
fn a_chain_without_end_ends() {
    let Some(corpus) = corpus() else {
        eprintln!("left out: no real evidence (set HVTRIAGE_CORPUS)");
        return;
    };
    let file = std::fs::read(corpus.join("pe/cfi_chained_loop.exe")).unwrap();
    let module = module_of(&file);
    let companions = OneFile(file);
    let image = Image::of(&module, None, &companions);
    let stack = stack();
    let memory = memory(&stack);
    let directory = image.exceptions().unwrap();
    let mut endless = 0;
    for entry in (0..directory.size / 12).map(|index| directory.address + index * 12) {
        let start = image.u32(entry).unwrap();
        let end = image.u32(entry + 4).unwrap();
        let found = to_caller(&mut registers(), &image, end - 1, false, &memory);
        endless += usize::from(found == Err(UnwindError::Damaged));
        assert_eq!(part_around(&image, start).is_err(), found.is_err(), "{start:#x}");
    }
    assert!(endless > 0, "no function is chained without end");
}

/// A file of other people holds a chain that leads back to itself.
#[test]
fn damage_ends_and_says_why() {
    let mut image = Written::new(&[[0x1000, 0x1100, 0x600], [0x1200, 0x1300, 0x641]]);
    image.put(0x600, &[1 | 4 << 3, 0, 0, 0]);
    image.put(0x604, &[0, 0x10, 0, 0, 0, 0x11, 0, 0, 0, 6, 0, 0]);
    image.put(0x640, &[0, 0x12, 0, 0, 0, 0x13, 0, 0, 0x41, 6, 0, 0]);
    assert_eq!(image.unwind(0x1080, false).0, Err(UnwindError::Damaged), "chained to itself");
    assert_eq!(image.unwind(0x1280, false).0, Err(UnwindError::Damaged), "refers to itself");
    image.put(0x600, &[3, 0, 0, 0]);
    assert_eq!(image.unwind(0x1080, false).0, Err(UnwindError::Version(3)));
    image.put(0x600, &[1, 0, 1, 0, 0, 1]);
    assert_eq!(image.unwind(0x1080, false).0, Err(UnwindError::Damaged), "half of a code");
    image.put(0x600, &[1, 0, 1, 0, 0, 0x0F]);
    assert_eq!(image.unwind(0x1080, false).0, Err(UnwindError::Damaged), "no such code");
    image.put(0x408, &0x2FFE_u32.to_le_bytes());
    assert_eq!(image.unwind(0x1080, false).0, Err(UnwindError::Unreadable), "past the image");
    image.put(0x98 + 0x70 + 24, &0x2FF8_u32.to_le_bytes());
    assert_eq!(image.unwind(0x1080, false).0, Err(UnwindError::NoTable), "a table past the image");
}
