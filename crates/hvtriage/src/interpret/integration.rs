//! Versions of integration services and of the devices of a guest.
//!
//! | id | provider | Windows | values |
//! |---|---|---|---|
//! | 4000, 4010 | Integration* | 2008 R2 | VM name, VM id |
//! | 4000, 4010 | Integration* | 2012, 2012 R2 (4000: and later) | + framework pair, message pair |
//! | 4020 | Integration* | 2012, 2012 R2 | VM name, VM id |
//! | 4130 | KvpExchange | 2008 R2 | VM name, VM id, guest version, host version |
//! | 23012, 23014, 23020 | Worker, VmbusVdev | all | VM name, VM id, device, server, client version |
//! | 26, 27, 102 | VmSwitch | 2012 and later | lengths before name, id, server, client version |
//! | 3 | StorageVSP | 2016 and later | adapter name, adapter id, server, client version |

use hvtriage_diagnosis::{FactKind, IntegrationState, Vm};
use hvtriage_eventlog::Event;
use hvtriage_winfmt::FileVersion;

use super::values::{string, text, vm, vm_at};

/// Events of the services that have a provider each; from 2016 on there are no such providers.
pub(super) fn service(event: &Event, service: &str) -> Option<FactKind> {
    of_service(event, service, Some(false))
}

/// Events of the provider without a suffix. It is the heartbeat up to 2012 R2; from 2016 on it
/// speaks for all services, does not say for which, and writes into the channel of the worker.
/// Whether every build since 2016 does so is not known, so 4000 with four values, which both have,
/// shows neither the service nor the Windows elsewhere.
pub(super) fn unnamed_service(event: &Event) -> Option<FactKind> {
    const UNNAMED: &str = "unnamed service";
    const HEARTBEAT: &str = "Heartbeat";
    let is_of_2008_r2 = event.payload.values.len() < 3;
    if event.channel.to_ascii_lowercase().contains("hyper-v-worker") {
        of_service(event, UNNAMED, Some(true))
    } else if matches!(event.id, 4010 | 4020) || is_of_2008_r2 {
        of_service(event, HEARTBEAT, Some(false))
    } else {
        of_service(event, UNNAMED, None)
    }
}

fn of_service(
    event: &Event,
    service: &str,
    host_is_2016_or_later: Option<bool>,
) -> Option<FactKind> {
    let state = match event.id {
        4000 => IntegrationState::Incompatible,
        4010 => IntegrationState::Differs,
        4020 => IntegrationState::Newest,
        4130 => return older_services(event),
        _ => return None,
    };
    let framework = text(event, "FrameworkVersion", 2).and_then(version_pair);
    let message = text(event, "MessageVersion", 3).and_then(version_pair);
    Some(FactKind::Integration {
        vm: vm(event),
        service: service.into(),
        state,
        event_id: event.id,
        negotiated: message.as_ref().map(|pair| pair.0.as_str().into()),
        expected: message.map(|pair| pair.1.into()),
        framework_negotiated: framework.as_ref().map(|pair| pair.0.as_str().into()),
        framework_expected: framework.map(|pair| pair.1.into()),
        host_is_2016_or_later,
    })
}

/// KvpExchange 4130 means that the guest's services are older only on 2008 R2. From 2012 on the
/// same id is a time-out while IP settings are applied, with three values and no version among
/// them; so two versions must stand in the third and fourth value.
fn older_services(event: &Event) -> Option<FactKind> {
    let installed = text(event, "GuestVersion", 2)?;
    let expected = text(event, "HostVersion", 3)?;
    installed.parse::<FileVersion>().ok()?;
    expected.parse::<FileVersion>().ok()?;
    Some(FactKind::Integration {
        vm: vm(event),
        service: "integration services".into(),
        state: IntegrationState::Older,
        event_id: event.id,
        negotiated: Some(installed.into()),
        expected: Some(expected.into()),
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later: Some(false),
    })
}

/// Worker: a synthetic device. The two milder events are gone since 2016.
pub(super) fn device(event: &Event) -> Option<FactKind> {
    synthetic_device(event, matches!(event.id, 23014 | 23020).then_some(false))
}

/// VmbusVdev: the same, from a provider that exists since 2016.
pub(super) fn device_since_2016(event: &Event) -> Option<FactKind> {
    synthetic_device(event, Some(true))
}

fn synthetic_device(event: &Event, host_is_2016_or_later: Option<bool>) -> Option<FactKind> {
    let state = match event.id {
        23012 => IntegrationState::Incompatible,
        23014 => IntegrationState::Differs,
        23020 => IntegrationState::Newest,
        _ => return None,
    };
    let device = string(event, "Device", 2).unwrap_or_else(|| "synthetic device".into());
    let expected = string(event, "ServerVersion", 3);
    let negotiated = string(event, "ClientVersion", 4);
    let versions = (negotiated, expected);
    Some(of_device(event, vm(event), device, state, versions, host_is_2016_or_later))
}

/// VmSwitch: the network adapter of a guest.
pub(super) fn network_adapter(event: &Event) -> Option<FactKind> {
    let state = match event.id {
        26 => IntegrationState::Incompatible,
        27 => IntegrationState::Differs,
        102 => IntegrationState::Newest,
        _ => return None,
    };
    let vm = vm_at(event, "VMName", 1, "VMId", 3);
    let expected = string(event, "ServerVersion", 5);
    let negotiated = string(event, "ClientVersion", 7);
    let since_2016 = (event.id == 27).then_some(false);
    let device = "network adapter".into();
    Some(of_device(event, vm, device, state, (negotiated, expected), since_2016))
}

/// StorageVSP: the storage controller of a guest. The event does not name the guest.
pub(super) fn storage_controller(event: &Event) -> Option<FactKind> {
    if event.id != 3 {
        return None;
    }
    let adapter = string(event, "AdapterName", 0).unwrap_or_else(|| "storage controller".into());
    let expected = string(event, "ServerVersion", 2);
    let negotiated = string(event, "ClientVersion", 3);
    let state = IntegrationState::Incompatible;
    Some(of_device(event, Vm::default(), adapter, state, (negotiated, expected), Some(true)))
}

fn of_device(
    event: &Event,
    vm: Vm,
    service: String,
    state: IntegrationState,
    (negotiated, expected): (Option<String>, Option<String>),
    host_is_2016_or_later: Option<bool>,
) -> FactKind {
    FactKind::Integration {
        vm,
        service: service.into(),
        state,
        event_id: event.id,
        negotiated: negotiated.map(Into::into),
        expected: expected.map(Into::into),
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later,
    }
}

/// The two versions of a text such as `Negotiated (4.0) - Expected (5.0)`. The words are written
/// in the host's language and are not looked at; the first version is the negotiated one.
fn version_pair(text: &str) -> Option<(String, String)> {
    let mut versions = text
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .filter(|part| is_version(part))
        .map(str::to_owned);
    Some((versions.next()?, versions.next()?))
}

fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}
