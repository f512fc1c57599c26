//! The words for states, phases and roles, both ways.

use crate::fact::{CsvStateKind, IntegrationState, MigrationPhase, Role, VmStateKind};

pub(crate) const ROLES: &[&str] = &["host", "guest", "unknown"];
pub(crate) const WINDOWS: &str = "windows";
pub(crate) const OTHER_MAKER: &str = "other";
pub(crate) const UNKNOWN_MAKER: &str = "unknown";
pub(crate) const MAKERS: &[&str] = &[WINDOWS, OTHER_MAKER, UNKNOWN_MAKER];
pub(crate) const PHASES: &[&str] = &[
    "started",
    "finished_at_source",
    "finished_at_destination",
    "failed",
    "step",
    "offline_started",
    "offline_finished",
];
pub(crate) const VM_STATES: &[&str] =
    &["started", "restored", "turned_off", "shut_down", "reset_by_host", "reset_by_guest"];
pub(crate) const INTEGRATION_STATES: &[&str] = &["older", "differs", "incompatible", "newest"];
pub(crate) const CSV_STATES: &[&str] = &[
    "paused",
    "redirected",
    "redirected_by_filters",
    "redirected_by_volume_drivers",
    "redirected_by_request",
    "unreachable",
    "normal",
];

/// A word of rules as people say it.
pub(crate) fn shown(word: &str) -> String {
    match word {
        "linux" => "Linux".into(),
        "linux_likely" => "likely Linux".into(),
        "linux_possible" => "possibly Linux".into(),
        "windows" => "Windows".into(),
        "windows_likely" => "likely Windows".into(),
        word => word.replace('_', " "),
    }
}

impl Role {
    /// The word that rules and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Guest => "guest",
            Self::Unknown => "unknown",
        }
    }
}

pub(crate) fn role_of(word: &str) -> Option<Role> {
    [Role::Host, Role::Guest, Role::Unknown].into_iter().find(|value| value.word() == word)
}

pub(crate) fn phase(phase: MigrationPhase) -> &'static str {
    match phase {
        MigrationPhase::Started => "started",
        MigrationPhase::FinishedAtSource => "finished_at_source",
        MigrationPhase::FinishedAtDestination => "finished_at_destination",
        MigrationPhase::Failed => "failed",
        MigrationPhase::Step => "step",
        MigrationPhase::OfflineStarted => "offline_started",
        MigrationPhase::OfflineFinished => "offline_finished",
    }
}

pub(crate) fn phase_of(word: &str) -> Option<MigrationPhase> {
    [
        MigrationPhase::Started,
        MigrationPhase::FinishedAtSource,
        MigrationPhase::FinishedAtDestination,
        MigrationPhase::Failed,
        MigrationPhase::Step,
        MigrationPhase::OfflineStarted,
        MigrationPhase::OfflineFinished,
    ]
    .into_iter()
    .find(|value| phase(*value) == word)
}

impl VmStateKind {
    /// The word that rules use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Restored => "restored",
            Self::TurnedOff => "turned_off",
            Self::ShutDown => "shut_down",
            Self::ResetByHost => "reset_by_host",
            Self::ResetByGuest => "reset_by_guest",
        }
    }
}

pub(crate) fn vm_state_of(word: &str) -> Option<VmStateKind> {
    [
        VmStateKind::Started,
        VmStateKind::Restored,
        VmStateKind::TurnedOff,
        VmStateKind::ShutDown,
        VmStateKind::ResetByHost,
        VmStateKind::ResetByGuest,
    ]
    .into_iter()
    .find(|value| value.word() == word)
}

impl IntegrationState {
    /// The word that rules and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Older => "older",
            Self::Differs => "differs",
            Self::Incompatible => "incompatible",
            Self::Newest => "newest",
        }
    }
}

pub(crate) fn integration_state_of(word: &str) -> Option<IntegrationState> {
    [
        IntegrationState::Older,
        IntegrationState::Differs,
        IntegrationState::Incompatible,
        IntegrationState::Newest,
    ]
    .into_iter()
    .find(|value| value.word() == word)
}

impl CsvStateKind {
    /// The word that rules and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Redirected => "redirected",
            Self::RedirectedByFilters => "redirected_by_filters",
            Self::RedirectedByVolumeDrivers => "redirected_by_volume_drivers",
            Self::RedirectedByRequest => "redirected_by_request",
            Self::Unreachable => "unreachable",
            Self::Normal => "normal",
        }
    }
}

pub(crate) fn csv_state_of(word: &str) -> Option<CsvStateKind> {
    [
        CsvStateKind::Paused,
        CsvStateKind::Redirected,
        CsvStateKind::RedirectedByFilters,
        CsvStateKind::RedirectedByVolumeDrivers,
        CsvStateKind::RedirectedByRequest,
        CsvStateKind::Unreachable,
        CsvStateKind::Normal,
    ]
    .into_iter()
    .find(|value| value.word() == word)
}
