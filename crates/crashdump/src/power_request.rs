//! Which driver holds the request to change power that was not answered in time.
//!
//! Layouts: `IRP`, `IO_STACK_LOCATION`, `DEVICE_OBJECT` and `DRIVER_OBJECT` of 64-bit systems, as the
//! driver kit publishes them (wdm.h) for drivers of every Windows.

use hvtriage_winfmt::VirtAddr;

use crate::bugcheck::Bugcheck;
use crate::fault::Drivers;
use crate::memory::VirtualMemory;
use crate::report::Module;

/// Drivers that a blocked request leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holders<'d> {
    /// The driver that has the request now.
    pub(crate) holder: &'d Module,
    /// The driver of the bus device at the bottom, which the request is meant for.
    pub(crate) device: Option<&'d Module>,
}

/// The drivers of the request in parameter 4 and of the device in parameter 2, where the code says that
/// a device blocked a request for too long and the objects are in the dump.
pub(crate) fn holders_of<'d>(
    bugcheck: &Bugcheck,
    memory: &VirtualMemory<'_>,
    drivers: Drivers<'d>,
) -> Option<Holders<'d>> {
    const DRIVER_POWER_STATE_FAILURE: u32 = 0x9F;
    const REQUEST_BLOCKED: u64 = 3;
    let [kind, device, _, request] = bugcheck.parameters;
    let is_blocked = bugcheck.base_code() == DRIVER_POWER_STATE_FAILURE && kind == REQUEST_BLOCKED;
    if !is_blocked || memory.pointer_size() != 8 {
        return None;
    }
    let objects = Objects { memory, drivers };
    let holder = objects.driver_of(objects.current_device(VirtAddr(request))?)?;
    Some(Holders { holder, device: objects.driver_of(VirtAddr(device)) })
}

struct Objects<'o, 'm, 'd> {
    memory: &'o VirtualMemory<'m>,
    drivers: Drivers<'d>,
}

impl<'d> Objects<'_, '_, 'd> {
    /// The device whose driver was handed the power request last.
    fn current_device(&self, request: VirtAddr) -> Option<VirtAddr> {
        const TYPE: u16 = 6;
        const BYTES: u64 = 0xD0;
        const LOCATION_BYTES: u64 = 0x48;
        const POWER: u8 = 0x16;
        if self.number(request, 0)? != TYPE {
            return None;
        }
        let [count, current] = self.number(request, 0x42)?.to_le_bytes();
        let index = current.checked_sub(1).filter(|_| current <= count)?;
        let location = self.pointer(request, 0xB8)?;
        // The locations stand behind the request; one that says otherwise is damaged or reused.
        let place = u64::from(index).checked_mul(LOCATION_BYTES)?.checked_add(BYTES)?;
        if request.checked_add(place)? != location {
            return None;
        }
        let [function, _] = self.number(location, 0)?.to_le_bytes();
        self.pointer(location, 0x28).filter(|_| function == POWER)
    }

    /// The loaded driver of a device.
    fn driver_of(&self, device: VirtAddr) -> Option<&'d Module> {
        const DEVICE: u16 = 3;
        const DRIVER: u16 = 4;
        if self.number(device, 0)? != DEVICE {
            return None;
        }
        let driver = self.pointer(device, 8)?;
        if self.number(driver, 0)? != DRIVER {
            return None;
        }
        let start = self.pointer(driver, 0x18)?;
        self.drivers.modules.iter().find(|module| module.base == start)
    }

    fn number(&self, object: VirtAddr, offset: u64) -> Option<u16> {
        self.memory.u16(object.checked_add(offset)?).ok()
    }

    fn pointer(&self, object: VirtAddr, offset: u64) -> Option<VirtAddr> {
        self.memory.pointer(object.checked_add(offset)?).ok()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::memory::{Block, BlockMemory};

    const BASE: u64 = 0xFFFF_F880_0100_0000;

    fn module(name: &str, base: u64) -> Module {
        Module {
            name: name.into(),
            path: None,
            base: VirtAddr(base),
            size: 0x1000,
            timestamp: None,
            checksum: None,
            exception_table: None,
            pdb: None,
            version: None,
        }
    }

    /// A request of two locations at 0x1000, its devices at 0x1200 and 0x1300, their drivers at 0x1400
    /// and 0x1500.
    fn objects() -> Vec<u8> {
        let mut file = vec![0; 0x600];
        let mut put =
            |at: usize, value: u64| file[at..at + 8].copy_from_slice(&value.to_le_bytes());
        put(0, 6);
        put(0x40, 2 << 16 | 2 << 24);
        put(0xB8, 0x1000 + 0xD0 + 0x48);
        put(0x118, 0x0216);
        put(0x118 + 0x28, 0x1200);
        for (device, driver, base) in [(0x200, 0x400, BASE), (0x300, 0x500, BASE + 0x1000)] {
            put(device, 3);
            put(device + 8, 0x1000 + driver as u64);
            put(driver, 4);
            put(driver + 0x18, base);
        }
        file
    }

    fn holders(file: &[u8], parameters: [u64; 4]) -> Option<(String, Option<String>)> {
        let modules = [module("disk.sys", BASE), module("bus.sys", BASE + 0x1000)];
        let drivers = Drivers { modules: &modules, unloaded: &[] };
        let block = Block { address: VirtAddr(0x1000), at: FileOffset(0), size: file.len() as u64 };
        let blocks = BlockMemory::new(file, vec![block]);
        let memory = VirtualMemory::Blocks { blocks, pointer_size: 8 };
        let found = holders_of(&Bugcheck { code: 0x9F, parameters }, &memory, drivers)?;
        Some((found.holder.name.clone(), found.device.map(|it| it.name.clone())))
    }

    #[test]
    fn a_request_leads_to_its_driver_when_it_is_whole() {
        let parameters = [3, 0x1300, 0, 0x1000];
        let whole = objects();
        let both = Some(("disk.sys".to_owned(), Some("bus.sys".to_owned())));
        assert_eq!(holders(&whole, parameters), both);
        assert_eq!(holders(&whole, [2, 0x1300, 0, 0x1000]), None, "another meaning");
        assert_eq!(holders(&whole, [3, 0x1300, 0, 0x9000]), None, "not in the dump");
        let no_device = Some(("disk.sys".to_owned(), None));
        assert_eq!(holders(&whole, [3, 0x1400, 0, 0x1000]), no_device, "not a device");
        // Type of the request, more locations used than there are, a location elsewhere, another
        // function, a device that is none, a driver that is not loaded.
        for (at, value) in
            [(0, 7), (0x43, 3), (0xB8, 0), (0x118, 0x0E), (0x200, 5), (0x400 + 0x1A, 0x77)]
        {
            let mut damaged = objects();
            damaged[at] = value;
            assert_eq!(holders(&damaged, parameters), None, "{at:#x}");
        }
    }
}
