//! A 2012 R2 host and a guest in good health, with records that resemble trouble and are none.

use super::{Folder, INTEGRATION_LOG, Sample, VMMS_LOG, WORKER_LOG};
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::hyper_v::{INTEGRATION, KVP_EXCHANGE, SHADOW_COPY};
use crate::known::network::Names;
use crate::known::{Guest, Machine, Windows};

const HV61: Machine = Machine { computer: "HV61.contoso.example", windows: Windows::Server2012R2 };
const WEB61_WINDOWS: Machine =
    Machine { computer: "WEB61.contoso.example", windows: Windows::Server2012R2 };
const WEB61: Guest = Guest { name: "WEB61", id: "8A52C7E4-09FD-4B31-AE86-E4D7130B9F61" };
const TEST62: Guest = Guest { name: "TEST62", id: "35E9B0D8-7C41-4F6A-9D52-68A1F07C3E62" };

const TEAM: Names<'static> = (
    "/DEVICE/{A1B06C93-5E78-4D20-BF34-97D8E0C51A61}",
    "Microsoft Network Adapter Multiplexor Driver",
);

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("healthy-host");
    let start = utc(2015, 2, 1, 3, 0, 0);

    let mut events = vec![HV61.log_stopped(start - 2 * MINUTE)];
    events.extend(HV61.started(start));
    events.push(HV61.hypervisor_started(start));
    // The same number is a device reset when a storage driver writes it.
    events.push(HV61.remapping_state(start));
    events.push(HV61.filter_loaded(start, "FileInfo", (6, 3), utc(2013, 8, 22, 11, 36, 0)));
    events.push(HV61.filter_loaded(start, "luafv", (6, 3), utc(2013, 8, 22, 11, 40, 21)));
    events.push(HV61.switch_adapter(21, start + 30 * SECOND, TEAM));
    events.push(HV61.switch_adapter(23, start + 31 * SECOND, TEAM));
    events.push(HV61.volume_normal(start + MINUTE, "Volume1", "Cluster Disk 1"));
    events.push(HV61.service_state(
        start + 2 * MINUTE,
        "Hyper-V Virtual Machine Management",
        "running",
    ));
    events.push(HV61.miniport_event(
        start + 5 * MINUTE,
        "{7D20F46B-3C81-4E95-8BA7-C05E91D4F361}",
        "Backup VPN Adapter",
    ));
    events.push(HV61.up_time(start + DAY, 86_400));
    folder.log("HV61/System.evtx", 3_001, events);

    folder.log(
        "HV61/Application.evtx",
        1_200,
        vec![HV61.fault_bucket(start + 7 * HOUR, "reporttool.exe")],
    );
    folder.log(
        &format!("HV61/{WORKER_LOG}"),
        610,
        vec![
            HV61.worker((18500, 4), start + 3 * MINUTE, WEB61, &[]),
            HV61.worker((18500, 4), start + 4 * MINUTE, TEST62, &[]),
            HV61.worker((18508, 4), start + 9 * HOUR, TEST62, &[]),
            HV61.worker((18500, 4), start + 9 * HOUR + 5 * MINUTE, TEST62, &[]),
            HV61.worker((18514, 4), start + 10 * HOUR, TEST62, &[]),
        ],
    );
    folder.log(
        &format!("HV61/{INTEGRATION_LOG}"),
        77,
        vec![
            HV61.integration(KVP_EXCHANGE, (4020, 4), start + 4 * MINUTE, WEB61, &[]),
            HV61.integration(INTEGRATION, (4020, 4), start + 4 * MINUTE, WEB61, &[]),
            HV61.integration(SHADOW_COPY, (4020, 4), start + 4 * MINUTE, WEB61, &[]),
            // On 2008 R2 this number tells of old integration services; here IP settings took too
            // long, and the third value is the adapter.
            HV61.integration(
                KVP_EXCHANGE,
                (4130, 2),
                start + 5 * MINUTE,
                TEST62,
                &["Microsoft:35E9B0D8-7C41-4F6A-9D52-68A1F07C3E62\\1F8C60D2-A7B3-4E95-8D14-0E5BC9A37F62"],
            ),
            // A service that was not ready while the guest started.
            HV61.integration(KVP_EXCHANGE, (4096, 2), start + 9 * HOUR + 5 * MINUTE, TEST62, &[]),
        ],
    );
    folder.log(
        &format!("HV61/{VMMS_LOG}"),
        2_204,
        vec![
            HV61.management((14094, 4), start + 2 * MINUTE, &[]),
            HV61.management(
                (20413, 4),
                start + 12 * HOUR,
                &[WEB61.name, WEB61.id, "HV62.contoso.example"],
            ),
            HV61.management(
                (20415, 4),
                start + 12 * HOUR + 38 * SECOND,
                &[WEB61.name, WEB61.id, "0.4"],
            ),
            HV61.management((13003, 4), start + 20 * HOUR, &[TEST62.name, TEST62.id]),
        ],
    );

    let mut guest = vec![WEB61_WINDOWS.log_stopped(start + 3 * MINUTE)];
    guest.extend(WEB61_WINDOWS.started(start + 4 * MINUTE));
    guest.push(WEB61_WINDOWS.network_negotiated(2, start + 4 * MINUTE, "6.0"));
    guest.push(WEB61_WINDOWS.network_negotiated(1, start + 4 * MINUTE, "5.0"));
    // Enough of everyday records that the log needs a second chunk.
    for minute in 10..310 {
        let state = if minute % 2 == 0 { "running" } else { "stopped" };
        let time = start + minute * MINUTE;
        guest.push(WEB61_WINDOWS.service_state(time, "WMI Performance Adapter", state));
    }
    guest.push(WEB61_WINDOWS.up_time(start + DAY, 86_160));
    folder.log("guest-WEB61/System.evtx", 905, guest);
    folder.samples
}
