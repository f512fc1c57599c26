//! Hosts on which an antivirus filter stands in the file system stack.

use super::dumps::{
    Moment, filter_stop_2008r2, filter_stop_2012r2, of_host_2008r2_with_filter,
    of_host_2012r2_with_filter, small_of_host_2012r2_with_filter,
};
use super::{Evidence, Folder, Sample, VMMS_LOG};
use crate::event::EventSpec;
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::system::Stop;
use crate::known::{Machine, Windows};

const HV41: Machine = Machine { computer: "HV41.contoso.example", windows: Windows::Server2012R2 };
const HV45: Machine = Machine { computer: "HV45.fabrikam.example", windows: Windows::Server2008R2 };

/// HRESULT of "the file has a user-mapped section open", as message reference and as number.
const MAPPED_SECTION: [&str; 2] = ["%%2147943624", "0x800704C8"];

pub(super) fn on_2012r2() -> Vec<Sample> {
    let mut folder = Folder::new("antivirus-on-host");
    let crash = utc(2015, 6, 2, 13, 7, 45);
    let uptime = 12 * DAY;
    let stop = filter_stop_2012r2(0xA4F3);
    let dump = of_host_2012r2_with_filter(stop, Moment { crash, uptime });
    folder.add("HV41/MEMORY.DMP", Evidence::Bytes(dump));
    let small = small_of_host_2012r2_with_filter(stop, Moment { crash, uptime });
    folder.add("HV41/Minidump/060215-44015-01.dmp", Evidence::Bytes(small));

    let start = crash - uptime + 15 * SECOND;
    let mut events = HV41.started(start);
    events.push(HV41.filter_loaded(
        start + 2 * SECOND,
        "FileInfo",
        (6, 3),
        utc(2013, 8, 22, 11, 36, 0),
    ));
    events.push(HV41.filter_loaded(
        start + 2 * SECOND,
        "mfehidk",
        (6, 1),
        utc(2014, 9, 30, 14, 16, 19),
    ));
    events.push(HV41.volume_has_filters(
        start + 6 * MINUTE,
        "Volume2",
        "mfehidk",
        "Cluster Disk 2",
    ));
    events.push(HV41.volume_redirected(start + 6 * MINUTE + SECOND, "Volume2", "Cluster Disk 2"));
    restart_after(&mut events, HV41, crash, stop, "060215-44015-01");
    folder.log("HV41/System.evtx", 66_120, events);

    let [reference, number] = MAPPED_SECTION;
    folder.log(
        &format!("HV41/{VMMS_LOG}"),
        5_031,
        vec![
            HV41.management((14094, 4), start + MINUTE, &[]),
            HV41.management(
                (16300, 2),
                crash - 26 * HOUR,
                &["-", "C1F08E3A-7D25-4B96-8E4C-0A95D7B36241", reference, number],
            ),
        ],
    );
    folder.samples
}

pub(super) fn on_2008r2() -> Vec<Sample> {
    let mut folder = Folder::new("antivirus-2008r2-cluster");
    let crash = utc(2011, 11, 23, 8, 52, 10);
    let uptime = 3 * DAY;
    let stop = filter_stop_2008r2(0x71C2);
    let dump = of_host_2008r2_with_filter(stop, Moment { crash, uptime });
    folder.add("HV45/MEMORY.DMP", Evidence::Bytes(dump));

    let start = crash - uptime + 15 * SECOND;
    let mut events = HV45.started(start);
    events.push(HV45.filter_loaded(
        start + 2 * SECOND,
        "mfehidk",
        (6, 1),
        utc(2011, 8, 12, 20, 20, 58),
    ));
    events.push(HV45.volume_has_filters(
        start + 5 * MINUTE,
        "Volume1",
        "mfehidk, mfeavfk",
        "Cluster Disk 1",
    ));
    events.push(HV45.volume_redirected(start + 5 * MINUTE + SECOND, "Volume1", "Cluster Disk 1"));
    restart_after(&mut events, HV45, crash, stop, "112311-30201-01");
    folder.log("HV45/System.evtx", 22_940, events);
    folder.samples
}

/// The start after a crash.
fn restart_after(
    events: &mut Vec<EventSpec>,
    machine: Machine,
    crash: u64,
    stop: Stop,
    report: &str,
) {
    let again = crash + 4 * MINUTE;
    events.push(machine.version_logged(again));
    events.push(machine.log_started(again));
    events.push(machine.came_up_uncleanly(again + SECOND, Some(stop)));
    events.push(machine.shutdown_unexpected(again + 2 * SECOND, crash - 20 * SECOND));
    events.push(machine.stop_reported(again + 50 * SECOND, stop, report));
}
