//! Crashes as logs tell them.
//!
//! | id | provider | values | seen in |
//! |---|---|---|---|
//! | 18590 | Worker (2012 and later) | VM name, VM id, code, four parameters, text | a real record of a Windows 11 host |
//! | 18590 with a message | the same | VM name, VM id, 0, 0, 0, address, length, text | TLFS, Linux |
//! | 18539, 18540, 18550, 18560 | Worker | VM name, VM id | message tables |
//! | 1001 | WER-SystemErrorReporting | `0xCODE (P1, P2, P3, P4)`, dump path, report id | a real record of Windows 7 |
//! | 1000 | WER-SystemErrorReporting | as the first of 1001 | message tables |
//! | 1004 to 1018 | WER-SystemErrorReporting | none that is needed | message tables |
//! | 41 v1 | Kernel-Power | code in decimal, one parameter | manifest |
//! | 41 v2, v3 | Kernel-Power | code in decimal, four parameters in hexadecimal, sleep in progress (a flag or, later, a number), time of the power button, ... | real records |
//! | 41 v4 to v10 | Kernel-Power | + from the 9th on: checkpoint, ..., 13th: code kept by the firmware, 16th: power button held, ... | manifest, real records of v8 |
//! | 6008 | EventLog | localised text; in the binary data SYSTEMTIME in local time, the same in UTC | real records |

use hvtriage_diagnosis::{Bugcheck, FactKind, RestartCircumstances};
use hvtriage_eventlog::Event;
use hvtriage_winfmt::FileTime;

use super::values::{number, string, text, vm};

/// Vendor word of the guest OS id that Linux writes to the hypervisor; a panic reports it as the
/// first parameter (`hyperv_report_panic`).
const LINUX_GUEST_OS_VENDOR: u64 = 0x8100;

/// Worker: a guest crashed or was reset.
pub(super) fn worker(event: &Event) -> Option<FactKind> {
    match event.id {
        18590 => guest_crash(event),
        18539 | 18540 | 18550 | 18560 => {
            Some(FactKind::GuestTripleFault { vm: vm(event), event_id: event.id })
        }
        _ => None,
    }
}

fn guest_crash(event: &Event) -> Option<FactKind> {
    let value = |index: usize, position: usize| {
        number(text(event, &format!("VmErrorCode{index}"), position)?)
    };
    let code = u32::try_from(value(0, 2)? & u64::from(u32::MAX)).ok()?;
    let mut parameters = [
        value(1, 3).unwrap_or_default(),
        value(2, 4).unwrap_or_default(),
        value(3, 5).unwrap_or_default(),
        value(4, 6).unwrap_or_default(),
    ];
    let text = text(event, "VmErrorMessage", 7);
    let [guest_os_id, second, ..] = parameters;
    if code == 0 && guest_os_id == 0 && second == 0 {
        // A message: the third is where it lay in the guest, the fourth how long it is.
        parameters = [0; 4];
    }
    Some(FactKind::GuestCrash {
        vm: vm(event),
        bugcheck: Bugcheck { code, parameters },
        message: text.and_then(short_message),
        is_linux: guest_os_id >> 48 == LINUX_GUEST_OS_VENDOR || text.is_some_and(is_of_linux),
    })
}

/// Words of a kernel log that end it, or that stand in every panic.
const LINUX_WORDS: &[&str] =
    &["Kernel panic", "Call Trace:", "Linux version", "kernel BUG at", "Oops:", "RIP: 0010:"];

fn is_of_linux(text: &str) -> bool {
    LINUX_WORDS.iter().any(|words| text.contains(words))
}

/// The line of a kernel log that names the panic, or else the first; a log may be pages long.
fn short_message(text: &str) -> Option<String> {
    const MAX_CHARS: usize = 200;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let panic = lines.clone().find(|line| line.contains("Kernel panic"));
    let line = panic.or_else(|| lines.next())?;
    let shown: String = line.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect();
    (!shown.is_empty()).then_some(shown)
}

/// WER-SystemErrorReporting: the machine came up after a bugcheck.
pub(super) fn error_reporting(event: &Event) -> Option<FactKind> {
    if event.id == 1001 {
        let bugcheck = bugcheck_text(text(event, "param1", 0)?)?;
        return Some(FactKind::BugcheckReported {
            bugcheck,
            dump_path: string(event, "param2", 1),
        });
    }
    let reason = match event.id {
        1000 => "the machine restarted after a bugcheck and no full dump was saved",
        1004 | 1005 => "the dump could not be written",
        1006 => "the machine restarted after a bugcheck and no dump was saved",
        1012 => "a dump of an earlier crash stands in the way",
        1013..=1015 | 1017 => "the dump could not be saved",
        1016 => "the disk has no room for the dump",
        1018 => "the dump was deleted because the disk ran out of space",
        _ => return None,
    };
    let bugcheck = text(event, "param1", 0).filter(|_| event.id == 1000).and_then(bugcheck_text);
    Some(FactKind::DumpNotSaved { event_id: event.id, reason: reason.into(), bugcheck })
}

/// Reads `0x0000001e (0xffffffffc0000005, 0x..., 0x..., 0x...)`.
fn bugcheck_text(text: &str) -> Option<Bugcheck> {
    let (code, rest) = text.split_once('(')?;
    let (list, _) = rest.split_once(')')?;
    let mut parameters = [0; 4];
    let mut parts = list.split(',');
    for parameter in &mut parameters {
        *parameter = number(parts.next()?)?;
    }
    Some(Bugcheck { code: u32::try_from(number(code)?).ok()?, parameters })
}

/// Kernel-Power 41: the machine came up without having been shut down.
pub(super) fn kernel_power(event: &Event) -> Option<FactKind> {
    if event.id != 41 {
        return None;
    }
    // Without the field this is the text of older systems about a sleep transition.
    let code = number(text(event, "BugcheckCode", 0)?)?;
    let parameter = |index: usize| {
        text(event, &format!("BugcheckParameter{index}"), index)
            .and_then(number)
            .unwrap_or_default()
    };
    let parameters = [parameter(1), parameter(2), parameter(3), parameter(4)];
    let bugcheck = match u32::try_from(code).ok()? {
        0 => None,
        code => Some(Bugcheck { code, parameters }),
    };
    let is_set = |name: &str, position: usize| {
        text(event, name, position)
            .is_some_and(|text| text.eq_ignore_ascii_case("true") || number(text) > Some(0))
    };
    let circumstances = RestartCircumstances {
        power_button: is_set("PowerButtonTimestamp", 6)
            || is_set("LongPowerButtonPressDetected", 15),
        sleep_transition: is_set("SleepInProgress", 5),
        told_by_firmware: is_set("BugcheckInfoFromEFI", 12),
    };
    Some(FactKind::UncleanRestart { bugcheck, circumstances })
}

/// EventLog 6008: the shutdown before was unexpected. Its texts are in the language and the zone of
/// the machine and are not read.
pub(super) fn event_log(event: &Event) -> Option<FactKind> {
    (event.id == 6008).then(|| FactKind::UnexpectedShutdown { last_alive: last_alive(event) })
}

/// The second SYSTEMTIME of the binary data, which is in UTC; none that is after the event itself.
fn last_alive(event: &Event) -> Option<FileTime> {
    const IN_UTC: std::ops::Range<usize> = 16..32;
    let stored = event.payload.binary.as_ref()?.get(IN_UTC)?;
    let time = FileTime::from_system_time(stored.try_into().ok()?)?;
    event.time_created.is_none_or(|written| time <= written).then_some(time)
}

#[cfg(test)]
mod tests;
