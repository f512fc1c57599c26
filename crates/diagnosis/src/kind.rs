//! The kinds of facts by name, and what several kinds have in common.

use std::fmt;

use crate::fact::{Bugcheck, FactKind, ReportedService, Vm};

/// A kind of fact without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Crash,
    GuestCrash,
    BugcheckReported,
    DumpNotSaved,
    UncleanRestart,
    UnexpectedShutdown,
    GuestTripleFault,
    VmState,
    LiveMigration,
    Integration,
    CsvState,
    FilterLoaded,
    FilterUnloaded,
    VmFileError,
    VmFiles,
    Offload,
    RssCapabilityFailure,
    StorageReset,
    HyperVHost,
    OsVersion,
    GuestReport,
    Firmware,
    Hardware,
    RegistryValue,
    UpdateInstalled,
    NodeLost,
    ComputerRenamed,
    LogContinued,
    LiesBeside,
    Event,
}

impl Kind {
    pub(crate) const ALL: [Self; 30] = [
        Self::Crash,
        Self::GuestCrash,
        Self::BugcheckReported,
        Self::DumpNotSaved,
        Self::UncleanRestart,
        Self::UnexpectedShutdown,
        Self::GuestTripleFault,
        Self::VmState,
        Self::LiveMigration,
        Self::Integration,
        Self::CsvState,
        Self::FilterLoaded,
        Self::FilterUnloaded,
        Self::VmFileError,
        Self::VmFiles,
        Self::Offload,
        Self::RssCapabilityFailure,
        Self::StorageReset,
        Self::HyperVHost,
        Self::OsVersion,
        Self::GuestReport,
        Self::Firmware,
        Self::Hardware,
        Self::RegistryValue,
        Self::UpdateInstalled,
        Self::NodeLost,
        Self::ComputerRenamed,
        Self::LogContinued,
        Self::LiesBeside,
        Self::Event,
    ];

    pub(crate) fn of(kind: &FactKind) -> Self {
        match kind {
            FactKind::Crash { .. } => Self::Crash,
            FactKind::GuestCrash { .. } => Self::GuestCrash,
            FactKind::BugcheckReported { .. } => Self::BugcheckReported,
            FactKind::DumpNotSaved { .. } => Self::DumpNotSaved,
            FactKind::UncleanRestart { .. } => Self::UncleanRestart,
            FactKind::UnexpectedShutdown { .. } => Self::UnexpectedShutdown,
            FactKind::GuestTripleFault { .. } => Self::GuestTripleFault,
            FactKind::VmState { .. } => Self::VmState,
            FactKind::LiveMigration { .. } => Self::LiveMigration,
            FactKind::Integration { .. } => Self::Integration,
            FactKind::CsvState { .. } => Self::CsvState,
            FactKind::FilterLoaded { .. } => Self::FilterLoaded,
            FactKind::FilterUnloaded { .. } => Self::FilterUnloaded,
            FactKind::VmFileError { .. } => Self::VmFileError,
            FactKind::VmFiles { .. } => Self::VmFiles,
            FactKind::Offload { .. } => Self::Offload,
            FactKind::RssCapabilityFailure { .. } => Self::RssCapabilityFailure,
            FactKind::StorageReset { .. } => Self::StorageReset,
            FactKind::HyperVHost {} => Self::HyperVHost,
            FactKind::OsVersion { .. } => Self::OsVersion,
            FactKind::GuestReport { .. } => Self::GuestReport,
            FactKind::Firmware { .. } => Self::Firmware,
            FactKind::Hardware { .. } => Self::Hardware,
            FactKind::RegistryValue { .. } => Self::RegistryValue,
            FactKind::UpdateInstalled { .. } => Self::UpdateInstalled,
            FactKind::NodeLost { .. } => Self::NodeLost,
            FactKind::ComputerRenamed { .. } => Self::ComputerRenamed,
            FactKind::LogContinued { .. } => Self::LogContinued,
            FactKind::LiesBeside { .. } => Self::LiesBeside,
            FactKind::Event(_) => Self::Event,
        }
    }

