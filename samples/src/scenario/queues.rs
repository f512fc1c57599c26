//! A 2012 R2 host whose virtual machine queues and receive side scaling are set up wrongly.

use super::{Folder, Sample};
use crate::instant::{MINUTE, SECOND, utc};
use crate::known::network::Names;
use crate::known::{Machine, Windows};

const HV51: Machine = Machine { computer: "HV51.contoso.example", windows: Windows::Server2012R2 };

const TEAM: Names<'static> = (
    "/DEVICE/{56DBCD4F-7942-40E9-A45E-601058C3331A}",
    "Microsoft Network Adapter Multiplexor Driver",
);
const SWITCH: Names<'static> = ("DE4F3664-68D9-4781-825B-882A540FAB08", "VM Switch");
const TEAM_MEMBER: &str = "{0C6E1F7B-92D4-4E53-8A0F-7B5D31C8E951}";

/// Sum of queues, the mode in which the members of a team must not share processors.
const SUM_OF_QUEUES: u32 = 1;
/// `STATUS_INSUFFICIENT_RESOURCES`, which 113 carries when the adapter has no queue left.
const NO_RESOURCES: u32 = 0xC000_009A;
/// Number of the reason "no queue left". The number is not known from any real record; the status
/// beside it tells the same.
const NO_QUEUE_LEFT: u32 = 6;

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("vmq-rss");
    let start = utc(2014, 9, 21, 2, 15, 0);
    let mut events = HV51.started(start);
    events.push(HV51.switch_adapter(21, start + 20 * SECOND, TEAM));
    events.push(HV51.switch_adapter(23, start + 21 * SECOND, TEAM));
    events.push(HV51.processor_sets_unfit(start + 22 * SECOND, TEAM, SWITCH, SUM_OF_QUEUES));
    events.push(HV51.scaling_refused(start + 24 * SECOND, TEAM_MEMBER));
    for (minute, machine) in [
        (7, "EDCED345-4C96-4C75-92A0-0C4FC5688F73--35BEB899-5BE9-4128-900A-6FE0BBFC7B22"),
        (8, "0B7D61E9-37FA-4A02-9C1E-D5408E2BA952--8EF2C1A7-60D3-4B9F-A5E4-13C97D08B653"),
    ] {
        let adapter = (machine, "Network Adapter");
        let outcome = (NO_RESOURCES, NO_QUEUE_LEFT);
        events.push(HV51.queue_refused(start + minute * MINUTE, adapter, SWITCH, outcome));
    }
    folder.log("HV51/System.evtx", 14_003, events);
    folder.samples
}
