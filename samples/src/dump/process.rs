//! The dump of a process (`MDMP`): system, modules, threads, the exception, and the stacks.

use super::block::{Block, wide};
use super::context::{CONTEXT_SIZE, Registers, context};

const HEADER_SIZE: u64 = 0x20;
const ENTRY_SIZE: u64 = 12;
const MODULE_SIZE: u64 = 108;
const THREAD_SIZE: u64 = 48;
const X64: u16 = 9;
const USER_CODE: u16 = 0x33;
const USER_DATA: u16 = 0x2B;
/// A count of 1970, from 1601, in seconds.
const UNIX_EPOCH: u64 = 11_644_473_600;
const TICKS_PER_SECOND: u64 = 10_000_000;

const THREADS: u32 = 3;
const MODULES: u32 = 4;
const MEMORY: u32 = 5;
const EXCEPTION: u32 = 6;
const SYSTEM: u32 = 7;
const PROCESS: u32 = 15;

/// A module of the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessModule {
    /// Its path.
    pub path: String,
    /// Address of its image.
    pub base: u64,
    /// Bytes of its image.
    pub size: u32,
    /// Time stamp of its header.
    pub timestamp: u32,
    /// Checksum of its header.
    pub checksum: u32,
    /// File version.
    pub version: [u16; 4],
    /// Name of its file of symbols.
    pub pdb: String,
    /// The number that it shares with that file, in the order of its bytes.
    pub signature: [u8; 16],
}

/// A thread of the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessThread {
    /// Its number.
    pub id: u32,
    /// Where it was.
    pub instruction: u64,
    /// Its stack pointer.
    pub stack_pointer: u64,
    /// What is on its stack from there on.
    pub stack: Vec<u64>,
}

/// The process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessSpec {
    /// Major and minor version and build of Windows.
    pub windows: [u32; 3],
    /// When it was dumped: 100 ns since 1601, UTC.
    pub time_filetime: u64,
    /// Its number.
    pub id: u32,
    /// Seconds that it had lived.
    pub lived_seconds: u32,
    /// Its modules; the first one is its own.
    pub modules: Vec<ProcessModule>,
    /// Its threads. The first one read the address `read_address` and was not allowed to.
    pub threads: Vec<ProcessThread>,
    /// What the first thread read.
    pub read_address: u64,
}

/// The bytes of the dump file.
#[must_use]
pub fn write(spec: &ProcessSpec) -> Vec<u8> {
    let kinds = [SYSTEM, PROCESS, MODULES, THREADS, MEMORY, EXCEPTION];
    let mut file = Block::zeros(HEADER_SIZE + kinds.len() as u64 * ENTRY_SIZE);
    file.put(0x00, b"MDMP");
    file.u32(0x04, 0xA793);
    file.u32(0x08, kinds.len() as u32);
    file.u32(0x0C, HEADER_SIZE as u32);
    file.u32(0x14, (spec.time_filetime / TICKS_PER_SECOND - UNIX_EPOCH) as u32);

    let contexts: Vec<u64> =
        spec.threads.iter().map(|thread| file.append(&registers(thread), 16)).collect();
    let stacks: Vec<u64> =
        spec.threads.iter().map(|thread| file.append(&stack(thread), 8)).collect();
    let streams = [
        system(spec, &mut file),
        process(spec),
        modules(spec, &mut file),
        threads(spec, &contexts, &stacks),
        memory(spec, &stacks),
        exception(spec, &contexts),
    ];
    for ((kind, stream), entry) in kinds.into_iter().zip(streams).zip((HEADER_SIZE..).step_by(12)) {
        let at = file.append(stream.as_slice(), 8);
        file.u32(entry, kind);
        file.u32(entry + 4, stream.len() as u32);
        file.u32(entry + 8, at as u32);
    }
    file.into_bytes()
}

fn registers(thread: &ProcessThread) -> Vec<u8> {
    let registers =
        Registers { rip: thread.instruction, rsp: thread.stack_pointer, ..Registers::default() };
    let mut block = context(&registers);
    block.u16(0x38, USER_CODE);
    block.u16(0x42, USER_DATA);
    block.into_bytes()
}

