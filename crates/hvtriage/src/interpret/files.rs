//! Files and configurations of virtual machines: where they are, and that they could not be used.
//!
//! | id | provider | values |
//! |---|---|---|
//! | 4096, 4097 | Config | kind, id, path, message, HRESULT |
//! | 4352 | Config | path of the store, message, HRESULT |
//! | 16300, 16310, 16400, 16410 | VMMS | VM name or `-`, VM id, ... HRESULT |
//! | 19100 | VMMS | VM name, VM id, message, HRESULT (a made-up record of the manifest's shape) |
//! | 20100 | VMMS | message, HRESULT, VM id or name |
//! | 3070, 12010, 3450 | Worker | VM name, VM id, ... HRESULT |
//! | 3080 | Worker | VM name, VM id, path |
//! | 12140, 12240, 12290 | SynthStor, Worker | VM name, VM id, path, message, HRESULT |
//! | 21102 | High-Availability | resource |
//! | 21502 | High-Availability | 2008 R2: id or resource, text; later: id, resource, text |
//! | 1 | VHDMP | path, disk number |
//! | 12 | VHDMP, 2016 and later | status, path, VM id, type (a GUID in the third place; older ones differ) |
//! | 100 to 102 | VHDMP, 2016 and later | path, VM id |
//!
//! Where an event says other things as well, only one with an HRESULT is an error of a file.

use hvtriage_diagnosis::{FactKind, Vm};
use hvtriage_eventlog::Event;

use super::migration::vm_of_resource;
use super::values::{hresult, hresult_in, string, text, vm};

/// Config: a configuration, that of a snapshot, or the store of all.
pub(super) fn configuration(event: &Event) -> Option<FactKind> {
    match event.id {
        4096 | 4097 => {
            let path = string(event, "Parameter2", 2);
            // The configuration of a snapshot bears the id of the snapshot.
            let is_snapshot = path.as_ref().is_some_and(|path| is_in_snapshots(path));
            let id = text(event, "Parameter1", 1).filter(|_| !is_snapshot);
            let vm = Vm { id: id.and_then(|id| id.parse().ok()), name: None };
            Some(error(event, "Config", vm, hresult(event, 2), path))
        }
        4352 => {
            let code = hresult(event, 1)?;
            Some(error(event, "Config", Vm::default(), Some(code), string(event, "Parameter0", 0)))
        }
        _ => None,
    }
}

fn is_in_snapshots(path: &str) -> bool {
    path.to_ascii_lowercase().contains("\\snapshots\\")
}

/// VMMS.
pub(super) fn management_service(event: &Event) -> Option<FactKind> {
    let (vm, code) = match event.id {
        16300 | 16310 | 16400 | 16410 => (vm_without_dash(event), hresult(event, 2)),
        19100 => (vm(event), Some(hresult(event, 2)?)),
        20100 => (vm_in(event.payload.get(2).into_iter()), Some(hresult(event, 0)?)),
        _ => return None,
    };
    Some(error(event, "VMMS", vm, code, None))
}

/// Worker.
pub(super) fn worker(event: &Event) -> Option<FactKind> {
    let (code, path) = match event.id {
        3070 | 12010 | 3450 => (hresult(event, 2), None),
        3080 => (hresult(event, 2), string(event, "MemoryFilePath", 2)),
        12140 | 12240 | 12290 => (Some(hresult(event, 2)?), string(event, "String", 2)),
        _ => return None,
    };
    Some(error(event, "Worker", vm(event), code, path))
}

/// SynthStor.
pub(super) fn storage_device(event: &Event) -> Option<FactKind> {
    matches!(event.id, 12140 | 12240 | 12290).then(|| {
        error(event, "SynthStor", vm(event), hresult(event, 2), string(event, "String", 2))
    })
}

/// High-Availability: the cluster resource of a virtual machine. The code stands in a text that
/// quotes the error of another component.
pub(super) fn high_availability(event: &Event) -> Option<FactKind> {
    let values = || event.payload.values.iter().map(|value| value.text.as_str());
    let named = match event.id {
        21102 => 1,
        21502 => values().count().saturating_sub(1),
        _ => return None,
    };
    let code = values().find_map(hresult_in)?;
    Some(error(event, "High-Availability", vm_in(values().take(named)), Some(code), None))
}

/// VHDMP: a virtual disk was attached to its host, opened, or lost and found again.
pub(super) fn virtual_disk(event: &Event) -> Option<FactKind> {
    let named = |name, position| text(event, name, position)?.parse().ok();
    let (id, path) = match event.id {
        1 => (None, text(event, "VhdFileName", 0)?),
        12 => (Some(named("VmId", 2)?), text(event, "VhdFile", 1)?),
        100..=102 => (named("VmId", 1), text(event, "VhdFileName", 0)?),
        _ => return None,
    };
    path.contains('\\')
        .then(|| FactKind::VmFiles { vm: Vm { id, name: None }, path: path.to_owned() })
}

/// The virtual machine of values of which each may be its id or the name of its resource.
pub(super) fn vm_in<'a>(values: impl Iterator<Item = &'a str>) -> Vm {
    let mut vm = Vm::default();
    for value in values.map(str::trim).filter(|value| !value.is_empty()) {
        match value.parse() {
            Ok(id) => vm.id = vm.id.or(Some(id)),
            Err(_) => vm.name = vm.name.or_else(|| Some(vm_of_resource(value.to_owned()).into())),
        }
    }
    vm
}

/// VMMS writes `-` for the name of a virtual machine whose configuration it cannot read.
fn vm_without_dash(event: &Event) -> Vm {
    let vm = vm(event);
    Vm { name: vm.name.filter(|name| **name != *"-"), ..vm }
}

fn error(
    event: &Event,
    component: &str,
    vm: Vm,
    hresult: Option<u32>,
    path: Option<String>,
) -> FactKind {
    FactKind::VmFileError { vm, component: component.into(), event_id: event.id, hresult, path }
}
