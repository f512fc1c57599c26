//! The stacks of the dumps, walked by pe-unwind-info in memory that kdmp-parser reads: neither knows the
//! writer. Expected places and stack pointers are computed by hand from the disassembly of the built drivers
//! (`llvm-objdump -d`) and their unwind data (`llvm-readobj --unwind`); see `drivers/README.md`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic in a test is how a test fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::ops::Range;
use std::path::Path;

use hvtriage_samples::dump::calls::{
    Call, address_of, channel_callback, scan_of_freed_buffer, whole_stack,
};
use hvtriage_samples::dump::modules::{base_of, guest_2008r2};
use hvtriage_samples::dump::{Architecture, DumpSpec, ModuleSpec, write};
use hvtriage_samples::scenario::dump_types::machines;
use kdmp_parser::gxa::{Gva, Gxa};
use kdmp_parser::parse::KernelDumpParser;
use kdmp_parser::virt;
use pe_unwind_info::x86_64::{FunctionTableEntries, Register, UnwindState, XmmRegister};

/// Upper end of the stack of every machine of this build.
const STACK_END: u64 = 0xFFFF_F880_0097_2000;

/// A frame: its stack pointer, as distance from the stack's end, module, function and offset.
type Frame = (u64, &'static str, &'static str, u64);

const CALLBACK_FAILS: [Frame; 8] = [
    (0x6D8, "ntoskrnl.exe", "KeBugCheckEx", 0),
    (0x6D0, "ntoskrnl.exe", "KiBugCheckDispatch", 0x69),
    (0x590, "ntoskrnl.exe", "KiPageFault", 0x260),
    (0x400, "storvsc.sys", "StorChannelVmbusCallback", 0x2B8),
    (0x3D0, "vmbus.sys", "BusSignalChannel", 0x2E),
    (0x380, "vmbus.sys", "BusMessageDpc", 0x53),
    (0x320, "ntoskrnl.exe", "KiRetireDpcList", 0x1BC),
    (0x280, "ntoskrnl.exe", "KiIdleLoop", 0x5A),
];

const SCAN_FAILS: [Frame; 9] = [
    (0x698, "ntoskrnl.exe", "KeBugCheckEx", 0),
    (0x690, "ntoskrnl.exe", "KiBugCheckDispatch", 0x69),
    (0x550, "ntoskrnl.exe", "KiPageFault", 0x260),
    (0x3B8, "cavflt.sys", "CavFindMark", 0x13),
    (0x3B0, "cavflt.sys", "CavScanBuffer", 0x2E),
    (0x360, "cavflt.sys", "CavScanWorker", 0x13),
    (0x330, "ntoskrnl.exe", "ExpWorkerThread", 0x111),
    (0x2C0, "ntoskrnl.exe", "PspSystemThreadStartup", 0x5A),
    (0x280, "ntoskrnl.exe", "KiStartSystemThread", 0x16),
];

#[test]
fn the_stack_of_the_scenario() {
    let modules = guest_2008r2();
    let instruction = base_of(&modules, "storvsc.sys") + 0x22B8;
    let spec = DumpSpec {
        bugcheck: 0xD1,
        parameters: [0x28, 2, 0, instruction],
        calls: channel_callback(0x2B8),
        modules,
        ..DumpSpec::default()
    };
    assert_eq!(walk(write(&spec)), frames(&spec.modules, &CALLBACK_FAILS));
}

/// The stack pointer of a fault is no multiple of 16 in a function that takes no stack: the processor
/// leaves 8 bytes out.
#[test]
fn a_stack_through_a_function_without_unwind_data() {
    let (_, spec) = machines().into_iter().find(|(name, _)| *name == "full.dmp").unwrap();
    assert_eq!(walk(write(&spec)), frames(&spec.modules, &SCAN_FAILS));
}

/// Kinds that kdmp-parser reads, from the committed files.
#[test]
fn every_kind_of_dump_holds_the_stack() {
    let mut kinds = BTreeSet::new();
    for (name, spec) in machines() {
        let is_read = [1, 5, 6, 8, 9, 0xA].contains(&spec.kind.code());
        if !is_read || spec.architecture != Architecture::X64 || spec.table_levels != 4 {
            continue;
        }
        let bytes = fs::read(drivers().join("../../dump-types").join(name)).unwrap();
        let found: Vec<u64> = walk(bytes).into_iter().map(|(_, instruction)| instruction).collect();
        let stack = whole_stack(spec.bugcheck, &spec.calls, spec.parameters != [0; 4]);
        let expected: Vec<u64> =
            stack.iter().map(|place| address_of(place, &spec.modules)).collect();
        assert_eq!(found, expected, "{name}");
        kinds.insert(spec.kind.code());
    }
    assert_eq!(kinds, BTreeSet::from([1, 5, 6, 8, 9, 0xA]));
}

