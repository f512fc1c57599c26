//! A 2012 R2 host with an outdated Windows guest, a Linux guest and a current guest.

use super::{Folder, INTEGRATION_LOG, Sample, WORKER_LOG};
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::hyper_v::{INTEGRATION, KVP_EXCHANGE, SHADOW_COPY};
use crate::known::{Guest, Machine, Windows};

const HV11: Machine = Machine { computer: "HV11.contoso.example", windows: Windows::Server2012R2 };

const WINAPP1: Guest = Guest { name: "WINAPP1", id: "7F31C0A2-5D84-4E19-9B60-C3A8D2E51101" };
const LNX01: Guest = Guest { name: "LNX01", id: "E0B6D913-2A7F-4C48-8D35-1F94A7C60B02" };
const WIN2K12R2: Guest = Guest { name: "WEB05", id: "2C95E7F1-B04A-4A63-A1D8-60E3B97F4C03" };

const SAME_FRAMEWORK: &str = "Negotiated (3.0) - Expected (3.0)";
const MESSAGE_4_OF_5: &str = "Negotiated (4.0) - Expected (5.0)";

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("host-2012r2-mixed-guests");
    let start = utc(2014, 11, 3, 4, 30, 0);

    folder.log("HV11/System.evtx", 7_702, HV11.started(start));
    folder.log(
        &format!("HV11/{INTEGRATION_LOG}"),
        1_440,
        vec![
            HV11.integration(
                KVP_EXCHANGE,
                (4010, 3),
                start + 6 * MINUTE,
                WINAPP1,
                &[SAME_FRAMEWORK, MESSAGE_4_OF_5],
            ),
            HV11.integration(INTEGRATION, (4020, 4), start + 6 * MINUTE, WINAPP1, &[]),
            // No Linux speaks version 4.0 of this service: its driver offers 5.0 alone.
            HV11.integration(
                SHADOW_COPY,
                (4010, 3),
                start + 6 * MINUTE + SECOND,
                WINAPP1,
                &[SAME_FRAMEWORK, MESSAGE_4_OF_5],
            ),
            HV11.integration(
                KVP_EXCHANGE,
                (4010, 3),
                start + 8 * MINUTE,
                LNX01,
                &[SAME_FRAMEWORK, MESSAGE_4_OF_5],
            ),
            HV11.integration(INTEGRATION, (4020, 4), start + 8 * MINUTE, LNX01, &[]),
            HV11.integration(SHADOW_COPY, (4020, 4), start + 8 * MINUTE, LNX01, &[]),
            HV11.integration(KVP_EXCHANGE, (4020, 4), start + 9 * MINUTE, WIN2K12R2, &[]),
            HV11.integration(INTEGRATION, (4020, 4), start + 9 * MINUTE, WIN2K12R2, &[]),
            HV11.integration(SHADOW_COPY, (4020, 4), start + 9 * MINUTE, WIN2K12R2, &[]),
        ],
    );

    // A panic of Linux 3.10: the second value is the guest's operating system id, whose highest
    // half-word 0x8100 stands for Linux and whose middle holds the kernel version.
    let panic = [
        ("VmErrorCode0", "0x0"),
        ("VmErrorCode1", "0x810000030a000000"),
        ("VmErrorCode2", "0xffffffff8105d7e6"),
        ("VmErrorCode3", "0xffff88007b1f3d40"),
        ("VmErrorCode4", "0xffff88007b1f3cf8"),
    ];
    let device = [
        ("Device", "Synthetic SCSI Controller"),
        ("ServerVersion", "6.0"),
        ("ClientVersion", "4.2"),
    ];
    folder.log(
        &format!("HV11/{WORKER_LOG}"),
        2_815,
        vec![
            HV11.worker((18500, 4), start + 5 * MINUTE, WINAPP1, &[]),
            HV11.worker((18500, 4), start + 7 * MINUTE, LNX01, &[]),
            HV11.worker((23014, 3), start + 8 * MINUTE, LNX01, &device),
            HV11.worker((18500, 4), start + 8 * MINUTE + 20 * SECOND, WIN2K12R2, &[]),
            HV11.worker((18590, 1), start + 2 * DAY + 3 * HOUR, LNX01, &panic),
            HV11.worker((18514, 4), start + 2 * DAY + 3 * HOUR + 2 * SECOND, LNX01, &[]),
        ],
    );
    folder.samples
}
