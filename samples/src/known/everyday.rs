//! What every Windows logs day after day, and what no diagnosis should take for trouble.

use super::{CLASSIC_KEYWORD, Machine, Provider, Windows};
use crate::event::{EventSpec, Payload, Value};

const KERNEL_GENERAL: Provider = Provider {
    name: "Microsoft-Windows-Kernel-General",
    guid: "{a68ca8b7-004f-d7b6-a698-07e2de0f1f5d}",
};
const GROUP_POLICY: Provider = Provider {
    name: "Microsoft-Windows-GroupPolicy",
    guid: "{aea1b4fa-97d1-45f2-a64c-4d69fffd92c9}",
};
const TIME_SERVICE: Provider = Provider {
    name: "Microsoft-Windows-Time-Service",
    guid: "{06edcfeb-0fd0-4e53-acca-a6f8bbf81bcb}",
};
const WINDOWS_UPDATE: Provider = Provider {
    name: "Microsoft-Windows-WindowsUpdateClient",
    guid: "{945a8954-c147-4acd-923f-40c45405a658}",
};
const VIRTUAL_DISKS: Provider =
    Provider { name: "Microsoft-Windows-VHDMP", guid: "{e2816346-87f4-4f85-95c3-0c79409aa89d}" };
const DNS_CLIENT: Provider = Provider {
    name: "Microsoft-Windows-DNS-Client",
    guid: "{1c95126e-7eea-49a9-a3fe-a378b03ddb4d}",
};

impl Machine {
    /// Kernel-General 12: Windows started, with its version.
    #[must_use]
    pub fn system_started(self, time: u64) -> EventSpec {
        let (major, minor, build, revision) = match self.windows {
            Windows::Server2008R2 => (6, 1, 7601, 17514),
            Windows::Server2012R2 => (6, 3, 9600, 17415),
            Windows::Server2016 => (10, 0, 14393, 0),
        };
        let values = vec![
            ("MajorVersion", Value::U32(major)),
            ("MinorVersion", Value::U32(minor)),
            ("BuildVersion", Value::U32(build)),
            ("QfeVersion", Value::U32(revision)),
            ("ServiceVersion", Value::U32(0)),
            ("BootMode", Value::U32(0)),
            ("StartTime", Value::Time(time)),
        ];
        self.system_event(KERNEL_GENERAL, (12, 4), time, values)
    }

    /// Kernel-General 13: Windows is about to stop.
    #[must_use]
    pub fn system_stopped(self, time: u64) -> EventSpec {
        self.system_event(KERNEL_GENERAL, (13, 4), time, vec![("StopTime", Value::Time(time))])
    }

    /// User32 1074: somebody asked for a restart.
    #[must_use]
    pub fn restart_asked_for(self, time: u64, by: &str, why: &str) -> EventSpec {
        let name = self.computer.split('.').next().unwrap_or_default();
        let values = vec![
            ("param1", Value::text("C:\\Windows\\system32\\wininit.exe")),
            ("param2", Value::text(name)),
            ("param3", Value::text(why)),
            ("param4", Value::text("0x80020010")),
            ("param5", Value::text("restart")),
            ("param6", Value::text("")),
            ("param7", Value::text(by)),
        ];
        EventSpec {
            guid: Some("{b0aa8734-56f7-41cc-b2f4-de228e98b946}"),
            event_source: Some("User32"),
            payload: Payload::EventData(values),
            process: 588,
            thread: 616,
            ..self.classic_event("User32", (1074, 0x8000, 4), time, &[], Vec::new())
        }
    }

    /// GroupPolicy 1500 to 1502: settings of the machine or a user were processed.
    #[must_use]
    pub fn policy_applied(self, id: u16, time: u64, controller: &str) -> EventSpec {
        let values = vec![
            ("SupportInfo1", Value::U32(1)),
            ("SupportInfo2", Value::U32(4_716)),
            ("ProcessingMode", Value::U32(0)),
            ("ProcessingTimeInMilliseconds", Value::U32(1_437)),
            ("DCName", Value::text(controller)),
            ("NumberOfGroupPolicyObjects", Value::U32(6)),
        ];
        self.system_event(GROUP_POLICY, (id, 4), time, values)
    }

    /// Time-Service 35 and 37: the clock follows a source.
    #[must_use]
    pub fn time_source(self, id: u16, time: u64, source: &str) -> EventSpec {
        let event = self.system_event(
            TIME_SERVICE,
            (id, 4),
            time,
            vec![("TimeSource", Value::text(source))],
        );
        EventSpec { user: Some("S-1-5-19".to_owned()), ..event }
    }