    /// The word that rules use.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::GuestCrash => "guest_crash",
            Self::BugcheckReported => "bugcheck_reported",
            Self::DumpNotSaved => "dump_not_saved",
            Self::UncleanRestart => "unclean_restart",
            Self::UnexpectedShutdown => "unexpected_shutdown",
            Self::GuestTripleFault => "guest_triple_fault",
            Self::VmState => "vm_state",
            Self::LiveMigration => "live_migration",
            Self::Integration => "integration",
            Self::CsvState => "csv_state",
            Self::FilterLoaded => "filter_loaded",
            Self::FilterUnloaded => "filter_unloaded",
            Self::VmFileError => "vm_file_error",
            Self::VmFiles => "vm_files",
            Self::Offload => "offload",
            Self::RssCapabilityFailure => "rss_capability_failure",
            Self::StorageReset => "storage_reset",
            Self::HyperVHost => "hyper_v_host",
            Self::OsVersion => "os_version",
            Self::GuestReport => "guest_report",
            Self::Firmware => "firmware",
            Self::Hardware => "hardware",
            Self::RegistryValue => "registry_value",
            Self::UpdateInstalled => "update_installed",
            Self::NodeLost => "node_lost",
            Self::ComputerRenamed => "computer_renamed",
            Self::LogContinued => "log_continued",
            Self::LiesBeside => "lies_beside",
            Self::Event => "event",
        }
    }

    /// Whether only a Hyper-V host logs such a fact.
    pub(crate) fn is_of_host(self) -> bool {
        matches!(
            self,
            Self::GuestCrash
                | Self::GuestTripleFault
                | Self::VmState
                | Self::LiveMigration
                | Self::Integration
                | Self::VmFileError
                | Self::Offload
                | Self::HyperVHost
        )
    }

    /// Whether such a fact tells that a machine stopped, or what came of it.
    pub(crate) fn is_of_crash(self) -> bool {
        matches!(
            self,
            Self::Crash
                | Self::GuestCrash
                | Self::BugcheckReported
                | Self::DumpNotSaved
                | Self::UncleanRestart
                | Self::UnexpectedShutdown
                | Self::GuestTripleFault
        )
    }
}

/// The virtual machine of a fact, to be looked at or to be changed.
macro_rules! vm_of {
    ($kind:expr, $borrow:ident) => {
        match $kind {
            FactKind::GuestCrash { vm, .. }
            | FactKind::GuestTripleFault { vm, .. }
            | FactKind::VmState { vm, .. }
            | FactKind::LiveMigration { vm, .. }
            | FactKind::Integration { vm, .. }
            | FactKind::VmFileError { vm, .. }
            | FactKind::VmFiles { vm, .. }
            | FactKind::GuestReport { vm, .. } => Some(vm),
            FactKind::Firmware { vm, .. } => vm.$borrow(),
            FactKind::Event(event) => event.vm.$borrow(),
            _ => None,
        }
    };
}

impl FactKind {
    /// The virtual machine that it names.
    #[must_use]
    pub fn vm(&self) -> Option<&Vm> {
        vm_of!(self, as_ref)
    }

    /// The same, to be changed.
    pub(crate) fn vm_mut(&mut self) -> Option<&mut Vm> {
        vm_of!(self, as_mut)
    }

    /// The computer whose guest tells of itself, as it names itself.
    pub(crate) fn reporter(&self) -> Option<&str> {
        match self {
            Self::GuestReport { computer, .. } => computer.as_deref(),
            _ => None,
        }
    }

    /// The STOP code that it tells. A panic of Linux has none, whatever its values are.
    #[must_use]
    pub fn bugcheck(&self) -> Option<&Bugcheck> {
        match self {
            Self::Crash { bugcheck, .. }
            | Self::GuestCrash { bugcheck, is_linux: false, .. }
            | Self::BugcheckReported { bugcheck, .. } => Some(bugcheck),
            Self::UncleanRestart { bugcheck, .. } | Self::DumpNotSaved { bugcheck, .. } => {
                bugcheck.as_ref()
            }
            _ => None,
        }
    }
}

impl ReportedService {
    /// The status of a service that does not speak the host's version.
    pub(crate) const MISMATCH: &str = "ProtocolMismatch";

    /// Whether guest and host do not speak the same version of it.
    #[must_use]
    pub fn is_mismatched(&self) -> bool {
        self.status.as_deref().is_some_and(|status| {
            let mut words = status.split(|letter: char| !letter.is_ascii_alphanumeric());
            words.any(|word| word.eq_ignore_ascii_case(Self::MISMATCH))
        })
    }
}

