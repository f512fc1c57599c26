//! Events of the management service, the worker processes, the integration services and the
//! cluster resources of virtual machines: `UserData` with one `VmlEventLog` element.

use super::{Guest, LOCAL_SYSTEM, Machine, Provider, Windows};
use crate::event::{EventSpec, Payload, Value};
use crate::identity::machine_sid;

/// The heartbeat service; from 2016 on all services.
pub const INTEGRATION: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Integration",
    guid: "{2b74a015-3873-4c56-9928-ea80c58b2787}",
};
/// The key-value pair exchange service.
pub const KVP_EXCHANGE: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Integration-KvpExchange",
    guid: "{82d60869-5ada-4d49-b76a-309b09666584}",
};
/// The volume shadow copy service.
pub const SHADOW_COPY: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Integration-VSS",
    guid: "{67e605ee-a4d8-4c46-ae50-893f31e13963}",
};
/// The time synchronization service.
pub const TIME_SYNC: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Integration-TimeSync",
    guid: "{f152dc14-a3a0-4258-bece-69a3ee4c2de8}",
};
/// The worker process of a virtual machine.
pub const WORKER: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Worker",
    guid: "{51ddfa29-d5c8-4803-be4b-2ecb715570fe}",
};
/// The chipset device of 2016 and later.
pub const CHIPSET: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Chipset",
    guid: "{de9ba731-7f33-4f44-98c9-6cac856b9f83}",
};
/// The management service.
pub const VMMS: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-VMMS",
    guid: "{6066f867-7ca1-4418-85fd-36e3f9c0600c}",
};
/// The service that keeps the configurations of virtual machines.
pub const CONFIG: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Config",
    guid: "{02f3a5e3-e742-4720-85a5-f64c4184e511}",
};
/// The virtual storage of a guest.
pub const STORAGE_DEVICE: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-SynthStor",
    guid: "{edacd782-2564-4497-ade6-7199377850f2}",
};
/// The virtual network adapter of a guest.
pub const NETWORK_DEVICE: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-SynthNic",
    guid: "{c29c4fb7-b60e-4fff-9af9-cf21f9b09a34}",
};
/// The guest shutdown service.
pub const SHUTDOWN: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Integration-Shutdown",
    guid: "{bc714241-8edc-4ce3-8714-aa0b51f98fdf}",
};
/// The cluster resource of a virtual machine.
pub const HIGH_AVAILABILITY: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-High-Availability",
    guid: "{64e92abc-910c-4770-bd9c-c3c54699b8f9}",
};

/// Names of values whose real names are not known.
const POSITIONS: [&str; 6] =
    ["Parameter0", "Parameter1", "Parameter2", "Parameter3", "Parameter4", "Parameter5"];

impl Machine {
    /// An integration service speaks of a guest: name, id, and what else the event carries.
    #[must_use]
    pub fn integration(
        self,
        service: Provider,
        (id, level): (u16, u8),
        time: u64,
        guest: Guest,
        further: &[&str],
    ) -> EventSpec {
        // With 2016 the channel of the services was given up.
        let channel = match self.windows {
            Windows::Server2016 => "Microsoft-Windows-Hyper-V-Worker-Admin",
            _ => "Microsoft-Windows-Hyper-V-Integration-Admin",
        };
        let values: Vec<&str> = [guest.name, guest.id].iter().chain(further).copied().collect();
        let payload = self.virtual_machine_log(&values);
        let event = self.manifest_event(service, channel, (id, 0, level), time, payload);
        EventSpec { process: 2_716, thread: 3_008, user: Some(machine_sid(guest.id)), ..event }
    }

