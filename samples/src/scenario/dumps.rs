//! The dumps of the scenarios: machines as they stopped.

use crate::dump::calls::{address_of, call, channel_callback};
use crate::dump::modules::{
    base_of, guest_2008r2, guest_2012r2, host_2008r2, host_2012r2, unloaded_after,
};
use crate::dump::{self, DumpKind, DumpSpec, ModuleSpec};
use crate::known::system::Stop;

/// The filter that the antivirus scenarios are about.
const FILTER: &str = "mfehidk.sys";
/// Time stamp of the filter of 2011: 12 August, 20:20:58 UTC.
const FILTER_OF_2011: u32 = 0x4E45_8B2A;
/// Time stamp of the filter of 2014: 30 September, 14:16:19 UTC.
const FILTER_OF_2014: u32 = 0x542A_BB33;

/// When a machine stopped and how long it had run, both in ticks of 100 ns.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) crash: u64,
    pub(super) uptime: u64,
}

/// 0xD1 of a 2008 R2 guest: the address that was touched, read (0) or written (1), by an
/// instruction at `offset` in storvsc.sys.
pub(super) fn storvsc_stop(address: u64, access: u64, offset: u64) -> Stop {
    let instruction = base_of(&guest_2008r2(), "storvsc.sys") + offset;
    Stop { code: 0xD1, parameters: [address, 2, access, instruction] }
}

/// The kernel dump (type 2) of a 2008 R2 guest.
pub(super) fn of_guest_2008r2(stop: Stop, moment: Moment) -> Vec<u8> {
    let modules = guest_2008r2();
    let [.., instruction] = stop.parameters;
    let start = address_of(&call("storvsc.sys", "StorChannelVmbusCallback", 0), &modules);
    dump::write(&DumpSpec {
        calls: channel_callback((instruction - start) as u32),
        ..spec(DumpKind::Summary, 7601, stop, moment, modules)
    })
}

/// 0xD1 of a 2012 R2 host by an instruction at `offset` in the filter.
pub(super) fn filter_stop_2012r2(offset: u64) -> Stop {
    filter_stop(&with_filter(host_2012r2(), FILTER_OF_2014), offset)
}

/// The kernel dump (type 5) of a 2012 R2 host with the filter.
pub(super) fn of_host_2012r2_with_filter(stop: Stop, moment: Moment) -> Vec<u8> {
    write(DumpKind::Bitmap, 9600, stop, moment, with_filter(host_2012r2(), FILTER_OF_2014))
}

/// The small dump (type 4) that Windows writes beside the kernel dump of that host.
pub(super) fn small_of_host_2012r2_with_filter(stop: Stop, moment: Moment) -> Vec<u8> {
    write(DumpKind::Triage, 9600, stop, moment, with_filter(host_2012r2(), FILTER_OF_2014))
}

/// The same of a host with the updates of autumn 2016.
pub(super) fn of_updated_host_2012r2_with_filter(stop: Stop, moment: Moment) -> Vec<u8> {
    let modules = with_filter(updated(host_2012r2()), FILTER_OF_2014);
    write(DumpKind::Bitmap, 9600, stop, moment, modules)
}

/// 0x9E: a process that the cluster watches did not answer for 1,200 seconds.
pub(super) fn health_stop() -> Stop {
    Stop { code: 0x9E, parameters: [0xFFFF_E000_2B4C_1900, 1_200, 0, 0] }
}

/// The small dump of a 2012 R2 host that the cluster's driver stopped.
pub(super) fn small_of_updated_host_2012r2(stop: Stop, moment: Moment) -> Vec<u8> {
    let modules = updated(host_2012r2());
    let watchdog = base_of(&modules, "netft.sys");
    dump::write(&DumpSpec {
        callers: vec![watchdog + 0x4A3C, watchdog + 0x2F18],
        ..spec(DumpKind::Triage, 9600, stop, moment, modules)
    })
}

/// The small dump of a 2012 R2 guest.
pub(super) fn small_of_guest_2012r2(stop: Stop, moment: Moment) -> Vec<u8> {
    write(DumpKind::Triage, 9600, stop, moment, updated(guest_2012r2()))
}

/// 0xD1 of a 2008 R2 host by an instruction at `offset` in the filter.
pub(super) fn filter_stop_2008r2(offset: u64) -> Stop {
    filter_stop(&with_filter(host_2008r2(), FILTER_OF_2011), offset)
}

/// The complete dump (type 1) of a 2008 R2 host with the filter.
pub(super) fn of_host_2008r2_with_filter(stop: Stop, moment: Moment) -> Vec<u8> {
    write(DumpKind::Full, 7601, stop, moment, with_filter(host_2008r2(), FILTER_OF_2011))
}

/// The complete dump (type 1) of a 2012 R2 host.
pub(super) fn of_host_2012r2(stop: Stop, moment: Moment) -> Vec<u8> {
    write(DumpKind::Full, 9600, stop, moment, host_2012r2())
}

fn write(
    kind: DumpKind,
    build: u32,
    stop: Stop,
    moment: Moment,
    modules: Vec<ModuleSpec>,
) -> Vec<u8> {
    dump::write(&spec(kind, build, stop, moment, modules))
}

fn spec(
    kind: DumpKind,
    build: u32,
    stop: Stop,
    moment: Moment,
    modules: Vec<ModuleSpec>,
) -> DumpSpec {
    DumpSpec {
        kind,
        build,
        bugcheck: stop.code,
        parameters: stop.parameters,
        system_time_filetime: moment.crash,
        uptime_ticks: moment.uptime,
        unloaded: unloaded_after(&modules),
        modules,
        ..DumpSpec::default()
    }
}

fn filter_stop(modules: &[ModuleSpec], offset: u64) -> Stop {
    let instruction = base_of(modules, FILTER) + offset;
    Stop { code: 0xD1, parameters: [0xFFFF_F8A0_0C21_7000, 2, 0, instruction] }
}

/// The modules after the rollup of October 2016.
fn updated(modules: Vec<ModuleSpec>) -> Vec<ModuleSpec> {
    let update = |module: ModuleSpec| ModuleSpec {
        version: module.version.map(|_| [6, 3, 9600, 18505]),
        ..module
    };
    modules.into_iter().map(update).collect()
}

/// The modules of a host and, behind them, the filter.
fn with_filter(mut modules: Vec<ModuleSpec>, timestamp: u32) -> Vec<ModuleSpec> {
    let end = modules.iter().map(|module| module.base + u64::from(module.size)).max();
    modules.push(ModuleSpec {
        name: FILTER.to_owned(),
        path: format!("\\SystemRoot\\system32\\drivers\\{FILTER}"),
        base: end.unwrap_or_default().next_multiple_of(0x1_0000) + 0x2_0000,
        size: 0xC_B000,
        timestamp,
        ..ModuleSpec::default()
    });
    modules
}
