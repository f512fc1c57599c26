//! The header of a 64-bit kernel dump.

use super::DumpSpec;
use super::address_space::TOP_TABLE;
use super::block::Block;
use super::context::context;
use super::machine::Machine;

/// Bytes of the header.
pub(super) const HEADER_SIZE: u64 = 0x2000;
/// What Windows leaves in fields that it does not set.
const FILL: [u8; 4] = *b"PAGE";
const FREE_BUILD: u32 = 0xF;
const X64: u32 = 0x8664;
const BREAKPOINT: u32 = 0x8000_0003;
const TERMINAL_SERVICES: u32 = 0x110;
/// The first build that writes attributes.
const WITH_ATTRIBUTES: u32 = 9200;
/// Room for runs: 700 bytes behind two counts of 8 bytes.
const RUN_LIMIT: usize = 42;

/// The header of a dump of type `dump_type` that takes `file_size` bytes and says that the
/// machine's memory is `runs`.
pub(super) fn header(
    spec: &DumpSpec,
    machine: &Machine,
    dump_type: u32,
    runs: &[(u64, u64)],
    file_size: u64,
) -> Block {
    let mut header = Block::filled(HEADER_SIZE, FILL);
    header.put(0x000, b"PAGEDU64");
    header.u32(0x008, FREE_BUILD);
    header.u32(0x00C, spec.build);
    header.u64(0x010, TOP_TABLE);
    header.u64(0x018, machine.kernel.mm_pfn_database);
    header.u64(0x020, machine.kernel.ps_loaded_module_list);
    header.u64(0x028, machine.kernel.ps_active_process_head);
    header.u32(0x030, X64);
    header.u32(0x034, spec.processors);
    header.u32(0x038, spec.bugcheck);
    for (parameter, at) in spec.parameters.into_iter().zip((0x040..).step_by(8)) {
        header.u64(at, parameter);
    }
    header.u64(0x080, machine.kernel.debugger_data);
    put_runs(&mut header, runs);
    header.put(0x348, context(&machine.registers).as_slice());

    // Not the crash: the breakpoint that the stop itself is.
    header.u32(0xF00, BREAKPOINT);
    header.u32(0xF04, 1);
    header.u64(0xF08, 0);
    header.u64(0xF10, machine.registers.rip);
    header.u32(0xF18, 0);

    header.u32(0xF98, dump_type);
    header.u64(0xFA0, file_size);
    header.u64(0xFA8, spec.system_time_filetime);
    header.u64(0x1030, spec.uptime_ticks);
    header.u32(0x1040, spec.product_type);
    header.u32(0x1044, TERMINAL_SERVICES);
    header.u32(0x1048, 0);
    if spec.build >= WITH_ATTRIBUTES {
        header.u32(0x1050, 0);
    }
    header
}

/// The `PHYSICAL_MEMORY_DESCRIPTOR`: nothing for small dumps, which have no pages.
fn put_runs(header: &mut Block, runs: &[(u64, u64)]) {
    if runs.is_empty() {
        return;
    }
    let runs = runs.get(..RUN_LIMIT).unwrap_or(runs);
    header.u32(0x088, runs.len() as u32);
    header.u64(0x090, runs.iter().map(|(_, count)| count).sum());
    for ((first, count), at) in runs.iter().zip((0x098..).step_by(0x10)) {
        header.u64(at, *first);
        header.u64(at + 8, *count);
    }
}