impl Bugcheck {
    /// Whether it is the code of a live dump: the machine did not stop.
    #[must_use]
    pub fn is_of_live_dump(&self) -> bool {
        LIVE_DUMPS.contains(&self.code)
    }

    /// Whether two sources that tell these values speak of one crash. Counters, sizes and statuses
    /// are the same in many crashes (0x133 with `0, 0x501, 0x500, 0`); the address of an object or
    /// of code is that of one boot of one machine.
    #[must_use]
    pub fn identifies_a_crash(&self) -> bool {
        self.code != 0 && self.parameters.iter().copied().any(is_like_kernel_address)
    }
}

/// Codes that stand only in live dumps, which a machine writes of itself and goes on.
const LIVE_DUMPS: [u32; 19] = [
    0x15E, 0x161, 0x165, 0x166, 0x167, 0x168, 0x169, 0x16A, 0x16B, 0x16F, 0x170, 0x179, 0x188,
    0x195, 0x19D, 0x1A7, 0x1C5, 0x1C9, 0x1CC,
];

/// Whether a parameter can be an address of kernel space, on 64 or 32 bits.
fn is_like_kernel_address(value: u64) -> bool {
    /// Errors and warnings of NTSTATUS; as a signed number they are widened with ones.
    fn is_like_status(low: u32) -> bool {
        matches!(low, 0xC000_0000..=0xC000_FFFF | 0x8000_0000..=0x8000_FFFF)
    }
    /// The last pages hold nothing: such values are small negative numbers.
    const FIRST_NEGATIVE: u32 = 0xFFFF_0000;
    const FIRST_ADDRESS_64: u64 = 0xFFFF_8000_0000_0000;
    const WIDENED: u64 = 0xFFFF_FFFF_0000_0000;
    let Ok(low) = u32::try_from(value & u64::from(u32::MAX)) else { return false };
    let is_plain = !is_like_status(low) && low < FIRST_NEGATIVE;
    match value & WIDENED {
        0 => low >= 0x8000_0000 && is_plain,
        WIDENED => is_plain,
        _ => value >= FIRST_ADDRESS_64,
    }
}

/// As Windows writes it, without leading zeros: `0xD1 (0x28, 0x2, 0x0, 0xFFFFF88001AB1234)`.
impl fmt::Display for Bugcheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third, fourth] = self.parameters;
        write!(formatter, "{:#X} ", self.code)?;
        write!(formatter, "({first:#X}, {second:#X}, {third:#X}, {fourth:#X})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_makes_a_crash_one_of_its_kind() {
        let table = [
            (0x133, [0, 0x501, 0x500, 0], false),
            (0xD1, [0; 4], false),
            (0xD1, [0x28, 2, 0, 0xFFFF_F880_01AB_12B8], true),
            (0x9F, [3, 0xFFFF_FA80_0A1B_2C30, 0, 0], true),
            (0x7E, [0xFFFF_FFFF_C000_0005, 0, 0, 0], false),
            (0x7E, [0xC000_0005, 0x8054_1234, 0, 0], true),
            (0x7E, [0xC000_0005, 0, 0, 0], false),
            (0x7E, [0xFFFF_FFFF_8000_0003, 0x8000_0003, 0, 0], false),
            // A driver of Windows 7 and older may lie in the widened part.
            (0x50, [0xFFFF_FFFF_A123_4567, 0, 0, 0], true),
            (0x19, [0x20, u64::MAX, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFE], false),
            // The highest address of user space, and one that is not canonical.
            (0x50, [0x7FFF_FFFF_FFFF, 0, 0, 0], false),
            (0x50, [0x0001_2345_6789_ABCD, 0, 0, 0], false),
            (0x50, [0xFFFF_8000_0000_0000, 0, 0, 0], true),
            // Not a STOP code: a guest that left a message writes zeros.
            (0, [0, 0, 0xFFFF_8000_1234_5678, 0], false),
        ];
        for (code, parameters, expected) in table {
            let bugcheck = Bugcheck { code, parameters };
            assert_eq!(bugcheck.identifies_a_crash(), expected, "{bugcheck}");
        }
    }
}