    /// The worker process of a guest speaks: name, id, and named values.
    #[must_use]
    pub fn worker(
        self,
        (id, level): (u16, u8),
        time: u64,
        guest: Guest,
        further: &[(&'static str, &str)],
    ) -> EventSpec {
        self.virtual_device(WORKER, (id, level), time, guest, further)
    }

    /// A device in the worker process speaks, in the worker's channel.
    #[must_use]
    pub fn virtual_device(
        self,
        device: Provider,
        (id, level): (u16, u8),
        time: u64,
        guest: Guest,
        further: &[(&'static str, &str)],
    ) -> EventSpec {
        let own = [("VmName", guest.name), ("VmId", guest.id)];
        let values = own.iter().chain(further);
        let values = values.map(|(name, text)| (*name, Value::text(*text))).collect();
        let payload = self.virtual_machine_element(values);
        let channel = "Microsoft-Windows-Hyper-V-Worker-Admin";
        let event = self.manifest_event(device, channel, (id, 0, level), time, payload);
        EventSpec { process: 2_716, thread: 3_012, user: Some(machine_sid(guest.id)), ..event }
    }

    /// The management service speaks.
    #[must_use]
    pub fn management(self, (id, level): (u16, u8), time: u64, values: &[&str]) -> EventSpec {
        let payload = self.virtual_machine_log(values);
        let channel = "Microsoft-Windows-Hyper-V-VMMS-Admin";
        let event = self.manifest_event(VMMS, channel, (id, 0, level), time, payload);
        EventSpec { process: 1_900, thread: 4_120, ..event }
    }

    /// A step of a migration that the cluster runs: the guest's id and its resource.
    #[must_use]
    pub fn cluster_migration(self, id: u16, time: u64, guest: Guest) -> EventSpec {
        let resource = format!("Virtual Machine {}", guest.name);
        let payload = self.virtual_machine_log(&[guest.id, &resource]);
        let channel = "Microsoft-Windows-Hyper-V-High-Availability-Admin";
        let event = self.manifest_event(HIGH_AVAILABILITY, channel, (id, 0, 4), time, payload);
        EventSpec { process: 3_344, thread: 5_288, user: Some(LOCAL_SYSTEM.to_owned()), ..event }
    }

    /// The cluster resource of a guest speaks: what a migration failed with (21502), in the words of
    /// the host, or that the cluster started the guest (21119).
    #[must_use]
    pub fn cluster_resource(self, (id, level): (u16, u8), time: u64, values: &[&str]) -> EventSpec {
        let payload = self.virtual_machine_log(values);
        let channel = "Microsoft-Windows-Hyper-V-High-Availability-Admin";
        let event = self.manifest_event(HIGH_AVAILABILITY, channel, (id, 0, level), time, payload);
        EventSpec { process: 3_344, thread: 5_288, ..event }
    }

    /// The keeper of configurations speaks.
    #[must_use]
    pub fn configuration(self, (id, level): (u16, u8), time: u64, values: &[&str]) -> EventSpec {
        let payload = self.virtual_machine_log(values);
        let channel = "Microsoft-Windows-Hyper-V-Config-Admin";
        let event = self.manifest_event(CONFIG, channel, (id, 0, level), time, payload);
        EventSpec { process: 1_900, thread: 4_404, ..event }
    }

    /// A virtual disk or network adapter of a guest speaks, in the channel that its kind has up to
    /// 2012 R2.
    #[must_use]
    pub fn synthetic_device(
        self,
        device: Provider,
        (id, level): (u16, u8),
        time: u64,
        guest: Guest,
        further: &[&str],
    ) -> EventSpec {
        let channel = if device == STORAGE_DEVICE {
            "Microsoft-Windows-Hyper-V-SynthStor-Admin"
        } else {
            "Microsoft-Windows-Hyper-V-SynthNic-Admin"
        };
        let values: Vec<&str> = [guest.name, guest.id].iter().chain(further).copied().collect();
        let payload = self.virtual_machine_log(&values);
        let event = self.manifest_event(device, channel, (id, 0, level), time, payload);
        EventSpec { process: 2_716, thread: 3_012, user: Some(machine_sid(guest.id)), ..event }
    }

    fn virtual_machine_log(self, values: &[&str]) -> Payload {
        let named = POSITIONS.into_iter().zip(values);
        self.virtual_machine_element(named.map(|(name, text)| (name, Value::text(*text))).collect())
    }

    fn virtual_machine_element(self, values: Vec<(&'static str, Value)>) -> Payload {
        Payload::UserData {
            element: "VmlEventLog",
            namespace: "http://www.microsoft.com/Windows/Virtualization/Events",
            auto_namespace: self.windows != Windows::Server2016,
            values,
        }
    }
}
