//! What an export of the registry says of its machine.
//!
//! | key | values | tells |
//! |---|---|---|
//! | `...\Control\ComputerName\ComputerName` | ComputerName | the machine |
//! | `...\Services\Tcpip\Parameters` | Hostname, Domain | its full name |
//! | `...\Windows NT\CurrentVersion` | CurrentBuild, CurrentBuildNumber, ProductName | its Windows |
//! | `...\Virtual Machine\Guest\Parameters` | HostName, VirtualMachineName, VirtualMachineId | of a guest: its host, and what that calls it |
//! | `...\Virtual Machine\Auto` | IntegrationServicesVersion, FullyQualifiedDomainName | of a guest: what it tells its host |
//! | `...\DESCRIPTION\System\BIOS` | SystemManufacturer, SystemProductName, BIOSVersion | who made the machine |
//! | `...\Virtualization\GuestInstaller\Version` | Microsoft-Hyper-V-Guest-Installer | of a host: the services it installs |

use hvtriage_diagnosis::{Fact, FactKind, MachineName, Place, Vm};
use hvtriage_inventory::RegistryEntry;

use super::Wanted;
use super::inventory::{facts_of, names_a_computer};

/// Values that rules ask for are kept up to this many: a rule may ask for whole trees.
const MAX_VALUES: usize = 10_000;

/// Takes what is wanted out of the values of one export.
#[derive(Debug)]
pub(crate) struct RegistryFacts<'a> {
    wanted: &'a Wanted,
    values: Vec<(Place, FactKind)>,
    known: Vec<(Known, String, Place)>,
}

/// A value that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    ComputerName,
    HostName,
    Domain,
    Build,
    ProductName,
    GuestName,
    IntegrationVersion,
    Host,
    VmName,
    VmId,
    GuestInstaller,
    Maker,
    Model,
    Bios,
}

/// Ends of keys, names of values, and what they are. Keys of the services stand in one of several
/// control sets.
const KNOWN: &[(&str, &str, Known)] = &[
    (r"\control\computername\computername", "computername", Known::ComputerName),
    (r"\services\tcpip\parameters", "hostname", Known::HostName),
    (r"\services\tcpip\parameters", "domain", Known::Domain),
    (r"\microsoft\windows nt\currentversion", "currentbuildnumber", Known::Build),
    (r"\microsoft\windows nt\currentversion", "currentbuild", Known::Build),
    (r"\microsoft\windows nt\currentversion", "productname", Known::ProductName),
    (r"\virtual machine\auto", "fullyqualifieddomainname", Known::GuestName),
    (r"\virtual machine\auto", "integrationservicesversion", Known::IntegrationVersion),
    (r"\virtual machine\guest\parameters", "hostname", Known::Host),
    (r"\virtual machine\guest\parameters", "physicalhostname", Known::Host),
    (r"\virtual machine\guest\parameters", "virtualmachinename", Known::VmName),
    (r"\virtual machine\guest\parameters", "virtualmachineid", Known::VmId),
    (r"\hardware\description\system\bios", "systemmanufacturer", Known::Maker),
    (r"\hardware\description\system\bios", "systemproductname", Known::Model),
    (r"\hardware\description\system\bios", "biosversion", Known::Bios),
    (GUEST_INSTALLER_KEY, "microsoft-hyper-v-guest-installer", Known::GuestInstaller),
];

const GUEST_INSTALLER_KEY: &str =
    r"\windows nt\currentversion\virtualization\guestinstaller\version";

impl<'a> RegistryFacts<'a> {
    pub(crate) fn new(wanted: &'a Wanted) -> Self {
        Self { wanted, values: Vec::new(), known: Vec::new() }
    }

