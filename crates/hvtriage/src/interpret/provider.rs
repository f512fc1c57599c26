//! Which provider wrote an event, and which of its events are understood.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_diagnosis::{EventDictionary, EventRequest};
use hvtriage_eventlog::{Event, EventFilter};
use hvtriage_winfmt::Guid;

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
    Vhdmp,
    /// A storage driver that logs under its own name.
    StoragePort,
    ErrorReporting,
    KernelPower,
    EventLog,
    KernelGeneral,
    WindowsUpdate,
    Servicing,
}

const INTEGRATION: &[u32] = &[4000, 4010, 4020, 4130];
const DEVICE: &[u32] = &[23012, 23014, 23020];
const WORKER: &[u32] = &[
    3070, 3080, 3450, 12010, 12140, 12240, 12290, 18500, 18502, 18504, 18508, 18512, 18514, 18530,
    18539, 18540, 18550, 18560, 18590, 18596, 23012, 23014, 23020,
];
const MANAGEMENT_SERVICE: &[u32] = &[
    13002, 13003, 14092, 14094, 14100, 16300, 16310, 16400, 16410, 18304, 19100, 20100, 20413,
    20414, 20415, 20416, 20417, 20418, 20419, 21024, 21026,
];
const HIGH_AVAILABILITY: &[u32] =
    &[21102, 21111, 21119, 21502, 22501, 22502, 22503, 22504, 22505, 22506];
const ERROR_REPORTING: &[u32] =
    &[1000, 1001, 1004, 1005, 1006, 1012, 1013, 1014, 1015, 1016, 1017, 1018];

