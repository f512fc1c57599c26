//! What happened, as tables over all machines: no judgement, only facts put together.

mod also_known;
mod boots;
mod drift;
mod dump_fate;
mod filters;
mod hosts;
mod migration_reasons;
mod migrations;
mod stops;
mod unknowable;
mod volumes;

pub use also_known::AlsoKnown;
use hvtriage_winfmt::FileTime;
pub use unknowable::{Lack, UnknowableGuest};

use crate::evidence::Evidence;
use crate::fact::{Bugcheck, CsvStateKind, Locator};
use crate::guests::{GuestTrouble, ReportedGuest, reported_guests, troubles};

/// The tables behind the incidents. Rows are in order of time where they have one.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Tables {
    /// One row a crash or restart without a shutdown, however many sources tell it.
    pub stops: Vec<Stop>,
    /// One row a migration of a virtual machine, however many hosts tell it.
    pub migrations: Vec<Migration>,
    /// One row for each machine that runs virtual machines or is a node of a cluster.
    pub hosts: Vec<Host>,
    /// One row for each time that hosts lost direct access to a cluster shared volume.
    pub redirections: Vec<Redirection>,
    /// One row for each filter driver of each machine.
    pub filters: Vec<FilterOfMachine>,
    /// One row for hosts that share virtual machines and differ in their Windows or the services that
    /// they give to guests.
    pub drifts: Vec<HostDrift>,
    /// Virtual machines of whose integration services nothing can be known from this evidence.
    pub unknowable: Vec<UnknowableGuest>,
    /// One row for each guest of which there is a report, by name.
    pub reported_guests: Vec<ReportedGuest>,
    /// One row for each kind of thing that happened to a guest, by guest.
    pub guest_troubles: Vec<GuestTrouble>,
}

/// Hosts that share virtual machines, and are not alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostDrift {
    /// The hosts, by display name.
    pub hosts: Vec<DriftedHost>,
    /// Names of virtual machines that were on several of them, sorted; a bounded number.
    pub vms: Vec<String>,
    /// How many there are.
    pub vm_count: u64,
}

/// One of hosts that share virtual machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftedHost {
    /// Its display name.
    pub name: String,
    /// Its Windows build, the last that was told.
    pub os_build: Option<u32>,
    /// The version of the services that it gives to guests.
    pub services: Option<String>,
    /// The last fact that shows one of the virtual machines on it.
    pub citation: Locator,
}

/// A machine stopped, or came up without having been shut down.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// The machine, or the virtual machine that only its host speaks of.
    pub machine: String,
    /// Whether it is known to be a virtual machine.
    pub is_guest: bool,
    /// When it stopped, or else the first time at which that was noticed.
    pub time: Option<FileTime>,
    /// When it last ran (EventLog 6008), where only its own log of the next start tells of the stop: it
    /// stopped between then and `time`.
    pub last_alive: Option<FileTime>,
    /// When it was up again, by its own log.
    pub back: Option<FileTime>,
    /// The STOP code.
    pub bugcheck: Option<Bugcheck>,
    /// Whether a Linux guest told its host of a panic.
    pub is_linux: bool,
    /// The driver that a dump lays it on, `storvsc.sys+0x22b8`.
    pub blamed: Option<String>,
    /// Who tells it: `dump`, `host`, `own log`.
    pub told_by: Vec<&'static str>,
    /// How many stops have its signature, this one included: the STOP code at one place of a driver, or
    /// in one driver on several machines, or on this machine where no driver is known.
    pub alike: u64,
    /// How many machines that have a name these are of.
    pub alike_machines: u64,
    /// How many of them only dumps tell which name no machine, and so may be of one or of many.
    pub alike_of_unnamed: u64,
    /// Issues that are known for its STOP code on its Windows, at most five; hints to look up, no findings.
    pub also_known: Vec<AlsoKnown>,
    /// Where its dump was saved, by its own log.
    pub dump_path: Option<String>,
    /// Why there is no dump of it, or none any more, by its own log.
    pub no_dump: Option<String>,
    /// Whether its own log tells that no full dump was saved, so that there is a small one at most.
    pub is_small_dump_at_most: bool,
    /// The facts that it is made of, in order of time.
    pub facts: Vec<Locator>,
}

/// How a migration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MigrationOutcome {
    /// It ended well, by at least one side.
    Finished,
    /// It failed, by at least one side.
    Failed,
    /// Neither is logged.
    Unknown,
}

