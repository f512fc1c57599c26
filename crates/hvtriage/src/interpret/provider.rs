//! Which provider wrote an event.

use hvtriage_eventlog::Event;

/// A provider whose events are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// One of the integration services, by the name of the service.
    Integration(&'static str),
    /// The one without a suffix: the heartbeat up to Windows Server 2012 R2, all services since.
    SingleIntegration,
    Worker,
    VmbusVdev,
    Vmms,
    HighAvailability,
    Config,
    SynthStor,
    StorageVsp,
    VmSwitch,
    Ndis,
    FailoverClustering,
    FilterManager,
    /// A storage driver that logs under its own name.
    StoragePort(&'static str),
    ErrorReporting,
    KernelPower,
    EventLog,
    KernelGeneral,
}

/// GUID where it is known, name, provider. Names differ in case between Windows versions
/// (`Hyper-V-NetVsc`, `Hyper-V-Netvsc`), so the GUID decides where there is one.
const PROVIDERS: &[(&str, &str, Provider)] = &[
    (
        "2b74a015-3873-4c56-9928-ea80c58b2787",
        "Microsoft-Windows-Hyper-V-Integration",
        Provider::SingleIntegration,
    ),
    (
        "82d60869-5ada-4d49-b76a-309b09666584",
        "Microsoft-Windows-Hyper-V-Integration-KvpExchange",
        Provider::Integration("Key-Value Pair Exchange"),
    ),
    (
        "bc714241-8edc-4ce3-8714-aa0b51f98fdf",
        "Microsoft-Windows-Hyper-V-Integration-Shutdown",
        Provider::Integration("Guest Shutdown"),
    ),
    (
        "f152dc14-a3a0-4258-bece-69a3ee4c2de8",
        "Microsoft-Windows-Hyper-V-Integration-TimeSync",
        Provider::Integration("Time Synchronization"),
    ),
    (
        "67e605ee-a4d8-4c46-ae50-893f31e13963",
        "Microsoft-Windows-Hyper-V-Integration-VSS",
        Provider::Integration("Volume Shadow Copy"),
    ),
    (
        "fdff33ec-70aa-46d3-ba65-7210009fa2a7",
        "Microsoft-Windows-Hyper-V-Integration-RDV",
        Provider::Integration("Remote Desktop Virtualization"),
    ),
    (
        "",
        "Microsoft-Windows-Hyper-V-Integration-GuestInterface",
        Provider::Integration("Guest Service Interface"),
    ),
    ("51ddfa29-d5c8-4803-be4b-2ecb715570fe", "Microsoft-Windows-Hyper-V-Worker", Provider::Worker),
    (
        "177d1599-9764-4e3a-bf9a-c86887aaddce",
        "Microsoft-Windows-Hyper-V-VmbusVdev",
        Provider::VmbusVdev,
    ),
    ("6066f867-7ca1-4418-85fd-36e3f9c0600c", "Microsoft-Windows-Hyper-V-VMMS", Provider::Vmms),
    (
        "64e92abc-910c-4770-bd9c-c3c54699b8f9",
        "Microsoft-Windows-Hyper-V-High-Availability",
        Provider::HighAvailability,
    ),
    ("02f3a5e3-e742-4720-85a5-f64c4184e511", "Microsoft-Windows-Hyper-V-Config", Provider::Config),
    (
        "edacd782-2564-4497-ade6-7199377850f2",
        "Microsoft-Windows-Hyper-V-SynthStor",
        Provider::SynthStor,
    ),
    (
        "10b3d268-9782-49a4-aacc-a93c5482cb6f",
        "Microsoft-Windows-Hyper-V-StorageVSP",
        Provider::StorageVsp,
    ),
    (
        "67dc0d66-3695-47c0-9642-33f76f7bd7ad",
        "Microsoft-Windows-Hyper-V-VmSwitch",
        Provider::VmSwitch,
    ),
    ("cdead503-17f5-4a3e-b7ae-df8cc2902eb9", "Microsoft-Windows-NDIS", Provider::Ndis),
    ("", "Microsoft-Windows-FailoverClustering", Provider::FailoverClustering),
    (
        "f3c5e28e-63f6-49c7-a204-e48a1bc4b09d",
        "Microsoft-Windows-FilterManager",
        Provider::FilterManager,
    ),
    ("", "storvsc", Provider::StoragePort("storvsc.sys")),
    ("", "storahci", Provider::StoragePort("storahci.sys")),
    ("", "disk", Provider::StoragePort("disk.sys")),
    (
        "abce23e7-de45-4366-8631-84fa6c525952",
        "Microsoft-Windows-WER-SystemErrorReporting",
        Provider::ErrorReporting,
    ),
    // The name under which Windows Server 2008 and older tools show the same events.
    ("", "BugCheck", Provider::ErrorReporting),
    (
        "331c3b3a-2005-44c2-ac5e-77220c37d6b4",
        "Microsoft-Windows-Kernel-Power",
        Provider::KernelPower,
    ),
    ("", "EventLog", Provider::EventLog),
    (
        "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d",
        "Microsoft-Windows-Kernel-General",
        Provider::KernelGeneral,
    ),
];

impl Provider {
    /// The provider of `event`, or `None` when its events are not understood.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let guid = event.provider.guid.map(|guid| guid.to_string());
        let by_guid = guid.and_then(|guid| PROVIDERS.iter().find(|row| row.0 == guid));
        let row = by_guid.or_else(|| {
            PROVIDERS.iter().find(|row| row.1.eq_ignore_ascii_case(&event.provider.name))
        })?;
        Some(row.2)
    }
}