/// GUID where it is known, name, provider, and the ids that some interpreter takes; an event with
/// another id is not understood, and a binary log's scan does not read it. Names differ in case between Windows versions
/// (`Hyper-V-NetVsc`, `Hyper-V-Netvsc`), so the GUID decides where there is one.
const PROVIDERS: &[(&str, &str, Provider, &[u32])] = &[
    (
        "2b74a015-3873-4c56-9928-ea80c58b2787",
        "Microsoft-Windows-Hyper-V-Integration",
        Provider::SingleIntegration,
        INTEGRATION,
    ),
    (
        "82d60869-5ada-4d49-b76a-309b09666584",
        "Microsoft-Windows-Hyper-V-Integration-KvpExchange",
        Provider::Integration("Key-Value Pair Exchange"),
        INTEGRATION,
    ),
    (
        "bc714241-8edc-4ce3-8714-aa0b51f98fdf",
        "Microsoft-Windows-Hyper-V-Integration-Shutdown",
        Provider::Integration("Guest Shutdown"),
        INTEGRATION,
    ),
    (
        "f152dc14-a3a0-4258-bece-69a3ee4c2de8",
        "Microsoft-Windows-Hyper-V-Integration-TimeSync",
        Provider::Integration("Time Synchronization"),
        INTEGRATION,
    ),
    (
        "67e605ee-a4d8-4c46-ae50-893f31e13963",
        "Microsoft-Windows-Hyper-V-Integration-VSS",
        Provider::Integration("Volume Shadow Copy"),
        INTEGRATION,
    ),
    (
        "fdff33ec-70aa-46d3-ba65-7210009fa2a7",
        "Microsoft-Windows-Hyper-V-Integration-RDV",
        Provider::Integration("Remote Desktop Virtualization"),
        INTEGRATION,
    ),
    (
        "",
        "Microsoft-Windows-Hyper-V-Integration-GuestInterface",
        Provider::Integration("Guest Service Interface"),
        INTEGRATION,
    ),
    (
        "51ddfa29-d5c8-4803-be4b-2ecb715570fe",
        "Microsoft-Windows-Hyper-V-Worker",
        Provider::Worker,
        WORKER,
    ),
    (
        "177d1599-9764-4e3a-bf9a-c86887aaddce",
        "Microsoft-Windows-Hyper-V-VmbusVdev",
        Provider::VmbusVdev,
        DEVICE,
    ),
    (
        "6066f867-7ca1-4418-85fd-36e3f9c0600c",
        "Microsoft-Windows-Hyper-V-VMMS",
        Provider::Vmms,
        MANAGEMENT_SERVICE,
    ),
    (
        "64e92abc-910c-4770-bd9c-c3c54699b8f9",
        "Microsoft-Windows-Hyper-V-High-Availability",
        Provider::HighAvailability,
        HIGH_AVAILABILITY,
    ),
    (
        "02f3a5e3-e742-4720-85a5-f64c4184e511",
        "Microsoft-Windows-Hyper-V-Config",
        Provider::Config,
        &[4096, 4097, 4098, 4352],
    ),
    (
        "edacd782-2564-4497-ade6-7199377850f2",
        "Microsoft-Windows-Hyper-V-SynthStor",
        Provider::SynthStor,
        &[12140, 12240, 12290],
    ),
    (
        "10b3d268-9782-49a4-aacc-a93c5482cb6f",
        "Microsoft-Windows-Hyper-V-StorageVSP",
        Provider::StorageVsp,
        &[3],
    ),
    (
        "67dc0d66-3695-47c0-9642-33f76f7bd7ad",
        "Microsoft-Windows-Hyper-V-VmSwitch",
        Provider::VmSwitch,
        &[26, 27, 102, 106, 113, 114, 277],
    ),
    (
        "cdead503-17f5-4a3e-b7ae-df8cc2902eb9",
        "Microsoft-Windows-NDIS",
        Provider::Ndis,
        &[10081, 10086],
    ),
    (
        "",
        "Microsoft-Windows-FailoverClustering",
        Provider::FailoverClustering,
        &[1135, 5120, 5121, 5122, 5124, 5125, 5126, 5136, 5137, 5142],
    ),
    (
        "f3c5e28e-63f6-49c7-a204-e48a1bc4b09d",
        "Microsoft-Windows-FilterManager",
        Provider::FilterManager,
        &[1, 6],
    ),
    (
        "e2816346-87f4-4f85-95c3-0c79409aa89d",
        "Microsoft-Windows-VHDMP",
        Provider::Vhdmp,
        &[1, 12, 100, 101, 102],
    ),
    ("", "disk", Provider::StoragePort, STORAGE_PORT),
    (
        "abce23e7-de45-4366-8631-84fa6c525952",
        "Microsoft-Windows-WER-SystemErrorReporting",
        Provider::ErrorReporting,
        ERROR_REPORTING,
    ),
    // The name under which Windows Server 2008 and older tools show the same events.
    ("", "BugCheck", Provider::ErrorReporting, ERROR_REPORTING),
    (
        "331c3b3a-2005-44c2-ac5e-77220c37d6b4",
        "Microsoft-Windows-Kernel-Power",
        Provider::KernelPower,
        &[41],
    ),
    ("", "EventLog", Provider::EventLog, &[6008, 6009, 6011]),
    (
        "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d",
        "Microsoft-Windows-Kernel-General",
        Provider::KernelGeneral,
        &[12],
    ),
    (
        "945a8954-c147-4acd-923f-40c45405a658",
        "Microsoft-Windows-WindowsUpdateClient",
        Provider::WindowsUpdate,
        &[19, 20],
    ),
    (
        "bd12f3b8-fc40-4a61-a307-b7a013a069c1",
        "Microsoft-Windows-Servicing",
        Provider::Servicing,
        &[2, 3],
    ),
];

/// What storage drivers log of resets and repeated operations.
const STORAGE_PORT: &[u32] = &[129, 153];

/// Miniport drivers for which Storport logs resets under the name of the driver's service: those that
/// come with Windows, and those of common controllers and hypervisors.
#[rustfmt::skip]
const STORAGE_DRIVERS: &[&str] = &[
    "storvsc", "storahci", "stornvme", "msahci", "iScsiPrt", "UASPStor", "vhdmp", "sbp2port",
    // Intel, AMD, NVIDIA and other chipsets.
    "iaStor", "iaStorA", "iaStorAC", "iaStorAV", "iaStorAVC", "iaStorB", "iaStorE", "iaStorS",
    "iaStorV", "iaStorVD", "amd_sata", "amdsata", "amdsbs", "rcraid", "nvstor", "nvraid",
    "asstahci64", "mvs91xx", "mv91xx", "vsmraid", "VSTXRAID", "stexstor", "JRAID",
    // Broadcom (LSI, Avago), also as Dell's PERC.
    "LSI_SAS", "LSI_SAS2", "LSI_SAS2i", "LSI_SAS3", "LSI_SAS3i", "LSI_SCSI", "LSI_SSS", "LSI_FC",
    "megasas", "megasas2", "megasas2i", "megasas35", "megasas35i", "megasr", "MegaSR1", "ItSas35",
    "ItSas35i", "percsas2", "percsas2i", "percsas3", "percsas3i",
    // HPE and Microchip (Adaptec).
    "HpCISSs", "HpCISSs2", "HpCISSs3", "SmartPqi", "SmartRAID", "arcsas", "adpsas", "ADP80XX",
    "aacraid", "3ware", "nfrd960",
    // Fibre Channel, FCoE and iSCSI adapters.
    "elxstor", "elxfcoe", "elxcna", "ql2300", "ql2300i", "ql40xx", "ql40xxi", "ql40xx2i",
    "qlfcoei", "bfad", "bfadi", "bfadfcoe", "bfadfcoei", "bxois", "bxfcoe", "cht4vx64",
    // NVMe of makers, and disks of other hypervisors.
    "nvme", "secnvme", "secnvmeF", "IaNVMe", "pvscsi", "viostor", "vioscsi", "xenvbd", "xenscsi",
];

