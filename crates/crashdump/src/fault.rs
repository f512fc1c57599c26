//! The address that a bugcheck says was executing.

use hvtriage_winfmt::VirtAddr;

use crate::bugcheck::{Bugcheck, BugcheckInfo, describe};
use crate::exception::exception_address;
use crate::memory::{MemoryError, VirtualMemory};
use crate::processor::{context_instruction, trap_machine_frame};
use crate::report::{FaultAddress, MachineType, Module, UnloadedModule};

/// Drivers, loaded and unloaded, by address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drivers<'a> {
    pub(crate) modules: &'a [Module],
    pub(crate) unloaded: &'a [UnloadedModule],
}

/// The address that `bugcheck` names by itself or through a record that it points to, resolved.
pub(crate) fn fault_of(
    bugcheck: &Bugcheck,
    machine: MachineType,
    memory: Option<&VirtualMemory<'_>>,
    drivers: Drivers<'_>,
) -> Option<FaultAddress> {
    let info = describe(bugcheck.code)?;
    let (address, basis) = direct(bugcheck, info)
        .or_else(|| memory.and_then(|memory| through_record(bugcheck, info, machine, memory)))?;
    Some(drivers.resolve(address, basis))
}

impl<'a> Drivers<'a> {
    /// The loaded module that covers `address`, and the distance from its base.
    pub(crate) fn loaded(&self, address: VirtAddr) -> Option<(&'a Module, u64)> {
        self.modules.iter().find_map(|module| Some((module, module.offset_of(address)?)))
    }

    /// `address` as module and offset: a loaded module first, then an unloaded one.
    pub(crate) fn resolve(&self, address: VirtAddr, basis: String) -> FaultAddress {
        let loaded = self.loaded(address).map(|(module, offset)| (module.name.clone(), offset));
        let is_unloaded = loaded.is_none();
        let found = loaded.or_else(|| {
            let covers = |driver: &&UnloadedModule| driver.start <= address && address < driver.end;
            let driver = self.unloaded.iter().find(covers)?;
            Some((driver.name.clone(), address.checked_sub(driver.start)?))
        });
        let is_unloaded = is_unloaded && found.is_some();
        let (module, offset) = found.unzip();
        FaultAddress { address, module, offset, is_unloaded, basis }
    }
}

fn direct(bugcheck: &Bugcheck, info: &BugcheckInfo) -> Option<(VirtAddr, String)> {
    let number = info.instruction_address?;
    let address = bugcheck.parameter(number).filter(|address| *address != 0)?;
    Some((VirtAddr(address), format!("parameter {number} of {}", info.name)))
}

/// The instruction pointer of the context, trap frame or exception record that a parameter
/// points to, in this order: the first two were the processor's state at the fault itself.
fn through_record(
    bugcheck: &Bugcheck,
    info: &BugcheckInfo,
    machine: MachineType,
    memory: &VirtualMemory<'_>,
) -> Option<(VirtAddr, String)> {
    let records = [
        (info.context_record, context_instruction(machine), "context record"),
        (info.trap_frame, trap_machine_frame(machine), "trap frame"),
        (info.exception_record, exception_address(machine), "exception record"),
    ];
    records.into_iter().find_map(|(number, place, what)| {
        let number = number?;
        let record = bugcheck.parameter(number).filter(|address| *address != 0)?;
        let address = pointer_at(memory, VirtAddr(record), place?).ok()?;
        let basis = format!("{what} in parameter {number} of {}", info.name);
        (address.0 != 0).then_some((address, basis))
    })
}

fn pointer_at(
    memory: &VirtualMemory<'_>,
    record: VirtAddr,
    place: u64,
) -> Result<VirtAddr, MemoryError> {
    memory.pointer(record.checked_add(place).ok_or(MemoryError::NotAnAddress(record))?)
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::memory::{Block, BlockMemory};

    fn drivers() -> (Vec<Module>, Vec<UnloadedModule>) {
        let module = Module {
            name: "storvsc.sys".into(),
            path: None,
            base: VirtAddr(0xffff_f880_0100_0000),
            size: 0x9000,
            timestamp: None,
            checksum: None,
            exception_table: None,
            pdb: None,
            version: None,
        };
        let unloaded = UnloadedModule {
            name: "crashdmp.sys".into(),
            start: VirtAddr(0xffff_f880_0200_0000),
            end: VirtAddr(0xffff_f880_0200_e000),
            unloaded_at: None,
        };
        (vec![module], vec![unloaded])
    }

    #[test]
    fn addresses_resolve_to_loaded_then_unloaded_drivers() {
        let (modules, unloaded) = drivers();
        let drivers = Drivers { modules: &modules, unloaded: &unloaded };
        let resolve = |address| drivers.resolve(VirtAddr(address), String::new());
        let loaded = resolve(0xffff_f880_0100_12b8);
        assert_eq!((loaded.module.as_deref(), loaded.offset), (Some("storvsc.sys"), Some(0x12b8)));
        let past = resolve(0xffff_f880_0100_9000);
        assert_eq!((past.module, past.offset, past.is_unloaded), (None, None, false));
        let gone = resolve(0xffff_f880_0200_0010);
        assert_eq!((gone.offset, gone.is_unloaded), (Some(0x10), true));
    }

    /// A context at 0x1000 whose Rip, at 0xf8, lies in storvsc.sys.
    #[test]
    fn records_are_followed_when_no_parameter_is_the_address() {
        let (modules, unloaded) = drivers();
        let mut file = vec![0; 0x200];
        file[0xf8..0x100].copy_from_slice(&0xffff_f880_0100_0042_u64.to_le_bytes());
        let block = Block { address: VirtAddr(0x1000), at: FileOffset(0), size: 0x200 };
        let blocks = BlockMemory::new(&file, vec![block]);
        let memory = VirtualMemory::Blocks { blocks, pointer_size: 8 };
        let drivers = Drivers { modules: &modules, unloaded: &unloaded };
        let bugcheck = Bugcheck { code: 0x27, parameters: [0, 0, 0x1000, 0] };
        let fault = fault_of(&bugcheck, MachineType::Amd64, Some(&memory), drivers).unwrap();
        assert_eq!((fault.module.as_deref(), fault.offset), (Some("storvsc.sys"), Some(0x42)));
        assert_eq!(fault.basis, "context record in parameter 3 of RDR_FILE_SYSTEM");
        let absent = Bugcheck { code: 0x27, parameters: [0, 0, 0x9000, 0] };
        assert_eq!(fault_of(&absent, MachineType::Amd64, Some(&memory), drivers), None);
    }
}
