//! Volumes and files that hosts cannot reach.

use super::super::days::{FROM, Plan};
use super::super::estate::HostNumber;
use super::super::estate::{B, GuestNumber};
use super::super::host_life::Filter;
use super::super::truth::Place;
use super::super::world::{World, archive_of};
use crate::event::EventSpec;
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};
use crate::known::Windows;
use crate::known::system::Stop;
use crate::scenario::dumps::{Moment, small_of_guest_2012r2};

const HVA02: usize = 1;
const HVA03: usize = 2;
const HVA04: usize = 3;
const HVA07: usize = 6;
const HVA09: usize = 8;
const HVA10: usize = 9;
const HVA11: usize = 10;

pub(super) fn plan(plan: &mut Plan) {
    redirected_by_filter(plan);
    path_lost(plan);
    volume_full(plan);
    vanished(plan);
}

/// T03: a scanner is put on HVA09 and HVA10 and redirects a volume, until it is taken off again.
fn redirected_by_filter(plan: &mut Plan) {
    const SCANNER: Filter = ("srtsp64", (6, 1), utc(2016, 3, 8, 3, 12, 44));
    let begins = utc(2016, 11, 2, 22, 10, 0);
    plan.at(begins - 2 * DAY, |world, _| {
        world.plant(
            "T03",
            "A scanner that is put on HVA09 and HVA10 makes both reach Volume3 over the network.",
            "The hosts of 2008 R2 redirect their volumes for the backup of every night, and an \
             administrator redirects Volume2 on HVA04 for an hour.",
        );
    });
    for (host, minutes) in [(HVA09, 0), (HVA10, 4)] {
        plan.at(begins + minutes * MINUTE, move |world, time| {
            let loaded = world.install_filter(host, time, SCANNER);
            world.prove_by("T03", "scanner loaded", host, None, loaded);
            let (volume, disk) = ("Volume3", "Cluster Disk 3");
            let machine = world.machine(host);
            let event = machine.volume_has_filters(time + MINUTE, volume, "srtsp64", disk);
            let handle = world.tell(host, event);
            world.prove_by("T03", "filters on the volume", host, Some(volume), handle);
            let event = machine.volume_redirected(time + MINUTE + SECOND, volume, disk);
            let handle = world.tell(host, event);
            world.prove_by("T03", "volume redirected", host, Some(volume), handle);
        });
        plan.at(begins + 35 * HOUR + minutes * MINUTE, move |world, time| {
            let (name, version, linked) = SCANNER;
            let event = world.machine(host).filter_loaded(time, name, version, linked);
            // FilterManager 1 is laid out as 6 is.
            world.tell(host, EventSpec { id: 1, ..event });
            world.installed.retain(|installed| *installed != (host, SCANNER));
            let event =
                world.machine(host).volume_normal(time + MINUTE, "Volume3", "Cluster Disk 3");
            world.tell(host, event);
        });
    }
    for day in 0..14 {
        plan.at(FROM + day * DAY + 23 * HOUR, |world, time| {
            for (number, host) in (1..).zip(B) {
                redirect_on_request(world, host, number, time, 55);
            }
        });
    }
    plan.at(utc(2016, 11, 6, 20, 0, 0), |world, time| {
        redirect_on_request(world, HVA04, 2, time, 60);
    });
}

fn redirect_on_request(world: &mut World, host: usize, number: u32, time: u64, minutes: u64) {
    let (volume, disk) = (format!("Volume{number}"), format!("Cluster Disk {number}"));
    let machine = world.machine(host);
    for (id, time) in [(5136, time), (5137, time + minutes * MINUTE)] {
        let handle = world.tell(host, machine.redirection_asked_for(id, time, &volume, &disk));
        if id == 5136 {
            world.mislead("T03", "redirection asked for", host, Some(&volume), handle);
        }
    }
}

/// The guests whose disks are on Volume4 and that run on HVA02 when it loses its paths.
pub(in super::super) const ON_LOST_VOLUME: [&str; 3] = ["SQL-A006", "APP-A020", "WEB-A030"];

