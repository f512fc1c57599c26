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

/// What the header says that does not follow from the description of the machine.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) machine_type: u32,
    pub(super) top_table: u64,
    pub(super) page_frames: u64,
    pub(super) module_list: u64,
    pub(super) process_list: u64,
    pub(super) debugger_data: u64,
    pub(super) context: Block,
    pub(super) instruction: u64,
}

/// The header of a dump that takes `file_size` bytes and says that the machine's memory is `runs`.
pub(super) fn header(
    spec: &DumpSpec,
    machine: &Machine,
    runs: &[(u64, u64)],
    file_size: u64,
) -> Block {
    let fields = Fields {
        machine_type: X64,
        top_table: TOP_TABLE,
        page_frames: machine.kernel.mm_pfn_database,
        module_list: machine.kernel.ps_loaded_module_list,
        process_list: machine.kernel.ps_active_process_head,
        debugger_data: machine.kernel.debugger_data,
        context: context(&machine.registers),
        instruction: machine.registers.rip,
    };
    header_of(spec, &fields, runs, file_size)
}

/// The same for a machine of any kind.
pub(super) fn header_of(
    spec: &DumpSpec,
    fields: &Fields,
    runs: &[(u64, u64)],
    file_size: u64,
) -> Block {
    let mut header = Block::filled(HEADER_SIZE, FILL);
    header.put(0x000, b"PAGEDU64");
    header.u32(0x008, FREE_BUILD);
    header.u32(0x00C, spec.build);
    header.u64(0x010, fields.top_table);
    header.u64(0x018, fields.page_frames);
    header.u64(0x020, fields.module_list);
    header.u64(0x028, fields.process_list);
    header.u32(0x030, fields.machine_type);
    header.u32(0x034, spec.processors);
    header.u32(0x038, spec.bugcheck);
    for (parameter, at) in spec.parameters.into_iter().zip((0x040..).step_by(8)) {
        header.u64(at, parameter);
    }
    header.u64(0x080, fields.debugger_data);
    put_runs(&mut header, runs);
    header.put(0x348, fields.context.as_slice());

    // Not the crash: the breakpoint that the stop itself is.
    header.u32(0xF00, BREAKPOINT);
    header.u32(0xF04, 1);
    header.u64(0xF08, 0);
    header.u64(0xF10, fields.instruction);
    header.u32(0xF18, 0);

    header.u32(0xF98, spec.kind.code());
    header.u64(0xFA0, file_size);
    header.u64(0xFA8, spec.system_time_filetime);
    header.u64(0x1030, spec.uptime_ticks);
    header.u32(0x1040, spec.product_type);
    header.u32(0x1044, TERMINAL_SERVICES);
    header.u32(0x1048, 0);
    if spec.build >= WITH_ATTRIBUTES {
        header.u32(0x1050, spec.attributes);
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
