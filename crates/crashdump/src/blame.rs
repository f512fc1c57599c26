//! Which module may be blamed: none rather than a wrong one.

use crate::bugcheck::{Bugcheck, describe};
use crate::report::{Blame, BlameConfidence, FaultAddress, FrameTrust, StackFrame};

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

/// Drivers that carry out what others ask for: the one that asked is behind them on the stack.
const FRAMEWORKS: [&str; 28] = [
    "wdf01000.sys",
    "wdfldr.sys",
    "storport.sys",
    "ataport.sys",
    "classpnp.sys",
    "partmgr.sys",
    "volmgr.sys",
    "volsnap.sys",
    "ndis.sys",
    "netio.sys",
    "tcpip.sys",
    "tdx.sys",
    "tdi.sys",
    "afd.sys",
    "fwpkclnt.sys",
    "fltmgr.sys",
    "fileinfo.sys",
    "ntfs.sys",
    "refs.sys",
    "ks.sys",
    "portcls.sys",
    "watchdog.sys",
    "dxgkrnl.sys",
    "dxgmms1.sys",
    "dxgmms2.sys",
    "win32k.sys",
    "win32kbase.sys",
    "win32kfull.sys",
];

/// Codes by which the kernel tells the very caller what it did wrong.
const OF_THE_CALLER: [u32; 5] = [0x4A, 0xC2, 0xC4, 0xC9, 0xE6];

/// The first driver behind the kernel and its frameworks, on a stack that is known to be the one that
/// failed: behind the instruction that the code names, or behind the function that stopped the machine
/// where the code is about its caller. Frames that were only looked for blame nobody.
pub(crate) fn blame_of_stack(
    bugcheck: &Bugcheck,
    fault: Option<&FaultAddress>,
    frames: &[StackFrame],
) -> Option<Blame> {
    let is_messenger = describe(bugcheck.code).is_some_and(|info| info.is_messenger);
    let is_of_caller = OF_THE_CALLER.contains(&bugcheck.base_code());
    let start = match fault {
        Some(fault) => frames.iter().position(|frame| frame.instruction == fault.address)?,
        None if is_of_caller => 0,
        None => return None,
    };
    let is_passed_over = |module: &str| KERNEL.contains(&module) || FRAMEWORKS.contains(&module);
    let known = frames.get(start..)?.iter().take_while(|it| it.trust < FrameTrust::Scanned);
    let frame = known
        .filter(|_| !is_messenger)
        .find(|frame| frame.module.as_deref().is_some_and(|module| !is_passed_over(module)))?;
    Some(Blame {
        module: frame.module.clone()?,
        offset: frame.offset?,
        function: frame.symbol.clone(),
        basis: "the first caller on the stack outside of the kernel and its frameworks".into(),
        confidence: BlameConfidence::Medium,
        is_unloaded: frame.is_unloaded,
    })
}

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
        confidence: BlameConfidence::High,
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
