//! Which module may be blamed: none rather than a wrong one.

use crate::bugcheck::{Bugcheck, describe};
use crate::power_request::Holders;
use crate::report::{
    Blame, BlameConfidence, FaultAddress, FrameTrust, Module, StackFrame, UNREADABLE_NAME,
};

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
const FRAMEWORKS: [&str; 56] = [
    // Parts of the kernel that are files of their own.
    "ci.dll",
    "clfs.sys",
    "cng.sys",
    "kd.dll",
    "kdcom.dll",
    "kdnet.dll",
    "ksecdd.sys",
    "ksecpkg.sys",
    "msrpc.sys",
    "ntosext.sys",
    "pshed.dll",
    "tm.sys",
    "win32k.sys",
    "win32kbase.sys",
    "win32kfull.sys",
    // Buses and devices.
    "acpi.sys",
    "pci.sys",
    "wdf01000.sys",
    "wdfldr.sys",
    "hidclass.sys",
    "usbd.sys",
    "usbhub.sys",
    "usbhub3.sys",
    "usbport.sys",
    "ucx01000.sys",
    "watchdog.sys",
    "dxgkrnl.sys",
    "dxgmms1.sys",
    "dxgmms2.sys",
    "videoprt.sys",
    "ks.sys",
    "ksthunk.sys",
    "portcls.sys",
    // Storage.
    "ataport.sys",
    "classpnp.sys",
    "disk.sys",
    "fileinfo.sys",
    "fltmgr.sys",
    "mountmgr.sys",
    "ntfs.sys",
    "partmgr.sys",
    "refs.sys",
    "scsiport.sys",
    "storport.sys",
    "volmgr.sys",
    "volsnap.sys",
    "volume.sys",
    // Networks.
    "afd.sys",
    "fwpkclnt.sys",
    "ndis.sys",
    "netio.sys",
    "rdbss.sys",
    "tcpip.sys",
    "tdi.sys",
    "tdx.sys",
    "wfplwfs.sys",
];

/// Codes by which the kernel tells the very caller what it did wrong.
const OF_THE_CALLER: [u32; 5] = [0x4A, 0xC2, 0xC4, 0xC9, 0xE6];

/// What points at a module.
pub(crate) struct Traces<'t> {
    pub(crate) bugcheck: &'t Bugcheck,
    pub(crate) fault: Option<&'t FaultAddress>,
    /// The stack, innermost frame first.
    pub(crate) frames: &'t [StackFrame],
    /// The drivers that a blocked request leads to.
    pub(crate) holders: Option<Holders<'t>>,
}

/// The module that may be blamed, by the surest trace.
pub(crate) fn blame_of(traces: &Traces<'_>) -> Option<Blame> {
    let is_messenger = describe(traces.bugcheck.code).is_some_and(|info| info.is_messenger);
    if is_messenger {
        return of_holders(traces.holders?);
    }
    let of_fault = traces.fault.and_then(of_fault);
    match of_fault {
        Some(blame) if !is_framework(&blame.module) => Some(blame),
        // What fails in a framework has often been handed to it in a bad state.
        Some(blame) => of_stack(traces).or(Some(Blame {
            basis: format!("{}, which may have been handed something bad by another", blame.basis),
            confidence: BlameConfidence::Low,
            ..blame
        })),
        None => of_stack(traces),
    }
}

/// The module of the faulting instruction, unless it is the kernel's own.
fn of_fault(fault: &FaultAddress) -> Option<Blame> {
    let (module, offset) = (fault.module.as_ref()?, fault.offset?);
    if is_kernel(module) || module == UNREADABLE_NAME {
        return None;
    }
    let lies = if fault.is_unloaded { "lies in an unloaded driver" } else { "lies in this driver" };
    Some(Blame {
        module: module.clone(),
        offset: Some(offset),
        function: None,
        basis: format!("the address in {} {lies}", fault.basis),
        confidence: BlameConfidence::High,
        is_unloaded: fault.is_unloaded,
    })
}

/// The first driver behind the kernel and its frameworks, on a stack that is known to be the one that
/// failed: behind the instruction that the code names, or behind the function that stopped the machine
/// where the code is about its caller. Frames that were only looked for blame nobody, and a chain of
/// frame pointers, which passes by functions that keep none, blames with less confidence.
fn of_stack(traces: &Traces<'_>) -> Option<Blame> {
    let is_of_caller = OF_THE_CALLER.contains(&traces.bugcheck.base_code());
    let start = match traces.fault {
        Some(fault) => traces.frames.iter().position(|it| it.instruction == fault.address)?,
        None if is_of_caller => 0,
        None => return None,
    };
    let mut known =
        traces.frames.get(start..)?.iter().take_while(|it| it.trust < FrameTrust::Scanned);
    let mut has_gaps = false;
    let frame = known.find(|frame| {
        has_gaps |= frame.trust == FrameTrust::FramePointer;
        frame.module.as_deref().is_some_and(|module| !is_kernel(module) && !is_framework(module))
    })?;
    Some(Blame {
        module: frame.module.clone()?,
        offset: frame.offset,
        function: frame.symbol.clone(),
        basis: "the first caller on the stack outside of the kernel and its frameworks".into(),
        confidence: if has_gaps { BlameConfidence::Low } else { BlameConfidence::Medium },
        is_unloaded: frame.is_unloaded,
    })
}

