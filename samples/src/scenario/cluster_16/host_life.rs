//! What hosts log of themselves: starts and stops, and the noise of a day.

use super::estate::{B, HostNumber};
use super::journal::Handle;
use super::world::World;
use crate::event::EventSpec;
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::Machine;
use crate::known::network::Names;
use crate::known::system::Stop;

/// A file system filter: name, version, time stamp of its image.
pub(super) type Filter = (&'static str, (u16, u16), u64);

/// The filters of every host of 2012 R2.
const FILTERS: [Filter; 5] = [
    ("FileInfo", (6, 3), utc(2013, 8, 22, 11, 36, 0)),
    ("luafv", (6, 3), utc(2013, 8, 22, 11, 40, 21)),
    ("CsvFlt", (6, 3), utc(2014, 10, 29, 2, 11, 9)),
    ("npsvctrig", (6, 3), utc(2013, 8, 22, 11, 38, 40)),
    ("ResumeKeyFilter", (6, 3), utc(2013, 8, 22, 11, 39, 5)),
];
const FILTERS_OF_2008_R2: [Filter; 3] = [
    ("FileInfo", (6, 1), utc(2009, 7, 13, 23, 34, 25)),
    ("CSVFilter", (6, 1), utc(2010, 11, 20, 9, 25, 47)),
    ("luafv", (6, 1), utc(2009, 7, 13, 23, 26, 13)),
];

pub(super) const TEAM: Names<'static> = (
    "/DEVICE/{5D2E80B4-91A7-4C36-AE0F-28C7D4F1B316}",
    "Microsoft Network Adapter Multiplexor Driver",
);

const SERVICES: [&str; 8] = [
    "WMI Performance Adapter",
    "Windows Modules Installer",
    "Portable Device Enumerator Service",
    "WinHTTP Web Proxy Auto-Discovery Service",
    "Application Experience",
    "Software Protection",
    "Volume Shadow Copy",
    "Background Intelligent Transfer Service",
];
const CONTROLLER: &str = "\\\\dc-a001.litware.example";

impl World {
    /// A host is shut down in good order.
    pub(super) fn shut_down(&mut self, host: HostNumber, time: u64, why: &str) -> Handle {
        let machine = self.machine(host);
        let asked = self.tell(host, machine.restart_asked_for(time, "LITWARE\\svc-patch", why));
        let stopping = "Cluster Service";
        self.tell(host, machine.service_state(time + 12 * SECOND, stopping, "stopped"));
        self.tell(host, machine.management((14092, 4), time + 14 * SECOND, &[]));
        self.tell(host, machine.log_stopped(time + 31 * SECOND));
        self.tell(host, machine.system_stopped(time + 34 * SECOND));
        asked
    }

    /// A host starts; what it says of the shutdown before it, says the caller.
    pub(super) fn boot(&mut self, host: HostNumber, time: u64) {
        let machine = self.machine(host);
        self.tell(host, machine.system_started(time));
        let filters = if B.contains(&host) { &FILTERS_OF_2008_R2[..] } else { &FILTERS[..] };
        for filter in filters {
            self.load_filter(host, time + SECOND, *filter);
        }
        for (of, filter) in self.installed.clone() {
            if of == host {
                self.load_filter(host, time + SECOND, filter);
            }
        }
        self.tell(host, machine.hypervisor_started(time + 2 * SECOND));
        self.tell_all(host, machine.started(time + 15 * SECOND));
        if !B.contains(&host) {
            self.tell(host, machine.remapping_state(time + 2 * SECOND));
            self.tell(host, machine.switch_adapter(21, time + 20 * SECOND, TEAM));
            self.tell(host, machine.switch_adapter(23, time + 21 * SECOND, TEAM));
        }
        let services = ["Hyper-V Virtual Machine Management", "Cluster Service"];
        for (service, seconds) in services.into_iter().zip([41, 52]) {
            self.tell(host, machine.service_state(time + seconds * SECOND, service, "running"));
        }
        self.tell(host, machine.management((14094, 4), time + 42 * SECOND, &[]));
        self.tell(host, machine.time_source(35, time + 90 * SECOND, "dc-a001.litware.example"));
    }

