//! Reading the fields that a layout places.

use hvtriage_winfmt::{Bytes, FileTime, VirtAddr};

use super::layout::Layout;
use super::{HeaderException, KernelHeader, PhysicalRun};
use crate::report::MachineType;

/// The letters `PAGE`, which fill what is not set.
const FILL: u32 = 0x4547_4150;
const FILL_POINTER: u64 = 0x4547_4150_4547_4150;

pub(super) fn read(bytes: Bytes<'_>, layout: &Layout) -> KernelHeader {
    let fields = Fields { bytes, pointer_size: layout.pointer_size };
    let parameter = |index: u64| {
        let place = index.saturating_mul(layout.pointer_size);
        fields.pointer(layout.bugcheck_parameters.saturating_add(place)).unwrap_or(0)
    };
    let machine = fields.number(layout.machine);
    let registers = machine.and_then(|machine| context_registers(MachineType::from_code(machine)));
    KernelHeader {
        size: layout.size,
        pointer_size: layout.pointer_size,
        major_version: fields.number(0x08),
        minor_version: fields.number(0x0C),
        directory_table_base: fields.pointer(layout.directory_table_base),
        pfn_database: fields.address(layout.pfn_database),
        loaded_module_list: fields.address(layout.loaded_module_list),
        active_process_head: fields.address(layout.active_process_head),
        machine,
        processor_count: fields.number(layout.processor_count),
        bugcheck_code: fields.number(layout.bugcheck_code),
        bugcheck_at: bytes.file_offset(layout.bugcheck_code),
        bugcheck_parameters: [parameter(0), parameter(1), parameter(2), parameter(3)],
        version_user: fields.text(layout.version_user, 32),
        has_pae: layout.has_pae.and_then(|at| fields.byte(at)).map(|byte| byte == 1),
        secondary_version: fields.byte(layout.secondary_version),
        debugger_data: fields.address(layout.debugger_data),
        run_count: fields.number(layout.run_count),
        page_count: fields.pointer(layout.page_count),
        runs: fields.runs(layout),
        context_at: bytes.file_offset(layout.context),
        stack_pointer: registers.and_then(|(stack, _)| fields.register(layout, stack)),
        instruction_pointer: registers.and_then(|(_, code)| fields.register(layout, code)),
        exception: fields.exception(layout),
        dump_type: fields.number(layout.dump_type),
        required_dump_space: fields.long(layout.required_dump_space),
        system_time: fields.long(layout.system_time).filter(|ticks| *ticks != 0).map(FileTime),
        uptime_ticks: fields.long(layout.uptime),
        comment: fields.text(layout.comment, 128),
        mini_dump_fields: fields.number(layout.mini_dump_fields),
        secondary_data_state: fields.number(layout.secondary_data_state),
        product_type: fields.number(layout.product_type),
        suite_mask: fields.number(layout.suite_mask),
        writer_status: fields.number(layout.writer_status),
        attributes: fields.number(layout.attributes),
        boot_id: fields.number(layout.boot_id),
        diagnostic: layout.diagnostic.and_then(|at| fields.text(at, 128)),
    }
}

/// Offsets of the stack pointer and the instruction pointer in a CONTEXT.
fn context_registers(machine: MachineType) -> Option<(u64, u64)> {
    match machine {
        MachineType::Amd64 => Some((0x98, 0xF8)),
        MachineType::Arm64 => Some((0x100, 0x108)),
        MachineType::X86 => Some((0xC4, 0xB8)),
        MachineType::Arm | MachineType::Other(_) => None,
    }
}

struct Fields<'a> {
    bytes: Bytes<'a>,
    pointer_size: u64,
}

impl Fields<'_> {
    fn byte(&self, at: u64) -> Option<u8> {
        self.bytes.u8_at(at, "dump header").ok()
    }

    fn number(&self, at: u64) -> Option<u32> {
        self.bytes.u32_at(at, "dump header").ok().filter(|value| *value != FILL)
    }

    fn long(&self, at: u64) -> Option<u64> {
        self.bytes.u64_at(at, "dump header").ok().filter(|value| *value != FILL_POINTER)
    }

    fn pointer(&self, at: u64) -> Option<u64> {
        if self.pointer_size == 4 { self.number(at).map(u64::from) } else { self.long(at) }
    }

    fn address(&self, at: u64) -> Option<VirtAddr> {
        self.pointer(at).filter(|value| *value != 0).map(VirtAddr)
    }

    fn register(&self, layout: &Layout, at: u64) -> Option<VirtAddr> {
        self.address(layout.context.saturating_add(at))
    }

    /// Printable ASCII up to a NUL.
    fn text(&self, at: u64, size: u64) -> Option<String> {
        let field = self.bytes.slice_at(at, size, "dump header").ok()?.as_slice();
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        let text = field.get(..end).unwrap_or_default();
        let is_text = text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        let is_fill = text.starts_with(b"PAGEPAGE");
        (is_text && !is_fill && !text.is_empty())
            .then(|| text.iter().copied().map(char::from).collect())
    }

    fn runs(&self, layout: &Layout) -> Vec<PhysicalRun> {
        let count = self.number(layout.run_count).map_or(0, u64::from).min(layout.run_limit);
        let stride = layout.pointer_size.saturating_mul(2);
        let run = |index: u64| {
            let at = layout.runs.saturating_add(index.saturating_mul(stride));
            let page_count = self.pointer(at.saturating_add(layout.pointer_size))?;
            Some(PhysicalRun { first_page: self.pointer(at)?, page_count })
        };
        (0..count).map_while(run).collect()
    }

    fn exception(&self, layout: &Layout) -> Option<HeaderException> {
        let at = |offset: u64| layout.exception.saturating_add(offset);
        Some(HeaderException {
            code: self.number(layout.exception)?,
            flags: self.number(at(4))?,
            address: self.pointer(at(layout.exception_address)).map(VirtAddr)?,
            parameter_count: self.number(at(layout.exception_parameter_count))?,
        })
    }
}
