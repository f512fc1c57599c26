//! What one fact says, in short words.

use crate::code_name::{failure_in, with_name, with_named_code};
use crate::describe_event::describe_event;
use crate::evidence::Evidence;
use crate::fact::{
    CsvStateKind, FactKind, IntegrationState, MigrationPhase, RestartCircumstances, Vm, VmStateKind,
};
use crate::logged_event::number_in;

/// Short words on a fact for a citation or a line of a timeline. What an event means may depend on
/// the build of the machine that wrote it.
pub(crate) fn note(evidence: &Evidence, index: usize) -> String {
    match evidence.fact(index).map(|fact| &fact.kind) {
        Some(FactKind::Event(event)) => describe_event(event, evidence.build_at(index)),
        Some(FactKind::LiveMigration { vm, event_id, .. })
            if let Some(step) = evidence.migration_step(index) =>
        {
            step_of_migration(vm, "live", step.word(), *event_id)
        }
        Some(kind) => describe(kind),
        None => String::new(),
    }
}

/// What is logged as the agreed version where none was agreed on.
const NO_VERSION: &str = "0.0";

/// The same of what is said, whoever says it.
pub(crate) fn describe(kind: &FactKind) -> String {
    match kind {
        FactKind::Crash { bugcheck, blamed, .. } => match blamed {
            Some(blame) => format!("dump of STOP {bugcheck} in {}", place(blame)),
            None => format!("dump of STOP {bugcheck}"),
        },
        FactKind::GuestCrash { vm, bugcheck, message, is_linux } => {
            let message = message.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!("{} crashed: {}{message}", vm_name(vm), guest_crash(bugcheck, *is_linux))
        }
        FactKind::BugcheckReported { bugcheck, dump_path } => match dump_path {
            Some(path) => format!("restarted after STOP {bugcheck}, dump saved in {path}"),
            None => format!("restarted after STOP {bugcheck}"),
        },
        FactKind::DumpNotSaved { event_id, reason, bugcheck } => match bugcheck {
            Some(bugcheck) => format!("event {event_id}: {reason}, after STOP {bugcheck}"),
            None => format!("event {event_id}: {reason}"),
        },
        FactKind::UncleanRestart { bugcheck, circumstances } => {
            let stop = match bugcheck {
                Some(bugcheck) => format!("after STOP {bugcheck}"),
                None => "no STOP code recorded".into(),
            };
            format!("came up without a clean shutdown, {stop}{}", circumstances.words())
        }
        FactKind::UnexpectedShutdown { last_alive: Some(time) } => {
            format!("the shutdown before was unexpected; it last ran at {}", time.to_the_second())
        }
        FactKind::UnexpectedShutdown { last_alive: None } => {
            "the shutdown before was unexpected".into()
        }
        FactKind::GuestTripleFault { vm, event_id } => {
            format!("{} was reset after a triple fault (event {event_id})", vm_name(vm))
        }
        FactKind::VmState { vm, state, event_id } => {
            format!("{} {} (event {event_id})", vm_name(vm), vm_state_words(*state))
        }
        FactKind::LiveMigration { vm, phase, event_id, .. } => migration(vm, *phase, *event_id),
        FactKind::Integration { vm, service, state, negotiated, expected, event_id, .. } => {
            let versions = match (negotiated, expected) {
                (Some(negotiated), Some(expected)) if **negotiated == *NO_VERSION => {
                    format!(" (none of the host's {expected})")
                }
                (Some(negotiated), Some(expected)) => format!(" ({negotiated} of {expected})"),
                _ => String::new(),
            };
            let state = state_words(*state);
            format!("{service} of {} {state}{versions} (event {event_id})", vm_name(vm))
        }
        FactKind::CsvState { volume, state, drivers, status, .. } => {
            let drivers = if drivers.is_empty() {
                String::new()
            } else {
                format!(": {}", drivers.join(", "))
            };
            let status = status.as_ref().map(|text| format!(": {}", with_named_code(text)));
            format!("{volume} {}{drivers}{}", csv_words(*state), status.unwrap_or_default())
        }
        FactKind::FilterLoaded { driver, version } => match version {
            Some(version) => format!("filter {driver} {version} is loaded"),
            None => format!("filter {driver} is loaded"),
        },
        FactKind::FilterUnloaded { driver } => format!("filter {driver} was unloaded"),
        FactKind::VmFileError { vm, component, event_id, hresult, path } => {
            let code = hresult.map(|code| format!(", {}", with_name(code))).unwrap_or_default();
            let path = path.as_ref().map(|path| format!(", {path}")).unwrap_or_default();
            let (vm, event) = (vm_name(vm), format!("{component} event {event_id}"));
            if component == "High-Availability" {
                return format!("the cluster met an error of {vm}{code}{path} ({event})");
            }
            format!("{event} for {vm}{code}{path}")
        }
        FactKind::VmFiles { vm, path } => format!("{path} is of {}", vm_name(vm)),
        FactKind::Offload { event_id, adapter, reason, status, .. } => {
            let adapter = adapter.as_deref().unwrap_or("an adapter");
            let matter = if *event_id == PROCESSORS_OF_A_TEAM {
                "the processors of the team's adapters do not suit "
            } else {
                ""
            };
            let reason = reason.as_deref().map(|reason| queue_reason(*event_id, reason));
            let status = status.as_ref().filter(|text| failure_in(text).is_some());
            let status = status.map(|text| format!(", {}", with_named_code(text)));
            let (reason, status) = (reason.unwrap_or_default(), status.unwrap_or_default());
            format!(
                "{matter}virtual machine queues of {adapter} (VmSwitch event {event_id}){reason}{status}"
            )
        }
        FactKind::RssCapabilityFailure { event_id, adapter } => {
            let adapter = adapter.as_deref().unwrap_or("an adapter");
            format!("receive side scaling of {adapter} could not be set (event {event_id})")
        }
        FactKind::StorageReset { event_id, driver, device } => {
            let device = device.as_deref().unwrap_or("a device");
            format!("{driver} reset or retried {device} (event {event_id})")
        }
        FactKind::GuestReport { vm, os_name, integration_version, .. } => {
            let system = os_name.as_deref().unwrap_or("a system that it does not name");
            let version = integration_version.as_ref();
            let version = version.map(|it| format!(", integration services {it}"));
            format!("{} runs {system}{}", vm_name(vm), version.unwrap_or_default())
        }
        FactKind::Firmware { vm, id, .. } => {
            let id = id.map_or_else(|| "no id".to_owned(), |id| format!("the SMBIOS id {id}"));
            match vm {
                Some(vm) => format!("the settings of {} have {id}", vm_name(vm)),
                None => format!("the firmware has {id}"),
            }
        }
        FactKind::Hardware { maker, model, bios } => {
            format!(
                "the machine is {}",
                hardware(maker.as_deref(), model.as_deref(), bios.as_deref())
            )
        }
        FactKind::RegistryValue { key, name, data } => format!("{key}, {name} = {data}"),
        FactKind::UpdateInstalled { update, is_installed, event_id } => {
            let state = if *is_installed { "was installed" } else { "could not be installed" };
            format!("update {update} {state} (event {event_id})")
        }
        FactKind::NodeLost { node } => format!("cluster node {node} left the cluster"),
        FactKind::LiesBeside { computer, collector, copy } => {
            let copy = copy.as_ref().map_or_else(String::new, |copy| format!("its copy {copy} "));
            match collector {
                Some(collector) => {
                    format!("{copy}lies where {collector} puts the files of {computer}")
                }
                None => format!("{copy}lies in the folder of {computer}'s logs"),
            }
        }
        FactKind::LogContinued { from, to } => {
            format!("the log of {from} goes on as that of {to}")
        }
        FactKind::ComputerRenamed { from, to } => format!("{from} was renamed to {to}"),
        FactKind::Event(event) => describe_event(event, None),
        FactKind::HyperVHost {} => "is a Hyper-V host".into(),
        FactKind::OsVersion { build } => format!("runs Windows build {build}"),
    }
}

