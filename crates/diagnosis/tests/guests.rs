//! The table of guests: versions, verdicts, histories, and what nothing tells.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use hvtriage_diagnosis::{
    Evidence, Fact, FactKind, GuestAttention, Harmless, IntegrationState, Lack, Locator,
    MachineName, Place, ReportedService, RuleSet, Tables, Verdict, Vm, VmStateKind, judge,
};
use hvtriage_winfmt::{FileOffset, FileTime};

#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(mut self, computer: &str, time: &str, kind: FactKind) -> Self {
        let id = self.0.len() as u64 + 1;
        let place = Place::Record { id, offset: FileOffset(0x1000 + id) };
        self.0.push(Fact {
            locator: Locator { source: format!("{computer}/export").into(), place },
            time: time.parse::<FileTime>().ok(),
            machine: match computer.ends_with(".csv") {
                true => MachineName::Source(computer.into()),
                false => MachineName::Computer(computer.into()),
            },
            os_build: None,
            kind,
        });
        self
    }

    fn build(self, computer: &str, build: u32) -> Self {
        self.add(computer, "", FactKind::OsVersion { build })
    }

    fn report(self, computer: &str, report: Report) -> Self {
        let host = (!computer.ends_with(".csv")).then(|| computer.into());
        let kind = FactKind::GuestReport {
            vm: vm(report.vm),
            computer: None,
            os_name: (!report.os_name.is_empty()).then(|| report.os_name.into()),
            os_build: report.os_build,
            integration_version: (!report.version.is_empty()).then(|| report.version.into()),
            integration_state: (!report.state.is_empty()).then(|| report.state.into()),
            services: Vec::new(),
            host,
            host_is_2016_or_later: None,
            uptime_seconds: None,
        };
        self.add(computer, "", kind)
    }

    fn guests(&self) -> Vec<GuestAttention> {
        let rules = RuleSet::default();
        judge(&Evidence::gather(self.0.clone()), &rules).guests
    }

    fn tables(&self) -> Tables {
        Tables::of(&Evidence::gather(self.0.clone()))
    }
}

#[derive(Clone, Copy, Default)]
struct Report {
    vm: &'static str,
    os_name: &'static str,
    os_build: Option<u32>,
    version: &'static str,
    state: &'static str,
}

/// A virtual machine whose id follows from its name.
fn vm(name: &str) -> Vm {
    let number = name.bytes().fold(0_u64, |sum, byte| sum * 31 + u64::from(byte));
    let id = format!("6b9db33b-48ec-4deb-9da1-{:012x}", number & 0xffff_ffff_ffff);
    Vm { id: id.parse().ok(), name: Some(name.into()) }
}

fn service(
    name: &str,
    service: &str,
    (state, event_id): (IntegrationState, u32),
    versions: Option<(&str, &str)>,
) -> FactKind {
    FactKind::Integration {
        vm: vm(name),
        service: service.into(),
        state,
        event_id,
        negotiated: versions.map(|pair| pair.0.into()),
        expected: versions.map(|pair| pair.1.into()),
        framework_negotiated: None,
        framework_expected: None,
        host_is_2016_or_later: None,
    }
}

const OLDER: (IntegrationState, u32) = (IntegrationState::Older, 4130);
const DIFFERS: (IntegrationState, u32) = (IntegrationState::Differs, 4010);
const NEWEST: (IntegrationState, u32) = (IntegrationState::Newest, 4020);
const ALL: &str = "integration services";

