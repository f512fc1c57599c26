//! Host or guest, by the drivers that are loaded.

use crate::report::{Module, Role};

/// The storage service of a parent partition.
const STORAGE_SERVICE: &str = "storvsp.sys";
/// The infrastructure driver of a parent partition. Since Windows 10 it is loaded on every
/// machine: seven real dumps of desktops without virtual machines (builds 19041 to 26100) hold it.
const INFRASTRUCTURE: &str = "vid.sys";
const LAST_BUILD_WITH_TELLING_INFRASTRUCTURE: u32 = 9600;
/// The virtual switch. Windows containers load it in guests, too, so it tells only when no
/// client of the parent's services is there. `vhdmp.sys` tells nothing: any mounted disk image
/// loads it.
const SWITCH: &str = "vmswitch.sys";
const BUS: &str = "vmbus.sys";
/// Clients of the parent's services; most releases put a number behind `netvsc`.
const GUEST_PREFIXES: [&str; 3] = ["storvsc", "netvsc", "dmvsc"];

/// On which side of Hyper-V a machine of `build` with `modules` stands.
///
/// A guest that is itself a host (nested virtualization) counts as a host.
pub(crate) fn role_of(modules: &[Module], build: Option<u32>) -> Role {
    let has = |name: &str| modules.iter().any(|module| module.name == name);
    let is_old = build.is_some_and(|build| build <= LAST_BUILD_WITH_TELLING_INFRASTRUCTURE);
    if has(STORAGE_SERVICE) || (is_old && has(INFRASTRUCTURE)) {
        return Role::Host;
    }
    let is_client = modules
        .iter()
        .any(|module| GUEST_PREFIXES.iter().any(|prefix| module.name.starts_with(prefix)));
    if is_client && has(BUS) {
        return Role::Guest;
    }
    if has(SWITCH) { Role::Host } else { Role::Unknown }
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::VirtAddr;

    use super::*;

    #[test]
    fn drivers_tell_host_from_guest() {
        let role = |build: u32, names: &[&str]| {
            let module = |name: &&str| Module {
                name: (*name).into(),
                path: None,
                base: VirtAddr(0),
                size: 0,
                timestamp: None,
                checksum: None,
                exception_table: None,
                pdb: None,
                version: None,
            };
            role_of(&names.iter().map(module).collect::<Vec<_>>(), Some(build))
        };
        assert_eq!(role(7601, &["ntoskrnl.exe", "vmbus.sys", "vid.sys"]), Role::Host);
        assert_eq!(role(7601, &["vmbus.sys", "storvsc.sys", "netvsc60.sys"]), Role::Guest);
        assert_eq!(role(9600, &["vmbus.sys", "storvsc.sys", "vid.sys"]), Role::Host);
        assert_eq!(role(20348, &["vmbus.sys", "storvsc.sys", "vid.sys"]), Role::Guest);
        assert_eq!(role(20348, &["vmbus.sys", "storvsc.sys", "vmswitch.sys"]), Role::Guest);
        assert_eq!(role(20348, &["vmbusr.sys", "vmswitch.sys", "vid.sys"]), Role::Host);
        assert_eq!(role(20348, &["vmbusr.sys", "storvsp.sys"]), Role::Host);
        assert_eq!(role(19041, &["vid.sys", "winhvr.sys"]), Role::Unknown);
        assert_eq!(role(9600, &["vhdmp.sys", "storport.sys"]), Role::Unknown);
        assert_eq!(role(9600, &["storvsc.sys"]), Role::Unknown);
    }
}