fn stack(thread: &ProcessThread) -> Vec<u8> {
    thread.stack.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn system(spec: &ProcessSpec, file: &mut Block) -> Block {
    let service_pack = text(file, "");
    let [major, minor, build] = spec.windows;
    let mut stream = Block::zeros(56);
    stream.u16(0, X64);
    stream.u16(2, 6);
    stream.u16(4, 0x3F02);
    stream.u8(6, 8);
    // A server.
    stream.u8(7, 3);
    stream.u32(8, major);
    stream.u32(12, minor);
    stream.u32(16, build);
    // Windows NT.
    stream.u32(20, 2);
    stream.u32(24, service_pack as u32);
    stream.u16(28, 0x110);
    stream
}

/// `MINIDUMP_MISC_INFO`: number and times of the process.
fn process(spec: &ProcessSpec) -> Block {
    const HAS_ID_AND_TIMES: u32 = 3;
    let now = (spec.time_filetime / TICKS_PER_SECOND - UNIX_EPOCH) as u32;
    let mut stream = Block::zeros(24);
    stream.u32(0, 24);
    stream.u32(4, HAS_ID_AND_TIMES);
    stream.u32(8, spec.id);
    stream.u32(12, now - spec.lived_seconds);
    stream
}

fn modules(spec: &ProcessSpec, file: &mut Block) -> Block {
    let mut stream = Block::zeros(4 + spec.modules.len() as u64 * MODULE_SIZE);
    stream.u32(0, spec.modules.len() as u32);
    for (module, at) in spec.modules.iter().zip((4..).step_by(MODULE_SIZE as usize)) {
        let name = text(file, &module.path);
        let mut record = Block::default();
        record.put(0, b"RSDS");
        record.put(4, &module.signature);
        record.u32(20, 1);
        record.put(24, format!("{}\0", module.pdb).as_bytes());
        let record_at = file.append(record.as_slice(), 4);
        stream.u64(at, module.base);
        stream.u32(at + 8, module.size);
        stream.u32(at + 12, module.checksum);
        stream.u32(at + 16, module.timestamp);
        stream.u32(at + 20, name as u32);
        let [major, minor, build, revision] = module.version.map(u32::from);
        stream.u32(at + 24, 0xFEEF_04BD);
        stream.u32(at + 28, 0x1_0000);
        for version in [at + 32, at + 40] {
            stream.u32(version, major << 16 | minor);
            stream.u32(version + 4, build << 16 | revision);
        }
        stream.u32(at + 76, record.len() as u32);
        stream.u32(at + 80, record_at as u32);
    }
    stream
}

fn threads(spec: &ProcessSpec, contexts: &[u64], stacks: &[u64]) -> Block {
    let mut stream = Block::zeros(4 + spec.threads.len() as u64 * THREAD_SIZE);
    stream.u32(0, spec.threads.len() as u32);
    let places = spec.threads.iter().zip(contexts).zip(stacks);
    for (((thread, context), stack), at) in places.zip((4..).step_by(THREAD_SIZE as usize)) {
        stream.u32(at, thread.id);
        stream.u64(at + 24, thread.stack_pointer);
        stream.u32(at + 32, thread.stack.len() as u32 * 8);
        stream.u32(at + 36, *stack as u32);
        stream.u32(at + 40, CONTEXT_SIZE as u32);
        stream.u32(at + 44, *context as u32);
    }
    stream
}

fn memory(spec: &ProcessSpec, stacks: &[u64]) -> Block {
    let mut stream = Block::zeros(4);
    stream.u32(0, spec.threads.len() as u32);
    for ((thread, stack), at) in spec.threads.iter().zip(stacks).zip((4..).step_by(16)) {
        stream.u64(at, thread.stack_pointer);
        stream.u32(at + 8, thread.stack.len() as u32 * 8);
        stream.u32(at + 12, *stack as u32);
    }
    stream
}

/// An access violation of the first thread.
fn exception(spec: &ProcessSpec, contexts: &[u64]) -> Block {
    const ACCESS_VIOLATION: u32 = 0xC000_0005;
    let mut stream = Block::zeros(168);
    let thread = spec.threads.first().cloned().unwrap_or_default();
    stream.u32(0, thread.id);
    stream.u32(8, ACCESS_VIOLATION);
    stream.u64(24, thread.instruction);
    // Two parameters: a read, and what was read.
    stream.u32(32, 2);
    stream.u64(48, spec.read_address);
    stream.u32(160, CONTEXT_SIZE as u32);
    stream.u32(164, contexts.first().copied().unwrap_or(0) as u32);
    stream
}

/// Count of bytes, the letters, the end mark; says where.
fn text(file: &mut Block, text: &str) -> u64 {
    let mut string = Block::default();
    string.u32(0, text.encode_utf16().count() as u32 * 2);
    string.append(&wide(text), 2);
    file.append(string.as_slice(), 4)
}
