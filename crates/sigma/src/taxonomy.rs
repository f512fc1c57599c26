//! The log sources of Sigma's taxonomy that are Windows event logs: which channels and events they
//! are, and how their fields are called there.

/// Events of one kind, as one writer logs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The logs they are in.
    pub(crate) channels: &'static [&'static str],
    /// Their ids; empty for all events of these logs.
    pub(crate) ids: &'static [u32],
    /// What a field of the taxonomy is called there, where that differs.
    pub(crate) fields: &'static [(&'static str, &'static str)],
    /// The fields of the taxonomy that these events have; `None` where they have all of them.
    pub(crate) known: Option<&'static [&'static str]>,
}

impl Place {
    pub(crate) const fn all_of(channels: &'static [&'static str]) -> Self {
        Self { channels, ids: &[], fields: &[], known: None }
    }

    const fn events(channels: &'static [&'static str], ids: &'static [u32]) -> Self {
        Self { channels, ids, fields: &[], known: None }
    }
}

const SECURITY: &[&str] = &["Security"];
const SYSMON: &[&str] = &["Microsoft-Windows-Sysmon/Operational"];
const POWERSHELL: &[&str] =
    &["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"];
const POWERSHELL_CLASSIC: &[&str] = &["Windows PowerShell"];
const DEFENDER: &[&str] = &["Microsoft-Windows-Windows Defender/Operational"];

