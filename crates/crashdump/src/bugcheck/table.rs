//! The codes that matter to a Hyper-V support engineer, in order of their numbers.
//!
//! Names, parameters and locators follow Microsoft's bug check reference. The trap frames of 0x8E,
//! 0xBE, 0xFC and 0x139 come from the study of dumps; the one of 0xBE was seen in a real dump.

use super::BugcheckInfo;

const UNKNOWN: BugcheckInfo = BugcheckInfo {
    code: 0,
    name: "",
    is_live_dump: false,
    is_messenger: false,
    parameters: [None; 4],
    instruction_address: None,
    referenced_address: None,
    exception_record: None,
    context_record: None,
    trap_frame: None,
    process: None,
    exception_code: None,
    statuses: &[],
    values: &[],
};

pub(super) static TABLE: &[BugcheckInfo] = &[
    BugcheckInfo {
        code: 0x1,
        name: "APC_INDEX_MISMATCH",
        parameters: [
            Some("address of the system function or worker routine"),
            Some("thread ApcStateIndex"),
            Some("combined APC disable count (two 16-bit halves: special / kernel)"),
            Some("call type: 0 system call, 1 worker routine"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xA,
        name: "IRQL_NOT_LESS_OR_EQUAL",
        parameters: [
            Some("virtual address that could not be accessed"),
            Some("IRQL at the fault (2 = DISPATCH_LEVEL)"),
            Some("bit field: 0 read, 1 write, 8 execute"),
            Some("instruction pointer at the fault"),
        ],
        instruction_address: Some(4),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x18,
        name: "REFERENCE_BY_POINTER",
        parameters: [Some("object type being dereferenced"), Some("object"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x19,
        name: "BAD_POOL_HEADER",
        parameters: [
            Some("violation type (2 special pool pattern, 3 freelist, 5/6/7/8/20 header sizes)"),
            Some("pool entry (depends on P1)"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1A,
        name: "MEMORY_MANAGEMENT",
        is_messenger: true,
        parameters: [Some("violation subtype"), None, None, None],
        values: &[
            (1, 0x41790, "page-table page corrupted; x64: P2 = PFN address"),
            (1, 0x41792, "corrupt PTE; P2 = PTE address, P3/P4 = contents"),
            (
                1,
                0x403,
                "page table and PFN database out of step, mostly hardware (P3 vs P4 one-bit difference)",
            ),
            (1, 0x411, "corrupt PTE at P2"),
            (1, 0x5003, "working-set free list"),
            (1, 0x41284, "PTE or working set list"),
            (1, 0x1236, "MDL with an unlocked/invalid page"),
            (1, 0x3470, "cached kernel stack corrupted while free"),
            (1, 0x61941, "paging hierarchy corrupt, P2 = faulting VA"),
            (1, 0x3F, "page-in CRC error: P2 page-file offset, P3 CRC, P4 expected"),
            (1, 0x6001, "memory-store range corrupt; P2 status"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1E,
        name: "KMODE_EXCEPTION_NOT_HANDLED",
        parameters: [
            Some("exception code not handled"),
            Some("address of the exception"),
            Some("exception information 0"),
            Some("exception information 1"),
        ],
        instruction_address: Some(2),
        exception_code: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x22,
        name: "FILE_SYSTEM",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x24,
        name: "NTFS_FILE_SYSTEM",
        parameters: [
            Some("high 16 bits source file id, low 16 bits source line"),
            Some("exception record if NtfsExceptionFilter is on the stack"),
            Some("context record (same condition)"),
            None,
        ],
        exception_record: Some(2),
        context_record: Some(3),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x27,
        name: "RDR_FILE_SYSTEM",
        parameters: [
            Some(
                "high 16 bits problem class: 0xCA55 CACHESUP, 0xC1EE CLEANUP, 0xC10E CLOSE, 0xBAAD NTEXCEPT; low 16 = line",
            ),
            Some("exception record if RxExceptionFilter on stack"),
            Some("context record (same condition)"),
            None,
        ],
        exception_record: Some(2),
        context_record: Some(3),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x34,
        name: "CACHE_MANAGER",
        parameters: [Some("high 16 source file id, low 16 line"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x35,
        name: "NO_MORE_IRP_STACK_LOCATIONS",
        parameters: [Some("IRP address"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x3B,
        name: "SYSTEM_SERVICE_EXCEPTION",
        parameters: [
            Some("exception code"),
            Some("address of the faulting instruction"),
            Some("context record"),
            None,
        ],
        instruction_address: Some(2),
        context_record: Some(3),
        exception_code: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x3D,
        name: "INTERRUPT_EXCEPTION_NOT_HANDLED",
        parameters: [
            Some("exception record if available"),
            Some("context record if available"),
            None,
            None,
        ],
        exception_record: Some(1),
        context_record: Some(2),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x44,
        name: "MULTIPLE_IRP_COMPLETE_REQUESTS",
        parameters: [Some("IRP address"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x4E,
        name: "PFN_LIST_CORRUPT",
        parameters: [
            Some("violation type (1 list head, 2 list entry, 7 double unlock, 8F/9A)"),
            None,
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x50,
        name: "PAGE_FAULT_IN_NONPAGED_AREA",
        parameters: [
            Some("memory address referenced"),
            Some("access"),
            Some("address of the referencing instruction if known"),
            Some("type of page fault, on newer builds"),
        ],
        // Builds before Windows 10 and Arm write 1 for a write, later ones 2.
        values: &[
            (2, 0, "read"),
            (2, 1, "write"),
            (2, 2, "write"),
            (2, 8, "execute"),
            (2, 0x10, "execute"),
            (4, 2, "no page table, where the build is a newer one"),
            (4, 3, "wrong session, where the build is a newer one"),
            (4, 4, "the address is not canonical, where the build is a newer one"),
            (4, 0xF, "user address, where the build is a newer one"),
        ],
        instruction_address: Some(3),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x51,
        name: "REGISTRY_ERROR",
        parameters: [
            None,
            None,
            Some("pointer to the hive if available"),
            Some("HvCheckHive return code if the hive is corrupt"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x77,
        name: "KERNEL_STACK_INPAGE_ERROR",
        is_messenger: true,
        parameters: [
            Some(
                "0 = page-cache, 1 = disk, 2 = disk success but short read; any other value = NTSTATUS",
            ),
            Some("if P1 is 0-2: value found where the signature should be; else I/O status"),
            Some("if P1 is 0-2: 0; else page-file number"),
            Some("if P1 is 0-2: signature address; else page-file offset"),
        ],
        statuses: &[1, 2],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x7A,
        name: "KERNEL_DATA_INPAGE_ERROR",
        is_messenger: true,
        parameters: [
            Some("lock type (1-4) or PTE address"),
            Some("error status (I/O NTSTATUS)"),
            Some("process / InPageSupport / PTE contents, depends on P1"),
            Some("faulting virtual address"),
        ],
        referenced_address: Some(4),
        statuses: &[2],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x7B,
        name: "INACCESSIBLE_BOOT_DEVICE",
        parameters: [
            Some("UNICODE_STRING (ARC path) or device object that could not be mounted"),
            None,
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x7C,
        name: "BUGCODE_NDIS_DRIVER",
        parameters: [
            Some("NDIS violation subtype"),
            Some("usually the miniport block"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x7E,
        name: "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
        parameters: [
            Some("exception code (0xC0000005, 0x80000003)"),
            Some("exception address"),
            Some("exception record"),
            Some("context record"),
        ],
        instruction_address: Some(2),
        exception_record: Some(3),
        context_record: Some(4),
        exception_code: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x7F,
        name: "UNEXPECTED_KERNEL_MODE_TRAP",
        parameters: [
            Some("trap number (8 = double fault, 0xD = GP, 6 = invalid opcode, 0 = divide)"),
            None,
            None,
            None,
        ],
        values: &[
            (1, 0x8, "double fault: mostly kernel stack overflow by too many filters, or hardware"),
            (1, 0xD, "general protection"),
            (1, 0x6, "invalid opcode"),
            (1, 0x0, "divide error"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x80,
        name: "NMI_HARDWARE_FAILURE",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x8E,
        name: "KERNEL_MODE_EXCEPTION_NOT_HANDLED",
        parameters: [Some("exception code"), Some("exception address"), Some("trap frame"), None],
        instruction_address: Some(2),
        exception_code: Some(1),
        trap_frame: Some(3),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x9C,
        name: "MACHINE_CHECK_EXCEPTION",
        parameters: [
            Some("MCA bank"),
            Some("MCA_EXCEPTION address"),
            Some("MCi_STATUS high"),
            Some("MCi_STATUS low"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x9E,
        name: "USER_MODE_HEALTH_MONITOR",
        is_messenger: true,
        parameters: [
            Some("process (EPROCESS) that failed the health check"),
            Some("time-out in seconds"),
            Some("watchdog source"),
            None,
        ],
        process: Some(1),
        values: &[
            (3, 0x0, "default / not given"),
            (3, 0x1, "RHS clean-up did not finish"),
            (3, 0x2, "RHS told to bugcheck at once on resource deadlock"),
            (3, 0x3, "unhandled exception from a resource DLL"),
            (3, 0x4, "unhandled exception in RHS"),
            (3, 0x5, "RHS resource deadlock"),
            (3, 0x6, "RHS resource-type deadlock"),
            (3, 0x7, "unhandled exception in clussvc"),
            (3, 0x8, "another node asked this node to bugcheck"),
            (3, 0x9, "clussvc user-mode watchdog expired"),
            (
                3,
                0xA,
                "clussvc heartbeat to netft missing (default expects one per second, sent every 500 ms)",
            ),
            (3, 0x65, "resource deadlock: physical disk"),
            (3, 0x66, "resource deadlock: storage pool"),
            (3, 0x67, "resource deadlock: file server"),
            (3, 0x68, "resource deadlock: scale-out file server"),
            (3, 0x69, "resource deadlock: storage replica"),
            (3, 0x6A, "resource deadlock: storage QoS"),
            (3, 0x6B, "resource deadlock: NFSv2"),
            (3, 0xC9, "type deadlock: physical disk"),
            (3, 0xCA, "type deadlock: storage pool"),
            (3, 0xCB, "type deadlock: file server"),
            (3, 0xCC, "type deadlock: scale-out file server"),
            (3, 0xCD, "type deadlock: storage replica"),
            (3, 0xCE, "type deadlock: storage QoS"),
            (3, 0xCF, "type deadlock: NFSv2"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x9F,
        name: "DRIVER_POWER_STATE_FAILURE",
        is_messenger: true,
        parameters: [Some("subtype"), None, None, None],
        values: &[
            (1, 0x1, "device object freed with outstanding power request: P2 device object"),
            (1, 0x2, "IRP completed without PoStartNextPowerIrp"),
            (1, 0x3, "device blocked an IRP too long: P2 PDO, P3 nt!_TRIAGE_9F_POWER, P4 the IRP"),
            (
                1,
                0x4,
                "power transition waited for PnP: P2 timeout s, P3 thread, P4 nt!_TRIAGE_9F_PNP",
            ),
            (1, 0x5, "directed power transition timeout"),
            (1, 0x6, "directed power callback failed"),
            (1, 0x500, "IRP completed without PoStartNextPowerIrp (variant)"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xB8,
        name: "ATTEMPTED_SWITCH_FROM_DPC",
        parameters: [
            Some("original thread"),
            Some("new thread"),
            Some("stack address of the original thread"),
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xBE,
        name: "ATTEMPTED_WRITE_TO_READONLY_MEMORY",
        parameters: [
            Some("virtual address of the write"),
            Some("PTE contents"),
            Some("trap frame"),
            None,
        ],
        referenced_address: Some(1),
        trap_frame: Some(3),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC1,
        name: "SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION",
        parameters: [
            Some("address being freed"),
            Some("reserved / bytes requested / corrupt address"),
            Some("reserved / bytes calculated"),
            Some(
                "type of violation (0x20 not allocated, 0x21-0x22 bad address, 0x23-0x25 bytes corrupted)",
            ),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC2,
        name: "BAD_POOL_CALLER",
        parameters: [
            Some("violation type"),
            Some("depends (pool header / pool type / address)"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC4,
        name: "DRIVER_VERIFIER_DETECTED_VIOLATION",
        parameters: [Some("Driver Verifier violation code"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC5,
        name: "DRIVER_CORRUPTED_EXPOOL",
        parameters: [
            Some("memory referenced"),
            Some("IRQL"),
            Some("0 read / 1 write"),
            Some("referencing instruction"),
        ],
        instruction_address: Some(4),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC6,
        name: "DRIVER_CAUGHT_MODIFYING_FREED_POOL",
        parameters: [
            Some("memory referenced"),
            Some("0 read / 1 write"),
            Some("0 kernel / 1 user"),
            None,
        ],
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC7,
        name: "TIMER_OR_DPC_INVALID",
        parameters: [
            Some("0 timer / 1 DPC / 2 DPC routine"),
            Some("object address"),
            Some("start of range checked"),
            Some("end of range checked"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC9,
        name: "DRIVER_VERIFIER_IOMANAGER_VIOLATION",
        parameters: [Some("violation code of I/O verification"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xCB,
        name: "DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS",
        parameters: [
            Some("internal lock tracking structure"),
            None,
            Some("MDL with locked pages"),
            Some("number of locked pages"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xCE,
        name: "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS",
        parameters: [
            Some("memory address referenced"),
            Some("0 read / 1 write"),
            Some("referencing instruction if known"),
            None,
        ],
        instruction_address: Some(3),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xD1,
        name: "DRIVER_IRQL_NOT_LESS_OR_EQUAL",
        parameters: [
            Some("memory address referenced"),
            Some("IRQL at the reference"),
            Some("0 read, 1 write, 2 or 8 execute"),
            Some("address of the instruction that made the reference"),
        ],
        instruction_address: Some(4),
        referenced_address: Some(1),
        values: &[(3, 0x0, "read"), (3, 0x1, "write"), (3, 0x2, "execute"), (3, 0x8, "execute")],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xD3,
        name: "DRIVER_PORTION_MUST_BE_NONPAGED",
        parameters: [
            Some("memory referenced"),
            Some("IRQL"),
            Some("0 read / 1 write"),
            Some("referencing instruction"),
        ],
        instruction_address: Some(4),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xD5,
        name: "DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL",
        parameters: [
            Some("memory address"),
            Some("0 read / 1 write"),
            Some("referencing instruction if known"),
            None,
        ],
        instruction_address: Some(3),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xD6,
        name: "DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION",
        parameters: [
            Some("memory address"),
            Some("0 read / 1 write"),
            Some("referencing instruction if known"),
            None,
        ],
        instruction_address: Some(3),
        referenced_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xDA,
        name: "SYSTEM_PTE_MISUSE",
        parameters: [Some("violation type"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xE1,
        name: "WORKER_THREAD_RETURNED_AT_BAD_IRQL",
        parameters: [
            Some("worker routine"),
            Some("IRQL on return"),
            Some("work item parameter"),
            Some("work item"),
        ],
        instruction_address: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xE2,
        name: "MANUALLY_INITIATED_CRASH",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xEA,
        name: "THREAD_STUCK_IN_DEVICE_DRIVER",
        parameters: [
            Some("stuck thread"),
            Some("DEFERRED_WATCHDOG"),
            Some("driver name pointer"),
            Some("1 on the blue screen / count"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xED,
        name: "UNMOUNTABLE_BOOT_VOLUME",
        parameters: [
            Some("device object of the boot volume"),
            Some("file-system NTSTATUS"),
            None,
            None,
        ],
        statuses: &[2],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xEF,
        name: "CRITICAL_PROCESS_DIED",
        parameters: [Some("process object"), Some("0 process ended, 1 thread ended"), None, None],
        process: Some(1),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xF0,
        name: "STORAGE_MINIPORT_ERROR",
        parameters: [
            Some("1 reset failed, 2 abort failed, 3 no completion within time, 4 crypto request"),
            Some("driver name string"),
            Some("SRB address"),
            Some("storport unit object / SRB / time-out"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xF4,
        name: "CRITICAL_OBJECT_TERMINATION",
        is_messenger: true,
        parameters: [
            Some("3 process / 6 thread"),
            Some("terminating object"),
            Some("process image file name (pointer)"),
            Some("explanatory ASCII string"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xF5,
        name: "FLTMGR_FILE_SYSTEM",
        parameters: [
            Some(
                "violation (0x66 missing post-op, 0x67 out of space, 0x68 name dereference, 0x6A..0x73)",
            ),
            Some("callback data or depends"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xF7,
        name: "DRIVER_OVERRAN_STACK_BUFFER",
        parameters: [
            Some("actual cookie"),
            Some("expected cookie"),
            Some("bit complement of the expected cookie"),
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xFC,
        name: "ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY",
        parameters: [
            Some("address whose execution was attempted"),
            Some("PTE contents"),
            Some("trap frame"),
            None,
        ],
        instruction_address: Some(1),
        referenced_address: Some(1),
        trap_frame: Some(3),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xFD,
        name: "DIRTY_NOWRITE_PAGES_CONGESTION",
        parameters: [
            Some("dirty pages"),
            Some("non-writable dirty pages"),
            None,
            Some("last write-error status"),
        ],
        statuses: &[4],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xFE,
        name: "BUGCODE_USB_DRIVER",
        parameters: [Some("USB stack violation type"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x101,
        name: "CLOCK_WATCHDOG_TIMEOUT",
        is_messenger: true,
        parameters: [
            Some("clock interrupt time-out in ticks"),
            None,
            Some("PRCB address of the silent processor"),
            Some("index of the hung processor"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x109,
        name: "CRITICAL_STRUCTURE_CORRUPTION",
        parameters: [
            None,
            None,
            None,
            Some("type of corrupted region (0 data, 1 function, 2 IDT, 3 GDT)"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x10D,
        name: "WDF_VIOLATION",
        parameters: [Some("WDF violation code"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x111,
        name: "RECURSIVE_NMI",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x113,
        name: "VIDEO_DXGKRNL_FATAL_ERROR",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x116,
        name: "VIDEO_TDR_FAILURE",
        parameters: [
            Some("TDR recovery context"),
            Some("pointer into the responsible driver"),
            Some("last error"),
            None,
        ],
        instruction_address: Some(2),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x119,
        name: "VIDEO_SCHEDULER_INTERNAL_ERROR",
        parameters: [Some("violation code"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x11B,
        name: "DRIVER_RETURNED_HOLDING_CANCEL_LOCK",
        parameters: [Some("IRP (maybe invalid)"), Some("cancel routine"), None, None],
        instruction_address: Some(2),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x122,
        name: "WHEA_INTERNAL_ERROR",
        parameters: [Some("WHEA failure type"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x124,
        name: "WHEA_UNCORRECTABLE_ERROR",
        is_messenger: true,
        parameters: [
            Some("error source type"),
            Some("WHEA_ERROR_RECORD address"),
            Some("MCi_STATUS high (for 0)"),
            Some("MCi_STATUS low (for 0)"),
        ],
        values: &[
            (1, 0x0, "machine check exception"),
            (1, 0x1, "corrected MCE"),
            (1, 0x2, "corrected platform error"),
            (1, 0x3, "NMI"),
            (1, 0x4, "uncorrectable PCIe"),
            (1, 0x5, "generic hardware error"),
            (1, 0x6, "initialization"),
            (1, 0x7, "boot"),
            (1, 0xE, "BMC"),
            (1, 0xF, "ARS PMEM"),
            (1, 0x10, "device driver error source"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x126,
        name: "NETIO_INVALID_POOL_CALLER",
        parameters: [
            Some("1 invalid pool / 2 invalid MDL"),
            Some("block or MDL"),
            Some("page / CPU pool"),
            Some("CPU pool / pool header"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x12B,
        name: "FAULTY_HARDWARE_CORRUPTED_PAGE",
        parameters: [
            Some("virtual address or fail status"),
            Some("physical page number or compressed size"),
            Some("0 or source buffer"),
            Some("0 or target buffer"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x12F,
        name: "VHD_BOOT_INITIALIZATION_FAILED",
        parameters: [Some("action that failed (1-8)"), Some("NTSTATUS"), None, None],
        statuses: &[2],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x130,
        name: "DYNAMIC_ADD_PROCESSOR_MISMATCH",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x131,
        name: "INVALID_EXTENDED_PROCESSOR_STATE",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x133,
        name: "DPC_WATCHDOG_VIOLATION",
        is_messenger: true,
        parameters: [
            Some("0 one DPC/ISR too long, 1 cumulative time at DISPATCH_LEVEL"),
            Some("P1=0: DPC ticks; P1=1: watchdog period"),
            Some("P1=0: allotment; P1=1: triage block"),
            Some("P1=0: triage block"),
        ],
        values: &[
            (1, 0x0, "single long DPC: the running DPC on the crashing CPU is the suspect"),
            (1, 0x1, "cumulative: suspect spread, look at all CPU stacks"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x136,
        name: "VHD_BOOT_HOST_VOLUME_NOT_ENOUGH_SPACE",
        parameters: [Some("0 cannot expand VHD to full size"), Some("NTSTATUS"), None, None],
        statuses: &[2],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x139,
        name: "KERNEL_SECURITY_CHECK_FAILURE",
        parameters: [
            Some("type of corruption (3 = LIST_ENTRY, 2 = stack cookie, 8 = array bounds)"),
            Some("trap frame"),
            Some("exception record"),
            None,
        ],
        exception_record: Some(3),
        trap_frame: Some(2),
        values: &[
            (1, 0x0, "/GS legacy"),
            (1, 0x2, "stack cookie"),
            (1, 0x3, "corrupt LIST_ENTRY (double remove)"),
            (1, 0x5, "invalid parameter"),
            (1, 0x8, "array bounds"),
            (1, 0xA, "indirect call guard"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x13A,
        name: "KERNEL_MODE_HEAP_CORRUPTION",
        is_messenger: true,
        parameters: [Some("corruption type"), Some("heap"), Some("address"), None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x13C,
        name: "INVALID_IO_BOOST_STATE",
        parameters: [Some("thread"), Some("boost state or count"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x149,
        name: "REFS_FILE_SYSTEM",
        parameters: [
            Some("source line"),
            Some("exception record"),
            Some("context record"),
            Some("exception address"),
        ],
        instruction_address: Some(4),
        exception_record: Some(2),
        context_record: Some(3),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x14F,
        name: "PDC_WATCHDOG_TIMEOUT",
        parameters: [Some("client id"), Some("client type"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x154,
        name: "UNEXPECTED_STORE_EXCEPTION",
        parameters: [Some("store context"), Some("exception information"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x15E,
        name: "BUGCODE_NDIS_DRIVER_LIVE_DUMP",
        is_live_dump: true,
        parameters: [
            Some("1 miniport fatal / 0x25 watchdog"),
            Some("miniport block"),
            Some("PDO"),
            Some("reason"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x161,
        name: "LIVE_SYSTEM_DUMP",
        is_live_dump: true,
        parameters: [Some("ASCII \"Taskmgr\" code (task-manager live dump)"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x165,
        name: "CLUSTER_CSV_STATUS_IO_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("cluster service PID (optional)"),
            Some("node id that saw STATUS_IO_TIMEOUT"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x166,
        name: "CLUSTER_RESOURCE_CALL_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("RHS PID"),
            Some("thread id"),
            Some(
                "resource call type (1 open,2 close,3 online,4 offline,5 terminate,6 arbitrate,7 release,8 resource control,9 type control,10 looks alive,11 is alive,12 failure,13 shutdown,14 cancel)",
            ),
            Some("sub-code (control code if P3 is 8 or 9)"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x167,
        name: "CLUSTER_CSV_SNAPSHOT_DEVICE_INFO_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("cluster service PID"),
            Some("thread id"),
            Some("1 volume active / 2 after volume down"),
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x168,
        name: "CLUSTER_CSV_STATE_TRANSITION_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("cluster service PID"),
            Some("target state (0 init,1 paused,2 draining,3 set-down-level,4 active)"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x169,
        name: "CLUSTER_CSV_VOLUME_ARRIVAL_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("cluster service PID"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x16A,
        name: "CLUSTER_CSV_VOLUME_REMOVAL_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("cluster service PID"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x16B,
        name: "CLUSTER_CSV_CLUSTER_WATCHDOG_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("cluster service PID"), Some("stuck thread"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x16F,
        name: "CLUSTER_CSV_STATE_TRANSITION_INTERVAL_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("cluster service PID"), Some("target state (as 0x168)"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x170,
        name: "CLUSTER_CSV_CLUSSVC_DISCONNECT_WATCHDOG",
        is_live_dump: true,
        parameters: [Some("thread handling the disconnect"), Some("time-out ms"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x179,
        name: "CLUSTER_CLUSPORT_STATUS_IO_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("IRP that timed out"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x188,
        name: "CLUSTER_CSVFS_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("reason 1-4 (purge/flush failed on oplock change)"),
            Some("CSVFS!_SCB"),
            None,
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x18B,
        name: "SECURE_KERNEL_ERROR",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x18C,
        name: "HYPERGUARD_VIOLATION",
        parameters: [Some("region type (0x1001 data, 0x1004 IDT)"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x18D,
        name: "SECURE_FAULT_UNHANDLED",
        parameters: [
            Some("secure fault bit mask"),
            Some("VA"),
            Some("exception record"),
            Some("context record"),
        ],
        exception_record: Some(3),
        context_record: Some(4),
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x18E,
        name: "KERNEL_PARTITION_REFERENCE_VIOLATION",
        parameters: [Some("reason"), Some("partition"), Some("reference count / queue"), None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x195,
        name: "SMB_SERVER_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("1 I/O did not complete"), Some("SRV2_WORK_ITEM"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x19D,
        name: "CLUSTER_SVHDX_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("1 mounting a shared virtual disk failed"),
            Some("Svhdxflt context"),
            Some("FILE_OBJECT"),
            Some("NTSTATUS"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1A7,
        name: "SMB_REDIRECTOR_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("1 I/O did not complete"), Some("connection object"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1C5,
        name: "IO_THREADPOOL_DEADLOCK_LIVEDUMP",
        is_live_dump: true,
        parameters: [Some("pool number"), Some("work queue"), None, None],
        ..UNKNOWN
    },
    BugcheckInfo { code: 0x1C8, name: "MANUALLY_INITIATED_POWER_BUTTON_HOLD", ..UNKNOWN },
    BugcheckInfo {
        code: 0x1C9,
        name: "USER_MODE_HEALTH_MONITOR_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("process"),
            Some("time-out s"),
            Some("watchdog source, same list as 0x9E"),
            None,
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1CA,
        name: "SYNTHETIC_WATCHDOG_TIMEOUT",
        is_messenger: true,
        parameters: [
            Some("time since watchdog reset"),
            Some("interrupt time"),
            Some("QPC"),
            Some("clock processor index"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1CC,
        name: "EXRESOURCE_TIMEOUT_LIVEDUMP",
        is_live_dump: true,
        parameters: [
            Some("ERESOURCE"),
            Some("detecting thread"),
            Some("contention count"),
            Some("time-out s"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1CF,
        name: "HARDWARE_WATCHDOG_TIMEOUT",
        parameters: [
            Some("time since watchdog reset"),
            Some("interrupt time"),
            Some("QPC"),
            Some("clock processor index"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1D5,
        name: "DRIVER_PNP_WATCHDOG",
        parameters: [
            Some("first characters of the service name"),
            Some("TRIAGE_PNP_WATCHDOG"),
            Some("thread"),
            Some("milliseconds"),
        ],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x1DB,
        name: "IPI_WATCHDOG_TIMEOUT",
        parameters: [Some("QPC frequency"), Some("current QPC"), Some("baseline QPC"), None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0x20001,
        name: "HYPERVISOR_ERROR",
        is_messenger: true,
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC0000218,
        name: "STATUS_CANNOT_LOAD_REGISTRY_FILE",
        parameters: [Some("name of the hive"), None, None, None],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xC000021A,
        name: "WINLOGON_FATAL_ERROR",
        parameters: [Some("string that identifies the problem"), Some("error code"), None, None],
        statuses: &[2],
        ..UNKNOWN
    },
    BugcheckInfo {
        code: 0xDEADDEAD,
        name: "MANUALLY_INITIATED_CRASH1",
        parameters: [None, None, None, None],
        ..UNKNOWN
    },
];
