//! Cluster shared volumes, filter drivers, disk resets.
//!
//! | id | provider | values |
//! |---|---|---|
//! | 5120 | FailoverClustering | volume, resource, status |
//! | 5121, 5122, 5136, 5137 | FailoverClustering | volume, resource |
//! | 5142 | FailoverClustering | volume, resource, error |
//! | 5124 to 5126 | FailoverClustering | volume, drivers, resource (see [`driver_list`]) |
//! | 1, 6 | FilterManager | status, version, length, name, link time (real records) |
//! | 129, 153 | disk, and storage drivers by the name of their service (`iaStorA`) | device path |

use hvtriage_diagnosis::{CsvStateKind, FactKind};
use hvtriage_eventlog::Event;

use super::values::{number, string, text};

/// FailoverClustering: the state of a cluster shared volume.
pub(super) fn cluster_volume(event: &Event) -> Option<FactKind> {
    let drivers = driver_list(event);
    let state = match event.id {
        5120 => CsvStateKind::Paused,
        5121 => CsvStateKind::Redirected,
        5122 | 5137 => CsvStateKind::Normal,
        5136 => CsvStateKind::RedirectedByRequest,
        5142 => CsvStateKind::Unreachable,
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
        status: matches!(event.id, 5120 | 5142).then(|| string(event, "ErrorCode", 2)).flatten(),
    })
}

/// The drivers in the second of three values, as file names; none unless every item is one. What
/// stands there on other Windows versions is a sentence or the name of a disk.
fn driver_list(event: &Event) -> Vec<String> {
    if event.payload.values.len() < 3 {
        return Vec::new();
    }
    let list = event.payload.get(1).unwrap_or_default().trim();
    let is_mark = |letter: char| matches!(letter, ',' | ';' | '\r' | '\n');
    let has_marks = list.contains(is_mark);
    let is_separator = |letter: char| is_mark(letter) || (!has_marks && letter.is_whitespace());
    let items = list.split(is_separator).map(str::trim).filter(|item| !item.is_empty());
    let items: Vec<&str> = items.collect();
    let is_words = !has_marks && items.len() > 1;
    let is_driver = |item: &&str| is_driver_name(item) && !(is_words && is_like_word(item));
    if items.iter().all(is_driver) {
        items.into_iter().map(driver_file).collect()
    } else {
        Vec::new()
    }
}

/// One token of the letters of a file name, with a letter among them.
fn is_driver_name(item: &str) -> bool {
    item.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && item.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !item.starts_with('.')
        && !item.ends_with('.')
}

/// Among items that only blanks part, a short one or one like `Cluster` is rather a word of a
/// sentence or of a name than a driver.
fn is_like_word(item: &str) -> bool {
    const SHORTEST_DRIVER: usize = 3;
    let is_capitalized = item.starts_with(|letter: char| letter.is_ascii_uppercase())
        && item.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    item.len() < SHORTEST_DRIVER || is_capitalized
}

/// Events name drivers with and without `.sys`.
fn driver_file(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name.ends_with(".sys") { name } else { name + ".sys" }
}

/// FilterManager 1 and 6: a file system filter was unloaded or loaded.
pub(super) fn filter(event: &Event) -> Option<FactKind> {
    let driver = driver_file(text(event, "DeviceName", 4)?);
    let major = text(event, "DeviceVersionMajor", 1);
    let minor = text(event, "DeviceVersionMinor", 2);
    match event.id {
        1 => Some(FactKind::FilterUnloaded { driver }),
        6 => Some(FactKind::FilterLoaded {
            driver,
            version: major.zip(minor).map(|(major, minor)| format!("{major}.{minor}")),
        }),
        _ => None,
    }
}

/// A storage driver reset a device or retried an I/O.
pub(super) fn reset(event: &Event) -> Option<FactKind> {
    matches!(event.id, 129 | 153).then(|| FactKind::StorageReset {
        event_id: event.id,
        driver: driver_file(&event.provider.name),
        device: string(event, "DeviceName", 0).filter(|device| number(device).is_none()),
    })
}
