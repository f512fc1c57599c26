//! On which cluster shared volumes virtual machines are, by the paths that events name.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;

/// Volumes by the number of the virtual machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct VolumesOfVms(BTreeMap<usize, BTreeSet<String>>);

impl VolumesOfVms {
    /// Reads them from the facts of `evidence`.
    pub(crate) fn of_evidence(evidence: &Evidence) -> Self {
        let mut volumes = Self::default();
        for index in evidence.of_kind(Kind::VmFileError) {
            let Some(FactKind::VmFileError { path: Some(path), .. }) =
                evidence.fact(*index).map(|fact| &fact.kind)
            else {
                continue;
            };
            let vms = evidence.vms_of(*index);
            if let Some((volume, vm)) = volume_in(path).zip(vms.first()) {
                volumes.0.entry(*vm).or_default().insert(volume.to_owned());
            }
        }
        volumes
    }

    /// The volumes that a virtual machine is known to be on.
    pub(crate) fn of(&self, vm: usize) -> impl Iterator<Item = &str> {
        self.0.get(&vm).into_iter().flatten().map(String::as_str)
    }
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
