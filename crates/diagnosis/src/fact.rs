//! What a source says, in Hyper-V's terms.
//!
//! A [`Fact`] is made by an interpreter from one event or one dump. It knows where it stands
//! ([`Locator`]), when it happened, and on which machine it was logged.

use std::sync::Arc;

use hvtriage_winfmt::{FileOffset, FileTime, FileVersion, Guid};

use crate::logged_event::LoggedEvent;

/// One thing that one source says.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Where the fact stands in the evidence.
    pub locator: Locator,
    /// When it happened: the event's TimeCreated, or the crash time of a dump.
    pub time: Option<FileTime>,
    /// The machine that logged it or that crashed.
    pub machine: MachineName,
    /// Windows build of that machine where the source itself tells it.
    pub os_build: Option<u32>,
    /// What is said.
    pub kind: FactKind,
}

/// Where a fact stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locator {
    /// Name of the source as it is reported, `collection/host/System.evtx`; shared, since a log has
    /// many facts.
    pub source: Arc<str>,
    /// What in that source.
    pub place: Place,
}

/// A place inside a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// An event, by its EventRecordID, and the offset of its record in the file.
    Record {
        /// EventRecordID.
        id: u64,
        /// Offset of the record (EVTX) or of its `Event` element (XML).
        offset: FileOffset,
    },
    /// A line of a text.
    Line {
        /// Its number, from 1 on.
        number: u64,
        /// Where it begins.
        offset: FileOffset,
    },
    /// A field of a dump.
    Field {
        /// The field's name in the format.
        name: &'static str,
        /// Its offset.
        offset: FileOffset,
    },
}

/// What a source calls the machine; shared, since a log has many facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineName {
    /// The computer name of an event.
    Computer(Arc<str>),
    /// A source that names no machine (a kernel dump): the source itself stands for it.
    Source(Arc<str>),
}

impl MachineName {
    /// Whether it is the computer called so, in any case.
    pub(crate) fn is_called(&self, computer: Option<&str>) -> bool {
        match (self, computer) {
            (Self::Computer(name), Some(computer)) => name.eq_ignore_ascii_case(computer),
            _ => false,
        }
    }
}

/// A virtual machine as an event names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vm {
    /// Its id.
    pub id: Option<Guid>,
    /// Its name at that time; shared, since it has many facts.
    pub name: Option<Arc<str>>,
}

/// A STOP code with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bugcheck {
    /// The code without the bit that minidumps add (0x1000007E is 0x7E here).
    pub code: u32,
    /// Parameters 1 to 4.
    pub parameters: [u64; 4],
}

/// A driver that a crash is laid on, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// Base name of the image, lower case, `storvsc.sys`.
    pub module: String,
    /// Offset of the address in the image, in bytes.
    pub offset: u64,
    /// Name of the function where symbols or exports tell it.
    pub function: Option<String>,
    /// Whether it comes with Windows; `None` where neither its version resource nor its name tells.
    pub is_of_windows: Option<bool>,
    /// How it was found, in words ("parameter 4 is the address of the faulting instruction").
    pub basis: String,
}

/// What a STOP code is about beside a driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopAbout {
    /// Image name of the process that a parameter points to: the one that did not answer (0x9E), or
    /// that ended (0xEF).
    pub process: Option<String>,
    /// What the watchdog of a cluster waited for (0x9E), in words.
    pub watched: Option<String>,
}

/// What was recorded of the time before an unclean restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestartCircumstances {
    /// Somebody held the power button.
    pub power_button: bool,
    /// The machine was on its way to sleep or back.
    pub sleep_transition: bool,
    /// The STOP code was kept by the firmware, not on the disk.
    pub told_by_firmware: bool,
}

/// Whose dump it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The root partition of a Hyper-V host.
    Host,
    /// A virtual machine.
    Guest,
    /// The modules do not tell.
    Unknown,
}

/// A loaded driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedModule {
    /// Base name, lower case.
    pub name: String,
    /// Base address.
    pub base: u64,
    /// Size in bytes.
    pub size: u32,
    /// PE time stamp; `None` when the header was paged out.
    pub timestamp: Option<u32>,
    /// File version; `None` where the resources of the image are not in the dump.
    pub version: Option<FileVersion>,
}