    /// Looks at one value.
    pub(crate) fn add(&mut self, entry: &RegistryEntry<'_>) {
        let name = entry.name();
        let known = known(entry.key, &name)
            .filter(|known| self.known.iter().all(|(before, ..)| before != known));
        let data = || entry.data().map(|data| data.to_text());
        let is_asked_for =
            self.values.len() < MAX_VALUES && self.wanted.wants_value(entry.key, &name, data);
        if known.is_none() && !is_asked_for {
            return;
        }
        let Some(data) = data() else { return };
        let place = Place::Record { id: entry.number, offset: entry.offset };
        if let Some(known) = known.filter(|_| !data.trim().is_empty()) {
            self.known.push((known, data.trim().to_owned(), place.clone()));
        }
        if is_asked_for || known == Some(Known::GuestInstaller) {
            let value = FactKind::RegistryValue { key: entry.key.to_owned(), name, data };
            self.values.push((place, value));
        }
    }

    fn find(&self, known: Known) -> Option<(&str, &Place)> {
        let found = self.known.iter().find(|(one, ..)| *one == known);
        found.map(|(_, data, place)| (data.as_str(), place))
    }

    fn text(&self, known: Known) -> Option<String> {
        self.find(known).map(|(data, _)| data.to_owned())
    }

    /// The machine whose registry it is.
    fn machine(&self, source: &str) -> MachineName {
        let full = self.text(Known::HostName).map(|host| match self.text(Known::Domain) {
            Some(domain) => format!("{host}.{domain}"),
            None => host,
        });
        let name = full.or_else(|| self.text(Known::ComputerName));
        let name = name.or_else(|| self.text(Known::GuestName)).filter(|it| names_a_computer(it));
        name.map_or_else(
            || MachineName::Source(source.into()),
            |name| MachineName::Computer(name.into()),
        )
    }

    /// What the machine says of itself as a guest, where it is one.
    fn guest_report(&self) -> Option<(Place, FactKind)> {
        const OF_GUESTS: [Known; 5] =
            [Known::IntegrationVersion, Known::VmName, Known::VmId, Known::Host, Known::GuestName];
        let (_, place) = OF_GUESTS.into_iter().find_map(|known| self.find(known))?;
        let report = FactKind::GuestReport {
            vm: Vm {
                id: self.text(Known::VmId).and_then(|id| id.parse().ok()),
                name: self.text(Known::VmName).map(Into::into),
            },
            computer: self.text(Known::GuestName).map(Into::into),
            os_name: self.text(Known::ProductName).map(Into::into),
            os_build: self.build(),
            integration_version: self.text(Known::IntegrationVersion).map(Into::into),
            integration_state: None,
            services: Vec::new(),
            host: self.text(Known::Host).map(Into::into),
            host_is_2016_or_later: None,
            uptime_seconds: None,
        };
        Some((place.clone(), report))
    }

    /// What the machine is.
    fn hardware(&self) -> Option<(Place, FactKind)> {
        let known = [Known::Maker, Known::Model, Known::Bios];
        let (_, place) = known.into_iter().find_map(|known| self.find(known))?;
        let [maker, model, bios] = known.map(|known| self.text(known).map(Into::into));
        Some((place.clone(), FactKind::Hardware { maker, model, bios }))
    }

    fn build(&self) -> Option<u32> {
        self.find(Known::Build)?.0.parse().ok()
    }
}

/// All that one export says.
pub(crate) fn registry_facts(source: &str, told: RegistryFacts<'_>) -> Vec<Fact> {
    let machine = told.machine(source);
    let mut facts = Vec::new();
    let build = told.build().zip(told.find(Known::Build));
    facts.extend(build.map(|(build, (_, place))| (place.clone(), FactKind::OsVersion { build })));
    // The services of guests lie on hosts only.
    let host = told.find(Known::GuestInstaller);
    facts.extend(host.map(|(_, place)| (place.clone(), FactKind::HyperVHost {})));
    facts.extend(told.guest_report());
    facts.extend(told.hardware());
    facts.extend(told.values);
    facts_of(source, &machine, facts)
}

