//! The table of fields.

use super::words;
use super::{Field, Read, Shape, Value};
use crate::describe::{guest_crash, vm_name};
use crate::evidence::Evidence;
use crate::fact::{Blame, Bugcheck, FactKind, RestartCircumstances, StopAbout};
use crate::filter_driver::FilterDriver;
use crate::glob::glob;
use crate::kind::Kind;
use crate::version_gap::VersionGap;
use crate::vm::{GuestSystem, KnownVm};

const EVERY: &[Kind] = &Kind::ALL;
const STOPS: &[Kind] = &[
    Kind::Crash,
    Kind::GuestCrash,
    Kind::BugcheckReported,
    Kind::DumpNotSaved,
    Kind::UncleanRestart,
];
const OF_VM: &[Kind] = &[
    Kind::GuestCrash,
    Kind::GuestTripleFault,
    Kind::VmState,
    Kind::LiveMigration,
    Kind::Integration,
    Kind::VmFileError,
    Kind::VmFiles,
    Kind::GuestReport,
];
const WITH_DRIVERS: &[Kind] =
    &[Kind::Crash, Kind::CsvState, Kind::FilterLoaded, Kind::FilterUnloaded];
const WITH_ONE_DRIVER: &[Kind] = &[Kind::FilterLoaded, Kind::FilterUnloaded, Kind::StorageReset];
const WITH_EVENT_ID: &[Kind] = &[
    Kind::DumpNotSaved,
    Kind::GuestTripleFault,
    Kind::VmState,
    Kind::LiveMigration,
    Kind::Integration,
    Kind::VmFileError,
    Kind::Offload,
    Kind::RssCapabilityFailure,
    Kind::StorageReset,
    Kind::UpdateInstalled,
];

