//! Machines: which names mean one and the same, and why.

use hvtriage_winfmt::Guid;

use crate::fact::Role;

/// A host, a guest or a cluster node that logged or crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The name to show.
    pub name: String,
    /// Every name that sources and events use for it, sorted.
    pub names: Vec<String>,
    /// The virtual machines that it is.
    pub vm_ids: Vec<Guid>,
    /// Its Windows build, the newest that was told.
    pub os_build: Option<u32>,
    /// Host or guest.
    pub role: Role,
    /// Why the names are held to be one machine.
    pub reasons: Vec<String>,
}