fn known(key: &str, name: &str) -> Option<Known> {
    let ends_with = |end: &str| {
        let start = key.len().checked_sub(end.len());
        start.and_then(|start| key.get(start..)).is_some_and(|it| it.eq_ignore_ascii_case(end))
    };
    let found =
        KNOWN.iter().find(|(end, known, _)| name.eq_ignore_ascii_case(known) && ends_with(end));
    found.map(|(_, _, known)| *known)
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::RuleSet;
    use hvtriage_inventory::read_registry;

    use super::*;

    fn facts(wanted: &Wanted, body: &str) -> Vec<Fact> {
        let text = format!("Windows Registry Editor Version 5.00\r\n\r\n{body}");
        let mut told = RegistryFacts::new(wanted);
        let problems = read_registry(text.as_bytes(), |entry| told.add(entry));
        assert_eq!(problems, []);
        registry_facts("case/export.reg", told)
    }

    const GUEST: &str = r#"[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentBuild"="9600"
"ProductName"="Windows Server 2012 R2 Standard"
"Other"=dword:00000001

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Guest\Parameters]
"HostName"="HV1.contoso.example"
"VirtualMachineId"="6B9DB33B-48EC-4DEB-9DA1-E4C1B5CF0C12"
"VirtualMachineName"="SQL01"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\Tcpip\Parameters]
"Hostname"="sql01"
"Domain"="contoso.example"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Auto]
"IntegrationServicesVersion"="6.3.9600.17415"
"#;

    #[test]
    fn a_guest_names_itself_its_windows_and_its_host() {
        let told = facts(&Wanted::by(&RuleSet::default()), GUEST);
        let machine = MachineName::Computer("sql01.contoso.example".into());
        assert!(told.iter().all(|fact| fact.machine == machine), "{told:?}");
        assert_eq!(told[0].kind, FactKind::OsVersion { build: 9600 });
        let FactKind::GuestReport { vm, os_name, host, integration_version, .. } = &told[1].kind
        else {
            panic!("{told:?}")
        };
        assert_eq!(vm.name.as_deref(), Some("SQL01"));
        assert_eq!(os_name.as_deref(), Some("Windows Server 2012 R2 Standard"));
        assert_eq!(host.as_deref(), Some("HV1.contoso.example"));
        assert_eq!(integration_version.as_deref(), Some("6.3.9600.17415"));
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn the_firmware_tells_who_made_the_machine() {
        let wanted = Wanted::by(&RuleSet::default());
        let told = facts(
            &wanted,
            "[HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS]\r\n\
             \"SystemManufacturer\"=\"Dell Inc.\"\r\n\"SystemProductName\"=\"PowerEdge R740\"\r\n",
        );
        let kinds: Vec<FactKind> = told.into_iter().map(|fact| fact.kind).collect();
        let expected = FactKind::Hardware {
            maker: Some("Dell Inc.".into()),
            model: Some("PowerEdge R740".into()),
            bios: None,
        };
        assert_eq!(kinds, [expected]);
    }

    #[test]
    fn what_a_rule_asks_for_is_kept_and_nothing_else() {
        let rule = r"{id: X, title: X, severity: low, confidence: low, theme: storage, message: X,
            explain: X, remedy: X, when: {it: {kind: registry_value,
            'key|endswith': '\Windows NT\CurrentVersion', name: other}}}";
        let mut rules = RuleSet::default();
        rules.load("x.yaml", rule).unwrap();
        let told = facts(&Wanted::by(&rules), GUEST);
        let values: Vec<_> = told
            .iter()
            .filter_map(|fact| match &fact.kind {
                FactKind::RegistryValue { name, data, .. } => Some((name.as_str(), data.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(values, [("Other", "1")]);
    }

    #[test]
    fn a_host_has_the_services_that_it_installs() {
        let told = facts(
            &Wanted::by(&RuleSet::default()),
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\
             \\GuestInstaller\\Version]\r\n\"Microsoft-Hyper-V-Guest-Installer\"=\"6.3.9600.18907\"\r\n",
        );
        assert_eq!(told[0].kind, FactKind::HyperVHost {});
        assert!(
            matches!(&told[1].kind, FactKind::RegistryValue { data, .. } if data == "6.3.9600.18907")
        );
        assert_eq!(told[1].machine, MachineName::Source("case/export.reg".into()));
    }
}