/// The decision list of `ic_versions.yaml`, by what Get-VM and the guests report.
#[test]
fn verdicts_of_reports() {
    let report = |os_name, os_build, version, state| Report {
        vm: "SQL01",
        os_name,
        os_build,
        version,
        state,
    };
    let on = |host: u32, report| Facts::default().build("HV1", host).report("HV1", report).guests();
    let r2 = "Windows Server 2012 R2 Standard";
    let r2_of_old = "Windows Server 2008 R2 Enterprise";
    for (host, told, expected) in [
        // 1: Linux, whatever the host says.
        (9600, report("CentOS Linux", None, "3.1", "Update required"), Some(Verdict::Harmless)),
        (9600, report("", None, "3.1", "Update required"), Some(Verdict::Harmless)),
        (17763, report("CentOS Linux", None, "3.1", "Up to date"), None),
        // 2: the services of an old guest are those of its own Windows, brought by Windows Update.
        (17763, report(r2, Some(9600), "6.3.9600.19456", ""), None),
        (17763, report(r2, Some(9600), "6.3.9600.16384", ""), Some(Verdict::Outdated)),
        (17763, report("Windows Server 2019", Some(17763), "10.0.17763.1", ""), None),
        // 3: an older release, and an older service pack.
        (9600, report(r2_of_old, Some(7601), "6.1.7601.17514", ""), Some(Verdict::Outdated)),
        (7601, report(r2_of_old, Some(7600), "6.1.7600.16385", ""), Some(Verdict::Outdated)),
        // 4: the same release; only the host can say more.
        (9600, report(r2, Some(9600), "6.3.9600.16384", ""), None),
        (
            9600,
            report(r2, Some(9600), "6.3.9600.16384", "Update required"),
            Some(Verdict::Compatible),
        ),
        // 6: services of a newer host; but a newer Windows has its own.
        (9200, report(r2_of_old, Some(7601), "6.3.9600.16384", ""), Some(Verdict::HostBehind)),
        (9200, report(r2, Some(9600), "6.3.9600.16384", ""), None),
        // What is not known is not judged.
        (9600, report(r2_of_old, Some(7601), "", ""), None),
        (9600, report(r2_of_old, Some(7601), "", "Update required"), Some(Verdict::Outdated)),
    ] {
        let rows = on(host, told);
        let verdict = rows.first().map(|row| row.verdict);
        assert_eq!(verdict, expected, "{} {} on {host}", told.os_name, told.version);
        assert!(rows.iter().all(|row| row.service == ALL && row.hosts == ["HV1"]));
    }
    // Without a host nothing can be compared.
    let alone = Facts::default().report("kvp.csv", report(r2, Some(9600), "6.1.7601.17514", ""));
    assert!(alone.guests().is_empty());
}

#[test]
fn the_version_that_a_host_gives_decides_over_its_build() {
    let host = FactKind::RegistryValue {
        key: r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Virtualization\GuestInstaller\Version".into(),
        name: "Microsoft-Hyper-V-Guest-Installer".into(),
        data: "6.3.9600.18907".into(),
    };
    let told = Report { vm: "SQL01", version: "6.3.9600.17415", ..Report::default() };
    let facts = Facts::default().build("HV1", 9600).add("HV1", "", host).report("HV1", told);
    let rows = facts.guests();
    assert_eq!(rows[0].verdict, Verdict::Compatible);
    assert!(matches!(rows[0].harmless, Harmless::Yes(_)));
    assert_eq!(rows[0].expected.as_deref(), Some("6.3.9600.18907"));
    assert!(rows[0].guest_update.as_deref().unwrap().contains("KB3000850"));
    assert!(rows[0].host_update.as_deref().unwrap().contains("KB4072650"));
}

#[test]
fn a_guest_on_several_hosts_is_one_row_with_its_history() {
    let older = |host| service("SQL01", ALL, OLDER, Some(("6.1.7600.16385", host)));
    let facts = Facts::default()
        .build("HV1", 7601)
        .build("HV2", 7601)
        .add("HV1", "2012-01-10T10:00:00Z", older("6.1.7601.17514"))
        .add("HV1", "2012-01-11T10:00:00Z", older("6.1.7601.17514"))
        .add("HV2", "2012-01-12T10:00:00Z", older("6.1.7601.17514"))
        .add("HV1", "2012-01-13T10:00:00Z", older("6.1.7601.17514"));
    let rows = facts.guests();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.verdict, row.count), (Verdict::Outdated, 4));
    assert_eq!(
        row.guest_update.as_deref(),
        Some("Windows Server 2008 R2, RTM (by two public lists)")
    );
    assert_eq!(
        row.host_update.as_deref(),
        Some("Windows Server 2008 R2, SP1 (by two public lists)")
    );
    assert_eq!(
        row.advice,
        Some(
            "bring the hosts to one level, then install the services from vmguest.iso in the guest"
        )
    );
    let history: Vec<_> = row
        .history
        .iter()
        .map(|it| {
            (
                it.host.as_str(),
                it.count,
                it.first.unwrap().to_string(),
                it.last.unwrap().to_string(),
            )
        })
        .map(|(host, count, first, last)| {
            (host, count, first[8..10].to_owned(), last[8..10].to_owned())
        })
        .collect();
    assert_eq!(
        history,
        [("HV1", 3, "10".into(), "13".into()), ("HV2", 1, "12".into(), "12".into())]
    );
}