/// The fields, kind by kind; those of what machines say of themselves stand in `reported`, those of
/// events as they stand in `logged`.
pub(super) const FIELDS: &[Field] =
    &[
        derived("machine.name", EVERY, Shape::Text, |evidence, index| {
            text(&evidence.machine_of(index)?.name)
        }),
        derived("machine.role", EVERY, Shape::Word(words::ROLES), |evidence, index| {
            text(evidence.machine_of(index)?.role.word())
        }),
        given("os.build", EVERY, Shape::Number, |evidence, index| {
            evidence.build_at(index).map(|build| Value::Number(build.into()))
        }),
        given("bugcheck.code", STOPS, Shape::Code, |evidence, index| {
            bugcheck(evidence, index).map(|bugcheck| Value::Number(bugcheck.code.into()))
        }),
        given("bugcheck.parameter1", STOPS, Shape::Code, |evidence, index| {
            parameter(evidence, index, 0)
        }),
        given("bugcheck.parameter2", STOPS, Shape::Code, |evidence, index| {
            parameter(evidence, index, 1)
        }),
        given("bugcheck.parameter3", STOPS, Shape::Code, |evidence, index| {
            parameter(evidence, index, 2)
        }),
        given("bugcheck.parameter4", STOPS, Shape::Code, |evidence, index| {
            parameter(evidence, index, 3)
        }),
        // STOP 0x9E alone says how long was waited.
        derived("timeout_seconds", &[Kind::Crash], Shape::Number, |evidence, index| {
            let told = bugcheck(evidence, index).filter(|it| it.code == 0x9E)?.parameters.get(1);
            told.filter(|seconds| **seconds > 0).map(|seconds| Value::Number(*seconds))
        }),
        derived("bugcheck", STOPS, Shape::Text, |evidence, index| match kind(evidence, index)? {
            FactKind::GuestCrash { bugcheck, is_linux, .. } => {
                text(&guest_crash(bugcheck, *is_linux))
            }
            kind => text(&format!("STOP {}", kind.bugcheck()?)),
        }),
        given("about.process", &[Kind::Crash], Shape::Text, |evidence, index| {
            text(about(evidence, index)?.process.as_deref()?)
        }),
        given("about.watched", &[Kind::Crash], Shape::Text, |evidence, index| {
            text(about(evidence, index)?.watched.as_deref()?)
        }),
        given("blamed.module", &[Kind::Crash], Shape::Text, |evidence, index| {
            text(&blame(evidence, index)?.module)
        }),
        given("blamed.offset", &[Kind::Crash], Shape::Code, |evidence, index| {
            Some(Value::Number(blame(evidence, index)?.offset))
        }),
        given("blamed.function", &[Kind::Crash], Shape::Text, |evidence, index| {
            text(blame(evidence, index)?.function.as_deref()?)
        }),
        given("blamed.basis", &[Kind::Crash], Shape::Text, |evidence, index| {
            text(&blame(evidence, index)?.basis)
        }),
        given("blamed.maker", &[Kind::Crash], Shape::Word(words::MAKERS), |evidence, index| {
            text(match blame(evidence, index)?.is_of_windows {
                Some(true) => words::WINDOWS,
                Some(false) => words::OTHER_MAKER,
                None => words::UNKNOWN_MAKER,
            })
        }),
        derived("blamed.version", &[Kind::Crash], Shape::Text, |evidence, index| {
            version_of(evidence, index, &blame(evidence, index)?.module)
        }),
        derived("blamed.category", &[Kind::Crash], Shape::Text, |evidence, index| {
            let driver = FilterDriver::find(&blame(evidence, index)?.module)?;
            text(driver.category).filter(|_| driver.is_third_party())
        }),
        given("role", &[Kind::Crash], Shape::Word(words::ROLES), |evidence, index| {
            let FactKind::Crash { role, .. } = kind(evidence, index)? else { return None };
            text(role.word())
        }),
        given("modules", &[Kind::Crash], Shape::List, |evidence, index| {
            drivers(evidence, index).map(Value::List)
        }),
        named("version_of.*", &[Kind::Crash], Shape::Text, true, version_of),
        given("vm.name", OF_VM, Shape::Text, |evidence, index| {
            text(kind(evidence, index)?.vm()?.name.as_deref()?)
        }),
        given("vm.id", OF_VM, Shape::Text, |evidence, index| {
            text(&kind(evidence, index)?.vm()?.id?.to_string())
        }),
        derived("vm", OF_VM, Shape::Text, |evidence, index| {
            let known = known_vm(evidence, index).map(KnownVm::display);
            text(&known.unwrap_or(vm_name(kind(evidence, index)?.vm()?)))
        }),
        derived("guest.system", OF_VM, Shape::Word(GuestSystem::WORDS), |evidence, index| {
            text(known_vm(evidence, index)?.system.word())
        }),
        derived("guest.build", OF_VM, Shape::Number, |evidence, index| {
            let build = known_vm(evidence, index)?.os_build(evidence.machines())?;
            Some(Value::Number(build.into()))
        }),
        given("message", &[Kind::GuestCrash], Shape::Text, |evidence, index| {
            let FactKind::GuestCrash { message, .. } = kind(evidence, index)? else { return None };
            text(message.as_deref()?)
        }),
        given("is_linux", &[Kind::GuestCrash], Shape::Flag, |evidence, index| {
            let FactKind::GuestCrash { is_linux, .. } = kind(evidence, index)? else { return None };
            Some(Value::Flag(*is_linux))
        }),
        given("dump_path", &[Kind::BugcheckReported], Shape::Text, |evidence, index| {
            let FactKind::BugcheckReported { dump_path, .. } = kind(evidence, index)? else {
                return None;
            };
            text(dump_path.as_deref()?)
        }),
        given("reason", &[Kind::DumpNotSaved, Kind::Offload], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::DumpNotSaved { reason, .. } => text(reason),
                FactKind::Offload { reason, .. } => text(reason.as_deref()?),
                _ => None,
            }
        }),
        derived("outcome", &[Kind::UncleanRestart], Shape::Text, |evidence, index| {
            let circumstances = circumstances(evidence, index)?.words();
            match bugcheck(evidence, index) {
                Some(bugcheck) => text(&format!("after STOP {bugcheck}{circumstances}")),
                None => text(&format!(
                    "this event recorded no STOP code, as after loss of power, a hang or a \
                 reset{circumstances}"
                )),
            }
        }),
        given("power_button", &[Kind::UncleanRestart], Shape::Flag, |evidence, index| {
            Some(Value::Flag(circumstances(evidence, index)?.power_button))
        }),
        given("sleep_transition", &[Kind::UncleanRestart], Shape::Flag, |evidence, index| {
            Some(Value::Flag(circumstances(evidence, index)?.sleep_transition))
        }),
        given("event_id", WITH_EVENT_ID, Shape::Number, event_id),
        given("phase", &[Kind::LiveMigration], Shape::Word(words::PHASES), |evidence, index| {
            match kind(evidence, index)? {
                FactKind::LiveMigration { phase, .. } => text(words::phase(*phase)),
                _ => None,
            }
        }),
        given("blackout_seconds", &[Kind::LiveMigration], Shape::Decimal, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::LiveMigration { blackout_seconds, .. } => {
                    blackout_seconds.map(Value::Decimal)
                }
                _ => None,
            }
        }),
        given("other_host", &[Kind::LiveMigration], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::LiveMigration { other_host, .. } => text(other_host.as_deref()?),
                _ => None,
            }
        }),
        derived("host.may_be_2008_r2", &[Kind::LiveMigration], Shape::Flag, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::LiveMigration { event_id, .. } => {
                    let build = evidence.build_at(index);
                    Some(Value::Flag(may_be_2008_r2(*event_id, build)))
                }
                _ => None,
            }
        }),
        given("service", &[Kind::Integration], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::Integration { service, .. } => text(service),
                _ => None,
            }
        }),
        given(
            "state",
            &[Kind::Integration],
            Shape::Word(words::INTEGRATION_STATES),
            |evidence, index| match kind(evidence, index)? {
                FactKind::Integration { state, .. } => text(state.word()),
                _ => None,
            },
        ),
        given("negotiated", &[Kind::Integration], Shape::Text, |evidence, index| {
            text(versions(evidence, index)?.0?)
        }),
        given("expected", &[Kind::Integration], Shape::Text, |evidence, index| {
            text(versions(evidence, index)?.1?)
        }),
        given("framework_negotiated", &[Kind::Integration], Shape::Text, |evidence, index| {
            text(versions(evidence, index)?.2?)
        }),
        given("framework_expected", &[Kind::Integration], Shape::Text, |evidence, index| {
            text(versions(evidence, index)?.3?)
        }),
        given(
            "host.since_2016",
            &[Kind::Integration, Kind::GuestReport],
            Shape::Flag,
            |evidence, index| match kind(evidence, index)? {
                FactKind::Integration { host_is_2016_or_later, .. }
                | FactKind::GuestReport { host_is_2016_or_later, .. } => {
                    host_is_2016_or_later.map(Value::Flag)
                }
                _ => None,
            },
        ),
        derived(
            "version_gap",
            &[Kind::Integration],
            Shape::Word(VersionGap::WORDS),
            |evidence, index| version_gap(versions(evidence, index)?),
        ),
        given("volume", &[Kind::CsvState], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::CsvState { volume, .. } => text(volume),
                _ => None,
            }
        }),
        given("resource", &[Kind::CsvState], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::CsvState { resource, .. } => text(resource.as_deref()?),
                _ => None,
            }
        }),
        given("state", &[Kind::CsvState], Shape::Word(words::CSV_STATES), |evidence, index| {
            match kind(evidence, index)? {
                FactKind::CsvState { state, .. } => text(state.word()),
                _ => None,
            }
        }),
        given("state", &[Kind::VmState], Shape::Word(words::VM_STATES), |evidence, index| {
            match kind(evidence, index)? {
                FactKind::VmState { state, .. } => text(state.word()),
                _ => None,
            }
        }),
        given("drivers", &[Kind::CsvState], Shape::List, |evidence, index| {
            drivers(evidence, index).map(Value::List)
        }),
        given("status", &[Kind::CsvState, Kind::Offload], Shape::Logged, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::CsvState { status, .. } | FactKind::Offload { status, .. } => {
                    text(status.as_deref()?)
                }
                _ => None,
            }
        }),
        given("driver", WITH_ONE_DRIVER, Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::FilterLoaded { driver, .. }
                | FactKind::FilterUnloaded { driver }
                | FactKind::StorageReset { driver, .. } => text(driver),
                _ => None,
            }
        }),
        given("version", &[Kind::FilterLoaded], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::FilterLoaded { version, .. } => text(version.as_deref()?),
                _ => None,
            }
        }),
        derived("third_party.category", WITH_DRIVERS, Shape::List, |evidence, index| {
            let known = known_drivers(evidence, index).into_iter();
            list(known.map(|(_, driver)| driver.category.to_owned()))
        }),
        derived("third_party.drivers", WITH_DRIVERS, Shape::List, |evidence, index| {
            list(
                known_drivers(evidence, index)
                    .into_iter()
                    .map(|(file, driver)| driver.label(&file)),
            )
        }),
        derived("third_party.antivirus", WITH_DRIVERS, Shape::List, |evidence, index| {
            let known = known_drivers(evidence, index).into_iter();
            list(known.filter(|(_, d)| d.is_antivirus()).map(|(file, driver)| driver.label(&file)))
        }),
        derived("third_party.antivirus_makers", WITH_DRIVERS, Shape::List, |evidence, index| {
            let known = known_drivers(evidence, index).into_iter();
            list(known.filter_map(|(_, driver)| driver.scanner_maker()).map(str::to_owned))
        }),
        given("component", &[Kind::VmFileError], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::VmFileError { component, .. } => text(component),
                _ => None,
            }
        }),
        given("hresult", &[Kind::VmFileError], Shape::ErrorCode, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::VmFileError { hresult, .. } => {
                    hresult.map(|code| Value::Number(code.into()))
                }
                _ => None,
            }
        }),
        given("path", &[Kind::VmFileError, Kind::VmFiles], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::VmFileError { path, .. } => text(path.as_deref()?),
                FactKind::VmFiles { path, .. } => text(path),
                _ => None,
            }
        }),
        given("adapter", &[Kind::Offload, Kind::RssCapabilityFailure], Shape::Text, adapter),
        given("switch", &[Kind::Offload], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::Offload { switch, .. } => text(switch.as_deref()?),
                _ => None,
            }
        }),
        given("device", &[Kind::StorageReset], Shape::Text, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::StorageReset { device, .. } => text(device.as_deref()?),
                _ => None,
            }
        }),
        given("build", &[Kind::OsVersion], Shape::Number, |evidence, index| {
            match kind(evidence, index)? {
                FactKind::OsVersion { build } => Some(Value::Number((*build).into())),
                _ => None,
            }
        }),
    ];