/// A migration of a virtual machine from one host to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// The virtual machine.
    pub vm: String,
    /// Whether it went on running meanwhile.
    pub is_live: bool,
    /// The host that it came from, where an event says which side it is.
    pub source: Option<String>,
    /// The host that it went to, where an event says which side it is.
    pub destination: Option<String>,
    /// All hosts that logged it, sorted.
    pub hosts: Vec<String>,
    /// When it was begun, as logged.
    pub start: Option<FileTime>,
    /// When it ended, by the clock of the machine that logged its begin; as logged where none did.
    pub end: Option<FileTime>,
    /// How long the guest stood still, in seconds.
    pub blackout_seconds: Option<f64>,
    /// How it ended.
    pub outcome: MigrationOutcome,
    /// Why it failed, where a record beside the failure tells it: a code with its name, or words.
    pub reason: Option<String>,
    /// The facts that it is made of, in order of time.
    pub facts: Vec<Locator>,
}

/// A machine that runs virtual machines or is a node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The machine.
    pub machine: String,
    /// Whether it runs virtual machines.
    pub is_host: bool,
    /// Whether it is a node of a cluster.
    pub is_node: bool,
    /// Its Windows build, the last that was told.
    pub os_build: Option<u32>,
    /// The Windows Server of that build, `2012 R2`.
    pub generation: Option<&'static str>,
    /// Maker, model and BIOS, `Dell Inc. PowerEdge R740, BIOS 2.1.8`, as far as they are told.
    pub hardware: Option<String>,
    /// Builds of other nodes of its cluster, where they are not its own; sorted.
    pub other_builds: Vec<u32>,
    /// When it was started last, as its log tells.
    pub last_boot: Option<FileTime>,
    /// How often it stopped without a shutdown.
    pub stops: u64,
    /// How many virtual machines were seen on it.
    pub vms: u64,
}

/// A host that did not reach a cluster shared volume directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectedHost {
    /// The host.
    pub machine: String,
    /// When it began.
    pub start: Option<FileTime>,
    /// When the volume was back to normal; `None` where that is not logged.
    pub end: Option<FileTime>,
}

/// A time during which hosts did not reach a cluster shared volume directly.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirection {
    /// The host that tells it first.
    pub machine: String,
    /// All hosts that tell it, in order of time.
    pub hosts: Vec<RedirectedHost>,
    /// The volume.
    pub volume: String,
    /// What it was, each once, in order of time.
    pub states: Vec<CsvStateKind>,
    /// Drivers that events name for it, sorted.
    pub drivers: Vec<String>,
    /// Why it was paused, as logged.
    pub status: Option<String>,
    /// When it began, as the first host logged it.
    pub start: Option<FileTime>,
    /// When it was back to normal everywhere, by the clock of the first host; `None` where that is not
    /// logged.
    pub end: Option<FileTime>,
    /// Virtual machines that ran on these hosts and are known to be on the volume, by name.
    pub vms: Vec<String>,
    /// How many more ran there of which it is not known on which volume they are; `None` where that was
    /// not counted.
    pub vms_of_unknown_volume: Option<u64>,
    /// The facts that it is made of, in order of time.
    pub facts: Vec<Locator>,
}

/// A filter driver that was loaded on a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterOfMachine {
    /// The machine.
    pub machine: String,
    /// Base name of the driver, lower case.
    pub driver: String,
    /// Its version, the last that was told.
    pub version: Option<String>,
    /// Who makes it, by its name.
    pub vendor: Option<&'static str>,
    /// What it is for, by its name: `antivirus`, `backup`, ...
    pub category: Option<&'static str>,
    /// Load order group, by its name: `FSFilter Anti-Virus`.
    pub altitude_group: Option<&'static str>,
    /// Whether it comes with Windows; `None` where it is not known.
    pub is_of_windows: Option<bool>,
    /// When it was seen first: loaded, listed with a volume, or in a dump.
    pub first: Option<FileTime>,
    /// When it was seen last.
    pub last: Option<FileTime>,
    /// When it was unloaded, if it was not seen since.
    pub unloaded: Option<FileTime>,
    /// The fact that says so last.
    pub citation: Locator,
}

impl Tables {
    /// Puts the facts of `evidence` together.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let (numbers, stops): (Vec<usize>, Vec<Stop>) = stops::stops(evidence).into_iter().unzip();
        let guest_troubles = troubles(evidence, &numbers);
        Self {
            stops,
            migrations: migrations::migrations(evidence),
            hosts: hosts::hosts(evidence),
            redirections: volumes::redirections(evidence),
            filters: filters::filters(evidence),
            drifts: drift::drifts(evidence),
            unknowable: unknowable::unknowable(evidence),
            reported_guests: reported_guests(evidence),
            guest_troubles,
        }
    }
}

impl MigrationOutcome {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// The places of facts, which are given by their numbers.
fn locators(evidence: &Evidence, indexes: &[usize]) -> Vec<Locator> {
    indexes.iter().filter_map(|index| Some(evidence.fact(*index)?.locator.clone())).collect()
}

/// The display name of a fact's machine.
fn machine_name(evidence: &Evidence, index: usize) -> String {
    evidence.machine_of(index).map_or_else(String::new, |machine| machine.name.clone())
}
