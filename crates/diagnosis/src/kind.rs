//! The kinds of facts by name, and what several kinds have in common.

use std::fmt;

use crate::fact::{Bugcheck, FactKind, Vm};

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
    LiveMigration,
    Integration,
    CsvState,
    FilterLoaded,
    VmFileError,
    Offload,
    RssCapabilityFailure,
    StorageReset,
    OsVersion,
}

impl Kind {
    pub(crate) const ALL: [Self; 16] = [
        Self::Crash,
        Self::GuestCrash,
        Self::BugcheckReported,
        Self::DumpNotSaved,
        Self::UncleanRestart,
        Self::UnexpectedShutdown,
        Self::GuestTripleFault,
        Self::LiveMigration,
        Self::Integration,
        Self::CsvState,
        Self::FilterLoaded,
        Self::VmFileError,
        Self::Offload,
        Self::RssCapabilityFailure,
        Self::StorageReset,
        Self::OsVersion,
    ];

    pub(crate) fn of(kind: &FactKind) -> Self {
        match kind {
            FactKind::Crash { .. } => Self::Crash,
            FactKind::GuestCrash { .. } => Self::GuestCrash,
            FactKind::BugcheckReported { .. } => Self::BugcheckReported,
            FactKind::DumpNotSaved { .. } => Self::DumpNotSaved,
            FactKind::UncleanRestart { .. } => Self::UncleanRestart,
            FactKind::UnexpectedShutdown {} => Self::UnexpectedShutdown,
            FactKind::GuestTripleFault { .. } => Self::GuestTripleFault,
            FactKind::LiveMigration { .. } => Self::LiveMigration,
            FactKind::Integration { .. } => Self::Integration,
            FactKind::CsvState { .. } => Self::CsvState,
            FactKind::FilterLoaded { .. } => Self::FilterLoaded,
            FactKind::VmFileError { .. } => Self::VmFileError,
            FactKind::Offload { .. } => Self::Offload,
            FactKind::RssCapabilityFailure { .. } => Self::RssCapabilityFailure,
            FactKind::StorageReset { .. } => Self::StorageReset,
            FactKind::OsVersion { .. } => Self::OsVersion,
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
            Self::LiveMigration => "live_migration",
            Self::Integration => "integration",
            Self::CsvState => "csv_state",
            Self::FilterLoaded => "filter_loaded",
            Self::VmFileError => "vm_file_error",
            Self::Offload => "offload",
            Self::RssCapabilityFailure => "rss_capability_failure",
            Self::StorageReset => "storage_reset",
            Self::OsVersion => "os_version",
        }
    }

    /// Whether only a Hyper-V host logs such a fact.
    pub(crate) fn is_of_host(self) -> bool {
        matches!(
            self,
            Self::GuestCrash
                | Self::GuestTripleFault
                | Self::LiveMigration
                | Self::Integration
                | Self::VmFileError
                | Self::Offload
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

impl FactKind {
    /// The virtual machine that it names.
    #[must_use]
    pub fn vm(&self) -> Option<&Vm> {
        match self {
            Self::GuestCrash { vm, .. }
            | Self::GuestTripleFault { vm, .. }
            | Self::LiveMigration { vm, .. }
            | Self::Integration { vm, .. }
            | Self::VmFileError { vm, .. } => Some(vm),
            _ => None,
        }
    }

    /// The STOP code that it tells.
    #[must_use]
    pub fn bugcheck(&self) -> Option<&Bugcheck> {
        match self {
            Self::Crash { bugcheck, .. }
            | Self::GuestCrash { bugcheck, .. }
            | Self::BugcheckReported { bugcheck, .. } => Some(bugcheck),
            Self::UncleanRestart { bugcheck } => bugcheck.as_ref(),
            _ => None,
        }
    }
}

impl Bugcheck {
    /// Whether two sources that tell these values speak of one crash: parameters that are all zero
    /// are those of every crash whose parameters were not recorded.
    #[must_use]
    pub fn identifies_a_crash(&self) -> bool {
        self.parameters.iter().any(|parameter| *parameter != 0)
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