/// A field that the source itself gives.
pub(super) const fn given(
    path: &'static str,
    kinds: &'static [Kind],
    shape: Shape,
    read: fn(&Evidence, usize) -> Option<Value>,
) -> Field {
    Field { path, kinds, shape, derived: false, read: Read::Plain(read) }
}

/// A field that is worked out.
pub(super) const fn derived(
    path: &'static str,
    kinds: &'static [Kind],
    shape: Shape,
    read: fn(&Evidence, usize) -> Option<Value>,
) -> Field {
    Field { path, kinds, shape, derived: true, read: Read::Plain(read) }
}

/// A field of which a rule says which one it means.
pub(super) const fn named(
    path: &'static str,
    kinds: &'static [Kind],
    shape: Shape,
    derived: bool,
    read: fn(&Evidence, usize, &str) -> Option<Value>,
) -> Field {
    Field { path, kinds, shape, derived, read: Read::Named(read) }
}

pub(super) fn kind(evidence: &Evidence, index: usize) -> Option<&FactKind> {
    Some(&evidence.fact(index)?.kind)
}

/// Nothing where the text is empty: an empty value tells as little as none.
pub(super) fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Text(text.to_owned()))
}

pub(super) fn list(items: impl Iterator<Item = String>) -> Option<Value> {
    let mut items: Vec<String> = items.collect();
    items.sort();
    items.dedup();
    (!items.is_empty()).then_some(Value::List(items))
}