/// What stands before a return address is a call, by its first byte or two.
#[test]
fn return_addresses_stand_behind_calls() {
    let scan = scan_of_freed_buffer().into_iter().skip(1);
    for call in channel_callback(0x2B8).into_iter().skip(1).chain(scan) {
        let Call { image, function, offset, .. } = call;
        let code = function_bytes(image, function);
        let before = &code[..offset as usize];
        let near = before[before.len() - 5] == 0xE8;
        let by_register =
            before[before.len() - 2] == 0xFF && before[before.len() - 1] & 0xF8 == 0xD0;
        let by_memory = before[before.len() - 2..] == [0xFF, 0x13];
        let by_field = before[before.len() - 3] == 0xFF && before[before.len() - 2] & 0xF8 == 0x50;
        assert!(near || by_register || by_memory || by_field, "{image} {function}");
    }
}

fn frames(modules: &[ModuleSpec], expected: &[Frame]) -> Vec<(u64, u64)> {
    let address = |(below, image, function, offset): &Frame| {
        let start = base_of(modules, image) + symbol(image, function);
        (STACK_END - below, start + offset)
    };
    expected.iter().map(address).collect()
}

/// Relative address by the linker's map.
fn symbol(image: &str, name: &str) -> u64 {
    let table = fs::read_to_string(drivers().join("symbols.tsv")).unwrap();
    let row = table.lines().find(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        columns[0] == image && columns[2] == name
    });
    let address = row.unwrap().split('\t').nth(1).unwrap();
    u64::from_str_radix(address.strip_prefix("0x").unwrap(), 16).unwrap()
}

fn drivers() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("drivers/built")
}

/// The code from the start of a function on; code is the first section of every built driver.
fn function_bytes(image: &str, function: &str) -> Vec<u8> {
    let file = fs::read(drivers().join(image)).unwrap();
    let header = number(&file, 0x3C) as usize;
    let table = header + 0x18 + (number(&file, header + 0x14) & 0xFFFF) as usize;
    let [address, offset] = [12, 20].map(|field| number(&file, table + field) as usize);
    file[symbol(image, function) as usize - address + offset..].to_vec()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Stack pointer and instruction of every frame, innermost first, until the return address 0.
fn walk(bytes: Vec<u8>) -> Vec<(u64, u64)> {
    let dump = KernelDumpParser::with_reader(Cursor::new(bytes)).unwrap();
    let context = dump.context_record();
    let mut registers = [0; 16];
    let named = [
        (Register::RBX, context.rbx),
        (Register::RBP, context.rbp),
        (Register::RSP, context.rsp),
        (Register::RSI, context.rsi),
        (Register::RDI, context.rdi),
        (Register::R12, context.r12),
        (Register::R13, context.r13),
        (Register::R14, context.r14),
        (Register::R15, context.r15),
    ];
    for (register, value) in named {
        registers[register as usize] = value;
    }
    let mut thread = Thread { dump: &dump, registers };
    let mut instruction = context.rip;
    let mut frames = Vec::new();
    while instruction != 0 {
        frames.push((thread.registers[Register::RSP as usize], instruction));
        let module =
            dump.kernel_modules().find(|(range, _)| range.contains(&Gva::new(instruction)));
        let image = image(&dump, module.unwrap().0);
        let header = number(&image, 0x3C) as usize;
        let [table, size] = [0xA0, 0xA4].map(|field| number(&image, header + field) as usize);
        let functions = FunctionTableEntries::parse(&image[table..table + size]);
        let base = module.unwrap().0.start.u64();
        let relative = u32::try_from(instruction - base).unwrap();
        let bytes =
            |address: u32| image.get(address as usize..).map(<[u8]>::to_vec).map(|b| &*b.leak());
        instruction = functions.unwind_frame(&mut thread, bytes, relative).unwrap();
    }
    frames
}

/// An image as far as it is in memory.
fn image(dump: &KernelDumpParser, range: &Range<Gva>) -> Vec<u8> {
    let reader = virt::Reader::new(dump);
    let mut image = vec![0; (range.end.u64() - range.start.u64()) as usize];
    for (page, at) in image.chunks_mut(0x1000).zip((range.start.u64()..).step_by(0x1000)) {
        if reader.read_exact(Gva::new(at), page).is_err() {
            page.fill(0);
        }
    }
    image
}

struct Thread<'d> {
    dump: &'d KernelDumpParser,
    registers: [u64; 16],
}

impl UnwindState for Thread<'_> {
    fn read_register(&mut self, register: Register) -> u64 {
        self.registers[register as usize]
    }

    fn read_stack(&mut self, at: u64) -> Option<u64> {
        virt::Reader::new(self.dump).read_struct(Gva::new(at)).ok()
    }

    fn write_register(&mut self, register: Register, value: u64) {
        self.registers[register as usize] = value;
    }

    fn write_xmm_register(&mut self, _register: XmmRegister, _value: u128) {}
}
