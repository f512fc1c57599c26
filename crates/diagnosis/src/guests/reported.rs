//! Guests of whom only reports tell: `Get-VM`, what they tell of themselves, their registry.

use std::collections::{BTreeMap, BTreeSet};

use super::judged::{Guest, JudgedReport, ReportBasis};
use super::verdict::advice;
use super::{Row, known_update};
use crate::evidence::Evidence;
use crate::fact::{FactKind, IntegrationState, ReportedService};
use crate::finding::{GuestAttention, GuestSight, Harmless, Verdict};
use crate::hosts::BUILD_2016;
use crate::kind::Kind;
use crate::table::{Lack, UnknowableGuest};
use crate::vm::KnownVm;

/// What a row is called that is of no single service.
const ALL_SERVICES: &str = "integration services";

/// Rows for guests of whose services as a whole no event in `told` speaks, and for services that do
/// not speak the host's version.
pub(super) fn rows(evidence: &Evidence, told: &BTreeSet<usize>) -> Vec<GuestAttention> {
    let mut rows = Vec::new();
    for reports in by_guest(evidence) {
        let Some(guest) = Guest::of(evidence, &reports) else { continue };
        if guest.vm.is_none_or(|vm| !told.contains(&vm)) {
            rows.extend(guest.row_of_all());
        }
        rows.extend(guest.rows_of_services());
    }
    rows
}

/// Virtual machines of which a report tells that a service does not speak the host's version.
pub(crate) fn guests_with_services(evidence: &Evidence) -> Vec<usize> {
    let reports = evidence.of_kind(Kind::GuestReport).iter();
    let mismatched = reports.filter(|index| match evidence.fact(**index).map(|fact| &fact.kind) {
        Some(FactKind::GuestReport { services, .. }) => {
            services.iter().any(ReportedService::is_mismatched)
        }
        _ => false,
    });
    mismatched.flat_map(|index| evidence.vms_of(*index)).copied().collect()
}

/// Guests whose version is known, and not what their host expects; `is_told` knows those of whom a host
/// logged something.
pub(crate) fn guests_without_host(
    evidence: &Evidence,
    is_told: &dyn Fn(usize) -> bool,
) -> Vec<UnknowableGuest> {
    let guests = by_guest(evidence).into_iter().filter_map(|reports| {
        let guest = Guest::of(evidence, &reports)?;
        if guest.vm.is_some_and(is_told) || !guest.lacks_its_host() {
            return None;
        }
        let shown = guest.known.map(KnownVm::display).filter(|name| !name.is_empty());
        let hosts = guest.hosts().into_iter();
        let hosts = hosts.filter_map(|host| Some(evidence.machines().get(host)?.name.clone()));
        Some(UnknowableGuest {
            vm_name: shown.or_else(|| guest.told.computer.clone())?,
            vm_id: guest.known.and_then(|vm| vm.id),
            hosts: hosts.collect::<BTreeSet<String>>().into_iter().collect(),
            lacks: Lack::HostBuild,
            citation: evidence.fact(*reports.last()?)?.locator.clone(),
        })
    });
    guests.collect()
}

/// How the guest of one report fits its host, for rules.
pub(crate) fn verdict_of(evidence: &Evidence, index: usize) -> Option<Verdict> {
    let reports = [index];
    let guest = Guest::of(evidence, &reports)?;
    Some(guest.judge().map_or(Verdict::Compatible, |judged| judged.verdict))
        .filter(|_| guest.is_known_enough())
}

/// What the verdict on the guest of one report rests on, for rules.
pub(crate) fn basis_of(evidence: &Evidence, index: usize) -> Option<ReportBasis> {
    let reports = [index];
    Some(Guest::of(evidence, &reports)?.judge()?.basis)
}