#[test]
fn versions_betray_the_system_and_reports_overrule_them() {
    let kvp = || service("APP01", "Key-Value Pair Exchange", DIFFERS, Some(("4.0", "5.0")));
    let vss = |versions| service("APP01", "Volume Shadow Copy", versions, None);
    let facts = || Facts::default().build("HV1", 9600).add("HV1", "2015-01-10T10:00:00Z", kvp());
    let row = &facts().guests()[0];
    assert_eq!(row.shows.as_deref(), Some("Windows 8 or Server 2012, or Linux"));
    assert_eq!((row.verdict, row.system), (Verdict::Compatible, "linux_possible"));
    let with_backup = facts().add("HV1", "2015-01-10T10:00:01Z", vss(NEWEST)).guests();
    assert_eq!(with_backup[0].verdict, Verdict::Harmless);
    assert_eq!(with_backup[0].shows.as_deref(), Some("Linux (its kernel's drivers or LIS)"));
    let windows = Report {
        vm: "APP01",
        os_name: "Windows Server 2012 Standard",
        os_build: Some(9200),
        ..Report::default()
    };
    let reported = facts().report("HV1", windows).guests();
    assert_eq!((reported[0].verdict, reported[0].system), (Verdict::Outdated, "windows"));
    assert_eq!(reported[0].os_name.as_deref(), Some("Windows Server 2012 Standard"));
    let linux = Report { vm: "APP01", os_name: "Ubuntu", version: "3.1", ..Report::default() };
    let reported = facts().report("kvp.csv", linux).guests();
    assert_eq!((reported[0].verdict, reported[0].system), (Verdict::Harmless, "linux"));
}

/// One verdict: what the versions allow is never at odds with what the guest is held to run. The host's
/// build is not known, so a backup service at its newest version shows no version of its own.
#[test]
fn what_runs_in_a_guest_is_said_in_one_voice() {
    let linux = Facts::default()
        .add(
            "HV1",
            "2015-01-10T10:00:00Z",
            service("LNX01", "Key-Value Pair Exchange", DIFFERS, Some(("4.0", "5.0"))),
        )
        .add("HV1", "2015-01-10T10:00:01Z", service("LNX01", "Volume Shadow Copy", NEWEST, None));
    let row = &linux.guests()[0];
    assert_eq!((row.system, row.verdict), ("linux_likely", Verdict::Harmless));
    assert_eq!(row.shows.as_deref(), Some("Linux (its kernel's drivers or LIS)"));
    assert_eq!(row.runs.as_deref(), Some("Linux, by its versions"));
    let windows = Facts::default()
        .build("HV1", 9600)
        .add(
            "HV1",
            "2015-01-10T10:00:00Z",
            service("APP01", "Key-Value Pair Exchange", DIFFERS, Some(("4.0", "5.0"))),
        )
        .build("APP01", 9200);
    let older = service("APP02", ALL, OLDER, Some(("6.1.7600.16385", "6.1.7601.17514")));
    let windows = windows.add("HV1", "2015-01-10T10:00:00Z", older);
    let rows = windows.guests();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.runs.as_deref(), row.os_build, row.integration_version.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("Windows, build 9200"), Some(9200), None),
            (Some("Windows"), None, Some("6.1.7600.16385"))
        ]
    );
}

#[test]
fn the_gravest_guest_goes_first() {
    let older = |name| service(name, ALL, OLDER, Some(("6.1.7600.16385", "6.1.7601.17514")));
    let at = "2012-01-10T10:00:00Z";
    let none = (IntegrationState::Incompatible, 4000);
    let rows = Facts::default()
        .build("HV1", 7601)
        .add("HV1", at, service("BETA", "Heartbeat", DIFFERS, None))
        .add("HV1", at, older("ALPHA"))
        .add("HV1", at, service("GAMMA", "Heartbeat", DIFFERS, None))
        .add("HV1", at, service("GAMMA", "Volume Shadow Copy", none, None))
        .guests();
    let order: Vec<_> =
        rows.iter().map(|row| (row.vm_name.as_str(), row.service.as_str(), row.verdict)).collect();
    assert_eq!(
        order,
        [
            ("GAMMA", "Volume Shadow Copy", Verdict::Incompatible),
            ("GAMMA", "Heartbeat", Verdict::Compatible),
            ("ALPHA", ALL, Verdict::Outdated),
            ("BETA", "Heartbeat", Verdict::Compatible),
        ]
    );
}