/// T04: HVA02 loses its paths to Volume4; three guests lose their disks and stop.
fn path_lost(plan: &mut Plan) {
    let begins = utc(2016, 11, 8, 3, 12, 4);
    plan.at(FROM, |world, _| {
        world.plant(
            "T04",
            "HVA02 loses its paths to Volume4, and the guests with disks on it stop.",
            "Single requests are tried again here and there; Volume2 is paused on HVA07 for a \
             moment when its snapshot is taken.",
        );
    });
    plan.at(utc(2016, 11, 7, 21, 30, 0), |world, time| {
        for (round, name) in (0..).zip(ON_LOST_VOLUME) {
            world.keep_on(world.estate.named(name), HVA02, time + round * MINUTE);
        }
    });
    plan.at(begins, |world, begins| {
        let machine = world.machine(HVA02);
        for round in 0..14 {
            let block = world.chance.below(1 << 36);
            let event = machine.request_retried(begins + round * 19 * SECOND, 7, block);
            let handle = world.tell(HVA02, event);
            world.prove_by("T04", "requests retried", HVA02, None, handle);
        }
        for round in 0..3 {
            world.tell(HVA02, machine.target_lost(begins + round * MINUTE + SECOND, 5));
        }
        let (volume, disk) = ("Volume4", "Cluster Disk 4");
        let status = "STATUS_DEVICE_NOT_CONNECTED(c000009d)";
        let event = machine.volume_paused(begins + 95 * SECOND, volume, disk, status);
        let handle = world.tell(HVA02, event);
        world.prove_by("T04", "volume paused", HVA02, Some(volume), handle);
        let event = machine.volume_lost(begins + 215 * SECOND, volume, disk, "(1460)");
        let handle = world.tell(HVA02, event);
        world.prove_by("T04", "volume lost", HVA02, Some(volume), handle);
        for (round, name) in (0..).zip(ON_LOST_VOLUME) {
            let guest = world.estate.named(name);
            let time = begins + 255 * SECOND + round * 21 * SECOND;
            let stop = stop_of_lost_disk(round);
            let handle = world.guest_stops(guest, time, stop);
            world.befall("T04", guest);
            world.prove_by("T04", "guest stop", HVA02, Some(name), handle);
            if round == 0 {
                dump_of_lost_disk(world, guest, time, stop);
            } else {
                let role = "guest stop without a dump";
                world.prove_by("T04", role, HVA02, Some(name), handle);
            }
        }
        let normal = machine.volume_normal(begins + 26 * MINUTE, volume, disk);
        world.tell(HVA02, normal);
    });
    plan.at(utc(2016, 11, 7, 22, 30, 0), |world, time| {
        let status = "STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR(c0130021)";
        let machine = world.machine(HVA07);
        let event = machine.volume_paused(time, "Volume2", "Cluster Disk 2", status);
        let handle = world.tell(HVA07, event);
        world.mislead("T04", "volume paused for its snapshot", HVA07, Some("Volume2"), handle);
    });
}

/// 0x7A: the page could not be read, since the device is not connected.
fn stop_of_lost_disk(round: u64) -> Stop {
    let parameters = [
        0xFFFF_F6FC_4005_4FD8 + round * 0x1_2340,
        0xFFFF_FFFF_C000_009D,
        0x0000_0001_B2A5_D860 + round * 0x2000,
        0xFFFF_F880_0A9F_B000 + round * 0x24_6000,
    ];
    Stop { code: 0x7A, parameters }
}

/// What the administrator of the first one sent: its small dump and its log. It could write them, since
/// only its page file is on the volume.
fn dump_of_lost_disk(world: &mut World, guest: GuestNumber, crash: u64, stop: Stop) {
    let name = world.guest(guest).name;
    let file = format!("{}-110816-17812-01.dmp", archive_of(world.guest(guest)));
    let dump = small_of_guest_2012r2(stop, Moment { crash, uptime: 40 * DAY });
    world.loose(&file, dump);
    world.prove("T04", "stop for want of a disk", name, None, Place::Dump(file));
    let windows = world.estate.machine_in(guest, Windows::Server2012R2);
    for event in windows.started(crash - 6 * DAY) {
        world.tell_in(guest, event);
    }
    let again = crash + 90 * SECOND;
    world.tell_in(guest, windows.version_logged(again));
    world.tell_in(guest, windows.log_started(again));
    let restart = world.tell_in(guest, windows.came_up_uncleanly(again + SECOND, Some(stop)));
    world.prove("T04", "unclean restart", name, Some("0x7A"), Place::Event(restart));
    world.tell_in(guest, windows.shutdown_unexpected(again + 2 * SECOND, crash - 30 * SECOND));
    world.tell_in(guest, windows.stop_reported(again + 40 * SECOND, stop, "110816-17812-01"));
}

/// The guests whose disks are on Volume7, and where they run when it is full.
pub(in super::super) const ON_FULL_VOLUME: [(&str, HostNumber); 3] =
    [("FILE-A004", HVA04), ("SQL-A020", HVA04), ("APP-A040", HVA03)];