/// Reports by virtual machine, or else by the computer's name. Those that name neither stand alone.
pub(super) fn by_guest(evidence: &Evidence) -> Vec<Vec<usize>> {
    let mut of_vm: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut of_computer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in evidence.of_kind(Kind::GuestReport).iter().copied() {
        let vm = evidence.vms_of(index).first().copied();
        match (vm, evidence.fact(index).and_then(|fact| fact.kind.reporter())) {
            (Some(vm), _) => of_vm.entry(vm).or_default().push(index),
            (None, Some(computer)) => {
                of_computer.entry(computer.to_lowercase()).or_default().push(index);
            }
            _ => {}
        }
    }
    of_vm.into_values().chain(of_computer.into_values()).collect()
}

impl Guest<'_> {
    fn row_of_all(&self) -> Option<GuestAttention> {
        let judged = self.judge()?;
        // What the host gives is for Windows.
        let expected = self.host_services().filter(|_| !self.is_linux());
        self.row(ALL_SERVICES.into(), judged, expected.map(str::to_owned), self.reports)
    }

    /// A row for each service that does not speak the host's version.
    fn rows_of_services(&self) -> Vec<GuestAttention> {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for index in self.reports {
            let fact = self.evidence.fact(*index).map(|fact| &fact.kind);
            if let Some(FactKind::GuestReport { services, .. }) = fact {
                for service in services.iter().filter(|service| service.is_mismatched()) {
                    by_name.entry(&service.name).or_default().push(*index);
                }
            }
        }
        let rows = by_name.into_iter().filter_map(|(name, reports)| {
            let is_old = self.os_build().is_some_and(|build| build < BUILD_2016);
            let is_open = self.runs_unknown_system();
            let harmless = if self.is_linux() {
                Harmless::Yes("the guest runs Linux, which speaks versions of its own".into())
            } else if is_old && self.host_is_2016_or_later() == Some(true) {
                Harmless::Yes("by design: the guest's Windows is older than 2016".into())
            } else if is_open {
                Harmless::Unknown(
                    "harmless if the guest runs Linux or a Windows older than its host, which the \
                     evidence leaves open"
                        .into(),
                )
            } else {
                Harmless::Unknown(
                    "guest and host agreed on a version that is not the host's newest".into(),
                )
            };
            let verdict = match harmless {
                Harmless::Yes(_) => Verdict::Harmless,
                _ if is_open => Verdict::Unknown,
                _ => Verdict::Compatible,
            };
            let judged = JudgedReport {
                verdict,
                state: IntegrationState::Differs,
                harmless,
                basis: ReportBasis::Host,
            };
            self.row(name.to_owned(), judged, None, &reports)
        });
        rows.collect()
    }

    fn row(
        &self,
        service: String,
        JudgedReport { verdict, state, harmless, .. }: JudgedReport,
        expected: Option<String>,
        reports: &[usize],
    ) -> Option<GuestAttention> {
        let last = self.evidence.fact(*reports.last()?)?;
        let host = self.host.and_then(|host| self.evidence.machines().get(host));
        let hosts: Vec<String> = host.map(|host| host.name.clone()).into_iter().collect();
        let shown = self.known.map(KnownVm::display).filter(|name| !name.is_empty());
        let version = self.told.integration_version.clone();
        let sight = GuestSight {
            host: hosts.first().cloned().unwrap_or_else(|| last.locator.source.to_string()),
            host_build: self.host_build(),
            state,
            negotiated: version.clone(),
            expected: expected.clone(),
            first: None,
            last: None,
            count: reports.len() as u64,
        };
        let row = Row {
            name: shown.or_else(|| self.told.computer.clone())?,
            known: self.known,
            reported: &self.told,
            system: self.system,
            os_build: self.os_build(),
            installed: version.clone(),
            shows: None,
        };
        Some(GuestAttention {
            hosts,
            guest_update: known_update(version.as_deref()),
            host_update: known_update(expected.as_deref()),
            guest_build: version.clone().or(self.os_build().map(|build| build.to_string())),
            negotiated: version,
            expected,
            host_build: self.host_build(),
            state,
            count: reports.len() as u64,
            harmless,
            verdict,
            advice: advice(verdict, self.system, self.host_is_2016_or_later()),
            history: vec![sight],
            ..row.start(service, last.locator.clone())
        })
    }
}
