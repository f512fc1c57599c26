//! Guests that stop, and guests that are behind.

use super::super::days::{FROM, Plan};
use super::super::estate::{OLDER, OUTDATED};
use super::super::truth::Place;
use super::super::world::{World, archive_of};
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::Windows;
use crate::known::hyper_v::KVP_EXCHANGE;
use crate::known::system::Stop;
use crate::scenario::dumps::{Moment, of_guest_2008r2, storvsc_stop};

const HVA01: usize = 0;
const HVA04: usize = 3;
const HVA06: usize = 5;
const HVB01: usize = 12;
const HVB02: usize = 13;
const HVB03: usize = 14;
const HVB04: usize = 15;

pub(super) fn plan(plan: &mut Plan) {
    stop_after_migration(plan);
    outdated_services(plan);
    same_stop_again(plan);
}

/// T01: SQL-B007 stops in storvsc two minutes after its migration.
fn stop_after_migration(plan: &mut Plan) {
    let crash = utc(2016, 11, 3, 14, 22, 30);
    plan.at(crash - DAY, |world, time| {
        world.plant(
            "T01",
            "A guest of 2008 R2 stops with 0xD1 in storvsc two minutes after its live migration.",
            "FILE-B004 is migrated in the same minutes and then restarted by its administrator.",
        );
        world.keep_on(world.estate.named("SQL-B007"), HVB01, time);
        world.keep_on(world.estate.named("FILE-B004"), HVB02, time + MINUTE);
    });
    plan.at(crash - 4 * MINUTE - 10 * SECOND, |world, time| {
        let guest = world.estate.named("SQL-B007");
        world.migrate(guest, HVB03, time, 105);
        restart_on_request(world, time);
    });
    plan.at(crash, |world, crash| {
        let guest = world.estate.named("SQL-B007");
        let windows = world.estate.machine_in(guest, Windows::Server2008R2);
        let (name, archive) = (world.guest(guest).name, archive_of(world.guest(guest)));
        let (stop, uptime) = (storvsc_stop(0x28, 0, 0x22B8), 19 * DAY);
        let dump = of_guest_2008r2(stop, Moment { crash, uptime });
        world.journal.file(&archive, "MEMORY.DMP", dump);
        let place = Place::Dump(format!("{archive}.zip!MEMORY.DMP"));
        world.prove("T01", "stop in storvsc", name, None, place);
        for event in windows.started(crash - 12 * DAY) {
            world.tell_in(guest, event);
        }
        let again = crash + 95 * SECOND;
        world.devices_come_up(guest, again - 30 * SECOND);
        world.tell_in(guest, windows.version_logged(again));
        world.tell_in(guest, windows.log_started(again));
        let event = windows.came_up_uncleanly(again + SECOND, Some(stop));
        let restart = world.tell_in(guest, event);
        world.prove("T01", "unclean restart", name, Some("0xD1"), Place::Event(restart));
        world.tell_in(guest, windows.shutdown_unexpected(again + 2 * SECOND, crash - 50 * SECOND));
        let event = windows.stop_reported(again + 31 * SECOND, stop, "110316-21840-01");
        world.tell_in(guest, event);
    });
}

/// The decoy: another guest, migrated and restarted in the same minutes, in good order.
fn restart_on_request(world: &mut World, time: u64) {
    let guest = world.estate.named("FILE-B004");
    world.migrate(guest, HVB04, time + 50 * SECOND, 70);
    let windows = world.estate.machine_in(guest, Windows::Server2008R2);
    let asked = time + 5 * MINUTE;
    let event = windows.restart_asked_for(asked, "LITWARE\\adm-weber", "Other (Planned)");
    let handle = world.tell_in(guest, event);
    world.mislead_in("T01", "restart asked for", guest, handle);
    let handle = world.tell_in(guest, windows.log_stopped(asked + 20 * SECOND));
    world.mislead_in("T01", "log stopped in order", guest, handle);
    let again = asked + 90 * SECOND;
    world.tell_in(guest, windows.system_started(again));
    for event in windows.started(again + 12 * SECOND) {
        world.tell_in(guest, event);
    }
    world.restart_guest(guest, asked + 80 * SECOND);
}

