//! The STOP 0xD1 in storvsc.sys of a 2008 R2 guest, with and without a migration before it.

use super::dumps::{Moment, of_guest_2008r2, storvsc_stop};
use super::{Evidence, Folder, HIGH_AVAILABILITY_LOG, Sample, WORKER_LOG};
use crate::event::EventSpec;
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::system::Stop;
use crate::known::{Guest, Machine, Windows};
use crate::xml::Encoding;

const HV21: Machine = Machine { computer: "HV21.contoso.example", windows: Windows::Server2008R2 };
const HV22: Machine = Machine { computer: "HV22.contoso.example", windows: Windows::Server2008R2 };
const SQL07_WINDOWS: Machine =
    Machine { computer: "SQL07.contoso.example", windows: Windows::Server2008R2 };
const SQL07: Guest = Guest { name: "SQL07", id: "B5D1640E-83F9-4A27-9CE0-4D76F1A82B07" };
const WEB08: Guest = Guest { name: "WEB08", id: "16A3F8C4-D05B-4E92-8A7D-93B0E54C6F08" };

const HV31: Machine = Machine { computer: "HV31.fabrikam.example", windows: Windows::Server2008R2 };
const HV32: Machine = Machine { computer: "HV32.fabrikam.example", windows: Windows::Server2008R2 };
const ERP31_WINDOWS: Machine =
    Machine { computer: "ERP31.fabrikam.example", windows: Windows::Server2008R2 };
const ERP31: Guest = Guest { name: "ERP31", id: "4E8C0B97-F26D-4153-B3A9-D81E75C06A31" };
const DC32: Guest = Guest { name: "DC32", id: "93F7D2A0-1B6E-48C5-A0D4-5C29E8B17F32" };

pub(super) fn with_migration() -> Vec<Sample> {
    let mut folder = Folder::new("kb2636573");
    let crash = utc(2012, 1, 8, 21, 14, 0);
    let stop = storvsc_stop(0x28, 0, 0x22B8);

    folder.add(
        "guest-SQL07/MEMORY.DMP",
        Evidence::Bytes(of_guest_2008r2(stop, Moment { crash, uptime: 19 * DAY })),
    );
    folder.log(
        "guest-SQL07/System.evtx",
        40_118,
        guest_log(SQL07_WINDOWS, stop, crash, 19 * DAY, "010812-21840-01"),
    );

    let start = crash - 30 * DAY;
    folder.log("HV21/System.evtx", 51_007, HV21.started(start));
    folder.log(
        &format!("HV21/{HIGH_AVAILABILITY_LOG}"),
        904,
        vec![
            HV21.cluster_migration(22501, crash - 9 * MINUTE, WEB08),
            HV21.cluster_migration(22503, crash - 8 * MINUTE, WEB08),
            HV21.cluster_migration(22501, crash - 4 * MINUTE - 20 * SECOND, SQL07),
            HV21.cluster_migration(22503, crash - 2 * MINUTE - 41 * SECOND, SQL07),
        ],
    );
    folder.log("HV22/System.evtx", 48_650, HV22.started(start + 2 * HOUR));
    folder.log(
        &format!("HV22/{HIGH_AVAILABILITY_LOG}"),
        877,
        vec![
            HV22.cluster_migration(22502, crash - 9 * MINUTE, WEB08),
            HV22.cluster_migration(22504, crash - 8 * MINUTE, WEB08),
            HV22.cluster_migration(22502, crash - 4 * MINUTE - 19 * SECOND, SQL07),
            HV22.cluster_migration(22504, crash - 2 * MINUTE - 40 * SECOND, SQL07),
        ],
    );
    folder.log(
        &format!("HV22/{WORKER_LOG}"),
        3_310,
        vec![
            HV22.worker((18530, 4), crash - 8 * MINUTE - 3 * SECOND, WEB08, &[]),
            HV22.worker((18530, 4), crash - 2 * MINUTE - 42 * SECOND, SQL07, &[]),
        ],
    );
    folder.samples
}

pub(super) fn without_migration() -> Vec<Sample> {
    let mut folder = Folder::new("storvsc-stop-without-migration");
    let crash = utc(2012, 2, 17, 3, 41, 30);
    let stop = storvsc_stop(0x18, 1, 0x22B5);

    folder.add(
        "guest-ERP31/MEMORY.DMP",
        Evidence::Bytes(of_guest_2008r2(stop, Moment { crash, uptime: 44 * DAY })),
    );
    folder.log(
        "guest-ERP31/System.evtx",
        12_406,
        guest_log(ERP31_WINDOWS, stop, crash, 44 * DAY, "021712-17503-01"),
    );

    let start = crash - 50 * DAY;
    folder.log("HV31/System.evtx", 30_311, HV31.started(start));
    // The crashed guest moved three hours before, another one during the crash.
    folder.log(
        &format!("HV31/{HIGH_AVAILABILITY_LOG}"),
        410,
        vec![
            HV31.cluster_migration(22501, crash - 3 * HOUR, ERP31),
            HV31.cluster_migration(22503, crash - 3 * HOUR + 80 * SECOND, ERP31),
            HV31.cluster_migration(22501, crash - 3 * MINUTE, DC32),
            HV31.cluster_migration(22503, crash - 2 * MINUTE, DC32),
        ],
    );
    folder.log("HV32/System.evtx", 29_984, HV32.started(start + HOUR));
    folder.add(
        "HV32/Hyper-V-High-Availability-Admin.xml",
        Evidence::Export {
            first_record: 388,
            events: vec![
                HV32.cluster_migration(22502, crash - 3 * HOUR + SECOND, ERP31),
                HV32.cluster_migration(22504, crash - 3 * HOUR + 81 * SECOND, ERP31),
                HV32.cluster_migration(22502, crash - 3 * MINUTE + SECOND, DC32),
                HV32.cluster_migration(22504, crash - 2 * MINUTE + SECOND, DC32),
            ],
            encoding: Encoding::Utf8,
        },
    );
    folder.samples
}

/// The guest's own log: its last clean start, then the start after the crash.
fn guest_log(
    machine: Machine,
    stop: Stop,
    crash: u64,
    uptime: u64,
    report: &str,
) -> Vec<EventSpec> {
    let mut events = machine.started(crash - uptime + 12 * SECOND);
    events.push(machine.up_time(crash - 9 * HOUR, ((uptime - 9 * HOUR) / SECOND) as u32));
    let again = crash + 95 * SECOND;
    events.push(machine.version_logged(again));
    events.push(machine.log_started(again));
    events.push(machine.came_up_uncleanly(again + SECOND, Some(stop)));
    events.push(machine.shutdown_unexpected(again + 2 * SECOND, crash - 50 * SECOND));
    events.push(machine.stop_reported(again + 31 * SECOND, stop, report));
    events
}
