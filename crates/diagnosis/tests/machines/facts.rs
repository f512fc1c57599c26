//! Facts of logs, dumps and exports from which machines are made.

use hvtriage_diagnosis::{
    Bugcheck, Evidence, Fact, FactKind, IntegrationState, Locator, Machine, MachineName, Place,
    ReasonKind, Role, StopAbout, Strength, Vm,
};
use hvtriage_winfmt::{FileOffset, FileTime};

pub(crate) const STOP: Bugcheck =
    Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_01ab_12b8] };
pub(crate) const SQL: &str = "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12";
pub(crate) const WEB: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
pub(crate) const BIOS: &str = "5c1d3f0a-2b64-4e0f-9a77-1d2e3f405162";

/// Collects facts, each with a place of its own.
#[derive(Default)]
pub(crate) struct Facts(pub(crate) Vec<Fact>);

impl Facts {
    pub(crate) fn add(
        &mut self,
        machine: MachineName,
        source: &str,
        time: &str,
        kind: FactKind,
    ) -> &mut Self {
        let id = self.0.len() as u64 + 1;
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        let locator = Locator { source: source.into(), place };
        let time: Option<FileTime> = if time.is_empty() { None } else { time.parse().ok() };
        self.0.push(Fact { locator, time, machine, os_build: None, kind });
        self
    }

    /// A record in the System log of a computer.
    pub(crate) fn log(&mut self, computer: &str, time: &str, kind: FactKind) -> &mut Self {
        self.in_file(computer, &format!("{computer}/System.evtx"), time, kind)
    }

    pub(crate) fn in_file(
        &mut self,
        computer: &str,
        file: &str,
        time: &str,
        kind: FactKind,
    ) -> &mut Self {
        self.add(MachineName::Computer(computer.into()), file, time, kind)
    }

    /// What stands in a file that names no machine.
    pub(crate) fn of(&mut self, file: &str, time: &str, kind: FactKind) -> &mut Self {
        self.add(MachineName::Source(file.into()), file, time, kind)
    }

    pub(crate) fn machines(&self) -> Vec<Machine> {
        Evidence::gather(self.0.clone()).machines().to_vec()
    }

    /// The machine that has a name.
    pub(crate) fn machine(&self, name: &str) -> Machine {
        let mut machines = self.machines().into_iter();
        machines.find(|machine| machine.names.iter().any(|it| it == name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<Vec<String>> {
        self.machines().into_iter().map(|machine| machine.names).collect()
    }
}

pub(crate) const DAY: &str = "2015-01-10T10:00:00Z";
pub(crate) const LATER: &str = "2015-03-10T10:00:00Z";

pub(crate) fn build(build: u32) -> FactKind {
    FactKind::OsVersion { build }
}

pub(crate) fn vm(name: &str, id: &str) -> Vm {
    Vm { id: id.parse().ok(), name: Some(name).filter(|name| !name.is_empty()).map(Into::into) }
}

/// Any fact in which a host names a guest.
pub(crate) fn speaks_of(vm: Vm) -> FactKind {
    FactKind::Integration {
        vm,
        service: "Heartbeat".into(),
        state: IntegrationState::Newest,
        event_id: 4020,
        negotiated: None,
        expected: None,
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later: None,
    }
}

pub(crate) fn report(vm: Vm, computer: &str) -> FactKind {
    FactKind::GuestReport {
        vm,
        computer: Some(computer.into()),
        os_name: None,
        os_build: None,
        integration_version: None,
        integration_state: None,
        services: Vec::new(),
        // The host on which most of these are logged.
        host: Some("HV1".into()),
        host_is_2016_or_later: None,
        uptime_seconds: None,
    }
}

pub(crate) fn renamed(from: &str, to: &str) -> FactKind {
    FactKind::ComputerRenamed { from: from.into(), to: to.into() }
}

pub(crate) fn firmware(vm: Option<Vm>, id: &str, serial: Option<&str>) -> FactKind {
    let serial = serial.map(str::to_owned);
    FactKind::Firmware { vm, id: id.parse().ok(), serial, is_hyper_v_guest: false }
}

pub(crate) fn dump(bugcheck: Bugcheck) -> FactKind {
    FactKind::Crash {
        bugcheck,
        blamed: None,
        role: Role::Unknown,
        modules: Vec::new(),
        about: StopAbout::default(),
    }
}

pub(crate) fn registry(key: &str, name: &str, data: &str) -> FactKind {
    FactKind::RegistryValue { key: key.into(), name: name.into(), data: data.into() }
}

pub(crate) fn kinds(machine: &Machine) -> Vec<(ReasonKind, Strength)> {
    machine.reasons.iter().map(|reason| (reason.kind, reason.strength)).collect()
}

pub(crate) fn continued(from: &str, to: &str) -> FactKind {
    FactKind::LogContinued { from: from.into(), to: to.into() }
}

pub(crate) fn clustered(vm: Vm) -> FactKind {
    FactKind::LiveMigration {
        vm,
        phase: hvtriage_diagnosis::MigrationPhase::Step,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(22501),
    }
}