#[test]
fn services_that_do_not_speak_the_hosts_version() {
    let of = |os_build: Option<u32>| {
        let services = vec![ReportedService {
            name: "VSS".into(),
            is_enabled: Some(true),
            status: Some("Ok, ProtocolMismatch".into()),
        }];
        let kind = FactKind::GuestReport {
            vm: vm("SQL01"),
            computer: None,
            os_name: None,
            os_build,
            integration_version: None,
            integration_state: None,
            services,
            host: Some("HV1".into()),
            host_is_2016_or_later: Some(true),
            uptime_seconds: None,
        };
        let facts = Facts::default().add("HV1", "", kind);
        assert!(facts.tables().unknowable.is_empty(), "a guest has one verdict");
        let rows = facts.guests();
        assert_eq!(rows.len(), 1);
        (rows[0].service.clone(), rows[0].verdict)
    };
    assert_eq!(of(Some(9600)), ("VSS".into(), Verdict::Harmless));
    assert_eq!(of(Some(14393)), ("VSS".into(), Verdict::Compatible));
    // Whether it matters depends on the guest's system, which nothing tells.
    assert_eq!(of(None), ("VSS".into(), Verdict::Unknown));
}

/// The guest tells its version, and nothing tells what its host gives.
#[test]
fn a_version_without_a_host_is_not_knowable() {
    let told = |version: &'static str| Report { vm: "SQL01", version, ..Report::default() };
    let rows = |facts: Facts| -> Vec<(String, Vec<String>, Lack)> {
        let rows = facts.tables().unknowable.into_iter();
        rows.map(|row| (row.vm_name, row.hosts, row.lacks)).collect()
    };
    let old = "6.1.7600.16385";
    let lacking = |hosts: &[&str]| {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        vec![("SQL01".to_owned(), hosts, Lack::HostBuild)]
    };
    assert_eq!(rows(Facts::default().report("HVX1", told(old))), lacking(&["HVX1"]));
    let two = Facts::default().report("HVX1", told(old)).report("HVX2", told(old));
    assert_eq!(two.tables().reported_guests[0].hosts, ["HVX1", "HVX2"]);
    assert_eq!(rows(two), lacking(&["HVX1", "HVX2"]));
    // A host of a known build, Linux, and no version at all.
    assert_eq!(rows(Facts::default().build("HVX1", 7601).report("HVX1", told(old))), []);
    assert_eq!(rows(Facts::default().report("HVX1", told("3.1"))), []);
    assert_eq!(rows(Facts::default().report("HVX1", told(""))), []);
}

#[test]
fn what_hosts_since_2016_do_not_log_is_not_knowable() {
    let started =
        |name| FactKind::VmState { vm: vm(name), state: VmStateKind::Started, event_id: 18500 };
    let told = Report {
        vm: "TOLD",
        os_name: "Windows Server 2012 R2 Standard",
        os_build: Some(9600),
        ..Report::default()
    };
    let facts = Facts::default()
        .build("NEW", 17763)
        .build("OLD", 9600)
        .add("NEW", "2019-01-10T10:00:00Z", started("APP01"))
        .add("NEW", "2019-01-10T10:00:00Z", started("TOLD"))
        .add("NEW", "2019-01-10T10:00:00Z", started("MOVED"))
        .add("OLD", "2019-01-09T10:00:00Z", started("MOVED"))
        .add("OLD", "2019-01-09T10:00:00Z", started("OTHER"))
        .report("NEW", told);
    let unknowable = facts.tables().unknowable;
    let names: Vec<&str> = unknowable.iter().map(|row| row.vm_name.as_str()).collect();
    assert_eq!(names, ["APP01"]);
    assert_eq!(unknowable[0].hosts, ["NEW"]);
}

#[test]
fn hosts_that_share_guests_and_differ() {
    let started =
        |name| FactKind::VmState { vm: vm(name), state: VmStateKind::Started, event_id: 18500 };
    let facts = |second: u32| {
        Facts::default()
            .build("HV1", 9600)
            .build("HV2", second)
            .build("HV9", 7601)
            .add("HV1", "2015-01-10T10:00:00Z", started("SQL01"))
            .add("HV2", "2015-01-11T10:00:00Z", started("SQL01"))
            .add("HV9", "2015-01-11T10:00:00Z", started("ALONE"))
    };
    assert!(facts(9600).tables().drifts.is_empty());
    let drifts = facts(14393).tables().drifts;
    assert_eq!(drifts.len(), 1);
    let hosts: Vec<_> =
        drifts[0].hosts.iter().map(|host| (host.name.as_str(), host.os_build)).collect();
    assert_eq!(hosts, [("HV1", Some(9600)), ("HV2", Some(14393))]);
    assert_eq!((drifts[0].vms.as_slice(), drifts[0].vm_count), (&["SQL01".to_owned()][..], 1));
}
