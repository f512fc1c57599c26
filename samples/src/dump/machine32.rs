//! Dumps of an x86 machine: a few modules, the kernel's lists, and a stack that frame pointers lead along.

use std::collections::BTreeMap;

use super::block::{Block, usize_of, wide};
use super::header32::{self, Place};
use super::modules::base_of;
use super::physical::PAGE;
use super::tables32::page_tables;
use super::{Architecture, DumpKind, DumpSpec, ModuleSpec};

/// Places in the kernel's image.
pub(super) const KE_BUG_CHECK_EX: u64 = 0x7_9C10;
const AFTER_BUG_CHECK: u64 = 0x4_0F37;
const DEBUGGER_DATA: u64 = 0x13_1C28;
const MODULE_LIST: u64 = 0x13_2850;
const PROCESS_LIST: u64 = 0x13_2860;
const UNLOADED_DRIVERS: u64 = 0x13_2870;
const LAST_UNLOADED_DRIVER: u64 = 0x13_2874;
const BUG_CHECK_DATA: u64 = 0x13_2880;
const BUILD_LAB: u64 = 0x13_28A0;
const POOL: u64 = 0x85D0_0000;
const STACK_END: u64 = 0x8D92_4000;
/// From `KeBugCheckEx` to the end of the stack.
const STACK_SIZE: u64 = 0x2A0;
const TRAP_FRAME_SIZE: u64 = 0x8C;
const DEBUGGER_DATA_SIZE: u64 = 0x340;
const ENTRY_SIZE: u64 = 0x50;
/// Page tables come first, then what is mapped.
const FIRST_PAGE: u64 = 0x185;

/// Pages by number of the virtual page.
#[derive(Debug, Default)]
struct Memory {
    pages: BTreeMap<u64, Vec<u8>>,
}

impl Memory {
    fn write(&mut self, address: u64, bytes: &[u8]) {
        for (byte, at) in bytes.iter().zip(address..) {
            let page = self.pages.entry(at / PAGE).or_insert_with(|| vec![0; usize_of(PAGE)]);
            if let Some(place) = page.get_mut(usize_of(at % PAGE)) {
                *place = *byte;
            }
        }
    }

    fn u32(&mut self, address: u64, value: u64) {
        self.write(address, &(value as u32).to_le_bytes());
    }

    fn read(&self, address: u64, size: u64) -> Vec<u8> {
        let byte = |at: u64| self.pages.get(&(at / PAGE))?.get(usize_of(at % PAGE)).copied();
        (address..address + size).map(|at| byte(at).unwrap_or(0)).collect()
    }
}

/// What a dump tells of the machine.
pub(super) struct Machine32 {
    memory: Memory,
    pub(super) kernel: u64,
    stack_pointer: u64,
    frame: u64,
    trap_frame: u64,
}

/// The dump.
pub(super) fn write(spec: &DumpSpec) -> Vec<u8> {
    let machine = Machine32::new(spec);
    match spec.kind {
        DumpKind::Triage => header32::triage(spec, &machine),
        _ => machine.full(spec),
    }
}

impl Machine32 {
    fn new(spec: &DumpSpec) -> Self {
        let kernel = base_of(&spec.modules, "ntoskrnl.exe");
        let stack_pointer = STACK_END - STACK_SIZE;
        let mut machine = Self {
            memory: Memory::default(),
            kernel,
            stack_pointer,
            frame: 0,
            trap_frame: stack_pointer + 0x40,
        };
        machine.put_stack(spec);
        machine.put_modules(spec);
        machine.put_unloaded(spec);
        machine.put_variables(spec);
        machine
    }

    /// Where the registers and lists are that a header names.
    pub(super) fn place(&self) -> Place {
        Place {
            module_list: self.kernel + MODULE_LIST,
            process_list: self.kernel + PROCESS_LIST,
            debugger_data: self.kernel + DEBUGGER_DATA,
            instruction: self.kernel + KE_BUG_CHECK_EX,
            stack_pointer: self.stack_pointer,
            frame: self.frame,
        }
    }

    pub(super) fn stack(&self) -> Vec<u8> {
        self.memory.read(self.stack_pointer, STACK_SIZE)
    }

