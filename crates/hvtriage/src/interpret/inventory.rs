//! What hosts and guests say of virtual machines, in exports of PowerShell and WMI.
//!
//! | item | properties | from |
//! |---|---|---|
//! | virtual machine | VMName or Name, VMId or Id, ComputerName, Version, IntegrationServicesVersion, IntegrationServicesState, Uptime | `Get-VM` |
//! | integration service | VMName, VMId, Name, Enabled, OperationalStatus | `Get-VMIntegrationService` |
//! | pairs of a guest | SystemName, `__SERVER` or PSComputerName; told by the guest: FullyQualifiedDomainName, OSName, OSVersion, OSBuildNumber, IntegrationServicesVersion | `Msvm_KvpExchangeComponent` |

use std::collections::BTreeSet;
use std::sync::Arc;

use hvtriage_diagnosis::{Fact, FactKind, Locator, MachineName, Place, ReportedService, Vm};
use hvtriage_inventory::{Item, ItemKind};

/// What the items of one export say.
pub(crate) fn inventory_facts(source: &str, items: &[Item]) -> Vec<Fact> {
    let mut hosts = BTreeSet::new();
    let mut facts = Vec::new();
    for item in items {
        let Some((kind, host)) = report(item) else { continue };
        let place = Place::Record { id: item.number, offset: item.offset };
        let machine = match &host {
            Some(host) => MachineName::Computer(host.as_str().into()),
            None => MachineName::Source(source.into()),
        };
        // Whoever answers for virtual machines is a host.
        let is_new = host.is_some_and(|host| hosts.insert(host.to_lowercase()));
        let is_host = is_new.then(|| (place.clone(), FactKind::HyperVHost {}));
        let told = is_host.into_iter().chain([(place, kind)]);
        facts.extend(facts_of(source, &machine, told));
    }
    facts
}

/// What an export without times says of a machine, each with its place.
pub(super) fn facts_of(
    source: &str,
    machine: &MachineName,
    told: impl IntoIterator<Item = (Place, FactKind)>,
) -> Vec<Fact> {
    let source: Arc<str> = source.into();
    let fact = |(place, kind)| Fact {
        locator: Locator { source: Arc::clone(&source), place },
        time: None,
        machine: machine.clone(),
        os_build: None,
        kind,
    };
    told.into_iter().map(fact).collect()
}

/// What an item says of a virtual machine, and the host that answered.
fn report(item: &Item) -> Option<(FactKind, Option<String>)> {
    let host = ["ComputerName", "PSComputerName", "__SERVER"]
        .into_iter()
        .find_map(|name| item.get(name).map(str::trim).filter(|host| names_a_computer(host)))
        .map(str::to_owned);
    let kind = FactKind::GuestReport {
        vm: vm(item),
        computer: told(item, "FullyQualifiedDomainName").map(Into::into),
        os_name: told(item, "OSName").map(Into::into),
        os_build: os_build(item),
        integration_version: integration_version(item).map(Into::into),
        integration_state: own(item, "IntegrationServicesState").map(Into::into),
        services: service(item).into_iter().collect(),
        // A guest is told its host's name, too.
        host: host.clone().or_else(|| told(item, "HostName")).map(Into::into),
        host_is_2016_or_later: is_configuration_of_2016(item).then_some(true),
        uptime_seconds: own(item, "Uptime").as_deref().and_then(seconds),
    };
    says_something(&kind).then_some((kind, host))
}

/// Whether anything is said of some virtual machine.
fn says_something(kind: &FactKind) -> bool {
    match kind {
        FactKind::GuestReport { vm, computer, os_name, integration_version, .. } => {
            let of_guest = computer.is_some() || os_name.is_some() || integration_version.is_some();
            of_guest || *vm != Vm::default()
        }
        _ => false,
    }
}

fn vm(item: &Item) -> Vm {
    let (names, ids): (&[&str], &[&str]) = match item.kind {
        ItemKind::VirtualMachine => (&["VMName", "Name"], &["VMId", "Id"]),
        // Their own name and id are those of the service.
        ItemKind::IntegrationService => (&["VMName"], &["VMId"]),
        ItemKind::GuestItems => (&["VMName"], &["VMId", "SystemName"]),
    };
    let name = names.iter().find_map(|name| own(item, name));
    let id = ids.iter().find_map(|name| own(item, name)?.parse().ok());
    Vm {
        id: id.or_else(|| told(item, "VirtualMachineId")?.parse().ok()),
        name: name.or_else(|| told(item, "VirtualMachineName")).map(Into::into),
    }
}

