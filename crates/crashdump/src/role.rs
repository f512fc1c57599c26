//! Host or guest, by the drivers that are loaded.

use crate::report::{Module, Role};

/// Drivers that only a parent partition with running Hyper-V services loads.
const HOST: [&str; 2] = ["vid.sys", "storvsp.sys"];
/// The virtual switch. Windows containers load it in guests, too, so it tells only when no
/// client of the parent's services is there. `vhdmp.sys` tells nothing: any mounted disk image
/// loads it.
const SWITCH: &str = "vmswitch.sys";
const BUS: &str = "vmbus.sys";
/// Clients of the parent's services; `netvsc` comes with a number since 2008 R2's service packs.
const GUEST_PREFIXES: [&str; 3] = ["storvsc", "netvsc", "dmvsc"];

/// On which side of Hyper-V a machine with `modules` stands.
///
/// A guest that is itself a host (nested virtualization) counts as a host.
pub(crate) fn role_of(modules: &[Module]) -> Role {
    let has = |name: &str| modules.iter().any(|module| module.name == name);
    if HOST.iter().any(|name| has(name)) {
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
        let role = |names: &[&str]| {
            let module = |name: &&str| Module {
                name: (*name).into(),
                path: None,
                base: VirtAddr(0),
                size: 0,
                timestamp: None,
                checksum: None,
            };
            role_of(&names.iter().map(module).collect::<Vec<_>>())
        };
        assert_eq!(role(&["ntoskrnl.exe", "vmbus.sys", "vid.sys", "vmswitch.sys"]), Role::Host);
        assert_eq!(role(&["vmbus.sys", "storvsc.sys", "netvsc60.sys"]), Role::Guest);
        assert_eq!(role(&["vmbus.sys", "storvsc.sys", "vmswitch.sys"]), Role::Guest);
        assert_eq!(role(&["vmbus.sys", "storvsc.sys", "vid.sys"]), Role::Host);
        assert_eq!(role(&["vmbusr.sys", "vmswitch.sys"]), Role::Host);
        assert_eq!(role(&["vhdmp.sys", "storport.sys"]), Role::Unknown);
        assert_eq!(role(&["storvsc.sys"]), Role::Unknown);
    }
}