/// Services of the taxonomy and their channels. Where its list gives the name of a provider or of
/// a window instead of the channel's, the channel's stands beside it.
pub(crate) const SERVICES: &[(&str, &[&str])] = &[
    ("application", &["Application"]),
    (
        "application-experience",
        &[
            "Microsoft-Windows-Application-Experience/Program-Telemetry",
            "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        ],
    ),
    (
        "applocker",
        &[
            "Microsoft-Windows-AppLocker/MSI and Script",
            "Microsoft-Windows-AppLocker/EXE and DLL",
            "Microsoft-Windows-AppLocker/Packaged app-Deployment",
            "Microsoft-Windows-AppLocker/Packaged app-Execution",
        ],
    ),
    ("appmodel-runtime", &["Microsoft-Windows-AppModel-Runtime/Admin"]),
    ("appxdeployment-server", &["Microsoft-Windows-AppXDeploymentServer/Operational"]),
    ("appxpackaging-om", &["Microsoft-Windows-AppxPackaging/Operational"]),
    ("bitlocker", &["Microsoft-Windows-BitLocker/BitLocker Management"]),
    ("bits-client", &["Microsoft-Windows-Bits-Client/Operational"]),
    ("capi2", &["Microsoft-Windows-CAPI2/Operational"]),
    (
        "certificateservicesclient-lifecycle-system",
        &["Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"],
    ),
    ("codeintegrity-operational", &["Microsoft-Windows-CodeIntegrity/Operational"]),
    ("dhcp", &["Microsoft-Windows-DHCP-Server/Operational"]),
    ("diagnosis-scripted", &["Microsoft-Windows-Diagnosis-Scripted/Operational"]),
    (
        "dns-client",
        &[
            "Microsoft-Windows-DNS Client Events/Operational",
            "Microsoft-Windows-DNS-Client/Operational",
        ],
    ),
    ("dns-server", &["DNS Server"]),
    ("dns-server-analytic", &["Microsoft-Windows-DNS-Server/Analytical"]),
    ("dns-server-audit", &["Microsoft-Windows-DNS-Server/Audit"]),
    ("driver-framework", &["Microsoft-Windows-DriverFrameworks-UserMode/Operational"]),
    ("firewall-as", &["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"]),
    // Of Hyper-V the taxonomy has the worker processes alone; the others are called in its way.
    (
        "hyper-v-compute",
        &[
            "Microsoft-Windows-Hyper-V-Compute-Admin",
            "Microsoft-Windows-Hyper-V-Compute-Operational",
        ],
    ),
    ("hyper-v-config", &["Microsoft-Windows-Hyper-V-Config-Admin"]),
    ("hyper-v-high-availability", &["Microsoft-Windows-Hyper-V-High-Availability-Admin"]),
    (
        "hyper-v-hypervisor",
        &[
            "Microsoft-Windows-Hyper-V-Hypervisor-Admin",
            "Microsoft-Windows-Hyper-V-Hypervisor-Operational",
        ],
    ),
    ("hyper-v-integration", &["Microsoft-Windows-Hyper-V-Integration-Admin"]),
    ("hyper-v-storagevsp", &["Microsoft-Windows-Hyper-V-StorageVSP-Admin"]),
    (
        "hyper-v-vmms",
        &[
            "Microsoft-Windows-Hyper-V-VMMS-Admin",
            "Microsoft-Windows-Hyper-V-VMMS-Operational",
            "Microsoft-Windows-Hyper-V-VMMS-Networking",
            "Microsoft-Windows-Hyper-V-VMMS-Storage",
        ],
    ),
    ("hyper-v-vmswitch", &["Microsoft-Windows-Hyper-V-VmSwitch-Operational"]),
    (
        "hyper-v-worker",
        &[
            "Microsoft-Windows-Hyper-V-Worker",
            "Microsoft-Windows-Hyper-V-Worker-Admin",
            "Microsoft-Windows-Hyper-V-Worker-Operational",
        ],
    ),
    ("iis-configuration", &["Microsoft-IIS-Configuration/Operational"]),
    (
        "kernel-event-tracing",
        &[
            "Microsoft-Windows-Kernel-EventTracing",
            "Microsoft-Windows-Kernel-EventTracing/Admin",
            "Microsoft-Windows-Kernel-EventTracing/Analytic",
        ],
    ),
    (
        "kernel-shimengine",
        &[
            "Microsoft-Windows-Kernel-ShimEngine/Operational",
            "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        ],
    ),
    ("ldap", &["Microsoft-Windows-LDAP-Client/Debug"]),
    ("ldap_debug", &["Microsoft-Windows-LDAP-Client/Debug"]),
    ("lsa-server", &["Microsoft-Windows-LSA/Operational"]),
    (
        "microsoft-servicebus-client",
        &[
            "Microsoft-ServiceBus-Client",
            "Microsoft-ServiceBus-Client/Admin",
            "Microsoft-ServiceBus-Client/Operational",
        ],
    ),
    ("msexchange-management", &["MSExchange Management"]),
    ("ntfs", &["Microsoft-Windows-Ntfs/Operational"]),
    ("ntlm", &["Microsoft-Windows-NTLM/Operational"]),
    ("openssh", &["OpenSSH/Operational"]),
    ("powershell", POWERSHELL),
    ("powershell-classic", POWERSHELL_CLASSIC),
    ("printservice-admin", &["Microsoft-Windows-PrintService/Admin"]),
    ("printservice-operational", &["Microsoft-Windows-PrintService/Operational"]),
    ("security", SECURITY),
    (
        "security-mitigations",
        &[
            "Microsoft-Windows-Security-Mitigations/Kernel Mode",
            "Microsoft-Windows-Security-Mitigations/User Mode",
        ],
    ),
    ("sense", &["Microsoft-Windows-SENSE/Operational"]),
    (
        "servicebus-client",
        &["Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"],
    ),
    ("shell-core", &["Microsoft-Windows-Shell-Core/Operational"]),
    ("smbclient-connectivity", &["Microsoft-Windows-SmbClient/Connectivity"]),
    ("smbclient-security", &["Microsoft-Windows-SmbClient/Security"]),
    ("sysmon", SYSMON),
    ("system", &["System"]),
    ("taskscheduler", &["Microsoft-Windows-TaskScheduler/Operational"]),
    (
        "terminalservices-localsessionmanager",
        &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"],
    ),
    ("vhdmp", &["Microsoft-Windows-VHDMP/Operational", "Microsoft-Windows-VHDMP-Operational"]),
    ("windefend", DEFENDER),
    ("wmi", &["Microsoft-Windows-WMI-Activity/Operational"]),
];

/// What is called otherwise in event 4688 of the Security log than in Sysmon's event 1.
const AUDITED_PROCESS: &[(&str, &str)] = &[
    ("Image", "NewProcessName"),
    ("ParentImage", "ParentProcessName"),
    ("LogonId", "SubjectLogonId"),
    ("ProcessId", "NewProcessId"),
    ("ParentProcessId", "ProcessId"),
];

/// Fields of event 4688 by either name. Hashes, the original file name, the parent's command line,
/// the signer and the like are Sysmon's alone.
const AUDITED_PROCESS_HAS: &[&str] = &[
    "CommandLine",
    "Image",
    "LogonId",
    "MandatoryLabel",
    "NewProcessId",
    "NewProcessName",
    "ParentImage",
    "ParentProcessId",
    "ParentProcessName",
    "ProcessId",
    "SubjectDomainName",
    "SubjectLogonId",
    "SubjectUserName",
    "SubjectUserSid",
    "TargetDomainName",
    "TargetLogonId",
    "TargetUserName",
    "TargetUserSid",
    "TokenElevationType",
];

const fn sysmon(ids: &'static [u32]) -> Place {
    Place::events(SYSMON, ids)
}

/// Categories of the taxonomy, and where their events are. Rules are written for Sysmon; the
/// creation of a process is audited by Windows, too.
pub(crate) const CATEGORIES: &[(&str, &[Place])] = &[
    (
        "antivirus",
        &[Place {
            channels: DEFENDER,
            ids: &[1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116],
            fields: &[("Signature", "Threat Name"), ("Filename", "Path")],
            known: Some(&["Signature", "Filename"]),
        }],
    ),
    ("clipboard_capture", &[sysmon(&[24])]),
    ("clipboard_change", &[sysmon(&[24])]),
    ("create_remote_thread", &[sysmon(&[8])]),
    ("create_stream_hash", &[sysmon(&[15])]),
    ("dns_query", &[sysmon(&[22])]),
    ("driver_load", &[sysmon(&[6])]),
    ("file_block_executable", &[sysmon(&[27])]),
    ("file_block_shredding", &[sysmon(&[28])]),
    ("file_change", &[sysmon(&[2])]),
    ("file_delete", &[sysmon(&[23, 26])]),
    ("file_delete_detected", &[sysmon(&[26])]),
    ("file_event", &[sysmon(&[11])]),
    ("file_executable_detected", &[sysmon(&[29])]),
    ("image_load", &[sysmon(&[7])]),
    ("network_connection", &[sysmon(&[3])]),
    ("pipe_created", &[sysmon(&[17, 18])]),
    ("process_access", &[sysmon(&[10])]),
    (
        "process_creation",
        &[
            sysmon(&[1]),
            Place {
                channels: SECURITY,
                ids: &[4688],
                fields: AUDITED_PROCESS,
                known: Some(AUDITED_PROCESS_HAS),
            },
        ],
    ),
    ("process_tampering", &[sysmon(&[25])]),
    ("process_termination", &[sysmon(&[5])]),
    ("ps_classic_provider_start", &[Place::events(POWERSHELL_CLASSIC, &[600])]),
    ("ps_classic_script", &[Place::events(POWERSHELL_CLASSIC, &[800])]),
    ("ps_classic_start", &[Place::events(POWERSHELL_CLASSIC, &[400])]),
    ("ps_module", &[Place::events(POWERSHELL, &[4103])]),
    ("ps_script", &[Place::events(POWERSHELL, &[4104])]),
    ("raw_access_thread", &[sysmon(&[9])]),
    ("registry_add", &[sysmon(&[12])]),
    ("registry_delete", &[sysmon(&[12])]),
    ("registry_event", &[sysmon(&[12, 13, 14])]),
    ("registry_rename", &[sysmon(&[14])]),
    ("registry_set", &[sysmon(&[13])]),
    ("sysmon_error", &[sysmon(&[255])]),
    ("sysmon_status", &[sysmon(&[4, 16])]),
    ("wmi_event", &[sysmon(&[19, 20, 21])]),
];
