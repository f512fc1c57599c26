//! Migrations that fail, and queues that are set up wrongly.

use super::super::days::{FROM, Plan};
use super::super::estate::HostNumber;
use super::super::host_life::TEAM;
use super::super::world::World;
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::network::Names;

const HVA03: usize = 2;
const HVA06: usize = 5;
const HVA11: usize = 10;
const HVA12: usize = 11;

const SWITCH: Names<'static> = ("4E7A91C2-6D08-4B5F-93C1-A0F5E2D87B40", "LAN");

pub(super) fn plan(plan: &mut Plan) {
    no_right_to_log_on(plan);
    unfit_processors(plan);
}

/// T06: HVA11 takes no migration, since a policy took the right to log on as a service from its
/// virtual machines.
fn no_right_to_log_on(plan: &mut Plan) {
    let begins = utc(2016, 11, 7, 9, 14, 0);
    plan.at(FROM, |world, _| {
        world.plant(
            "T06",
            "Live migrations to HVA11 fail with 0x80070569: the account of its virtual machines may \
             not log on as a service since a policy was changed.",
            "On HVA03 an administrator breaks a migration off and starts it anew.",
        );
    });
    plan.at(begins - HOUR, |world, time| {
        world.close(HVA11);
        let event = world.machine(HVA11).policy_applied(1502, time, "\\\\dc-a001.litware.example");
        world.tell(HVA11, event);
    });
    // One attempt every few hours, each from another host.
    for (round, host) in (0..).zip([0_usize, 1, 3, 5, 6, 8, 9]) {
        let time = begins + round * (3 * HOUR + 7 * MINUTE);
        plan.at(time, move |world, time| fails_to_migrate(world, host, time));
    }
    plan.at(begins + 2 * DAY, |world, time| {
        let event = world.machine(HVA11).policy_applied(1502, time, "\\\\dc-a001.litware.example");
        world.tell(HVA11, event);
        world.open(HVA11);
    });
    plan.at(utc(2016, 11, 2, 11, 20, 0), broken_off_on_request);
}

/// The balancer sends a guest of `host` to HVA11 in vain.
fn fails_to_migrate(world: &mut World, host: HostNumber, time: u64) {
    let free = world.guests_on(host).into_iter().find(|guest| !world.is_pinned(*guest));
    let Some(guest) = free else { return };
    world.pin(guest);
    world.befall("T06", guest);
    let (named, source, target) = (world.guest(guest), world.machine(host), world.machine(HVA11));
    let [name, id] = [named.name, named.id];
    let to = world.host_name(HVA11);
    world.tell(host, source.management((20413, 4), time, &[name, id, to]));
    let refused = [name, id, "%%2147943785", "0x80070569"];
    let event = target.management((21002, 2), time + 3 * SECOND, &refused);
    let handle = world.tell(HVA11, event);
    world.prove_by("T06", "no right to log on", HVA11, None, handle);
    let event =
        source.management((21024, 2), time + 4 * SECOND, &[name, id, world.host_name(host)]);
    let handle = world.tell(host, event);
    world.prove_by("T06", "migration failed", host, Some(name), handle);
    let resource = format!("Virtual Machine {name}");
    let text = format!(
        "Live migration of '{resource}' failed.\n\nVirtual machine migration operation for '{name}' \
         failed at migration source '{}'. (Virtual machine ID {id})\n\nPlanned virtual machine \
         creation failed for virtual machine '{name}': Logon failure: the user has not been granted \
         the requested logon type at this computer. (0x80070569). (Virtual Machine ID {id}).",
        world.host_name(host),
    );
    let event = source.cluster_resource((21502, 2), time + 5 * SECOND, &[id, &resource, &text]);
    let handle = world.tell(host, event);
    world.prove_by("T06", "refused by the destination", host, None, handle);
}

/// The decoy: a migration that somebody broke off, and that went well when it was asked for again.
fn broken_off_on_request(world: &mut World, time: u64) {
    let free = world.guests_on(HVA03).into_iter().find(|guest| !world.is_pinned(*guest));
    let Some(guest) = free else { return };
    world.pin(guest);
    let (named, machine) = (world.guest(guest), world.machine(HVA03));
    let [name, id] = [named.name, named.id];
    let to = world.host_name(HVA06);
    world.tell(HVA03, machine.management((20413, 4), time, &[name, id, to]));
    let event = machine.management((21014, 3), time + 25 * SECOND, &[name, id]);
    let broken_off = world.tell(HVA03, event);
    world.mislead("T06", "migration broken off", HVA03, Some(name), broken_off);
    let event =
        machine.management((21024, 2), time + 26 * SECOND, &[name, id, world.host_name(HVA03)]);
    let failed = world.tell(HVA03, event);
    world.mislead("T06", "migration failed once", HVA03, Some(name), failed);
    world.migrate(guest, HVA06, time + 20 * MINUTE, 33);
}

/// T07: the adapters of HVA12's team share processors, and Sum-Queues mode wants them apart.
fn unfit_processors(plan: &mut Plan) {
    plan.at(utc(2016, 11, 1, 7, 2, 0), |world, time| {
        world.plant(
            "T07",
            "The adapters of the team of HVA12 have processor sets that do not suit its queues.",
            "HVA06 has no queue left for one more adapter, which is expected.",
        );
        // An administrator sets the team up anew, twice.
        for time in [time, time + 9 * MINUTE] {
            let event = world.machine(HVA12).processor_sets_unfit(time, TEAM, SWITCH, 1);
            let handle = world.tell(HVA12, event);
            world.prove_by("T07", "unfit processors", HVA12, Some("LAN"), handle);
        }
    });
    plan.at(utc(2016, 11, 3, 13, 40, 0), |world, time| {
        let adapter = ("B2D1A7C4-08E5-4F3B-9A61-5D7C30F4E829", "Network Adapter");
        // STATUS_INSUFFICIENT_RESOURCES.
        let refused = (0xC000_009A, 3);
        let event = world.machine(HVA06).queue_refused(time, adapter, SWITCH, refused);
        let handle = world.tell(HVA06, event);
        world.mislead("T07", "no queue left", HVA06, None, handle);
    });
}
