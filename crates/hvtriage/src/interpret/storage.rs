//! Cluster shared volumes, filter drivers, files of virtual machines, disk resets.
//!
//! | id | provider | values |
//! |---|---|---|
//! | 5120 | FailoverClustering | volume, resource, status |
//! | 5121, 5122, 5136, 5137 | FailoverClustering | volume, resource |
//! | 5124 to 5126 | FailoverClustering | volume, drivers, resource (see [`driver_list`]) |
//! | 6 | FilterManager | status, version, length, name, link time (real records) |
//! | 4096, 4097 | Config | kind, id, path, message, HRESULT |
//! | 16300, 16310, 16400, 16410 | VMMS | VM name or `-`, VM id, ... HRESULT |
//! | 3070, 3080, 12010, 3450 | Worker | VM name, VM id, ... HRESULT |
//! | 12140, 12240, 12290 | SynthStor | VM name, VM id, path, message, HRESULT |
//! | 129, 153 | storvsc, storahci, disk | device path |

use hvtriage_diagnosis::{CsvStateKind, FactKind, Vm};
use hvtriage_eventlog::Event;

use super::values::{hresult, number, string, text, vm};

/// FailoverClustering: the state of a cluster shared volume.
pub(super) fn cluster_volume(event: &Event) -> Option<FactKind> {
    let drivers = driver_list(event);
    let state = match event.id {
        5120 => CsvStateKind::Paused,
        5121 => CsvStateKind::Redirected,
        5122 | 5137 => CsvStateKind::Normal,
        5136 => CsvStateKind::RedirectedByRequest,
        // Up to 2012 R2 5124 is a renamed root folder (two values, no drivers) and 5125 means file
        // system filters, 5126 volume drivers. A page on later versions lists all three one lower.
        // Only a list of drivers makes one of them a warning about drivers.
        5124 | 5125 if !drivers.is_empty() => CsvStateKind::RedirectedByFilters,
        5126 if !drivers.is_empty() => CsvStateKind::RedirectedByVolumeDrivers,
        _ => return None,
    };
    let has_drivers = matches!(event.id, 5124..=5126);
    Some(FactKind::CsvState {
        volume: string(event, "VolumeName", 0)?,
        resource: string(event, "ResourceName", if has_drivers { 2 } else { 1 }),
        state,
        drivers: if has_drivers { drivers } else { Vec::new() },
        status: if event.id == 5120 { string(event, "ErrorCode", 2) } else { None },
    })
}

/// The drivers in the second of three values, as file names. A list may be parted by commas,
/// blanks or lines.
fn driver_list(event: &Event) -> Vec<String> {
    if event.payload.values.len() < 3 {
        return Vec::new();
    }
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';');
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|l| l.is_ascii_alphanumeric() || "._-".contains(l))
    };
    let list = event.payload.get(1).unwrap_or_default();
    list.split(is_separator).filter(is_name).map(driver_file).collect()
}

/// Events name drivers with and without `.sys`.
fn driver_file(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.ends_with(".sys") { name } else { name + ".sys" }
}

/// FilterManager 6: a file system filter was loaded.
pub(super) fn filter(event: &Event) -> Option<FactKind> {
    if event.id != 6 {
        return None;
    }
    let major = text(event, "DeviceVersionMajor", 1);
    let minor = text(event, "DeviceVersionMinor", 2);
    Some(FactKind::FilterLoaded {
        driver: driver_file(text(event, "DeviceName", 4)?),
        version: major.zip(minor).map(|(major, minor)| format!("{major}.{minor}")),
    })
}

/// A file or the configuration of a virtual machine could not be used.
pub(super) fn vm_file(event: &Event, component: &str) -> Option<FactKind> {
    let (vm, path) = match (component, event.id) {
        ("Config", 4096 | 4097) => {
            let id = text(event, "Parameter1", 1).and_then(|text| text.parse().ok());
            (Vm { id, name: None }, string(event, "Parameter2", 2))
        }
        ("VMMS", 16300 | 16310 | 16400 | 16410) => (vm_without_dash(event), None),
        ("Worker", 3070 | 3080 | 12010 | 3450) => (vm(event), None),
        ("SynthStor", 12140 | 12240 | 12290) => (vm(event), string(event, "String", 2)),
        _ => return None,
    };
    Some(FactKind::VmFileError {
        vm,
        component: component.to_owned(),
        event_id: event.id,
        hresult: hresult(event, 2),
        path,
    })
}

/// VMMS writes `-` for the name of a virtual machine whose configuration it cannot read.
fn vm_without_dash(event: &Event) -> Vm {
    let vm = vm(event);
    Vm { name: vm.name.filter(|name| name != "-"), ..vm }
}

/// A storage driver reset a device or retried an I/O.
pub(super) fn reset(event: &Event, driver: &str) -> Option<FactKind> {
    matches!(event.id, 129 | 153).then(|| FactKind::StorageReset {
        event_id: event.id,
        driver: driver.to_owned(),
        device: string(event, "DeviceName", 0).filter(|device| number(device).is_none()),
    })
}