fn bugcheck(evidence: &Evidence, index: usize) -> Option<&Bugcheck> {
    kind(evidence, index)?.bugcheck()
}

fn circumstances(evidence: &Evidence, index: usize) -> Option<RestartCircumstances> {
    match kind(evidence, index)? {
        FactKind::UncleanRestart { circumstances, .. } => Some(*circumstances),
        _ => None,
    }
}

fn parameter(evidence: &Evidence, index: usize, number: usize) -> Option<Value> {
    bugcheck(evidence, index)?.parameters.get(number).copied().map(Value::Number)
}

fn about(evidence: &Evidence, index: usize) -> Option<&StopAbout> {
    match kind(evidence, index)? {
        FactKind::Crash { about, .. } => Some(about),
        _ => None,
    }
}

fn blame(evidence: &Evidence, index: usize) -> Option<&Blame> {
    match kind(evidence, index)? {
        FactKind::Crash { blamed, .. } => blamed.as_deref(),
        _ => None,
    }
}

/// Version of the loaded driver called `name`, in which `*` stands for any text; of several the
/// first whose version is known.
fn version_of(evidence: &Evidence, index: usize, name: &str) -> Option<Value> {
    let FactKind::Crash { modules, .. } = kind(evidence, index)? else { return None };
    let name = name.to_lowercase();
    let mut known = modules.iter().filter(|module| glob(&name, &module.name.to_lowercase()));
    known.find_map(|module| module.version).and_then(|version| text(&version.to_string()))
}

