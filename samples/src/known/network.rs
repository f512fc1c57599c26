//! Events of the virtual switch, of NDIS and of the guest's network adapter.

use super::{Guest, Machine, Provider, counted};
use crate::event::{EventSpec, Payload, Value};

const VM_SWITCH: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-VmSwitch",
    guid: "{67dc0d66-3695-47c0-9642-33f76f7bd7ad}",
};
const NDIS: Provider =
    Provider { name: "Microsoft-Windows-NDIS", guid: "{cdead503-17f5-4a3e-b7ae-df8cc2902eb9}" };
const HYPERVISOR: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Hypervisor",
    guid: "{52fc89f8-995e-434c-a91e-199986449890}",
};

const NETVSC: Provider = Provider {
    name: "Microsoft-Windows-Hyper-V-Netvsc",
    guid: "{152fbe4b-c7ad-4f68-bada-a4fcc1464f6c}",
};

/// A name that the system gives and the one that people see.
pub type Names<'a> = (&'a str, &'a str);

impl Machine {
    /// VmSwitch 21 (media connected) and 23 (adapter works).
    #[must_use]
    pub fn switch_adapter(self, id: u16, time: u64, adapter: Names<'_>) -> EventSpec {
        self.switch_event((id, 4), time, adapter_values(adapter))
    }

    /// VmSwitch 106: the processors of the team's members do not fit the queue mode.
    #[must_use]
    pub fn processor_sets_unfit(
        self,
        time: u64,
        team: Names<'_>,
        switch: Names<'_>,
        queue_mode: u32,
    ) -> EventSpec {
        let mut values = adapter_values(team);
        values.extend(switch_values(switch));
        values.push(("QueueMode", Value::U32(queue_mode)));
        self.switch_event((106, 2), time, values)
    }

    /// VmSwitch 113: no queue could be had for a virtual adapter.
    #[must_use]
    pub fn queue_refused(
        self,
        time: u64,
        adapter: Names<'_>,
        switch: Names<'_>,
        (status, reason): (u32, u32),
    ) -> EventSpec {
        let mut values = vec![("Status", Value::U32(status))];
        values.extend(adapter_values(adapter));
        values.extend(switch_values(switch));
        values.push(("FailReason", Value::U32(reason)));
        self.switch_event((113, 3), time, values)
    }

    /// NDIS 10081: receive side scaling could not be set up on an adapter.
    #[must_use]
    pub fn scaling_refused(self, time: u64, interface: &'static str) -> EventSpec {
        let values = vec![
            ("IfGuid", Value::Guid(interface)),
            ("IfIndex", Value::U32(14)),
            ("NetLuid", Value::U64(0x0006_0080_0000_0000)),
            ("Error", Value::U32(0xC000_00BB)),
            ("Location", Value::U32(2)),
            ("Context", Value::U32(0)),
        ];
        let payload = Payload::EventData(values);
        self.manifest_event(NDIS, "System", (10081, 0, 2), time, payload)
    }

    /// NDIS 10317: a miniport told of something; 76 is what a VPN adapter logs every day.
    #[must_use]
    pub fn miniport_event(self, time: u64, interface: &'static str, adapter: &str) -> EventSpec {
        let values = vec![
            ("IfGuid", Value::Guid(interface)),
            ("IfIndex", Value::U32(24)),
            ("IfLuid", Value::U64(282_024_732_524_544)),
            ("AdapterName", Value::text(adapter)),
            ("MiniportEventEnum", Value::U32(76)),
        ];
        let payload = Payload::EventData(values);
        let event = self.manifest_event(NDIS, "System", (10317, 0, 2), time, payload);
        EventSpec { task: 2, keywords: 0x2000_0000_0000_4016, ..event }
    }

    /// Hypervisor 1: the hypervisor started.
    #[must_use]
    pub fn hypervisor_started(self, time: u64) -> EventSpec {
        self.manifest_event(HYPERVISOR, "System", (1, 0, 4), time, Payload::EventData(Vec::new()))
    }

    /// Hypervisor 129 of 2012 R2: state of I/O remapping. Storage drivers give the same id to the
    /// reset of a device.
    #[must_use]
    pub fn remapping_state(self, time: u64) -> EventSpec {
        self.manifest_event(HYPERVISOR, "System", (129, 0, 4), time, Payload::EventData(Vec::new()))
    }

    /// Netvsc 1 (version agreed on) and 2 (version refused, the next lower one follows).
    #[must_use]
    pub fn network_negotiated(self, id: u16, time: u64, version: &str) -> EventSpec {
        let (level, status) = if id == 1 { (4, 0) } else { (2, 0xC000_00BB) };
        let mut values = counted("VersionLen", "Version", version).to_vec();
        values.push(("Status", Value::U32(status)));
        let payload = Payload::EventData(values);
        let event = self.manifest_event(NETVSC, "System", (id, 0, level), time, payload);
        EventSpec { task: 1_001, ..event }
    }

    /// VmSwitch 102: the driver of a guest's adapter is at the newest version.
    #[must_use]
    pub fn adapter_is_newest(self, time: u64, guest: Guest) -> EventSpec {
        let mut values = counted("VMNameLen", "VMName", guest.name).to_vec();
        values.extend(counted("VMIdLen", "VMId", guest.id));
        self.switch_event((102, 4), time, values)
    }

    fn switch_event(
        self,
        (id, level): (u16, u8),
        time: u64,
        values: Vec<(&'static str, Value)>,
    ) -> EventSpec {
        let payload = Payload::EventData(values);
        let event = self.manifest_event(VM_SWITCH, "System", (id, 0, level), time, payload);
        EventSpec { task: 1_014, user: None, ..event }
    }
}

fn adapter_values((name, friendly): Names<'_>) -> Vec<(&'static str, Value)> {
    let mut values = counted("NicNameLen", "NicName", name).to_vec();
    values.extend(counted("NicFNameLen", "NicFName", friendly));
    values
}

fn switch_values((name, friendly): Names<'_>) -> Vec<(&'static str, Value)> {
    let mut values = counted("SwitchNameLen", "SwitchName", name).to_vec();
    values.extend(counted("SwitchFNameLen", "SwitchFName", friendly));
    values
}
