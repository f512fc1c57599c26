//! Which module may be blamed: none rather than a wrong one.

use crate::bugcheck::{Bugcheck, describe};
use crate::report::{Blame, FaultAddress};

/// The kernel, its HAL and Driver Verifier: they stop the machine for what others did.
const KERNEL: [&str; 9] = [
    "ntoskrnl.exe",
    "ntkrnlmp.exe",
    "ntkrnlpa.exe",
    "ntkrpamp.exe",
    "hal.dll",
    "halmacpi.dll",
    "halaacpi.dll",
    "halacpi.dll",
    "verifierext.sys",
];

/// The module of `fault`, unless the code is a messenger's or the module is the kernel's own.
pub(crate) fn blame_of(bugcheck: &Bugcheck, fault: &FaultAddress) -> Option<Blame> {
    let is_messenger = describe(bugcheck.code).is_some_and(|info| info.is_messenger);
    let (module, offset) = (fault.module.as_ref()?, fault.offset?);
    if is_messenger || KERNEL.contains(&module.as_str()) {
        return None;
    }
    let lies = if fault.is_unloaded { "lies in an unloaded driver" } else { "lies in this driver" };
    Some(Blame {
        module: module.clone(),
        offset,
        function: None,
        basis: format!("the address in {} {lies}", fault.basis),
        is_unloaded: fault.is_unloaded,
    })
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::VirtAddr;

    use super::*;

    fn fault(module: &str) -> FaultAddress {
        FaultAddress {
            address: VirtAddr(0x42),
            module: Some(module.into()),
            offset: Some(0x42),
            is_unloaded: false,
            basis: "parameter 4 of DRIVER_IRQL_NOT_LESS_OR_EQUAL".into(),
        }
    }

    #[test]
    fn the_kernel_and_messengers_are_not_blamed() {
        let blamed = |code, module| {
            blame_of(&Bugcheck { code, parameters: [0; 4] }, &fault(module)).map(|it| it.module)
        };
        assert_eq!(blamed(0xd1, "storvsc.sys").as_deref(), Some("storvsc.sys"));
        assert_eq!(blamed(0x50, "ntoskrnl.exe"), None);
        assert_eq!(blamed(0xa, "hal.dll"), None);
        assert_eq!(blamed(0x9e, "netft.sys"), None);
        assert_eq!(blamed(0x133, "storport.sys"), None);
    }
}