    /// A filter is put on a host, and loaded at once.
    pub(super) fn install_filter(&mut self, host: HostNumber, time: u64, filter: Filter) -> Handle {
        self.installed.push((host, filter));
        self.load_filter(host, time, filter)
    }

    fn load_filter(&mut self, host: HostNumber, time: u64, filter: Filter) -> Handle {
        let (name, version, linked) = filter;
        let event = self.machine(host).filter_loaded(time, name, version, linked);
        self.tell(host, event)
    }

    /// What a host logs when it comes up after it stopped at `stopped`: Kernel-Power 41, EventLog
    /// 6008, and the report of the STOP where a dump was saved.
    pub(super) fn boot_after_stop(
        &mut self,
        host: HostNumber,
        time: u64,
        stopped: u64,
        stop: Stop,
        report: Option<&str>,
    ) -> Handle {
        self.boot(host, time);
        let machine = self.machine(host);
        let restart = self.tell(host, machine.came_up_uncleanly(time + 16 * SECOND, Some(stop)));
        let shutdown = machine.shutdown_unexpected(time + 17 * SECOND, stopped - 40 * SECOND);
        self.tell(host, shutdown);
        if let Some(report) = report {
            self.tell(host, machine.stop_reported(time + 75 * SECOND, stop, report));
        }
        restart
    }

    /// The noise of one day of a host.
    pub(super) fn day_of_host(&mut self, host: HostNumber, midnight: u64) {
        let machine = self.machine(host);
        for _ in 0..14 {
            let (time, service) = (midnight + self.chance.below(DAY), self.service());
            self.tell(host, machine.service_state(time, service, "running"));
            let minutes = 2 + self.chance.below(14);
            self.tell(host, machine.service_state(time + minutes * MINUTE, service, "stopped"));
        }
        let first = self.chance.below(2 * HOUR);
        for round in 0..11 {
            let time = midnight + first + round * 2 * HOUR;
            self.tell(host, machine.policy_applied(1500, time, CONTROLLER));
        }
        self.tell(host, machine.up_time(midnight + 12 * HOUR, 86_400));
        for _ in 0..self.chance.below(4) {
            let time = midnight + self.chance.below(DAY);
            self.tell(host, machine.handshake_broken_off(time));
        }
        if self.chance.below(3) == 0 {
            let time = midnight + self.chance.below(DAY);
            self.tell(host, machine.name_timed_out(time, "wpad.litware.example"));
            self.tell(host, machine.time_source(37, time + HOUR, "dc-a001.litware.example"));
        }
        self.single_retry(host, midnight);
        for event in self.applications(machine, midnight) {
            self.tell(host, event);
        }
    }

    /// One request that was tried again, which is noise.
    fn single_retry(&mut self, host: HostNumber, midnight: u64) {
        if self.chance.below(6) == 0 {
            let (time, block) = (midnight + self.chance.below(DAY), self.chance.below(1 << 36));
            let event = self.machine(host).request_retried(time, 4, block);
            let handle = self.tell(host, event);
            self.mislead("T04", "single request retried", host, None, handle);
        }
    }

    fn service(&mut self) -> &'static str {
        self.chance.one_of(&SERVICES).unwrap_or_default()
    }

    /// What programs log.
    fn applications(&mut self, machine: Machine, midnight: u64) -> Vec<EventSpec> {
        let mut events = Vec::new();
        for _ in 0..2 {
            let time = midnight + self.chance.below(DAY - HOUR);
            let source = "Microsoft-Windows-Security-SPP";
            events.push(machine.application(source, (16_394, 0xC000, 4), time, &[]));
            let end = ["2116-10-07T08:12:30Z", "RulesEngine"];
            events.push(machine.application(source, (16_384, 0x4000, 4), time + MINUTE, &end));
        }
        let time = midnight + 22 * HOUR + self.chance.below(HOUR);
        events.push(machine.application("VSS", (8224, 0, 4), time, &["", ""]));
        let time = midnight + self.chance.below(DAY);
        let database = ["svchost (1204) ", "0", "6", "3", "9600", "0"];
        events.push(machine.application("ESENT", (102, 0, 4), time, &database));
        if self.chance.below(4) == 0 {
            let time = midnight + self.chance.below(DAY);
            events.push(machine.fault_bucket(time, "monagent.exe"));
        }
        events
    }
}
