//! Host or guest, by the drivers that are loaded and by the firmware.

use crate::report::{Firmware, Module, Role};

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

/// On which side of Hyper-V a machine of `build` with `modules` and `firmware` stands, and how
/// that is known.
///
/// A guest that is itself a host (nested virtualization) counts as a host, and the reason says so.
pub(crate) fn role_of(
    modules: &[Module],
    build: Option<u32>,
    firmware: Option<&Firmware>,
) -> (Role, Option<String>) {
    let has = |name: &str| modules.iter().any(|module| module.name == name);
    let is_old = build.is_some_and(|build| build <= LAST_BUILD_WITH_TELLING_INFRASTRUCTURE);
    let is_virtual = firmware.is_some_and(Firmware::is_hyper_v_guest);
    let service = [STORAGE_SERVICE, INFRASTRUCTURE]
        .into_iter()
        .find(|name| has(name) && (is_old || *name == STORAGE_SERVICE));
    if let Some(service) = service {
        let nested = if is_virtual {
            ", and its firmware is that of a virtual machine: a host inside of another"
        } else {
            ""
        };
        let reason = format!("{service} is loaded, which serves virtual machines{nested}");
        return (Role::Host, Some(reason));
    }
    if is_virtual {
        let reason = "its firmware is that of a virtual machine of Hyper-V";
        return (Role::Guest, Some(reason.into()));
    }
    let client = modules
        .iter()
        .find(|module| GUEST_PREFIXES.iter().any(|prefix| module.name.starts_with(prefix)));
    if let Some(client) = client.filter(|_| has(BUS)) {
        let reason = format!("{BUS} and {} are loaded, which use a host's services", client.name);
        return (Role::Guest, Some(reason));
    }
    if has(SWITCH) {
        let reason = format!("{SWITCH} is loaded, and nothing that uses a host's services");
        return (Role::Host, Some(reason));
    }
    (Role::Unknown, None)
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::VirtAddr;

    use super::*;

    fn module(name: &str) -> Module {
        Module {
            name: name.into(),
            path: None,
            base: VirtAddr(0),
            size: 0,
            timestamp: None,
            checksum: None,
            exception_table: None,
            pdb: None,
            version: None,
        }
    }

    #[test]
    fn drivers_tell_host_from_guest() {
        let role = |build: u32, names: &[&str]| {
            role_of(&names.iter().map(|name| module(name)).collect::<Vec<_>>(), Some(build), None).0
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

    #[test]
    fn firmware_of_a_virtual_machine_makes_a_guest() {
        let role = |maker: &str, product: &str, driver: &str| {
            let firmware = Firmware {
                manufacturer: Some(maker.into()),
                product: Some(product.into()),
                ..Firmware::default()
            };
            role_of(&[module(driver)], Some(20348), Some(&firmware))
        };
        let virtual_machine = |driver| role("Microsoft Corporation", "Virtual Machine", driver);
        assert_eq!(virtual_machine("disk.sys").0, Role::Guest);
        // Containers in a guest.
        assert_eq!(virtual_machine("vmswitch.sys").0, Role::Guest);
        let (nested, reason) = virtual_machine("storvsp.sys");
        assert_eq!(nested, Role::Host);
        assert!(reason.is_some_and(|reason| reason.ends_with("a host inside of another")));
        // A tablet of the same maker, and a machine of another hypervisor.
        let tablet = role("Microsoft Corporation", "Surface Pro", "disk.sys");
        assert_eq!(tablet, (Role::Unknown, None));
        assert_eq!(role("innotek GmbH", "VirtualBox", "disk.sys").0, Role::Unknown);
    }
}