impl RestartCircumstances {
    /// What is added to a sentence on the restart; empty where nothing was recorded.
    pub(crate) fn words(self) -> String {
        let words = [
            (self.power_button, "; the power button was held"),
            (self.sleep_transition, "; it was on its way to sleep or back"),
            (self.told_by_firmware, "; the firmware kept the code"),
        ];
        words.iter().filter(|(is_so, _)| *is_so).map(|(_, words)| *words).collect()
    }
}

/// What a guest told its host as it crashed. A Linux guest tells no STOP code, nor does any that
/// leaves a message in its place.
pub(crate) fn guest_crash(bugcheck: &crate::fact::Bugcheck, is_linux: bool) -> String {
    if is_linux {
        return "a kernel panic of Linux".into();
    }
    if bugcheck.code == 0 {
        return "no STOP code was told".into();
    }
    format!("STOP {bugcheck}")
}

/// What a machine is, as far as it is told: `Dell Inc. PowerEdge R740, BIOS 2.1.8`.
pub(crate) fn hardware(maker: Option<&str>, model: Option<&str>, bios: Option<&str>) -> String {
    let machine = [maker, model].into_iter().flatten().collect::<Vec<&str>>().join(" ");
    let machine = Some(machine).filter(|machine| !machine.is_empty());
    let bios = bios.map(|bios| format!("BIOS {bios}"));
    machine.into_iter().chain(bios).collect::<Vec<String>>().join(", ")
}

