//! Events that every Windows writes: start and stop, crashes, filters, services.

use super::{Machine, Provider, Windows};
use crate::event::{EventSpec, Payload, Value};
use crate::instant::{SECOND, system_time};

const KERNEL_POWER: Provider = Provider {
    name: "Microsoft-Windows-Kernel-Power",
    guid: "{331c3b3a-2005-44c2-ac5e-77220c37d6b4}",
};
const FILTER_MANAGER: Provider = Provider {
    name: "Microsoft-Windows-FilterManager",
    guid: "{f3c5e28e-63f6-49c7-a204-e48a1bc4b09d}",
};

/// A STOP code and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The code.
    pub code: u32,
    /// Parameters 1 to 4.
    pub parameters: [u64; 4],
}

impl Machine {
    /// What a clean start leaves: 6009 (version), 6005 (log started), 6013 (up time).
    #[must_use]
    pub fn started(self, time: u64) -> Vec<EventSpec> {
        vec![self.version_logged(time), self.log_started(time), self.up_time(time + SECOND, 31)]
    }

    /// EventLog 6009: the version of Windows.
    #[must_use]
    pub fn version_logged(self, time: u64) -> EventSpec {
        let (version, build, service_pack, revision) = match self.windows {
            Windows::Server2008R2 => ("6.01.", "7601", "Service Pack 1", "17514"),
            Windows::Server2012R2 => ("6.03.", "9600", "", "17415"),
            Windows::Server2016 => ("10.00.", "14393", "", "0"),
        };
        let strings = [version, build, service_pack, "Multiprocessor Free", revision];
        self.classic_event("EventLog", (6009, 0x8000, 4), time, &strings, Vec::new())
    }

    /// EventLog 6005: the event log service started.
    #[must_use]
    pub fn log_started(self, time: u64) -> EventSpec {
        let mut binary = system_time(time).to_vec();
        binary.extend(0_u64.to_le_bytes());
        self.classic_event("EventLog", (6005, 0x8000, 4), time, &[], binary)
    }

    /// EventLog 6006: the event log service stopped, as in every clean shutdown.
    #[must_use]
    pub fn log_stopped(self, time: u64) -> EventSpec {
        self.classic_event("EventLog", (6006, 0x8000, 4), time, &[], vec![1, 0, 0, 0])
    }

    /// EventLog 6013: seconds since the start.
    #[must_use]
    pub fn up_time(self, time: u64, seconds: u32) -> EventSpec {
        let seconds = seconds.to_string();
        let strings = ["", "", "", "", &seconds, "60", "0 Coordinated Universal Time"];
        self.classic_event("EventLog", (6013, 0x8000, 4), time, &strings, Vec::new())
    }

    /// EventLog 6008: the shutdown at `stopped` was unexpected. The date is a localised text with
    /// direction marks; the bytes hold the same moment as SYSTEMTIME, twice.
    #[must_use]
    pub fn shutdown_unexpected(self, time: u64, stopped: u64) -> EventSpec {
        let [year, month, day, hour, minute, second, _] = crate::instant::parts(stopped);
        let clock = match hour {
            0 => format!("12:{minute:02}:{second:02} AM"),
            1..=11 => format!("{hour}:{minute:02}:{second:02} AM"),
            12 => format!("12:{minute:02}:{second:02} PM"),
            _ => format!("{}:{minute:02}:{second:02} PM", hour - 12),
        };
        let date = format!("\u{200E}{month}/\u{200E}{day}/\u{200E}{year}");
        let mut binary = system_time(stopped).repeat(2);
        binary.extend([0x3C, 0, 0, 0, 0x3C, 0, 0, 0]);
        binary.extend([0; 16]);
        binary.extend([1, 0, 0, 0, 1, 0, 0, 0]);
        let strings = [&clock, &date, "", "", "184", "", ""];
        self.classic_event("EventLog", (6008, 0x8000, 2), time, &strings, binary)
    }