impl Provider {
    /// The provider of `event`, or `None` when the event is none that is understood.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let guid = event.provider.guid.map(|guid| guid.to_string());
        let by_guid = guid.and_then(|guid| PROVIDERS.iter().find(|row| row.0 == guid));
        match by_guid {
            Some(row) => row.3.contains(&event.id).then_some(row.2),
            None => Self::called(&event.provider.name, event.id),
        }
    }

    /// The provider with this name of an event with this id, where that is understood.
    pub(super) fn called(name: &str, id: u32) -> Option<Self> {
        if let Some(row) = PROVIDERS.iter().find(|row| row.1.eq_ignore_ascii_case(name)) {
            return row.3.contains(&id).then_some(row.2);
        }
        let is_called = |driver: &&str| driver.eq_ignore_ascii_case(name);
        let is_storage = STORAGE_PORT.contains(&id) && STORAGE_DRIVERS.iter().any(is_called);
        is_storage.then_some(Self::StoragePort)
    }
}

/// One name for a provider, however this Windows version spells it: that of the table or of the event
/// dictionary, where the GUID is known, or else the logged one.
pub(super) fn name_of(event: &Event) -> &str {
    let by_guid = |guid: Guid| {
        let text = guid.to_string();
        let known = PROVIDERS.iter().find(|row| row.0 == text).map(|row| row.1);
        known.or_else(|| EventDictionary::get().provider_name(guid))
    };
    event.provider.guid.and_then(by_guid).unwrap_or(&event.provider.name)
}

/// Providers, each with its GUID where it is known, and the ids of its events.
#[derive(Debug, Default)]
pub(super) struct Providers(BTreeMap<(String, Option<Guid>), BTreeSet<u32>>);

impl Providers {
    /// The events that are understood.
    pub(super) fn understood() -> Self {
        let mut providers = Self::default();
        for (guid, name, _, ids) in PROVIDERS {
            providers.add((*name).to_owned(), guid.parse().ok(), ids);
        }
        for name in STORAGE_DRIVERS {
            providers.add((*name).to_owned(), None, STORAGE_PORT);
        }
        providers
    }

    /// Adds what a rule asks for, under every name and GUID by which a log may have it.
    pub(super) fn request(&mut self, request: &EventRequest) {
        for pattern in &request.providers {
            for name in pattern.names() {
                self.add(name, None, &request.ids);
            }
            for (guid, name, ..) in PROVIDERS.iter().filter(|row| pattern.fits(row.1)) {
                self.add((*name).to_owned(), guid.parse().ok(), &request.ids);
            }
            let known = EventDictionary::get().providers();
            for (guid, name) in known.filter(|(_, name)| pattern.fits(name)) {
                self.add(name.to_owned(), Some(guid), &request.ids);
            }
        }
    }

    /// `None` when there are none: an empty filter would let everything through.
    pub(super) fn filter(&self) -> Option<EventFilter> {
        let add = |filter: EventFilter, ((name, guid), ids): (&(String, _), &BTreeSet<u32>)| {
            filter.provider(name, *guid, &ids.iter().copied().collect::<Vec<_>>())
        };
        (!self.0.is_empty()).then(|| self.0.iter().fold(EventFilter::default(), add))
    }

    /// Each event by the name of its provider and its id.
    #[cfg(test)]
    pub(super) fn events(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().flat_map(|((name, _), ids)| ids.iter().map(move |id| (name.as_str(), *id)))
    }

    pub(super) fn add(&mut self, name: String, guid: Option<Guid>, ids: &[u32]) {
        self.0.entry((name, guid)).or_default().extend(ids);
    }
}
