//! The twelve troubles, each with what only looks like it.

mod guests;
mod hosts;
mod network;
pub(super) mod storage;

use super::days::Plan;
use super::estate::{GuestNumber, HostNumber};
use super::journal::Handle;
use super::world::World;
use crate::instant::{MINUTE, SECOND};
use crate::known::system::Stop;

/// Puts all of them into the plan.
pub(super) fn plan(plan: &mut Plan) {
    guests::plan(plan);
    hosts::plan(plan);
    network::plan(plan);
    storage::plan(plan);
}

/// How far the clocks of two nodes may go apart before one misses the other.
const HEARTBEAT_SECONDS: u64 = 9;

impl World {
    /// A guest is where the story needs it, and stays there.
    fn keep_on(&mut self, guest: GuestNumber, host: HostNumber, time: u64) {
        self.migrate(guest, host, time, 21);
        self.pin(guest);
    }

    /// A host stops; the others take it out of the membership and start its guests.
    fn lose_host(&mut self, id: &'static str, host: HostNumber, time: u64, again: u64) {
        let name = self.host_name(host);
        self.close(host);
        self.is_down(host, time, again);
        // Nodes that take no guest at the time see it all the same; none of them is down then.
        for peer in Self::cluster_of(host).filter(|peer| *peer != host) {
            let seen = time + HEARTBEAT_SECONDS * SECOND + self.chance.below(2 * SECOND);
            let event = self.machine(peer).node_removed(seen, name);
            let handle = self.tell(peer, event);
            self.prove_by(id, "node removed", peer, Some(name), handle);
        }
        let mut now = time + 25 * SECOND;
        for guest in self.guests_on(host) {
            let to = self.emptiest_peer(host);
            self.put(guest, to);
            if self.was_heard(guest, host) {
                self.befall(id, guest);
            }
            let resource = format!("Virtual Machine {}", self.guest(guest).name);
            let event = self.machine(to).cluster_resource((21119, 4), now, &[&resource]);
            self.tell(to, event);
            self.start_guest(guest, now + SECOND);
            now += 2 * SECOND + self.chance.below(3 * SECOND);
        }
    }

    /// A guest tells its host of its STOP and is reset.
    fn guest_stops(&mut self, guest: GuestNumber, time: u64, stop: Stop) -> Handle {
        let (host, named) = (self.host_of(guest), self.guest(guest));
        let codes: Vec<String> = std::iter::once(u64::from(stop.code))
            .chain(stop.parameters)
            .map(|number| format!("0x{number:X}"))
            .collect();
        let names =
            ["VmErrorCode0", "VmErrorCode1", "VmErrorCode2", "VmErrorCode3", "VmErrorCode4"];
        let mut values: Vec<(&'static str, &str)> =
            names.into_iter().zip(codes.iter().map(String::as_str)).collect();
        values.push(("VmErrorMessage", ""));
        let event = self.machine(host).worker((18590, 1), time, named, &values);
        let handle = self.tell(host, event);
        // It writes its dump before it resets.
        self.restart_guest(guest, time + MINUTE + 10 * SECOND);
        handle
    }
}