    /// Kernel-Power 41: the machine came up without a clean shutdown; the code is 0 when no STOP
    /// was recorded. Later versions of Windows add values at the end.
    #[must_use]
    pub fn came_up_uncleanly(self, time: u64, stop: Option<Stop>) -> EventSpec {
        let stop = stop.unwrap_or(Stop { code: 0, parameters: [0; 4] });
        let [first, second, third, fourth] = stop.parameters;
        let mut values = vec![
            ("BugcheckCode", Value::U32(stop.code)),
            ("BugcheckParameter1", Value::Hex64(first)),
            ("BugcheckParameter2", Value::Hex64(second)),
            ("BugcheckParameter3", Value::Hex64(third)),
            ("BugcheckParameter4", Value::Hex64(fourth)),
        ];
        let version = match self.windows {
            Windows::Server2008R2 => {
                values.push(("SleepInProgress", Value::Bool(false)));
                values.push(("PowerButtonTimestamp", Value::U64(0)));
                2
            }
            Windows::Server2012R2 | Windows::Server2016 => {
                values.push(("SleepInProgress", Value::U32(0)));
                values.push(("PowerButtonTimestamp", Value::U64(0)));
                values.push(("BootAppStatus", Value::U32(0)));
                3
            }
        };
        let payload = Payload::EventData(values);
        let event = self.manifest_event(KERNEL_POWER, "System", (41, version, 1), time, payload);
        EventSpec { task: 63, keywords: 0x8000_0000_0000_0002, ..event }
    }

    /// WER-SystemErrorReporting 1001: the machine restarted after a STOP; the dump was saved.
    #[must_use]
    pub fn stop_reported(self, time: u64, stop: Stop, report: &str) -> EventSpec {
        let [first, second, third, fourth] = stop.parameters;
        let text = format!(
            "{:#010x} ({first:#018x}, {second:#018x}, {third:#018x}, {fourth:#018x})",
            stop.code
        );
        let values = vec![
            ("param1", Value::Text(text)),
            ("param2", Value::text("C:\\Windows\\MEMORY.DMP")),
            ("param3", Value::text(report)),
        ];
        self.error_reporting(1001, 2, time, Payload::EventData(values))
    }

    /// WER-SystemErrorReporting 1018: the dump was deleted for want of disk space.
    #[must_use]
    pub fn dump_deleted(self, time: u64, free_gigabytes: &str) -> EventSpec {
        let values = vec![
            ("param1", Value::text("C:\\Windows\\MEMORY.DMP")),
            ("param2", Value::text(free_gigabytes)),
        ];
        self.error_reporting(1018, 4, time, Payload::EventData(values))
    }

    fn error_reporting(self, id: u16, level: u8, time: u64, payload: Payload) -> EventSpec {
        EventSpec {
            guid: Some("{ABCE23E7-DE45-4366-8631-84FA6C525952}"),
            event_source: Some("BugCheck"),
            payload,
            ..self.classic_event(
                "Microsoft-Windows-WER-SystemErrorReporting",
                (id, 16_384, level),
                time,
                &[],
                Vec::new(),
            )
        }
    }

    /// Windows Error Reporting 1001 of the Application log: a fault bucket of some program. It
    /// shares nothing but the id with the report of a STOP.
    #[must_use]
    pub fn fault_bucket(self, time: u64, program: &str) -> EventSpec {
        let strings = [
            "",
            "0",
            "APPCRASH",
            "Not available",
            "0",
            program,
            "1.0.0.0",
            "4a5bc9e1",
            "ntdll.dll",
            "6.3.9600.17415",
            "54504b06",
            "c0000005",
            "0000000000053290",
        ];
        EventSpec {
            channel: "Application",
            ..self.classic_event(
                "Windows Error Reporting",
                (1001, 0, 4),
                time,
                &strings,
                Vec::new(),
            )
        }
    }

    /// Service Control Manager 7036: a service entered a state.
    #[must_use]
    pub fn service_state(self, time: u64, service: &str, state: &str) -> EventSpec {
        let values = vec![("param1", Value::text(service)), ("param2", Value::text(state))];
        EventSpec {
            guid: Some("{555908d1-a6d7-4695-8e1e-26931d2012f4}"),
            event_source: Some("Service Control Manager"),
            payload: Payload::EventData(values),
            process: 612,
            thread: 2_044,
            ..self.classic_event(
                "Service Control Manager",
                (7036, 16_384, 4),
                time,
                &[],
                Vec::new(),
            )
        }
    }

    /// FilterManager 6: a file system filter was loaded; `linked` is the time stamp of its image.
    #[must_use]
    pub fn filter_loaded(
        self,
        time: u64,
        name: &str,
        (major, minor): (u16, u16),
        linked: u64,
    ) -> EventSpec {
        let values = vec![
            ("FinalStatus", Value::Hex32(0)),
            ("DeviceVersionMajor", Value::U16(major)),
            ("DeviceVersionMinor", Value::U16(minor)),
            ("DeviceNameLength", Value::U16(name.encode_utf16().count() as u16)),
            ("DeviceName", Value::text(name)),
            ("DeviceTime", Value::Time(linked)),
        ];
        self.manifest_event(FILTER_MANAGER, "System", (6, 0, 4), time, Payload::EventData(values))
    }
}