/// The name of a virtual machine, or its id, or words that say that neither was logged.
pub(crate) fn vm_name(vm: &Vm) -> String {
    let id = || vm.id.map(|id| id.to_string());
    vm.name
        .as_deref()
        .map(str::to_owned)
        .or_else(id)
        .unwrap_or_else(|| "an unnamed virtual machine".into())
}

fn place(blame: &crate::fact::Blame) -> String {
    match &blame.function {
        Some(function) => format!("{} ({function})", blame.module),
        None => format!("{}+{:#x}", blame.module, blame.offset),
    }
}

/// VmSwitch 106.
const PROCESSORS_OF_A_TEAM: u32 = 106;

/// What a switch tells of queues is a text, or the number of one that only Windows has.
fn queue_reason(event_id: u32, reason: &str) -> String {
    match number_in(reason) {
        None => format!(": {reason}"),
        Some(number) if event_id == PROCESSORS_OF_A_TEAM => format!(", queue mode {number}"),
        Some(number) => format!(", reason {number}"),
    }
}

/// How a virtual machine was moved, and how far.
fn migration(vm: &Vm, phase: MigrationPhase, event_id: Option<u32>) -> String {
    let (move_kind, step) = phase_words(phase);
    step_of_migration(vm, move_kind, step, event_id)
}

fn step_of_migration(vm: &Vm, move_kind: &str, step: &str, event_id: Option<u32>) -> String {
    let event = event_id.map(|id| format!(" (event {id})")).unwrap_or_default();
    format!("{move_kind} migration of {} {step}{event}", vm_name(vm))
}

fn phase_words(phase: MigrationPhase) -> (&'static str, &'static str) {
    match phase {
        MigrationPhase::Started => ("live", "started"),
        MigrationPhase::FinishedAtSource => ("live", "finished at the source host"),
        MigrationPhase::FinishedAtDestination => ("live", "finished at the destination host"),
        MigrationPhase::Failed => ("live", "failed"),
        MigrationPhase::Step => ("live", "started or ended"),
        MigrationPhase::OfflineStarted => ("quick", "started"),
        MigrationPhase::OfflineFinished => ("quick", "finished"),
    }
}

fn vm_state_words(state: VmStateKind) -> &'static str {
    match state {
        VmStateKind::Started => "was started",
        VmStateKind::Restored => "was restored from a saved state",
        VmStateKind::TurnedOff => "was turned off by its host",
        VmStateKind::ShutDown => "was shut down",
        VmStateKind::ResetByHost => "was reset by its host",
        VmStateKind::ResetByGuest => "was restarted by its own system",
    }
}

fn state_words(state: IntegrationState) -> &'static str {
    match state {
        IntegrationState::Older => "are older than the host's",
        IntegrationState::Differs => "differs from the host's",
        IntegrationState::Incompatible => "did not connect",
        IntegrationState::Newest => "is at the newest version",
    }
}

fn csv_words(state: CsvStateKind) -> &'static str {
    match state {
        CsvStateKind::Paused => "paused, I/O is queued",
        CsvStateKind::Redirected => "is redirected over the network",
        CsvStateKind::RedirectedByFilters => "is redirected because of filter drivers",
        CsvStateKind::RedirectedByVolumeDrivers => "is redirected because of volume drivers",
        CsvStateKind::RedirectedByRequest => "is redirected on request",
        CsvStateKind::Unreachable => "cannot be reached any more",
        CsvStateKind::Normal => "is back to normal",
    }
}