    pub(super) fn debugger_data(&self) -> Vec<u8> {
        self.memory.read(self.kernel + DEBUGGER_DATA, DEBUGGER_DATA_SIZE)
    }

    /// Variables, and the page of the instruction that failed.
    pub(super) fn pieces(&self) -> Vec<(u64, Vec<u8>)> {
        let piece = |address: u64, size: u64| (address, self.memory.read(address, size));
        vec![
            piece(self.kernel + BUG_CHECK_DATA, 0x14),
            piece(self.kernel + BUILD_LAB, 0x80),
            piece(self.trap_frame, TRAP_FRAME_SIZE),
        ]
    }

    /// `KeBugCheckEx` has just been entered from the handler of faults, whose frame pointer is its trap
    /// frame: that begins like every frame, with the frame pointer and the address of the fault.
    fn put_stack(&mut self, spec: &DumpSpec) {
        let [address, _, is_write, instruction] = spec.parameters;
        let (trap, mut frame) = (self.trap_frame, self.trap_frame + TRAP_FRAME_SIZE + 0x20);
        self.memory.u32(self.stack_pointer, self.kernel + AFTER_BUG_CHECK);
        let arguments = [u64::from(spec.bugcheck)].into_iter().chain(spec.parameters);
        for (argument, at) in arguments.zip((self.stack_pointer + 4..).step_by(4)) {
            self.memory.u32(at, argument);
        }
        self.frame = trap;
        for (at, value) in [
            (0x00, frame),
            (0x04, instruction),
            (0x08, 0xBADB_0D00),
            (0x34, 0x23),
            (0x38, 0x23),
            (0x40, address),
            (0x50, 0x30),
            (0x60, frame),
            (0x64, is_write << 1),
            (0x68, instruction),
            (0x6C, 0x08),
            (0x70, 0x0001_0246),
        ] {
            self.memory.u32(trap + at, value);
        }
        for caller in &spec.callers {
            self.memory.u32(frame, frame + 0x30);
            self.memory.u32(frame + 4, *caller);
            frame += 0x30;
        }
    }

    fn put_modules(&mut self, spec: &DumpSpec) {
        let head = self.kernel + MODULE_LIST;
        let place = |index: usize| POOL + 0x10 + index as u64 * 0x100;
        let mut nodes = vec![head];
        nodes.extend((0..spec.modules.len()).map(place));
        let node = |index: usize| nodes.get(index % nodes.len()).copied().unwrap_or(head);
        for index in 0..nodes.len() {
            self.memory.u32(node(index), node(index + 1));
            self.memory.u32(node(index) + 4, node(index + nodes.len() - 1));
        }
        for (module, at) in spec.modules.iter().zip(nodes.iter().skip(1)) {
            let rest = loader_entry(module, at + ENTRY_SIZE).into_bytes().split_off(8);
            self.memory.write(at + 8, &rest);
            self.memory.write(at + ENTRY_SIZE, &wide(&module.name));
            self.memory.write(module.base, image_header(module).as_slice());
        }
    }

    fn put_unloaded(&mut self, spec: &DumpSpec) {
        let array = POOL + 0x4000;
        for (driver, at) in spec.unloaded.iter().zip((array..).step_by(0x18)) {
            // Room for 64 bytes of every name, behind the array of 50 slots.
            let name_at = array + 0x800 + (at - array) / 0x18 * 0x40;
            let size = driver.name.len() as u64 * 2;
            self.memory.u32(at, size | (size + 2) << 16);
            self.memory.u32(at + 4, name_at);
            self.memory.write(name_at, &wide(&driver.name));
            self.memory.u32(at + 8, driver.start);
            self.memory.u32(at + 12, driver.end);
        }
        self.memory.u32(self.kernel + UNLOADED_DRIVERS, array);
        self.memory.u32(self.kernel + LAST_UNLOADED_DRIVER, spec.unloaded.len() as u64);
    }