/// An integration service as `Get-VMIntegrationService` shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportedService {
    /// Its name, in the language of the host.
    pub name: String,
    /// Whether the host offers it to the guest.
    pub is_enabled: Option<bool>,
    /// Its status, `Ok, ProtocolMismatch`.
    pub status: Option<String>,
}

/// A step of a live migration, or of an offline (quick) one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MigrationPhase {
    /// It was begun.
    Started,
    /// It ended well, seen from the source host.
    FinishedAtSource,
    /// It ended well, seen from the destination host.
    FinishedAtDestination,
    /// It failed.
    Failed,
    /// It was begun or ended well: HA 22501 to 22504 are the four cases, but the sources do not
    /// tell which id is which. Two of one host tell it by their order.
    Step,
    /// A quick migration was begun: the guest is saved, moved and restored.
    OfflineStarted,
    /// A quick migration ended well, on either host.
    OfflineFinished,
}

/// What a host did with a virtual machine, or saw it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VmStateKind {
    /// It was started (Worker 18500).
    Started,
    /// It was restored from a saved state (18596).
    Restored,
    /// The host turned it off without a shutdown (18502).
    TurnedOff,
    /// It was shut down, by its host or from inside (18504, 18508).
    ShutDown,
    /// The host reset it (18512).
    ResetByHost,
    /// Its own system restarted it (18514): a restart, or what follows a crash.
    ResetByGuest,
}

/// How well a guest's service and the host understood each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IntegrationState {
    /// The guest runs older integration services than the host (4130 of 2008 R2).
    Older,
    /// Connected with another version than the host's (4010, 23014, VmSwitch 27).
    Differs,
    /// Not connected: no version in common (4000, 23012, VmSwitch 26, StorageVSP 3).
    Incompatible,
    /// The newest version was agreed on (4020, 23020, VmSwitch 102).
    Newest,
}

/// What became of a cluster shared volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CsvStateKind {
    /// Paused, I/O queued (5120).
    Paused,
    /// Redirected over the network because direct access was lost (5121).
    Redirected,
    /// Redirected because filter drivers stand in the way (5125; 5124 on 2016 and later).
    RedirectedByFilters,
    /// Redirected because volume drivers stand in the way (5126; 5125 on 2016 and later).
    RedirectedByVolumeDrivers,
    /// Redirected by an administrator or a backup (5136).
    RedirectedByRequest,
    /// Not reached any more, neither directly nor over the network (5142).
    Unreachable,
    /// Back to normal (5122, 5137).
    Normal,
}