/// T05: guests whose integration services nobody updated, on all hosts that they come to.
fn outdated_services(plan: &mut Plan) {
    plan.at(utc(2016, 10, 31, 0, 0, 0), |world, _| {
        world.plant(
            "T05",
            "Guests whose integration services are older than their hosts': six on 2008 R2 by a \
             service pack, five on 2012 R2 by one version of two services.",
            "Every Linux guest on 2012 R2 differs in the exchange of data, which is harmless; 4130 \
             on 2012 R2 means that an address could not be set in time.",
        );
    });
    // Each of them is seen on several hosts.
    for (round, (name, _)) in (0..).zip(OUTDATED) {
        plan.at(utc(2016, 11, 1, 5, 0, 0) + round * 3 * MINUTE, move |world, time| {
            let guest = world.estate.named(name);
            let hosts = [HVB01, HVB02, HVB03, HVB04];
            let here = world.host_of(guest);
            let to = hosts.into_iter().cycle().skip(here - HVB01 + 1).find(|host| *host != here);
            world.migrate(guest, to.unwrap_or(HVB01), time, 40);
        });
    }
    for (round, name) in (0..).zip(OLDER) {
        plan.at(utc(2016, 11, 1, 5, 30, 0) + round * 3 * MINUTE, move |world, time| {
            world.restart_guest(world.estate.named(name), time);
        });
    }
    plan.at(utc(2016, 11, 2, 5, 10, 0), |world, time| {
        let machine = world.machine(HVA06);
        let adapter = "5A0C1E5D-30F3-4D0A-8D6C-7E21C04B9A17";
        let guest = world.guest(world.estate.named("APP-A002"));
        let event = machine.integration(KVP_EXCHANGE, (4130, 2), time, guest, &[adapter]);
        let handle = world.tell(HVA06, event);
        world.mislead("T05", "address not set in time", HVA06, Some(guest.name), handle);
    });
}

/// T09: APP-A017 stops four times at one place, on three hosts.
fn same_stop_again(plan: &mut Plan) {
    plan.at(FROM, |world, _| {
        world.plant(
            "T09",
            "A guest stops four times at one instruction, on three hosts.",
            "WEB-A010 restarts itself every morning at four.",
        );
    });
    plan.at(utc(2016, 10, 31, 5, 0, 0), |world, time| {
        world.keep_on(world.estate.named("APP-A017"), HVA01, time);
        world.keep_on(world.estate.named("WEB-A010"), HVA04, time);
    });
    for day in 0..14 {
        plan.at(utc(2016, 10, 31, 4, 0, 0) + day * DAY, |world, time| {
            let guest = world.estate.named("WEB-A010");
            let (host, name) = (world.host_of(guest), world.guest(guest).name);
            if let Some(handle) = world.restart_guest(guest, time) {
                world.mislead("T09", "restart by itself", host, Some(name), handle);
            }
        });
    }
    // The driver lies at another address after every start, the instruction at one place in its page.
    let stops = [
        (utc(2016, 11, 1, 8, 12, 7), HVA01, 0xFFFF_F800_03A5_2C10, 0xFFFF_D000_21F6_E0A0),
        (utc(2016, 11, 4, 8, 15, 41), HVA06, 0xFFFF_F800_0261_7C10, 0xFFFF_D000_23C1_40A0),
        (utc(2016, 11, 8, 8, 9, 55), HVA04, 0xFFFF_F800_0329_0C10, 0xFFFF_D000_206B_20A0),
        (utc(2016, 11, 12, 8, 20, 18), HVA01, 0xFFFF_F800_02D4_8C10, 0xFFFF_D000_24A8_B0A0),
    ];
    for (time, host, instruction, record) in stops {
        plan.at(time - 16 * HOUR, move |world, time| {
            world.migrate(world.estate.named("APP-A017"), host, time, 30);
        });
        let parameters = [0xC000_0005, instruction, record, 0];
        plan.at(time, move |world, time| {
            let guest = world.estate.named("APP-A017");
            let host = world.host_of(guest);
            let handle = world.guest_stops(guest, time, Stop { code: 0x3B, parameters });
            world.prove_by("T09", "guest stop", host, Some(world.guest(guest).name), handle);
        });
    }
}