    fn put_variables(&mut self, spec: &DumpSpec) {
        let numbers = [u64::from(spec.bugcheck)].into_iter().chain(spec.parameters);
        for (number, at) in numbers.zip((self.kernel + BUG_CHECK_DATA..).step_by(4)) {
            self.memory.u32(at, number);
        }
        let lab = format!("{}.17514.x86fre.win7sp1_rtm.101119-1850\0", spec.build);
        self.memory.write(self.kernel + BUILD_LAB, lab.as_bytes());
        // Addresses take 8 bytes and are sign-extended; offsets of fields stand as they are.
        let mut block = Block::zeros(DEBUGGER_DATA_SIZE);
        block.put(0x10, b"KDBG");
        block.u32(0x14, DEBUGGER_DATA_SIZE as u32);
        for (at, variable) in [
            (0x00, DEBUGGER_DATA),
            (0x08, DEBUGGER_DATA),
            (0x18, 0),
            (0x48, MODULE_LIST),
            (0x50, PROCESS_LIST),
            (0x88, BUG_CHECK_DATA),
            (0x208, BUILD_LAB),
            (0x220, UNLOADED_DRIVERS),
            (0x228, LAST_UNLOADED_DRIVER),
        ] {
            block.u64(at, (self.kernel + variable) | 0xFFFF_FFFF_0000_0000);
        }
        self.memory.write(self.kernel + DEBUGGER_DATA, block.as_slice());
    }

    /// Type 1: all pages in one run, the page tables first.
    fn full(&self, spec: &DumpSpec) -> Vec<u8> {
        let pages: Vec<u64> = self.memory.pages.keys().copied().collect();
        let tables = page_tables(&pages, FIRST_PAGE, spec.architecture == Architecture::X86Pae);
        let count = (tables.len() + pages.len()) as u64;
        let mut file = header32::full(spec, &self.place(), FIRST_PAGE, count).into_bytes();
        file.extend(tables.into_iter().flat_map(Block::into_bytes));
        file.extend(self.memory.pages.values().flatten());
        file
    }
}

/// A `KLDR_DATA_TABLE_ENTRY`; its name stands at `name_at`, its links are left out.
pub(super) fn loader_entry(module: &ModuleSpec, name_at: u64) -> Block {
    let mut entry = Block::zeros(ENTRY_SIZE);
    entry.u32(0x18, module.base as u32);
    entry.u32(0x1C, module.base as u32 + module.size / 2);
    entry.u32(0x20, module.size);
    let size = module.name.len() as u32 * 2;
    for at in [0x24, 0x2C] {
        entry.u32(at, size | (size + 2) << 16);
        entry.u32(at + 4, name_at as u32);
    }
    entry.u32(0x34, 0x0910_4000);
    entry.u16(0x38, 1);
    entry.u32(0x40, module.checksum);
    entry.u32(0x44, module.timestamp);
    entry
}

/// The headers of a 32-bit image with one section.
fn image_header(module: &ModuleSpec) -> Block {
    const HEADER_AT: u64 = 0xE0;
    const OPTIONAL: u64 = HEADER_AT + 0x18;
    let mut header = Block::zeros(0x400);
    header.put(0, b"MZ");
    header.u32(0x3C, HEADER_AT as u32);
    header.put(HEADER_AT, b"PE\0\0");
    header.u16(HEADER_AT + 0x04, 0x014C);
    header.u16(HEADER_AT + 0x06, 1);
    header.u32(HEADER_AT + 0x08, module.timestamp);
    header.u16(HEADER_AT + 0x14, 0xE0);
    header.u16(HEADER_AT + 0x16, 0x0102);
    header.u16(OPTIONAL, 0x010B);
    header.u32(OPTIONAL + 0x1C, module.base as u32);
    header.u32(OPTIONAL + 0x20, PAGE as u32);
    header.u32(OPTIONAL + 0x24, 0x200);
    header.u32(OPTIONAL + 0x38, module.size);
    header.u32(OPTIONAL + 0x3C, 0x400);
    header.u32(OPTIONAL + 0x40, module.checksum);
    header.u16(OPTIONAL + 0x44, 1);
    header.u32(OPTIONAL + 0x5C, 16);
    let section = OPTIONAL + 0xE0;
    header.put(section, b".text");
    header.u32(section + 0x08, module.size - 0x1000);
    header.u32(section + 0x0C, 0x1000);
    header.u32(section + 0x10, module.size - 0x1000);
    header.u32(section + 0x14, 0x400);
    header.u32(section + 0x24, 0x6800_0020);
    header
}
