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

/// Events of the integration services themselves.
pub(super) fn service(event: &Event, service: &str) -> Option<FactKind> {
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
        service: service.to_owned(),
        state,
        event_id: event.id,
        negotiated: message.as_ref().map(|pair| pair.0.clone()),
        expected: message.map(|pair| pair.1),
        framework_negotiated: framework.as_ref().map(|pair| pair.0.clone()),
        framework_expected: framework.map(|pair| pair.1),
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
    })
}

/// Worker and VmbusVdev: a synthetic device.
pub(super) fn device(event: &Event) -> Option<FactKind> {
    let state = match event.id {
        23012 => IntegrationState::Incompatible,
        23014 => IntegrationState::Differs,
        23020 => IntegrationState::Newest,
        _ => return None,
    };
    let device = string(event, "Device", 2).unwrap_or_else(|| "synthetic device".into());
    let expected = string(event, "ServerVersion", 3);
    let negotiated = string(event, "ClientVersion", 4);
    Some(of_device(event, vm(event), device, state, negotiated, expected))
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
    Some(of_device(event, vm, "network adapter".into(), state, negotiated, expected))
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
    Some(of_device(event, Vm::default(), adapter, state, negotiated, expected))
}

fn of_device(
    event: &Event,
    vm: Vm,
    service: String,
    state: IntegrationState,
    negotiated: Option<String>,
    expected: Option<String>,
) -> FactKind {
    FactKind::Integration {
        vm,
        service,
        state,
        event_id: event.id,
        negotiated,
        expected,
        framework_negotiated: None,
        framework_expected: None,
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