    /// WindowsUpdateClient 19: an update was installed.
    #[must_use]
    pub fn update_installed(self, time: u64, title: &str, update: &'static str) -> EventSpec {
        let values = vec![
            ("updateTitle", Value::text(title)),
            ("updateGuid", Value::Guid(update)),
            ("updateRevisionNumber", Value::U32(200)),
        ];
        self.system_event(WINDOWS_UPDATE, (19, 4), time, values)
    }

    /// DNS-Client 1014: a name was not answered for in time.
    #[must_use]
    pub fn name_timed_out(self, time: u64, name: &str) -> EventSpec {
        let values = vec![
            ("QueryName", Value::text(name)),
            ("AddressLength", Value::U32(16)),
            ("Address", Value::Binary(vec![2, 0, 0, 53, 10, 20, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0])),
        ];
        self.system_event(DNS_CLIENT, (1014, 3), time, values)
    }

    /// Schannel 36887: the other side broke a handshake off, as scanners of networks do all day.
    #[must_use]
    pub fn handshake_broken_off(self, time: u64) -> EventSpec {
        let schannel =
            Provider { name: "Schannel", guid: "{1f678132-5938-4686-9fdc-c8ff68f15c85}" };
        self.system_event(schannel, (36_887, 2), time, vec![("AlertDesc", Value::U8(46))])
    }

    /// disk 153: one request was tried again.
    #[must_use]
    pub fn request_retried(self, time: u64, disk: u32, block: u64) -> EventSpec {
        let strings = [
            format!("\\Device\\Harddisk{disk}\\DR{disk}"),
            format!("0x{block:x}"),
            disk.to_string(),
            format!("\\Device\\0000{:04x}", 0x2E + disk),
        ];
        let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
        let binary = vec![0x0F, 1, 4, 0, 3, 0, 0x2C, 0, 0, 0, 0, 0, 0x99, 0, 4, 0x80];
        self.classic_event("disk", (153, 0x8004, 3), time, &strings, binary)
    }

    /// srv 2013: a volume is nearly full.
    #[must_use]
    pub fn volume_nearly_full(self, time: u64, volume: &str) -> EventSpec {
        self.classic_event(
            "srv",
            (2013, 0x8000, 3),
            time,
            &["\\Device\\LanmanServer", volume],
            Vec::new(),
        )
    }

    /// VHDMP 1 and 2: a virtual disk comes up as a disk of the host, and goes again.
    #[must_use]
    pub fn disk_mounted(self, id: u16, time: u64, file: &str, number: u32) -> EventSpec {
        let values =
            vec![("VhdFileName", Value::text(file)), ("VhdDiskNumber", Value::U32(number))];
        let channel = "Microsoft-Windows-VHDMP/Operational";
        let payload = Payload::EventData(values);
        self.manifest_event(VIRTUAL_DISKS, channel, (id, 0, 4), time, payload)
    }

    /// volmgr 49 and its like: the place for a dump could not be set up.
    #[must_use]
    pub fn dump_place(self, id: u16, time: u64) -> EventSpec {
        let strings = ["\\Device\\HarddiskVolume2"];
        self.classic_event("volmgr", (id, 0xC004, 2), time, &strings, Vec::new())
    }

    /// iScsiPrt 20: the connection to a target was lost.
    #[must_use]
    pub fn target_lost(self, time: u64, adapter: u32) -> EventSpec {
        let device = format!("\\Device\\RaidPort{adapter}");
        self.classic_event("iScsiPrt", (20, 0xC000, 2), time, &[&device], vec![0; 16])
    }

    /// An event of a classic source in the Application channel.
    #[must_use]
    pub fn application(
        self,
        source: &'static str,
        (id, qualifiers, level): (u16, u16, u8),
        time: u64,
        strings: &[&str],
    ) -> EventSpec {
        let event = self.classic_event(source, (id, qualifiers, level), time, strings, Vec::new());
        EventSpec { channel: "Application", keywords: CLASSIC_KEYWORD, ..event }
    }

    fn system_event(
        self,
        provider: Provider,
        (id, level): (u16, u8),
        time: u64,
        values: Vec<(&'static str, Value)>,
    ) -> EventSpec {
        let payload = Payload::EventData(values);
        self.manifest_event(provider, "System", (id, 0, level), time, payload)
    }
}
