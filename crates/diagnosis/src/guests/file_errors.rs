//! What an error that a host met of a virtual machine says: that files of it could not be used, or
//! something else.

use std::collections::BTreeMap;

use hvtriage_winfmt::{FileTime, Guid};

use crate::code_name::with_name;
use crate::evidence::Evidence;
use crate::fact::FactKind;

/// Codes that tell of a file, a disk or the way to it, whatever event bears them. Access denied (5) is not
/// among them: services refuse with it as well.
const OF_FILES: [u32; 17] = [
    0x8007_0002, // ERROR_FILE_NOT_FOUND
    0x8007_0003, // ERROR_PATH_NOT_FOUND
    0x8007_0015, // ERROR_NOT_READY
    0x8007_0017, // ERROR_CRC
    0x8007_0020, // ERROR_SHARING_VIOLATION
    0x8007_0021, // ERROR_LOCK_VIOLATION
    0x8007_0035, // ERROR_BAD_NETPATH
    0x8007_0037, // ERROR_DEV_NOT_EXIST
    0x8007_0043, // ERROR_BAD_NET_NAME
    0x8007_0070, // ERROR_DISK_FULL
    0x8007_007B, // ERROR_INVALID_NAME
    0x8007_03E3, // ERROR_OPERATION_ABORTED, of reads and writes
    0x8007_03EE, // ERROR_FILE_INVALID
    0x8007_045D, // ERROR_IO_DEVICE
    0x8007_04C8, // ERROR_USER_MAPPED_FILE
    0x8007_0570, // ERROR_FILE_CORRUPT
    0x8007_0571, // ERROR_DISK_CORRUPT
];
const ACCESS_DENIED: u32 = 0x8007_0005;
/// The upper half of codes of virtual disks.
const VIRTUAL_DISKS: u32 = 0xC03A;

/// A virtual machine that is deleted within this about an error has no files because of it.
const ABOUT_A_DELETION_SECONDS: u64 = 60 * 60;
/// VMMS: a virtual machine was deleted.
const DELETED: u32 = 13003;

/// What the error at `index` says of its virtual machine.
pub(super) fn said_of_files(evidence: &Evidence, index: usize) -> Option<String> {
    let FactKind::VmFileError { component, event_id, hresult, path, .. } =
        &evidence.fact(index)?.kind
    else {
        return None;
    };
    let what = match (component.as_str(), event_id) {
        ("High-Availability", 21502) => "a migration or start of it failed",
        ("High-Availability", _) | ("VMMS", 20100) => "it could not be registered with its host",
        ("Worker", 12010) => "a device of it could not be started",
        ("Worker", 3450) => "its start failed",
        // Others are about files, whatever the code is.
        _ => return Some(FILES.into()),
    };
    match hresult {
        Some(code) if is_of_files(*code, path.is_some()) => Some(FILES.into()),
        Some(code) => Some(format!("{what}: {}", with_name(*code))),
        None => Some(what.into()),
    }
}

const FILES: &str = "its files could not be used";

fn is_of_files(code: u32, has_path: bool) -> bool {
    OF_FILES.contains(&code) || code >> 16 == VIRTUAL_DISKS || (code == ACCESS_DENIED && has_path)
}

/// When virtual machines were deleted, by host and virtual machine.
pub(super) struct Deletions {
    times: BTreeMap<(usize, Guid), Vec<FileTime>>,
}

impl Deletions {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut times: BTreeMap<(usize, Guid), Vec<FileTime>> = BTreeMap::new();
        for index in evidence.events(DELETED) {
            let Some(FactKind::Event(event)) = evidence.fact(*index).map(|fact| &fact.kind) else {
                continue;
            };
            // The name comes first.
            let id = event.value_at(1).and_then(|text| text.parse().ok());
            let known = || evidence.vms().get(evidence.vms().named_by(*index)?)?.id;
            let is_of_vmms = event.short_provider().eq_ignore_ascii_case("Hyper-V-VMMS");
            if let Some(id) = id.or_else(known).filter(|_| is_of_vmms)
                && let Some(time) = evidence.time(*index)
            {
                times.entry((evidence.machine_index(*index), id)).or_default().push(time);
            }
        }
        Self { times }
    }

    /// Whether the virtual machine of the error at `index` was deleted on that host about then.
    pub(super) fn explain(&self, evidence: &Evidence, index: usize) -> bool {
        let vm = evidence.vms().named_by(index).and_then(|vm| evidence.vms().get(vm)?.id);
        let told = vm.zip(evidence.time(index));
        told.is_some_and(|(vm, time)| {
            let deleted = self.times.get(&(evidence.machine_index(index), vm));
            let first = time.saturating_sub_seconds(ABOUT_A_DELETION_SECONDS);
            let last = time.saturating_add_seconds(ABOUT_A_DELETION_SECONDS);
            // In order of time, as facts are.
            deleted.is_some_and(|times| {
                let next = times.partition_point(|deleted| *deleted < first);
                times.get(next).is_some_and(|deleted| *deleted <= last)
            })
        })
    }
}