/// The driver that did not answer a request, or else the driver of the device it was meant for.
fn of_holders(holders: Holders<'_>) -> Option<Blame> {
    let is_own = |module: &Module| !is_kernel(&module.name) && !is_framework(&module.name);
    let holder = &holders.holder.name;
    let (module, basis, confidence) = if is_own(holders.holder) {
        let basis = "the blocked request in parameter 4 waits in this driver".to_owned();
        (holder, basis, BlameConfidence::Medium)
    } else {
        let device = holders.device.filter(|module| is_own(module))?;
        let basis = format!(
            "the blocked request in parameter 4 waits in {holder} for a device of this driver"
        );
        (&device.name, basis, BlameConfidence::Low)
    };
    Some(Blame {
        module: module.clone(),
        offset: None,
        function: None,
        basis,
        confidence,
        is_unloaded: false,
    })
}

fn is_kernel(module: &str) -> bool {
    KERNEL.contains(&module)
}

fn is_framework(module: &str) -> bool {
    FRAMEWORKS.contains(&module)
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::VirtAddr;

    use super::*;

    const BASIS: &str = "parameter 4 of DRIVER_IRQL_NOT_LESS_OR_EQUAL";

    fn fault(module: &str) -> FaultAddress {
        FaultAddress {
            address: VirtAddr(0x42),
            module: Some(module.into()),
            offset: Some(0x42),
            is_unloaded: false,
            basis: BASIS.into(),
        }
    }

    fn frame(instruction: u64, module: &str, trust: FrameTrust) -> StackFrame {
        StackFrame {
            instruction: VirtAddr(instruction),
            stack_pointer: VirtAddr(instruction),
            module: Some(module.into()),
            offset: Some(instruction),
            is_unloaded: false,
            symbol: None,
            trust,
        }
    }

    fn module(name: &str) -> Module {
        Module {
            name: name.into(),
            path: None,
            base: VirtAddr(0x1000),
            size: 0x1000,
            timestamp: None,
            checksum: None,
            exception_table: None,
            pdb: None,
            version: None,
        }
    }

    fn blamed(
        code: u32,
        fault: Option<&FaultAddress>,
        frames: &[StackFrame],
    ) -> Option<(String, BlameConfidence)> {
        let bugcheck = Bugcheck { code, parameters: [0; 4] };
        let traces = Traces { bugcheck: &bugcheck, fault, frames, holders: None };
        blame_of(&traces).map(|blame| (blame.module, blame.confidence))
    }

    #[test]
    fn the_kernel_and_messengers_are_not_blamed() {
        let of = |code, module| blamed(code, Some(&fault(module)), &[]).map(|it| it.0);
        assert_eq!(of(0xd1, "storvsc.sys").as_deref(), Some("storvsc.sys"));
        assert_eq!(of(0x50, "ntoskrnl.exe"), None);
        assert_eq!(of(0xa, "hal.dll"), None);
        for code in [0x9e, 0x101, 0x133, 0x7a, 0xf4, 0x124, 0x2_0001] {
            assert_eq!(of(code, "netft.sys"), None, "{code:#x}");
            let frames = [frame(0x42, "netft.sys", FrameTrust::Context)];
            assert_eq!(blamed(code, None, &frames), None, "{code:#x}");
        }
    }

    #[test]
    fn the_caller_of_a_framework_is_blamed_before_the_framework() {
        let fault = fault("storport.sys");
        let low = Some(("storport.sys".to_owned(), BlameConfidence::Low));
        assert_eq!(blamed(0xd1, Some(&fault), &[]), low);
        let stack = |trust| {
            [
                frame(0x40, "ntoskrnl.exe", FrameTrust::Context),
                frame(0x41, "other.sys", FrameTrust::Unwound),
                frame(0x42, "storport.sys", FrameTrust::MachineFrame),
                frame(0x43, "ntoskrnl.exe", FrameTrust::Unwound),
                frame(0x44, "miniport.sys", trust),
                frame(0x45, "filter.sys", FrameTrust::Unwound),
            ]
        };
        let miniport = |confidence| Some(("miniport.sys".to_owned(), confidence));
        let of = |trust| blamed(0xd1, Some(&fault), &stack(trust));
        assert_eq!(of(FrameTrust::Unwound), miniport(BlameConfidence::Medium));
        assert_eq!(of(FrameTrust::FramePointer), miniport(BlameConfidence::Low));
        assert_eq!(of(FrameTrust::Scanned), low);
    }

    #[test]
    fn a_stack_blames_only_where_it_is_known_to_be_the_one_that_failed() {
        let frames = [
            frame(0x40, "ntoskrnl.exe", FrameTrust::Context),
            frame(0x41, "driver.sys", FrameTrust::Unwound),
        ];
        let driver = Some(("driver.sys".to_owned(), BlameConfidence::Medium));
        assert_eq!(blamed(0xc4, None, &frames), driver, "the code is about its caller");
        assert_eq!(blamed(0x1a, None, &frames), None, "the caller is a victim");
        let elsewhere = fault("ntoskrnl.exe");
        assert_eq!(blamed(0xa, Some(&elsewhere), &frames), None, "the fault is not on the stack");
    }

    #[test]
    fn a_request_blames_who_holds_it_or_whose_device_it_is_for() {
        let of = |holder: &str, device: Option<&str>| {
            let bugcheck = Bugcheck { code: 0x9f, parameters: [3, 0, 0, 0] };
            let (holder, device) = (module(holder), device.map(module));
            let holders = Some(Holders { holder: &holder, device: device.as_ref() });
            let traces = Traces { bugcheck: &bugcheck, fault: None, frames: &[], holders };
            blame_of(&traces).map(|blame| (blame.module, blame.confidence))
        };
        let medium = Some(("nic.sys".to_owned(), BlameConfidence::Medium));
        assert_eq!(of("nic.sys", Some("pci.sys")), medium);
        let low = Some(("adapter.sys".to_owned(), BlameConfidence::Low));
        assert_eq!(of("disk.sys", Some("adapter.sys")), low);
        assert_eq!(of("disk.sys", Some("pci.sys")), None);
        assert_eq!(of("disk.sys", None), None);
    }
}
