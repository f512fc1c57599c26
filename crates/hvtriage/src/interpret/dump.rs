//! A dump to a fact and to its row in the table of crashes.

use hvtriage_crashdump::{
    BlameConfidence, CrashReport, FaultAddress, Role as DumpRole, StackFrame, UserException,
    bugcheck::describe,
};
use hvtriage_diagnosis::{
    Blame, Bugcheck, CrashFrame, CrashedDump, Fact, FactKind, LoadedModule, Locator, MachineName,
    Place, Role, StopAbout,
};

use crate::driver_groups::is_of_windows;

/// Ticks of an up time in a second.
const TICKS_PER_SECOND: u64 = 10_000_000;

/// Frames of a stack that a diagnosis keeps; `hvtriage dump` has them all.
const FRAMES_KEPT: usize = 64;

/// The crash that a kernel dump proves; a dump of one process is no crash of a machine.
pub(crate) fn crash_fact(source: &str, report: &CrashReport) -> Option<Fact> {
    let bugcheck = bugcheck(report)?;
    Some(Fact {
        locator: Locator {
            source: source.into(),
            place: Place::Field { name: "BugCheckCode", offset: report.bugcheck_at },
        },
        time: report.system_time,
        machine: MachineName::Source(source.into()),
        os_build: report.os_build,
        kind: FactKind::Crash {
            bugcheck,
            // Rules are about drivers whose own instruction failed; a caller on the stack may be a
            // victim, and only the table of crashes names it, with its reason.
            blamed: report
                .blame
                .as_ref()
                .filter(|it| is_sure(it))
                .and_then(|it| blame(report, it))
                .map(Box::new),
            role: role(report),
            modules: modules(report),
            about: about(report),
        },
    })
}

/// What the firmware of a dump's machine calls it, where the dump holds its tables.
pub(crate) fn firmware_fact(source: &str, report: &CrashReport) -> Option<Fact> {
    let firmware = report.system.firmware.as_ref()?;
    Some(Fact {
        locator: Locator {
            source: source.into(),
            place: Place::Field { name: "SMBIOS", offset: firmware.at },
        },
        time: report.system_time,
        machine: MachineName::Source(source.into()),
        os_build: report.os_build,
        kind: FactKind::Firmware {
            vm: None,
            id: firmware.uuid,
            serial: firmware.serial.clone(),
            is_hyper_v_guest: firmware.is_hyper_v_guest(),
        },
    })
}

/// What the machine of a dump is, where the dump holds its tables.
pub(crate) fn hardware_fact(source: &str, report: &CrashReport) -> Option<Fact> {
    let firmware = report.system.firmware.as_ref()?;
    let bios = [&firmware.bios_vendor, &firmware.bios_version, &firmware.bios_date];
    let bios: Vec<&str> = bios.into_iter().flatten().map(String::as_str).collect();
    let kind = FactKind::Hardware {
        maker: firmware.manufacturer.as_deref().map(Into::into),
        model: firmware.product.as_deref().map(Into::into),
        bios: (!bios.is_empty()).then(|| bios.join(" ").into()),
    };
    Some(Fact { kind, ..firmware_fact(source, report)? })
}

/// The row of a dump in the table of crashes.
pub(crate) fn crash_row(source: &str, report: &CrashReport) -> CrashedDump {
    let stored = report.bugcheck.as_ref();
    CrashedDump {
        source: source.to_owned(),
        dump_type: report.dump_type.clone(),
        bugcheck: bugcheck(report),
        stored_code: stored.map(|bugcheck| bugcheck.code),
        bugcheck_name: stored.and_then(|bugcheck| bugcheck.name()).map(str::to_owned),
        parameter_meanings: parameter_meanings(report),
        bugcheck_at: report.bugcheck_at,
        exception: report.exception.as_ref().map(exception),
        os_build: report.os_build,
        machine_type: report.machine_type.to_string(),
        system_time: report.system_time,
        uptime_seconds: report.uptime_ticks.map(|ticks| ticks / TICKS_PER_SECOND),
        process: report.process_name.clone(),
        role: role(report),
        fault: report.fault.as_ref().and_then(|it| fault(report, it)),
        fault_address: report.fault.as_ref().map(|fault| fault.address.0),
        blamed: report.blame.as_ref().filter(|it| !is_guess(it)).and_then(|it| blame(report, it)),
        module_count: report.modules.len() as u64,
        unloaded_count: report.unloaded.len() as u64,
        stack: report.stack.iter().take(FRAMES_KEPT).map(frame).collect(),
        stack_end: report.stack_end.clone().filter(|_| report.stack.len() <= FRAMES_KEPT),
    }
}

