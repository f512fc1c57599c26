//! What runs: processors, their threads, and the processes.

use super::address_space::{AddressSpace, TOP_TABLE};
use super::block::Block;
use super::context::{Registers, context};
use super::kernel::Kernel;
use super::pool::Pool;
use super::release::Release;
use super::stack::Stack;

/// From the control region of one processor (after the first) to the next.
const PROCESSOR_STRIDE: u64 = 0x4_0000;
/// From a processor's control region to its control block.
const CONTROL_BLOCK: u64 = 0x180;
const SYSTEM_PROCESS_ID: u64 = 4;
const OTHER_PROCESS_ID: u64 = 0x6E4;
/// Bytes of a process's name, the end mark among them.
const NAME_SIZE: usize = 15;
/// Distance between the stacks of idle threads, which are not in the dump.
const STACK_STRIDE: u64 = 0x1_0000;

/// Addresses of what runs.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The control block of each processor; the first one stopped the machine.
    pub(super) processors: Vec<u64>,
    pub(super) thread: u64,
    pub(super) process: u64,
}

/// The state of the processor that stopped the machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped<'a> {
    pub(super) registers: Registers,
    pub(super) stack: &'a Stack,
    pub(super) process_name: &'a str,
}

/// Writes processors, threads and processes of `kernel`.
pub(super) fn put(
    memory: &mut AddressSpace,
    pool: &mut Pool,
    release: &Release,
    kernel: &Kernel,
    processor_count: u32,
    stopped: Stopped<'_>,
) -> Running {
    let (system, process) = put_processes(memory, pool, release, kernel, stopped.process_name);
    let thread = put_thread(memory, pool, release, process, stopped.stack);
    let first = kernel.first_processor;
    put_processor(memory, release, first, 0, thread, &stopped.registers);
    let mut processors = vec![first + CONTROL_BLOCK];
    for index in 1..u64::from(processor_count) {
        // Idle, on a stack of its own.
        let idle_stack = Stack {
            top: stopped.stack.top - index * STACK_STRIDE,
            base: stopped.stack.base - index * STACK_STRIDE,
            limit: stopped.stack.limit - index * STACK_STRIDE,
            trap_frame: None,
            bytes: Vec::new(),
        };
        let rip = kernel.in_idle_loop;
        let registers = Registers { rip, rsp: idle_stack.top, ..Registers::default() };
        let idle = put_thread(memory, pool, release, system, &idle_stack);
        let region = release.places.processors + (index - 1) * PROCESSOR_STRIDE;
        put_processor(memory, release, region, index, idle, &registers);
        processors.push(region + CONTROL_BLOCK);
    }
    let pointers: Vec<u8> = processors.iter().flat_map(|block| block.to_le_bytes()).collect();
    memory.write(kernel.ki_processor_block, &pointers);
    Running { processors, thread, process }
}

/// A `KPCR` at `region` with the `KPRCB` in it.
fn put_processor(
    memory: &mut AddressSpace,
    release: &Release,
    region: u64,
    number: u64,
    thread: u64,
    registers: &Registers,
) {
    let control_block = region + CONTROL_BLOCK;
    let state = release.processor.context;
    let mut block = Block::default();
    block.u64(0x18, region);
    block.u64(0x20, control_block);
    block.u64(CONTROL_BLOCK + 0x08, thread);
    block.u64(CONTROL_BLOCK + 0x18, thread);
    block.u32(CONTROL_BLOCK + 0x24, number as u32);
    block.put(CONTROL_BLOCK + state, context(registers).as_slice());
    memory.write(region, block.as_slice());
    let pointer = control_block + release.processor.context_pointer;
    memory.write(pointer, &(control_block + state).to_le_bytes());
}

/// An `ETHREAD` that runs on `stack` in `process`.
fn put_thread(
    memory: &mut AddressSpace,
    pool: &mut Pool,
    release: &Release,
    process: u64,
    stack: &Stack,
) -> u64 {
    const THREAD_OBJECT: u8 = 6;
    const RUNNING: u8 = 2;
    const THREAD_ID: u64 = 0x2C;
    let offsets = &release.thread;
    let mut block = Block::zeros(offsets.size);
    block.u8(0, THREAD_OBJECT);
    block.u64(0x28, stack.base);
    block.u64(0x30, stack.limit);
    block.u64(offsets.stack_base, stack.base);
    block.u64(offsets.kernel_stack, stack.top);
    block.u64(offsets.trap_frame, stack.trap_frame.unwrap_or(0));
    block.u64(offsets.apc_process, process);
    block.u64(offsets.process, process);
    block.u8(offsets.state, RUNNING);
    if offsets.ids != 0 {
        block.u64(offsets.ids, SYSTEM_PROCESS_ID);
        block.u64(offsets.ids + 8, THREAD_ID);
    }
    let at = pool.allocate(offsets.size);
    memory.write(at, block.as_slice());
    at
}

/// The process `System` and the one named `name`, which may be the same, in the list of all.
fn put_processes(
    memory: &mut AddressSpace,
    pool: &mut Pool,
    release: &Release,
    kernel: &Kernel,
    name: &str,
) -> (u64, u64) {
    const SYSTEM: &str = "System";
    let mut all = vec![(pool.allocate(release.process.size), SYSTEM, SYSTEM_PROCESS_ID)];
    if name != SYSTEM {
        all.push((pool.allocate(release.process.size), name, OTHER_PROCESS_ID));
    }
    let links = release.process.id + 8;
    let head = kernel.ps_active_process_head;
    let mut nodes = vec![head];
    nodes.extend(all.iter().map(|(process, ..)| process + links));
    for ((process, name, id), node) in all.iter().zip(1..) {
        put_process(memory, release, *process, name, *id);
        put_links(memory, &nodes, node);
    }
    put_links(memory, &nodes, 0);
    let first = all.first().map_or(0, |(process, ..)| *process);
    let last = all.last().map_or(0, |(process, ..)| *process);
    (first, last)
}

/// An `EPROCESS`.
fn put_process(memory: &mut AddressSpace, release: &Release, at: u64, name: &str, id: u64) {
    const PROCESS_OBJECT: u8 = 3;
    let mut block = Block::zeros(release.process.size);
    block.u8(0, PROCESS_OBJECT);
    block.u64(0x28, TOP_TABLE);
    block.u64(release.process.id, id);
    let letters: Vec<u8> = name.bytes().take(NAME_SIZE - 1).collect();
    block.put(release.process.image_name, &letters);
    memory.write(at, block.as_slice());
}

/// Both links of the node with number `index` in the ring of `nodes`.
fn put_links(memory: &mut AddressSpace, nodes: &[u64], index: usize) {
    let at = |index: usize| nodes.get(index % nodes.len()).copied().unwrap_or(0);
    memory.write(at(index), &at(index + 1).to_le_bytes());
    memory.write(at(index) + 8, &at(index + nodes.len() - 1).to_le_bytes());
}
