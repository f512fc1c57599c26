//! Three hosts of a 2008 R2 cluster whose guests carry old integration services.

use super::{Evidence, Folder, INTEGRATION_LOG, Sample};
use crate::instant::{DAY, HOUR, MINUTE, utc};
use crate::known::hyper_v::{INTEGRATION, KVP_EXCHANGE, SHADOW_COPY, TIME_SYNC};
use crate::known::{Guest, Machine, Windows};
use crate::xml::Encoding;

const HV01: Machine = Machine { computer: "HV01.contoso.example", windows: Windows::Server2008R2 };
const HV02: Machine = Machine { computer: "HV02.contoso.example", windows: Windows::Server2008R2 };
const HV03: Machine = Machine { computer: "HV03.contoso.example", windows: Windows::Server2008R2 };

const FILE01: Guest = Guest { name: "FILE01", id: "3C1B7A54-9E02-4F6D-8B11-5A7E90C2D401" };
const WEB02: Guest = Guest { name: "WEB02", id: "A94D2E60-17C5-4B38-92FA-0C6D81E3B502" };
const APP03: Guest = Guest { name: "APP03", id: "58E0F3C7-6B2A-4D91-A7C4-E21B09F6D603" };
const OLD04: Guest = Guest { name: "OLD04", id: "D27A91B8-403E-4C5F-B6D2-79F8A0E14704" };

/// Services of 2008 R2 without and with Service Pack 1.
const BEFORE_SERVICE_PACK: &str = "6.1.7600.16385";
const SERVICE_PACK: &str = "6.1.7601.17514";
/// Services of 2008 R2 with an update of May 2010.
const BEFORE_SERVICE_PACK_UPDATED: &str = "6.1.7600.20683";

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("cluster-2008r2-outdated-guests");
    let start = utc(2011, 9, 12, 6, 0, 0);

    folder.log("HV01/System.evtx", 18_201, HV01.started(start));
    folder.log(
        &format!("HV01/{INTEGRATION_LOG}"),
        311,
        vec![
            HV01.integration(
                KVP_EXCHANGE,
                (4130, 3),
                start + 9 * MINUTE,
                FILE01,
                &[BEFORE_SERVICE_PACK, SERVICE_PACK],
            ),
            HV01.integration(
                KVP_EXCHANGE,
                (4130, 3),
                start + 11 * MINUTE,
                WEB02,
                &[BEFORE_SERVICE_PACK, SERVICE_PACK],
            ),
            // A service that is not ready while a guest starts: harmless.
            HV01.integration(KVP_EXCHANGE, (4096, 2), start + 12 * MINUTE, FILE01, &[]),
            HV01.integration(
                KVP_EXCHANGE,
                (4130, 3),
                start + 6 * DAY + 2 * HOUR,
                FILE01,
                &[BEFORE_SERVICE_PACK, SERVICE_PACK],
            ),
        ],
    );

    folder.log("HV02/System.evtx", 20_544, HV02.started(start + 40 * MINUTE));
    folder.log(
        &format!("HV02/{INTEGRATION_LOG}"),
        127,
        vec![
            HV02.integration(
                KVP_EXCHANGE,
                (4130, 3),
                start + 52 * MINUTE,
                APP03,
                &[BEFORE_SERVICE_PACK_UPDATED, SERVICE_PACK],
            ),
            HV02.integration(TIME_SYNC, (4010, 3), start + 53 * MINUTE, APP03, &[]),
            // WEB02 came over from HV01 by live migration.
            HV02.integration(
                KVP_EXCHANGE,
                (4130, 3),
                start + 3 * DAY + 5 * HOUR,
                WEB02,
                &[BEFORE_SERVICE_PACK, SERVICE_PACK],
            ),
        ],
    );

    folder.log("HV03/System.evtx", 9_870, HV03.started(start + 80 * MINUTE));
    // The administrator of this host saved the log from PowerShell as text.
    folder.add(
        "HV03/Hyper-V-Integration-Admin.xml",
        Evidence::Export {
            first_record: 58,
            events: vec![
                HV03.integration(SHADOW_COPY, (4000, 2), start + 95 * MINUTE, OLD04, &[]),
                HV03.integration(INTEGRATION, (4010, 3), start + 95 * MINUTE, OLD04, &[]),
            ],
            encoding: Encoding::Utf16,
        },
    );
    folder.samples
}