fn frame(frame: &StackFrame) -> CrashFrame {
    let gone = if frame.is_unloaded { " (unloaded)" } else { "" };
    CrashFrame { text: format!("{frame}{gone}"), trust: frame.trust.to_string() }
}

/// Whom the code is about: a process, or what the watchdog of a cluster waited for.
fn about(report: &CrashReport) -> StopAbout {
    const USER_MODE_HEALTH_MONITOR: u32 = 0x9E;
    let source = report.bugcheck.as_ref().filter(|it| it.base_code() == USER_MODE_HEALTH_MONITOR);
    // Older Windows leaves it zero.
    let source = source.filter(|it| it.parameter(3) != Some(0)).map(|it| it.parameter_meanings());
    let source = source.and_then(|known| known.iter().find(|one| one.number == 3)?.detail);
    StopAbout {
        process: report.system.named_process.as_ref().map(|it| it.value.clone()),
        watched: source.map(str::to_owned),
    }
}

/// One text for each of the four parameters, empty where nothing is known.
fn parameter_meanings(report: &CrashReport) -> Vec<String> {
    let Some(bugcheck) = &report.bugcheck else { return Vec::new() };
    let known = bugcheck.parameter_meanings();
    let of_process = describe(bugcheck.code).and_then(|info| info.process);
    let process = report.system.named_process.as_ref().map(|it| it.value.as_str());
    let meaning = |number: u8| {
        let one = known.iter().find(|one| one.number == number)?;
        let process = process.filter(|_| of_process == Some(number));
        let detail = one.detail.or(process);
        let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
        Some(format!("{}{detail}", one.meaning))
    };
    (1..=4).map(|number| meaning(number).unwrap_or_default()).collect()
}

fn exception(exception: &UserException) -> String {
    let place = match (&exception.module, exception.offset) {
        (Some(module), Some(offset)) => format!("{module}+{offset:#x}"),
        _ => "no module".to_owned(),
    };
    let touched =
        exception.referenced.map_or_else(String::new, |address| format!(", touching {address}"));
    format!("{} at {} in {place}{touched}", exception.description, exception.address)
}

/// A fault whose address lies in no module has no place to name.
fn fault(report: &CrashReport, fault: &FaultAddress) -> Option<Blame> {
    let module = fault.module.clone()?;
    Some(Blame {
        is_of_windows: of_windows(report, &module),
        module,
        offset: fault.offset?,
        function: None,
        basis: fault.basis.clone(),
    })
}

fn bugcheck(report: &CrashReport) -> Option<Bugcheck> {
    let bugcheck = report.bugcheck.as_ref()?;
    Some(Bugcheck { code: bugcheck.base_code(), parameters: bugcheck.parameters })
}

fn is_guess(blame: &hvtriage_crashdump::Blame) -> bool {
    blame.confidence < BlameConfidence::Medium
}

fn is_sure(blame: &hvtriage_crashdump::Blame) -> bool {
    blame.confidence == BlameConfidence::High
}

/// A driver that is blamed for what it holds has no place to name.
fn blame(report: &CrashReport, blame: &hvtriage_crashdump::Blame) -> Option<Blame> {
    Some(Blame {
        module: blame.module.clone(),
        offset: blame.offset?,
        function: blame.function.as_ref().map(|symbol| symbol.name.clone()),
        is_of_windows: of_windows(report, &blame.module),
        basis: blame.basis.clone(),
    })
}

/// Whether the driver called `name` comes with Windows, as the first loaded one of that name shows.
fn of_windows(report: &CrashReport, name: &str) -> Option<bool> {
    let loaded = report.modules.iter().find(|module| module.name == name);
    let version = loaded.and_then(|module| module.version.as_ref());
    is_of_windows(name, version.and_then(|version| version.company.as_deref()))
}

fn role(report: &CrashReport) -> Role {
    match report.role {
        DumpRole::Host => Role::Host,
        DumpRole::Guest => Role::Guest,
        _ => Role::Unknown,
    }
}

fn modules(report: &CrashReport) -> Vec<LoadedModule> {
    report
        .modules
        .iter()
        .map(|module| LoadedModule {
            name: module.name.clone(),
            base: module.base.0,
            size: module.size,
            timestamp: module.timestamp,
            version: module.version.as_ref().map(|version| version.file),
        })
        .collect()
}
