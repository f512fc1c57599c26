//! Hosts that stop.

use super::super::days::{Plan, fill};
use super::super::host_life::Filter;
use super::super::truth::Place;
use super::super::world::{World, archive_of};
use crate::event::{EventSpec, Payload, Value};
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::Windows;
use crate::known::system::Stop;
use crate::scenario::dumps::{
    Moment, filter_stop_2012r2, health_stop, of_updated_host_2012r2_with_filter,
    small_of_updated_host_2012r2,
};

const HVA01: usize = 0;
const HVA05: usize = 4;
const HVA06: usize = 5;
const HVA08: usize = 7;
const HVB02: usize = 13;
const HVB04: usize = 15;

/// The scanner that stops HVA05.
const SCANNER: Filter = ("mfehidk", (6, 1), utc(2014, 9, 30, 14, 16, 19));

pub(super) fn plan(plan: &mut Plan) {
    stop_by_filter(plan);
    stop_without_dump(plan);
    stop_by_cluster(plan);
}

/// T02: the scanner of HVA05 stops its host; its guests go down with it.
fn stop_by_filter(plan: &mut Plan) {
    plan.at(utc(2016, 10, 31, 2, 30, 0), |world, time| {
        world.plant(
            "T02",
            "A scanner's driver stops HVA05 (0xD1); its guests go down with it and start elsewhere.",
            "HVA01 is restarted on request the same evening: its guests were moved away before. A \
             program of HVA06 ends in the minute of the stop.",
        );
        let loaded = world.install_filter(HVA05, time, SCANNER);
        world.prove_by("T02", "scanner loaded", HVA05, None, loaded);
    });
    let crash = utc(2016, 11, 5, 10, 41, 27);
    plan.at(crash - DAY, |world, time| {
        world.keep_on(world.estate.named("CTX-A005"), HVA05, time);
    });
    plan.at(crash, |world, crash| {
        let stop = filter_stop_2012r2(0xA4F3);
        let again = crash + 6 * MINUTE;
        let dump = of_updated_host_2012r2_with_filter(stop, Moment { crash, uptime: 31 * DAY });
        world.journal.file("HVA05", "MEMORY.DMP", dump);
        let place = Place::Dump("HVA05.zip!MEMORY.DMP".to_owned());
        world.prove("T02", "stop in the scanner", "HVA05", None, place);
        guest_goes_down(world, crash);
        world.lose_host("T02", HVA05, crash, again);
        let report = "110516-38406-01";
        let restart = world.boot_after_stop(HVA05, again, crash, stop, Some(report));
        world.prove_by("T02", "unclean restart", HVA05, Some("0xD1"), restart);
        let event = world.machine(HVA06).fault_bucket(crash + 8 * SECOND, "monagent.exe");
        let handle = world.tell(HVA06, event);
        world.mislead("T02", "program ended", HVA06, None, handle);
    });
    plan.at(crash + 20 * MINUTE, |world, time| {
        world.open(HVA05);
        fill(world, HVA05, time);
    });
    plan.at(utc(2016, 11, 5, 20, 10, 0), |world, time| {
        world.close(HVA01);
        let drained = super::super::days::drain(world, HVA01, time);
        let asked = world.shut_down(HVA01, drained, "Hardware: Maintenance (Planned)");
        world.mislead("T02", "restart asked for", HVA01, None, asked);
        world.is_down(HVA01, drained + 35 * SECOND, drained + 9 * MINUTE);
        world.boot(HVA01, drained + 9 * MINUTE);
        world.open(HVA01);
        fill(world, HVA01, drained + 15 * MINUTE);
    });
}

/// The log of one of the guests that went down with HVA05: it knows of no STOP.
fn guest_goes_down(world: &mut World, crash: u64) {
    let guest = world.estate.named("CTX-A005");
    let windows = world.estate.machine_in(guest, Windows::Server2012R2);
    for event in windows.started(crash - 5 * DAY) {
        world.tell_in(guest, event);
    }
    let again = crash + 2 * MINUTE + 20 * SECOND;
    world.tell_in(guest, windows.version_logged(again));
    world.tell_in(guest, windows.log_started(again));
    let restart = world.tell_in(guest, windows.came_up_uncleanly(again + SECOND, None));
    let name = world.guest(guest).name;
    world.prove("T02", "guest down with its host", name, None, Place::Event(restart));
    world.tell_in(guest, windows.shutdown_unexpected(again + 2 * SECOND, crash - 30 * SECOND));
    debug_assert_eq!(archive_of(world.guest(guest)), "guest-CTX-A005");
}

