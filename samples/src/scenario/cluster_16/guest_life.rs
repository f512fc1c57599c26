//! What hosts log of their guests: starts, restarts, migrations, backups.

use super::estate::{B, GuestNumber, HostNumber, System};
use super::journal::Handle;
use super::troubles::storage::{ON_FULL_VOLUME, ON_LOST_VOLUME};
use super::world::World;
use crate::instant::{MINUTE, SECOND};
use crate::known::hyper_v::{
    INTEGRATION, KVP_EXCHANGE, NETWORK_DEVICE, SHADOW_COPY, SHUTDOWN, STORAGE_DEVICE, TIME_SYNC,
};
use crate::known::{Machine, Provider};

/// The number of the cluster shared volume that the disks of a guest are on. Two volumes of the cluster of
/// 2012 R2 bear the guests of the story alone.
fn volume_of(guest: GuestNumber, name: &str) -> usize {
    if ON_LOST_VOLUME.contains(&name) {
        return 4;
    }
    if ON_FULL_VOLUME.iter().any(|(on_it, _)| *on_it == name) {
        return 7;
    }
    let is_of_a = name.contains("-A") || name.contains("-a");
    let volumes: &[usize] = if is_of_a { &[1, 2, 3, 5, 6] } else { &[1, 2, 3, 4] };
    volumes.get(guest % volumes.len()).copied().unwrap_or(1)
}

/// The version of integration services that the hosts of 2008 R2 SP1 carry.
const OF_2008_R2: &str = "6.1.7601.17514";
/// The two versions of a service as hosts of 2012 R2 write them.
const FRAMEWORK: &str = "Negotiated (3.0) - Expected (3.0)";
const ONE_BEHIND: &str = "Negotiated (4.0) - Expected (5.0)";

impl World {
    /// A guest starts.
    pub(super) fn start_guest(&mut self, guest: GuestNumber, time: u64) {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let started = self.machine(host).worker((18500, 4), time, named, &[]);
        self.tell(host, started);
        self.hear(guest, host);
        let online = self.machine(host).role_event(1201, time + SECOND, named.name, None);
        self.tell(host, online);
        self.devices_come_up(guest, time + SECOND);
    }

    /// A guest restarts from inside; hosts of 2008 R2 do not log that.
    pub(super) fn restart_guest(&mut self, guest: GuestNumber, time: u64) -> Option<Handle> {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let reset = (!B.contains(&host)).then(|| {
            let reset = self.machine(host).worker((18514, 4), time, named, &[]);
            self.tell(host, reset)
        });
        self.devices_come_up(guest, time + 2 * SECOND);
        reset
    }

    /// A guest is shut down from inside and started again.
    pub(super) fn stop_and_start_guest(&mut self, guest: GuestNumber, time: u64, minutes: u64) {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        if !B.contains(&host) {
            let stopped = self.machine(host).worker((18508, 4), time, named, &[]);
            self.tell(host, stopped);
        }
        self.start_guest(guest, time + minutes * MINUTE);
    }

    /// A guest is live migrated, which takes `seconds`.
    pub(super) fn migrate(&mut self, guest: GuestNumber, to: HostNumber, time: u64, seconds: u64) {
        let (from, named, end) = (self.host_of(guest), self.guest(guest), time + seconds * SECOND);
        if from == to {
            return;
        }
        let (source, target) = (self.machine(from), self.machine(to));
        if B.contains(&from) {
            self.tell(from, source.cluster_migration(22501, time, named));
            self.tell(to, target.cluster_migration(22502, time + SECOND, named));
            self.tell(from, source.cluster_migration(22503, end, named));
            self.tell(to, target.cluster_migration(22504, end + SECOND, named));
        } else {
            let blackout = format!("0.{}", 1 + self.chance.below(8));
            let address = format!("10.20.8.{}", 11 + from);
            let values = [named.name, named.id];
            let [name, id] = values;
            let begins = source.management((20413, 4), time, &[name, id, self.host_name(to)]);
            self.tell(from, begins);
            self.tell(from, source.role_event(1641, end, name, Some(self.host_name(to))));
            self.tell(from, source.management((20415, 4), end, &[name, id, &blackout]));
            self.tell(to, target.management((20418, 4), end, &[name, id, &address]));
        }
        self.tell(to, target.worker((18530, 4), end, named, &[]));
        self.hear(guest, to);
        self.put(guest, to);
        self.devices_come_up(guest, end);
    }

