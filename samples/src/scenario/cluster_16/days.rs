//! The two weeks: what happens when.

use super::estate::{A, B, GuestNumber, HostNumber, System};
use super::journal::Handle;
use super::troubles;
use super::world::World;
use crate::instant::{DAY, HOUR, MINUTE, SECOND, utc};

/// Monday, 31 October 2016.
pub(super) const FROM: u64 = utc(2016, 10, 31, 0, 0, 0);
/// How many days the logs cover.
pub(super) const DAYS: u64 = 14;

/// Something that happens at a time.
type Act = Box<dyn FnOnce(&mut World, u64)>;

/// Everything that will happen.
#[derive(Default)]
pub(super) struct Plan {
    acts: Vec<(u64, Act)>,
}

impl Plan {
    /// Normal life and all troubles.
    pub(super) fn of_all() -> Self {
        let mut plan = Self::default();
        troubles::plan(&mut plan);
        for day in 0..DAYS {
            plan.normal_day(FROM + day * DAY);
        }
        plan.updates();
        plan
    }

    pub(super) fn at(&mut self, time: u64, act: impl FnOnce(&mut World, u64) + 'static) {
        self.acts.push((time, Box::new(act)));
    }

    /// Lets everything happen, in order.
    pub(super) fn run(mut self, world: &mut World) {
        self.acts.sort_by_key(|(time, _)| *time);
        for (time, act) in self.acts {
            act(world, time);
        }
    }

    fn normal_day(&mut self, midnight: u64) {
        self.at(midnight, |world, midnight| {
            for host in A.chain(B) {
                world.day_of_host(host, midnight);
            }
        });
        // The balancer looks at the larger cluster every nine minutes of the day, at the other one less
        // often.
        for round in 0..110 {
            self.at(midnight + 6 * HOUR + round * 9 * MINUTE, |world, time| {
                balance(world, A, time)
            });
        }
        for round in 0..36 {
            self.at(midnight + 6 * HOUR + round * 27 * MINUTE, |world, time| {
                balance(world, B, time);
            });
        }
        for round in 0..48 {
            self.at(midnight + round * 30 * MINUTE + 7 * MINUTE, restart_one);
        }
        for round in 0..8 {
            self.at(midnight + 7 * HOUR + round * 90 * MINUTE, |world, time| {
                if let Some(guest) = any_free_guest(world) {
                    let minutes = 2 + world.chance.below(40);
                    world.stop_and_start_guest(guest, time, minutes);
                }
            });
        }
        self.at(midnight + 22 * HOUR, back_up_some);
    }

    /// All hosts but HVA11 and HVA12 get the updates of November, one after the other at night, and
    /// half of the Windows guests restart the evening after they came out.
    fn updates(&mut self) {
        let night = utc(2016, 11, 10, 0, 40, 0);
        let hosts = A.take(10).chain(B);
        for (round, host) in (0..).zip(hosts) {
            let time = night + round / 4 * DAY + round % 4 * 75 * MINUTE;
            self.at(time, move |world, time| {
                let asked = restart_host(world, host, time);
                world.mislead("T12", "restart asked for", host, None, asked);
            });
        }
        self.at(utc(2016, 11, 9, 20, 0, 0), |world, time| {
            let guests = world.estate.guests.iter().enumerate();
            let is_windows = |system| matches!(system, System::Windows | System::OlderWindows);
            let windows: Vec<GuestNumber> = guests
                .filter(|(_, guest)| is_windows(guest.system))
                .map(|(number, _)| number)
                .filter(|number| number % 2 == 0 && !world.is_pinned(*number))
                .collect();
            for (round, guest) in (0..).zip(windows) {
                world.restart_guest(guest, time + round * 80 * SECOND);
            }
        });
    }
}

/// A guest goes to a host with fewer guests, if there is one.
fn balance(world: &mut World, cluster: std::ops::Range<HostNumber>, time: u64) {
    let open: Vec<HostNumber> = cluster.filter(|host| world.is_open(*host)).collect();
    let Some(first) = world.chance.one_of(&open) else { return };
    let Some(second) = world.chance.one_of(&open) else { return };
    let is_first_fuller = world.guests_on(first).len() >= world.guests_on(second).len();
    let (from, to) = if is_first_fuller { (first, second) } else { (second, first) };
    let free: Vec<GuestNumber> =
        world.guests_on(from).into_iter().filter(|guest| !world.is_pinned(*guest)).collect();
    if let Some(guest) = world.chance.one_of(&free) {
        let seconds = 11 + world.chance.below(70);
        world.migrate(guest, to, time, seconds);
    }
}

fn restart_one(world: &mut World, time: u64) {
    if let Some(guest) = any_free_guest(world) {
        world.restart_guest(guest, time);
    }
}

/// A guest that the story does not need where it is, on a host that is up.
fn any_free_guest(world: &mut World) -> Option<GuestNumber> {
    let guest = world.chance.below(world.estate.guests.len() as u64) as GuestNumber;
    let is_free = !world.is_pinned(guest) && world.is_open(world.host_of(guest));
    is_free.then_some(guest)
}

/// A third of the guests each night.
fn back_up_some(world: &mut World, time: u64) {
    for guest in world.guests() {
        if world.chance.below(3) == 0 {
            let start = time + world.chance.below(2 * HOUR);
            world.back_up(guest, start);
        }
    }
}

/// A host is drained, restarted and filled again.
fn restart_host(world: &mut World, host: HostNumber, time: u64) -> Handle {
    world.close(host);
    let mut now = drain(world, host, time);
    let asked = world.shut_down(host, now, "Operating System: Service pack (Planned)");
    world.is_down(host, now + 35 * SECOND, now + 6 * MINUTE);
    now += 6 * MINUTE;
    world.boot(host, now);
    now += 4 * MINUTE;
    world.open(host);
    fill(world, host, now);
    asked
}

/// All guests of a host go elsewhere; gives when the last one is gone.
pub(super) fn drain(world: &mut World, host: HostNumber, time: u64) -> u64 {
    let mut now = time;
    for guest in world.guests_on(host) {
        let to = world.emptiest_peer(host);
        let seconds = 12 + world.chance.below(30);
        world.migrate(guest, to, now, seconds);
        now += (seconds + 4) * SECOND;
    }
    now + 20 * SECOND
}

/// A host takes its share of the guests back.
pub(super) fn fill(world: &mut World, host: HostNumber, time: u64) {
    let peers = world.open_peers(host);
    let share =
        peers.iter().map(|peer| world.guests_on(*peer).len()).sum::<usize>() / (peers.len() + 1);
    let mut now = time;
    while world.guests_on(host).len() < share {
        let fullest = peers.iter().copied().max_by_key(|peer| world.guests_on(*peer).len());
        let free = fullest.map(|peer| world.guests_on(peer)).unwrap_or_default();
        let Some(guest) = free.into_iter().find(|guest| !world.is_pinned(*guest)) else { return };
        let seconds = 12 + world.chance.below(30);
        world.migrate(guest, host, now, seconds);
        now += (seconds + 4) * SECOND;
    }
}
