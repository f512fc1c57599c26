//! Records of logs, and what is asked of the incidents that come of them.

use std::sync::LazyLock;

use hvtriage_diagnosis::{
    Blame, Bugcheck, CsvStateKind, Evidence, Fact, FactKind, Incident, Judgement, Locator,
    LoggedEvent, MachineName, MigrationPhase, Place, Role, RuleSet, StopAbout, Vm, VmStateKind,
    judge,
};
use hvtriage_winfmt::FileOffset;

pub(crate) static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::catalogue().unwrap());

pub(crate) const STOP: Bugcheck =
    Bugcheck { code: 0xd1, parameters: [0x28, 2, 0, 0xffff_f880_01ab_12b8] };
/// KERNEL_DATA_INPAGE_ERROR with STATUS_IO_DEVICE_ERROR.
pub(crate) const PAGE_LOST: Bugcheck =
    Bugcheck { code: 0x7a, parameters: [0xffff_f6fc_4001_2345, 0xc000_0185, 0x1000, 0] };

/// Records of logs, each of which may tell several facts.
#[derive(Default)]
pub(crate) struct Logs(pub(crate) Vec<Fact>);

impl Logs {
    pub(crate) fn record(
        &mut self,
        machine: MachineName,
        time: &str,
        kinds: Vec<FactKind>,
    ) -> &mut Self {
        let id = self.0.len() as u64 + 1;
        let (MachineName::Computer(name) | MachineName::Source(name)) = &machine;
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        let locator = Locator { source: format!("{name}/System.evtx").into(), place };
        let time = Some(format!("2014-03-{time}:00Z").parse().unwrap());
        self.0.extend(kinds.into_iter().map(|kind| Fact {
            locator: locator.clone(),
            time,
            machine: machine.clone(),
            os_build: None,
            kind,
        }));
        self
    }

    /// `time` is a day of March and a minute, `10T09:30`.
    pub(crate) fn log(&mut self, computer: &str, time: &str, kind: FactKind) -> &mut Self {
        self.record(MachineName::Computer(computer.into()), time, vec![kind])
    }

    /// A node tells that another left the cluster.
    pub(crate) fn lost(&mut self, teller: &str, time: &str, node: &str) -> &mut Self {
        let kinds = vec![
            FactKind::NodeLost { node: node.into() },
            event("FailoverClustering", 1135, &[node]),
        ];
        self.record(MachineName::Computer(teller.into()), time, kinds)
    }

    pub(crate) fn judge(&self) -> Judgement {
        judge(&Evidence::gather(self.0.clone()), &RULES)
    }
}

pub(crate) fn event(provider: &str, id: u32, values: &[&str]) -> FactKind {
    FactKind::Event(Box::new(LoggedEvent {
        provider: format!("Microsoft-Windows-{provider}").into(),
        id,
        values: values.iter().copied().collect(),
        ..LoggedEvent::default()
    }))
}

pub(crate) fn vm(name: &str) -> Vm {
    Vm { id: None, name: Some(name.into()) }
}

pub(crate) fn started(name: &str) -> FactKind {
    FactKind::VmState { vm: vm(name), state: VmStateKind::Started, event_id: 18500 }
}

pub(crate) fn restart() -> FactKind {
    FactKind::UncleanRestart { bugcheck: None, circumstances: Default::default() }
}

pub(crate) fn stopped(bugcheck: Bugcheck) -> FactKind {
    FactKind::UncleanRestart { bugcheck: Some(bugcheck), circumstances: Default::default() }
}

pub(crate) fn dump(bugcheck: Bugcheck, module: &str, offset: u64) -> FactKind {
    let blamed = Blame {
        module: module.into(),
        offset,
        function: None,
        is_of_windows: None,
        basis: String::new(),
    };
    FactKind::Crash {
        bugcheck,
        blamed: Some(Box::new(blamed)),
        role: Role::Guest,
        modules: Vec::new(),
        about: StopAbout::default(),
    }
}

pub(crate) fn paused(volume: &str) -> FactKind {
    volume_is(CsvStateKind::Paused, volume)
}

pub(crate) fn lost(volume: &str) -> FactKind {
    volume_is(CsvStateKind::Unreachable, volume)
}

pub(crate) fn volume_is(state: CsvStateKind, volume: &str) -> FactKind {
    FactKind::CsvState {
        volume: volume.into(),
        resource: None,
        state,
        drivers: Vec::new(),
        status: None,
    }
}

pub(crate) fn migration(name: &str, phase: MigrationPhase) -> FactKind {
    FactKind::LiveMigration {
        vm: vm(name),
        phase,
        blackout_seconds: None,
        other_host: None,
        event_id: Some(20413),
    }
}

/// The machines of an incident's findings, with the lead first.
pub(crate) fn told(judgement: &Judgement, incident: &Incident) -> Vec<String> {
    let findings = incident.findings.iter().map(|index| &judgement.findings[*index]);
    findings.map(|it| format!("{} {}", it.rule, it.machine)).collect()
}

/// The incident with a finding of `rule` on `machine`.
pub(crate) fn incident_of<'a>(judgement: &'a Judgement, rule: &str, machine: &str) -> &'a Incident {
    let is_it = |index: &usize| {
        let finding = &judgement.findings[*index];
        finding.rule == rule && finding.machine == machine
    };
    let mut incidents = judgement.incidents.iter();
    incidents.find(|it| it.findings.iter().any(is_it)).unwrap()
}
