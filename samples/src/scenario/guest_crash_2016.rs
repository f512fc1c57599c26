//! A 2016 host that tells of a guest's STOP, and of an older guest that shares no protocol version
//! with it. The crashed guest deleted its dump; its log and the host's tell the same STOP.

use super::{Folder, Sample, WORKER_LOG};
use crate::instant::{HOUR, MINUTE, SECOND, utc};
use crate::known::hyper_v::{CHIPSET, INTEGRATION};
use crate::known::system::Stop;
use crate::known::{Guest, Machine, Windows};

const HV71: Machine = Machine { computer: "HV71.contoso.example", windows: Windows::Server2016 };
const APP71_WINDOWS: Machine =
    Machine { computer: "APP71.contoso.example", windows: Windows::Server2016 };
const APP71: Guest = Guest { name: "APP71", id: "6D4A92F0-C3B8-4715-9E6D-A7F1058B2C71" };
const LEG72: Guest = Guest { name: "LEG72", id: "F8013B6C-5E9D-4C27-B48A-2D6E93A7F072" };

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("guest-18590-host");
    let start = utc(2018, 4, 10, 5, 0, 0);
    let crash = utc(2018, 4, 26, 16, 20, 33);
    folder.log("HV71/System.evtx", 102_400, HV71.started(start));

    let versions = ["Negotiated (0.0) - Expected (3.0)", "Negotiated (0.0) - Expected (4.0)"];
    let stop =
        Stop { code: 0x50, parameters: [0xFFFF_E001_04C7_D010, 0, 0xFFFF_F801_4A6C_31D4, 2] };
    let [first, second, third, fourth] = stop.parameters.map(|value| format!("{value:#x}"));
    let reported = [
        ("VmErrorCode0", "0x50"),
        ("VmErrorCode1", first.as_str()),
        ("VmErrorCode2", second.as_str()),
        ("VmErrorCode3", third.as_str()),
        ("VmErrorCode4", fourth.as_str()),
        ("VmErrorMessage", ""),
    ];
    folder.log(
        &format!("HV71/{WORKER_LOG}"),
        8_850,
        vec![
            HV71.worker((18500, 4), start + 3 * MINUTE, APP71, &[]),
            // The firmware handed over, though one boot source was refused: id 18602 of this
            // provider is no crash.
            HV71.virtual_device(CHIPSET, (18602, 3), start + 3 * MINUTE + 4 * SECOND, APP71, &[]),
            HV71.worker((18500, 4), start + 4 * MINUTE, LEG72, &[]),
            HV71.integration(INTEGRATION, (4000, 2), start + 5 * MINUTE, LEG72, &versions),
            HV71.worker((18590, 1), crash, APP71, &reported),
            HV71.worker((18514, 4), crash + 3 * SECOND, APP71, &[]),
        ],
    );

    let again = crash + 40 * SECOND;
    folder.log(
        "guest-APP71/System.evtx",
        27_660,
        vec![
            APP71_WINDOWS.version_logged(again),
            APP71_WINDOWS.log_started(again),
            APP71_WINDOWS.came_up_uncleanly(again + SECOND, Some(stop)),
            APP71_WINDOWS.shutdown_unexpected(again + 2 * SECOND, crash - 30 * SECOND),
            APP71_WINDOWS.stop_reported(again + 25 * SECOND, stop, "042618-9703-01"),
            APP71_WINDOWS.dump_deleted(again + 6 * HOUR, "24"),
        ],
    );
    folder.samples
}