    /// The backup of a guest: the differencing disk is merged when it is done.
    pub(super) fn back_up(&mut self, guest: GuestNumber, time: u64) {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let minutes = 2 + self.chance.below(9);
        let values = [named.name, named.id];
        let machine = self.machine(host);
        for (id, time) in [(19070, time), (19080, time + minutes * MINUTE)] {
            self.tell(host, machine.management((id, 4), time, &values));
        }
        // The backup looks into the disk while it reads it.
        let volume = volume_of(guest, named.name);
        let file = format!("C:\\ClusterStorage\\Volume{volume}\\{0}\\{0}-backup.avhdx", named.name);
        let number = 8 + self.chance.below(12) as u32;
        self.tell(host, machine.disk_mounted(1, time - MINUTE, &file, number));
        self.tell(host, machine.disk_mounted(2, time - 20 * SECOND, &file, number));
    }

    /// Disk and network of a guest connect, then its integration services.
    pub(super) fn devices_come_up(&mut self, guest: GuestNumber, time: u64) {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let machine = self.machine(host);
        let instance = "83f8638b-8dca-4152-9eda-2ca8b33039b4";
        let disk = (12148, 4);
        self.tell(
            host,
            machine.synthetic_device(STORAGE_DEVICE, disk, time, named, &[instance, "SCSI"]),
        );
        let adapter = ["fa8cd04d-5f4b-43f7-a5f0-dd5b3f5a0b5c", "Network Adapter"];
        self.tell(
            host,
            machine.synthetic_device(NETWORK_DEVICE, (12582, 4), time, named, &adapter),
        );
        if B.contains(&host) {
            self.services_of_2008_r2(guest, machine, time + 20 * SECOND);
        } else {
            self.hear(guest, host);
            self.tell(host, machine.adapter_is_newest(time + 11 * SECOND, named));
            self.services_of_2012_r2(guest, machine, time + 14 * SECOND);
        }
    }

    /// Hosts of 2008 R2 log a guest only when its services are older than theirs.
    fn services_of_2008_r2(&mut self, guest: GuestNumber, machine: Machine, time: u64) {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let system = self.estate.guests.get(guest).map(|guest| guest.system);
        if let Some(System::Outdated(version)) = system {
            let further = [version, OF_2008_R2];
            let event = machine.integration(KVP_EXCHANGE, (4130, 3), time, named, &further);
            let handle = self.tell(host, event);
            self.prove_by("T05", "older services", host, Some(named.name), handle);
        }
    }

    /// Hosts of 2012 R2 log every service.
    fn services_of_2012_r2(&mut self, guest: GuestNumber, machine: Machine, time: u64) {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let system = self.estate.guests.get(guest).map_or(System::Windows, |guest| guest.system);
        for service in services_of(system) {
            let event = if is_one_behind(system, service) {
                let further = [FRAMEWORK, ONE_BEHIND];
                machine.integration(service, (4010, 3), time, named, &further)
            } else {
                machine.integration(service, (4020, 4), time, named, &[])
            };
            let handle = self.tell(host, event);
            match system {
                System::OlderWindows if is_one_behind(system, service) => {
                    self.prove_by("T05", "service one behind", host, Some(named.name), handle);
                }
                System::Linux | System::LinuxWithoutBackup
                    if service == KVP_EXCHANGE && self.is_first_sight(guest) =>
                {
                    self.mislead("T05", "service of Linux", host, Some(named.name), handle);
                }
                _ => {}
            }
        }
    }
}

fn services_of(system: System) -> Vec<Provider> {
    let mut services = vec![INTEGRATION, KVP_EXCHANGE, SHUTDOWN, TIME_SYNC];
    if system != System::LinuxWithoutBackup {
        services.push(SHADOW_COPY);
    }
    services
}

/// Whether a service agrees on 4.0 where 2012 R2 expects 5.0: of Linux the exchange of data, of Windows
/// Server 2012 that and the backup service.
fn is_one_behind(system: System, service: Provider) -> bool {
    match system {
        System::Linux | System::LinuxWithoutBackup => service == KVP_EXCHANGE,
        System::OlderWindows => service == KVP_EXCHANGE || service == SHADOW_COPY,
        System::Windows | System::Outdated(_) => false,
    }
}