/// The kinds of facts, each with what it tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FactKind {
    /// A machine crashed and this is its dump.
    Crash {
        /// The STOP code.
        bugcheck: Bugcheck,
        /// The driver it is laid on.
        blamed: Option<Box<Blame>>,
        /// Host or guest, by its modules.
        role: Role,
        /// The loaded drivers.
        modules: Vec<LoadedModule>,
        /// Whom the code is about, where the dump tells it.
        about: StopAbout,
    },
    /// A host's log tells that a guest crashed (Worker 18590).
    GuestCrash {
        /// The guest.
        vm: Vm,
        /// Its STOP code.
        bugcheck: Bugcheck,
        /// What a guest says in words, one short line.
        message: Option<String>,
        /// Whether it is Linux that panicked; its values are no STOP code.
        is_linux: bool,
    },
    /// The machine's own log tells that it restarted after a bugcheck (WER 1001).
    BugcheckReported {
        /// The STOP code.
        bugcheck: Bugcheck,
        /// Where the dump was saved.
        dump_path: Option<String>,
    },
    /// No dump, or not the whole, was saved, or it was deleted (WER 1000 to 1018 but 1001).
    DumpNotSaved {
        /// The event id.
        event_id: u32,
        /// What it means, in words.
        reason: String,
        /// The STOP code, where the event tells it (1000).
        bugcheck: Option<Bugcheck>,
    },
    /// The machine came up without having been shut down (Kernel-Power 41).
    UncleanRestart {
        /// The STOP code; `None` when none was recorded.
        bugcheck: Option<Bugcheck>,
        /// What else was recorded of its end.
        circumstances: RestartCircumstances,
    },
    /// The shutdown before was unexpected (EventLog 6008).
    UnexpectedShutdown {
        /// When the machine was last known to run; it stopped within the minutes after.
        last_alive: Option<FileTime>,
    },
    /// A virtual machine was reset after a triple fault (Worker 18539 to 18560).
    GuestTripleFault {
        /// The guest.
        vm: Vm,
        /// The event id.
        event_id: u32,
    },
    /// A virtual machine was started, stopped or reset.
    VmState {
        /// The virtual machine.
        vm: Vm,
        /// What happened to it.
        state: VmStateKind,
        /// The event id.
        event_id: u32,
    },
    /// A step of a live or a quick migration.
    LiveMigration {
        /// The virtual machine.
        vm: Vm,
        /// The step.
        phase: MigrationPhase,
        /// How long the guest stood still, in seconds.
        blackout_seconds: Option<f64>,
        /// The other host, as the event names it.
        other_host: Option<String>,
        /// The event id.
        event_id: Option<u32>,
    },
    /// What a host says of the version of one guest's service or device.
    Integration {
        /// The guest.
        vm: Vm,
        /// The service or device, `KVP`, `Heartbeat`, `Synthetic NIC`, ...
        service: Arc<str>,
        /// How well they understood each other.
        state: IntegrationState,
        /// The event id.
        event_id: u32,
        /// Version that was negotiated, or that the guest has installed.
        negotiated: Option<Box<str>>,
        /// Version that the host expected.
        expected: Option<Box<str>>,
        /// Framework version that was negotiated, where it is logged apart.
        framework_negotiated: Option<Box<str>>,
        /// Framework version that the host expected.
        framework_expected: Option<Box<str>>,
        /// Whether provider, channel and id exist only since Windows Server 2016, or only before;
        /// `None` where both wrote such an event.
        host_is_2016_or_later: Option<bool>,
    },
    /// The state of a cluster shared volume.
    CsvState {
        /// The volume.
        volume: String,
        /// The cluster resource.
        resource: Option<String>,
        /// What became of it.
        state: CsvStateKind,
        /// Drivers that the event lists, lower case, with `.sys`.
        drivers: Vec<String>,
        /// The status text (5120), or the error (5142).
        status: Option<String>,
    },
    /// A file system filter is loaded (FilterManager 6).
    FilterLoaded {
        /// Its driver, lower case, with `.sys`.
        driver: String,
        /// Its version as the event gives it, `major.minor`.
        version: Option<String>,
    },
    /// A file system filter was unloaded (FilterManager 1).
    FilterUnloaded {
        /// Its driver, lower case, with `.sys`.
        driver: String,
    },
    /// A virtual machine's file or configuration could not be used (Config 4096, VMMS 16300, ...).
    VmFileError {
        /// The virtual machine.
        vm: Vm,
        /// Provider, short (`VMMS`, `Config`, `SynthStor`, `Worker`, `High-Availability`).
        component: String,
        /// The event id.
        event_id: u32,
        /// The HRESULT.
        hresult: Option<u32>,
        /// The path.
        path: Option<String>,
    },
    /// Where files of a virtual machine are: a host opened a virtual disk (VHDMP), or an inventory tells
    /// the folder.
    VmFiles {
        /// The virtual machine; unknown where the event names the file alone.
        vm: Vm,
        /// The path of a file or folder of it.
        path: String,
    },
    /// Trouble with virtual machine queues or receive side scaling (VmSwitch 106, 113, ...).
    Offload {
        /// The event id of VmSwitch.
        event_id: u32,
        /// The network adapter, by its friendly name.
        adapter: Option<String>,
        /// The virtual switch, by its friendly name.
        switch: Option<String>,
        /// The reason as logged: an enumeration value or text.
        reason: Option<String>,
        /// The status as logged; a failure as `0xC000009A`.
        status: Option<String>,
    },
    /// Setting the receive side scaling capabilities failed (NDIS 10081, 10086).
    RssCapabilityFailure {
        /// The event id.
        event_id: u32,
        /// The adapter.
        adapter: Option<String>,
    },
    /// A device was reset or a disk I/O was retried (129, 153).
    StorageReset {
        /// Event id.
        event_id: u32,
        /// The driver that logged it.
        driver: String,
        /// The device path.
        device: Option<String>,
    },
    /// What a virtual machine tells its host of itself (KVP items), or what the host tells of it
    /// (`Get-VM`), as an export of either has it.
    GuestReport {
        /// The virtual machine; its name or id may be missing where only its own items were exported.
        vm: Vm,
        /// Fully qualified name of the computer in it.
        computer: Option<Box<str>>,
        /// Name of its system, `Windows Server 2012 R2 Standard` or that of a Linux distribution.
        os_name: Option<Box<str>>,
        /// Its Windows build, or whatever number a Linux reports.
        os_build: Option<u32>,
        /// Version of its integration services; Linux reports `3.1` whatever its kernel is.
        integration_version: Option<Box<str>>,
        /// What its host says of them, in the host's language (`Update required`).
        integration_state: Option<Box<str>>,
        /// Its services, where the report is of them.
        services: Vec<ReportedService>,
        /// The host it is on, as the report names it.
        host: Option<Box<str>>,
        /// Whether its configuration is one of Windows Server 2016 or later; a newer host may run an
        /// older configuration, so `None` says nothing.
        host_is_2016_or_later: Option<bool>,
        /// Seconds since it was started.
        uptime_seconds: Option<u64>,
    },
    /// What the firmware of a machine calls it (SMBIOS), or the settings of a virtual machine that will.
    Firmware {
        /// The virtual machine, where its settings tell it; else the source tells of its own machine.
        vm: Option<Vm>,
        /// The system's UUID, as Windows shows it; `BIOSGUID` of the settings.
        id: Option<Guid>,
        /// The system's serial number.
        serial: Option<String>,
        /// Whether maker and product are those of a virtual machine of Hyper-V.
        is_hyper_v_guest: bool,
    },
    /// Who made a machine, as its firmware tells.
    Hardware {
        /// Who made it, `Dell Inc.`.
        maker: Option<Box<str>>,
        /// What it is called, `PowerEdge R740`.
        model: Option<Box<str>>,
        /// Maker, version and date of its BIOS as the source writes them, as far as it does.
        bios: Option<Box<str>>,
    },
    /// A value of a registry export.
    RegistryValue {
        /// The key, from its hive on: `HKEY_LOCAL_MACHINE\\SYSTEM\\...`.
        key: String,
        /// The value's name; empty for the default value.
        name: String,
        /// Its data as text: a number in decimal, strings as they are.
        data: String,
    },
    /// An update of Windows was installed, or its installation failed.
    UpdateInstalled {
        /// Its number, `KB2636573`.
        update: String,
        /// Whether it was installed.
        is_installed: bool,
        /// The event id.
        event_id: u32,
    },
    /// A node left the cluster, as another node tells (FailoverClustering 1135).
    NodeLost {
        /// The node that is gone.
        node: String,
    },
    /// A log goes on under another computer name, without a gap between its records: the computer was
    /// renamed, or installed from an image that was prepared under the first.
    LogContinued {
        /// The name in the record before.
        from: String,
        /// The name since.
        to: String,
    },
    /// A file that names no machine lies in a folder all of whose logs are of one computer, or where a
    /// collector puts the files of one.
    LiesBeside {
        /// The computer, as its logs call it, or else its collector.
        computer: String,
        /// The collector, where its layout is what shows it.
        collector: Option<&'static str>,
        /// The copy of the file that lies there, where it is not the file itself.
        copy: Option<String>,
    },
    /// The computer was given another name (EventLog 6011).
    ComputerRenamed {
        /// Its name before.
        from: String,
        /// Its name since.
        to: String,
    },
    /// An event as it stands, since a rule asks for it.
    Event(Box<LoggedEvent>),
    /// Something that only a Hyper-V host logs, and that tells nothing else here (VMMS 14094, ...).
    HyperVHost {},
    /// A log names the build of the machine it was written on.
    OsVersion {
        /// Windows build, 7601.
        build: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There may be millions; what is rare and large belongs into a box of its own.
    #[test]
    fn a_fact_is_small() {
        assert!(size_of::<FactKind>() <= 176, "{}", size_of::<FactKind>());
        assert!(size_of::<Fact>() <= 272, "{}", size_of::<Fact>());
    }
}
