//! Lists of modules as they are found in the machines of the scenarios.
//!
//! Names, order and rough sizes are those of Windows; time stamps and checksums are made up and
//! lie in the weeks in which the release was built.

use super::{HeaderPage, ModuleSpec, UnloadedSpec, built};

/// Base name and size.
type Row = (&'static str, u32);

/// What sets a release's list apart.
struct System {
    kernel: u64,
    drivers: u64,
    /// The first second and the number of seconds in which drivers were linked.
    linked: (u32, u32),
    version: [u16; 4],
}

const WINDOWS_7: System = System {
    kernel: 0xFFFF_F800_01A0_B000,
    drivers: 0xFFFF_F880_00C0_0000,
    linked: (0x4CE7_9200, 0x1A00),
    version: [6, 1, 7601, 17514],
};
const WINDOWS_8_1: System = System {
    kernel: 0xFFFF_F802_7DE8_C000,
    drivers: 0xFFFF_F801_0040_0000,
    linked: (0x5215_D800, 0x2600),
    version: [6, 3, 9600, 16384],
};

const WINDOWS_10: System = System {
    kernel: 0xFFFF_F804_2A60_0000,
    drivers: 0xFFFF_F804_2C40_0000,
    linked: (0x5DEB_D200, 0x2_6000),
    version: [10, 0, 19041, 1],
};

/// The drivers of every machine up to the file system, in the order of the boot.
const BOOT: [Row; 26] = [
    ("kdcom.dll", 0xA000),
    ("PSHED.dll", 0x1_4000),
    ("CLFS.SYS", 0x5_E000),
    ("CI.dll", 0xC_0000),
    ("Wdf01000.sys", 0xC_2000),
    ("WDFLDR.SYS", 0x1_0000),
    ("ACPI.sys", 0x5_7000),
    ("WMILIB.SYS", 0x9000),
    ("msisadrv.sys", 0xA000),
    ("pci.sys", 0x3_3000),
    ("vdrvroot.sys", 0xD000),
    ("partmgr.sys", 0x1_5000),
    ("volmgr.sys", 0x1_5000),
    ("volmgrx.sys", 0x5_C000),
    ("mountmgr.sys", 0x1_A000),
    ("storport.sys", 0x6_3000),
    ("fltmgr.sys", 0x4_C000),
    ("fileinfo.sys", 0x1_4000),
    ("Ntfs.sys", 0x1A_3000),
    ("msrpc.sys", 0x5_E000),
    ("ksecdd.sys", 0x1_B000),
    ("cng.sys", 0x7_2000),
    ("Fs_Rec.sys", 0xA000),
    ("ndis.sys", 0xF_3000),
    ("NETIO.SYS", 0x6_0000),
    ("tcpip.sys", 0x20_4000),
];

/// What comes after them on every machine.
const LATER: [Row; 14] = [
    ("volsnap.sys", 0x4_C000),
    ("mup.sys", 0x1_2000),
    ("disk.sys", 0x1_6000),
    ("CLASSPNP.SYS", 0x3_0000),
    ("crashdmp.sys", 0xE000),
    ("Msfs.SYS", 0xB000),
    ("Npfs.SYS", 0x1_1000),
    ("tdx.sys", 0x2_2000),
    ("afd.sys", 0x8_9000),
    ("rdbss.sys", 0x5_1000),
    ("dfsc.sys", 0x1_E000),
    ("intelppm.sys", 0x1_6000),
    ("win32k.sys", 0x31_3000),
    ("srv2.sys", 0x6_9000),
];

/// Integration components of a guest of 2008 R2 SP1.
const GUEST_2008_R2: [Row; 8] = [
    ("vmbus.sys", 0x1_4000),
    ("winhv.sys", 0x1_3000),
    ("storvsc.sys", 0xB000),
    ("vmstorfl.sys", 0x1_1000),
    ("netvsc60.sys", 0x2_1000),
    ("dmvsc.sys", 0x1_A000),
    ("VMBusHID.sys", 0x9000),
    ("s3cap.sys", 0x7000),
];

/// Integration components of a guest of 2012 R2.
const GUEST_2012_R2: [Row; 8] = [
    ("vmbus.sys", 0x1_F000),
    ("winhv.sys", 0x1_7000),
    ("storvsc.sys", 0x1_1000),
    ("vmstorfl.sys", 0x1_3000),
    ("netvsc63.sys", 0x2_2000),
    ("dmvsc.sys", 0x1_B000),
    ("VMBusHID.sys", 0x9000),
    ("s3cap.sys", 0x7000),
];

/// Hyper-V and the cluster on a host of 2008 R2 SP1.
const HOST_2008_R2: [Row; 14] = [
    ("hvboot.sys", 0x9000),
    ("winhv.sys", 0x1_3000),
    ("vmbus.sys", 0x1_4000),
    ("Vid.sys", 0x3_D000),
    ("storvsp.sys", 0x2_2000),
    ("passthruparser.sys", 0xB000),
    ("vhdmp.sys", 0x2_A000),
    ("fsdepends.sys", 0x1_2000),
    ("vmswitch.sys", 0x6_6000),
    ("netft.sys", 0x1_B000),
    ("clusdisk.sys", 0x4_3000),
    ("CSVFilter.sys", 0x1_9000),
    ("msdsm.sys", 0x2_9000),
    ("mpio.sys", 0x2_9000),
];

/// Hyper-V and the cluster on a host of 2012 R2.
const HOST_2012_R2: [Row; 16] = [
    ("hvservice.sys", 0x1_1000),
    ("winhvr.sys", 0x1_6000),
    ("vmbusr.sys", 0x2_1000),
    ("Vid.sys", 0x7_F000),
    ("storvsp.sys", 0x6_3000),
    ("vhdparser.sys", 0x1_3000),
    ("passthruparser.sys", 0x1_2000),
    ("vhdmp.sys", 0xA_2000),
    ("fsdepends.sys", 0x1_B000),
    ("vmswitch.sys", 0xB_6000),
    ("netft.sys", 0x3_3000),
    ("clusdisk.sys", 0x2_C000),
    ("csvfs.sys", 0xD_4000),
    ("csvflt.sys", 0x2_E000),
    ("csvnsflt.sys", 0x1_5000),
    ("mpio.sys", 0x3_2000),
];

/// Modules whose images hold a version; each costs a page.
const WITH_VERSION: [&str; 9] = [
    "ntoskrnl.exe",
    "storport.sys",
    "vmbus.sys",
    "storvsc.sys",
    "netvsc60.sys",
    "storvsp.sys",
    "vmswitch.sys",
    "vhdmp.sys",
    "Vid.sys",
];

/// A guest of Windows Server 2008 R2 SP1 with current integration components; its kernel and the drivers
/// of its bus and its storage were built.
#[must_use]
pub fn guest_2008r2() -> Vec<ModuleSpec> {
    let modules = WINDOWS_7.modules(0x5E_7000, 0x4_9000, &GUEST_2008_R2).into_iter();
    modules.map(built::in_place_of).collect()
}

/// A guest of Windows Server 2012 R2.
#[must_use]
pub fn guest_2012r2() -> Vec<ModuleSpec> {
    WINDOWS_8_1.modules(0x78_0000, 0x7_0000, &GUEST_2012_R2)
}

/// A Hyper-V host of Windows Server 2008 R2 SP1 in a cluster.
#[must_use]
pub fn host_2008r2() -> Vec<ModuleSpec> {
    WINDOWS_7.modules(0x5E_7000, 0x4_9000, &HOST_2008_R2)
}

/// A Hyper-V host of Windows Server 2012 R2 in a cluster.
#[must_use]
pub fn host_2012r2() -> Vec<ModuleSpec> {
    WINDOWS_8_1.modules(0x78_0000, 0x7_0000, &HOST_2012_R2)
}

/// The few modules of the machine that each kind of dump is written of: a guest with an antivirus filter,
/// which was built. The kernel and the Hyper-V drivers of 7601 were built, too.
#[must_use]
pub fn guest_with_filter(build: u32) -> Vec<ModuleSpec> {
    const OWN: [Row; 7] = [
        ("kdcom.dll", 0xA000),
        ("storport.sys", 0x6_3000),
        ("fltmgr.sys", 0x4_C000),
        ("vmbus.sys", 0x1_4000),
        ("storvsc.sys", 0xB000),
        ("dfsc.sys", 0x1_E000),
        ("cavflt.sys", 0x6000),
    ];
    let system = match build {
        ..9200 => WINDOWS_7,
        9200..10000 => WINDOWS_8_1,
        _ => WINDOWS_10,
    };
    let mut base = system.drivers;
    let mut modules = vec![
        system.module("ntoskrnl.exe", system.kernel, 0x5E_7000),
        system.module("hal.dll", system.kernel + 0x5E_7000, 0x4_9000),
    ];
    for (name, size) in OWN {
        modules.push(system.module(name, base, size));
        base += u64::from(size);
    }
    let is_built = |module: &ModuleSpec| build < 9200 || module.name == "cavflt.sys";
    let place = |module| if is_built(&module) { built::in_place_of(module) } else { module };
    modules.into_iter().map(place).collect()
}

/// Address of the image of `name` in `modules`; zero when it is not there.
#[must_use]
pub fn base_of(modules: &[ModuleSpec], name: &str) -> u64 {
    modules.iter().find(|module| module.name == name).map_or(0, |module| module.base)
}

/// The drivers that write dumps during the boot and go away after it, behind `modules`.
#[must_use]
pub fn unloaded_after(modules: &[ModuleSpec]) -> Vec<UnloadedSpec> {
    const NAMES: [Row; 4] = [
        ("crashdmp.sys", 0xE000),
        ("dump_storport.sys", 0xA000),
        ("dump_storvsc.sys", 0xB000),
        ("dump_dumpfve.sys", 0x1_3000),
    ];
    let end = modules.iter().map(|module| module.base + u64::from(module.size)).max();
    let mut start = end.unwrap_or(WINDOWS_7.drivers) + 0x10_0000;
    let mut unloaded = Vec::new();
    for (name, size) in NAMES {
        let end = start + u64::from(size);
        unloaded.push(UnloadedSpec { name: name.to_owned(), start, end });
        start = end;
    }
    unloaded
}

impl System {
    /// Kernel and HAL side by side, then all drivers one behind the other.
    fn modules(&self, kernel_size: u32, hal_size: u32, own: &[Row]) -> Vec<ModuleSpec> {
        let hal = self.kernel + u64::from(kernel_size);
        let mut modules = vec![
            self.module("ntoskrnl.exe", self.kernel, kernel_size),
            self.module("hal.dll", hal, hal_size),
        ];
        let mut base = self.drivers;
        for (name, size) in BOOT.iter().chain(own).chain(&LATER) {
            modules.push(self.module(name, base, *size));
            base += u64::from(*size);
        }
        modules
    }

    fn module(&self, name: &str, base: u64, size: u32) -> ModuleSpec {
        let (first, seconds) = self.linked;
        let mark = mark_of(name);
        let folder = if name.to_ascii_lowercase().ends_with(".sys") && name != "win32k.sys" {
            "\\SystemRoot\\system32\\drivers\\"
        } else {
            "\\SystemRoot\\system32\\"
        };
        ModuleSpec {
            name: name.to_owned(),
            path: format!("{folder}{name}"),
            base,
            size,
            timestamp: first + mark % seconds,
            checksum: size + mark / 7 % 0x1_0000,
            exports: exports_of(name),
            version: WITH_VERSION.contains(&name).then_some(self.version),
            header: match name {
                "rdbss.sys" => HeaderPage::Transition,
                "dfsc.sys" => HeaderPage::InPageFile,
                _ => HeaderPage::Present,
            },
            file: None,
        }
    }
}

/// Some exports of the modules that others call; the client drivers of Hyper-V have none.
fn exports_of(name: &str) -> Vec<(String, u32)> {
    let exports: &[(&str, u32)] = match name {
        "ntoskrnl.exe" => &[
            ("ExAllocatePoolWithTag", 0x1A_B490),
            ("IofCallDriver", 0x8_3A10),
            ("KeBugCheckEx", 0x7_FC40),
            ("NtBuildNumber", 0x1F_1E40),
        ],
        "storport.sys" => &[
            ("StorPortCompleteRequest", 0x9A40),
            ("StorPortInitialize", 0x3_9B60),
            ("StorPortNotification", 0x1E80),
        ],
        _ => &[],
    };
    exports.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect()
}

/// A number that only `name` has: FNV-1a.
fn mark_of(name: &str) -> u32 {
    let step = |mark: u32, byte: u8| (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811C_9DC5, step)
}
