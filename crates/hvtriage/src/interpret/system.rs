//! The Windows version of the machine that wrote a log.
//!
//! | id | provider | values |
//! |---|---|---|
//! | 6009 | EventLog | version `6.01.`, build `7601`, service pack, kernel kind, revision (real records) |
//! | 12 | Kernel-General | MajorVersion, MinorVersion, BuildVersion, ... (real records) |
//! | 277 | VmSwitch | BuildNumber, ... (a real record of Windows 10) |

use hvtriage_diagnosis::FactKind;
use hvtriage_eventlog::Event;

use super::values::{number, text};

/// EventLog 6009.
pub(super) fn event_log(event: &Event) -> Option<FactKind> {
    if event.id != 6009 {
        return None;
    }
    os_version(text(event, "", 1)?)
}

/// Kernel-General 12.
pub(super) fn kernel_general(event: &Event) -> Option<FactKind> {
    if event.id != 12 {
        return None;
    }
    os_version(event.payload.named("BuildVersion")?)
}

/// VmSwitch 277.
pub(super) fn vm_switch_build(event: &Event) -> Option<FactKind> {
    if event.id != 277 {
        return None;
    }
    os_version(event.payload.named("BuildNumber")?)
}

fn os_version(build: &str) -> Option<FactKind> {
    // Builds of Windows NT 6 and later lie between these; anything else is another layout.
    const BUILDS: std::ops::RangeInclusive<u32> = 6000..=99_999;
    let build = u32::try_from(number(build)?).ok()?;
    BUILDS.contains(&build).then_some(FactKind::OsVersion { build })
}