/// T11: HVB02 stops and leaves no dump.
fn stop_without_dump(plan: &mut Plan) {
    let crash = utc(2016, 11, 6, 5, 52, 14);
    plan.at(utc(2016, 10, 31, 0, 30, 0), |world, time| {
        world.plant(
            "T11",
            "HVB02 stops with 0x50 and leaves no dump, since its page file is too small.",
            "A program of HVB04 ends and is reported under the number that a STOP has, 1001.",
        );
        let event = world.machine(HVB04).fault_bucket(time + 6 * DAY, "reporttool.exe");
        let handle = world.tell(HVB04, event);
        world.mislead("T11", "program ended", HVB04, None, handle);
    });
    plan.at(crash, |world, crash| {
        let parameters = [0xFFFF_F8A0_1C44_2010, 0, 0xFFFF_F800_01C7_63B4, 2];
        let stop = Stop { code: 0x50, parameters };
        let again = crash + 5 * MINUTE;
        world.lose_host("T11", HVB02, crash, again);
        let restart = world.boot_after_stop(HVB02, again, crash, stop, None);
        world.prove_by("T11", "unclean restart", HVB02, Some("0x50"), restart);
        let machine = world.machine(HVB02);
        let handle = world.tell(HVB02, machine.dump_place(49, again + 3 * SECOND));
        world.prove_by("T11", "no place for a dump", HVB02, None, handle);
        let event = not_saved(machine.stop_reported(again + 70 * SECOND, stop, ""));
        let handle = world.tell(HVB02, event);
        world.prove_by("T11", "dump not saved", HVB02, None, handle);
    });
    plan.at(crash + 18 * MINUTE, |world, time| {
        world.open(HVB02);
        fill(world, HVB02, time);
    });
}

/// The report of a STOP as it is without a dump: 1000, with the code alone.
fn not_saved(report: EventSpec) -> EventSpec {
    let payload = match report.payload {
        Payload::EventData(values) => {
            let values: Vec<(&'static str, Value)> = values.into_iter().take(1).collect();
            Payload::EventData(values)
        }
        other => other,
    };
    EventSpec { id: 1000, payload, ..report }
}

/// T12: the cluster stops HVA08 since a resource does not come back.
fn stop_by_cluster(plan: &mut Plan) {
    let crash = utc(2016, 11, 8, 19, 33, 10);
    plan.at(utc(2016, 10, 31, 0, 45, 0), |world, _| {
        world.plant(
            "T12",
            "The cluster stops its node HVA08 (0x9E), in which a resource hung.",
            "All nodes but two are restarted for updates: asked for, drained, shut down in order.",
        );
    });
    plan.at(crash - 9 * HOUR, |world, time| {
        world.keep_on(world.estate.named("EXCH-A003"), HVA08, time);
    });
    plan.at(crash - 21 * MINUTE, |world, time| {
        let machine = world.machine(HVA08);
        let resource = ["Virtual Machine EXCH-A003", "Virtual Machine", "vmclusres.dll"];
        let [name, kind, library] = resource;
        let event = machine.resource_hung(time, name, kind, library);
        let handle = world.tell(HVA08, event);
        world.prove_by("T12", "resource hung", HVA08, None, handle);
        let failed = machine.resource_failed(time + 2 * SECOND, name, "EXCH-A003");
        world.tell(HVA08, failed);
        let event = machine.resource_host_ended(time + 20 * MINUTE);
        let handle = world.tell(HVA08, event);
        world.prove_by("T12", "resource hung", HVA08, None, handle);
    });
    plan.at(crash, |world, crash| {
        let stop = health_stop();
        let dump = small_of_updated_host_2012r2(stop, Moment { crash, uptime: 22 * DAY });
        world.loose("HVA08-110816-29718-01.dmp", dump);
        let place = Place::Dump("HVA08-110816-29718-01.dmp".to_owned());
        world.prove("T12", "stop by the cluster", "HVA08", None, place);
        let again = crash + 7 * MINUTE;
        world.lose_host("T12", HVA08, crash, again);
        let report = "110816-29718-01";
        let restart = world.boot_after_stop(HVA08, again, crash, stop, Some(report));
        world.prove_by("T12", "unclean restart", HVA08, Some("0x9E"), restart);
    });
    plan.at(crash + 25 * MINUTE, |world, time| {
        world.open(HVA08);
        fill(world, HVA08, time);
    });
}