pub(super) fn known_vm(evidence: &Evidence, index: usize) -> Option<&KnownVm> {
    evidence.vms().get(evidence.vms().named_by(index)?)
}

fn drivers(evidence: &Evidence, index: usize) -> Option<Vec<String>> {
    let drivers: Vec<String> = match kind(evidence, index)? {
        FactKind::Crash { modules, .. } => {
            modules.iter().map(|module| module.name.clone()).collect()
        }
        FactKind::CsvState { drivers, .. } => drivers.clone(),
        FactKind::FilterLoaded { driver, .. } | FactKind::FilterUnloaded { driver } => {
            vec![driver.clone()]
        }
        _ => return None,
    };
    (!drivers.is_empty()).then_some(drivers)
}

/// Drivers that are known and do not come with Windows, by file name.
fn known_drivers(evidence: &Evidence, index: usize) -> Vec<(String, FilterDriver)> {
    let files = drivers(evidence, index).unwrap_or_default().into_iter();
    files
        .filter_map(|file| FilterDriver::find(&file).map(|driver| (file, driver)))
        .filter(|(_, driver)| driver.is_third_party())
        .collect()
}

/// Negotiated, expected, and both of the framework.
type Versions<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn versions(evidence: &Evidence, index: usize) -> Option<Versions<'_>> {
    match kind(evidence, index)? {
        FactKind::Integration {
            negotiated,
            expected,
            framework_negotiated,
            framework_expected,
            ..
        } => Some((
            negotiated.as_deref(),
            expected.as_deref(),
            framework_negotiated.as_deref(),
            framework_expected.as_deref(),
        )),
        _ => None,
    }
}

/// How far two builds of the integration services lie apart.
fn version_gap((negotiated, expected, ..): Versions<'_>) -> Option<Value> {
    text(VersionGap::between(negotiated?, expected?)?.word())
}

/// Whether nothing shows that the host of a migration is newer than Windows Server 2008 R2: neither
/// its build nor an event of the management service, which has logged migrations since 2012 only.
fn may_be_2008_r2(event_id: Option<u32>, build: Option<u32>) -> bool {
    const FIRST_BUILD_OF_2012: u32 = 9200;
    let is_of_2012 = event_id.is_some_and(|id| matches!(id, 20413..=20419 | 21024 | 21026));
    !is_of_2012 && build.is_none_or(|build| build < FIRST_BUILD_OF_2012)
}

fn event_id(evidence: &Evidence, index: usize) -> Option<Value> {
    let event_id = match kind(evidence, index)? {
        FactKind::LiveMigration { event_id, .. } => (*event_id)?,
        FactKind::DumpNotSaved { event_id, .. }
        | FactKind::GuestTripleFault { event_id, .. }
        | FactKind::VmState { event_id, .. }
        | FactKind::Integration { event_id, .. }
        | FactKind::VmFileError { event_id, .. }
        | FactKind::Offload { event_id, .. }
        | FactKind::RssCapabilityFailure { event_id, .. }
        | FactKind::StorageReset { event_id, .. }
        | FactKind::UpdateInstalled { event_id, .. } => *event_id,
        _ => return None,
    };
    Some(Value::Number(event_id.into()))
}

fn adapter(evidence: &Evidence, index: usize) -> Option<Value> {
    match kind(evidence, index)? {
        FactKind::Offload { adapter, .. } | FactKind::RssCapabilityFailure { adapter, .. } => {
            text(adapter.as_deref()?)
        }
        _ => None,
    }
}