/// T08: Volume7 is full, and the guests on it are paused.
fn volume_full(plan: &mut Plan) {
    let warned = utc(2016, 11, 12, 16, 5, 0);
    plan.at(warned - 5 * HOUR, |world, time| {
        world.plant(
            "T08",
            "Volume7 is full: three guests with disks on it are paused, on two hosts.",
            "An administrator pauses a guest of HVA11 for an hour, and the system drive of HVA04 is \
             nearly full.",
        );
        for (round, (name, host)) in (0..).zip(ON_FULL_VOLUME) {
            world.keep_on(world.estate.named(name), host, time + round * MINUTE);
        }
        let event = world.machine(HVA04).volume_nearly_full(time + HOUR, "C:");
        let handle = world.tell(HVA04, event);
        world.mislead("T08", "system drive nearly full", HVA04, None, handle);
    });
    plan.at(warned, |world, warned| {
        for (round, (name, host)) in (0..).zip(ON_FULL_VOLUME) {
            let (named, machine) = (world.guest(world.estate.named(name)), world.machine(host));
            world.befall("T08", world.estate.named(name));
            let path = format!("C:\\ClusterStorage\\Volume7\\{name}\\");
            let values = [named.name, named.id, &path];
            let seconds = round * 4 * SECOND;
            let event = machine.management((16050, 3), warned + seconds, &values);
            let handle = world.tell(host, event);
            world.prove_by("T08", "volume nearly full", host, Some(name), handle);
            let paused = warned + 37 * MINUTE + seconds;
            let handle = world.tell(host, machine.management((16060, 2), paused, &values));
            world.prove_by("T08", "guest paused", host, Some(name), handle);
            let resumed = machine.worker((18518, 4), warned + 90 * MINUTE + seconds, named, &[]);
            world.tell(host, resumed);
        }
        let free = world.guests_on(HVA11).into_iter().find(|guest| !world.is_pinned(*guest));
        let Some(guest) = free else { return };
        world.pin(guest);
        let (named, machine) = (world.guest(guest), world.machine(HVA11));
        let handle = world.tell(HVA11, machine.worker((18516, 4), warned, named, &[]));
        world.mislead("T08", "paused on request", HVA11, Some(named.name), handle);
        world.tell(HVA11, machine.worker((18518, 4), warned + HOUR, named, &[]));
    });
}

/// T10: a scanner holds the configuration of a guest on HVA07, and the guest vanishes.
fn vanished(plan: &mut Plan) {
    const SCANNER: Filter = ("klif", (6, 3), utc(2016, 6, 21, 9, 14, 2));
    let vanishes = utc(2016, 11, 9, 11, 20, 33);
    plan.at(vanishes - 3 * DAY, |world, time| {
        world.plant(
            "T10",
            "A scanner on HVA07 holds the configuration of APP-A025, which vanishes from the host.",
            "WEB-A048 vanishes from HVA10, since an administrator deleted it.",
        );
        let loaded = world.install_filter(HVA07, time, SCANNER);
        world.prove_by("T10", "scanner loaded", HVA07, None, loaded);
        world.keep_on(world.estate.named("APP-A025"), HVA07, time + HOUR);
        world.keep_on(world.estate.named("WEB-A048"), HVA10, time + 2 * HOUR);
    });
    plan.at(vanishes, |world, time| {
        let named = world.guest(world.estate.named("APP-A025"));
        let path = configuration_of(named.name, named.id);
        let machine = world.machine(HVA07);
        let held = ["%%2147943624", "0x800704C8"];
        let [reference, number] = held;
        let values = ["Virtual machine", named.id, &path, reference, number];
        let handle = world.tell(HVA07, machine.configuration((4096, 2), time, &values));
        world.prove_by("T10", "configuration held", HVA07, Some(named.name), handle);
        let values = ["-", named.id, reference, number];
        let handle = world.tell(HVA07, machine.management((16300, 2), time + SECOND, &values));
        world.prove_by("T10", "configuration held", HVA07, Some(named.name), handle);
        let values = ["Virtual machine", named.id, &path];
        let back = machine.configuration((4098, 4), time + 46 * MINUTE, &values);
        world.tell(HVA07, back);
        delete(world, time - 2 * HOUR);
    });
}

/// The decoy: the configuration of a guest is gone, since it was deleted.
fn delete(world: &mut World, time: u64) {
    let guest = world.estate.named("WEB-A048");
    let (host, named) = (world.host_of(guest), world.guest(guest));
    let machine = world.machine(host);
    let handle = world.tell(host, machine.worker((18502, 4), time - MINUTE, named, &[]));
    world.mislead("T10", "turned off", host, Some(named.name), handle);
    let values = [named.name, named.id];
    let handle = world.tell(host, machine.management((13003, 4), time, &values));
    world.mislead("T10", "deleted", host, Some(named.name), handle);
    let path = configuration_of(named.name, named.id);
    let values = ["Virtual machine", named.id, &path, "%%2147942403", "0x80070003"];
    let handle = world.tell(host, machine.configuration((4096, 2), time + 3 * SECOND, &values));
    world.mislead("T10", "configuration gone", host, Some(named.name), handle);
    world.remove(guest);
}

fn configuration_of(name: &str, id: &str) -> String {
    format!("C:\\ClusterStorage\\Volume1\\{name}\\Virtual Machines\\{id}.xml")
}
