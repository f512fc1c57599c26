//! On which cluster shared volumes virtual machines are, by the paths that events name.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;

/// Virtual machines that were ever on one host, of which the rest is not looked at.
const MAX_VMS: usize = 5000;
/// Folders of a path that are looked at for the name of a virtual machine.
const MAX_FOLDERS: usize = 16;

/// By the number of the virtual machine: for each of its files, since when it is known to be on which
/// volume.
#[derive(Clone, Debug, Default)]
pub(crate) struct VolumesOfVms(BTreeMap<usize, BTreeMap<String, Vec<Place>>>);

/// A file is on a volume since a time; `None` where a source without a time tells it.
type Place = (Option<FileTime>, String);

impl VolumesOfVms {
    /// Reads them from the facts of `evidence`, whose virtual machines are placed.
    pub(crate) fn of_evidence(evidence: &Evidence) -> Self {
        let mut volumes = Self::default();
        for kind in [Kind::VmFileError, Kind::VmFiles, Kind::Event] {
            for index in evidence.of_kind(kind) {
                let Some((path, volume)) = path_on_volume(evidence, *index) else { continue };
                let vm = evidence.vms_of(*index).first().copied();
                let by_path = || vm_called_in(evidence, *index, path);
                // A disc in the drive may lie anywhere.
                let ending = path.rsplit_once('.').map(|(_, ending)| ending);
                let is_disc = ending.is_some_and(|ending| ending.eq_ignore_ascii_case("iso"));
                if let Some(vm) = vm.or_else(by_path).filter(|_| !is_disc) {
                    volumes.add(vm, path, (evidence.time(*index), volume.to_lowercase()));
                }
            }
        }
        for places in volumes.0.values_mut().flat_map(BTreeMap::values_mut) {
            places.sort();
            places.dedup_by(|later, earlier| later.1 == earlier.1);
        }
        volumes
    }

    fn add(&mut self, vm: usize, path: &str, place: Place) {
        let name = path.trim_end_matches('\\').rsplit('\\').next().unwrap_or(path);
        let places = self.0.entry(vm).or_default().entry(name.to_lowercase()).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }

    /// The volumes, in lower case, that files of a virtual machine were on at a time: those that were
    /// told last before it, or first after it.
    pub(crate) fn of(&self, vm: usize, time: FileTime) -> impl Iterator<Item = &str> {
        self.0.get(&vm).into_iter().flat_map(BTreeMap::values).filter_map(move |places| {
            let until = places.partition_point(|(since, _)| *since <= Some(time));
            places.get(until.saturating_sub(1)).map(|(_, volume)| volume.as_str())
        })
    }
}

/// The virtual machines of a host that lie, or may lie, on one of its cluster shared volumes.
#[derive(Clone, Debug, Default)]
pub(crate) struct VmsOnVolume {
    /// Those that are known to.
    pub(crate) known: Vec<usize>,
    /// Those of which no volume is known.
    pub(crate) unknown: Vec<usize>,
}

/// The virtual machines that a host ran at a time, by whether they are on `volume`.
pub(crate) fn vms_on(
    evidence: &Evidence,
    host: usize,
    volume: &str,
    time: FileTime,
) -> VmsOnVolume {
    let placement = evidence.placement();
    let here = placement.on(host).take(MAX_VMS);
    let mut found = VmsOnVolume::default();
    for vm in here.filter(|vm| placement.host_at(*vm, time) == Some(host)) {
        let mut volumes = evidence.volumes().of(vm, time).peekable();
        if volumes.peek().is_none() {
            found.unknown.push(vm);
        } else if volumes.any(|known| known.eq_ignore_ascii_case(volume)) {
            found.known.push(vm);
        }
    }
    found
}

/// A path that a fact names, and the cluster shared volume it is on.
fn path_on_volume(evidence: &Evidence, index: usize) -> Option<(&str, &str)> {
    let on_volume = |path| Some((path, volume_in(path)?));
    match &evidence.fact(index)?.kind {
        FactKind::VmFileError { path, .. } => on_volume(path.as_deref()?),
        FactKind::VmFiles { path, .. } => on_volume(path),
        // Of another virtual machine than the event's own a path says nothing here.
        FactKind::Event(event) if event.vm.is_some() => {
            event.values.iter().find_map(|value| on_volume(value.text))
        }
        _ => None,
    }
}

/// The virtual machine whose name a folder of the path, or its file, bears: such is the custom, and
/// what Hyper-V's own tools do. It must be the only one of that name, and known to that host.
fn vm_called_in(evidence: &Evidence, index: usize, path: &str) -> Option<usize> {
    if !matches!(evidence.fact(index)?.kind, FactKind::VmFiles { .. }) {
        return None;
    }
    let host = evidence.machine_index(index);
    let is_known = |vm: &usize| evidence.placement().was_on(*vm, host);
    let below = path.split('\\').rev().take(MAX_FOLDERS);
    let names = below.map(|part| part.rsplit_once('.').map_or(part, |(stem, _)| stem));
    let names = names.map(str::to_lowercase);
    let mut found = names.filter_map(|name| evidence.vms().only_bearer(&name)).filter(is_known);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// `Volume1` of `C:\ClusterStorage\Volume1\SQL01\disk.vhdx`.
pub(crate) fn volume_in(path: &str) -> Option<&str> {
    const FOLDER: &str = "\\clusterstorage\\";
    let start = path.to_ascii_lowercase().find(FOLDER)?;
    let rest = path.get(start.checked_add(FOLDER.len())?..)?;
    rest.split(['\\', '\'', '"']).next().filter(|volume| !volume.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_volume() {
        assert_eq!(volume_in(r"C:\ClusterStorage\Volume1\SQL01\a.vhdx"), Some("Volume1"));
        assert_eq!(volume_in(r"c:\clusterstorage\Data 2"), Some("Data 2"));
        assert_eq!(volume_in(r"D:\VMs\SQL01\a.vhdx"), None);
        assert_eq!(volume_in(r"C:\ClusterStorage\"), None);
    }
}
