//! The clusters as they stand at a moment, and what their machines log of it.

use std::collections::BTreeSet;

use super::estate::{A, B, Estate, GuestNumber, HostNumber, estate};
use super::host_life::Filter;
use super::journal::{Handle, Journal};
use super::truth::Trouble;
use crate::chance::Chance;
use crate::event::EventSpec;
use crate::known::{Guest, Machine};

/// Where a guest is that was deleted.
const NOWHERE: HostNumber = usize::MAX;

/// The state of everything, and what was logged so far.
#[derive(Debug)]
pub(super) struct World {
    pub(super) estate: &'static Estate,
    pub(super) chance: Chance,
    pub(super) journal: Journal,
    pub(super) troubles: Vec<Trouble>,
    /// Where each guest is.
    place: Vec<HostNumber>,
    /// Guests that the balancer leaves where they are, because the story needs them there.
    pinned: Vec<GuestNumber>,
    /// Hosts that the balancer leaves alone.
    closed: Vec<HostNumber>,
    /// Filters that were put on hosts; they are loaded at every start.
    pub(super) installed: Vec<(HostNumber, Filter)>,
    /// Guests of which a host told that they run on it; of others nobody can know where they were.
    heard: BTreeSet<(HostNumber, GuestNumber)>,
    /// Guests that were asked about.
    seen: BTreeSet<GuestNumber>,
}

impl World {
    pub(super) fn new() -> Self {
        let estate = estate();
        Self {
            estate,
            chance: Chance::new(0x2016_1031),
            journal: Journal::default(),
            troubles: Vec::new(),
            place: estate.guests.iter().map(|guest| guest.home).collect(),
            pinned: Vec::new(),
            closed: Vec::new(),
            installed: Vec::new(),
            heard: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(super) fn machine(&self, host: HostNumber) -> Machine {
        self.estate.machine(host)
    }

    pub(super) fn guest(&self, guest: GuestNumber) -> Guest {
        self.estate.guest(guest)
    }

    pub(super) fn host_name(&self, host: HostNumber) -> &'static str {
        self.estate.hosts.get(host).map_or("", |host| host.name.as_str())
    }

    /// Logs an event of a host, at the time that its clock shows.
    pub(super) fn tell(&mut self, host: HostNumber, event: EventSpec) -> Handle {
        let ahead = self.estate.hosts.get(host).map_or(0, |host| host.clock_ahead);
        let time = event.time.saturating_add_signed(ahead);
        self.journal.log(self.host_name(host), EventSpec { time, ..event })
    }

    /// A host does not run from one time to the other.
    pub(super) fn is_down(&mut self, host: HostNumber, from: u64, to: u64) {
        let ahead = self.estate.hosts.get(host).map_or(0, |host| host.clock_ahead);
        let by_its_clock = from.saturating_add_signed(ahead)..to.saturating_add_signed(ahead);
        self.journal.is_down(self.host_name(host), by_its_clock);
    }

    /// Logs events of a host.
    pub(super) fn tell_all(
        &mut self,
        host: HostNumber,
        events: impl IntoIterator<Item = EventSpec>,
    ) {
        for event in events {
            self.tell(host, event);
        }
    }

    /// Logs an event of the Windows in a guest.
    pub(super) fn tell_in(&mut self, guest: GuestNumber, event: EventSpec) -> Handle {
        self.journal.log(&archive_of(self.guest(guest)), event)
    }

    pub(super) fn host_of(&self, guest: GuestNumber) -> HostNumber {
        self.place.get(guest).copied().unwrap_or_default()
    }

    pub(super) fn put(&mut self, guest: GuestNumber, host: HostNumber) {
        if let Some(place) = self.place.get_mut(guest) {
            *place = host;
        }
    }

    /// A guest is no more.
    pub(super) fn remove(&mut self, guest: GuestNumber) {
        self.put(guest, NOWHERE);
        self.pin(guest);
    }

    /// The guests that there are.
    pub(super) fn guests(&self) -> Vec<GuestNumber> {
        (0..self.place.len()).filter(|guest| self.host_of(*guest) != NOWHERE).collect()
    }

    pub(super) fn guests_on(&self, host: HostNumber) -> Vec<GuestNumber> {
        let on_host = self.place.iter().enumerate().filter(|(_, place)| **place == host);
        on_host.map(|(guest, _)| guest).collect()
    }

    /// The nodes of the cluster of `host`.
    pub(super) fn cluster_of(host: HostNumber) -> std::ops::Range<HostNumber> {
        if A.contains(&host) { A } else { B }
    }

    /// The other nodes of its cluster that the balancer may use.
    pub(super) fn open_peers(&self, host: HostNumber) -> Vec<HostNumber> {
        let peers = Self::cluster_of(host).filter(|peer| *peer != host);
        peers.filter(|peer| !self.closed.contains(peer)).collect()
    }

    /// The open node of the cluster of `host` with the fewest guests, `host` left out.
    pub(super) fn emptiest_peer(&self, host: HostNumber) -> HostNumber {
        let peers = self.open_peers(host).into_iter();
        peers.min_by_key(|peer| (self.guests_on(*peer).len(), *peer)).unwrap_or(host)
    }

    pub(super) fn is_open(&self, host: HostNumber) -> bool {
        !self.closed.contains(&host)
    }

    pub(super) fn close(&mut self, host: HostNumber) {
        self.closed.push(host);
    }

    pub(super) fn open(&mut self, host: HostNumber) {
        self.closed.retain(|closed| *closed != host);
    }

    pub(super) fn pin(&mut self, guest: GuestNumber) {
        self.pinned.push(guest);
    }

    /// A host tells that a guest runs on it.
    pub(super) fn hear(&mut self, guest: GuestNumber, host: HostNumber) {
        self.heard.insert((host, guest));
    }

    pub(super) fn was_heard(&self, guest: GuestNumber, host: HostNumber) -> bool {
        self.heard.contains(&(host, guest))
    }

    /// Whether this is the first time that a guest is asked about.
    pub(super) fn is_first_sight(&mut self, guest: GuestNumber) -> bool {
        self.seen.insert(guest)
    }

    /// A file that is sent by itself.
    pub(super) fn loose(&mut self, name: &str, bytes: Vec<u8>) {
        self.journal.loose(name, bytes);
    }

    pub(super) fn is_pinned(&self, guest: GuestNumber) -> bool {
        self.pinned.contains(&guest)
    }
}

/// The archive in which the log and the dump of a guest are sent.
pub(super) fn archive_of(guest: Guest) -> String {
    format!("guest-{}", guest.name)
}