/// A property of the item itself, unless it is empty.
fn own(item: &Item, name: &str) -> Option<String> {
    item.get(name).and_then(not_empty)
}

/// What the guest tells under a name, unless it is empty.
fn told(item: &Item, name: &str) -> Option<String> {
    item.told(name).and_then(not_empty)
}

fn not_empty(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// `.` and `localhost` stand for whatever computer the command ran on.
pub(super) fn names_a_computer(name: &str) -> bool {
    !name.is_empty() && name != "." && !name.eq_ignore_ascii_case("localhost")
}

/// The version is `0.0` while a guest is off or its services do not run.
fn integration_version(item: &Item) -> Option<String> {
    let version = told(item, "IntegrationServicesVersion")
        .or_else(|| own(item, "IntegrationServicesVersion"))?;
    let is_known = version.split('.').any(|part| !part.trim_start_matches('0').is_empty());
    is_known.then_some(version)
}

/// Windows tells its build alone, and in the third part of its version. Linux tells the release of its
/// kernel in both places.
fn os_build(item: &Item) -> Option<u32> {
    let is_windows = told(item, "OSName").is_none_or(|name| name.contains("Windows"));
    let build = || told(item, "OSBuildNumber")?.parse().ok();
    let of_version = || told(item, "OSVersion")?.split('.').nth(2)?.parse().ok();
    is_windows.then(|| build().or_else(of_version)).flatten()
}

/// Configurations have the versions 4.0 on Windows Server 2012, 5.0 on 2012 R2, and 6.2 (of a preview)
/// to 12 on later ones.
fn is_configuration_of_2016(item: &Item) -> bool {
    let Some(version) = own(item, "Version") else { return false };
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    item.kind == ItemKind::VirtualMachine && major.is_some_and(|major| (6..100).contains(&major))
}

fn service(item: &Item) -> Option<ReportedService> {
    if item.kind != ItemKind::IntegrationService {
        return None;
    }
    // A table shows the class of a list in place of what is in it.
    let of_list: Vec<&str> = item
        .values("OperationalStatus")
        .iter()
        .map(|status| status.trim_matches(['{', '}', ' ']))
        .filter(|status| !status.is_empty() && !status.ends_with("[]"))
        .collect();
    let pair = || {
        let both = ["PrimaryOperationalStatus", "SecondaryOperationalStatus"];
        both.into_iter().filter_map(|name| own(item, name)).collect::<Vec<_>>().join(", ")
    };
    let status = if of_list.is_empty() { pair() } else { of_list.join(", ") };
    Some(ReportedService {
        name: own(item, "Name")?,
        is_enabled: own(item, "Enabled").and_then(|text| text.to_lowercase().parse().ok()),
        status: not_empty(&status).or_else(|| own(item, "PrimaryStatusDescription")),
    })
}

/// A span of time: `1.02:03:04.5` as text has it, `P1DT2H3M4.5S` as XML does.
fn seconds(text: &str) -> Option<u64> {
    const MAX_DAYS: u64 = 100_000;
    let text = text.trim();
    let [days, hours, minutes, seconds] = match text.strip_prefix('P') {
        Some(text) => {
            let (date, time) = text.split_once('T').unwrap_or((text, ""));
            let days = match date {
                "" => 0,
                date => whole(date.strip_suffix('D')?)?,
            };
            let (hours, rest) = time.split_once('H').unwrap_or(("0", time));
            let (minutes, rest) = rest.split_once('M').unwrap_or(("0", rest));
            let seconds = rest.strip_suffix('S').unwrap_or("0");
            [days, whole(hours)?, whole(minutes)?, whole(seconds)?]
        }
        None => {
            let mut parts = text.split(':');
            let first = parts.next()?;
            let (days, hours) = first.split_once('.').unwrap_or(("0", first));
            let (minutes, seconds) = (parts.next()?, parts.next()?);
            [whole(days)?, whole(hours)?, whole(minutes)?, whole(seconds)?]
        }
    };
    let days = Some(days).filter(|days| *days < MAX_DAYS)?;
    let hours = days.saturating_mul(24).saturating_add(hours);
    let minutes = hours.saturating_mul(60).saturating_add(minutes);
    Some(minutes.saturating_mul(60).saturating_add(seconds))
}

fn whole(text: &str) -> Option<u64> {
    let whole = text.split('.').next()?;
    let is_plain = whole.bytes().all(|digit| digit.is_ascii_digit()) && whole.len() < 10;
    whole.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use hvtriage_inventory::{identify, read_items};

    use super::*;

    fn facts(text: &str) -> Vec<Fact> {
        let format = identify(text.as_bytes()).unwrap();
        inventory_facts("case/export", &read_items(format, text.as_bytes()).items)
    }

    #[test]
    fn spans_of_time() {
        for (text, expected) in [
            ("1.02:03:04", Some(93_784)),
            ("00:00:59.9", Some(59)),
            ("P1DT2H3M4.5S", Some(93_784)),
            ("PT0S", Some(0)),
            ("P2D", Some(172_800)),
            ("", None),
            ("yesterday", None),
            ("1:2", None),
            ("99999999.00:00:00", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_virtual_machine_of_a_host() {
        let told = facts(
            "VMName,VMId,ComputerName,Version,IntegrationServicesVersion,IntegrationServicesState,Uptime\n\
             SQL01,6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12,HV1,5.0,6.3.9600.16384,Update required,00:10:00\n\
             OFF01,00000000-48ec-4deb-9da1-e4c1b5cf0c12,HV1,9.0,0.0,,\n",
        );
        assert_eq!(told.len(), 3);
        assert_eq!(told[0].kind, FactKind::HyperVHost {});
        assert!(told.iter().all(|fact| fact.machine == MachineName::Computer("HV1".into())));
        let FactKind::GuestReport {
            vm,
            integration_version,
            integration_state,
            host_is_2016_or_later,
            uptime_seconds,
            host,
            ..
        } = &told[1].kind
        else {
            panic!("{told:?}")
        };
        assert_eq!(vm.name.as_deref(), Some("SQL01"));
        assert_eq!(vm.id, "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12".parse().ok());
        assert_eq!(integration_version.as_deref(), Some("6.3.9600.16384"));
        assert_eq!(integration_state.as_deref(), Some("Update required"));
        assert_eq!((*host_is_2016_or_later, *uptime_seconds), (None, Some(600)));
        assert_eq!(host.as_deref(), Some("HV1"));
        let FactKind::GuestReport { integration_version, host_is_2016_or_later, .. } =
            &told[2].kind
        else {
            panic!("{told:?}")
        };
        assert_eq!((integration_version, host_is_2016_or_later), (&None, &Some(true)));
    }

    #[test]
    fn what_a_guest_tells_where_no_host_is_named() {
        let told = facts(
            "VMName,FullyQualifiedDomainName,OSName,OSVersion,IntegrationServicesVersion\n\
             SQL01,sql01.contoso.example,Windows Server 2012 R2 Standard,6.3.9600,6.3.9600.17415\n\
             LNX01,lnx01.contoso.example,CentOS Linux,3.10.0,3.1\n",
        );
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].machine, MachineName::Source("case/export".into()));
        let told: Vec<_> = told
            .iter()
            .map(|fact| match &fact.kind {
                FactKind::GuestReport { computer, os_build, integration_version, .. } => {
                    (computer.as_deref(), *os_build, integration_version.as_deref())
                }
                kind => panic!("{kind:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some("sql01.contoso.example"), Some(9600), Some("6.3.9600.17415")),
                (Some("lnx01.contoso.example"), None, Some("3.1"))
            ]
        );
    }

    #[test]
    fn a_service_that_does_not_speak_the_hosts_version() {
        let told = facts(
            "VMName      : LNX01\nComputerName : HV1\nName : VSS\nEnabled : True\n\
             OperationalStatus : {Ok, ProtocolMismatch}\nPrimaryStatusDescription : OK\n",
        );
        let FactKind::GuestReport { services, vm, .. } = &told[1].kind else { panic!("{told:?}") };
        assert_eq!(vm.name.as_deref(), Some("LNX01"));
        assert_eq!((services[0].name.as_str(), services[0].is_enabled), ("VSS", Some(true)));
        assert!(services[0].is_mismatched());
    }
}
